"""What all encoders share: headers, numbers, object identifiers, checks of open types.

Source: X.690 10 and 11.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from iec62351_4.codec._ber import (
    IS_LOW,
    MAX_OID_OCTETS,
    BitString,
    Table,
    conform,
    header,
    is_element,
)
from iec62351_4.errors import DecodeError, EncodeError

NOT_ENCODABLE = (
    EncodeError,
    AttributeError,
    LookupError,
    OverflowError,
    TypeError,
    ValueError,
)
"""What an encoder's statements raise for a value that is not one of the type."""


def not_encodable(error: Exception, name: str) -> EncodeError:
    """Put ``name`` in front of the path; any other error means a value of a wrong Python type."""
    if isinstance(error, EncodeError):
        error.path = (name, *error.path)
        return error
    return EncodeError("value is not of the component's type", (name,))


# --- headers and simple types ------------------------------------------------------------------

_HEADERS: dict[bytes, tuple[bytes, ...]] = {}


def headers(tag: bytes) -> tuple[bytes, ...]:
    """Identifier and length octets for the short lengths 0 to 127 behind the identifier ``tag``."""
    if tag not in _HEADERS:
        _HEADERS[tag] = tuple(tag + bytes((n,)) for n in range(128))
    return _HEADERS[tag]


def small_integers(tag: bytes) -> tuple[bytes, ...]:
    """The complete elements of the integers 0 to 127 under the identifier ``tag``."""
    return tuple(tag + bytes((1, n)) for n in range(128))


def integer_element(tag: bytes, value: int) -> bytes:
    """The complete element of an INTEGER under the identifier ``tag``."""
    octets = integer_octets(value)
    return header(tag, len(octets)) + octets


def integer_octets(value: int) -> bytes:
    """The contents of an INTEGER."""
    size = (value if value >= 0 else ~value).bit_length() // 8 + 1
    return value.to_bytes(size, "big", signed=True)


def mask_octets(value: int) -> bytes:
    """The contents of a BIT STRING with named bits, without trailing zero bits."""
    value = int(value)  # an IntFlag is slow in what follows
    if value < 0:
        raise EncodeError("mask of named bits is negative")
    if not value:
        return b"\0"
    width = value.bit_length()
    unused = -width % 8
    number = int(f"{value:b}"[::-1], 2) << unused
    return bytes((unused,)) + number.to_bytes((width + 7) // 8, "big")


def bits_octets(value: BitString) -> bytes:
    """The contents of a BIT STRING; unused bits must be zero."""
    octets, unused = value
    if not 0 <= unused <= 7 or (unused and not octets):
        raise EncodeError("number of unused bits is not possible")
    if unused and octets[-1] & ((1 << unused) - 1):
        raise EncodeError("unused bits are not zero")
    return bytes((unused,)) + octets


_DOTTED = re.compile(r"[012](?:\.(?:0|[1-9][0-9]{0,38}))+")
_RELATIVE = re.compile(r"(?:0|[1-9][0-9]{0,38})(?:\.(?:0|[1-9][0-9]{0,38}))*")


def oid_octets(value: str) -> bytes:
    """The contents of an OBJECT IDENTIFIER written as dotted text."""
    if not _DOTTED.fullmatch(value):
        raise EncodeError("object identifier is not dotted text")
    first, second, *rest = map(int, value.split("."))
    if first < 2 and second > 39:
        raise EncodeError("second arc of the object identifier is above 39")
    return _arc_octets([40 * first + second, *rest])


def relative_oid_octets(value: str) -> bytes:
    """The contents of a RELATIVE-OID written as dotted text."""
    if not _RELATIVE.fullmatch(value):
        raise EncodeError("relative object identifier is not dotted text")
    return _arc_octets(list(map(int, value.split("."))))


def _arc_octets(arcs: list[int]) -> bytes:
    octets = bytearray()
    for arc in arcs:
        shift = max(0, (arc.bit_length() - 1) // 7 * 7)
        while shift:
            octets.append(0x80 | arc >> shift & 0x7F)
            shift -= 7
        octets.append(arc & 0x7F)
    if len(octets) > MAX_OID_OCTETS:
        raise EncodeError(f"object identifier is longer than {MAX_OID_OCTETS} octets")
    return bytes(octets)


SMALL_MASKS = tuple(mask_octets(n) for n in range(256))
"""The contents of the masks of the bits 0 to 7."""

MASKS = {octets: n for n, octets in enumerate(SMALL_MASKS)}
"""The reverse: the usual contents in DER to their mask."""


# --- open types --------------------------------------------------------------------------------


def conform_encoded(table: Table, key: object, octets: bytes) -> None:
    """Check before encoding what ``conform`` checks after decoding.

    Raises:
        EncodeError: As ``conform`` raises ``DecodeError``.
    """
    try:
        conform(table, key, octets, 0, False)
    except DecodeError as error:
        raise EncodeError(str(error)) from error


def contained_encoded(decode: Callable[..., Any], octets: bytes) -> None:
    """Check before encoding what ``contained`` checks after decoding.

    Raises:
        EncodeError: As ``contained`` raises ``DecodeError``.
    """
    conform_encoded({True: decode}, True, octets)


def is_framed(octets: bytes) -> bool:
    """Whether octets are one element: what an encoder puts in the place of an open type.

    A definite length must span exactly the octets, so that nothing can appear beside the
    element; what is inside is the matter of whoever made it. An indefinite length has its end
    inside and is therefore looked through.
    """
    length = len(octets)
    if length > 1 and IS_LOW[octets[0]]:
        n = octets[1]
        if n < 0x80:
            return length == n + 2
        if n == 0x81 and length > 2:
            return length == octets[2] + 3
        if n == 0x82 and length > 3:
            return length == (octets[2] << 8 | octets[3]) + 4
    return is_element(octets)
