from __future__ import annotations

import pytest

from interlock.report import wording
from interlock.verification.results import Check, Replay, ReplayStatus, Status, Verdict
from unit.report import sample


@pytest.mark.parametrize(
    ("status", "expected", "words"),
    [
        (Status.PROVED, "proved", "as expected"),
        (Status.PROVED, "violated", "NOT as expected: violated was expected"),
        (Status.UNKNOWN, "unknown", "NOT as expected: unknown was expected"),
        (Status.VIOLATED, "", "nothing was expected"),
    ],
)
def test_expectation(status: Status, expected: str, words: str) -> None:
    assert wording.expectation(Verdict("P", "captured", status, expected, "run")) == words


def test_every_answer_has_words() -> None:
    assert set(wording.SIGNS) == set(wording.CLASSES) == set(Status)
    assert set(wording.TWINS) == set(Check)
    assert set(wording.REPLAYS) == set(ReplayStatus)
    assert len(set(wording.SIGNS.values())) == len(Status)


def test_headline_of_an_attack_that_stops() -> None:
    verdict = Verdict(
        "P", "captured", Status.VIOLATED, "violated", "run", trace=sample.crowded(),
        replay=Replay(ReplayStatus.DIVERGED, 7, "the cache knows it"),
    )  # fmt: skip
    assert wording.headline(verdict) == (
        "violated, as expected; attack in 3 steps, the generated handlers do otherwise"
    )
    assert wording.replay(verdict.replay) == (
        "the generated handlers do otherwise at step 7: the cache knows it"
    )


def test_an_unknown_method_is_shown_as_it_is() -> None:
    verdict = Verdict("P", "captured", Status.PROVED, "proved", "oracle", bound=3)
    assert wording.method(verdict) == "oracle; 3 steps"


def test_anchors_differ_where_names_do() -> None:
    names = ["a+b", "a-b", "a b", "a_b", "a/b", "ab", "a", "a__b"]
    assert len({wording.anchor("v", name) for name in names}) == len(names)
    assert all(" " not in wording.anchor(name) for name in names)


def test_amounts() -> None:
    assert wording.amount(1, "property", "properties") == "1 property"
    assert wording.amount(1200, "step") == "1,200 steps"
