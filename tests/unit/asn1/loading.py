"""Shared by the tests of the ASN.1 front end: short ways to load text and to name findings."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.asn1 import load_modules
from interlock.asn1.types import Asn1Model, Component, StructureType, Type
from interlock.core.diagnostics import Diagnostic
from interlock.core.errors import SpecificationError
from interlock.core.source import SourceFile

FEATURES = Path(__file__).parent / "features"


def feature(name: str) -> Asn1Model:
    """The model of one file below ``features``."""
    return load_modules([SourceFile.read(FEATURES / f"{name}.asn1", f"{name}.asn1")])


def load(body: str, *, tags: str = "IMPLICIT TAGS") -> Asn1Model:
    """The model of a module ``M`` with this body."""
    return load_modules([SourceFile("m.asn1", f"M DEFINITIONS {tags} ::= BEGIN\n{body}\nEND\n")])


def type_of(body: str, name: str = "T", *, tags: str = "IMPLICIT TAGS") -> Type:
    """The type ``M.T`` of a module with this body."""
    return load(body, tags=tags).types[f"M.{name}"].type


def components(type_: Type) -> dict[str, Component]:
    """The components of a structure by name."""
    assert isinstance(type_, StructureType)
    return {component.name: component for component in type_.components}


def tags(type_: Type) -> str:
    """The written and automatic tags of a type, as ``[0]I [1]E``."""
    return " ".join(f"{p.tag}{'E' if p.explicit else 'I'}" for p in type_.prefixes)


def findings(text: str) -> list[Diagnostic]:
    """What is wrong with a whole file."""
    with pytest.raises(SpecificationError) as raised:
        load_modules([SourceFile("m.asn1", text)])
    return list(raised.value.diagnostics)


def faults(body: str) -> list[tuple[str, int, int]]:
    """Code, line and column of each finding in a module body; its first line is line 1."""
    found = findings(f"M DEFINITIONS IMPLICIT TAGS ::= BEGIN\n{body}\nEND\n")
    return [(f.code, f.span.line - 1, f.span.column) for f in found]
