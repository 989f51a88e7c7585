"""OBJECT IDENTIFIER values."""

from __future__ import annotations

import pytest

from unit.asn1.loading import faults, feature, load


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{ 1 2 840 }", "1.2.840"),
        ("{ iso(1) standard(0) 62351 }", "1.0.62351"),
        ("{ iso standard 62351 }", "1.0.62351"),
        ("{ iso identified-organization 6 }", "1.3.6"),
        ("{ itu-t recommendation x(24) 227 }", "0.0.24.227"),
        ("{ itu-t recommendation x 227 }", "0.0.24.227"),
        ("{ joint-iso-ccitt 5 }", "2.5"),
        ("{ root 3 }", "1.0.3"),
        ("{ root part sub(part) }", "1.0.7.7"),
        ("{ 2 999 18446744073709551616 }", "2.999.18446744073709551616"),
        ("{ 1 0 tail }", "1.0.4.5"),
        ("{ M.root 1 }", "1.0.1"),
    ],
)
def test_values(written: str, expected: str) -> None:
    body = f"v OBJECT IDENTIFIER ::= {written}\nroot OBJECT IDENTIFIER ::= {{1 0}}\n"
    model = load(body + "part INTEGER ::= 7 tail RELATIVE-OID ::= { 4 5 }")
    assert str(model.values["M.v"].value) == expected


def test_a_defined_value_goes_before_a_well_known_name() -> None:
    model = load("v OBJECT IDENTIFIER ::= { iso 4 } iso OBJECT IDENTIFIER ::= { 2 5 }")
    assert str(model.values["M.v"].value) == "2.5.4"


def test_relative_oids_have_no_well_known_names() -> None:
    assert str(feature("relative-oid").values["RelativeOid.tail"].value) == "4.5.6"
    assert faults("v RELATIVE-OID ::= { iso }") == [("ASN051", 1, 22)]


@pytest.mark.parametrize(
    ("written", "column"),
    [
        ("{ }", 25),
        ("{ iso standart }", 31),
        ("{ 3 1 }", 25),
        ("{ 0 40 }", 25),
        ("{ 1 flag }", 29),
    ],
)
def test_faults(written: str, column: int) -> None:
    body = f"v OBJECT IDENTIFIER ::= {written} flag BOOLEAN ::= TRUE"
    assert faults(body) == [("ASN051", 1, column)]


def test_doubling_is_bounded() -> None:
    body = "a0 OBJECT IDENTIFIER ::= {1 2 3}\n" + "\n".join(
        f"a{i} OBJECT IDENTIFIER ::= {{ a{i - 1} a{i - 1} }}" for i in range(1, 20)
    )
    assert {code for code, _, _ in faults(body)} == {"ASN051"}
