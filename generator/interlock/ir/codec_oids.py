"""Named OBJECT IDENTIFIER values of the modules."""

from __future__ import annotations

from interlock.asn1.types import Asn1Model, OidValue
from interlock.ir import codec


def oid_octets(arcs: tuple[int, ...]) -> bytes:
    """The contents octets of an OBJECT IDENTIFIER (X.690 8.19)."""
    out = bytearray()
    for arc in (40 * arcs[0] + arcs[1], *arcs[2:]):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        out.extend(reversed(groups))
    return bytes(out)


def named_oids(model: Asn1Model) -> tuple[codec.NamedOid, ...]:
    """All named values with at least two arcs, in the order of the modules."""
    return tuple(
        codec.NamedOid(
            name=definition.name,
            module=definition.module,
            dotted=str(definition.value),
            octets=oid_octets(definition.value.arcs),
            origin=codec.Origin(
                clause=definition.annotation.clause,
                confidence=definition.annotation.confidence,
                assumptions=definition.annotation.assumptions,
                notes=definition.annotation.notes,
                text=definition.annotation.text,
            ),
        )
        for definition in model.values.values()
        if isinstance(definition.value, OidValue) and len(definition.value.arcs) > 1
    )
