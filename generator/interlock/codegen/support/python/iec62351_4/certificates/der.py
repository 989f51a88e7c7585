"""A strict reader and a small writer of DER, as far as certificates and CRLs need them.

Own code, because OpenSSL, and with it ``cryptography``, cannot load a certificate whose subject
holds the X.520 attribute objectIdentifier with a true OBJECT IDENTIFIER value, which is the form
that Annex G demands (Q22). Everything that is not DER is refused: indefinite or non-minimal
lengths, non-minimal integers, high tag numbers, booleans other than 00 and FF, trailing octets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from iec62351_4.errors import CertificateError, EncodeError
from iec62351_4.times import milliseconds

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL = 0x01, 0x02, 0x03, 0x04, 0x05
OBJECT_IDENTIFIER, ENUMERATED, UTF8_STRING = 0x06, 0x0A, 0x0C
PRINTABLE_STRING, IA5_STRING, UTC_TIME, GENERALIZED_TIME = 0x13, 0x16, 0x17, 0x18
SEQUENCE, SET = 0x30, 0x31

_UTC_TIME = re.compile(rb"(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z", re.ASCII)
_GENERALIZED_TIME = re.compile(rb"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z", re.ASCII)

_MAX_ARCS = 128
_MAX_OID_OCTETS = 512


def context(number: int, *, constructed: bool = True) -> int:
    """Return the identifier octet of the context-specific tag ``number`` (0 to 30)."""
    return 0x80 | (0x20 if constructed else 0) | number


def malformed(detail: str, offset: int) -> CertificateError:
    """Return the error for octets that are not the expected DER."""
    return CertificateError("malformed", f"{detail} at offset {offset}")


@dataclass(frozen=True, slots=True)
class Element:
    """One TLV within ``octets``; nothing is copied until it is asked for."""

    octets: bytes
    """The whole input."""
    tag: int
    """The identifier octet."""
    start: int
    """Offset of the identifier octet."""
    content_start: int
    """Offset of the first content octet."""
    end: int
    """Offset behind the last content octet."""

    @property
    def content(self) -> bytes:
        """The content octets."""
        return self.octets[self.content_start : self.end]

    @property
    def encoding(self) -> bytes:
        """The complete TLV."""
        return self.octets[self.start : self.end]

    def error(self, detail: str) -> CertificateError:
        """Return an error that points at this element."""
        return malformed(detail, self.start)

    def children(self) -> Reader:
        """Return a reader of the elements inside a constructed element."""
        if not self.tag & 0x20:
            raise self.error("constructed element expected")
        return Reader(self.octets, self.content_start, self.end)

    def integer(self) -> int:
        """Return the value of an INTEGER or ENUMERATED."""
        content = self.content
        if not content:
            raise self.error("empty integer")
        if len(content) > 1 and (content[0], content[1] >> 7) in ((0x00, 0), (0xFF, 1)):
            raise self.error("integer is not minimal")
        return int.from_bytes(content, "big", signed=True)

    def boolean(self) -> bool:
        """Return the value of a BOOLEAN."""
        if self.content not in (b"\x00", b"\xff"):
            raise self.error("boolean is neither 00 nor FF")
        return self.content == b"\xff"

    def object_identifier(self) -> str:
        """Return the value of an OBJECT IDENTIFIER as dotted numbers."""
        try:
            return decode_object_identifier(self.content)
        except ValueError as error:
            raise self.error(str(error)) from error

    def bit_string(self) -> tuple[bytes, int]:
        """Return the octets of a BIT STRING and the number of unused bits in the last one."""
        content = self.content
        if not content or content[0] > 7 or (content[0] and len(content) == 1):
            raise self.error("malformed bit string")
        unused, octets = content[0], content[1:]
        if unused and octets[-1] & ((1 << unused) - 1):
            raise self.error("unused bits of a bit string are not zero")
        return octets, unused

    def whole_octets(self) -> bytes:
        """Return the octets of a BIT STRING that must not have unused bits."""
        octets, unused = self.bit_string()
        if unused:
            raise self.error("bit string is not a whole number of octets")
        return octets

    def named_bits(self) -> frozenset[int]:
        """Return the numbers of the bits set in a BIT STRING with named bits.

        DER leaves trailing zero bits out, so the last bit encoded must be one.
        """
        octets, unused = self.bit_string()
        if octets and not octets[-1] >> unused & 1:
            raise self.error("named bit string has trailing zero bits")
        return frozenset(
            8 * index + bit
            for index, octet in enumerate(octets)
            for bit in range(8)
            if octet & 0x80 >> bit
        )

    def text(self) -> str:
        """Return the value of a UTF8String, PrintableString or IA5String."""
        try:
            return self.content.decode("utf-8" if self.tag == UTF8_STRING else "ascii")
        except UnicodeDecodeError as error:
            raise self.error("string has illegal characters") from error

    def time(self) -> int:
        """Return the value of a ``Time`` (RFC 5280, 4.1.2.5) in milliseconds since the epoch."""
        form = {UTC_TIME: _UTC_TIME, GENERALIZED_TIME: _GENERALIZED_TIME}.get(self.tag)
        match = form.fullmatch(self.content) if form else None
        if match is None:
            raise self.error("time of the form required by RFC 5280 expected")
        year, *rest = (int(group) for group in match.groups())
        if self.tag == UTC_TIME:
            year += 1900 if year >= 50 else 2000
        try:
            return milliseconds(year, *rest)
        except ValueError as error:
            raise self.error("not a time of the calendar") from error


class Reader:
    """Reads the elements of one constructed element, or of a whole input, in order."""

    def __init__(self, octets: bytes, start: int = 0, end: int | None = None) -> None:
        self._octets = octets
        self._position = start
        self._end = len(octets) if end is None else end

    @property
    def has_more(self) -> bool:
        """Whether another element follows."""
        return self._position < self._end

    @property
    def next_tag(self) -> int | None:
        """The identifier octet of the next element; None at the end."""
        return self._octets[self._position] if self.has_more else None

    def read(self, tag: int | None = None) -> Element:
        """Read the next element.

        Args:
            tag: The identifier octet it must have; None permits any.

        Raises:
            CertificateError: ``malformed``.
        """
        octets, start = self._octets, self._position
        if start + 2 > self._end:
            raise malformed("element expected", start)
        found = octets[start]
        if found & 0x1F == 0x1F:
            raise malformed("high tag number", start)
        if tag is not None and found != tag:
            raise malformed(f"tag {tag:02X} expected, not {found:02X}", start)
        length, content_start = self._read_length(start + 1)
        end = content_start + length
        if end > self._end:
            raise malformed("element is longer than what contains it", start)
        self._position = end
        return Element(octets, found, start, content_start, end)

    def read_optional(self, tag: int) -> Element | None:
        """Read the next element if it has that identifier octet, else return None."""
        return self.read() if self.next_tag == tag else None

    def read_all(self, tag: int) -> Iterator[Element]:
        """Read all remaining elements, each with that identifier octet."""
        while self.has_more:
            yield self.read(tag)

    def finish(self) -> None:
        """Refuse further elements."""
        if self.has_more:
            raise malformed("unexpected element", self._position)

    def _read_length(self, position: int) -> tuple[int, int]:
        first = self._octets[position]
        if first < 0x80:
            return first, position + 1
        count = first & 0x7F
        if not 1 <= count <= 3:  # 16 MiB is beyond every limit of this package
            raise malformed("indefinite or oversized length", position)
        octets = self._octets[position + 1 : min(position + 1 + count, self._end)]
        length = int.from_bytes(octets, "big")
        if len(octets) < count or octets[0] == 0 or length < 0x80:
            raise malformed("length is truncated or not minimal", position)
        return length, position + 1 + count


def read_whole(octets: bytes, tag: int = SEQUENCE) -> Element:
    """Read an input that is exactly one element with that identifier octet."""
    reader = Reader(octets)
    element = reader.read(tag)
    reader.finish()
    return element


def decode_object_identifier(content: bytes) -> str:
    """Return content octets of an OBJECT IDENTIFIER as dotted numbers.

    Raises:
        ValueError: Empty, too long, truncated or not minimal.
    """
    if not 0 < len(content) <= _MAX_OID_OCTETS or content[-1] & 0x80:
        raise ValueError("object identifier is empty, too long or truncated")
    numbers: list[int] = []
    value = 0
    is_first = True
    for octet in content:
        if is_first and octet == 0x80:
            raise ValueError("object identifier is not minimal")
        value = value << 7 | octet & 0x7F
        is_first = not octet & 0x80
        if is_first:
            numbers.append(value)
            value = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))


def encode_object_identifier(dotted: str) -> bytes:
    """Return the content octets of an OBJECT IDENTIFIER.

    Raises:
        EncodeError: Not dotted numbers, fewer than two arcs, or arcs out of range.
    """
    if not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]{0,38}))+", dotted, re.ASCII):
        raise EncodeError(f'"{dotted[:64]}" is not an object identifier')
    arcs = [int(arc) for arc in dotted.split(".")]
    if len(arcs) > _MAX_ARCS or (arcs[0] < 2 and arcs[1] > 39):
        raise EncodeError(f'"{dotted[:64]}" is not an object identifier')
    content = bytearray()
    for number in (40 * arcs[0] + arcs[1], *arcs[2:]):
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        content += bytes(reversed(groups))
    return bytes(content)


def tlv(tag: int, *contents: bytes) -> bytes:
    """Return one element with the concatenated contents."""
    content = b"".join(contents)
    length = len(content)
    if length < 0x80:
        return bytes((tag, length)) + content
    octets = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(octets))) + octets + content


def write_integer(value: int, tag: int = INTEGER) -> bytes:
    """Return an INTEGER element."""
    magnitude = value if value >= 0 else ~value
    return tlv(tag, value.to_bytes(magnitude.bit_length() // 8 + 1, "big", signed=True))


def write_oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER element."""
    return tlv(OBJECT_IDENTIFIER, encode_object_identifier(dotted))


def write_bits(octets: bytes) -> bytes:
    """Return a BIT STRING element of whole octets."""
    return tlv(BIT_STRING, b"\x00", octets)


def write_named_bits(bits: frozenset[int]) -> bytes:
    """Return a BIT STRING element with these bits set, without trailing zero bits."""
    if not bits:
        return tlv(BIT_STRING, b"\x00")
    last = max(bits)
    octets = bytearray(last // 8 + 1)
    for bit in bits:
        octets[bit // 8] |= 0x80 >> bit % 8
    return tlv(BIT_STRING, bytes((7 - last % 8,)), bytes(octets))
