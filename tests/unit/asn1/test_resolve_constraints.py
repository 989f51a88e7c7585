"""Constraints in force."""

from __future__ import annotations

import string

import pytest

from interlock.asn1.types import Constraints, Interval, OctetStringType, ReferenceType
from unit.asn1.loading import components, faults, feature, load, type_of


def constraints(written: str, more: str = "") -> Constraints:
    return type_of(f"T ::= {written}\n{more}").constraints


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("(5)", [(5, 5)]),
        ("(1..5)", [(1, 5)]),
        ("(MIN..5)", [(None, 5)]),
        ("(1..MAX)", [(1, None)]),
        ("(MIN..MAX)", []),
        ("(1..<5)", [(1, 4)]),
        ("(1<..5)", [(2, 5)]),
        ("(1 | 3..4 | 2)", [(1, 4)]),
        ("(1..5 ^ 3..9)", [(3, 5)]),
        ("(1..9 EXCEPT 4..6)", [(1, 3), (7, 9)]),
        ("(ALL EXCEPT 0)", [(None, -1), (1, None)]),
        ("((1..3 | 7..9) ^ (2..8))", [(2, 3), (7, 8)]),
        ("(1..9) (5..20)", [(5, 9)]),
        ("(1..9) (MIN..4)", [(1, 4)]),
        ("(1..9) (3..MAX)", [(3, 9)]),
        ("(1..9) (ALL EXCEPT 5)", [(1, 4), (6, 9)]),
        ("(Small | 100)", [(0, 3), (100, 100)]),
        ("(INCLUDES Small)", [(0, 3)]),
        ("(low..high)", [(2, 7)]),
    ],
)
def test_ranges(written: str, expected: list[tuple[int | None, int | None]]) -> None:
    more = "Small ::= INTEGER (0..3) low INTEGER ::= 2 high INTEGER ::= 7"
    found = constraints(f"INTEGER {written}", more).values
    assert [(i.low, i.high) for i in found] == expected


def test_only_the_last_extension_marker_counts() -> None:
    assert constraints("INTEGER (1..5, ...)").values_extensible
    assert constraints("INTEGER (1..5, ..., 7)").values == (Interval(1, 5),)
    assert not constraints("INTEGER (1..5, ...) (2..3)").values_extensible
    assert constraints("E", "E ::= INTEGER (1..5, ...)").values_extensible
    assert constraints("OCTET STRING (SIZE (1..5, ...))").size_extensible
    assert constraints("OCTET STRING (SIZE (1..5), ...)").size_extensible


def test_constraints_reach_through_names() -> None:
    found = components(type_of("T ::= SEQUENCE { a A (MIN..4) } A ::= B (2..9) B ::= INTEGER"))
    assert isinstance(found["a"].type, ReferenceType)
    assert found["a"].type.constraints.values == (Interval(2, 4),)


def test_sizes() -> None:
    assert constraints("OCTET STRING (SIZE (16 | 24 | 32))").size == (
        Interval(16, 16),
        Interval(24, 24),
        Interval(32, 32),
    )
    assert constraints("OCTET STRING (SIZE (0..MAX))").size == ()
    assert constraints("SEQUENCE SIZE (1..MAX) OF NULL").size == (Interval(1, None),)
    assert constraints("L (SIZE (2))", "L ::= SET SIZE (1..4) OF NULL").size == (Interval(2, 2),)


def test_alphabets() -> None:
    digits = constraints('IA5String (FROM ("0".."9" | "-"))')
    assert digits.alphabet == "-" + string.digits
    assert constraints('IA5String (FROM ("a".."z")) (FROM ("x".."|"))').alphabet == "xyz"
    assert constraints('IA5String (FROM ("a".."e" EXCEPT "b".."c"))').alphabet == "ade"
    assert constraints("IA5String (FROM ({0, 9} .. {0, 10}))").alphabet == "\t\n"
    assert constraints("UTF8String (FROM ({0,0,0,0}..{0,16,255,255}))").alphabet is None
    assert constraints('IA5String (FROM ("a", ...))').alphabet is None


def test_patterns_and_single_values() -> None:
    both = constraints('A (PATTERN "b")', 'A ::= UTF8String (PATTERN "a")')
    assert both.patterns == ("a", "b")
    assert constraints('UTF8String ("yes" | "no")').permitted == ("yes", "no")
    assert constraints("ENUMERATED { a, b, c } (a | c)").permitted == ("a", "c")
    assert constraints("OBJECT IDENTIFIER ({1 2 3})").permitted == ("1.2.3",)
    assert constraints('UTF8String ("yes", ...)').permitted == ()


def test_mixed_unions_are_widened_never_narrowed() -> None:
    assert constraints('UTF8String (SIZE (1) | FROM ("a"))') == Constraints()
    both = constraints('UTF8String (SIZE (1) ^ FROM ("a"))')
    assert (both.size, both.alphabet) == ((Interval(1, 1),), "a")


def test_containing() -> None:
    outer = components(feature("octet-string-containing").types["OctetStringContaining.Outer"].type)
    wrapped = outer["wrapped"].type
    assert isinstance(wrapped, OctetStringType)
    assert isinstance(wrapped.constraints.containing, ReferenceType)
    assert wrapped.constraints.containing.definition == "OctetStringContaining.Inner"
    assert outer["bits"].type.constraints.containing is None


def test_value_set_parameters() -> None:
    model = feature("parameter-value-set")
    (key,) = [key for key in model.types if "{" in key]
    found = components(model.types[key].type)
    assert found["number"].type.constraints.values == (Interval(1, 4), Interval(9, 9))
    assert found["again"].type.constraints.values[-1] == Interval(99, 99)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("T ::= BOOLEAN (1..2)", ("ASN052", 1, 16)),
        ("T ::= INTEGER (SIZE (1))", ("ASN052", 1, 16)),
        ('T ::= INTEGER (PATTERN "a")', ("ASN052", 1, 16)),
        ('T ::= INTEGER (FROM ("a"))', ("ASN052", 1, 16)),
        ("T ::= INTEGER (CONTAINING NULL)", ("ASN052", 1, 16)),
        ("T ::= INTEGER (BOOLEAN)", ("ASN052", 1, 16)),
        ("T ::= INTEGER (WITH COMPONENT (5))", ("ASN052", 1, 16)),
        ("T ::= SEQUENCE { a NULL } (WITH COMPONENTS { b })", ("ASN052", 1, 46)),
        ('T ::= IA5String (FROM ("ab".."c"))', ("ASN052", 1, 24)),
        ("T ::= INTEGER (5..1)", ("ASN053", 1, 16)),
        ("T ::= INTEGER (1..2) (3)", ("ASN053", 1, 22)),
        ("T ::= OCTET STRING (SIZE (-1))", ("ASN053", 1, 26)),
        ('T ::= IA5String (FROM ("b".."a"))', ("ASN053", 1, 24)),
        ("T ::= INTEGER (TRUE)", ("ASN050", 1, 16)),
        ("T ::= ENUMERATED { a } (b)", ("ASN010", 1, 25)),
    ],
)
def test_faults(body: str, expected: tuple[str, int, int]) -> None:
    assert faults(body) == [expected]


def test_types_in_the_model_share_no_scope() -> None:
    model = load("P{INTEGER:n} ::= INTEGER (0..n) A ::= P{1} B ::= P{2}")
    assert model.types["M.P{1}"].type.constraints.values == (Interval(0, 1),)
    assert model.types["M.P{2}"].type.constraints.values == (Interval(0, 2),)
