"""TPKT, COTP and session: elements, offsets, faults."""

from __future__ import annotations

import pytest

from interlock.decode import layers
from interlock.decode.layers import read_session, read_tpkt
from interlock.decode.octets import Octets
from interlock.decode.tree import MalformedError, Node

Inner = list[tuple[str, bytes, int]]
"""SPDU, its presentation data, and where in the input they begin."""


def tpkt(text: str) -> tuple[list[Node], Inner]:
    roots: list[Node] = []
    inner: Inner = []
    octets = Octets(bytes.fromhex(text))
    read_tpkt(octets, roots, collecting(inner))
    return roots, inner


def session(text: str) -> tuple[Node, Inner]:
    root = Node("input", 0)
    inner: Inner = []
    octets = Octets(bytes.fromhex(text))
    read_session(octets, 0, len(octets.data), root, collecting(inner))
    octets.refuse_overruns()
    return root.children[0], inner


def collecting(into: Inner) -> layers.Inner:
    def inner(octets: Octets, start: int, stop: int, node: Node, spdu: str) -> None:
        del node
        into.append((spdu, octets.data[start:stop], octets.at(start)))

    return inner


def test_connect_request_of_the_transport() -> None:
    (packet,), inner = tpkt("03000016" + "11e00000000100" + "c0010a" + "c1020001" + "c2020001")
    assert inner == []
    cotp = packet.children[0]
    assert (cotp.offset, cotp.length, cotp.value) == (4, 18, "CR")
    assert [(n.name, n.offset, n.value) for n in cotp.children] == [
        ("TPDU-size", 11, "1024 octets"),
        ("calling-TSAP", 14, "0001"),
        ("called-TSAP", 18, "0001"),
    ]


def test_data_in_one_packet() -> None:
    _, inner = tpkt("0300000d" + "02f080" + "01000100" + "abcd")
    assert inner == [("DATA TRANSFER", b"\xab\xcd", 11)]


def test_segments_are_joined_and_keep_their_places() -> None:
    first, second = "0300000c02f000" + "01000100ab", "0300000902f080" + "cdef"
    roots, inner = tpkt(first + second)
    assert len(roots) == 2
    assert inner == [("DATA TRANSFER", b"\xab\xcd\xef", 11)]
    assert roots[1].notes == ["last of 2 segments"]


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("0300", "input ends inside the header", 0),
        ("02000007" + "02f080", "version is 2, not 3", 0),
        ("03000006" + "02f0", "length 6 is below 7", 2),
        ("03000009" + "02f080", "input ends inside a header", 7),
        ("03000007" + "09f080", "header length does not fit", 4),
        ("03000007" + "021080", "code 0x10 is not used in class 0", 5),
        ("03000007" + "02e080", "header is too short", 4),
        ("0300000a" + "05e000000000", "header is too short", 4),
        ("03000007" + "02f000", "input ends before the last segment", 7),
        ("0300000e" + "09e00000000100" + "c005ff", "parameter does not fit", 11),
    ],
)
def test_malformed_packets(text: str, reason: str, offset: int) -> None:
    with pytest.raises(MalformedError) as caught:
        tpkt(text)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


def test_connect_with_long_and_short_lengths() -> None:
    node, inner = session("0d" + "0e" + "0506130100160102" + "14020002" + "c100"[:4])
    assert node.name == "CONNECT"
    group, requirements, user = node.children
    assert [(n.name, n.value) for n in group.children] == [
        ("protocol options", "00"),
        ("version number", "02"),
    ]
    assert (requirements.name, requirements.value, requirements.offset) == (
        "session user requirements",
        "0002",
        10,
    )
    assert (user.name, user.offset) == ("user data", 14)
    assert inner == [("CONNECT", b"", 16)]
    node, inner = session("0eff0006" + "c2ff0002abcd")
    assert inner == [("ACCEPT", b"\xab\xcd", 8)]
    assert node.header == 4


def test_data_behind_tokens() -> None:
    node, inner = session("01000100abcd")
    assert (node.name, node.length) == ("DATA TRANSFER", 6)
    assert inner == [("DATA TRANSFER", b"\xab\xcd", 4)]


def test_refuse_with_and_without_data() -> None:
    _, inner = session("0c05" + "3203" + "02abcd")
    assert inner == [("REFUSE", b"\xab\xcd", 5)]
    node, inner = session("0c03" + "3201" + "01")
    assert inner == []
    assert node.children[0].value == "01"


@pytest.mark.parametrize(
    ("text", "reason", "offset"),
    [
        ("0d", "input ends inside a header", 0),
        ("0dff00", "input ends inside a length", 1),
        ("0d05c1", "input ends inside a header", 2),
        ("7700", "SPDU identifier 0x77 is not known", 0),
        ("0d03c105ab", "length 5 where 1 octets are left", 3),
        ("0d00ff", "octets behind the SPDU", 2),
    ],
)
def test_malformed_spdus(text: str, reason: str, offset: int) -> None:
    with pytest.raises(MalformedError) as caught:
        session(text)
    assert (caught.value.reason, caught.value.offset) == (reason, offset)


def test_groups_do_not_nest() -> None:
    text = b"".join(bytes((5, 255)) + length.to_bytes(2, "big") for length in range(3996, -4, -4))
    octets = Octets(b"\x0d\xff" + len(text).to_bytes(2, "big") + text)
    root = Node("input", 0)
    read_session(octets, 0, len(octets.data), root, collecting([]))
    assert max(depth for depth, _ in root.walk()) <= 3
