"""Class notation."""

from __future__ import annotations

import pytest

from interlock.asn1.types import FieldKind
from unit.asn1.loading import feature, findings


def test_kinds_of_fields() -> None:
    fields = {
        f.name: f for f in feature("class-field-kinds").classes["ClassFieldKinds.HOLDER"].fields
    }
    assert {name: field.kind for name, field in fields.items()} == {
        "&id": FieldKind.VALUE,
        "&Type": FieldKind.TYPE,
        "&value": FieldKind.VALUE,
        "&Numbers": FieldKind.VALUE_SET,
        "&other": FieldKind.OBJECT,
        "&Others": FieldKind.OBJECT_SET,
        "&Values": FieldKind.VALUE_SET,
    }
    assert fields["&id"].unique
    assert not fields["&id"].optional
    assert fields["&other"].class_name == "ClassFieldKinds.KIND"
    assert fields["&other"].optional


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("CLASS { }", 'a field name, found "}"'),
        ("CLASS { id INTEGER }", 'a field name, found "id"'),
        ("CLASS { &id }", 'a type, found "}"'),
        ("CLASS { &id INTEGER DEFAULT }", 'a default, found "}"'),
        ("CLASS { &id INTEGER UNIQUE &Type }", '"}" or a comma after the field, found "&Type"'),
        ("CLASS { &id INTEGER } WITH { }", '"SYNTAX", found "{"'),
        ("CLASS { &id INTEGER } WITH SYNTAX { id }",
         'a field, a word, "[" or the end of the syntax, found "id"'),
    ],
)  # fmt: skip
def test_grammar_errors(written: str, expected: str) -> None:
    found = findings(f"M DEFINITIONS ::= BEGIN\nK ::= {written}\nEND")
    assert [(f.code, f.message) for f in found] == [("ASN001", f"expected {expected}")]
