from __future__ import annotations

import ast

import pytest

from interlock.asn1.types import Interval
from interlock.codegen.filters import python as spell


@pytest.mark.parametrize("value", [None, True, 7, "a\"b'c\\\n", b"\x00\xff'"])
def test_literals_evaluate_to_the_value(value: object) -> None:
    assert ast.literal_eval(spell.literal(value)) == value


def test_values_without_a_literal() -> None:
    with pytest.raises(TypeError, match="no Python literal for float"):
        spell.literal(1.5)


def test_octets() -> None:
    assert spell.octets(b"\x00A\xff") == r'b"\x00\x41\xff"'
    assert spell.octets((0x30,)) == r'b"\x30"'


@pytest.mark.parametrize("pattern", [r"\d\.", 'a"b', "a\"b'c", "end\\"])
def test_raw_strings_evaluate_to_the_pattern(pattern: str) -> None:
    assert ast.literal_eval(spell.raw_string(pattern)) == pattern
    assert ast.literal_eval(spell.raw_bytes(pattern)) == pattern.encode()


@pytest.mark.parametrize(
    ("interval", "condition", "text"),
    [
        (Interval(0, 9), "0 <= n <= 9", "0..9"),
        (Interval(None, 9), "n <= 9", "MIN..9"),
        (Interval(1, None), "n >= 1", "1..MAX"),
        (Interval(4, 4), "n == 4", "4"),
        (Interval(None, None), "True", "MIN..MAX"),
    ],
)
def test_intervals(interval: Interval, condition: str, text: str) -> None:
    assert spell.inside((interval,), "n") == condition
    assert spell.range_text((interval,)) == text


def test_several_intervals() -> None:
    pair = (Interval(0, 1), Interval(30, 30))
    assert spell.inside(pair, "n") == "0 <= n <= 1 or n == 30"
    assert spell.range_text(pair) == "0..1 | 30"


def test_docstrings_stay_closed() -> None:
    assert spell.docstring('say """x"""') == "say '''x'''"
    assert spell.docstring('ends in "') == 'ends in " '
    assert spell.docstring("one\n\ntwo") == "one\n\ntwo\n"


def test_comment_lines() -> None:
    assert spell.comment("a\nb") == "# a\n# b"
    assert spell.comment("") == ""


def test_block_keeps_relative_indentation() -> None:
    assert spell.block("if x:\n\n    y\n\n", 4) == "if x:\n        y"
