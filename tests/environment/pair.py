"""Two ``OSIEnvironment`` joined by a wire that can be read and cut."""

from __future__ import annotations

from dataclasses import dataclass, field

from iec62351_4.environment.config import OSIConfig, Role
from iec62351_4.environment.envelope import Envelope
from iec62351_4.environment.events import Connected, EnvironmentEvent, Received
from iec62351_4.environment.osi import OSIEnvironment


@dataclass
class EnvironmentPair:
    """A client and a server, transport connected."""

    config: OSIConfig
    server_config: OSIConfig | None = None
    octet_by_octet: bool = False
    client: OSIEnvironment = field(init=False)
    server: OSIEnvironment = field(init=False)
    wire: list[tuple[bool, bytes]] = field(default_factory=list)
    """Every transmission: (sent by the client, octets)."""
    back: list[EnvironmentEvent] = field(default_factory=list)
    """What the sender learned from the environment's own answer to the latest octets."""

    def __post_init__(self) -> None:
        self.client = OSIEnvironment(Role.CLIENT, self.config)
        self.server = OSIEnvironment(Role.SERVER, self.server_config or self.config)
        assert self.deliver(True, self.client.connect()) == [Connected()]

    def deliver(self, is_from_client: bool, octets: bytes) -> list[EnvironmentEvent]:
        """Give octets to the other side, and its own answers back."""
        receiver = self.server if is_from_client else self.client
        sender = self.client if is_from_client else self.server
        self.wire.append((is_from_client, octets))
        pieces = [bytes((octet,)) for octet in octets] if self.octet_by_octet else [octets]
        events = [event for piece in pieces for event in receiver.receive_data(piece)]
        answer = receiver.data_to_send()
        if answer:
            self.wire.append((not is_from_client, answer))
            self.back = sender.receive_data(answer)
        return events

    def send(self, is_from_client: bool, envelope: Envelope) -> list[EnvironmentEvent]:
        """Send an envelope; return what the other side tells."""
        sender = self.client if is_from_client else self.server
        return self.deliver(is_from_client, sender.send(envelope))

    def exchange(self, is_from_client: bool, envelope: Envelope) -> Envelope:
        """Send an envelope that must arrive as exactly one envelope."""
        (event,) = self.send(is_from_client, envelope)
        assert isinstance(event, Received), event
        return event.envelope
