"""Runs written by hand: what they may name, and that they violate what they are about."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.core.errors import InputError
from interlock.model.project import Project, load_project
from interlock.replay.perform import perform
from interlock.verification.demonstrations import FILE, SHOWS, load_demonstrations
from interlock.verification.results import ReplayStatus
from interlock.verification.verifier import Verifier

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of what is verified, to be changed."""
    for folder in ("models", "spec"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    shutil.copytree(
        ROOT / "verification", tmp_path / "verification", ignore=shutil.ignore_patterns("interlock")
    )
    return tmp_path


def edit(place: Path, file: str, old: str, new: str) -> None:
    path = place / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_shipped_demonstrations_happen_on_the_handlers(project: Project) -> None:
    found, _ = load_demonstrations(ROOT, project)
    assert set(found) == {"seq-starts-again", "deleted-transfer"}
    for demonstration in found.values():
        assert perform(demonstration.trace, project).status is ReplayStatus.REPRODUCED
        assert any(name.startswith(SHOWS) for name, _ in demonstration.trace.steps[-1].fields)


def test_every_violated_property_of_steps_has_one(project: Project) -> None:
    verifier = Verifier(ROOT, project)
    wanted = [
        p for p in verifier.properties if p.kind.value == "step" and p.expected_in(()) == "violated"
    ]
    assert wanted
    assert all(p.demonstration for p in wanted)


def test_values_that_the_handlers_do_not_have_are_noticed(place: Path, project: Project) -> None:
    edit(place, FILE, 'shows: {m.seq: "0"', 'shows: {m.seq: "5"')
    found, _ = load_demonstrations(place, project)
    replay = perform(found["deleted-transfer"].trace, project)
    assert replay.status is ReplayStatus.DIVERGED
    assert replay.stops_at == 11
    assert "expected m.seq to be 5, it is 0" in replay.words


def test_values_that_do_not_violate_are_refused(place: Path, project: Project) -> None:
    edit(place, FILE, 'session.receive-seq: "0"', 'session.receive-seq: "-1"')
    with pytest.raises(InputError) as caught:
        Verifier(place, project)
    (finding,) = caught.value.diagnostics
    assert finding.code == "PRP009"
    assert 'with what the demonstration "deleted-transfer" shows, "LS-2" is not false' in (
        finding.message
    )


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("demonstration: deleted-transfer", "demonstration: delete-transfer", "no demonstration"),
        ("    finding: V8\n    repair: continuous-seq\n    demonstration: seq-starts-again",
         "    finding: V8\n    demonstration: deleted-transfer", "is not false"),
    ],
)  # fmt: skip
def test_property_with_the_wrong_one(
    place: Path, project: Project, old: str, new: str, words: str
) -> None:
    edit(place, "verification/properties/transfer.yaml", old, new)
    with pytest.raises(InputError, match=re.escape(words)) as caught:
        Verifier(place, project)
    assert {finding.code for finding in caught.value.diagnostics} == {"PRP009"}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("row: NS-10de", "row: NS-10dx", 'no row of native-server "NS-10dx"'),
        ("{client: native-client,", "{client: native-clint,", 'no machine "native-clint"'),
        ("sent-by: third", "sent-by: fourth", 'no earlier step that sends "fourth"'),
        ("row: NC-10, state: stable", "row: NC-10, state: stabel", 'no state of the row "stabel"'),
        ("sends: EncrTransfer", "sends: EncrTransfers", 'no message "EncrTransfers"'),
        ("event: receive EncrTransfer", "event: receive Transfer", "no event of NS-10e"),
        ("native-server}", "compatibility-server}", "an association needs a native-client and"),
        ("shows: {m.seq", "shows: {seq", '"seq" is nothing that a step shows'),
    ],
)
def test_unknown_names_are_refused_with_their_place(
    place: Path, project: Project, old: str, new: str, words: str
) -> None:
    edit(place, FILE, old, new)
    with pytest.raises(InputError) as caught:
        load_demonstrations(place, project)
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.span.path) == ("PRP008", FILE)
    assert words in finding.message
    assert finding.span.line > 5


def test_association_without_one_of_its_rows(project: Project) -> None:
    machine = project.models.machines["native-client"]
    rows = tuple(row for row in machine.transitions if row.id != "NC-02")
    machines = {**project.models.machines, machine.name: replace(machine, transitions=rows)}
    changed = replace(project, models=replace(project.models, machines=machines))
    with pytest.raises(InputError, match='an association needs the row "NC-02" of native-client'):
        load_demonstrations(ROOT, changed)
