from __future__ import annotations

from typing import Any

import pytest

from interlock.asn1.types import Interval
from interlock.ir import codec
from unit.ir.asn1_text import lowered


def contents(type_: str, more: str = "") -> Any:
    """The contents of a named type."""
    return lowered(f"A ::= {type_}\n{more}").definition("M.A").occurrence.contents


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("BOOLEAN", codec.Boolean()),
        ("NULL", codec.Null()),
        ("INTEGER", codec.Integer()),
        ("INTEGER (0 | 3..MAX)", codec.Integer(values=(Interval(0, 0), Interval(3, None)))),
        ("OCTET STRING (SIZE (2))", codec.Octets(size=(Interval(2, 2),))),
        ("BIT STRING (SIZE (1..8))", codec.Bits(size=(Interval(1, 8),))),
        ("OBJECT IDENTIFIER", codec.ObjectIdentifier()),
        ("RELATIVE-OID", codec.ObjectIdentifier(is_relative=True)),
        ("UTF8String", codec.Text(charset="utf-8")),
        ("VisibleString", codec.Text(charset="ascii", patterns=("[ -~]*",))),
        ("GraphicString", codec.Text(charset="latin-1")),
        ("BMPString", codec.Text(charset="utf-16-be")),
        ("GeneralizedTime", codec.Time(is_generalized=True)),
        ("UTCTime", codec.Time(is_generalized=False)),
        (r'UTF8String (PATTERN "\d")', codec.Text(charset="utf-8", patterns=("[0-9]",))),
        (
            r'GeneralizedTime (PATTERN "\d*Z")',
            codec.Time(is_generalized=True, patterns=("[0-9]*Z",)),
        ),
        ("TYPE-IDENTIFIER.&Type", codec.Open()),
    ],
)
def test_leaves(type_: str, expected: codec.Contents) -> None:
    assert contents(type_) == expected


def test_alphabet_becomes_a_pattern() -> None:
    assert contents('IA5String (FROM ("a".."c"))').patterns == ("[abc]*",)


def test_containing_names_a_definition() -> None:
    assert contents("OCTET STRING (CONTAINING B)", "B ::= SEQUENCE { x NULL }") == codec.Octets(
        containing="M.B"
    )


def test_names_of_a_shared_type_are_one_table() -> None:
    model = lowered("A ::= SEQUENCE { x E, y E }\nE ::= ENUMERATED { a(0), b(3), ..., c(4) }")
    (table,) = (t for m in model.modules for t in m.name_tables)
    assert (table.key, table.items, table.is_extensible) == (
        "M.E",
        (("a", 0), ("b", 3), ("c", 4)),
        True,
    )


def test_permitted_items_of_an_enumeration() -> None:
    found = contents("E (a | c)", "E ::= ENUMERATED { a(0), b(3), c(4) }")
    assert sorted(found.permitted) == [0, 4]
