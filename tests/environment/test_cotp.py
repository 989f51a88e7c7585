"""COTP class 0: connecting, TPDU size, segmentation, faults."""

from __future__ import annotations

import random

import pytest

from iec62351_4.environment.cotp import (
    TPDU,
    ConnectTPDU,
    COTPConfig,
    COTPConnection,
    COTPEvent,
    COTPState,
    DataTPDU,
    DisconnectTPDU,
    ErrorTPDU,
    SPDUReceived,
    TransportConnected,
    TransportDisconnected,
    decode_tpdu,
    encode_tpdu,
)
from iec62351_4.environment.tpkt import encode_packet
from iec62351_4.errors import DecodeError, LocalProtocolError, TransportError

# The CR of a libiec61850 client.
CR = bytes.fromhex("11e00000000100c0010dc2020001c1020001")


def feed(end: COTPConnection, octets: bytes) -> list[COTPEvent]:
    """Everything that happens when these octets arrive."""
    end.receive_data(octets)
    events = []
    while (event := end.next_event()) is not None:
        events.append(event)
    return events


def pair(
    client: COTPConfig | None = None, server: COTPConfig | None = None
) -> tuple[COTPConnection, COTPConnection]:
    """Two connected ends."""
    ours = COTPConnection(is_client=True, config=client or COTPConfig())
    theirs = COTPConnection(is_client=False, config=server or COTPConfig())
    (accepted,) = feed(theirs, ours.connect())
    assert isinstance(accepted, TransportConnected)
    assert feed(ours, accepted.reply) == [TransportConnected()]
    assert (ours.state, theirs.state) == (COTPState.CONNECTED, COTPState.CONNECTED)
    return ours, theirs


def test_cr_octets_are_those_of_libiec61850() -> None:
    assert COTPConnection(is_client=True, config=COTPConfig()).connect() == encode_packet(CR)
    assert decode_tpdu(CR) == ConnectTPDU(True, 0, 1, 0, 13, b"\x00\x01", b"\x00\x01")


@pytest.mark.parametrize(
    "tpdu",
    [
        ConnectTPDU(True, 0, 1, 0, None, None, None),
        ConnectTPDU(False, 1, 7, 0, 10, b"", b"abc"),
        DisconnectTPDU(3, 258),
        ErrorTPDU(2),
        DataTPDU(False, b"x"),
        DataTPDU(True, b""),
    ],
)
def test_tpdu_round_trip(tpdu: TPDU) -> None:
    assert decode_tpdu(encode_tpdu(tpdu)) == tpdu


@pytest.mark.parametrize(("ours", "theirs"), [(7, 13), (13, 7), (10, 10)])
def test_smaller_tpdu_size_wins(ours: int, theirs: int) -> None:
    first, second = pair(COTPConfig(tpdu_size_code=ours), COTPConfig(tpdu_size_code=theirs))
    assert first.tpdu_octets == second.tpdu_octets == 2 ** min(ours, theirs)


@pytest.mark.parametrize("size", [1, 124, 125, 126, 250, 251, 5000])
def test_segmentation_and_reassembly(size: int) -> None:
    ours, theirs = pair(COTPConfig(tpdu_size_code=7))
    spdu = random.Random(size).randbytes(size)
    wire = ours.send(spdu)
    packets = -(-size // 125)
    assert len(wire) == size + 7 * packets
    assert feed(theirs, wire) == [SPDUReceived(spdu)]
    by_octet = [event for octet in wire for event in feed(theirs, bytes((octet,)))]
    assert by_octet == [SPDUReceived(spdu)]
    assert theirs.buffered_octets == 0


def test_spdu_limit_on_both_sides() -> None:
    ours, theirs = pair(server=COTPConfig(max_spdu_octets=1000))
    assert feed(theirs, ours.send(bytes(1000))) == [SPDUReceived(bytes(1000))]
    with pytest.raises(DecodeError, match="longer than the limit of 1000"):
        feed(theirs, ours.send(bytes(1001)))
    assert (theirs.state, theirs.buffered_octets) == (COTPState.CLOSED, 0)
    assert feed(theirs, ours.send(b"x")) == []
    with pytest.raises(TransportError):
        ours.send(bytes(0x11001))
    with pytest.raises(TransportError):
        ours.send(b"")


def test_endless_segments_are_bounded() -> None:
    _, theirs = pair(server=COTPConfig(max_spdu_octets=10_000))
    segment = encode_packet(encode_tpdu(DataTPDU(False, bytes(999))))
    for number in range(1, 11):
        assert feed(theirs, segment) == []
        assert theirs.buffered_octets == 999 * number
    with pytest.raises(DecodeError, match="longer than the limit"):
        feed(theirs, segment)
    assert theirs.buffered_octets == 0
    _, theirs = pair()
    with pytest.raises(DecodeError, match="empty segment"):
        feed(theirs, encode_packet(encode_tpdu(DataTPDU(False, b""))))


@pytest.mark.parametrize("cut", range(len(CR)))
def test_truncated_cr(cut: int) -> None:
    with pytest.raises(DecodeError):
        decode_tpdu(CR[:cut])


def fault_of(octets: bytes) -> DecodeError | None:
    """The typed error of some octets; anything else is raised."""
    try:
        decode_tpdu(octets)
    except DecodeError as error:
        return error
    return None


def test_mutated_tpdus_raise_nothing_else() -> None:
    generator = random.Random(4)
    for _ in range(3000):
        octets = bytearray(CR if generator.random() < 0.7 else generator.randbytes(9))
        octets[generator.randrange(len(octets))] = generator.randrange(256)
        error = fault_of(bytes(octets))
        assert error is None or 0 <= error.offset <= len(octets)


@pytest.mark.parametrize(
    ("tpdu", "reason"),
    [
        ("11e00000000140c0010dc2020001c1020001", "transport class is not 0"),
        ("0be00000000100c1020001c1", "parameter runs past the header"),
        ("0ee00000000100c1020001c1020001", "parameter 0xc1 twice"),
        ("09e00000000100c0010e", "TPDU size is not 2**7 to 2**13"),
        ("06e0000000010000", "class 0 carries no user data here"),
        ("06d00001000100", "ConnectTPDU is not expected in state idle"),
        ("02f08001000100", "DataTPDU is not expected in state idle"),
        ("0250800000", "TPDU code 0x50 is not used in class 0"),
    ],
)
def test_server_refuses(tpdu: str, reason: str) -> None:
    server = COTPConnection(is_client=False, config=COTPConfig())
    with pytest.raises(DecodeError) as caught:
        feed(server, encode_packet(bytes.fromhex(tpdu)))
    assert caught.value.reason == reason
    assert server.state is COTPState.CLOSED


def test_client_refuses_a_larger_tpdu_size() -> None:
    client = COTPConnection(is_client=True, config=COTPConfig(tpdu_size_code=10))
    client.connect()
    with pytest.raises(DecodeError, match="larger than proposed"):
        feed(client, encode_packet(bytes.fromhex("09d00001000100c0010b")))


def test_disconnect_and_error_tpdus_close() -> None:
    for octets, reason in (("06800001000103", 3), ("0470000102", 2)):
        client = COTPConnection(is_client=True, config=COTPConfig())
        client.connect()
        events = feed(client, encode_packet(bytes.fromhex(octets)))
        assert events == [TransportDisconnected(reason)]
        assert client.state is COTPState.CLOSED


def test_wrong_called_tsap_is_answered_with_dr() -> None:
    server = COTPConnection(
        is_client=False, config=COTPConfig(local_tsap=b"\x00\x02", checks_called_tsap=True)
    )
    (event,) = feed(server, encode_packet(CR))
    assert event == TransportDisconnected(3, encode_packet(bytes.fromhex("06800001000003")))
    assert server.state is COTPState.CLOSED


def test_calls_out_of_order() -> None:
    server = COTPConnection(is_client=False, config=COTPConfig())
    with pytest.raises(LocalProtocolError):
        server.connect()
    with pytest.raises(LocalProtocolError):
        server.send(b"x")
    assert server.state is COTPState.IDLE
    client = COTPConnection(is_client=True, config=COTPConfig())
    client.connect()
    with pytest.raises(LocalProtocolError):
        client.connect()
