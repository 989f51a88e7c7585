"""Brackets, nesting, and how failures say what was expected."""

from __future__ import annotations

import pytest

from interlock.asn1.lexer import tokenize
from interlock.asn1.parser_core import MAX_NESTING, TokenStream, split_at_commas
from interlock.asn1.rules import Failure
from interlock.core.source import SourceFile
from unit.asn1.loading import findings


def stream(text: str) -> TokenStream:
    tokens, _ = tokenize(SourceFile("t", text))
    return TokenStream(tokens.source, tokens.items)


def test_doubled_signs_must_touch() -> None:
    assert stream("[[ a").at_double("[")
    assert not stream("[ [ a").at_double("[")


def test_words_in_strings_are_no_words() -> None:
    assert not stream('"END"').at("END")


def test_braces_are_taken_whole() -> None:
    cursor = stream("{ a {b, c}, (d, e), [f] } g")
    braced = cursor.take_braced()
    assert cursor.token.text == "g"
    parts = split_at_commas(braced)
    assert [[t.text for t in part.tokens[:-1]] for part in parts] == [
        ["a", "{", "b", ",", "c", "}"],
        ["(", "d", ",", "e", ")"],
        ["[", "f", "]"],
    ]
    assert split_at_commas(stream("{}").take_braced()) == ()


@pytest.mark.parametrize(
    ("text", "message", "column"),
    [
        ("{ a ( b }", 'expected the end of a bracket opened before, found "}"', 9),
        ("{ a { b }", 'this "{" is not closed', 1),
    ],
)
def test_unbalanced_braces(text: str, message: str, column: int) -> None:
    with pytest.raises(Failure) as raised:
        stream(text).take_braced()
    assert raised.value.finding is not None
    assert (raised.value.finding.message, raised.value.finding.span.column) == (message, column)


@pytest.mark.parametrize(
    "body",
    [
        "T ::= " + "SEQUENCE OF " * 5000 + "NULL",
        "T ::= " + "[1] " * 5000 + "NULL",
        "T ::= INTEGER " + "(" * 5000,
        "T ::= " + "SEQUENCE { a " * 5000,
        "v T ::= " + "a : " * 5000 + "1",
        "K ::= CLASS { &a INTEGER } WITH SYNTAX { " + "[A " * 5000,
    ],
)
def test_deep_nesting_is_one_finding(body: str) -> None:
    found = findings(f"M DEFINITIONS ::= BEGIN\n{body}\nEND")
    assert [(f.code, f.message) for f in found] == [
        ("ASN003", f"nested more than {MAX_NESTING} levels deep")
    ]
