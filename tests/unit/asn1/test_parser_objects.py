"""Objects against WITH SYNTAX, and object set notation."""

from __future__ import annotations

import pytest

from unit.asn1.loading import feature, findings, load

OPERATION = """K ::= CLASS { &code INTEGER UNIQUE, &Arg OPTIONAL, &n INTEGER OPTIONAL }
  WITH SYNTAX { [ARGUMENT &Arg [LIMIT &n]] CODE &code }
"""


def test_nested_optional_groups() -> None:
    objects = feature("class-nested-groups").objects
    read = objects["ClassNestedGroups.read"]
    assert set(read.types) == {"&Argument", "&Result"}
    assert dict(read.values) == {"&code": 1, "&alwaysReturns": False, "&priority": 3}
    assert [o.values["&code"] for o in read.object_sets["&Errors"].objects] == [7]
    write = objects["ClassNestedGroups.write"]
    assert dict(write.values) == {"&code": 2, "&alwaysReturns": True}
    assert not write.types


def test_a_group_may_start_with_a_field() -> None:
    model = load(
        "K ::= CLASS { &n INTEGER OPTIONAL, &T OPTIONAL } WITH SYNTAX { [&n] [OF &T] [END] }\n"
        "a K ::= { 5 OF NULL END } b K ::= { OF NULL } c K ::= { 7 } d K ::= { END }"
    )
    found = {key: (dict(o.values), list(o.types)) for key, o in model.objects.items()}
    assert found == {
        "M.a": ({"&n": 5}, ["&T"]),
        "M.b": ({}, ["&T"]),
        "M.c": ({"&n": 7}, []),
        "M.d": ({}, []),
    }


@pytest.mark.parametrize(
    ("written", "message", "column"),
    [
        ("{ }", 'expected "CODE", found "}"', 11),
        ("{ CODE }", 'expected a setting of "&code", found "}"', 16),
        ("{ CODE 1 2 }", 'expected the end of the object, found "2"', 18),
        ("{ LIMIT 3 CODE 1 }", 'expected "CODE", found "LIMIT"', 11),
        ("{ ARGUMENT 5 CODE 1 }", 'expected a type for "&Arg", found "5"', 20),
        ("{ ARGUMENT NULL LIMIT NULL CODE 1 }", None, None),
    ],
)
def test_mismatch(written: str, message: str | None, column: int | None) -> None:
    found = findings(f"M DEFINITIONS ::= BEGIN\n{OPERATION}o K ::= {written}\nEND")
    if message is None:
        assert [(f.code, f.message) for f in found] == [("ASN050", "value is not of type INTEGER")]
        return
    assert [(f.code, f.message) for f in found] == [("ASN060", f'object of class "K": {message}')]
    assert (found[0].span.line, found[0].span.column) == (4, column)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{ }", 'an object, found "}"'),
        ("{ a | }", 'an object or object set, found "}"'),
        ("{ a b }", '"|", a comma or the end of the object set, found "b"'),
        ("{ ..., ... }", 'the end of the set, for it has an extension marker, found "..."'),
        ("{ 5 }", 'an object or object set, found "5"'),
    ],
)
def test_grammar_errors_in_sets(written: str, expected: str) -> None:
    body = f"{OPERATION}a K ::= {{ CODE 1 }}\nb K ::= {{ CODE 2 }}\nS K ::= {written}"
    found = findings(f"M DEFINITIONS ::= BEGIN\n{body}\nEND")
    assert [(f.code, f.message) for f in found] == [("ASN001", f"expected {expected}")]
