"""The shipped properties have the verdicts that their files expect, and no proof is empty."""

from __future__ import annotations

import pytest

from interlock.model.project import load_project
from interlock.replay.perform import perform
from interlock.verification.properties import Kind
from interlock.verification.results import Check, ReplayStatus, Status
from interlock.verification.verifier import Verifier
from support.repository import ROOT

_ALL = Verifier(ROOT, load_project(ROOT), second=False).properties
IDS = [p.id for p in _ALL]
SHORT = [p.id for p in _ALL if p.kind is not Kind.RUN]
RUNS = [p.id for p in _ALL if p.kind is Kind.RUN]
SECOND = ["AC-ACC", "RX-1", "FR-1", "FR-7", "CM-4", "DS-5.bound"]
"""Proofs small enough to be asked of the second solver in every run of the tests."""


def test_every_id_is_there_once() -> None:
    assert len(set(IDS)) == len(IDS)
    assert len(RUNS) >= 30
    assert len(SHORT) >= 40


@pytest.mark.parametrize("id", SHORT)
def test_verdict_of_a_step(verifier: Verifier, id: str) -> None:
    (property,) = (p for p in verifier.properties if p.id == id)
    verdict = verifier.decide(property)
    assert verdict.is_as_expected, verdict
    if verdict.status is Status.PROVED:
        assert verdict.twin is Check.SAT, "vacuous"


@pytest.mark.parametrize("id", RUNS)
def test_verdict_of_a_run(verifier: Verifier, id: str) -> None:
    (property,) = (p for p in verifier.properties if p.id == id)
    verdict = verifier.decide(property)
    assert verdict.is_as_expected, verdict
    if verdict.status is Status.PROVED:
        assert verdict.twin is Check.SAT, "vacuous"
        return
    assert verdict.trace is not None
    replay = perform(verdict.trace, verifier.project)
    assert replay.status is ReplayStatus.REPRODUCED, replay


@pytest.mark.parametrize("id", SECOND)
def test_second_opinion(id: str) -> None:
    verifier = Verifier(ROOT, load_project(ROOT), second=True)
    (property,) = (p for p in verifier.properties if p.id == id)
    verdict = verifier.decide(property)
    assert verdict.status is Status.PROVED
    assert {obligation.second for obligation in verdict.obligations} == {Check.UNSAT}
