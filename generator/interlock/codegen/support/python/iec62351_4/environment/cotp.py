"""COTP, the connection-oriented transport protocol, class 0 over TPKT.

Owns the TPDUs CR, CC, DR, DT and ER, the negotiation of the TPDU size, and segmentation of an SPDU
into DT TPDUs and back. Class 0 has no flow control, no recovery and no expedited data: any fault
ends the connection.

Source: X.224, 13 (encodings) and RFC 1006, 5 and 6 (TPDU size over TCP).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum

from iec62351_4.environment.tpkt import TPKTReader, encode_packet
from iec62351_4.errors import DecodeError, LocalProtocolError, TransportError

CODE_CR, CODE_CC, CODE_DR, CODE_DT, CODE_ER = 0xE0, 0xD0, 0x80, 0xF0, 0x70
PARAMETER_TPDU_SIZE = 0xC0
PARAMETER_CALLING_TSAP = 0xC1
PARAMETER_CALLED_TSAP = 0xC2
DT_HEADER_OCTETS = 3
EOT = 0x80
# Code n means 2**n octets. X.224 stops class 0 at 2**11; RFC 1006 peers use up to 2**13.
MIN_TPDU_SIZE_CODE, MAX_TPDU_SIZE_CODE = 7, 13
MAX_TSAP_OCTETS = 32


class DisconnectReason(IntEnum):
    """Reason of a DR TPDU. Source: X.224, 13.5.3."""

    NOT_SPECIFIED = 0
    CONGESTION = 1
    SESSION_NOT_ATTACHED = 2
    ADDRESS_UNKNOWN = 3
    NORMAL = 0x80
    PROTOCOL_ERROR = 0x85


@dataclass(frozen=True, slots=True)
class ConnectTPDU:
    """A CR (``is_request``) or CC TPDU."""

    is_request: bool
    destination_reference: int
    source_reference: int
    class_and_option: int
    tpdu_size_code: int | None
    """n of 2**n octets; None when the parameter is absent."""
    calling_tsap: bytes | None
    called_tsap: bytes | None


@dataclass(frozen=True, slots=True)
class DisconnectTPDU:
    """A DR TPDU."""

    reason: int
    destination_reference: int = 0


@dataclass(frozen=True, slots=True)
class DataTPDU:
    """A DT TPDU; ``is_last`` is the EOT mark."""

    is_last: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class ErrorTPDU:
    """An ER TPDU: the peer could not read what we sent."""

    cause: int


TPDU = ConnectTPDU | DisconnectTPDU | DataTPDU | ErrorTPDU


def decode_tpdu(octets: bytes) -> TPDU:
    """Decode one TPDU.

    Raises:
        DecodeError: The octets are not a class 0 TPDU.
    """
    if not octets:
        raise DecodeError("empty TPDU", 0, ("TPDU",))
    header_octets = octets[0] + 1
    if octets[0] == 0xFF or len(octets) < header_octets or header_octets < 2:
        raise DecodeError("header length does not fit", 0, ("TPDU",))
    code = octets[1] & 0xF0
    if code == CODE_DT:
        return _decode_data(octets, header_octets)
    if code in (CODE_CR, CODE_CC):
        return _decode_connect(octets, header_octets)
    if code == CODE_DR:
        if header_octets < 7:
            raise DecodeError("header is too short", 0, ("DR",))
        return DisconnectTPDU(octets[6], int.from_bytes(octets[2:4], "big"))
    if code == CODE_ER:
        if header_octets < 5:
            raise DecodeError("header is too short", 0, ("ER",))
        return ErrorTPDU(octets[4])
    raise DecodeError(f"TPDU code {octets[1]:#04x} is not used in class 0", 1, ("TPDU",))


def _decode_data(octets: bytes, header_octets: int) -> DataTPDU:
    if octets[1] != CODE_DT or header_octets != DT_HEADER_OCTETS:
        raise DecodeError("header is not the one of class 0", 0, ("DT",))
    if octets[2] & ~EOT:
        raise DecodeError("TPDU number is not 0", 2, ("DT",))
    return DataTPDU(octets[2] == EOT, octets[DT_HEADER_OCTETS:])


def _decode_connect(octets: bytes, header_octets: int) -> ConnectTPDU:
    is_request = octets[1] & 0xF0 == CODE_CR
    name = "CR" if is_request else "CC"
    if header_octets < 7:
        raise DecodeError("header is too short", 0, (name,))
    if header_octets != len(octets):
        raise DecodeError("class 0 carries no user data here", header_octets, (name,))
    found: dict[int, bytes] = {}
    at = 7
    while at < header_octets:
        if at + 2 > header_octets or at + 2 + octets[at + 1] > header_octets:
            raise DecodeError("parameter runs past the header", at, (name,))
        code, value = octets[at], octets[at + 2 : at + 2 + octets[at + 1]]
        if code in found:
            raise DecodeError(f"parameter {code:#04x} twice", at, (name,))
        found[code] = value
        at += 2 + len(value)
    for code in (PARAMETER_CALLING_TSAP, PARAMETER_CALLED_TSAP):
        if len(found.get(code, b"")) > MAX_TSAP_OCTETS:
            raise DecodeError("TSAP is longer than 32 octets", 0, (name,))
    return ConnectTPDU(
        is_request=is_request,
        destination_reference=int.from_bytes(octets[2:4], "big"),
        source_reference=int.from_bytes(octets[4:6], "big"),
        class_and_option=octets[6],
        tpdu_size_code=_size_code(found.get(PARAMETER_TPDU_SIZE), name),
        calling_tsap=found.get(PARAMETER_CALLING_TSAP),
        called_tsap=found.get(PARAMETER_CALLED_TSAP),
    )


def _size_code(value: bytes | None, name: str) -> int | None:
    if value is None:
        return None
    if len(value) != 1 or not MIN_TPDU_SIZE_CODE <= value[0] <= MAX_TPDU_SIZE_CODE:
        raise DecodeError("TPDU size is not 2**7 to 2**13", 0, (name,))
    return value[0]


def encode_tpdu(tpdu: TPDU) -> bytes:
    """Encode one TPDU, without TPKT header.

    Raises:
        TransportError: A parameter is too long.
    """
    if isinstance(tpdu, DataTPDU):
        return bytes((2, CODE_DT, EOT if tpdu.is_last else 0)) + tpdu.data
    if isinstance(tpdu, DisconnectTPDU):
        reference = tpdu.destination_reference.to_bytes(2, "big")
        return bytes((6, CODE_DR)) + reference + bytes((0, 0, tpdu.reason))
    if isinstance(tpdu, ErrorTPDU):
        return bytes((4, CODE_ER, 0, 0, tpdu.cause))
    parts = [
        bytes((CODE_CR if tpdu.is_request else CODE_CC,)),
        tpdu.destination_reference.to_bytes(2, "big"),
        tpdu.source_reference.to_bytes(2, "big"),
        bytes((tpdu.class_and_option,)),
    ]
    if tpdu.tpdu_size_code is not None:
        parts.append(bytes((PARAMETER_TPDU_SIZE, 1, tpdu.tpdu_size_code)))
    # Called before calling, as every captured peer writes them.
    for code, value in (
        (PARAMETER_CALLED_TSAP, tpdu.called_tsap),
        (PARAMETER_CALLING_TSAP, tpdu.calling_tsap),
    ):
        if value is not None:
            if len(value) > MAX_TSAP_OCTETS:
                raise TransportError("a TSAP is longer than 32 octets")
            parts.append(bytes((code, len(value))) + value)
    header = b"".join(parts)
    return bytes((len(header),)) + header


@dataclass(frozen=True, slots=True)
class COTPConfig:
    """What the transport connection offers and accepts."""

    local_tsap: bytes = b"\x00\x01"
    remote_tsap: bytes = b"\x00\x01"
    """Client: the called TSAP."""
    checks_called_tsap: bool = False
    """Server: refuse a CR whose called TSAP is not ``local_tsap``."""
    tpdu_size_code: int = MAX_TPDU_SIZE_CODE
    """Largest TPDU offered or accepted is 2**n octets, n 7..13."""
    max_spdu_octets: int = 0x11000
    """Longest reassembled SPDU: an MMS PDU of 65000 octets with its protection fits."""

    def __post_init__(self) -> None:
        if not MIN_TPDU_SIZE_CODE <= self.tpdu_size_code <= MAX_TPDU_SIZE_CODE:
            raise ValueError(f"tpdu_size_code is {self.tpdu_size_code}, not 7..13")


class COTPState(Enum):
    """Where a transport connection is."""

    IDLE = "idle"
    EXPECT_CONFIRM = "expect-confirm"
    CONNECTED = "connected"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class TransportConnected:
    """The transport connection is open; ``reply`` (the CC, or nothing) must be sent."""

    reply: bytes = b""


@dataclass(frozen=True, slots=True)
class SPDUReceived:
    """One complete SPDU."""

    octets: bytes


@dataclass(frozen=True, slots=True)
class TransportDisconnected:
    """The peer disconnected (DR or ER) or refused the connection; ``reply`` must be sent."""

    reason: int
    reply: bytes = b""


COTPEvent = TransportConnected | SPDUReceived | TransportDisconnected


class COTPConnection:
    """One class 0 transport connection over one stream, either role."""

    def __init__(self, *, is_client: bool, config: COTPConfig) -> None:
        self._is_client, self._config = is_client, config
        self._reader = TPKTReader()
        self._state = COTPState.IDLE
        self._size_code = config.tpdu_size_code
        self._segments: list[bytes] = []
        self._segment_octets = 0

    @property
    def state(self) -> COTPState:
        """Where the connection is."""
        return self._state

    @property
    def tpdu_octets(self) -> int:
        """Largest TPDU in use, header included."""
        return 1 << self._size_code

    @property
    def buffered_octets(self) -> int:
        """How many octets of incomplete packets and SPDUs are held."""
        return self._reader.buffered_octets + self._segment_octets

    def connect(self) -> bytes:
        """Return the packet with the CR; client only.

        Raises:
            LocalProtocolError: Called twice, or by a server.
        """
        if not self._is_client or self._state is not COTPState.IDLE:
            raise LocalProtocolError(self._state.value, "connect")
        self._state = COTPState.EXPECT_CONFIRM
        request = ConnectTPDU(
            is_request=True,
            destination_reference=0,
            source_reference=1,
            class_and_option=0,
            tpdu_size_code=self._config.tpdu_size_code,
            calling_tsap=self._config.local_tsap,
            called_tsap=self._config.remote_tsap,
        )
        return encode_packet(encode_tpdu(request))

    def send(self, spdu: bytes) -> bytes:
        """Return the packets that carry one SPDU, segmented to the negotiated TPDU size.

        Raises:
            LocalProtocolError: The connection is not open.
            TransportError: The SPDU is longer than ``max_spdu_octets``.
        """
        if self._state is not COTPState.CONNECTED:
            raise LocalProtocolError(self._state.value, "send")
        if not spdu or len(spdu) > self._config.max_spdu_octets:
            raise TransportError(f"an SPDU of {len(spdu)} octets cannot be sent")
        step = self.tpdu_octets - DT_HEADER_OCTETS
        return b"".join(
            encode_packet(encode_tpdu(DataTPDU(at + step >= len(spdu), spdu[at : at + step])))
            for at in range(0, len(spdu), step)
        )

    def receive_data(self, octets: bytes) -> None:
        """Take octets of the stream, in order; ``next_event`` tells what they mean."""
        if self._state is not COTPState.CLOSED:
            self._reader.receive_data(octets)

    def next_event(self) -> COTPEvent | None:
        """Return what happened next, or None until more octets arrive.

        Raises:
            DecodeError: The peer broke TPKT or COTP, or a limit was passed. The connection is
                closed; the stream must be closed too.
        """
        try:
            while self._state is not COTPState.CLOSED:
                tpdu = self._reader.next_packet()
                if tpdu is None:
                    return None
                event = self._receive(decode_tpdu(tpdu))
                if event is not None:
                    return event
        except DecodeError:
            self.close()
            raise
        return None

    def disconnect(self, reason: DisconnectReason) -> bytes:
        """Close and return the packet with the DR; empty when the connection is not open."""
        if self._state is not COTPState.CONNECTED:
            return b""
        self.close()
        return encode_packet(encode_tpdu(DisconnectTPDU(reason)))

    def close(self) -> None:
        """Forget everything; nothing can be sent or received any more."""
        self._state = COTPState.CLOSED
        self._segments.clear()
        self._segment_octets = 0

    def _receive(self, tpdu: TPDU) -> COTPEvent | None:
        if isinstance(tpdu, DataTPDU) and self._state is COTPState.CONNECTED:
            return self._receive_data_tpdu(tpdu)
        if isinstance(tpdu, ConnectTPDU):
            if tpdu.is_request and not self._is_client and self._state is COTPState.IDLE:
                return self._accept(tpdu)
            if not tpdu.is_request and self._state is COTPState.EXPECT_CONFIRM:
                return self._confirm(tpdu)
        if isinstance(tpdu, DisconnectTPDU | ErrorTPDU):
            self.close()
            reason = tpdu.reason if isinstance(tpdu, DisconnectTPDU) else tpdu.cause
            return TransportDisconnected(reason)
        raise DecodeError(
            f"{type(tpdu).__name__} is not expected in state {self._state.value}", 0, ("TPDU",)
        )

    def _receive_data_tpdu(self, tpdu: DataTPDU) -> COTPEvent | None:
        # Without this an endless row of empty segments would be accepted work for nothing.
        if not tpdu.data and not tpdu.is_last:
            raise DecodeError("empty segment that is not the last", 3, ("DT",))
        self._segment_octets += len(tpdu.data)
        if self._segment_octets > self._config.max_spdu_octets:
            raise DecodeError(
                f"SPDU is longer than the limit of {self._config.max_spdu_octets}", 3, ("DT",)
            )
        self._segments.append(tpdu.data)
        if not tpdu.is_last:
            return None
        spdu = b"".join(self._segments)
        self._segments.clear()
        self._segment_octets = 0
        if not spdu:
            raise DecodeError("empty SPDU", 3, ("DT",))
        return SPDUReceived(spdu)

    def _accept(self, request: ConnectTPDU) -> COTPEvent:
        # Bits 5-8 are the preferred class; anything may fall back to class 0 only when the
        # requester lists it, and no peer of this protocol offers another class.
        if request.class_and_option & 0xF0:
            raise DecodeError("transport class is not 0", 6, ("CR",))
        if self._config.checks_called_tsap and request.called_tsap != self._config.local_tsap:
            self.close()
            reason = DisconnectReason.ADDRESS_UNKNOWN
            refusal = encode_tpdu(DisconnectTPDU(reason, request.source_reference))
            return TransportDisconnected(reason, encode_packet(refusal))
        # RFC 1006, 5: over TCP an absent parameter means up to 65531 octets, not the 128 of X.224.
        proposed = request.tpdu_size_code
        self._size_code = min(self._config.tpdu_size_code, proposed or MAX_TPDU_SIZE_CODE)
        self._state = COTPState.CONNECTED
        confirm = ConnectTPDU(
            is_request=False,
            destination_reference=request.source_reference,
            source_reference=1,
            class_and_option=0,
            tpdu_size_code=None if proposed is None else self._size_code,
            calling_tsap=request.calling_tsap,
            called_tsap=request.called_tsap,
        )
        return TransportConnected(encode_packet(encode_tpdu(confirm)))

    def _confirm(self, confirm: ConnectTPDU) -> COTPEvent:
        if confirm.class_and_option & 0xF0:
            raise DecodeError("transport class is not 0", 6, ("CC",))
        # X.224: an absent parameter in the CC accepts what the CR proposed.
        if confirm.tpdu_size_code is not None:
            if confirm.tpdu_size_code > self._config.tpdu_size_code:
                raise DecodeError("TPDU size is larger than proposed", 0, ("CC",))
            self._size_code = confirm.tpdu_size_code
        self._state = COTPState.CONNECTED
        return TransportConnected()
