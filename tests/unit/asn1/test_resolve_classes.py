"""Classes: finding them, their fields, their syntax."""

from __future__ import annotations

import pytest

from interlock.asn1.types import ClassFieldType, ObjectIdentifierType, OpenType
from unit.asn1.loading import components, faults, feature, findings, type_of


def test_built_in_classes() -> None:
    type_ = type_of("T ::= TYPE-IDENTIFIER.&id")
    assert isinstance(type_, ClassFieldType)
    assert isinstance(type_.actual, ObjectIdentifierType)
    assert type_.class_name == "TYPE-IDENTIFIER"
    assert isinstance(type_of("T ::= ABSTRACT-SYNTAX.&Type"), OpenType)


def test_an_alias_is_the_class_itself() -> None:
    model = feature("class-alias")
    assert list(model.classes) == ["ClassAlias.KIND"]
    use = components(model.types["ClassAlias.Use"].type)
    assert isinstance(use["id"].type, ClassFieldType)
    assert use["id"].type.class_name == "ClassAlias.KIND"


def test_fields_of_fields() -> None:
    use = components(feature("class-field-kinds").types["ClassFieldKinds.Use"].type)
    three = use["three"].type
    assert isinstance(three, ClassFieldType)
    assert (three.class_name, three.field_name) == ("ClassFieldKinds.KIND", "&name")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("K ::= CLASS { &a INTEGER, &a NULL }", ("ASN020", 1, 27)),
        ("K ::= CLASS { &a INTEGER } WITH SYNTAX { &b }", ("ASN012", 1, 42)),
        ("K ::= CLASS { &a INTEGER, &b NULL } WITH SYNTAX { &a }", ("ASN060", 1, 27)),
        ("K ::= CLASS { &v &T }", ("ASN012", 1, 15)),
        ("K ::= CLASS { &v &w, &w INTEGER }", ("ASN011", 1, 15)),
        ("K ::= CLASS { &a INTEGER }\nT ::= K.&a.&b", ("ASN011", 2, 7)),
        ("K ::= CLASS { &k K }\nT ::= K.&k", ("ASN011", 2, 7)),
        ("K ::= CLASS { &a Missing }", ("ASN010", 1, 18)),
        ("A ::= INTEGER\nT ::= A.&b", ("ASN011", 2, 7)),
    ],
)
def test_faults(body: str, expected: tuple[str, int, int]) -> None:
    assert faults(body) == [expected]


def test_similar_field_is_suggested() -> None:
    found = findings("M DEFINITIONS ::= BEGIN K ::= CLASS { &ident INTEGER } T ::= K.&idend END")
    assert found[0].help == 'did you mean "&ident"?'
