"""The layers below ASN.1: TPKT, COTP class 0 and session, each element with its offset.

Source: RFC 1006, 6; X.224, 13; X.225, 8.
"""

from __future__ import annotations

from collections.abc import Callable

from interlock.decode.octets import Octets
from interlock.decode.tree import MalformedError, Node
from interlock.decode.values import octets_text

_TPDUS = {0xE0: "CR", 0xD0: "CC", 0x80: "DR", 0xF0: "DT", 0x70: "ER"}
_FIXED = {"CR": 5, "CC": 5, "DR": 5, "DT": 1, "ER": 3}  # octets between code and parameters
_TPDU_PARAMETERS = {0xC0: "TPDU-size", 0xC1: "calling-TSAP", 0xC2: "called-TSAP"}
_END_OF_TSDU = 0x80

SPDUS = {
    0x01: "DATA TRANSFER",
    0x08: "NOT FINISHED",
    0x09: "FINISH",
    0x0A: "DISCONNECT",
    0x0C: "REFUSE",
    0x0D: "CONNECT",
    0x0E: "ACCEPT",
    0x19: "ABORT",
    0x1A: "ABORT ACCEPT",
}
# what the user data of an SPDU is: a definition of ISO8823-PRESENTATION
PRESENTATION_TYPE = {
    "DATA TRANSFER": "User-data",
    "FINISH": "User-data",
    "DISCONNECT": "User-data",
    "NOT FINISHED": "User-data",
    "CONNECT": "CP-type",
    "ACCEPT": "CPA-PPDU",
    "REFUSE": "CPR-PPDU",
    "ABORT": "Abort-type",
}
_PARAMETERS = {
    0x01: "connection identifier",
    0x05: "connect/accept item",
    0x11: "transport disconnect",
    0x13: "protocol options",
    0x14: "session user requirements",
    0x15: "TSDU maximum size",
    0x16: "version number",
    0x17: "initial serial number",
    0x19: "enclosure item",
    0x1A: "token setting item",
    0x31: "reflect parameter values",
    0x32: "reason code",
    0x33: "calling session selector",
    0x34: "called session selector",
    0xC1: "user data",
    0xC2: "extended user data",
}
_GROUPS = frozenset({0x01, 0x05})
_USER_DATA = frozenset({0xC1, 0xC2})
_REASON_CODE = 0x32
_REFUSED_WITH_DATA = 2
_TOKENS = frozenset({0x01, 0x02})

# (octets, start, stop, node, SPDU) of presentation data
Inner = Callable[[Octets, int, int, Node, str], None]


def read_tpkt(octets: Octets, parents: list[Node], inner: Inner) -> None:
    """Read a stream of TPKTs; an SPDU that several of them carry is joined.

    Raises:
        MalformedError: The stream is not TPKT, or ends inside a packet or an SPDU.
    """
    data, at = octets.data, 0
    parts: list[tuple[int, bytes]] = []
    while at < len(data):
        if len(data) - at < 4:
            raise MalformedError("input ends inside the header", octets.at(at), ("TPKT",))
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        node = Node("TPKT", octets.at(at), length, 4, clause="RFC1006")
        parents.append(node)
        if data[at] != 3:
            raise MalformedError(f"version is {data[at]}, not 3", octets.at(at), ("TPKT",))
        if length < 7:
            raise MalformedError(f"length {length} is below 7", octets.at(at + 2), ("TPKT",))
        if at + length > len(data):
            reason = f"length {length} where {len(data) - at} octets are left"
            octets.overruns.append(MalformedError(reason, octets.at(at + 2), ("TPKT",)))
        node.value = f"{length} octets"
        part, is_last = _tpdu(octets, at + 4, min(at + length, len(data)), node)
        if part is not None:
            parts.append(part)
        if part is not None and is_last:
            joined = Octets.joined(parts)
            if len(parts) > 1:
                node.notes.append(f"last of {len(parts)} segments")
            parts = []
            read_session(joined, 0, len(joined.data), node, inner)
            joined.refuse_overruns()
        at += length
    octets.refuse_overruns()
    if parts:
        raise MalformedError("input ends before the last segment", octets.at(at), ("TPKT", "COTP"))


def _tpdu(
    octets: Octets, start: int, stop: int, parent: Node
) -> tuple[tuple[int, bytes] | None, bool]:
    data = octets.data
    if start >= stop:
        raise MalformedError("input ends inside the packet", octets.at(start), ("TPKT",))
    header = data[start] + 1
    node = Node("COTP", octets.at(start), stop - start, header)
    parent.children.append(node)
    if header < 2 or start + header > stop:
        raise MalformedError("header length does not fit", octets.at(start), ("TPKT", "COTP"))
    name = _TPDUS.get(data[start + 1] & 0xF0)
    if name is None:
        reason = f"code {data[start + 1]:#04x} is not used in class 0"
        raise MalformedError(reason, octets.at(start + 1), ("TPKT", "COTP"))
    node.value = name
    if header < 2 + _FIXED[name]:
        raise MalformedError("header is too short", octets.at(start), ("TPKT", "COTP", name))
    if name == "DT":
        is_last = bool(data[start + 2] & _END_OF_TSDU)
        node.notes.append("end of the TSDU" if is_last else "more follows")
        body = start + header
        return (octets.at(body), data[body:stop]), is_last
    if name in ("CR", "CC"):
        _tpdu_parameters(octets, start + 7, start + header, node)
    return None, False


def _tpdu_parameters(octets: Octets, at: int, stop: int, node: Node) -> None:
    data = octets.data
    while at < stop:
        if at + 2 > stop or at + 2 + data[at + 1] > stop:
            raise MalformedError("parameter does not fit", octets.at(at), ("TPKT", "COTP"))
        code, length = data[at], data[at + 1]
        value = data[at + 2 : at + 2 + length]
        text = octets_text(value)
        if code == 0xC0 and length == 1 and value[0] <= 16:
            text = f"{2 ** value[0]} octets"
        name = _TPDU_PARAMETERS.get(code, f"parameter {code:#04x}")
        node.children.append(Node(name, octets.at(at), 2 + length, 2, value=text))
        at += 2 + length


# --- session -----------------------------------------------------------------------------------


def read_session(octets: Octets, start: int, stop: int, parent: Node, inner: Inner) -> None:
    """Read one TSDU: an SPDU, or a token SPDU with a DATA TRANSFER behind it.

    Raises:
        MalformedError: The octets are not an SPDU.
    """
    data = octets.data
    content, end, code = _header(octets, start, stop)
    is_data = code in _TOKENS and end < stop and data[end] == 0x01
    if is_data:
        content, end, code = _header(octets, end, stop)
    name = SPDUS.get(code)
    node = Node(
        name or "SPDU", octets.at(start), stop - start, content - start, f"SI {code}", "SPDU",
        clause="X.225",
    )  # fmt: skip
    parent.children.append(node)
    if name is None:
        raise MalformedError(
            f"SPDU identifier {code:#04x} is not known", octets.at(start), ("SPDU",)
        )
    _parameters(octets, content, end, node, name, inner)
    if is_data:
        inner(octets, end, stop, node, name)
    elif end != stop:
        raise MalformedError("octets behind the SPDU", octets.at(end), (name,))


def _header(octets: Octets, at: int, stop: int) -> tuple[int, int, int]:
    """Identifier and length indicator: where the contents begin and end, and the identifier."""
    data = octets.data
    if at + 2 > stop:
        raise MalformedError("input ends inside a header", octets.at(at), ("session",))
    code, length, content = data[at], data[at + 1], at + 2
    if length == 0xFF:
        if at + 4 > stop:
            raise MalformedError("input ends inside a length", octets.at(at + 1), ("session",))
        length, content = int.from_bytes(data[at + 2 : at + 4], "big"), at + 4
    if content + length > stop:
        reason = f"length {length} where {stop - content} octets are left"
        overrun = MalformedError(reason, octets.at(at + 1), ("session",))
        if stop != len(data):
            raise overrun
        octets.overruns.append(overrun)  # read on as far as there are octets
    return content, min(content + length, stop), code


def _parameters(
    octets: Octets,
    at: int,
    stop: int,
    node: Node,
    spdu: str,
    inner: Inner,
    *,
    in_group: bool = False,
) -> None:
    while at < stop:
        content, end, code = _header(octets, at, stop)
        name = _PARAMETERS.get(code, f"parameter {code:#04x}")
        child = Node(name, octets.at(at), end - at, content - at, f"PI {code}")
        node.children.append(child)
        first = octets.data[content] if content < end else None
        if code in _GROUPS and not in_group:  # groups hold parameters, no groups
            child.tag = f"PGI {code}"
            _parameters(octets, content, end, child, spdu, inner, in_group=True)
        elif code in _USER_DATA and spdu in PRESENTATION_TYPE:
            inner(octets, content, end, child, spdu)
        elif code == _REASON_CODE and first == _REFUSED_WITH_DATA:
            child.value = str(_REFUSED_WITH_DATA)
            inner(octets, content + 1, end, child, spdu)
        else:
            child.value = octets_text(octets.data[content:end])
        at = end
