"""Structures that an object table fixes completely.

An algorithm identifier without parameters, or with NULL where its object says so, has exactly
one DER encoding: decoders and encoders can look it up instead of taking it apart.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.asn1.types import OidValue
from interlock.ir import codec
from interlock.ir.codec_oids import oid_octets

NULL_ELEMENT = b"\x05\x00"


def fixed_contents(
    structure: codec.Structure, tables: Mapping[str, codec.ObjectTable]
) -> tuple[codec.FixedContents, ...]:
    """The complete contents that ``structure`` has for the objects of its table, if any."""
    if structure.is_set or len(structure.fields) != 2:
        return ()
    key, value = structure.fields
    contents, identifier = value.occurrence.contents, key.occurrence.identifier
    if (
        not isinstance(key.occurrence.contents, codec.ObjectIdentifier)
        or not isinstance(contents, codec.Open)
        or contents.table is None
        or contents.governor != key.name
        or identifier is None
        or key.occurrence.wrappers
        or value.occurrence.wrappers
        or not value.is_optional
        or any(field.keeps_octets or field.has_default for field in structure.fields)
    ):
        return ()
    found = []
    for row in tables[contents.table].rows:
        if not isinstance(row.key, OidValue):
            continue
        octets = oid_octets(row.key.arcs)
        element = bytes((*identifier.octets, len(octets))) + octets
        dotted = str(row.key)
        # The open component is optional, so leaving it out is legal for every object.
        found.append(codec.FixedContents(octets=element, key=dotted, open_octets=None))
        if row.definition is not None and row.definition.endswith(".NULL"):
            found.append(
                codec.FixedContents(
                    octets=element + NULL_ELEMENT, key=dotted, open_octets=NULL_ELEMENT
                )
            )
    return tuple(found)
