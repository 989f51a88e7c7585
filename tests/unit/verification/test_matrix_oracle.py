"""Widened answers are those of the solver asked for each policy alone."""

from __future__ import annotations

from itertools import product

import z3

from interlock.verification.matrix_oracle import Oracle
from interlock.verification.matrix_regions import Dimension
from interlock.verification.results import Check

FALLBACK = Dimension("fallback", "client", "fallback", ("never", "signed", "any"))
PIN = Dimension("pin", "client", "pin", ("no", "yes"))
OFFER = Dimension("offer", "client", "offer", ("one", "two"))
OTHER = Dimension("other", "server", "other", ("low", "high"))
ALL = (FALLBACK, PIN, OFFER, OTHER)
PLACES = list(product(*(dimension.values for dimension in ALL)))

fallback, offer, other = z3.Ints("fallback offer other")
pinned, retry, refused, failed, fails = z3.Bools("pinned retry refused failed fails")
CONDITIONS = {
    ("fallback", "never"): fallback == 0,
    ("fallback", "signed"): fallback == 1,
    ("fallback", "any"): fallback == 2,
    ("pin", "no"): z3.Not(pinned),
    ("pin", "yes"): pinned,
    ("offer", "one"): offer == 1,
    ("offer", "two"): z3.And(offer >= 2, offer <= 3),
    ("other", "low"): other < 5,
    ("other", "high"): other >= 5,
}
FACTS = [
    z3.Implies(refused, failed),
    # a name for a condition, as a world has them for its checks
    fails == (offer + other > 7),
    z3.Implies(failed, z3.Or(fails, refused)),
    z3.Implies(
        retry,
        z3.Or(
            z3.And(fallback == 1, refused, z3.Not(pinned)),
            z3.And(fallback == 2, failed, z3.Not(pinned)),
        ),
    ),
]
QUESTIONS = {
    "retry": retry,
    "failed without a refusal": z3.And(failed, z3.Not(refused)),
    "anything": z3.BoolVal(True),
    "nothing": z3.BoolVal(False),
}


def _oracle(*, widen: bool) -> Oracle:
    return Oracle(FACTS, ALL, CONDITIONS, QUESTIONS, plain=[z3.Not(refused)], widen=widen)


def test_widening_changes_no_answer() -> None:
    for question in QUESTIONS:
        wide, narrow = _oracle(widen=True), _oracle(widen=False)
        for place in PLACES:
            assert wide.ask(question, place) is narrow.ask(question, place), (question, place)
        assert wide.asked < narrow.asked == len(PLACES)


def test_the_order_of_questions_changes_no_answer() -> None:
    forward, backward = _oracle(widen=True), _oracle(widen=True)
    answers = {place: forward.ask("retry", place) for place in PLACES}
    assert {place: backward.ask("retry", place) for place in reversed(PLACES)} == answers


def test_what_no_policy_matters_for_is_asked_once() -> None:
    oracle = _oracle(widen=True)
    assert {oracle.ask("nothing", place) for place in PLACES} == {Check.UNSAT}
    assert {oracle.ask("anything", place) for place in PLACES} == {Check.SAT}
    assert oracle.asked <= 4


def test_constants_that_two_dimensions_share_are_not_moved() -> None:
    shared = {
        **CONDITIONS,
        ("other", "low"): offer + other < 5,
        ("other", "high"): offer + other > 4,
    }
    wide = Oracle(FACTS, ALL, shared, QUESTIONS)
    narrow = Oracle(FACTS, ALL, shared, QUESTIONS, widen=False)
    for place in PLACES:
        for question in QUESTIONS:
            assert wide.ask(question, place) is narrow.ask(question, place), (question, place)
