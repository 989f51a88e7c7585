"""What all generated handlers share: atomic steps, the one place where the state changes.

Theory of operation
    A handler is a table of transitions. Every entry point (a received envelope, a call of the
    user, a timer, the transport) is one *step*: it runs to its end and its outputs are handed
    over, or it raises and nothing has changed: state, session variables and outputs are as
    before. Session values are immutable, so a shallow copy is enough to go back to.

    The state is assigned in ``_enter`` only, from the table that the model file spells. After
    ``closed`` nothing a peer sends has any effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Generic, TypeVar

from iec62351_4.environment.envelope import Envelope
from iec62351_4.errors import ConfigurationError, LocalProtocolError
from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.handlers.outputs import Deliver, Indicate, Indication, Log, Output, Send
from iec62351_4.handlers.services import DHKeyPairs, Keys, Services

StateT = TypeVar("StateT", bound=Enum)
SessionT = TypeVar("SessionT")
ConfigT = TypeVar("ConfigT")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the transition table; ``target`` is None where the state stays."""

    sources: tuple[str, ...]
    event: str
    target: str | None
    clause: str


@dataclass(frozen=True, slots=True)
class Event:
    """A security event that this machine can raise."""

    id: str
    mnemonic: str | None
    severity: Severity
    title: str


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed: what is logged, and what the peer may be told.

    ``diagnostic`` is a member of ``HandshakeDiagnostics`` or ``DtDiagnostics``, or None for an
    alarm condition; ``acse`` a member of ``AcseDiagnostic``, or None.
    """

    check: str
    words: str
    event: Event | None = None
    diagnostic: Any = None
    acse: Any = None


class Association(Generic[StateT, SessionT, ConfigT]):
    """Base of the generated handlers. Not for several threads at a time."""

    ROWS: ClassVar[Mapping[str, Row]] = {}
    STATES: ClassVar[type[Enum]] = Enum
    FINAL: ClassVar[str] = ""
    SECRETS: ClassVar[tuple[str, ...]] = ()
    """Session variables that hold keys or private values."""

    def __init__(
        self, config: ConfigT, services: Services, initial: StateT, session: SessionT
    ) -> None:
        self.config = config
        self.services = services
        self._state = initial
        self._session = session
        self._outputs: list[Output] = []
        self._taken: list[str] = []
        self._stepping = False

    # --- for the user ------------------------------------------------------------------------

    @property
    def state(self) -> StateT:
        """The present state."""
        return self._state

    @property
    def taken(self) -> tuple[str, ...]:
        """Ids of the transitions and reactions of the last step, in order."""
        return tuple(self._taken)

    def receive(self, envelope: Envelope, now: int) -> tuple[Output, ...]:
        """An EnvPDU has come from the peer; ``now`` in milliseconds since the epoch, UTC."""
        raise NotImplementedError

    # --- steps -------------------------------------------------------------------------------

    def _step(self, run: Callable[[], None]) -> tuple[Output, ...]:
        """Run one step: all of it, or nothing."""
        if self._stepping:
            raise LocalProtocolError(str(self._state.value), "call from within a step")
        before = (self._state, copy(self._session), self.services.mark())
        held = self._secrets()
        self._stepping = True
        self._taken = []
        self._outputs = []
        try:
            run()
        except BaseException:
            self._state, self._session, mark = before
            self.services.restore(mark)
            self._taken = []
            raise
        finally:
            self._stepping = False
            outputs, self._outputs = tuple(self._outputs), []
        self._forget(held)
        return outputs

    def _secrets(self) -> list[Keys | DHKeyPairs]:
        held = (getattr(self._session, name) for name in self.SECRETS)
        return [secret for secret in held if secret is not None]

    def _forget(self, held: list[Keys | DHKeyPairs]) -> None:
        """Overwrite what the step has replaced, and everything when the association is over."""
        if self._state.value == self.FINAL and self.SECRETS:
            held += self._secrets()
            for name in self.SECRETS:
                setattr(self._session, name, None)
            self.services.forget_opened()
        kept = {id(secret) for secret in self._secrets()}
        for secret in held:
            if id(secret) not in kept:
                secret.forget()

    def _enter(self, row: str, target: StateT) -> None:
        """Note that a row was taken, and be in its target state."""
        self._taken.append(row)
        self._state = target

    def _refuse_call(self, call: str) -> None:
        raise LocalProtocolError(str(self._state.value), call)

    def _hole(self, event: str) -> None:
        # The guards of a state and event exclude each other and leave nothing out; the solver
        # proves it on the model. Reaching this line is a fault of the generator.
        raise AssertionError(f"no guard holds for {event} in {self._state.value}")

    # --- outputs -----------------------------------------------------------------------------

    def _output(self, output: Output) -> None:
        self._outputs.append(output)

    def _send(self, envelope: Envelope) -> None:
        self._outputs.append(Send(envelope))

    def _deliver(self, octets: bytes) -> None:
        self._outputs.append(Deliver(octets))

    def _indicate(
        self, kind: Indication, octets: bytes | None = None, reason: str | None = None
    ) -> None:
        details = {} if reason is None else {"reason": reason}
        self._outputs.append(Indicate(kind, octets or None, details))

    def _log(self, event: Event | None, now: int, details: Mapping[str, str]) -> None:
        if event is not None:
            self._outputs.append(Log(self._security_event(event, now, details)))

    def _log_failure(self, failure: Failure, now: int) -> None:
        """Record a failed check, with its id; a check without an event of its own is an error."""
        event = failure.event or Event(
            f"Interlock:{failure.check}", None, Severity.ERROR, f"not so: {failure.words}"
        )
        self._log(event, now, {"check": failure.check})

    def _security_event(self, event: Event, now: int, details: Mapping[str, str]) -> SecurityEvent:
        return SecurityEvent(
            id=event.id,
            severity=event.severity,
            text=event.title,
            time=now,
            mnemonic=event.mnemonic,
            association=getattr(self._session, "asso_id", "") or None,
            peer=self.services.peer_address,
            details=details,
        )


def require(condition: bool, words: str, clause: str) -> None:
    """Refuse a configuration that the model does not allow."""
    if not condition:
        raise ConfigurationError(f"the configuration must say: {words} ({clause})")


@dataclass(slots=True, kw_only=True)
class ReceivedMessage:
    """Base of the views of received messages.

    ``well_formed`` is False when the PDU cannot be decoded; ``fault`` then says why, for the
    local log only, and all other fields have the values of an empty message.
    """

    envelope: Envelope
    received_at: int
    well_formed: bool = True
    fault: str = ""


@dataclass(slots=True, kw_only=True)
class SignedMessage(ReceivedMessage):
    """A received message with a signature; what verification needs, as received."""

    certificate: bytes = b""
    cert_path: tuple[bytes, ...] = ()
    signature: bytes = field(default=b"", repr=False)
    signature_input: bytes = field(default=b"", repr=False)
    signature_algorithm: str = ""


@dataclass(slots=True, kw_only=True)
class TransferMessage(ReceivedMessage):
    """A received transfer; what integrity check and decryption need, as received."""

    is_encrypted: bool = False
    tbp: bytes = field(default=b"", repr=False)
    token2_content: bytes = field(default=b"", repr=False)
    appl_data: bytes = field(default=b"", repr=False)
    iv: bytes = b""
    nonce: bytes | None = None
    icv: bytes | None = None
