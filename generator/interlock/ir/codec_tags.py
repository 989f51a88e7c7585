"""From written tags to identifier octets.

Source: X.680 31 (tagged types), X.690 8.1.2 (identifier octets).
"""

from __future__ import annotations

from collections.abc import Iterable

from interlock.asn1 import types as asn1
from interlock.asn1.types import Tag, TagClass, TagPrefix
from interlock.ir.codec import Identifier

_CONSTRUCTED_BIT = 0x20
_LONG_FORM = 31


def identifier_octets(tag: Tag, *, is_constructed: bool) -> tuple[int, ...]:
    """The identifier octets of ``tag``."""
    first = tag.cls << 6 | (_CONSTRUCTED_BIT if is_constructed else 0)
    if tag.number < _LONG_FORM:
        return (first | tag.number,)
    groups = [tag.number & 0x7F]
    number = tag.number >> 7
    while number:
        groups.append(0x80 | number & 0x7F)
        number >>= 7
    return (first | _LONG_FORM, *reversed(groups))


def universal_tag(base: asn1.Type) -> tuple[Tag, str] | None:
    """The universal tag of a built-in type and its name; None for a choice or open type."""
    number, name = _universal(base)
    return None if number is None else (Tag(TagClass.UNIVERSAL, number), name)


def _universal(base: asn1.Type) -> tuple[int | None, str]:
    match base:
        case asn1.StringType() | asn1.TimeType():
            return base.universal, base.name
        case asn1.ObjectIdentifierType():
            return (13, "RELATIVE-OID") if base.relative else (6, "OBJECT IDENTIFIER")
        case asn1.StructureType():
            return (17, "SET") if base.is_set else (16, "SEQUENCE")
        case asn1.ListType():
            return (17, "SET OF") if base.is_set else (16, "SEQUENCE OF")
        case asn1.ChoiceType() | asn1.OpenType():
            return None, ""
    return _SIMPLE[type(base)]


_SIMPLE: dict[type[asn1.Type], tuple[int, str]] = {
    asn1.BooleanType: (1, "BOOLEAN"),
    asn1.IntegerType: (2, "INTEGER"),
    asn1.BitStringType: (3, "BIT STRING"),
    asn1.OctetStringType: (4, "OCTET STRING"),
    asn1.NullType: (5, "NULL"),
    asn1.EnumeratedType: (10, "ENUMERATED"),
}

_STRINGS = (asn1.BitStringType, asn1.OctetStringType, asn1.StringType, asn1.TimeType)


def identifiers(
    prefixes: Iterable[TagPrefix], base: asn1.Type
) -> tuple[tuple[Identifier, ...], Identifier | None]:
    """The explicit wrappers, outermost first, and the element's own identifier.

    Args:
        prefixes: All tags in front of the built-in type, outermost first.
        base: The built-in type.

    Raises:
        ValueError: An IMPLICIT tag stands in front of a choice or open type.
    """
    universal = universal_tag(base)
    chain: list[tuple[Tag, str]] = [] if universal is None else [universal]
    for prefix in reversed(tuple(prefixes)):
        written = (prefix.tag, str(prefix.tag))
        if prefix.explicit:
            chain.insert(0, written)
        elif chain:
            chain[0] = written
        else:
            raise ValueError(f"tag {prefix.tag} cannot be IMPLICIT here")
    own: Identifier | None = None
    if universal is not None:
        tag, text = chain.pop()
        constructed = isinstance(base, asn1.StructureType | asn1.ListType)
        own = Identifier(
            octets=identifier_octets(tag, is_constructed=constructed),
            text=text,
            is_constructed=constructed,
            may_be_constructed=isinstance(base, _STRINGS),
        )
    wrappers = tuple(
        Identifier(
            octets=identifier_octets(tag, is_constructed=True),
            text=text,
            is_constructed=True,
            may_be_constructed=False,
        )
        for tag, text in chain
    )
    return wrappers, own
