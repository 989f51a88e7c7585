"""Signatures of the functions of the language."""

from __future__ import annotations

import pytest

from interlock.model import types as t
from interlock.model.builtins import BUILTINS

A, B = t.Enum("A"), t.Enum("B")
SET, LIST = t.SetOf(A), t.ListOf(A)


@pytest.mark.parametrize(
    ("name", "arguments", "result"),
    [
        ("size", [SET], t.INT),
        ("size", [LIST], t.INT),
        ("size", [t.OCTETS], None),
        ("size", [SET, SET], None),
        ("count", [LIST], t.INT),
        ("count", [SET], None),  # repeats are counted, and a set has none
        ("intersects", [SET, LIST], t.BOOL),
        ("intersects", [SET, t.SetOf(B)], None),
        ("subset", [LIST, SET], t.BOOL),
        ("subset", [LIST], None),
        ("first-common", [LIST, SET], A),
        ("first-common", [SET, LIST], None),  # the first argument has the order
        ("first-common", [LIST, t.ListOf(B)], None),
        ("only", [LIST], A),
        ("only", [SET], None),
        ("distance", [t.TIME, t.TIME], t.DURATION),
        ("distance", [t.TIME, t.DURATION], None),
        ("later", [t.TIME, t.TIME], t.TIME),
        ("later", [t.INT, t.INT], None),
    ],
)
def test_signature(name: str, arguments: list[t.Type], result: t.Type | None) -> None:
    assert BUILTINS[name](arguments) == result
