"""What runs and the search of changes of keys see of a machine."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from interlock.mutation.kill import Judge
from interlock.mutation.mutants import Mutant
from interlock.mutation.slices import of_rekey, of_runs
from support.repository import ROOT


@pytest.mark.parametrize(
    ("id", "in_runs", "in_rekey"),
    [
        ("drop-check:HA-13", True, False),
        ("swap-checks:HR-06+HR-06p", False, False),
        ("drop-action:NC-06/log-diagnostic=m.diag", False, False),
        ("drop-action:NC-15/set=session.send-keys", True, True),
        ("drop-action:NC-12/set=session.receive-seq", True, True),
        ("drop-action:NC-15/start=t-rekey", False, True),
    ],
)
def test_what_is_seen(
    judge: Judge, mutants: Mapping[str, Mutant], id: str, in_runs: bool, in_rekey: bool
) -> None:
    before = judge.project.models.machines
    after = mutants[id].project(ROOT, judge.project).models.machines
    assert any(of_runs(after[n]) != of_runs(before[n]) for n in before) == in_runs
    assert any(of_rekey(after[n]) != of_rekey(before[n]) for n in before) == in_rekey
