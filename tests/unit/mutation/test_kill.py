"""Mutants that are known to be noticed, and by what."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from interlock.mutation.kill import Judge, Layer
from interlock.mutation.mutants import Mutant

NOTICED = {
    "drop-check:HA-13": (Layer.STEP, "AC-ACC.algorithms"),
    "drop-check:OE-21": (Layer.STEP, "AC-OSI.result"),
    "drop-check:signed-by-token3-08": (Layer.STEP, "AC-ANS"),
    "other-argument:NC-25/release-request.peer-known": (Layer.STEP, "AC-ANS.partner"),
    "drop-action:NC-03/do=remember-peer": (Layer.STEP, "AC-ACC"),
    "other-time:Q17=600": (Layer.FRESHNESS, "FR-1"),
    "other-time:Q17.clock-step=0": (Layer.FRESHNESS, "FR-5"),
    "negate-guard:NC-10r": (Layer.STRUCTURE, "SM048"),
    "move-bound:HR-19/1": (Layer.GUARDS, "VER003"),
    "unprotect:native.HandshakeReq.tbs.token1.encr-mode": (Layer.STRUCTURE, "VER028"),
    "drop-row:NC-25": (Layer.LOADING, "PRP004"),
}


@pytest.mark.parametrize("id", NOTICED)
def test_a_fault_is_noticed(judge: Judge, mutants: Mapping[str, Mutant], id: str) -> None:
    verdict = judge.judge(mutants[id])
    assert (verdict.layer, verdict.by) == NOTICED[id], verdict


def test_a_run_notices(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    """Fallback after any failure, whatever the policy says."""
    verdict = judge.judge(mutants["widen-fallback:FB-02/3"], only={"DS-1.never"})
    assert (verdict.layer, verdict.by) == (Layer.RUN, "DS-1.never")
