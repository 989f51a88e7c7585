from __future__ import annotations

import pytest

from unit.ir.asn1_text import lowered, structure


@pytest.mark.parametrize(
    "component",
    [
        "iv [0] OCTET STRING OPTIONAL",
        "x [1] EXPLICIT INTEGER",
        "flag BOOLEAN DEFAULT FALSE",
        "n INTEGER DEFAULT 12",
        "list SEQUENCE SIZE (1..MAX) OF NULL",
        "set SET OF B",
        "any TYPE-IDENTIFIER.&Type",
        "time GeneralizedTime",
        "b B",
    ],
)
def test_components_read_as_they_are_written(component: str) -> None:
    model = lowered(f"A ::= SEQUENCE {{ {component} }}\nB ::= NULL")
    assert structure(model, "A").fields[0].occurrence.spelling == component


def test_what_is_written_inside_is_left_out() -> None:
    model = lowered("A ::= SEQUENCE { tbs [0] SEQUENCE { x NULL } }")
    assert structure(model, "A").fields[0].occurrence.spelling == "tbs [0] SEQUENCE {...}"
