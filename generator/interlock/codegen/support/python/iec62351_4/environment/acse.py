"""ACSE APDUs over the generated codec: ``Envelope`` to octets and back.

Owns AARQ, AARE, RLRQ, RLRE and ABRT. Which APDU may come when is decided in ``osi``; what the
fields must hold is decided by the handlers.

Source: X.227, 9; 62351-4, 11.1 (A-profile) and 15 (native mode, kernel only).
"""

from __future__ import annotations

from iec62351_4.codec import acse_1 as codec
from iec62351_4.environment.envelope import (
    ACSE_ABSTRACT_SYNTAX,
    MMS_AUTHENTICATION_SYNTAX,
    Carrier,
    Envelope,
    ExternalEncoding,
    UserInformation,
)
from iec62351_4.environment.presentation import ContextTable
from iec62351_4.errors import DecodeError, TransportError

AUTHENTICATION = 0x01
"""Bit authentication(0) of ACSE-requirements."""
EMPTY_OBJECT_IDENTIFIER = b"\x06\x00"


class UnknownContextError(DecodeError):
    """An indirect-reference names no presentation context in use (event 15.2)."""


# --- EXTERNAL ----------------------------------------------------------------------------------


def _information(
    externals: list[codec.External] | None, contexts: ContextTable
) -> tuple[UserInformation, ...]:
    found = []
    for external in externals or ():
        syntax = None
        if external.indirect_reference is not None:
            syntax = contexts.abstract_syntax(external.indirect_reference)
            if syntax is None:
                raise UnknownContextError("indirect-reference is unknown", 0, ("user-information",))
        encoding, octets = external.encoding
        if not isinstance(octets, bytes):
            raise DecodeError("EXTERNAL is a bit string", 0, ("user-information",))
        found.append(
            UserInformation(
                abstract_syntax=syntax,
                octets=octets,
                direct_reference=external.direct_reference,
                indirect_reference=external.indirect_reference,
                encoding=ExternalEncoding(encoding),
            )
        )
    return tuple(found)


def _externals(
    information: tuple[UserInformation, ...], contexts: ContextTable
) -> list[codec.External] | None:
    result = []
    for item in information:
        identifier = item.indirect_reference
        if identifier is None and item.abstract_syntax is not None:
            identifier = contexts.identifier(item.abstract_syntax)
            if identifier is None:
                raise TransportError(f"no presentation context for {item.abstract_syntax}")
        result.append(_external(identifier, item.direct_reference, item.octets))
    return result or None


def _external(indirect: int | None, direct: str | None, octets: bytes) -> codec.External:
    return codec.External(
        direct_reference=direct,
        indirect_reference=indirect,
        encoding=("single-ASN1-type", octets),
    )
