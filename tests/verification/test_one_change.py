"""One thing is changed, and a named property shows how an attacker would use it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from interlock.model.edits import Edit, How, overlay_of
from interlock.model.project import load_project
from interlock.mutation.mutants import unprotect
from interlock.report.text import sequence_text
from interlock.verification.results import Status, Trace, Verdict
from interlock.verification.verifier import Verifier
from support.repository import ROOT


def verdict_of(verifier: Verifier, id: str) -> Verdict:
    (property,) = (p for p in verifier.properties if p.id == id)
    return verifier.decide(property)


def diagram(trace: Trace | None) -> str:
    assert trace is not None
    text = sequence_text(trace)
    assert "ATTACKER" in text
    return text


def test_encryption_mode_outside_of_what_is_signed() -> None:
    """Its algorithms lie inside it: the attacker chooses them, and DS-4 shows how."""
    project = unprotect(load_project(ROOT), "HandshakeReq", "tbs.token1.encr-mode")
    verdict = verdict_of(Verifier(ROOT, project, second=False), "DS-4")
    assert verdict.status is Status.VIOLATED
    text = diagram(verdict.trace)
    assert "* changes what nothing protects:" in text
    assert "* m.aead-algorithms :=" in text, "the lists of algorithms lie inside the mode"


def test_fallback_after_any_failure(tmp_path: Path) -> None:
    """Whatever the configuration says: DS-1.never shows the association without end-to-end keys."""
    for folder in ("models", "spec", "verification"):
        ignored = shutil.ignore_patterns("interlock", "results")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=ignored)
    path = tmp_path / "models" / "establishment.yaml"
    text = path.read_text(encoding="utf-8")
    condition = "config.fallback == Fallback.after-any-failure and outcome.failed"
    assert condition in text
    path.write_text(text.replace(condition, "outcome.failed"), encoding="utf-8")
    verifier = Verifier(tmp_path, load_project(tmp_path), second=False)
    verdict = verdict_of(verifier, "DS-1.never")
    assert verdict.status is Status.VIOLATED
    text = diagram(verdict.trace)
    assert "CC-01, 11.2" in text, "the second attempt is in compatibility mode"


CLIENT = "models/machines/native-client.yaml"
SERVER = "models/machines/native-server.yaml"
DROPPED = {
    "RX-10.client": (CLIENT, ", session.pending-keys: none", "- id: NC-15"),
    "RX-11.client": (
        CLIENT,
        "      - {set: {session.own-dh: generate-dh-for(session.dh-group)}}\n",
        "- id: NC-14c",
    ),
    "RX-12.asks": (SERVER, ', req-rekey: "true"', "- id: NS-12c"),
    "TX-4": (SERVER, ', session.send-seq: "0"', "advance-send:"),
    "IN-2.client": (CLIENT, ", session.receive-seq: 0 - 1", "- id: NC-03\n"),
    "IN-3.server": (
        SERVER,
        ', session.icv-algorithm: "first-common(config.icv-algorithms, m.icv-algorithms)"',
        "- id: NS-06",
    ),
    "AK-2": (SERVER, ", with: {asso-id: m.asso-id}", "refuse-handshake:"),
}


@pytest.mark.parametrize("id", DROPPED)
def test_forgotten_action(id: str) -> None:
    """A row that forgets one thing: a property of single steps says so."""
    path, text, within = DROPPED[id]
    edit = Edit(path, How.REPLACE, text, "", within=within)
    project = load_project(ROOT, overlay=overlay_of(ROOT, [edit]))
    verdict = verdict_of(Verifier(ROOT, project, second=False), id)
    assert verdict.status is Status.VIOLATED
