"""Tags, kinds of types, component relations."""

from __future__ import annotations

import pytest

from interlock.asn1.types import (
    ClassFieldType,
    EnumeratedType,
    IntegerType,
    ListType,
    OidValue,
    OpenType,
    Presence,
    StructureType,
    Type,
)
from unit.asn1.loading import components, faults, feature, load, tags, type_of


@pytest.mark.parametrize(
    ("written", "environment", "expected"),
    [
        ("[1] INTEGER", "IMPLICIT TAGS", "[1]I"),
        ("[1] INTEGER", "EXPLICIT TAGS", "[1]E"),
        ("[1] INTEGER", "AUTOMATIC TAGS", "[1]I"),
        ("[APPLICATION 1] EXPLICIT INTEGER", "IMPLICIT TAGS", "[APPLICATION 1]E"),
        ("[PRIVATE 1] IMPLICIT INTEGER", "EXPLICIT TAGS", "[PRIVATE 1]I"),
        ("[UNIVERSAL 8] SEQUENCE {}", "IMPLICIT TAGS", "[UNIVERSAL 8]I"),
        ("[1] [2] INTEGER", "IMPLICIT TAGS", "[1]I [2]I"),
        ("[1] CHOICE { a NULL }", "IMPLICIT TAGS", "[1]E"),
        ("[1] [2] CHOICE { a NULL }", "IMPLICIT TAGS", "[1]I [2]E"),
        ("[1] ANY", "IMPLICIT TAGS", "[1]E"),
        ("[1] TYPE-IDENTIFIER.&Type", "IMPLICIT TAGS", "[1]E"),
        ("[1] TYPE-IDENTIFIER.&id", "IMPLICIT TAGS", "[1]I"),
    ],
)
def test_tags(written: str, environment: str, expected: str) -> None:
    assert tags(type_of(f"T ::= {written}", tags=environment)) == expected


def test_a_tag_on_a_dummy_parameter_is_explicit() -> None:
    model = load("P{X} ::= SEQUENCE { a [1] X, b [2] INTEGER } T ::= P{INTEGER}")
    found = components(model.types["M.P{INTEGER}"].type)
    assert (tags(found["a"].type), tags(found["b"].type)) == ("[1]E", "[2]I")


def test_enumeration_numbers() -> None:
    plain = type_of("T ::= ENUMERATED { red, green(5), blue, black(0) }")
    assert isinstance(plain, EnumeratedType)
    assert plain.items == (("red", 1), ("green", 5), ("blue", 2), ("black", 0))
    grown = type_of("T ::= ENUMERATED { idle, busy(4), ..., failed, closed(9), gone }")
    assert isinstance(grown, EnumeratedType)
    assert grown.items == (("idle", 0), ("busy", 4))
    assert grown.additions == (("failed", 1), ("closed", 9), ("gone", 10))


def test_default_and_optional() -> None:
    found = components(type_of("T ::= SEQUENCE { a NULL, b INTEGER DEFAULT 5, c NULL OPTIONAL }"))
    assert [c.presence for c in found.values()] == [
        Presence.MANDATORY,
        Presence.DEFAULT,
        Presence.OPTIONAL,
    ]
    assert found["b"].default == 5


def relation(type_: Type) -> tuple[str | None, str | None, str | None]:
    assert isinstance(type_, OpenType)
    return type_.class_name, type_.field_name, type_.governor


def test_table_constraints_carry_set_and_governor() -> None:
    model = feature("class-with-syntax")
    found = components(model.types["ClassWithSyntax.Identifier"].type)
    algorithm = found["algorithm"].type
    assert isinstance(algorithm, ClassFieldType)
    assert algorithm.object_set == model.object_sets["ClassWithSyntax.Algorithms"]
    assert (algorithm.class_name, algorithm.field_name) == ("ClassWithSyntax.ALGORITHM", "&id")
    parameters = found["parameters"].type
    assert relation(parameters) == ("ClassWithSyntax.ALGORITHM", "&Type", "algorithm")
    assert isinstance(parameters, OpenType)
    assert parameters.object_set == algorithm.object_set


def test_levels_of_relations() -> None:
    model = feature("relation-levels")
    outer = components(model.types["RelationLevels.Outer"].type)
    inner = components(outer["inner"].type)
    assert relation(inner["parameters"].type)[2] == "^.kind"
    assert relation(inner["value"].type)[2] == "own"
    listed = outer["list"].type
    assert isinstance(listed, ListType)
    assert relation(listed.element)[2] == "kind"
    assert relation(components(outer["deep"].type)["tail"].type)[2] == "head.id"


def test_set_of_objects_written_in_the_constraint() -> None:
    model = feature("table-objects")
    argument = components(model.types["TableObjects.Use"].type)["argument"].type
    assert isinstance(argument, OpenType)
    assert argument.object_set is not None
    assert [o.name for o in argument.object_set.objects] == ["bind"]


def test_instance_of() -> None:
    type_ = components(feature("instance-of").types["InstanceOf.Use"].type)["one"].type
    assert isinstance(type_, StructureType)
    assert tags(type_) == "[UNIVERSAL 8]I"
    assert [tags(c.type) for c in type_.components] == ["", "[0]E"]


def test_parameterised_algorithm_identifier() -> None:
    model = feature("parameter-set")
    key = "ParameterSet.AlgorithmIdentifier{ParameterSet.Macs}"
    algorithm = components(model.types[key].type)["algorithm"].type
    assert isinstance(algorithm, ClassFieldType)
    assert algorithm.object_set is not None
    assert [o.values["&id"] for o in algorithm.object_set.objects] == [
        OidValue((2, 16, 840, 1, 101, 3, 4, 1, 6))
    ]
    assert not algorithm.object_set.extensible


def test_named_numbers_may_be_references() -> None:
    type_ = type_of("three INTEGER ::= 3 T ::= INTEGER { a(1), b(three), c(-1) }")
    assert isinstance(type_, IntegerType)
    assert type_.names == (("a", 1), ("b", 3), ("c", -1))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("T ::= [1] IMPLICIT ANY", ("ASN054", 1, 7)),
        ("P{X} ::= [1] IMPLICIT X\nT ::= P{NULL}", ("ASN054", 1, 10)),
        ("n INTEGER ::= -1\nT ::= [n] NULL", ("ASN050", 2, 7)),
        ("T ::= ENUMERATED { a, ..., b(5), c(4) }", ("ASN022", 1, 34)),
        ("T ::= BIT STRING { a(-1) }", ("ASN050", 1, 20)),
        ("S TYPE-IDENTIFIER ::= { ... }\nT ::= INTEGER ({S})", ("ASN052", 2, 16)),
        ("S TYPE-IDENTIFIER ::= { ... }\nT ::= TYPE-IDENTIFIER.&Type ({S}{@id})",
         ("ASN061", 2, 34)),
        ("T ::= TYPE-IDENTIFIER.&Typ", ("ASN012", 1, 7)),
    ],
)  # fmt: skip
def test_faults(body: str, expected: tuple[str, int, int]) -> None:
    assert faults(body) == [expected]
