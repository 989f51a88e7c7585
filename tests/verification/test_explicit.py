"""The explicit search and the solver agree: two semantics that share no encoding.

The solver's semantics errs to the attacker's side (a replay memory that may know nothing, variables
that rows without a step write), so it may call violated what the explicit search does not find.
Each such difference is listed here with its reason; none may go the other way.
"""

from __future__ import annotations

import pytest

from interlock.explicit.instance import INSTANCES, Setup
from interlock.explicit.search import Found, explore
from interlock.verification.verifier import Verifier

CASES = ("ae-only", "no-common-protection", "compatibility")
EXPLAINED = {
    "AB-1.server": "the client's abort of another run would need its identifier to be reused",
    "PP-1": "both parties of an instance have the same protected protocol",
    "DS-4.completion": "with one algorithm on each side there is nothing to choose",
}


def _found(verifier: Verifier, name: str) -> Found:
    (instance,) = (i for i in INSTANCES if i.name == name)
    return explore(
        Setup(
            verifier.project,
            verifier.abstraction,
            verifier.compositions,
            instance,
            verifier.properties,
        )
    )


@pytest.mark.parametrize("name", CASES)
def test_nothing_proved_is_violated_in_the_explicit_search(verifier: Verifier, name: str) -> None:
    expected = {p.id: p.expected["captured"] for p in verifier.properties}
    found = _found(verifier, name)
    assert found.states > 1000
    assert {id for id in found.violations if expected[id] == "proved"} == set()


def test_what_the_solver_calls_violated_is_found(verifier: Verifier) -> None:
    violated = {
        p.id
        for p in verifier.properties
        if p.scenario == "native" and p.expected["captured"] == "violated"
    }
    found = _found(verifier, "ae-only")
    assert violated - set(found.violations) == set(EXPLAINED)


def test_compatibility_mode_is_violated_alike(verifier: Verifier) -> None:
    violated = {
        p.id
        for p in verifier.properties
        if p.scenario == "compatibility" and p.expected["captured"] == "violated"
    }
    assert set(_found(verifier, "compatibility").violations) == violated
