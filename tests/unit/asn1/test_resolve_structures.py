"""COMPONENTS OF and automatic tagging."""

from __future__ import annotations

from interlock.asn1.types import ChoiceType
from unit.asn1.loading import components, faults, feature, load, tags, type_of


def component_tags(body: str, *, environment: str) -> dict[str, str]:
    found = components(type_of(body, tags=environment))
    return {name: tags(component.type) for name, component in found.items()}


def test_automatic_tags_number_the_root_first() -> None:
    body = "T ::= SEQUENCE { a NULL, ..., b NULL, [[ c NULL, d NULL ]], ..., e NULL }"
    assert component_tags(body, environment="AUTOMATIC TAGS") == {
        "a": "[0]I",
        "e": "[1]I",
        "b": "[2]I",
        "c": "[3]I",
        "d": "[4]I",
    }


def test_one_written_tag_switches_automatic_tagging_off() -> None:
    body = "T ::= SEQUENCE { a [5] NULL, b BOOLEAN }"
    assert component_tags(body, environment="AUTOMATIC TAGS") == {"a": "[5]I", "b": ""}


def test_automatic_tags_on_choices_are_explicit() -> None:
    body = "T ::= SEQUENCE { a CHOICE { x NULL }, b C, c ANY } C ::= CHOICE { y NULL }"
    assert component_tags(body, environment="AUTOMATIC TAGS") == {
        "a": "[0]E",
        "b": "[1]E",
        "c": "[2]E",
    }


def test_choices_are_numbered_too() -> None:
    type_ = type_of("T ::= CHOICE { a NULL, ..., b NULL }", tags="AUTOMATIC TAGS")
    assert isinstance(type_, ChoiceType)
    assert [tags(a.type) for a in type_.alternatives] == ["[0]I", "[1]I"]


def test_components_of_takes_the_root_only() -> None:
    model = feature("components-of")
    token = components(model.types["ComponentsOf.Token"].type)
    assert list(token) == ["version", "time", "sequence"]
    assert {n: tags(c.type) for n, c in token.items()} == {
        "version": "",
        "time": "",
        "sequence": "[9]I",
    }


def test_components_of_is_expanded_before_tags_are_given() -> None:
    model = feature("components-of-automatic")
    token = components(model.types["ComponentsOfAutomatic.Token"].type)
    assert {n: tags(c.type) for n, c in token.items()} == {
        "x": "[0]I",
        "a": "[1]I",
        "b": "[2]I",
        "y": "[3]I",
    }


def test_automatic_tags_of_an_included_type_are_kept_elsewhere() -> None:
    text = "S ::= SEQUENCE { a NULL, b NULL } T ::= SEQUENCE { c [7] NULL, COMPONENTS OF S }"
    token = components(load(text, tags="AUTOMATIC TAGS").types["M.T"].type)
    assert {n: tags(c.type) for n, c in token.items()} == {"c": "[7]I", "a": "[0]I", "b": "[1]I"}


def test_extensibility_implied() -> None:
    model = feature("extensibility-implied")
    for name in ("Plain", "Pick", "Items"):
        assert model.types[f"ExtensibilityImplied.{name}"].type.extensible  # type: ignore[attr-defined]


def test_faults() -> None:
    assert faults("A ::= SEQUENCE {\nCOMPONENTS OF A }") == [("ASN030", 1, 7)]
    assert faults("S ::= SET {}\nA ::= SEQUENCE { COMPONENTS OF S }") == [("ASN055", 2, 18)]
    doubling = "A0 ::= SEQUENCE { a NULL }\n" + "\n".join(
        f"A{i} ::= SEQUENCE {{ COMPONENTS OF A{i - 1}, COMPONENTS OF A{i - 1} }}"
        for i in range(1, 40)
    )
    assert {code for code, _, _ in faults(doubling)} == {"ASN021", "ASN003"}
