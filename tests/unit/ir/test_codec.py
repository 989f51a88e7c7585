from __future__ import annotations

import pytest

from interlock.ir.codec import uses
from unit.ir.asn1_text import lowered


def test_definition_by_key() -> None:
    model = lowered("A ::= SEQUENCE { x B }\nB ::= CHOICE { y NULL }")
    assert model.definition("M.B").names == ("B",)
    with pytest.raises(KeyError):
        model.definition("M.C")


def test_uses_start_with_the_definition_itself() -> None:
    model = lowered("A ::= SEQUENCE { x INTEGER, y NULL }\nB ::= SET OF NULL\nC ::= NULL")
    assert [len(uses(model.definition(f"M.{name}"))) for name in "ABC"] == [3, 2, 1]


def test_constructed_form_of_an_identifier() -> None:
    identifier = lowered("A ::= [31] OCTET STRING").definition("M.A").occurrence.identifier
    assert identifier is not None
    assert identifier.octets == (0x9F, 31)
    assert identifier.constructed_octets == (0xBF, 31)
