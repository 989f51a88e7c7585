"""Many properties at a time: the same verdicts as one by one, and proofs that are found again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interlock.model.project import load_project
from interlock.verification import run_properties
from interlock.verification.deciding import decide_all
from interlock.verification.kept_proofs import KeptProofs
from interlock.verification.properties import Property
from interlock.verification.results import Check, Status, Verdict
from interlock.verification.verifier import Verifier
from support.repository import ROOT

SOME = ("DS-1.never", "DS-1.any", "CT-1", "FR-1")


def some(verifier: Verifier, *ids: str) -> list[Property]:
    return [p for p in verifier.properties if p.id in ids]


def essence(verdict: Verdict) -> tuple[object, ...]:
    """A verdict without its work, which also counts what the process has done before."""
    answers = [obligation.first for obligation in verdict.obligations]
    return verdict.property, verdict.status, verdict.twin, verdict.trace, answers


def test_the_same_as_one_by_one(verifier: Verifier) -> None:
    properties = some(verifier, *SOME)
    together = {v.property: v for v in decide_all(verifier, properties)}
    assert set(together) == set(SOME)
    for property in properties:
        assert essence(together[property.id]) == essence(verifier.decide(property))


def test_a_verdict_that_nobody_expected(verifier: Verifier) -> None:
    """A proof where a violation was expected: its twins are asked afterwards."""
    (never,) = some(verifier, "DS-1.never")
    hoped = replace(never, expected={"captured": "violated"})
    (verdict,) = decide_all(verifier, [hoped])
    assert verdict.status is Status.PROVED
    assert not verdict.is_as_expected


def test_a_proof_is_found_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def decided() -> Verdict:
        project = load_project(ROOT)
        verifier = Verifier(ROOT, project, proofs=KeptProofs(tmp_path))
        (never,) = some(verifier, "DS-1.never")
        return verifier.look(never)

    first = decided()

    def no_solver(*_: object) -> None:
        raise AssertionError("a proof was asked for")

    monkeypatch.setattr(run_properties, "prove", no_solver)
    monkeypatch.setattr(run_properties, "second_opinion", no_solver)
    assert decided() == first
    assert first.obligations[0].second is Check.UNSAT
