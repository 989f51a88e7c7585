"""Value notation that needs no governor."""

from __future__ import annotations

import pytest

from interlock.asn1.lexer import tokenize
from interlock.asn1.parser_types import TypeParser
from interlock.asn1.rules import Failure
from interlock.asn1.syntax import (
    BitsLiteral,
    BracedValue,
    ChosenValue,
    Literal,
    OpenValue,
    ValueReference,
    ValueSyntax,
)
from interlock.core.source import SourceFile


def value(text: str) -> ValueSyntax:
    tokens, _ = tokenize(SourceFile("t", text))
    parser = TypeParser(tokens.source, tokens.items)
    result = parser.parse_value()
    assert parser.at_end()
    return result


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", 5),
        ("-5", -5),
        ("- 5", -5),
        ("1.5", 1.5),
        ("TRUE", True),
        ("FALSE", False),
        ("NULL", None),
        ('"a"', "a"),
        ("MINUS-INFINITY", float("-inf")),
    ],
)
def test_literals(text: str, expected: object) -> None:
    found = value(text)
    assert isinstance(found, Literal)
    assert found.value == expected
    assert type(found.value) is type(expected)


def test_forms() -> None:
    assert isinstance(value("'01'B"), BitsLiteral)
    assert isinstance(value("{ a 1 }"), BracedValue)
    chosen = value("one : two : 3")
    assert isinstance(chosen, ChosenValue)
    assert isinstance(chosen.value, ChosenValue)
    assert isinstance(value("NULL : NULL"), OpenValue)
    assert isinstance(value("SEQUENCE OF NULL : {}"), OpenValue)
    named = value("Module.name")
    assert isinstance(named, ValueReference)
    assert (named.reference.module, named.reference.name) == ("Module", "name")
    field = value("object.&other.&id")
    assert isinstance(field, ValueReference)
    assert field.fields == ("&other", "&id")


@pytest.mark.parametrize(
    ("text", "code"),
    [("|", "ASN001"), ("- a", "ASN001"), ("Type", "ASN001"), ("9" * 1001, "ASN003")],
)
def test_faults(text: str, code: str) -> None:
    with pytest.raises(Failure) as raised:
        value(text)
    assert raised.value.finding is not None
    assert raised.value.finding.code == code
