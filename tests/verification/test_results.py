"""The committed results are those of the sources: fingerprints, completeness, and what they show.

Verdicts are not worked out again here (``test_properties`` does that); a fingerprint says what a
verdict depends on, so a change that can affect one needs ``interlock verify --write``.
"""

from __future__ import annotations

from functools import cache

import pytest

from interlock.model.amendments import list_amendments
from interlock.model.project import load_project
from interlock.verification.results import Check, ReplayStatus, Status, Verdict
from interlock.verification.verifier import RESULTS, Verifier, Wanted, read_results
from support.repository import ROOT

CAPTURED = "captured"
VARIANTS = (CAPTURED, *(amendment.id for amendment in list_amendments(ROOT)))
UPDATE = "not up to date: run `interlock verify --write`"


@cache
def committed(variant: str) -> dict[str, tuple[str, Verdict]]:
    found = read_results(ROOT / RESULTS / f"{variant}.json")
    return {verdict.property: (key, verdict) for key, verdict in found}


@pytest.mark.parametrize("variant", VARIANTS)
def test_results_are_up_to_date(variant: str) -> None:
    amend = () if variant == CAPTURED else (variant,)
    verifier = Verifier(ROOT, load_project(ROOT, amend=amend))
    about = "" if variant == CAPTURED else variant
    wanted = {p.id: verifier.fingerprint(p) for p in verifier.select(Wanted(about=about))}
    assert {id: key for id, (key, _) in committed(variant).items()} == wanted, UPDATE


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_verdict_is_confirmed(variant: str) -> None:
    for _, verdict in committed(variant).values():
        assert verdict.is_as_expected, verdict.property
        if verdict.status is Status.VIOLATED:
            assert verdict.replay.status is ReplayStatus.REPRODUCED, verdict.property
            continue
        assert verdict.status is Status.PROVED
        assert verdict.twin is Check.SAT, verdict.property
        if verdict.method != "search":  # all states were looked at: there is nothing to export
            seconds = {obligation.second for obligation in verdict.obligations}
            assert seconds == {Check.UNSAT}, verdict.property
