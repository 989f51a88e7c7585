"""What the two handlers said to each other: one record per EnvPDU, with clauses.

An observer of both gateway halves. A record is complete when the receiver has handled the EnvPDU,
and names the transitions on both sides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from iec62351_4.environment.envelope import Envelope
from iec62351_4.handlers import native_messages as native
from iec62351_4.handlers.association import SignedMessage
from iec62351_4.handlers.configuration import NativeConfig
from iec62351_4.handlers.outputs import Deliver, Indicate, Indication, Log, Send
from iec62351_4.transport.security import Step

NOTHING = "-"
_VIEW, _WITHOUT = "View", "WithoutSecPDUView"


@dataclass(frozen=True, slots=True)
class Taken:
    """A transition that was taken."""

    id: str
    clause: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One EnvPDU from one handler to the other."""

    time_ms: int
    """Since the recording began."""
    sender: str
    """``client`` or ``server``."""
    carrier: str
    """The APDU, e.g. ``AARQ``."""
    secpdu: str
    """Name of the SecPDU, or ``-``."""
    protection: str
    """By what it is protected, in the spelling of the standard."""
    notes: tuple[str, ...]
    """Fields of ClearToken2 that belong to a change of keys."""
    sent_by: tuple[Taken, ...]
    received_by: tuple[Taken, ...]
    octets: int
    """Of the SecPDU, or of the MMSpdu and authentication value where there is none."""
    pdu: str
    """In hexadecimal: the SecPDU, or the authentication value of the A-profile, or the MMSpdu;
    empty where there is none. What ``interlock decode --as secpdu`` reads."""
    mms_octets: int | None
    """Of the MMSpdu that the receiver got out of it; None when there is none."""


@dataclass(frozen=True, slots=True)
class _Sent:
    time_ms: int
    rows: tuple[Taken, ...]


class Recording:
    """Collects; ``observe`` is the observer of both halves. ``clock`` gives milliseconds."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock, self._begin = clock, clock()
        self._under_way: dict[str, deque[_Sent]] = {"client": deque(), "server": deque()}
        self._suite = ""
        self.exchanges: list[Exchange] = []
        self.rekeys = {"client": 0, "server": 0}
        self.events: list[dict[str, str]] = []
        """Security events that the handlers logged."""
        self.releases: set[str] = set()
        """Roles that were told of an orderly release."""

    def observe(self, step: Step) -> None:
        """Take one step of a handler."""
        rows = _rows(step)
        if step.received is not None:
            self._receive(step, rows)
        for output in step.outputs:
            match output:
                case Send():
                    self._under_way[step.role].append(_Sent(self._now(), rows))
                case Log(event):
                    self.events.append({"id": event.id, "text": event.text, "role": step.role})
                case Indicate(kind=Indication.REKEYED):
                    self.rekeys[step.role] += 1
                case Indicate(kind=Indication.RELEASED):
                    self.releases.add(step.role)
                case _:
                    pass

    def _now(self) -> int:
        return self._clock() - self._begin

    def _receive(self, step: Step, rows: tuple[Taken, ...]) -> None:
        envelope = step.received
        assert envelope is not None
        sender = "server" if step.role == "client" else "client"
        if not self._under_way[sender]:
            return  # from neither of the two halves
        sent = self._under_way[sender].popleft()
        is_native = isinstance(step.machine.config, NativeConfig)
        secpdu, protection, notes = self._native(envelope) if is_native else _compat(envelope)
        self.exchanges.append(
            Exchange(
                time_ms=sent.time_ms,
                sender=sender,
                carrier=envelope.carrier.value,
                secpdu=secpdu,
                protection=protection,
                notes=notes,
                sent_by=sent.rows,
                received_by=rows,
                octets=_octets(envelope),
                pdu=_pdu(envelope).hex(),
                mms_octets=_mms_octets(step),
            )
        )

    def _native(self, envelope: Envelope) -> tuple[str, str, tuple[str, ...]]:
        """Name, protection and notes of an EnvPDU of native mode."""
        message = native.read_message(envelope, 0)
        name = type(message).__name__
        if message is None or name.endswith(_WITHOUT):
            return NOTHING, NOTHING, ()
        if isinstance(message, native.HandshakeAccView):
            self._suite = _suite(message)
        protection = NOTHING
        notes: tuple[str, ...] = ()
        if isinstance(message, SignedMessage):
            protection = message.signature_algorithm
        elif isinstance(message, native.EncrTransferView):
            protection, notes = self._suite, _notes(message)
        elif isinstance(message, native.ClearTransferView):
            protection, notes = message.icv_algorithm.value, _notes(message)
        return name.removesuffix(_VIEW), protection, notes


def _suite(accepted: native.HandshakeAccView) -> str:
    """The algorithms of data transfer that a HandshakeAcc has chosen."""
    if accepted.aead_algorithms:
        return accepted.aead_algorithms[0].value
    names = [a.value for a in (*accepted.encryption_algorithms, *accepted.icv_algorithms)]
    return " + ".join(names)


def _notes(message: native.ClearTransferView | native.EncrTransferView) -> tuple[str, ...]:
    facts = (
        (message.has_rekey, "rekey"),
        (message.req_rekey, "reqRekey"),
        (message.changed_key, "changedKey"),
    )
    return tuple(text for is_so, text in facts if is_so)


def _compat(envelope: Envelope) -> tuple[str, str, tuple[str, ...]]:
    """Compatibility mode has no SecPDUs and protects no data: see 62351-4, 11.2."""
    if envelope.authentication_value is None:
        return NOTHING, NOTHING, ()
    return NOTHING, "A-profile (time signed)", ()


def _rows(step: Step) -> tuple[Taken, ...]:
    """The transitions of a step; reactions inside them are left out."""
    table = step.machine.ROWS
    return tuple(Taken(id, table[id].clause) for id in step.rows if id in table)


def _octets(envelope: Envelope) -> int:
    value = envelope.authentication_value or b""
    return len(value) + sum(len(u.octets) for u in envelope.user_information)


def _pdu(envelope: Envelope) -> bytes:
    if envelope.authentication_value is not None:
        return envelope.authentication_value
    return b"".join(u.octets for u in envelope.user_information[:1])


def _mms_octets(step: Step) -> int | None:
    """What the step handed on of the protected protocol."""
    for output in step.outputs:
        if isinstance(output, Deliver):
            return len(output.octets)
        if isinstance(output, Indicate) and output.octets is not None:
            return len(output.octets)
    return None
