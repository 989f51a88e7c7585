"""From octets to an annotated tree: which layer they begin with, and what is inside.

Nothing here refuses: a fault ends reading, and what was read before it stays.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from interlock.core.diagnostics import similar_name_help
from interlock.core.errors import UsageError
from interlock.decode.environment import ACSE, APROFILE, E2E, MMS, OSI, PRESENTATION, Environment
from interlock.decode.interpreter import UNKNOWN, Interpreter
from interlock.decode.layers import PRESENTATION_TYPE, SPDUS, read_session, read_tpkt
from interlock.decode.octets import Octets
from interlock.decode.signatures import verdicts
from interlock.decode.tree import Decoded, MalformedError, Node
from interlock.spec import Specification

MAX_INPUT_OCTETS = 1 << 20
LAYERS = ("auto", "tpkt", "session", "presentation", "acse", "secpdu")
"""What the octets may be said to begin with; a definition ``Module.Type`` is understood as well."""

_PPDUS = ("CP-type", "CPA-PPDU", "CPR-PPDU", "Abort-type", "User-data")
_SECPDUS = (
    f"{E2E}.HandshakeReq", f"{E2E}.HandshakeRsp", f"{OSI}.AbortInformation", f"{E2E}.ReleaseReq",
    f"{E2E}.ReleaseRsp", f"{E2E}.EncrTransfer", f"{E2E}.ClearTransfer", f"{E2E}.HandshakeAcc",
    f"{E2E}.ApplicationReject", f"{E2E}.HandshakeSecReject", f"{E2E}.HandshakeSecAbort",
    f"{E2E}.DtSecAbort", f"{E2E}.ApplAbort", f"{APROFILE}.MMS-Authentication-value",
)  # fmt: skip


def decode(spec: Specification, data: bytes, layer: str = "auto") -> Decoded:
    """Decode octets as far as they go.

    Args:
        spec: Tables and modules, with the assumptions in force.
        data: The input, at most ``MAX_INPUT_OCTETS``.
        layer: One of ``LAYERS``, or the key of an ASN.1 definition.

    Raises:
        UsageError: There is no such layer or definition.
    """
    known = (*LAYERS, *spec.asn1.types)
    if layer not in known:
        help_ = similar_name_help(layer, known) or f"known: {', '.join(LAYERS)}, or Module.Type"
        raise UsageError(f'cannot decode as "{layer}": {help_}')
    if not data:
        return Decoded(fault=MalformedError("input is empty", 0))
    if len(data) > MAX_INPUT_OCTETS:
        reason = f"input of {len(data)} octets; at most {MAX_INPUT_OCTETS} are read"
        return Decoded(fault=MalformedError(reason, 0))
    if layer == "auto":
        layer = _recognised(data)
    if layer == "tpkt":
        return _Run(spec).layered(data, read_tpkt_into)
    if layer == "session":
        return _Run(spec).layered(data, read_session_into)
    return _best(spec, data, _candidates(spec, layer))


def _recognised(data: bytes) -> str:
    """Tell TPKT and session from ASN.1 by what only they begin with."""
    if data[:2] == b"\x03\x00" and len(data) >= 4:
        return "tpkt"
    if data[:4] == b"\x01\x00\x01\x00":
        return "session"
    long_form = len(data) > 3 and data[1] == 0xFF
    length = int.from_bytes(data[2:4], "big") + 4 if long_form else (data[1:2] or b"\0")[0] + 2
    if data[0] in SPDUS and length == len(data):
        return "session"
    return "asn1"


def _candidates(spec: Specification, layer: str) -> Sequence[str]:
    table = {
        "presentation": tuple(f"{PRESENTATION}.{name}" for name in _PPDUS),
        "acse": (f"{ACSE}.ACSE-apdu",),
        "secpdu": _SECPDUS,
    }
    everything = (*table["presentation"], *table["acse"], *_SECPDUS, f"{MMS}.MMSpdu")
    keys = everything if layer == "asn1" else table.get(layer, (layer,))
    return [key for key in keys if key in spec.asn1.types]


def _best(spec: Specification, data: bytes, keys: Sequence[str]) -> Decoded:
    """The reading that goes furthest; the first of equal ones, with the others named."""
    readings = [(key, _Run(spec).typed(data, key)) for key in keys]

    def rank(decoded: Decoded) -> tuple[bool, int, int]:
        nodes = [node for root in decoded.nodes for _, node in root.walk()]
        # an extensible type takes nearly everything; what it does not know is no good reading
        doubts = len(decoded.problems) + sum(node.name in UNKNOWN for node in nodes)
        reached = max((node.offset for node in nodes), default=0)
        if decoded.fault is None:
            return True, -doubts, 0
        return False, reached, -doubts

    best_key, best = max(readings, key=lambda reading: rank(reading[1]))
    equal = [
        spec.asn1.types[key].name
        for key, other in readings
        if key != best_key and other.fault is None and rank(other) == rank(best)
    ]
    if best.fault is None and equal and best.nodes:
        best.nodes[0].notes.append(f"can also be read as {', '.join(equal)}")
    return best


Read = Callable[["_Run", Octets], None]


def read_tpkt_into(run: _Run, octets: Octets) -> None:
    """Read a TPKT stream into the result of ``run``."""
    read_tpkt(octets, run.result.nodes, run.presentation)


def read_session_into(run: _Run, octets: Octets) -> None:
    """Read one SPDU into the result of ``run``."""
    root = Node("input", 0, len(octets.data))
    try:
        read_session(octets, 0, len(octets.data), root, run.presentation)
        octets.refuse_overruns()
    finally:
        run.result.nodes.extend(root.children)


class _Run:
    """One reading of the input."""

    def __init__(self, spec: Specification) -> None:
        self._spec = spec
        self._environment = Environment(spec)
        self.result = Decoded()

    def layered(self, data: bytes, read: Read) -> Decoded:
        """Begin with a layer below ASN.1."""
        return self._guarded(partial(read, self, Octets(data)))

    def typed(self, data: bytes, key: str) -> Decoded:
        """Begin with an ASN.1 definition."""
        root = Node("input", 0, len(data))
        octets = Octets(data)
        try:
            return self._guarded(partial(self._typed, octets, 0, len(data), root, key))
        finally:
            self.result.nodes.extend(root.children)

    def _guarded(self, read: Callable[[], None]) -> Decoded:
        try:
            read()
        except MalformedError as problem:
            self.result.fault = problem
        return self.result

    def presentation(self, octets: Octets, start: int, stop: int, parent: Node, spdu: str) -> None:
        """Read presentation data of an SPDU."""
        key = f"{PRESENTATION}.{PRESENTATION_TYPE[spdu]}"
        if start < stop:
            self._typed(octets, start, stop, parent, key, (spdu,))

    def _typed(
        self,
        octets: Octets,
        start: int,
        stop: int,
        parent: Node,
        key: str,
        path: tuple[str, ...] = (),
    ) -> None:
        interpreter = Interpreter(self._environment, octets, self.result.problems, path)
        before = len(parent.children)
        try:
            interpreter.definition(key, start, stop, parent)
        finally:
            for child in parent.children[before:]:
                found = verdicts(self._spec, self._environment.values, octets, child)
                self.result.signatures.extend(found)
