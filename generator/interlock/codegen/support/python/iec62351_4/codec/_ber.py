"""What all decoders share: lengths, skipping, strings in pieces, numbers, object identifiers.

Theory of operation. A decoder works on ``b``, the input with a few zero octets behind it, and
on ``i`` and ``e``, position and end of the enclosing contents. As ``i <= e`` always holds and
the padding is longer than any identifier, ``b[i]`` and ``b[i + 1]`` can be read without a
check; every *length* is compared with ``e`` before its contents are touched. The generated
code handles short definite lengths that fit itself and calls ``primitive`` or ``nested`` for
all others, so these two are also where a truncated element is found.

An element of indefinite length is first scanned to its end-of-contents octets; what follows
then works on an ordinary range. The scan repeats per nesting level, of which a type has few.

Source: X.690.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from iec62351_4.errors import DecodeError

MAX_INPUT_OCTETS = 64 * 1024
"""Longest input that a decoder looks at. A program may set another value at start-up."""

MAX_DEPTH = 32
"""Deepest nesting of constructed elements inside an open type or an unknown addition."""

MAX_SEGMENT_DEPTH = 4
"""Deepest nesting of the pieces of a string in constructed form."""

MAX_OID_OCTETS = 128
"""Longest content of an OBJECT IDENTIFIER."""

PADDING = b"\0" * 8


class BitString(NamedTuple):
    """A BIT STRING without named bits."""

    octets: bytes
    """The bits, first bit in the most significant bit of the first octet."""

    unused: int
    """How many low bits of the last octet do not belong to the value, 0 to 7."""


# --- errors ------------------------------------------------------------------------------------


def within(error: DecodeError | UnicodeDecodeError, name: str, offset: int) -> DecodeError:
    """Put ``name`` in front of the error's path; a text error becomes a ``DecodeError``."""
    if isinstance(error, UnicodeDecodeError):
        return DecodeError(f"contents are not {error.encoding} text", offset, (name,))
    error.path = (name, *error.path)
    return error


def unexpected(b: bytes, i: int, e: int, expected: str) -> DecodeError:
    """The error for an element at ``i`` that is missing or has another tag than ``expected``."""
    if i >= e:
        return DecodeError(f"{expected} is missing", i)
    return DecodeError(f"identifier octet {b[i]:02X} where {expected} is due", i)


def surplus(i: int) -> DecodeError:
    """The error for octets after the last element."""
    return DecodeError("element is not part of the type", i)


# --- opening -----------------------------------------------------------------------------------


def padded(octets: bytes) -> bytes:
    """The input with its padding.

    Raises:
        DecodeError: Longer than ``MAX_INPUT_OCTETS``, or not octets at all.
    """
    if type(octets) is not bytes:  # faster than isinstance for what is nearly always there
        if not isinstance(octets, (bytes, bytearray)):
            raise DecodeError("input is not octets", 0)
        octets = bytes(octets)
    if len(octets) > MAX_INPUT_OCTETS:
        raise DecodeError(f"input is longer than {MAX_INPUT_OCTETS} octets", 0)
    return octets + PADDING


def _long_length(b: bytes, at: int, e: int, der: bool) -> tuple[int, int]:
    """Value of the length octets at ``at`` and where contents start; indefinite not allowed."""
    n = b[at]
    start = at + 1
    if n > 0x80:
        if n == 0xFF:
            raise DecodeError("length octet FF is reserved", at)
        start += n & 0x7F
        if start > e:
            raise DecodeError("length runs past the end", at)
        n = int.from_bytes(b[at + 1 : start], "big")
        if der and (n < 128 or not b[at + 1]):
            raise DecodeError("length is not in its shortest form", at)
    elif n == 0x80:
        raise DecodeError("indefinite length is not allowed here", at)
    if start > e or n > e - start:
        raise DecodeError("contents run past the end", at)
    return n, start


def primitive(b: bytes, k: int, e: int, der: bool) -> tuple[int, int]:
    """Start and end of the contents of the primitive element whose length stands before ``k``.

    Raises:
        DecodeError: The element does not fit, or its length is not legal.
    """
    if b[k - 1] == 0x82:  # the usual length of a certificate, key or signature
        end = k + 2 + (b[k] << 8 | b[k + 1])
        if end <= e and (b[k] or not der):
            return k + 2, end
    n, start = _long_length(b, k - 1, e, der)
    return start, start + n


def nested(b: bytes, k: int, e: int, der: bool) -> tuple[int, int, int]:
    """Start and end of the contents of the constructed element whose length stands before ``k``.

    Third, where the element ends: for an indefinite length two end-of-contents octets later.

    Raises:
        DecodeError: The element does not fit, or its length is not legal.
    """
    n = b[k - 1]
    if n == 0x82:
        end = k + 2 + (b[k] << 8 | b[k + 1])
        if end <= e and (b[k] or not der):
            return k + 2, end, end
    elif n == 0x81:
        end = k + 1 + b[k]
        if end <= e and (b[k] > 0x7F or not der):
            return k + 1, end, end
    if n != 0x80:
        n, start = _long_length(b, k - 1, e, der)
        return start, start + n, start + n
    if der:
        raise DecodeError("indefinite length is not allowed in DER", k - 1)
    end = k
    while b[end] or b[end + 1]:
        end = skip(b, end, e, der)
    if end + 2 > e:
        raise DecodeError("end-of-contents octets are missing", end)
    return k, end, end + 2


IS_LOW = tuple(tag > 0 and tag & 0x1F != 0x1F for tag in range(256))
"""By first identifier octet: the only one, and not that of end-of-contents octets."""

IS_PLAIN = tuple(low and not tag & 0x20 for tag, low in enumerate(IS_LOW))
"""By first identifier octet: low and primitive."""


def skip(b: bytes, i: int, e: int, der: bool) -> int:
    """The end of the one element at ``i``, checked to be well-formed down to its leaves.

    Raises:
        DecodeError: Not a complete element, nested deeper than ``MAX_DEPTH``, or an
            end-of-contents element where none is due.
    """
    tag, n, start = b[i], b[i + 1], i + 2
    if n > 0x7F or not IS_LOW[tag]:
        n, start = _header(b, i, e, der)
        if not tag:
            raise DecodeError("end-of-contents octets where none are due", i)
    if n < 0:
        return _scan(b, start, e, der, True)
    end = start + n
    if end > e:
        raise _cut_off(i, e)
    return _scan(b, start, end, der, False) if tag & 0x20 else end


def _scan(b: bytes, i: int, e: int, der: bool, is_open: bool) -> int:
    """The end of the contents that start at ``i``, of an element that is constructed.

    Args:
        e: End of the contents; when ``is_open`` (indefinite length), of the range around them.
    """
    # The elements around the current one: end of contents, nesting depth, whether open.
    around: list[tuple[int, int, bool]] = []
    depth = 1
    while True:
        if i == e:
            if is_open:
                raise DecodeError("end-of-contents octets are missing", i)
            if not around:
                return i
            e, depth, is_open = around.pop()
            continue
        tag, n = b[i], b[i + 1]
        if n < 0x80 and IS_PLAIN[tag]:
            start, i = i, i + 2 + n
            if i > e:
                raise _cut_off(start, e)
            continue
        start = i + 2
        if n > 0x7F or not IS_LOW[tag]:
            if n == 0x81 and IS_LOW[tag] and (b[start] > 0x7F or not der):
                n, start = b[start], i + 3
            elif n == 0x82 and IS_LOW[tag] and (b[start] or not der):
                n, start = b[start] << 8 | b[i + 3], i + 4
            else:
                n, start = _header(b, i, e, der)
                if not tag:
                    if not is_open:
                        raise DecodeError("end-of-contents octets where none are due", i)
                    i = start
                    if not around:
                        return i
                    e, depth, is_open = around.pop()
                    continue
        end = start + n if n >= 0 else e
        if end > e:
            raise _cut_off(i, e)
        if not tag & 0x20:
            i = end
            continue
        if end != e or is_open or n < 0:  # else both end together, and one end will do
            around.append((e, depth, is_open))
        i, e, is_open, depth = start, end, n < 0, depth + 1
        if depth > MAX_DEPTH:
            raise DecodeError(f"nested deeper than {MAX_DEPTH} levels", i)


def _header(b: bytes, i: int, e: int, der: bool) -> tuple[int, int]:
    """Length and start of the contents of any element at ``i``; -1 for an indefinite length."""
    if i + 2 > e:
        raise _cut_off(i, e)
    tag, at = b[i], i + 1
    if tag & 0x1F == 0x1F:
        at = _high_tag(b, i, e)
    n, start = b[at], at + 1
    if n == 0x80 and tag & 0x20:
        if der:
            raise DecodeError("indefinite length is not allowed in DER", at)
        return -1, start
    if n >= 0x80:
        n, start = _long_length(b, at, e, der)
    if not tag and start + n != i + 2:
        raise DecodeError("tag 0 is reserved for end-of-contents octets", i)
    return n, start


def _cut_off(i: int, e: int) -> DecodeError:
    if i >= e:
        return DecodeError("element is missing", i)
    return DecodeError("element runs past the end", i)


def _high_tag(b: bytes, i: int, e: int) -> int:
    """Where the length stands after an identifier of several octets (X.690 8.1.2.4)."""
    at = i + 1
    if b[at] == 0x80:
        raise DecodeError("tag number has leading zeros", i)
    while b[at] & 0x80:
        at += 1
        if at >= e:
            raise DecodeError("identifier is cut off", i)
    if at == i + 1 and b[at] < 31:
        raise DecodeError("tag number below 31 in the long form", i)
    if at + 1 >= e:
        raise DecodeError("element is missing or cut off", i)
    return at + 1


# --- contents: reading -------------------------------------------------------------------------


def boolean(b: bytes, k: int, j: int, der: bool) -> bool:
    """A BOOLEAN from its contents ``b[k:j]``."""
    if j - k != 1:
        raise DecodeError("a BOOLEAN has one content octet", k)
    if der and b[k] not in (0x00, 0xFF):
        raise DecodeError("TRUE is FF in DER", k)
    return b[k] != 0


def integer(b: bytes, k: int, j: int) -> int:
    """An INTEGER from its contents, which must be minimal in BER too (X.690 8.3.2)."""
    if j - k > 1:
        if (b[k] == 0x00 and b[k + 1] < 0x80) or (b[k] == 0xFF and b[k + 1] >= 0x80):
            raise DecodeError("integer is not in its shortest form", k)
    elif j == k:
        raise DecodeError("an INTEGER has at least one content octet", k)
    return int.from_bytes(b[k:j], "big", signed=True)


def dotted(b: bytes, k: int, j: int) -> str:
    """An OBJECT IDENTIFIER from its contents, as dotted text."""
    arcs = _subidentifiers(b, k, j)
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))


def dotted_relative(b: bytes, k: int, j: int) -> str:
    """A RELATIVE-OID from its contents, as dotted text."""
    return ".".join(map(str, _subidentifiers(b, k, j)))


def _subidentifiers(b: bytes, k: int, j: int) -> list[int]:
    if k == j:
        raise DecodeError("object identifier without arcs", k)
    if j - k > MAX_OID_OCTETS:
        raise DecodeError(f"object identifier is longer than {MAX_OID_OCTETS} octets", k)
    if b[j - 1] & 0x80:
        raise DecodeError("last arc of the object identifier is cut off", j - 1)
    arcs, arc = [], 0
    for octet in b[k:j]:
        if octet == 0x80 and not arc:
            raise DecodeError("arc of the object identifier has leading zeros", k)
        arc = arc << 7 | octet & 0x7F
        if not octet & 0x80:
            arcs.append(arc)
            arc = 0
    return arcs


def segments(
    b: bytes, i: int, e: int, der: bool, size: int = 1, depth: int = MAX_SEGMENT_DEPTH
) -> tuple[bytes, int]:
    """A string in constructed form: its octets put together, and where the element ends.

    Source: X.690 8.7.3 and, for character strings and times, 8.23.
    """
    if der:
        raise DecodeError("a string is primitive in DER", i)
    if not depth:
        raise DecodeError("string is cut into too deeply nested pieces", i)
    k, j, after = nested(b, i + size + 1, e, der)
    pieces = []
    while k < j:
        if b[k] == 0x04:
            start, k = primitive(b, k + 2, j, der)
            pieces.append(b[start:k])
        elif b[k] == 0x24:
            piece, k = segments(b, k, j, der, depth=depth - 1)
            pieces.append(piece)
        else:
            raise unexpected(b, k, j, "OCTET STRING")
    return b"".join(pieces), after


def bits(b: bytes, k: int, j: int, der: bool) -> BitString:
    """A BIT STRING from its primitive contents."""
    if k == j:
        raise DecodeError("a BIT STRING has at least one content octet", k)
    unused = b[k]
    if unused > 7 or (unused and j - k == 1):
        raise DecodeError("number of unused bits is not possible", k)
    if unused and b[j - 1] & ((1 << unused) - 1):
        if der:
            raise DecodeError("unused bits are not zero", j - 1)
        last = b[j - 1] & -(1 << unused)
        return BitString(b[k + 1 : j - 1] + bytes((last,)), unused)
    return BitString(b[k + 1 : j], unused)


def bit_segments(
    b: bytes, i: int, e: int, der: bool, size: int = 1, depth: int = MAX_SEGMENT_DEPTH
) -> tuple[BitString, int]:
    """A BIT STRING in constructed form and where the element ends (X.690 8.6.4)."""
    if der:
        raise DecodeError("a string is primitive in DER", i)
    if not depth:
        raise DecodeError("string is cut into too deeply nested pieces", i)
    k, j, after = nested(b, i + size + 1, e, der)
    whole = BitString(b"", 0)
    while k < j:
        if whole.unused:
            raise DecodeError("only the last piece may have unused bits", k)
        if b[k] == 0x03:
            start, k = primitive(b, k + 2, j, der)
            piece = bits(b, start, k, der)
        elif b[k] == 0x23:
            piece, k = bit_segments(b, k, j, der, depth=depth - 1)
        else:
            raise unexpected(b, k, j, "BIT STRING")
        whole = BitString(whole.octets + piece.octets, piece.unused)
    return whole, after


def mask(value: BitString, offset: int, der: bool) -> int:
    """The mask of a BIT STRING with named bits: ASN.1 bit *n* becomes ``1 << n``."""
    octets, unused = value
    if not octets:
        return 0
    if der and not octets[-1] >> unused & 1:
        raise DecodeError("trailing zero bits are not sent in DER", offset)
    width = 8 * len(octets) - unused
    return int(f"{int.from_bytes(octets, 'big') >> unused:0{width}b}"[::-1], 2)


# --- patterns ---------------------------------------------------------------------------------


class Matches(dict[str, bool]):
    """Whether a text matches a pattern, remembered for short texts that do.

    Identifiers of an association come again in every PDU. What does not match is not
    remembered, so a peer cannot fill the table with what it likes.
    """

    __slots__ = ("_match",)

    MAX_TEXTS = 256
    MAX_CHARACTERS = 64

    def __init__(self, pattern: str) -> None:
        super().__init__()
        self._match = re.compile(pattern).fullmatch

    def __missing__(self, text: str) -> bool:
        if not self._match(text):
            return False
        if len(text) <= self.MAX_CHARACTERS:
            if len(self) >= self.MAX_TEXTS:
                self.clear()
            self[text] = True
        return True


# --- times -------------------------------------------------------------------------------------

_DATE = (
    rb"(?:[0-9]{4}(?:(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
    rb"|(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)|02(?:0[1-9]|1[0-9]|2[0-8]))"
    rb"|(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:[02468][048]|[13579][26])00)0229)"
)
_HOUR, _SIXTY = rb"(?:[01][0-9]|2[0-3])", rb"[0-5][0-9]"
_ZONE = rb"(?:Z|[+-](?:[01][0-9]|2[0-3])(?:[0-5][0-9])?)?"

GENERALIZED_TIME = _DATE + _HOUR + rb"(?:" + _SIXTY + rb"(?:" + _SIXTY + rb")?)?(?:[.,][0-9]+)?"
"""Regular expression of a GeneralizedTime up to its zone, on the legal calendar."""

_LENIENT = re.compile(GENERALIZED_TIME + _ZONE)
_STRICT = re.compile(_DATE + _HOUR + _SIXTY + _SIXTY + rb"(?:\.[0-9]*[1-9])?Z")
_UTC_LENIENT = re.compile(
    rb"[0-9]{2}[01][0-9][0-3][0-9]" + _HOUR + _SIXTY + rb"(?:" + _SIXTY + rb")?(?:Z|[+-][0-9]{4})"
)
_UTC_STRICT = re.compile(rb"[0-9]{2}[01][0-9][0-3][0-9]" + _HOUR + _SIXTY + _SIXTY + rb"Z")

Matcher = Callable[[bytes], Any]


def time_matcher(pattern: bytes) -> Matcher:
    """A test whether octets match ``pattern`` and stand for a moment that exists.

    The pattern decides on the form alone; the calendar is looked at for the leading digits.
    """
    calendar = rb"(?=" + _DATE + _HOUR + rb"(?:" + _SIXTY + rb"){0,2}(?![0-9]))"
    return re.compile(calendar + rb"(?:" + pattern + rb")").fullmatch


def is_generalized_time(octets: bytes, der: bool) -> bool:
    """Whether octets are a GeneralizedTime; with ``der`` in the form of X.690 11.7."""
    return bool((_STRICT if der else _LENIENT).fullmatch(octets))


def is_utc_time(octets: bytes, der: bool) -> bool:
    """Whether octets are a UTCTime; with ``der`` in the form of X.690 11.8."""
    return bool((_UTC_STRICT if der else _UTC_LENIENT).fullmatch(octets))


# --- table constraints -------------------------------------------------------------------------

Table = Mapping[Any, Callable[..., Any] | None]
"""Key of an information object to the decoder of the type it stands for; None for no type."""


def conform(table: Table, key: object, octets: bytes, offset: int, der: bool) -> None:
    """Check the contents of an open type against the object that ``key`` selects.

    An unknown key passes: whether it may occur is the matter of the component that holds it.

    Raises:
        DecodeError: The object has no type here, or the octets are not of its type.
    """
    decode = table.get(key, skip)
    if decode is None:
        raise DecodeError(f"must be absent for {key}", offset)
    if decode is not skip:
        try:
            decode(octets, der=der)
        except DecodeError as error:
            error.offset += offset
            raise


def contained(decode: Callable[..., Any], octets: bytes, offset: int, der: bool) -> None:
    """Check what an OCTET STRING contains.

    Raises:
        DecodeError: The octets are not one value of the type.
    """
    conform({True: decode}, True, octets, offset, der)


def is_element(octets: bytes) -> bool:
    """Whether octets are exactly one element, well-formed down to its leaves."""
    try:
        return skip(octets + PADDING, 0, len(octets), False) == len(octets)
    except DecodeError:
        return False


# --- headers ---------------------------------------------------------------------------------


@lru_cache(maxsize=1024)  # certificates, keys and signatures have the same few lengths
def header(tag: bytes, n: int) -> bytes:
    """Identifier and length octets in DER for contents of ``n`` octets."""
    if n < 0x80:
        return tag + bytes((n,))
    if n < 0x100:
        return tag + bytes((0x81, n))
    if n < 0x10000:
        return tag + bytes((0x82, n >> 8, n & 0xFF))
    length = n.to_bytes((n.bit_length() + 7) // 8, "big")
    return tag + bytes((0x80 | len(length),)) + length
