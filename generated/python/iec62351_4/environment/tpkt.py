"""TPKT framing: an octet stream cut into packets of known length.

Source: RFC 1006, 6. Owns the four octets of the header; what is inside belongs to ``cotp``.
"""

from __future__ import annotations

from iec62351_4.errors import DecodeError, TransportError

VERSION = 3
HEADER_OCTETS = 4
MAX_PACKET_OCTETS = 0xFFFF
# RFC 1006: the header and the smallest TPDU (length indicator, code, one more octet).
MIN_PACKET_OCTETS = 7


def encode_packet(tpdu: bytes) -> bytes:
    """Put the header in front of one TPDU.

    Raises:
        TransportError: The packet would be longer than 65535 octets.
    """
    length = HEADER_OCTETS + len(tpdu)
    if length > MAX_PACKET_OCTETS:
        raise TransportError(f"a packet of {length} octets does not fit into a TPKT")
    return bytes((VERSION, 0, length >> 8, length & 0xFF)) + tpdu


class TPKTReader:
    """Collects octets as they arrive and gives back whole packets, one per call.

    At most one incomplete packet is held once ``next_packet`` has returned None, so memory is
    bounded by ``max_packet_octets`` plus the octets of the latest ``receive_data``.
    """

    def __init__(self, max_packet_octets: int = MAX_PACKET_OCTETS) -> None:
        """Make an empty reader.

        Args:
            max_packet_octets: Longest packet accepted, header included, 7..65535.
        """
        if not MIN_PACKET_OCTETS <= max_packet_octets <= MAX_PACKET_OCTETS:
            raise ValueError(f"max_packet_octets is {max_packet_octets}, not 7..65535")
        self._max = max_packet_octets
        self._buffer = bytearray()
        self._failed = False

    @property
    def buffered_octets(self) -> int:
        """How many octets of an incomplete packet are held."""
        return len(self._buffer)

    def receive_data(self, octets: bytes) -> None:
        """Take octets of the stream, in order."""
        if not self._failed:
            self._buffer += octets

    def next_packet(self) -> bytes | None:
        """Return the TPDU of the next whole packet, or None until more octets arrive.

        Raises:
            DecodeError: The stream is not TPKT or a packet is too long. The reader stays failed:
                after a wrong length there is no way to find the next packet.
        """
        if self._failed:
            raise DecodeError("the stream is already out of step", 0, ("TPKT",))
        if len(self._buffer) < HEADER_OCTETS:
            return None
        length = self._packet_length()
        if len(self._buffer) < length:
            return None
        tpdu = bytes(self._buffer[HEADER_OCTETS:length])
        del self._buffer[:length]
        return tpdu

    def _packet_length(self) -> int:
        # A wrong version is reported before the rest of the packet is waited for: a TLS or HTTP
        # client on this port must not be able to keep the connection half-read.
        version = self._buffer[0]
        length = self._buffer[2] << 8 | self._buffer[3]
        reason = None
        if version != VERSION:
            reason = f"version is {version}, not 3"
        elif length < MIN_PACKET_OCTETS:
            reason = f"packet length {length} is below 7"
        elif length > self._max:
            reason = f"packet length {length} is above the limit of {self._max}"
        if reason is not None:
            self._failed = True
            self._buffer.clear()
            raise DecodeError(reason, 0, ("TPKT",))
        return length
