from __future__ import annotations

import pytest

from interlock.ir.codec_oids import named_oids, oid_octets
from unit.ir.asn1_text import model_of


@pytest.mark.parametrize(
    ("dotted", "octets"),
    [
        ("1.2.840.113549.1.1.11", "2a864886f70d01010b"),
        ("1.0.62351.4", "2883e70f04"),
        ("1.0.840.0.1.1.4.1", "2886480001010401"),
        ("2.999.3", "883703"),
        ("2.1.1", "5101"),
    ],
)
def test_contents_octets(dotted: str, octets: str) -> None:
    assert oid_octets(tuple(map(int, dotted.split(".")))).hex() == octets


def test_named_values() -> None:
    (oid,) = named_oids(
        model_of("--@clause 9\na OBJECT IDENTIFIER ::= {1 0 9506}\nn INTEGER ::= 3")
    )
    assert (oid.name, oid.dotted, oid.octets.hex(), oid.origin.clause) == (
        "a",
        "1.0.9506",
        "28ca22",
        "9",
    )
