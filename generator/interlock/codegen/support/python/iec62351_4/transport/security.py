"""How one side of a gateway is protected: configuration, identity, TLS, and who watches.

``Security`` makes the handler and the environment of each new association. ``Observed`` is such a
handler, whose steps are shown to an observer.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from iec62351_4.environment.config import Mode, OSIConfig, Role, contexts_of
from iec62351_4.environment.envelope import Envelope
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.environment.session import UserDataForm
from iec62351_4.errors import ConfigurationError
from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.handlers.association import Association as Machine
from iec62351_4.handlers.compatibility_client import CompatibilityClient
from iec62351_4.handlers.compatibility_server import CompatibilityServer
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from iec62351_4.handlers.outputs import Output
from iec62351_4.handlers.services import Address, Services, Station
from iec62351_4.transport.runner import Clock, Limits, utc_milliseconds


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a handler, for whoever watches: what came, which rows it took, what went."""

    role: str
    cause: str
    """``receive AARE``, ``send-data`` ..."""
    rows: tuple[str, ...]
    """Ids of the transitions taken; see ``ROWS`` of the handler for their clauses."""
    state: str
    received: Envelope | None
    outputs: tuple[Output, ...]
    machine: Machine[Any, Any, Any] = field(repr=False)


Observer = Callable[[Step], None]


def _ignore_event(event: SecurityEvent) -> None:
    del event


@dataclass(frozen=True, slots=True)
class Security:
    """How the protected side is protected.

    ``config`` decides the mode, and says the same of TLS as ``tls``, which is None for port 102.
    ``expected_peer`` is the address that the other end must have; a client half should always
    give it, a server half restricts its peers with ``station.allowed_peers``. ``log`` and
    ``observer`` must not raise.

    Raises:
        ConfigurationError: ``config`` and ``tls`` contradict each other.
    """

    config: NativeConfig | CompatibilityConfig
    station: Station
    tls: ssl.SSLContext | None = None
    expected_peer: Address | None = None
    log: Callable[[SecurityEvent], None] = _ignore_event
    observer: Observer | None = None
    user_data_form: UserDataForm = UserDataForm.AUTO
    """INTEROP: several stacks read only one of the two forms of session user data."""
    limits: Limits = field(default_factory=Limits)
    clock: Clock = utc_milliseconds

    def __post_init__(self) -> None:
        # The handlers tell the peer, and demand of it, what the configuration says of TLS.
        if self.config.uses_tls != (self.tls is not None):
            raise ConfigurationError("the configuration says of TLS what the transport does not do")

    @property
    def mode(self) -> Mode:
        """The mode that the configuration belongs to."""
        return Mode.NATIVE if isinstance(self.config, NativeConfig) else Mode.COMPAT

    def make_handler(self, role: Role) -> Observed:
        """A fresh handler of the mode and role.

        Raises:
            ConfigurationError: The model does not allow the configuration.
        """
        services = Services(self.station, role.value, self.expected_peer)
        machine: Machine[Any, Any, Any]
        if isinstance(self.config, NativeConfig):
            native = NativeClient if role is Role.CLIENT else NativeServer
            machine = native(self.config, services)
        else:
            compatible = CompatibilityClient if role is Role.CLIENT else CompatibilityServer
            machine = compatible(self.config, services)
        return Observed(machine, role.value, self.observer)

    def make_environment(self, role: Role) -> OSIEnvironment:
        """A fresh OSI environment of the mode and role."""
        config = OSIConfig(contexts_of(self.mode), user_data_form=self.user_data_form)
        return OSIEnvironment(role, config)

    def note(self, event_id: str, severity: Severity, text: str, *, peer: str | None) -> None:
        """Log an event of the gateway itself; ``peer`` is a host and port."""
        self.log(
            SecurityEvent(id=event_id, severity=severity, text=text, time=self.clock(), peer=peer)
        )


class Observed:
    """A handler whose steps are shown to an observer."""

    def __init__(
        self, machine: Machine[Any, Any, Any], role: str, observer: Observer | None
    ) -> None:
        self.machine = machine
        self._role = role
        self._observer = observer

    def _shown(
        self, cause: str, outputs: Sequence[Output], received: Envelope | None = None
    ) -> tuple[Output, ...]:
        if self._observer is not None:
            state = str(self.machine.state.value)
            self._observer(
                Step(
                    self._role,
                    cause,
                    self.machine.taken,
                    state,
                    received,
                    tuple(outputs),
                    self.machine,
                )
            )
        return tuple(outputs)

    def receive(self, envelope: Envelope, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        outputs = self.machine.receive(envelope, now)
        return self._shown(f"receive {envelope.carrier.value}", outputs, envelope)

    def transport_ready(self, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        return self.call("transport_ready", now)

    def transport_lost(self, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        return self.call("transport_lost", now)

    def timer(self, name: str, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        return self.call("timer", name, now)

    def call(self, name: str, *arguments: Any) -> tuple[Output, ...]:
        """Call a method of the handler by name; the time is the last argument."""
        outputs: tuple[Output, ...] = getattr(self.machine, name)(*arguments)
        shown = name.replace("_", "-")
        return self._shown(f"timer {arguments[0]}" if name == "timer" else shown, outputs)
