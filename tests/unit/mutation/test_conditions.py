"""Faults in the text of a condition."""

from __future__ import annotations

import pytest

from interlock.mutation.conditions import (
    accepting_more,
    moved_bounds,
    parts,
    without_conjunct,
    without_disjunct,
)


def test_parts_do_not_look_into_brackets() -> None:
    text = "a or f(b or c) or (d or e) and g"
    assert parts(text, "or") == ["a", "f(b or c)", "(d or e) and g"]
    assert parts("m.for-or-more", "or") == ["m.for-or-more"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a or b or c", ["b or c", "a or c", "a or b"]),
        ("a and (b or c)", ["a and (c)", "a and (b)"]),
        ("a and b", []),
    ],
)
def test_a_disjunct_is_left_out(text: str, expected: list[str]) -> None:
    assert [v.text for v in without_disjunct(text)] == expected


def test_a_conjunct_is_left_out() -> None:
    assert [v.text for v in without_conjunct("a and not b")] == ["not b", "a"]


def test_bounds_are_moved() -> None:
    text = "m.a <= s.b or m.c > d"
    assert [v.text for v in moved_bounds(text)] == [
        "m.a < s.b or m.c > d",
        "m.a <= s.b or m.c >= d",
    ]


def test_one_more_value_is_accepted() -> None:
    def members(name: str) -> tuple[str, ...]:
        return ("E.a", "E.b") if name == "m.x" else ()

    found = [v.text for v in accepting_more("m.x != E.a or m.y != z or count(m.l) != 1", members)]
    assert found == [
        "(m.x != E.a and m.x != E.b) or m.y != z or count(m.l) != 1",
        "m.x != E.a or m.y != z or count(m.l) > 1",
    ]
