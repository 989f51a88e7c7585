"""Session SPDUs: CONNECT, ACCEPT, REFUSE, FINISH, DISCONNECT, ABORT, DATA TRANSFER and kin.

Owns the encoding of one SPDU (kernel and duplex functional units, version 2). Which SPDU is
allowed when is decided in ``osi``.

Source: X.225, 8.3 (SPDUs) and 8.2 (lengths); octets of CONNECT and ACCEPT as captured.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum, IntFlag

from iec62351_4.errors import DecodeError, TransportError


class SI(IntEnum):
    """SPDU identifiers. GIVE TOKENS and DATA TRANSFER share 1: position tells them apart."""

    DATA_TRANSFER = 0x01
    NOT_FINISHED = 0x08
    FINISH = 0x09
    DISCONNECT = 0x0A
    REFUSE = 0x0C
    CONNECT = 0x0D
    ACCEPT = 0x0E
    ABORT = 0x19
    ABORT_ACCEPT = 0x1A


class PI(IntEnum):
    """Identifiers of parameters and parameter groups."""

    CONNECTION_IDENTIFIER = 0x01
    CONNECT_ACCEPT_ITEM = 0x05
    TRANSPORT_DISCONNECT = 0x11
    PROTOCOL_OPTIONS = 0x13
    SESSION_REQUIREMENTS = 0x14
    TSDU_MAXIMUM_SIZE = 0x15
    VERSION_NUMBER = 0x16
    ENCLOSURE_ITEM = 0x19
    REASON_CODE = 0x32
    CALLING_SESSION_SELECTOR = 0x33
    CALLED_SESSION_SELECTOR = 0x34
    USER_DATA = 0xC1
    EXTENDED_USER_DATA = 0xC2


class AbortFlags(IntFlag):
    """Transport Disconnect parameter of ABORT, FINISH and REFUSE."""

    TRANSPORT_RELEASED = 0x01
    USER_ABORT = 0x02
    PROTOCOL_ERROR = 0x04
    NO_REASON = 0x08


class UserDataForm(Enum):
    """How the user data of CONNECT and ACCEPT is written; both forms are always read."""

    AUTO = "auto"
    """C1 up to 512 octets, C2 beyond, as X.225 has it and both captured peers do."""
    C1 = "c1"
    """INTEROP: User Data (C1) at any length: open61850 and hat-drivers do not read C2."""
    C2 = "c2"
    """Extended User Data (C2) at any length."""


DUPLEX = 0x0002
VERSION_2 = 0x02
MAX_C1_OCTETS = 512
MAX_CONNECT_USER_DATA_OCTETS = 10240
"""X.225: more would need the CONNECT DATA OVERFLOW SPDU, which no known peer implements."""
REFUSED_BY_USER_WITH_DATA = 2
"""REFUSE reason code that is followed by user data inside the same parameter."""
GIVE_TOKENS = b"\x01\x00"
PLEASE_TOKENS = b"\x02\x00"
DATA_TRANSFER_HEADER = GIVE_TOKENS + b"\x01\x00"
MAX_PARAMETERS = 32
ENCLOSURE_WHOLE = 0x03


@dataclass(frozen=True, slots=True)
class SPDU:
    """One SPDU; parameters that its type does not have stay None."""

    si: SI
    protocol_options: int | None = None
    """CONNECT, ACCEPT: bit 0 is extended concatenation."""
    version_number: int | None = None
    """CONNECT, ACCEPT, REFUSE: bit n-1 is version n."""
    tsdu_maximum_size: bytes | None = None
    requirements: int | None = None
    """Session user requirements, 16 bits; ``DUPLEX`` is what MMS uses."""
    calling_selector: bytes | None = None
    called_selector: bytes | None = None
    """CONNECT: called; ACCEPT: responding session selector."""
    transport_disconnect: int | None = None
    """FINISH, ABORT, REFUSE: see ``AbortFlags``."""
    reason: int | None = None
    """REFUSE: first octet of the reason code."""
    user_data: bytes | None = field(default=None, repr=False)
    """Presentation PPDU. DATA TRANSFER: user information. REFUSE: what follows reason 2."""
    user_data_is_extended: bool = False
    """CONNECT, ACCEPT: it came as Extended User Data (C2)."""


_SELECTOR_OCTETS = 16
# Which parameters an SPDU may have at its outer level; others are skipped when well formed, as
# X.225 asks a receiver to do with parameters of functional units that it does not have.
_KNOWN_NESTED = {
    PI.PROTOCOL_OPTIONS: "protocol_options",
    PI.TSDU_MAXIMUM_SIZE: "tsdu_maximum_size",
    PI.VERSION_NUMBER: "version_number",
}
_FIXED_OCTETS = {
    PI.PROTOCOL_OPTIONS: 1,
    PI.VERSION_NUMBER: 1,
    PI.SESSION_REQUIREMENTS: 2,
    PI.TRANSPORT_DISCONNECT: 1,
    PI.ENCLOSURE_ITEM: 1,
    PI.TSDU_MAXIMUM_SIZE: 4,
}


def _length(octets: bytes, at: int, end: int, name: str) -> tuple[int, int]:
    """Read a length indicator; return (length, offset of what follows)."""
    if at >= end:
        raise DecodeError("length indicator is missing", at, (name,))
    length = octets[at]
    at += 1
    if length == 0xFF:
        if at + 2 > end:
            raise DecodeError("three-octet length indicator is cut off", at, (name,))
        length = octets[at] << 8 | octets[at + 1]
        at += 2
    if at + length > end:
        raise DecodeError("length runs past the end", at, (name,))
    return length, at


def _parameters(octets: bytes, at: int, end: int, name: str) -> dict[int, tuple[int, int]]:
    """Map each parameter identifier of ``octets[at:end]`` to (start, end) of its value."""
    found: dict[int, tuple[int, int]] = {}
    while at < end:
        identifier = octets[at]
        length, start = _length(octets, at + 1, end, name)
        if identifier in found:
            raise DecodeError(f"parameter {identifier:#04x} twice", at, (name,))
        if len(found) == MAX_PARAMETERS:
            raise DecodeError(f"more than {MAX_PARAMETERS} parameters", at, (name,))
        fixed = _FIXED_OCTETS.get(identifier)  # type: ignore[call-overload]
        if fixed is not None and length != fixed:
            raise DecodeError(f"parameter {identifier:#04x} is not {fixed} octets", at, (name,))
        found[identifier] = (start, start + length)
        at = start + length
    return found


def decode_spdu(octets: bytes) -> SPDU:
    """Decode what one TSDU holds: one SPDU, or GIVE/PLEASE TOKENS with a DATA TRANSFER.

    Raises:
        DecodeError: Not an SPDU of the kernel, or its parameters are damaged.
    """
    if octets[:2] in (GIVE_TOKENS, PLEASE_TOKENS):
        return _decode_data_transfer(octets)
    if not octets:
        raise DecodeError("empty SPDU", 0, ("SPDU",))
    try:
        si = SI(octets[0])
    except ValueError:
        raise DecodeError(f"SPDU identifier {octets[0]:#04x} is unknown", 0, ("SPDU",)) from None
    if si is SI.DATA_TRANSFER:
        # Category 2: X.225 always concatenates it behind GIVE TOKENS or PLEASE TOKENS.
        raise DecodeError("DATA TRANSFER without GIVE TOKENS", 0, (si.name,))
    length, start = _length(octets, 1, len(octets), si.name)
    if start + length != len(octets):
        raise DecodeError("octets follow the SPDU", start + length, (si.name,))
    return _decode_parameters(si, octets, start)


def _decode_data_transfer(octets: bytes) -> SPDU:
    name = SI.DATA_TRANSFER.name
    if len(octets) < 4 or octets[2] != SI.DATA_TRANSFER:
        raise DecodeError("no DATA TRANSFER behind the token SPDU", 2, (name,))
    length, start = _length(octets, 3, len(octets), name)
    found = _parameters(octets, start, start + length, name)
    enclosure = found.get(PI.ENCLOSURE_ITEM)
    # Segmenting needs a TSDU maximum size in CONNECT and ACCEPT; we never offer one.
    if enclosure is not None and octets[enclosure[0]] & 0x03 != ENCLOSURE_WHOLE:
        raise DecodeError("segmented SSDU, but segmenting was not agreed", enclosure[0], (name,))
    return SPDU(SI.DATA_TRANSFER, user_data=octets[start + length :])


def _decode_parameters(si: SI, octets: bytes, start: int) -> SPDU:
    found = _parameters(octets, start, len(octets), si.name)
    group = found.get(PI.CONNECT_ACCEPT_ITEM)
    if group is not None:
        nested = _parameters(octets, group[0], group[1], si.name)
        found.update({pi: nested[pi] for pi in _KNOWN_NESTED if pi in nested})

    def value(pi: PI) -> bytes | None:
        place = found.get(pi)
        return None if place is None else octets[place[0] : place[1]]

    def number(pi: PI) -> int | None:
        content = value(pi)
        return None if content is None else int.from_bytes(content, "big")

    for pi in (PI.CALLING_SESSION_SELECTOR, PI.CALLED_SESSION_SELECTOR):
        if len(value(pi) or b"") > _SELECTOR_OCTETS:
            raise DecodeError("session selector is longer than 16 octets", found[pi][0], (si.name,))
    if PI.USER_DATA in found and PI.EXTENDED_USER_DATA in found:
        place = found[PI.EXTENDED_USER_DATA][0]
        raise DecodeError("User Data and Extended User Data together", place, (si.name,))
    extended = value(PI.EXTENDED_USER_DATA)
    user_data = value(PI.USER_DATA) if extended is None else extended
    if si in (SI.CONNECT, SI.ACCEPT) and len(user_data or b"") > MAX_CONNECT_USER_DATA_OCTETS:
        raise DecodeError("more than 10240 octets of user data", start, (si.name,))
    reason_code = value(PI.REASON_CODE) if si is SI.REFUSE else None
    if reason_code is not None:
        if not reason_code:
            raise DecodeError("reason code is empty", found[PI.REASON_CODE][0], (si.name,))
        if reason_code[0] == REFUSED_BY_USER_WITH_DATA and len(reason_code) > 1:
            user_data = reason_code[1:]
    return SPDU(
        si=si,
        protocol_options=number(PI.PROTOCOL_OPTIONS),
        version_number=number(PI.VERSION_NUMBER),
        tsdu_maximum_size=value(PI.TSDU_MAXIMUM_SIZE),
        requirements=number(PI.SESSION_REQUIREMENTS),
        calling_selector=value(PI.CALLING_SESSION_SELECTOR),
        called_selector=value(PI.CALLED_SESSION_SELECTOR),
        transport_disconnect=number(PI.TRANSPORT_DISCONNECT),
        reason=reason_code[0] if reason_code else None,
        user_data=user_data,
        user_data_is_extended=extended is not None,
    )


def _encode_item(identifier: int, content: bytes) -> bytes:
    """Identifier, length indicator in its shortest form, content."""
    if len(content) < 0xFF:
        return bytes((identifier, len(content))) + content
    if len(content) > 0xFFFF:
        raise TransportError(f"{len(content)} octets do not fit into a session parameter")
    return bytes((identifier, 0xFF, len(content) >> 8, len(content) & 0xFF)) + content


def encode_spdu(spdu: SPDU, form: UserDataForm = UserDataForm.AUTO) -> bytes:
    """Encode one SPDU; a DATA TRANSFER comes with its GIVE TOKENS.

    Args:
        spdu: What to encode; ``user_data_is_extended`` is ignored, ``form`` decides.
        form: How user data of CONNECT and ACCEPT is written. All other SPDUs have only C1.

    Raises:
        TransportError: Something is too long for its field.
    """
    if spdu.si is SI.DATA_TRANSFER:
        return DATA_TRANSFER_HEADER + (spdu.user_data or b"")
    item = b""
    if spdu.protocol_options is not None:
        item += _encode_item(PI.PROTOCOL_OPTIONS, bytes((spdu.protocol_options,)))
    if spdu.tsdu_maximum_size is not None:
        item += _encode_item(PI.TSDU_MAXIMUM_SIZE, spdu.tsdu_maximum_size)
    version = None if spdu.version_number is None else bytes((spdu.version_number,))
    if version is not None and spdu.si is not SI.REFUSE:
        item += _encode_item(PI.VERSION_NUMBER, version)
    parts = [_encode_item(PI.CONNECT_ACCEPT_ITEM, item)] if item else []
    if spdu.transport_disconnect is not None:
        parts.append(_encode_item(PI.TRANSPORT_DISCONNECT, bytes((spdu.transport_disconnect,))))
    if spdu.requirements is not None:
        parts.append(_encode_item(PI.SESSION_REQUIREMENTS, spdu.requirements.to_bytes(2, "big")))
    if version is not None and spdu.si is SI.REFUSE:
        parts.append(_encode_item(PI.VERSION_NUMBER, version))
    for pi, selector in (
        (PI.CALLING_SESSION_SELECTOR, spdu.calling_selector),
        (PI.CALLED_SESSION_SELECTOR, spdu.called_selector),
    ):
        if selector is not None:
            if len(selector) > _SELECTOR_OCTETS:
                raise TransportError("a session selector is longer than 16 octets")
            parts.append(_encode_item(pi, selector))
    parts.extend(_encode_user_data(spdu, form))
    return _encode_item(spdu.si, b"".join(parts))


def _encode_user_data(spdu: SPDU, form: UserDataForm) -> list[bytes]:
    if spdu.si is SI.REFUSE:
        if spdu.reason is None:
            return []
        return [_encode_item(PI.REASON_CODE, bytes((spdu.reason,)) + (spdu.user_data or b""))]
    if spdu.user_data is None:
        return []
    if spdu.si not in (SI.CONNECT, SI.ACCEPT):
        return [_encode_item(PI.USER_DATA, spdu.user_data)]
    octets = len(spdu.user_data)
    if octets > MAX_CONNECT_USER_DATA_OCTETS:
        raise TransportError(f"{octets} octets of user data are above the limit of 10240")
    is_extended = form is UserDataForm.C2 or (form is UserDataForm.AUTO and octets > MAX_C1_OCTETS)
    return [_encode_item(PI.EXTENDED_USER_DATA if is_extended else PI.USER_DATA, spdu.user_data)]
