"""Lists of checks that say the same, and those that do not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from interlock.mutation.equivalence import says_the_same
from interlock.mutation.kill import Judge, Layer
from interlock.mutation.mutants import Mutant
from support.repository import ROOT


@pytest.mark.parametrize(
    ("id", "same"),
    [
        ("swap-checks:HR-16+HR-17", True),  # about different encryption modes
        ("swap-checks:AP-05+AP-06", True),  # nothing is said in either case
        ("drop-check:HA-20", True),  # it can never fail
        ("swap-checks:HR-06+HR-06p", False),  # the diagnostics differ
        ("drop-check:HR-16", False),
    ],
)
def test_lists_that_say_the_same(
    judge: Judge, mutants: Mapping[str, Mutant], id: str, same: bool
) -> None:
    project = mutants[id].project(ROOT, judge.project)
    assert says_the_same(judge.project, project) == same


def test_a_proof_ends_the_questions(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    verdict = judge.judge(mutants["swap-checks:HR-16+HR-17"])
    assert verdict.layer is Layer.EQUIVALENT
    assert not verdict.is_killed
