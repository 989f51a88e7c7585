"""Octets that know where in the input they came from, also after reassembly, and BER elements."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise

from interlock.asn1.types import Tag, TagClass
from interlock.decode.tree import Extent, MalformedError

MAX_DEPTH = 60
MAX_TAG_OCTETS = 4
MAX_LENGTH_OCTETS = 4


@dataclass(frozen=True)
class Octets:
    """Reassembled octets; ``pieces`` are (index here, offset in the input), in rising order.

    ``overruns`` collects what is longer than the input: such an element is read as far as there
    are octets, so that a capture that was cut short shows what is in it, and is a fault then.
    """

    data: bytes
    pieces: tuple[tuple[int, int], ...] = ((0, 0),)
    overruns: list[MalformedError] = field(default_factory=list, compare=False)

    def refuse_overruns(self) -> None:
        """Raise the first overrun, if there was any."""
        if self.overruns:
            raise self.overruns[0]

    @classmethod
    def joined(cls, parts: list[tuple[int, bytes]]) -> Octets:
        """Join parts of the input, each given with its offset."""
        pieces, index = [], 0
        for offset, part in parts:
            pieces.append((index, offset))
            index += len(part)
        return cls(b"".join(part for _, part in parts), tuple(pieces) or ((0, 0),))

    def at(self, index: int) -> int:
        """The offset in the input of the octet at ``index`` (or of the place behind the last)."""
        start, offset = self.pieces[bisect_right(self.pieces, (index, 1 << 62)) - 1]
        return offset + index - start

    def ranges(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """The input ranges (end exclusive) that the octets ``start`` to ``end`` lie in."""
        cuts = [index for index, _ in self.pieces if start < index < end]
        edges = [start, *cuts, end]
        return tuple(
            (self.at(low), self.at(high - 1) + 1) for low, high in pairwise(edges) if high > low
        )


@dataclass(frozen=True, slots=True)
class Element:
    """One BER element. Source: X.690, 8.1."""

    tag: Tag
    is_constructed: bool
    extent: Extent

    @property
    def header(self) -> int:
        """How many octets tag and length have."""
        return self.extent.content - self.extent.start

    @property
    def length(self) -> int:
        """How many octets the whole element has, end-of-contents included."""
        return self.extent.end - self.extent.start


def read_element(
    octets: Octets, start: int, stop: int, depth: int = 0, *, may_overrun: bool = False
) -> Element:
    """Read tag and length at ``start``; the element must end at or before ``stop``.

    With ``may_overrun``, a constructed element that runs over the end of all octets ends there,
    and is noted in ``octets.overruns``.

    Raises:
        MalformedError: Not an element, or it does not end in time.
    """
    if depth > MAX_DEPTH:
        raise MalformedError("elements are nested too deeply", octets.at(start))
    data = octets.data
    tag, is_constructed, at = _tag(octets, start, stop)
    if at >= stop:
        raise MalformedError("input ends where a length should be", octets.at(at))
    first = data[at]
    at += 1
    if first == 0x80:
        return _indefinite(octets, (start, at, stop), tag, is_constructed, depth)
    length = first
    if first > 0x80:
        count = first & 0x7F
        if count > MAX_LENGTH_OCTETS:
            raise MalformedError(f"length has {count} octets", octets.at(at - 1))
        if at + count > stop:
            raise MalformedError("input ends inside a length", octets.at(stop))
        length = int.from_bytes(data[at : at + count], "big")
        at += count
    if at + length > stop:
        reason = f"element of {length} octets where {stop - at} are left"
        overrun = MalformedError(reason, octets.at(start))
        if not (may_overrun and is_constructed and stop == len(data)):
            raise overrun
        octets.overruns.append(overrun)
        length = stop - at
    return Element(tag, is_constructed, Extent(start, at, at + length, at + length))


def _tag(octets: Octets, start: int, stop: int) -> tuple[Tag, bool, int]:
    data = octets.data
    if start >= stop:
        raise MalformedError("input ends where an element should be", octets.at(start))
    first = data[start]
    number, at = first & 0x1F, start + 1
    if number == 0x1F:
        number = 0
        while True:
            if at >= stop:
                raise MalformedError("input ends inside a tag", octets.at(stop))
            if at - start > MAX_TAG_OCTETS:
                raise MalformedError("tag is too long", octets.at(start))
            number = number << 7 | data[at] & 0x7F
            at += 1
            if not data[at - 1] & 0x80:
                break
    return Tag(TagClass(first >> 6), number), bool(first & 0x20), at


def _indefinite(
    octets: Octets, place: tuple[int, int, int], tag: Tag, is_constructed: bool, depth: int
) -> Element:
    start, content, stop = place
    if not is_constructed:
        raise MalformedError("primitive element of indefinite length", octets.at(start))
    at = content
    while octets.data[at : at + 2] != b"\0\0" or at + 2 > stop:
        at = read_element(octets, at, stop, depth + 1).extent.end
    return Element(tag, True, Extent(start, content, at, at + 2, is_indefinite=True))
