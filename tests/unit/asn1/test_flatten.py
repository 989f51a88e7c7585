"""Flattened modules: asn1tools compiles them, the front end reads them back unchanged."""

from __future__ import annotations

from typing import Any

import asn1tools
import pytest

from interlock.asn1 import flatten, load_modules
from interlock.asn1.flatten import flat_names
from interlock.core.source import SourceFile
from unit.asn1.loading import FEATURES, feature, load

NAMES = sorted(path.stem for path in FEATURES.glob("*.asn1"))


def test_there_are_enough_features() -> None:
    assert len(NAMES) >= 60


@pytest.mark.parametrize("name", NAMES)
def test_asn1tools_compiles_der_and_ber(name: str) -> None:
    text = flatten(feature(name))
    for codec in ("der", "ber"):
        compiled = asn1tools.compile_string(text, codec)
        assert set(compiled.types) >= set(flat_names(feature(name).types.values()).values())


@pytest.mark.parametrize("name", NAMES)
def test_reading_back_changes_nothing(name: str) -> None:
    text = flatten(feature(name))
    assert flatten(load_modules([SourceFile("flat.asn1", text)])) == text


def encode(body: str, value: Any, *, name: str = "T", tags: str = "IMPLICIT TAGS") -> str:
    encoded: bytes = asn1tools.compile_string(flatten(load(body, tags=tags)), "der").encode(
        name, value
    )
    return encoded.hex()


@pytest.mark.parametrize(
    ("body", "tags", "value", "octets"),
    [
        # Tagging environments and what turns IMPLICIT into EXPLICIT; octets worked out by hand.
        ("T ::= [1] INTEGER", "IMPLICIT TAGS", 5, "810105"),
        ("T ::= [1] INTEGER", "EXPLICIT TAGS", 5, "a103020105"),
        ("T ::= [1] [2] INTEGER", "IMPLICIT TAGS", 5, "810105"),
        ("T ::= [1] [2] INTEGER", "EXPLICIT TAGS", 5, "a105a203020105"),
        ("T ::= [1] EXPLICIT [2] IMPLICIT INTEGER", "IMPLICIT TAGS", 5, "a103820105"),
        ("T ::= [1] IMPLICIT [2] EXPLICIT INTEGER", "IMPLICIT TAGS", 5, "a103020105"),
        ("T ::= [1] CHOICE { a INTEGER }", "IMPLICIT TAGS", ("a", 5), "a103020105"),
        ("T ::= [1] C C ::= CHOICE { a INTEGER }", "IMPLICIT TAGS", ("a", 5), "a103020105"),
        ("T ::= SEQUENCE { a INTEGER, b INTEGER }", "AUTOMATIC TAGS", {"a": 1, "b": 2},
         "3006800101810102"),
        ("T ::= SEQUENCE { a [5] INTEGER, b BOOLEAN }", "AUTOMATIC TAGS", {"a": 1, "b": True},
         "30068501010101ff"),
        ("T ::= SEQUENCE { a ANY, b [0] ANY }", "IMPLICIT TAGS",
         {"a": b"\x05\x00", "b": b"\x05\x00"}, "30060500a0020500"),
        ("T ::= SEQUENCE { v BIT STRING { a(0) } DEFAULT { a } }", "IMPLICIT TAGS",
         {"v": (b"\x80", 1)}, "3000"),
    ],
)  # fmt: skip
def test_octets(body: str, tags: str, value: Any, octets: str) -> None:
    assert encode(body, value, tags=tags) == octets


def test_external_is_written_out() -> None:
    body = "T ::= SEQUENCE { e [30] SEQUENCE OF EXTERNAL }"
    external = {"indirect-reference": 3, "encoding": ("single-ASN1-type", b"\x05\x00")}
    assert encode(body, {"e": [external]}) == "300bbe0928070201 03a0020500".replace(" ", "")


def test_names_of_instances_and_of_equal_names() -> None:
    names = flat_names(feature("parameter-set").types.values())
    assert names["ParameterSet.AlgorithmIdentifier{ParameterSet.Signatures}"] == (
        "AlgorithmIdentifier-Signatures"
    )
    names = flat_names(feature("same-names").types.values())
    assert names == {
        "SameNames.Token": "SameNames-Token",
        "SameNames.Plain": "Plain",
        "SameNamesToo.Token": "SameNamesToo-Token",
    }


def test_roots_bring_along_what_they_need() -> None:
    model = load("A ::= SEQUENCE { b B } B ::= SEQUENCE OF C C ::= NULL D ::= NULL")
    text = flatten(model, ["M.A"])
    assert "C ::= NULL" in text
    assert "D ::= " not in text
    with pytest.raises(KeyError):
        flatten(model, ["M.E"])
