"""The explicit search and the solver agree: two semantics that share no encoding.

Both are asked about the same fixed configurations: which joint control states are reachable, and
which properties some run violates. The solver's semantics errs to the attacker's side (a replay
memory that may know nothing, variables that rows without a step write), so it may find more; each
such difference is listed with its reason, and none may go the other way.
"""

from __future__ import annotations

from functools import cache

import pytest

from interlock.explicit.instance import INSTANCES, Setup
from interlock.explicit.search import Found, explore
from interlock.model.project import load_project
from interlock.verification.verifier import Verifier
from interlock.verification.world import World
from support.repository import ROOT

from .symbolic_side import SymbolicSide

CASES = ("ae-only", "no-common-protection", "compatibility")
_ANY_CHOICE = "the solver lets an accept of another run choose what its server does not support"
ONLY_SOLVER: dict[str, dict[str, str]] = {
    "ae-only": {},
    "no-common-protection": {"AG-1.client": _ANY_CHOICE, "DS-4.completion": _ANY_CHOICE},
    "compatibility": {},
}
"""Instance to properties that only the solver violates, each with the reason."""


@cache
def shared() -> Verifier:
    """The sources as they are."""
    return Verifier(ROOT, load_project(ROOT), second=False)


@cache
def both(name: str) -> tuple[Found, SymbolicSide]:
    """The two sides of an instance."""
    verifier = shared()
    (instance,) = (i for i in INSTANCES if i.name == name)
    setup = Setup(
        verifier.project,
        verifier.abstraction,
        verifier.compositions,
        instance,
        verifier.properties,
    )
    world = World(
        verifier.project,
        verifier.abstraction,
        verifier.compositions,
        verifier.compositions.by_name[instance.scenario],
    )
    return explore(setup), SymbolicSide(verifier, world, setup)


@pytest.mark.parametrize("name", CASES)
def test_the_same_joint_states_are_reachable(name: str) -> None:
    found, symbolic = both(name)
    assert found.states > 1000
    assert {pair[:2] for pair in found.reachable} == symbolic.reachable("client", "server")


@pytest.mark.parametrize("name", CASES)
def test_the_same_properties_are_violated(name: str) -> None:
    found, symbolic = both(name)
    violated = symbolic.violated()
    assert set(found.violations) - violated == set(), "the solver misses an attack"
    assert violated - set(found.violations) == set(ONLY_SOLVER[name])
