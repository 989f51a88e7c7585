"""The sources that a mutant makes."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.mutation.kill import Judge
from interlock.mutation.mutants import Mutant, unprotect
from interlock.verification.coverage import Protections
from support.repository import ROOT


def test_a_component_moves_out_of_what_is_signed_with_everything_inside(judge: Judge) -> None:
    project = unprotect(judge.project, "HandshakeReq", "tbs.token1.encr-mode")
    for machine in ("native-client", "native-server"):
        messages = project.models.machines[machine].messages.messages
        coverage = Protections(project).of(messages["HandshakeReq"])
        fields = messages["HandshakeReq"].fields
        moved = {n for n, f in fields.items() if not coverage.covers(f)}
        assert moved >= {"encr-mode", "aead-algorithms", "icv-algorithms"}
        assert coverage.covers(fields["dh-shares"])
        other = messages["HandshakeAcc"]
        assert Protections(project).of(other).covers(other.fields["encr-mode"])


def test_the_file_on_disk_stays_as_it_is(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    mutant = mutants["drop-check:HA-13"]
    before = (ROOT / mutant.file).read_text(encoding="utf-8")
    project = mutant.project(ROOT, judge.project)
    checks = project.models.machines["native-client"].check_lists["handshake-accept"].checks
    assert "HA-13" not in {check.id for check in checks}
    assert (ROOT / mutant.file).read_text(encoding="utf-8") == before
    lines = before.splitlines()
    assert "id: HA-13," in lines[mutant.line - 1]


def test_an_assumption_has_another_value(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    project = mutants["other-time:Q17=600"].project(ROOT, judge.project)
    assert project.spec.tables.assumptions["Q17"].value == "600"
