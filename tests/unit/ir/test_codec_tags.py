from __future__ import annotations

import pytest

from interlock.asn1 import types as asn1
from interlock.asn1.types import Tag, TagClass, TagPrefix
from interlock.ir.codec_tags import identifier_octets, identifiers


def context(number: int, *, explicit: bool) -> TagPrefix:
    return TagPrefix(Tag(TagClass.CONTEXT, number), explicit)


@pytest.mark.parametrize(
    ("cls", "number", "constructed", "octets"),
    [
        (TagClass.UNIVERSAL, 16, True, "30"),
        (TagClass.APPLICATION, 0, True, "60"),
        (TagClass.CONTEXT, 30, True, "be"),
        (TagClass.CONTEXT, 31, False, "9f1f"),
        (TagClass.CONTEXT, 72, True, "bf48"),
        (TagClass.PRIVATE, 128, False, "df8100"),
        (TagClass.PRIVATE, 16384, False, "df818000"),
    ],
)
def test_identifier_octets(cls: TagClass, number: int, constructed: bool, octets: str) -> None:
    assert bytes(identifier_octets(Tag(cls, number), is_constructed=constructed)).hex() == octets


def test_implicit_replaces_and_explicit_wraps() -> None:
    wrappers, own = identifiers([context(1, explicit=False)], asn1.IntegerType())
    assert wrappers == ()
    assert own is not None
    assert (own.octets, own.text) == ((0x81,), "[1]")
    wrappers, own = identifiers([context(1, explicit=True)], asn1.IntegerType())
    assert own is not None
    assert [w.octets for w in wrappers] == [(0xA1,)]
    assert (own.octets, own.text) == ((0x02,), "INTEGER")


def test_implicit_in_front_of_explicit_replaces_the_wrapper() -> None:
    prefixes = [context(3, explicit=False), context(1, explicit=True)]
    wrappers, own = identifiers(prefixes, asn1.OctetStringType())
    assert own is not None
    assert [w.octets for w in wrappers] == [(0xA3,)]
    assert own.octets == (0x04,)
    assert own.may_be_constructed


def test_structures_stay_constructed_under_an_implicit_tag() -> None:
    _, own = identifiers([context(0, explicit=False)], asn1.StructureType())
    assert own is not None
    assert own.octets == (0xA0,)
    assert not own.may_be_constructed


def test_choice_has_no_identifier_and_takes_no_implicit_tag() -> None:
    choice = asn1.ChoiceType(alternatives=())
    assert identifiers([], choice) == ((), None)
    with pytest.raises(ValueError, match=r"tag \[0\] cannot be IMPLICIT here"):
        identifiers([context(0, explicit=False)], choice)
