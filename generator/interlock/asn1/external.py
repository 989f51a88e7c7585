"""EXTERNAL, EMBEDDED PDV and CHARACTER STRING as the SEQUENCEs that they are defined to be."""

from __future__ import annotations

from dataclasses import replace

from interlock.asn1.types import (
    Alternative,
    BitStringType,
    ChoiceType,
    Component,
    ExternalType,
    IntegerType,
    NullType,
    ObjectIdentifierType,
    OctetStringType,
    OpenType,
    Presence,
    StringType,
    StructureType,
    Tag,
    TagClass,
    TagPrefix,
    Type,
)

_OID = ObjectIdentifierType()
_DESCRIPTOR = StringType(name="ObjectDescriptor", universal=7)


def universal_tag(type_: ExternalType) -> int:
    """The universal tag number: 8, 11 or 29 (X.680 table 1)."""
    if type_.embedded:
        return 11
    return 29 if type_.character else 8


def written_out(type_: ExternalType) -> StructureType:
    """The SEQUENCE behind the type, without any tag of its own.

    Source: X.690 8.18 for EXTERNAL (the form of 1988, which BER keeps), X.680 36.5 and 44.5
    for the other two, with the automatic tags of their definition.
    """
    if type_.embedded:
        tail = (
            _component("data-value-descriptor", _tagged(1, _DESCRIPTOR), Presence.OPTIONAL),
            _component("data-value", _tagged(2, OctetStringType())),
        )
        return StructureType(root=(_identification(), *tail))
    if type_.character:
        tail_string = _component("string-value", _tagged(1, OctetStringType()))
        return StructureType(root=(_identification(), tail_string))
    encoding = ChoiceType(
        alternatives=(
            _alternative("single-ASN1-type", _tagged(0, OpenType(), explicit=True)),
            _alternative("octet-aligned", _tagged(1, OctetStringType())),
            _alternative("arbitrary", _tagged(2, BitStringType())),
        )
    )
    return StructureType(
        root=(
            _component("direct-reference", _OID, Presence.OPTIONAL),
            _component("indirect-reference", IntegerType(), Presence.OPTIONAL),
            _component("data-value-descriptor", _DESCRIPTOR, Presence.OPTIONAL),
            _component("encoding", encoding),
        )
    )


def _identification() -> Component:
    syntaxes = StructureType(
        root=(_component("abstract", _tagged(0, _OID)), _component("transfer", _tagged(1, _OID)))
    )
    negotiation = StructureType(
        root=(
            _component("presentation-context-id", _tagged(0, IntegerType())),
            _component("transfer-syntax", _tagged(1, _OID)),
        )
    )
    choice = ChoiceType(
        alternatives=(
            _alternative("syntaxes", _tagged(0, syntaxes)),
            _alternative("syntax", _tagged(1, _OID)),
            _alternative("presentation-context-id", _tagged(2, IntegerType())),
            _alternative("context-negotiation", _tagged(3, negotiation)),
            _alternative("transfer-syntax", _tagged(4, _OID)),
            _alternative("fixed", _tagged(5, NullType())),
        )
    )
    return _component("identification", _tagged(0, choice, explicit=True))


def _tagged(number: int, type_: Type, *, explicit: bool = False) -> Type:
    prefix = TagPrefix(Tag(TagClass.CONTEXT, number), explicit)
    return replace(type_, prefixes=(prefix, *type_.prefixes))


def _component(name: str, type_: Type, presence: Presence = Presence.MANDATORY) -> Component:
    return Component(name=name, type=type_, presence=presence)


def _alternative(name: str, type_: Type) -> Alternative:
    return Alternative(name=name, type=type_)
