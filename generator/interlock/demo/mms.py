"""The few MMSpdus that a demonstration needs, as octets.

Not an MMS stack: requests and responses are put together once and compared, not understood.

Source: ISO 9506-2 (confirmed-RequestPDU [0], confirmed-ResponsePDU [1], read [4]); 61850-8-1 for
the names.
"""

from __future__ import annotations

import struct

from iec62351_4.certificates import der
from iec62351_4.errors import CertificateError

DOMAIN, ITEM = "MOD1LD", "GGIO1$MX$AnIn1$mag$f"
VALUE = 3.5
"""What every server of the demonstration holds under that name."""

INITIATE_REQUEST = bytes.fromhex(
    "a826800300fde881010a82010a830105a416800101810305f100820c03ee1c00000402000079ef18"
)
INITIATE_RESPONSE = bytes.fromhex(
    "a926800300fde8810105820105830105a416800101810305f100820c03ee1c00000402000079ef18"
)
CONCLUDE_REQUEST, CONCLUDE_RESPONSE = b"\x8b\x00", b"\x8c\x00"

_VISIBLE_STRING = 0x1A
_EXPONENT_BITS = b"\x08"


def read_request(invoke_id: int) -> bytes:
    """A read of the one value; ``invoke_id`` is 0..32767."""
    name = der.tlv(
        der.context(1),
        der.tlv(_VISIBLE_STRING, DOMAIN.encode("ascii")),
        der.tlv(_VISIBLE_STRING, ITEM.encode("ascii")),
    )
    variable = der.tlv(der.SEQUENCE, der.tlv(der.context(0), name))
    specification = der.tlv(der.context(1), der.tlv(der.context(0), variable))
    return der.tlv(
        der.context(0), der.write_integer(invoke_id), der.tlv(der.context(4), specification)
    )


def read_response(invoke_id: int) -> bytes:
    """The answer with the one value."""
    number = _EXPONENT_BITS + struct.pack(">f", VALUE)
    result = der.tlv(der.context(1), der.tlv(der.context(7, constructed=False), number))
    return der.tlv(der.context(1), der.write_integer(invoke_id), der.tlv(der.context(4), result))


def invoke_id_of(pdu: bytes) -> int | None:
    """The invokeID of a confirmed-RequestPDU; None for any other PDU."""
    try:
        return der.read_whole(pdu, der.context(0)).children().read(der.INTEGER).integer()
    except CertificateError:  # what the small reader of DER raises for anything malformed
        return None
