"""Constraint notation: refusals. What is accepted is tested through its meaning."""

from __future__ import annotations

import pytest

from unit.asn1.loading import findings, type_of


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("(1", '")" at the end of the constraint, found "END"'),
        ("()", 'a value, found ")"'),
        ("(MIN)", '".." after MIN, found ")"'),
        ("(1..)", 'a value, found ")"'),
        ("(1 | )", 'a value, found ")"'),
        ("(ALL 5)", '"EXCEPT", found "5"'),
        ("((1 | 2)", '")" at the end of the constraint, found "END"'),
        ("(SIZE 5)", '"(" of a constraint, found "5"'),
        ("(WITH SYNTAX)", '"COMPONENTS" or COMPONENT after WITH, found "SYNTAX"'),
        ("(WITH COMPONENTS { A })", 'a component name, found "A"'),
        ("(CONSTRAINED {})", '"BY", found "{"'),
    ],
)
def test_grammar_errors(written: str, expected: str) -> None:
    found = findings(f"M DEFINITIONS ::= BEGIN\nT ::= INTEGER {written}\nEND")
    assert [(f.code, f.message) for f in found] == [("ASN001", f"expected {expected}")]


@pytest.mark.parametrize(
    "written",
    [
        "INTEGER (1..5 ! 7)",
        "INTEGER (1, ..., 2 ! BOOLEAN : TRUE)",
        "SEQUENCE { a NULL OPTIONAL } (WITH COMPONENTS { ... })",
        "SEQUENCE { a NULL OPTIONAL } (WITH COMPONENTS { ..., a ABSENT })",
        "OCTET STRING (CONSTRAINED BY { any -- text -- (1) })",
        "OCTET STRING (CONSTRAINED BY {}) (SIZE (4))",
    ],
)
def test_tolerated_without_effect_on_ranges(written: str) -> None:
    assert type_of(f"T ::= {written}").constraints.patterns == ()
