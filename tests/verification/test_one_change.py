"""One thing is changed, and a named property shows how an attacker would use it."""

from __future__ import annotations

import shutil
from pathlib import Path

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
