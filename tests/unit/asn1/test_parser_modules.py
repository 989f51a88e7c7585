"""Module headers, EXPORTS, IMPORTS, assignments; and where grammar errors are put."""

from __future__ import annotations

import pytest

from interlock.asn1.parser_modules import parse_file
from interlock.asn1.types import OidValue, TaggingDefault
from interlock.core.source import SourceFile
from unit.asn1.loading import feature, findings, load


@pytest.mark.parametrize(
    ("header", "tagging"),
    [
        ("M DEFINITIONS ::=", TaggingDefault.EXPLICIT),
        ("M DEFINITIONS EXPLICIT TAGS ::=", TaggingDefault.EXPLICIT),
        ("M { iso standard 62351 } DEFINITIONS IMPLICIT TAGS ::=", TaggingDefault.IMPLICIT),
        ('M {1 0 62351} "/ISO/Standard/62351" DEFINITIONS AUTOMATIC TAGS EXTENSIBILITY IMPLIED ::=',
         TaggingDefault.AUTOMATIC),
    ],
)  # fmt: skip
def test_headers(header: str, tagging: TaggingDefault) -> None:
    modules, problems = parse_file(SourceFile("m", f"{header} BEGIN END"))
    assert not problems
    assert modules[0].tagging is tagging


def test_module_oids_and_imports() -> None:
    model = feature("imports")
    assert model.modules["Imports"].oid == OidValue((1, 0, 62351, 4, 99, 1))
    assert list(model.modules) == ["Imports", "ImportsLibrary", "Other"]


def test_lists_of_imports_and_named_oids() -> None:
    text = """M DEFINITIONS ::= BEGIN
    IMPORTS A, b FROM Alpha alphaOid C{} FROM Beta {1 2 3} WITH DESCENDANTS d FROM Gamma; END"""
    modules, problems = parse_file(SourceFile("m", text))
    assert not problems
    imported = [(i.module, [name for name, _ in i.names]) for i in modules[0].imports]
    assert imported == [("Alpha", ["A", "b"]), ("Beta", ["C"]), ("Gamma", ["d"])]


def test_empty_exports_is_none_and_all_is_everything() -> None:
    def exports(words: str) -> object:
        modules, _ = parse_file(SourceFile("m", f"M DEFINITIONS ::= BEGIN {words} END"))
        return modules[0].exports

    assert exports("EXPORTS ;") == ()
    assert exports("EXPORTS ALL;") is None
    assert exports("") is None


def test_order_of_definitions_is_kept() -> None:
    model = load("Z ::= NULL a INTEGER ::= 1 B ::= Z K ::= CLASS { &x INTEGER } S K ::= { ... }")
    module = model.modules["M"]
    assert module.types == ("M.Z", "M.B")
    assert (module.values, module.classes, module.object_sets) == (("M.a",), ("M.K",), ("M.S",))


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("", "expected the name of a module, found the end of the text", 1, 1),
        ("m DEFINITIONS", 'expected the name of a module, found "m"', 1, 1),
        ("M DEFINITION", 'expected "DEFINITIONS" after the module name, found "DEFINITION"', 1, 3),
        ("M DEFINITIONS TAGS", 'expected "::=", found "TAGS"', 1, 15),
        ("M DEFINITIONS ::= BEGIN", "expected a definition or END, found the end of the text",
         1, 24),
        ("M DEFINITIONS ::= BEGIN\nA = NULL END", 'expected a type, found "="', 2, 3),
        ("M DEFINITIONS ::= BEGIN\nEND ::= NULL", 'expected the name of a module, found "::="',
         2, 5),
        ("M DEFINITIONS ::= BEGIN\nINTEGER ::= NULL END",
         '"INTEGER" is a reserved word and cannot be defined', 2, 1),
        ("M DEFINITIONS ::= BEGIN IMPORTS A B FROM C; END",
         'expected "FROM" or a comma in IMPORTS, found "B"', 1, 35),
        ("M DEFINITIONS ::= BEGIN EXPORTS A END", 'expected ";" or a comma in EXPORTS, found "END"',
         1, 35),
        ("M DEFINITIONS ::= BEGIN IMPORTS A FROM B WITH ALL; END",
         'expected SUCCESSORS or DESCENDANTS, found "ALL"', 1, 47),
    ],
)  # fmt: skip
def test_grammar_errors(text: str, message: str, line: int, column: int) -> None:
    found = findings(text)
    assert [(f.code, f.message, f.span.line, f.span.column) for f in found] == [
        ("ASN001", message, line, column)
    ]


def test_a_malformed_symbol_is_reported_instead_of_what_follows_from_it() -> None:
    found = findings("M DEFINITIONS ::= BEGIN\nA_B ::= NULL END")
    assert [f.code for f in found] == ["ASN002"]
