"""Objects and object sets, expanded and evaluated."""

from __future__ import annotations

import pytest

from interlock.asn1.types import BooleanType, ClassFieldType, Interval, ObjectSet
from unit.asn1.loading import components, faults, feature, load

K = "K ::= CLASS { &id INTEGER UNIQUE, &Type OPTIONAL }\n"


def names(found: ObjectSet) -> list[str | None]:
    return [one.name for one in found.objects]


def test_set_arithmetic_and_extensibility() -> None:
    sets = {key.split(".")[1]: s for key, s in feature("object-sets").object_sets.items()}
    assert {name: (names(s), s.extensible) for name, s in sets.items()} == {
        "Digests": (["sha256"], False),
        "Signatures": (["rsa"], True),
        "All": (["sha256", "rsa", "gcm"], True),
        "Without": (["rsa", "gcm"], True),
        "Both": (["rsa"], True),
        "Nothing": ([], True),
        "More": (["rsa", "sha256", None], True),
    }


def test_sets_keep_the_name_they_are_defined_under() -> None:
    model = feature("parameter-set")
    key = "ParameterSet.AlgorithmIdentifier{ParameterSet.Signatures}"
    algorithm = components(model.types[key].type)["algorithm"].type
    assert isinstance(algorithm, ClassFieldType)
    assert algorithm.object_set == model.object_sets["ParameterSet.Signatures"]
    assert algorithm.object_set.name == "Signatures"


def test_all_kinds_of_settings() -> None:
    first = feature("class-field-kinds").objects["ClassFieldKinds.first"]
    assert isinstance(first.types["&Type"], BooleanType)
    assert dict(first.values) == {"&id": 1, "&value": True}
    assert first.objects["&other"].values["&name"] == "a"
    assert [o.values["&name"] for o in first.object_sets["&Others"].objects] == ["a", "b"]
    assert first.value_sets["&Numbers"].values == (Interval(1, 4), Interval(9, 9))
    assert first.value_sets["&Values"].permitted == ("FALSE",)


def test_defaults_of_the_class_are_filled_in() -> None:
    objects = feature("class-with-syntax").objects
    assert objects["ClassWithSyntax.rsa"].values["&keyed"] is False
    assert objects["ClassWithSyntax.gcm"].values["&keyed"] is True
    assert "&Type" not in objects["ClassWithSyntax.sha256"].types


def test_sets_from_the_fields_of_objects() -> None:
    sets = feature("object-set-fields").object_sets
    assert names(sets["ObjectSetFields.AllErrors"]) == ["full", "empty"]
    assert names(sets["ObjectSetFields.ReadErrors"]) == ["full"]
    assert sets["ObjectSetFields.ReadErrors"].extensible


def test_parameterised_objects_and_sets() -> None:
    found = feature("parameter-objects").object_sets["ParameterObjects.All"]
    assert [one.values["&code"] for one in found.objects] == [5, 100, 6]


def test_an_object_occurs_once_however_often_it_is_named() -> None:
    model = load(K + "a K ::= { &id 1 } A K ::= { a } B K ::= { a | A | a }")
    assert names(model.object_sets["M.B"]) == ["a"]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("a K ::= { &id 1 }\nb K ::= { &id 1 }\nS K ::= { a | b }", ("ASN026", 4, 9)),
        ("a K ::= { &Type NULL }", ("ASN060", 2, 9)),
        ("a K ::= { &id 1, &id 2 }", ("ASN060", 2, 18)),
        ("a K ::= { &id 1 &Type NULL }", ("ASN001", 2, 17)),
        ("a K ::= { &ident 1 }", ("ASN012", 2, 11)),
        ("a K ::= 5", ("ASN060", 2, 9)),
        ("a K ::= b\nb K ::= a", ("ASN030", 3, 9)),
        ("S K ::= { S }", ("ASN030", 2, 9)),
        ("S K ::= { ALL EXCEPT a }\na K ::= { &id 1 }", ("ASN060", 2, 11)),
        ("S K ::= { Missing }", ("ASN010", 2, 11)),
        ("S K ::= { x }\nx INTEGER ::= 5", ("ASN011", 2, 11)),
        ("L ::= CLASS { &n NULL }\nl L ::= { &n NULL }\nS K ::= { l }", ("ASN060", 4, 11)),
        ("a K ::= { &id 1 }\nT ::= a.&Type", ("ASN060", 3, 7)),
        ("a K ::= { &id 1 }\nT ::= a.&id", ("ASN011", 3, 7)),
        ("a K ::= { &id 1 }\nv INTEGER ::= a.&Type", ("ASN060", 3, 15)),
    ],
)
def test_faults(body: str, expected: tuple[str, int, int]) -> None:
    assert expected in faults(K + body)


def test_a_set_inside_the_type_of_its_own_object_ends() -> None:
    body = K + "a K ::= { &id 1, &Type SEQUENCE { x K.&id ({S}) } } S K ::= { a }"
    assert {code for code, _, _ in faults(body)} == {"ASN030"}
