"""Types of the expression language."""

from __future__ import annotations

import pytest

from interlock.model import types as t

COLOR, SHAPE = t.Enum("Color"), t.Enum("Shape")


@pytest.mark.parametrize(
    ("actual", "expected", "fits"),
    [
        (t.INT, t.INT, True),
        (t.INT, t.DURATION, False),
        (t.TIME, t.DURATION, False),
        (COLOR, COLOR, True),
        (COLOR, SHAPE, False),
        (t.ListOf(COLOR), t.SetOf(COLOR), True),
        (t.SetOf(COLOR), t.ListOf(COLOR), False),  # a set has no order
        (t.ListOf(COLOR), t.SetOf(SHAPE), False),
        (t.Message("AARQ"), t.Message(), True),
        (t.Message("AARQ"), t.Message("AARE"), False),
        (t.Opaque("Keys"), t.Opaque("Salt"), False),
        (t.OCTETS, t.TEXT, False),
    ],
)
def test_what_may_stand_where(actual: t.Type, expected: t.Type, fits: bool) -> None:
    assert t.fits(actual, expected) is fits


def test_types_are_written_as_in_the_files() -> None:
    assert [
        str(kind) for kind in (t.SetOf(COLOR), t.ListOf(COLOR), t.Message(), t.Opaque("K"))
    ] == [
        "set of Color",
        "list of Color",
        "message",
        "K",
    ]
    assert all(str(kind) == name for name, kind in t.PLAIN.items())
