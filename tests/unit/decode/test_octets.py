"""BER elements with their places, and octets that were reassembled."""

from __future__ import annotations

import pytest

from interlock.asn1.types import Tag, TagClass
from interlock.decode.octets import Element, Octets, read_element
from interlock.decode.tree import MalformedError


def element(text: str) -> Element:
    data = bytes.fromhex(text)
    return read_element(Octets(data), 0, len(data))


@pytest.mark.parametrize(
    ("text", "tag", "extent"),
    [
        ("0500", (TagClass.UNIVERSAL, 5), (0, 2, 2, 2)),
        ("a103020101", (TagClass.CONTEXT, 1), (0, 2, 5, 5)),
        ("3081020500", (TagClass.UNIVERSAL, 16), (0, 3, 5, 5)),
        ("308400000002" + "0500", (TagClass.UNIVERSAL, 16), (0, 6, 8, 8)),
        ("bf8148020500", (TagClass.CONTEXT, 200), (0, 4, 6, 6)),
        ("30800500" + "0000", (TagClass.UNIVERSAL, 16), (0, 2, 4, 6)),
        ("3080" + "3080" + "0000" + "0000", (TagClass.UNIVERSAL, 16), (0, 2, 6, 8)),
    ],
)
def test_elements(text: str, tag: tuple[TagClass, int], extent: tuple[int, int, int, int]) -> None:
    found = element(text)
    assert found.tag == Tag(*tag)
    here = found.extent
    assert (here.start, here.content, here.content_end, here.end) == extent
    assert found.length == extent[3]
    assert found.header == extent[1]


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("", "input ends where an element should be", 0),
        ("30", "input ends where a length should be", 1),
        ("3f81", "input ends inside a tag", 2),
        ("3f81818181818101", "tag is too long", 0),
        ("3082", "input ends inside a length", 2),
        ("30ff", "length has 127 octets", 1),
        ("300501", "element of 5 octets where 1 are left", 0),
        ("0480", "primitive element of indefinite length", 0),
        ("30800500", "input ends where an element should be", 4),
        ("308005000000"[:-2], "input ends where a length should be", 5),
    ],
)
def test_malformed_elements(text: str, reason: str, offset: int) -> None:
    with pytest.raises(MalformedError) as caught:
        element(text)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


def test_nesting_is_bounded() -> None:
    with pytest.raises(MalformedError, match="nested too deeply"):
        element("3080" * 5000)


def test_places_after_reassembly() -> None:
    joined = Octets.joined([(100, b"abc"), (200, b"defg"), (300, b"h")])
    assert joined.data == b"abcdefgh"
    assert [joined.at(index) for index in (0, 2, 3, 6, 7, 8)] == [100, 102, 200, 203, 300, 301]
    assert joined.ranges(1, 8) == ((101, 103), (200, 204), (300, 301))
    assert joined.ranges(4, 6) == ((201, 203),)
    assert joined.ranges(5, 5) == ()
