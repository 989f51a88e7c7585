"""Distinct tags and finite values."""

from __future__ import annotations

import pytest

from unit.asn1.loading import faults, load


@pytest.mark.parametrize(
    "body",
    [
        "T ::= CHOICE { a NULL, b NULL }",
        "T ::= CHOICE { a [0] NULL, b [0] INTEGER }",
        "T ::= CHOICE { a INTEGER, b B } B ::= CHOICE { c NULL, d INTEGER }",
        "T ::= CHOICE { a INTEGER, b B } B ::= C C ::= INTEGER",
        "T ::= CHOICE { a INTEGER, b ANY }",
        "T ::= CHOICE { a ANY, b INTEGER }",
        "T ::= CHOICE { a INTEGER, ..., b INTEGER }",
        "T ::= CHOICE { a SEQUENCE {}, b SEQUENCE OF NULL }",
        "T ::= CHOICE { a EXTERNAL, b [UNIVERSAL 8] SEQUENCE {} }",
        "T ::= SET { a INTEGER, b INTEGER OPTIONAL }",
        "T ::= SET { a INTEGER, b TYPE-IDENTIFIER.&Type }",
        "P{X, Y} ::= CHOICE { x X, y Y } T ::= P{NULL, NULL}",
        "T ::= CHOICE { a TYPE-IDENTIFIER.&id, b OBJECT IDENTIFIER }",
    ],
)
def test_duplicate_tags(body: str) -> None:
    assert [code for code, _, _ in faults(body)] == ["ASN024"]


@pytest.mark.parametrize(
    ("body", "column"),
    [
        ("T ::= SEQUENCE { a INTEGER OPTIONAL, b INTEGER }", 38),
        ("T ::= SEQUENCE { a INTEGER DEFAULT 1, b NULL OPTIONAL, c INTEGER OPTIONAL }", 56),
        ("T ::= SEQUENCE { a ANY OPTIONAL, b INTEGER }", 34),
        ("T ::= SEQUENCE { a INTEGER OPTIONAL, b CHOICE { x NULL, y INTEGER } }", 38),
        ("T ::= SEQUENCE { a INTEGER OPTIONAL, ..., b INTEGER }", 43),
        ("T ::= SEQUENCE { ..., b INTEGER, ..., c INTEGER }", 39),
        ("T ::= SEQUENCE { a INTEGER OPTIONAL, COMPONENTS OF S } S ::= SEQUENCE { s INTEGER }", 73),
        ("T ::= SEQUENCE OF SEQUENCE { a NULL OPTIONAL, b NULL }", 47),
    ],
)
def test_ambiguous_runs(body: str, column: int) -> None:
    assert faults(body) == [("ASN025", 1, column)]


@pytest.mark.parametrize(
    "body",
    [
        "T ::= SEQUENCE { a INTEGER, b INTEGER }",
        "T ::= SEQUENCE { a INTEGER OPTIONAL, b NULL, c INTEGER }",
        "T ::= SEQUENCE { a NULL, b ANY OPTIONAL }",
        "T ::= CHOICE { a [0] NULL, b [APPLICATION 0] NULL, c [PRIVATE 0] NULL }",
        "T ::= CHOICE { a INTEGER, b T2 } T2 ::= CHOICE { c NULL, d [0] T }",
        "T ::= CHOICE { a NULL, b SEQUENCE OF T }",
        "T ::= SEQUENCE { next T OPTIONAL }",
        "T ::= SEQUENCE SIZE (0..4) OF T",
        "T ::= SEQUENCE { a OCTET STRING (CONTAINING T) }",
        "T ::= SEQUENCE { a INTEGER, ..., b T }",
    ],
)
def test_legal(body: str) -> None:
    assert "M.T" in load(body).types


@pytest.mark.parametrize(
    ("body", "count"),
    [
        ("T ::= SEQUENCE { a T }", 1),
        ("T ::= SEQUENCE { a U } U ::= CHOICE { x T, y [1] T }", 2),
        ("T ::= SET SIZE (1..4) OF T", 1),
        ("P{X} ::= SEQUENCE { a X } T ::= P{T}", 2),
        ("T ::= SEQUENCE { a NULL, ..., ..., b T }", 1),
    ],
)
def test_types_without_a_finite_value(body: str, count: int) -> None:
    found = [code for code, _, _ in faults(body)]
    assert found == ["ASN031"] * count


def test_long_chains_and_wide_types() -> None:
    chain = "\n".join(f"A{i} ::= CHOICE {{ a A{i + 1} }}" for i in range(1500))
    assert len(load(chain + "\nA1500 ::= NULL").types) == 1501
    wide = ", ".join(f"e{i} [{i}] NULL OPTIONAL" for i in range(2000))
    assert load(f"A ::= SEQUENCE {{ {wide} }}")
