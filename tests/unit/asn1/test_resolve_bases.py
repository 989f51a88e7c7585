"""Chains of names: circles, length, value sets, selections."""

from __future__ import annotations

import pytest

from interlock.asn1.types import ChoiceType, IntegerType, Interval, StringType
from unit.asn1.loading import components, faults, feature, load, tags, type_of


def test_long_chains_are_no_circles() -> None:
    chain = "\n".join(f"A{i} ::= A{i + 1}" for i in range(2000))
    model = load(chain + "\nA2000 ::= INTEGER (1..5)")
    assert model.types["M.A0"].type.constraints.values == (Interval(1, 5),)


@pytest.mark.parametrize(
    "body",
    [
        "A ::= A",
        "A ::= B B ::= C C ::= A",
        "A ::= [1] B B ::= A (SIZE (1))",
        "A ::= x < A",
        "A{T} ::= T B ::= A{B}",
        "A INTEGER ::= { B } B INTEGER ::= { A }",
    ],
)
def test_circles_are_reported_once(body: str) -> None:
    assert [code for code, _, _ in faults(body)] == ["ASN030"]


def test_a_type_may_contain_its_own_encoding() -> None:
    contained = feature("containing-itself").types["ContainingItself.Layer"].type.constraints
    assert contained.containing is not None


def test_value_sets_are_types() -> None:
    model = feature("value-set")
    ports = model.types["ValueSet.Ports"].type
    assert isinstance(ports, IntegerType)
    assert ports.constraints.values == (Interval(102, 102), Interval(3782, 3782))
    assert ports.constraints.values_extensible
    use = components(model.types["ValueSet.Use"].type)
    assert use["port"].type.constraints.values == ports.constraints.values


def test_selection_takes_type_and_tag_of_the_alternative() -> None:
    model = feature("selection")
    number = model.types["Selection.Number"].type
    assert isinstance(number, IntegerType)
    assert tags(number) == "[0]I"
    assert number.constraints.values == (Interval(0, 7),)
    assert isinstance(components(model.types["Selection.Use"].type)["t"].type, StringType)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("T ::= a < INTEGER", ("ASN055", 1, 7)),
        ("C ::= CHOICE { b NULL }\nT ::= a < C", ("ASN055", 2, 7)),
        ("T ::= SEQUENCE { a v }\nv INTEGER ::= 5", ("ASN001", 1, 20)),
    ],
)
def test_faults(body: str, expected: tuple[str, int, int]) -> None:
    assert faults(body) == [expected]


def test_choice_through_names_is_still_a_choice() -> None:
    assert isinstance(type_of("T ::= CHOICE { a NULL }"), ChoiceType)
    assert tags(type_of("T ::= [1] A A ::= B B ::= CHOICE { a NULL }")) == "[1]E"
    assert tags(type_of("T ::= [1] A A ::= [2] B B ::= CHOICE { a NULL }")) == "[1]I"
