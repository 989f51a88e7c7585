"""Values against their governors."""

from __future__ import annotations

import pytest

from interlock.asn1.types import (
    Bits,
    Chosen,
    IntegerType,
    Name,
    NamedBits,
    Null,
    OidValue,
    Structured,
    Typed,
    Value,
)
from unit.asn1.loading import faults, feature, load


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("v BOOLEAN ::= TRUE", True),
        ("v INTEGER ::= -7", -7),
        ("v INTEGER { a(1), b(w) } ::= b w INTEGER ::= 9", 9),
        ("v T ::= w w INTEGER ::= 9 T ::= INTEGER", 9),
        ("v NULL ::= NULL", Null()),
        ("v ENUMERATED { a, b } ::= b", Name("b")),
        ("v BIT STRING ::= '10110'B", Bits(b"\xb0", 5)),
        ("v BIT STRING ::= 'A5F'H", Bits(b"\xa5\xf0", 12)),
        ("v BIT STRING { a(0), b(9) } ::= { b, a }", NamedBits((0, 9))),
        ("v BIT STRING { a(0) } ::= {}", NamedBits(())),
        ("v OCTET STRING ::= '0AF'H", b"\x0a\xf0"),
        ("v OCTET STRING ::= '00000001'B", b"\x01"),
        ("v REAL ::= 1.5", 1.5),
        ("v REAL ::= 2", 2),
        ("v REAL ::= {mantissa 5, base 2, exponent -1}", 2.5),
        ('v IA5String ::= "a ""b"""', 'a "b"'),
        ('v IA5String ::= { "a", {2, 13}, w } w IA5String ::= "z"', "a-z"),
        ("v UniversalString ::= {0, 0, 32, 172}", "\u20ac"),
        ("v CHOICE { a NULL, b CHOICE { c INTEGER } } ::= b : c : 5",
         Chosen("b", Chosen("c", 5))),
        ("v SEQUENCE OF INTEGER ::= { 1, 2 }", Structured(elements=(1, 2))),
        ("v SEQUENCE OF INTEGER ::= {}", Structured()),
        ("v SEQUENCE { a INTEGER, b NULL OPTIONAL } ::= { a 1 }", Structured(fields=(("a", 1),))),
        ("v TYPE-IDENTIFIER.&Type ::= INTEGER : 5", Typed(IntegerType(), 5)),
        ("v OBJECT IDENTIFIER ::= { iso standard 8571 x(3) }", OidValue((1, 0, 8571, 3))),
        ("v M.T ::= M.w w T ::= 4 T ::= INTEGER", 4),
    ],
)  # fmt: skip
def test_values(written: str, expected: Value) -> None:
    value = load(written).values["M.v"].value
    assert value == expected
    assert type(value) is type(expected)


def test_structured_values_name_values() -> None:
    values = feature("structured-values").values
    path = values["StructuredValues.path"].value
    assert isinstance(path, Structured)
    assert path.elements[0] == Structured(fields=(("x", 0), ("y", 0)))
    assert path.elements[2] == Structured(fields=(("x", 2), ("tag", "end")))


def test_values_from_objects() -> None:
    assert feature("class-field-kinds").values["ClassFieldKinds.id"].value == 1


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ("v BOOLEAN ::= 1", 15),
        ("v INTEGER ::= TRUE", 15),
        ("v INTEGER ::= 1.5", 15),
        ('v INTEGER ::= "1"', 15),
        ("v INTEGER (1..5) ::= 6", 22),
        ("v OCTET STRING (SIZE (2)) ::= '00'H", 31),
        ('v IA5String (FROM ("a".."c")) ::= "abd"', 35),
        ("v SEQUENCE SIZE (1..2) OF NULL ::= {}", 36),
        ("v BIT STRING { a(0) } ::= { b }", 29),
        ("v CHOICE { a NULL } ::= b : NULL", 25),
        ("v SEQUENCE { a NULL } ::= {}", 27),
        ("v SEQUENCE { a NULL } ::= { a NULL, a NULL }", 37),
        ("v SEQUENCE { a NULL } ::= { b NULL }", 29),
        ("v INTEGER ::= { 5 }", 15),
        ("v IA5String ::= { 1, 2, 3 }", 27),
        ("v REAL ::= {mantissa 1, base 3, exponent 1}", 42),
        ("v EXTERNAL ::= { }", 16),
        ("T ::= [w] NULL w BOOLEAN ::= TRUE", 8),
    ],
)
def test_what_is_no_value_of_the_type(body: str, column: int) -> None:
    assert faults(body) == [("ASN050", 1, column)]


def test_circles_and_long_chains() -> None:
    assert faults("a INTEGER ::= b b INTEGER ::= a") == [("ASN030", 1, 31)]
    assert faults("a INTEGER (a..5) ::= 3") == [("ASN030", 1, 12)]
    chain = "\n".join(f"a{i} INTEGER ::= a{i + 1}" for i in range(200)) + "\na200 INTEGER ::= 1"
    assert {code for code, _, _ in faults(chain)} == {"ASN003"}
