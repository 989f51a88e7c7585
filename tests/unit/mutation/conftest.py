"""The shipped sources, and every mutant of them."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from interlock.mutation.kill import Judge
from interlock.mutation.mutants import Mutant
from interlock.mutation.operators import mutants_of
from support.repository import ROOT


@pytest.fixture(scope="session")
def judge() -> Judge:
    """Who decides mutants of the shipped sources."""
    return Judge(ROOT)


@pytest.fixture(scope="session")
def mutants(judge: Judge) -> Mapping[str, Mutant]:
    """Every mutant, by id."""
    return {mutant.id: mutant for mutant in mutants_of(ROOT, judge.project)}
