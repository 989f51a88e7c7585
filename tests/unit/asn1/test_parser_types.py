"""Type notation: what is read, and what is refused with which expectation."""

from __future__ import annotations

import pytest

from interlock.asn1.types import ChoiceType, ListType, StructureType
from unit.asn1.loading import components, findings, type_of


def test_parts_of_an_extensible_sequence() -> None:
    body = "T ::= SEQUENCE { a [0] NULL, ..., b [1] NULL, [[ 2: c [2] NULL, d [3] NULL ]], ..., "
    type_ = type_of(body + "e [4] NULL }")
    assert isinstance(type_, StructureType)
    assert [c.name for c in type_.root] == ["a"]
    assert [[c.name for c in group] for group in type_.additions] == [["b"], ["c", "d"]]
    assert [c.name for c in type_.root_after] == ["e"]
    assert [c.name for c in type_.components] == ["a", "b", "c", "d", "e"]
    assert type_.extensible


def test_additions_of_a_choice() -> None:
    type_ = type_of("T ::= CHOICE { a [0] NULL, ..., [[ b [1] NULL ]], c [2] NULL }")
    assert isinstance(type_, ChoiceType)
    assert [(a.name, a.is_addition) for a in type_.alternatives] == [
        ("a", False),
        ("b", True),
        ("c", True),
    ]


def test_size_in_front_of_of_is_on_the_list() -> None:
    for body in (
        "T ::= SET SIZE (1..4) OF INTEGER",
        "T ::= SET (SIZE (1..4)) OF INTEGER",
        "T ::= SET SIZE (1..4) OF number INTEGER",
        "L ::= SET OF INTEGER T ::= L (SIZE (1..4))",
    ):
        type_ = type_of(body)
        assert [(i.low, i.high) for i in type_.constraints.size] == [(1, 4)]
        if isinstance(type_, ListType):
            assert type_.is_set
            assert type_.element.constraints.values == ()


def test_positions_point_at_what_was_written() -> None:
    found = components(type_of("T ::= SEQUENCE {\n  one INTEGER,\n  two [3] NULL OPTIONAL }"))
    assert (found["two"].span.line, found["two"].span.column, found["two"].span.end_column) == (
        4,
        3,
        6,
    )
    assert (found["two"].type.span.line, found["two"].type.span.column) == (4, 7)


@pytest.mark.parametrize(
    ("written", "expected", "column"),
    [
        ("SEQUENCE { a }", 'a type, found "}"', 20),
        ("SEQUENCE { A NULL }", 'the name of a component, found "A"', 18),
        ("CHOICE { A NULL }", 'the name of an alternative, found "A"', 16),
        ("SEQUENCE { a NULL b NULL }", '"}" or a comma after the component, found "b"', 25),
        ("SEQUENCE [1]", '"OF" or "{" after SEQUENCE, found "["', 16),
        ("SEQUENCE { ..., a NULL, ..., b NULL, ... }",
         '"}", for the SEQUENCE has two extension markers, found "..."', 44),
        ("SEQUENCE { [[ a NULL ]] }",
         'a component, for a version group stands between markers, found "["', 18),
        ("SEQUENCE { ..., [[ a NULL ] }", '"]]" or a comma in the version group, found "]"', 33),
        ("[x", '"]" after the tag, found "END"', None),
        ("[-1] NULL", 'a tag number, found "-"', 8),
        ("ENUMERATED { }", 'a name, found "}"', 20),
        ("ENUMERATED { a, ..., b, ... }",
         'an item, for there was an extension marker before, found "..."', 31),
        ("INTEGER { a }", '"(" and the number of the name, found "}"', 19),
        ("BIT INTEGER", '"STRING" after BIT, found "INTEGER"', 11),
        ("x", None, 7),
        ("DEFAULT", 'a type, found "DEFAULT"', 7),
    ],
)  # fmt: skip
def test_grammar_errors(written: str, expected: str | None, column: int | None) -> None:
    found = findings(f"M DEFINITIONS ::= BEGIN\nT ::= {written}\nEND")
    assert [f.code for f in found] == ["ASN001"]
    message = 'expected a type, found "x"' if expected is None else f"expected {expected}"
    assert found[0].message == message
    if column is not None:
        assert (found[0].span.line, found[0].span.column) == (2, column)
