"""Tokens, comments, malformed symbols."""

from __future__ import annotations

import pytest

from interlock.asn1.lexer import Kind, tokenize
from interlock.core.source import SourceFile


def tokens(text: str) -> list[tuple[Kind, str]]:
    found, problems = tokenize(SourceFile("t", text))
    assert not problems
    return [(token.kind, token.text) for token in found.items[:-1]]


def texts(text: str) -> list[str]:
    return [word for _, word in tokens(text)]


def test_kinds() -> None:
    assert tokens("Name name-1 &Type &id 12 1.5E-3 \"a\" '01'B '0F'H ::=") == [
        (Kind.UPPER, "Name"),
        (Kind.LOWER, "name-1"),
        (Kind.FIELD_UPPER, "&Type"),
        (Kind.FIELD_LOWER, "&id"),
        (Kind.NUMBER, "12"),
        (Kind.REAL, "1.5E-3"),
        (Kind.STRING, "a"),
        (Kind.BITS, "01"),
        (Kind.HEX, "0F"),
        (Kind.SIGN, "::="),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1..8", ["1", "..", "8"]),
        ("1...2", ["1.", "..", "2"]),
        ("(1, ...)", ["(", "1", ",", "...", ")"]),
        ("[[ ]]", ["[", "[", "]", "]"]),
        ("a--c--b", ["a", "b"]),
        ("a -- to the end\nb", ["a", "b"]),
        ("a -- one - hyphen -- b", ["a", "b"]),
        ("-----\na", ["a"]),
        ("-------\na", ["a"]),
        ("a /* x /* y */ -- */ b", ["a", "b"]),
        ("5 -- x --- 6", ["5", "6"]),
        ('"say ""x"""', ['say "x"']),
        ('"one  \n   two"', ["onetwo"]),
        ("'0 1\n1'B", ["011"]),
    ],
)
def test_text_of_tokens(text: str, expected: list[str]) -> None:
    assert texts(text) == expected


def test_comment_marks_in_a_string_are_text() -> None:
    assert texts('"a -- b /* c" d') == ["a -- b /* c", "d"]


def test_only_comments_alone_on_their_lines_are_kept() -> None:
    found, _ = tokenize(SourceFile("t", "-- one\nA -- two\n  -- three --\n/* four\n five */\nB"))
    assert {line: c.text.strip() for line, c in found.comments.items()} == {
        1: "one",
        3: "three",
        5: "four\n five",
    }


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("A\n b_c", '"_" cannot stand in a module', 2, 3),
        ('A "open', "character string is not closed", 1, 3),
        ("A '01", "binary or hexadecimal string has no end 'B or 'H", 1, 3),
        ("'012'B", '"2" is not a digit of a binary string', 1, 1),
        ("'0a'H", '"a" is not a digit of a hexadecimal string', 1, 1),
        ("/* /* */", 'comment opened with "/*" is not closed', 1, 1),
        ("\u0000", '"U+0000" cannot stand in a module', 1, 1),
    ],
)
def test_malformed_symbols(text: str, message: str, line: int, column: int) -> None:
    _, problems = tokenize(SourceFile("t", text))
    assert [(p.code, p.message) for p in problems] == [("ASN002", message)]
    assert (problems[0].span.line, problems[0].span.column) == (line, column)


def test_byte_order_mark_is_dropped() -> None:
    assert texts("\ufeffA") == ["A"]
