"""Two handlers under test: their PKI, their configurations, and the way to any state.

A ``Scene`` is an ``AssociationPair`` with a memory of every (state, transition) taken. The keys
are made once per process; stations, with their replay memories, are new in every scene.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from iec62351_4.certificates import TrustStore, parse_certificate
from iec62351_4.certificates.crl import parse_crl
from iec62351_4.certificates.issue import Authority, CertificateFields, make_authority, osi_subject
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.provider import PrivateKey
from iec62351_4.environment.envelope import Envelope
from iec62351_4.handlers.compatibility_client import CompatibilityClient
from iec62351_4.handlers.compatibility_server import CompatibilityServer
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from iec62351_4.handlers.services import Address, Identity, Services, Station
from iec62351_4.handlers.vocabulary import (
    AeadAlgorithm,
    DHGroup,
    EncrMode,
    EncryptionAlgorithm,
    IcvAlgorithm,
    Protection,
    SignatureAlgorithm,
)
from iec62351_4.testing import (
    CLIENT_ADDRESS,
    INITIATE_REQUEST,
    INITIATE_RESPONSE,
    SERVER_ADDRESS,
    START,
    AssociationPair,
    Party,
    as_received,
)

PROVIDER = OpenSSLProvider()
DAY_MS = 86_400_000
BEGIN = (START - DAY_MS) // 1000 * 1000
INSIDER_ADDRESS = Address("1.1.999.3", 34)
KINDS = ("rsa", "secp256r1", "brainpoolP256r1")

REQUEST = bytes.fromhex("a003020101")
"""A small complete MMSpdu: a confirmed-Request as far as its tag says."""
RESPONSE = bytes.fromhex("a103020101")
SIGN_RSA = "1.2.840.113549.1.1.11"
SIGN_ECDSA = "1.2.840.10045.4.3.2"

Change = Callable[[CertificateFields], CertificateFields]


# --- certificates --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Pki:
    """One CA, and three parties that it vouches for."""

    authority: Authority
    stranger: Authority
    """A CA that nobody trusts."""
    keys: Mapping[Address, PrivateKey]

    def certificate(
        self,
        address: Address,
        change: Change = lambda fields: fields,
        *,
        authority: Authority | None = None,
        subject: Address | None = None,
    ) -> bytes:
        """A certificate for the key of ``address``, perhaps with something wrong in it."""
        name = subject or address
        encoded = osi_subject(name.ap_title, name.ae_qualifier or 0)
        issuer = authority or self.authority
        public = PROVIDER.public_key(self.keys[address])
        return issuer.issue(change(issuer.end_entity_fields(encoded, public, BEGIN)))

    def trust(self, *revoked: bytes) -> TrustStore:
        """Trust in the CA, with a revocation list of these certificates."""
        entries = dict.fromkeys((parse_certificate(one).serial for one in revoked), BEGIN)
        crl = self.authority.issue_crl(entries, BEGIN, START + 10 * DAY_MS)
        return TrustStore((self.authority.certificate,), (parse_crl(crl),))


@cache
def pki(kind: str) -> Pki:
    """The PKI of one kind of key, made once."""
    names = (CLIENT_ADDRESS, SERVER_ADDRESS, INSIDER_ADDRESS)
    keys = {name: PROVIDER.generate_private_key(kind) for name in names}
    make = PROVIDER.generate_private_key
    return Pki(
        make_authority(PROVIDER, "Test CA", make(kind), BEGIN),
        make_authority(PROVIDER, "Unknown CA", make(kind), BEGIN),
        keys,
    )


@cache
def identity(kind: str, address: Address) -> Identity:
    """Certificate, key and address of a party."""
    return Identity(pki(kind).certificate(address), pki(kind).keys[address], address)


@cache
def nothing_revoked(kind: str) -> TrustStore:
    """Trust in the CA of one kind of key, with an empty revocation list."""
    return pki(kind).trust()


def station(kind: str, address: Address) -> Station:
    """A station with empty memories."""
    return Station(identity(kind, address), nothing_revoked(kind), PROVIDER)


def stations(kind: str = "secp256r1") -> tuple[Station, Station]:
    """A client and a server."""
    return station(kind, CLIENT_ADDRESS), station(kind, SERVER_ADDRESS)


def expired(fields: CertificateFields) -> CertificateFields:
    """Make a certificate end before the tests' present."""
    return replace(fields, not_after=START - 60_000)


# --- configurations ------------------------------------------------------------------------------

ONE_GROUP = (DHGroup.secp256r1,)
"""The default here: making a key of the MODP group takes longer than all the rest."""

AE_128: dict[str, Any] = {
    "encr_mode": EncrMode.aea,
    "aead_algorithms": (AeadAlgorithm.aes128_GCM,),
    "wants_encryption": True,
}
AE_256 = AE_128 | {"aead_algorithms": (AeadAlgorithm.aes256_GCM,)}


def _non_aea(encryption: EncryptionAlgorithm | None, icv: IcvAlgorithm) -> dict[str, Any]:
    return {
        "encr_mode": EncrMode.non_aea,
        "encryption_algorithms": () if encryption is None else (encryption,),
        "icv_algorithms": (icv,),
        "wants_encryption": encryption is not None,
    }


PROTECTIONS: Mapping[str, Mapping[str, Any]] = {
    "AE-128": AE_128,
    "AE-256": AE_256,
    "CBC-128+HMAC": _non_aea(EncryptionAlgorithm.aes128_CBC, IcvAlgorithm.hmacWithSHA256),
    "CBC-256+HMAC": _non_aea(EncryptionAlgorithm.aes256_CBC, IcvAlgorithm.hmacWithSHA256),
    "CBC-128+GMAC-128": _non_aea(EncryptionAlgorithm.aes128_CBC, IcvAlgorithm.aes128_GCM),
    "CBC-256+GMAC-256": _non_aea(EncryptionAlgorithm.aes256_CBC, IcvAlgorithm.aes256_GCM),
    "clear+HMAC": _non_aea(None, IcvAlgorithm.hmacWithSHA256),
    "clear+GMAC-128": _non_aea(None, IcvAlgorithm.aes128_GCM),
    "clear+GMAC-256": _non_aea(None, IcvAlgorithm.aes256_GCM),
}
"""What a client asks for; a server supports everything by default."""

AGREED = {"AE": Protection.authenticated_encryption, "CB": Protection.encrypt_then_mac}
"""The agreed protection by the first letters of the name; anything else is integrity only."""


def agreed(protection: str) -> Protection:
    """What a client and a server agree on under a name of ``PROTECTIONS``."""
    return AGREED.get(protection[:2], Protection.integrity)


# --- the scene -----------------------------------------------------------------------------------

Taken = tuple[str, str, str]
"""Machine, state before the step, id of the transition, branch or reaction."""


@dataclass
class WatchedParty(Party):
    """A party that notes in which state it took which transition."""

    handler: Any
    taken_in: list[Taken] = field(default_factory=list)
    _state_before: str = ""

    def __post_init__(self) -> None:
        self._state_before = self.state

    @property
    def machine(self) -> str:
        """The name of the model."""
        return f"{self.handler.MODE}-{self.handler.ROLE}"

    @property
    def session(self) -> Any:
        """The session variables."""
        return self.handler._session

    def fork(self, station: Station) -> WatchedParty:
        """A copy of the party at a copy of its station."""
        services = copy(self.handler.services)
        services.station = station
        services.restore(services.mark())
        handler = copy(self.handler)
        handler.services = services
        # Keys are overwritten when an association ends, so each copy has its own.
        provider = station.provider
        handler._session = deepcopy(handler._session, {id(provider): provider})
        twin = copy(self)
        twin.handler = handler
        for name in ("outputs", "delivered", "timers", "queue", "sent", "taken", "taken_in"):
            setattr(twin, name, copy(getattr(self, name)))
        return twin

    def take(self, outputs: tuple[Any, ...]) -> None:
        """Note the outputs of a step, and what was taken."""
        self.taken_in.extend((self.machine, self._state_before, t) for t in self.handler.taken)
        super().take(outputs)
        self._state_before = self.state


def _forked_station(station: Station) -> Station:
    handshakes, times = deepcopy(station.handshakes), deepcopy(station.times)
    twin = replace(station)
    twin.handshakes, twin.times = handshakes, times
    return twin


@cache
def _algorithm(certificate: bytes) -> SignatureAlgorithm:
    is_rsa = parse_certificate(certificate).public_key.curve is None
    rsa, ecdsa = SignatureAlgorithm.sha256WithRSAEncryption, SignatureAlgorithm.ecdsa_with_SHA256
    return rsa if is_rsa else ecdsa


def native_config(
    own: Station, asked: Mapping[str, Any], changes: Mapping[str, Any] | None
) -> NativeConfig:
    """A configuration that fits the station's key."""
    base = {"signature_algorithm": _algorithm(own.identity.certificate), "dh_groups": ONE_GROUP}
    return NativeConfig(**{**base, **asked, **(changes or {})})


class Scene(AssociationPair):
    """A client and a server, their parties watched.

    Args:
        mode: ``native`` or ``compatibility``.
        protection: Native mode: a name of ``PROTECTIONS``.
        client, server: What differs from the default configuration.
        kind: Of the keys of both sides.
        shared: Stations to use instead of new ones.
    """

    client: WatchedParty
    server: WatchedParty

    def __init__(
        self,
        mode: str = "native",
        protection: str = "AE-128",
        client: Mapping[str, Any] | None = None,
        server: Mapping[str, Any] | None = None,
        *,
        kind: str | None = None,
        shared: tuple[Station, Station] | None = None,
        now: int = START,
    ) -> None:
        self.kind = kind or ("secp256r1" if mode == "native" else "rsa")
        self.protection = protection
        self.now = now
        self.stations = shared or stations(self.kind)
        first, second = self.stations
        lower = Services(first, "client", second.identity.address)
        upper = Services(second, "server")
        if mode == "native":
            asked = PROTECTIONS[protection]
            self.client = WatchedParty(NativeClient(native_config(first, asked, client), lower))
            self.server = WatchedParty(NativeServer(native_config(second, {}, server), upper))
        else:
            plain, other = CompatibilityConfig(**client or {}), CompatibilityConfig(**server or {})
            self.client = WatchedParty(CompatibilityClient(plain, lower))
            self.server = WatchedParty(CompatibilityServer(other, upper))

    def fork(self) -> Scene:
        """A copy that goes its own way: session, keys, memories and queues are its own."""
        twin = copy(self)
        twin.stations = (_forked_station(self.stations[0]), _forked_station(self.stations[1]))
        twin.client = self.client.fork(twin.stations[0])
        twin.server = self.server.fork(twin.stations[1])
        return twin

    @property
    def pki(self) -> Pki:
        """Who vouches for both."""
        return pki(self.kind)

    def party(self, role: str) -> WatchedParty:
        """The client or the server."""
        return self.client if role == "client" else self.server

    def other(self, party: WatchedParty) -> WatchedParty:
        """The partner."""
        return self.server if party is self.client else self.client

    def give(self, party: WatchedParty, envelope: Envelope, *, raw: bool = False) -> None:
        """Hand an envelope to a party, as its environment would; ``raw`` means untouched."""
        received = envelope if raw else as_received(envelope)
        party.take(party.handler.receive(received, self.now))

    def timer(self, party: WatchedParty, name: str) -> None:
        """Let a timer of a party run out at the present time."""
        party.take(party.handler.timer(name, self.now))

    # --- courses, as far as they go ---------------------------------------------------------------

    def request(self) -> Envelope:
        """Both transports ready; the client's request, which stays in its queue."""
        self.call(self.server, "transport_ready")
        self.call(self.client, "associate", INITIATE_REQUEST)
        self.call(self.client, "transport_ready")
        return self.client.queue[0]

    def requested(self) -> None:
        """The request has reached the server, which asks its user."""
        self.request()
        self.deliver(self.client)

    def answer(self) -> Envelope:
        """The server's answer to the request, which stays in its queue."""
        self.requested()
        self.tick()
        self.call(self.server, "accept", INITIATE_RESPONSE)
        return self.server.queue[0]

    def associated(self) -> Scene:
        """Associated, nothing sent yet."""
        self.answer()
        self.flow()
        return self

    def confirmed(self) -> Scene:
        """Associated, and a transfer in each direction."""
        self.associated()
        self.exchange(self.client, REQUEST)
        self.exchange(self.server, RESPONSE)
        return self

    def send(self, party: WatchedParty, octets: bytes = REQUEST) -> Envelope:
        """Let a party send a PDU; the envelope stays in its queue."""
        self.tick()
        self.call(party, "send_data", octets)
        return party.queue[-1]

    def ask_for_keys(self, party: WatchedParty) -> Envelope:
        """The keys of a party are due, and its next transfer says so; it stays in the queue."""
        self.timer(party, "t-rekey")
        return self.send(party)


def _native_server(scene: Scene, state: str) -> None:
    if state == "listen":
        return
    if state == "transport":
        scene.request()
    elif state == "wait-app":
        scene.requested()
    elif state == "unconfirmed":
        scene.associated()
    else:
        scene.confirmed()
        if state == "rekey-requested":
            scene.ask_for_keys(scene.server)
        elif state in ("rekey-received", "rekey-confirming"):
            scene.ask_for_keys(scene.client)
            scene.deliver(scene.client)
            if state == "rekey-confirming":
                scene.send(scene.server, RESPONSE)


def _native_client(scene: Scene, state: str) -> None:
    if state == "transport":
        scene.call(scene.client, "associate", INITIATE_REQUEST)
    elif state == "wait-rsp":
        scene.answer()
    elif state != "idle":
        scene.confirmed()
        if state == "rekey-sent":
            scene.ask_for_keys(scene.client)


def _compatibility_server(scene: Scene, state: str) -> None:
    if state == "transport":
        scene.request()
    elif state == "wait-app":
        scene.requested()
    elif state != "listen":
        scene.associated()


def _compatibility_client(scene: Scene, state: str) -> None:
    if state == "transport":
        scene.call(scene.client, "associate", INITIATE_REQUEST)
    elif state == "wait-aare":
        scene.answer()
    elif state != "idle":
        scene.associated()


_COURSES = {
    "native-server": _native_server,
    "native-client": _native_client,
    "compatibility-server": _compatibility_server,
    "compatibility-client": _compatibility_client,
}
MACHINES = tuple(_COURSES)


def drive(
    machine: str,
    state: str,
    protection: str = "AE-128",
    shared: tuple[Station, Station] | None = None,
) -> Scene:
    """A new scene, driven until the party that ``machine`` describes is in ``state``."""
    mode, _, role = machine.partition("-")
    scene = Scene(mode, protection, shared=shared)
    party = scene.party(role)
    _COURSES[machine](scene, state)
    if state in ("wait-rel", "wait-rlre"):
        scene.call(party, "release")
    elif state == "closed":
        scene.call(party, "transport_lost")
    assert party.state == state
    return scene


_driven = cache(drive)


def reach(machine: str, state: str, protection: str = "AE-128") -> tuple[Scene, WatchedParty]:
    """A scene in which the party that ``machine`` describes is in ``state``, and that party.

    What the honest partner has sent and the party has not received yet waits in its queue.
    """
    scene = _driven(machine, state, protection).fork()
    return scene, scene.party(machine.partition("-")[2])
