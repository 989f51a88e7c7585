"""Two parties in one process: for self-tests, demonstrations and tests of applications.

Keys and certificates are made on the spot and are worth nothing outside the process. The pair
hands envelopes from one handler to the other, without the layers below.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from iec62351_4.certificates import TrustStore, parse_certificate
from iec62351_4.certificates.issue import Authority, make_authority, osi_subject
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.handlers.association import Association
from iec62351_4.handlers.compatibility_client import CompatibilityClient
from iec62351_4.handlers.compatibility_server import CompatibilityServer
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from iec62351_4.handlers.outputs import (
    Connect,
    Deliver,
    Indicate,
    Indication,
    Log,
    Output,
    Send,
    StartTimer,
    StopTimer,
)
from iec62351_4.handlers.services import Address, Identity, Services, Station
from iec62351_4.handlers.vocabulary import SignatureAlgorithm
from iec62351_4.tables import E2E_SECURITY_AS, MMS_SYNTAX

CLIENT_ADDRESS = Address("1.1.999.1", 12)
SERVER_ADDRESS = Address("1.1.999.2", 23)
START = 1_780_000_000_000
"""A time for tests, in milliseconds since the epoch."""

INITIATE_REQUEST = bytes.fromhex(
    "a826800300fde881010a82010a830105a416800101810305f100820c03ee1c00000402000079ef18"
)
INITIATE_RESPONSE = bytes.fromhex(
    "a926800300fde8810105820105830105a416800101810305f100820c03ee1c00000402000079ef18"
)


def make_stations(
    kind: str = "secp256r1",
    *,
    now: int = START,
    provider: CryptoProvider | None = None,
    as_text: bool = False,
) -> tuple[Station, Station]:
    """Make a CA, and a client and a server that trust it.

    Args:
        kind: ``rsa``, ``secp256r1`` or ``brainpoolP256r1``; compatibility mode takes RSA only.
        now: Milliseconds since the epoch; the certificates are valid from one day before.
        provider: What computes; by default OpenSSL.
        as_text: Whether the certificate subjects are UTF8Strings, which OpenSSL can load.
    """
    keys = OpenSSLProvider()
    begin = (now - 86_400_000) // 1000 * 1000
    authority = make_authority(keys, "Demonstration CA", keys.generate_private_key(kind), begin)
    trust = TrustStore((authority.certificate,))

    def station(address: Address) -> Station:
        identity = _identity(keys, authority, kind, address, begin, as_text)
        return Station(identity, trust, provider or keys)

    return station(CLIENT_ADDRESS), station(SERVER_ADDRESS)


def _identity(
    provider: OpenSSLProvider,
    authority: Authority,
    kind: str,
    address: Address,
    begin: int,
    as_text: bool,
) -> Identity:
    key = provider.generate_private_key(kind)
    subject = osi_subject(address.ap_title, address.ae_qualifier or 0, as_text=as_text)
    fields = authority.end_entity_fields(subject, provider.public_key(key), begin)
    return Identity(authority.issue(fields), key, address)


@dataclass
class Party:
    """One handler and what came out of it."""

    handler: Association[Any, Any, Any]
    outputs: list[Output] = field(default_factory=list)
    delivered: list[bytes] = field(default_factory=list)
    timers: dict[str, int] = field(default_factory=dict)
    queue: deque[Envelope] = field(default_factory=deque)
    sent: list[Envelope] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    @property
    def state(self) -> str:
        """Name of the present state."""
        return str(self.handler.state.value)

    @property
    def indications(self) -> list[Indication]:
        """What the user was told, in order."""
        return [o.kind for o in self.outputs if isinstance(o, Indicate)]

    @property
    def events(self) -> list[str]:
        """Ids of the security events, in order."""
        return [o.event.id for o in self.outputs if isinstance(o, Log)]

    def take(self, outputs: tuple[Output, ...]) -> None:
        """Note the outputs of a step; what is to be sent waits in ``queue``."""
        self.taken.extend(self.handler.taken)
        for output in outputs:
            self.outputs.append(output)
            match output:
                case Send(envelope=envelope):
                    self.queue.append(envelope)
                    self.sent.append(envelope)
                case Deliver(octets=octets):
                    self.delivered.append(octets)
                case StartTimer(name=name, at_ms=at):
                    self.timers[name] = at
                case StopTimer(name=name):
                    self.timers.pop(name, None)
                case _:
                    pass


class AssociationPair:
    """A client and a server joined by a wire that can be tampered with.

    Args:
        mode: ``native`` or ``compatibility``.
        client_config, server_config: By default those of the mode.
        stations: By default fresh ones.
    """

    def __init__(
        self,
        mode: str = "native",
        client_config: NativeConfig | CompatibilityConfig | None = None,
        server_config: NativeConfig | CompatibilityConfig | None = None,
        stations: tuple[Station, Station] | None = None,
        *,
        now: int = START,
    ) -> None:
        self.now = now
        self.stations = stations or make_stations(now=now)
        client = Services(self.stations[0], "client", self.stations[1].identity.address)
        server = Services(self.stations[1], "server")
        if mode == "native":
            native = NativeConfig(signature_algorithm=algorithm_of(self.stations[0]))
            first, second = client_config or native, server_config or native
            if not (isinstance(first, NativeConfig) and isinstance(second, NativeConfig)):
                raise TypeError("native mode takes NativeConfig")
            self.client = Party(NativeClient(first, client))
            self.server = Party(NativeServer(second, server))
        else:
            plain = CompatibilityConfig()
            lower, upper = client_config or plain, server_config or plain
            if not (
                isinstance(lower, CompatibilityConfig) and isinstance(upper, CompatibilityConfig)
            ):
                raise TypeError("compatibility mode takes CompatibilityConfig")
            self.client = Party(CompatibilityClient(lower, client))
            self.server = Party(CompatibilityServer(upper, server))

    # --- the wire ------------------------------------------------------------------------------

    def tick(self, milliseconds: int = 1) -> int:
        """Let time pass; the new time."""
        self.now += milliseconds
        return self.now

    def call(self, party: Party, name: str, *arguments: Any) -> None:
        """Call a primitive of a party's handler at the present time."""
        party.take(getattr(party.handler, name)(*arguments, self.now))

    def deliver(
        self, source: Party, change: Callable[[Envelope], Envelope | None] | None = None
    ) -> None:
        """Bring the oldest envelope of ``source`` to the other party, perhaps changed."""
        envelope = source.queue.popleft()
        changed = envelope if change is None else change(envelope)
        if changed is not None:
            target = self.server if source is self.client else self.client
            target.take(target.handler.receive(as_received(changed), self.now))

    def flow(self) -> None:
        """Deliver until nothing waits."""
        while self.client.queue or self.server.queue:
            self.deliver(self.client if self.client.queue else self.server)

    # --- whole courses -------------------------------------------------------------------------

    def associate(
        self, initiate: bytes = INITIATE_REQUEST, answer: bytes = INITIATE_RESPONSE
    ) -> None:
        """Establish the association, as far as both sides let it come."""
        self.call(self.server, "transport_ready")
        self.call(self.client, "associate", initiate)
        self.call(self.client, "transport_ready")
        self.flow()
        if Indication.ASSOCIATE_REQUESTED in self.server.indications:
            self.tick()
            self.call(self.server, "accept", answer)
            self.flow()

    def exchange(self, source: Party, octets: bytes) -> None:
        """Send one protected-protocol PDU and deliver it."""
        self.tick()
        self.call(source, "send_data", octets)
        self.flow()


def as_received(envelope: Envelope) -> Envelope:
    """What the environment would make of a sent envelope at the other end."""
    numbers = {E2E_SECURITY_AS: 5, MMS_SYNTAX: 3}
    information = tuple(
        UserInformation(
            u.abstract_syntax, u.octets, indirect_reference=numbers.get(u.abstract_syntax or "")
        )
        for u in envelope.user_information
    )
    return replace(envelope, user_information=information)


def algorithm_of(station: Station) -> SignatureAlgorithm:
    """The signature algorithm that fits a station's key."""
    key = parse_certificate(station.identity.certificate).public_key
    if key.curve is None:
        return SignatureAlgorithm.sha256WithRSAEncryption
    return SignatureAlgorithm.ecdsa_with_SHA256


__all__ = [
    "CLIENT_ADDRESS",
    "INITIATE_REQUEST",
    "INITIATE_RESPONSE",
    "SERVER_ADDRESS",
    "START",
    "AssociationPair",
    "Carrier",
    "Connect",
    "Party",
    "algorithm_of",
    "as_received",
    "make_stations",
]
