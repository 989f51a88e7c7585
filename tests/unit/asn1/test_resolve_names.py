"""Scopes, imports, instances."""

from __future__ import annotations

import pytest

from interlock.asn1 import load_modules
from interlock.asn1.types import ReferenceType
from interlock.core.source import SourceFile
from unit.asn1.loading import components, faults, feature, findings, load


def definition(type_: object) -> str:
    assert isinstance(type_, ReferenceType)
    return type_.definition


def test_imports_by_name_by_qualifier_and_by_oid() -> None:
    use = components(feature("imports").types["Imports.Use"].type)
    assert definition(use["name"].type) == "ImportsLibrary.Name"
    assert definition(use["other"].type) == "ImportsLibrary.Name"
    assert definition(use["third"].type) == "Other.Name2"  # imported from "Renamed", by its OID
    assert use["name"].type.constraints.size[0].high == 9


def test_instances_are_named_by_their_qualified_parameters() -> None:
    model = feature("imports")
    key = "ImportsLibrary.Box{ImportsLibrary.Name}"
    assert definition(components(model.types["Imports.Use"].type)["box"].type) == key
    assert model.types[key].parameters == ("ImportsLibrary.Name",)
    assert model.types[key].name == "Box"
    assert key in model.modules["ImportsLibrary"].types


def test_equal_parameters_share_an_instance() -> None:
    body = "Box{T} ::= SEQUENCE { t T } A ::= Box{INTEGER (0..5)} B ::= Box{ INTEGER(0 .. 5) }"
    model = load(body + " C ::= Box{BOOLEAN}")
    assert definition(model.types["M.A"].type) == definition(model.types["M.B"].type)
    assert definition(model.types["M.A"].type) != definition(model.types["M.C"].type)


def test_parameters_of_parameters_are_replaced_in_the_key() -> None:
    model = load("In{T} ::= SEQUENCE { t T } Out{U} ::= SEQUENCE { u In{U} } A ::= Out{NULL}")
    assert "M.In{NULL}" in model.types
    assert "M.Out{NULL}" in model.types


def test_same_text_in_two_modules_is_not_the_same_parameter() -> None:
    model_text = """One DEFINITIONS ::= BEGIN IMPORTS Box{}, B FROM Two; A ::= NULL
    X ::= Box{A} Y ::= B END
    Two DEFINITIONS ::= BEGIN Box{T} ::= SEQUENCE { t T } A ::= INTEGER B ::= Box{A} END"""
    model = load_modules([SourceFile("m", model_text)])
    assert {"Two.Box{One.A}", "Two.Box{Two.A}"} <= set(model.types)


def test_a_chain_of_imports_ends_where_the_name_is_defined() -> None:
    text = """A DEFINITIONS ::= BEGIN IMPORTS T FROM B; U ::= T END
    B DEFINITIONS ::= BEGIN IMPORTS T FROM C; END
    C DEFINITIONS ::= BEGIN T ::= NULL END"""
    model = load_modules([SourceFile("m", text)])
    assert definition(model.types["A.U"].type) == "C.T"


def test_a_circle_of_imports_defines_nothing() -> None:
    text = """A DEFINITIONS ::= BEGIN IMPORTS T FROM B; U ::= T END
B DEFINITIONS ::= BEGIN IMPORTS T FROM A; END"""
    found = findings(text)
    assert {f.code for f in found} == {"ASN014"}
    assert [f.span.line for f in found] == [1, 2]


def test_the_same_name_from_two_modules_needs_a_qualifier() -> None:
    text = """A DEFINITIONS ::= BEGIN IMPORTS T FROM B T FROM C;
U ::= B.T
V ::= T END
B DEFINITIONS ::= BEGIN T ::= NULL END
C DEFINITIONS ::= BEGIN T ::= NULL END"""
    found = findings(text)
    assert [(f.code, f.span.line, f.span.column) for f in found] == [("ASN020", 3, 7)]


def test_missing_module_is_reported_once_not_at_each_use() -> None:
    text = (
        "M DEFINITIONS ::= BEGIN IMPORTS T, v FROM N;\nA ::= T B ::= SET OF T w INTEGER ::= v END"
    )
    assert [(f.code, f.span.line) for f in findings(text)] == [("ASN013", 1)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A ::= NULL\nA ::= NULL", [("ASN020", 2, 1)]),
        ("P{T, T} ::= NULL", [("ASN020", 1, 6)]),
        ("P{T} ::= T\nA ::= P{NULL, NULL}", [("ASN040", 2, 7)]),
        ("A ::= NULL\nB ::= A{NULL}", [("ASN040", 2, 7)]),
        ("P{T} ::= T\nA ::= P{5}", [("ASN041", 2, 9)]),
        ("P{INTEGER:v} ::= INTEGER (0..v)\nA ::= P{NULL NULL}", [("ASN041", 2, 9)]),
        ("A ::= Nowhere.B", [("ASN013", 1, 7)]),
        ("A ::= [v] NULL", [("ASN010", 1, 8)]),
    ],
)
def test_faults(body: str, expected: list[tuple[str, int, int]]) -> None:
    assert faults(body) == expected


def test_help_names_the_module_that_has_it() -> None:
    text = "A DEFINITIONS ::= BEGIN X ::= Token END\nB DEFINITIONS ::= BEGIN Token ::= NULL END"
    assert findings(text)[0].help == 'module "B" defines it; import it from there'
