"""TPKT: whole, octet by octet, cut off, too long, out of step."""

from __future__ import annotations

import pytest

from iec62351_4.environment.tpkt import TPKTReader, encode_packet
from iec62351_4.errors import DecodeError, TransportError


def feed(reader: TPKTReader, octets: bytes) -> list[bytes]:
    """Every TPDU that is complete after these octets."""
    reader.receive_data(octets)
    found = []
    while (tpdu := reader.next_packet()) is not None:
        found.append(tpdu)
    return found


PACKET = bytes.fromhex("0300000b06e00000000100")
TPDU = PACKET[4:]


def test_encoding_is_header_and_tpdu() -> None:
    assert encode_packet(TPDU) == PACKET


def test_two_packets_and_the_start_of_a_third() -> None:
    reader = TPKTReader()
    assert feed(reader, PACKET + PACKET + PACKET[:5]) == [TPDU, TPDU]
    assert reader.buffered_octets == 5
    assert feed(reader, PACKET[5:]) == [TPDU]
    assert reader.buffered_octets == 0


def test_octet_by_octet() -> None:
    reader = TPKTReader()
    found = [tpdu for octet in PACKET * 3 for tpdu in feed(reader, bytes((octet,)))]
    assert found == [TPDU] * 3


@pytest.mark.parametrize("cut", range(len(PACKET)))
def test_a_cut_packet_waits(cut: int) -> None:
    reader = TPKTReader()
    assert feed(reader, PACKET[:cut]) == []
    assert reader.buffered_octets == cut


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"\x16\x03\x01\x02", "version is 22, not 3"),
        (b"\x03\x00\x00\x06", "packet length 6 is below 7"),
        (b"\x03\x00\x00\x00", "packet length 0 is below 7"),
        (b"\x03\x00\x04\x01", "packet length 1025 is above the limit of 1024"),
    ],
)
def test_a_damaged_header_fails_for_good(octets: bytes, reason: str) -> None:
    reader = TPKTReader(max_packet_octets=1024)
    with pytest.raises(DecodeError) as caught:
        feed(reader, octets)
    assert (caught.value.reason, caught.value.path) == (reason, ("TPKT",))
    assert reader.buffered_octets == 0
    with pytest.raises(DecodeError):
        feed(reader, PACKET)


def test_longest_packet() -> None:
    longest = encode_packet(bytes(65531))
    assert feed(TPKTReader(), longest) == [bytes(65531)]
    with pytest.raises(TransportError):
        encode_packet(bytes(65532))


@pytest.mark.parametrize("limit", [6, 65536])
def test_limit_out_of_range(limit: int) -> None:
    with pytest.raises(ValueError, match=r"^max_packet_octets is \d+, not 7\.\.65535$"):
        TPKTReader(limit)
