"""The stage of a replay: a PKI, stations, the generated handlers as strands, and one clock.

Keys are made once per process and are worth nothing outside it; stations, with their memories
against replays, are new in every replay. A station has one certificate for each kind of key, so
that the same device can be tried in both modes. Everybody trusts one CA, which has revoked one
certificate of the attacker.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from iec62351_4.certificates import TrustStore, parse_certificate
from iec62351_4.certificates.certificate import KEY_USAGE
from iec62351_4.certificates.crl import parse_crl
from iec62351_4.certificates.issue import Authority, make_authority, osi_subject
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.provider import PrivateKey
from iec62351_4.environment.envelope import Envelope
from iec62351_4.errors import ConfigurationError
from iec62351_4.handlers import compatibility_messages, native_messages
from iec62351_4.handlers.compatibility_client import CompatibilityClient
from iec62351_4.handlers.compatibility_server import CompatibilityServer
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from iec62351_4.handlers.outputs import Deliver, Indicate, Log, Output, Send
from iec62351_4.handlers.services import Address, Identity, Services, Station
from iec62351_4.handlers.vocabulary import SignatureAlgorithm
from iec62351_4.testing import (
    CLIENT_ADDRESS,
    INITIATE_REQUEST,
    INITIATE_RESPONSE,
    SERVER_ADDRESS,
    START,
)
from interlock.model import types as t
from interlock.model.project import Project
from interlock.replay.values import CannotReplay, Config, Configurations, value
from interlock.verification.results import Origin, OriginKind, Party, Trace

ATTACKERS = ("insider", "revoked", "unusable", "untrusted")
"""Who signs for the attacker: another valid subject, or one whose certificate has a fault."""

PROVIDER = OpenSSLProvider()
RSA, EC = "rsa", "secp256r1"
_DAY_MS = 86_400_000
_BEGIN = (START - _DAY_MS) // 1000 * 1000
_NOBODY = Origin(OriginKind.UNPROTECTED)
_HANDLERS: Mapping[str, Any] = {
    "native-client": NativeClient,
    "native-server": NativeServer,
    "compatibility-client": CompatibilityClient,
    "compatibility-server": CompatibilityServer,
}
_READERS = {
    "native": native_messages.read_message,
    "compatibility": compatibility_messages.read_message,
}


# --- certificates --------------------------------------------------------------------------------


def address(name: str) -> Address:
    """The address of a station or attacker, by its name in traces."""
    known = {"client": CLIENT_ADDRESS, "server": SERVER_ADDRESS}
    if name in ATTACKERS:
        number = 50 + ATTACKERS.index(name)
        return Address(f"1.1.999.{number}", number)
    number = 100 + sum(name.encode()) % 900
    return known.get(name, Address(f"1.1.999.{number}", number))


@cache
def _key(owner: str, kind: str) -> PrivateKey:
    """A private key: one of a kind for each owner, of whom the attacker is one."""
    assert owner
    return PROVIDER.generate_private_key(kind)


@cache
def _authority(name: str) -> Authority:
    return make_authority(PROVIDER, name, PROVIDER.generate_private_key(EC), _BEGIN)


@cache
def identity(name: str, kind: str) -> Identity:
    """Certificate, key and address of a station or attacker."""
    own = address(name)
    key = _key("attacker" if name in ATTACKERS else name, kind)
    authority = _authority("Unknown CA" if name == "untrusted" else "Replay CA")
    subject = osi_subject(own.ap_title, own.ae_qualifier or 0)
    fields = authority.end_entity_fields(subject, PROVIDER.public_key(key), _BEGIN)
    if name == "unusable":
        fields = fields.without_extension(KEY_USAGE)
    return Identity(authority.issue(fields), key, own)


@cache
def _trust(kind: str) -> TrustStore:
    serial = parse_certificate(identity("revoked", kind).certificate).serial
    authority = _authority("Replay CA")
    crl = authority.issue_crl({serial: _BEGIN}, _BEGIN, START + 10 * _DAY_MS)
    return TrustStore((authority.certificate,), (parse_crl(crl),))


def kind_of_key(mode: str, config: Config) -> str:
    """The kind of key that a configuration needs; the A-profile knows RSA only."""
    algorithm = getattr(config, "signature_algorithm", None)
    return EC if mode == "native" and algorithm is SignatureAlgorithm.ecdsa_with_SHA256 else RSA


# --- strands -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """What one step of a handler showed.

    Attributes:
        before, after: States.
        taken: Ids of rows, branches and reactions, in order.
        sent: Message types and envelopes, in order.
        told: What the user was told, with the reason in parentheses.
        delivered: Lengths of what went to the user.
        failed_check: Id of the check that failed, or empty.
    """

    before: str
    after: str
    taken: tuple[str, ...] = ()
    sent: tuple[tuple[str, Envelope], ...] = ()
    told: tuple[str, ...] = ()
    delivered: tuple[int, ...] = ()
    failed_check: str = ""


def message_name(mode: str, envelope: Envelope) -> str:
    """The message type that an envelope brings in a mode, as the models call it."""
    name = type(_READERS[mode](envelope, 0)).__name__.removesuffix("View")
    if name.endswith("WithoutSecPDU"):
        return f"{envelope.carrier.value}-without-SecPDU"
    return name


def read(mode: str, envelope: Envelope, now: int) -> Any:
    """The view of a message as a handler of that mode gets it."""
    return _READERS[mode](envelope, now)


@dataclass
class Strand:
    """One handler, and everything that it sent and delivered."""

    name: str
    handler: Any
    device: str
    """Name of the station."""
    sent: list[Envelope] = field(default_factory=list)
    delivered: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @property
    def mode(self) -> str:
        """``native`` or ``compatibility``."""
        return str(self.handler.MODE)

    @property
    def role(self) -> str:
        """``client`` or ``server``."""
        return str(self.handler.ROLE)

    @property
    def state(self) -> str:
        """Name of the present state."""
        return str(self.handler.state.value)

    @property
    def session(self) -> Any:
        """The session variables."""
        return self.handler._session

    @property
    def services(self) -> Services:
        """What the handler asks of its surroundings."""
        services: Services = self.handler.services
        return services

    @property
    def station(self) -> Station:
        """The device."""
        return self.services.station

    @property
    def asso_id(self) -> str:
        """The association identifier as far as it is known; empty in compatibility mode."""
        return str(getattr(self.session, "asso_id", ""))

    @property
    def kind(self) -> str:
        """The kind of key."""
        return kind_of_key(self.mode, self.handler.config)

    def outcome(self, before: str, outputs: Iterable[Output]) -> Outcome:
        """Note the outputs of a step."""
        sent, told, delivered, failed = [], [], [], ""
        for output in outputs:
            match output:
                case Send(envelope=envelope):
                    sent.append((message_name(self.mode, envelope), envelope))
                case Indicate(kind=kind, details=details):
                    reason = details.get("reason")
                    told.append(f"{kind.value} ({reason})" if reason else kind.value)
                case Deliver(octets=octets):
                    delivered.append(len(octets))
                case Log(event=event):
                    failed = failed or event.details.get("check", "")
                case _:
                    pass
        self.sent += [envelope for _, envelope in sent]
        self.told += told
        self.delivered += delivered
        return Outcome(
            before,
            self.state,
            tuple(self.handler.taken),
            tuple(sent),
            tuple(told),
            tuple(delivered),
            failed,
        )


class Stage:
    """Everything that a replay needs besides the trace.

    Raises:
        CannotReplay: A party's configuration is not one that a handler takes.
    """

    def __init__(self, trace: Trace, project: Project) -> None:
        self.project = project
        self.now = START
        said = (pair for s in trace.steps for pair in (*s.fields, *(s.origin or _NOBODY).changed))
        mentioned = [text for name, text in said if name == "m.dh-groups"]
        self.configurations = Configurations(trace.parties, project.models.configs, mentioned)
        self.notes: dict[str, str] = {}
        self._stations: dict[tuple[str, str], Station] = {}
        self._counter = 0
        self.strands = {party.name: self._cast(party) for party in trace.parties}

    def _cast(self, party: Party) -> Strand:
        mode, _, role = party.machine.partition("-")
        config = self.configurations.make(mode, self.configurations.given[party.name])
        said = dict(party.configuration)
        return self.strand(
            party.name,
            party.machine,
            config,
            station=said.get("station", role),
            expects=said.get("expects", "server"),
        )

    # --- who is there ------------------------------------------------------------------------

    def station(self, name: str, kind: str) -> Station:
        """A device in one mode, made when it is first asked for."""
        if (name, kind) not in self._stations:
            self._stations[name, kind] = Station(identity(name, kind), _trust(kind), PROVIDER)
        return self._stations[name, kind]

    def strand(
        self, name: str, machine: str, config: Config, *, station: str, expects: str = "server"
    ) -> Strand:
        """A new handler at a station.

        Args:
            name: Of the strand.
            machine: ``native-client`` ...
            config: Its configuration.
            station: Name of its device, or of an attacker.
            expects: Name of the station that a client calls.
        """
        if machine not in _HANDLERS:
            raise CannotReplay(f'party {name}: there is no machine "{machine}"')
        mode, _, role = machine.partition("-")
        device = self.station(station, kind_of_key(mode, config))
        services = Services(device, role, address(expects) if role == "client" else None)
        try:
            handler = _HANDLERS[machine](config, services)
        except ConfigurationError as error:
            raise CannotReplay(f"party {name}: {error}") from None
        return Strand(name, handler, station)

    @property
    def stations(self) -> list[str]:
        """Names of the devices so far, those of the attacker left out."""
        return sorted({name for name, _ in self._stations if name not in ATTACKERS})

    def partners(self, strand: Strand) -> list[Strand]:
        """The strands of the other role in the same mode."""
        return [
            one
            for one in self.strands.values()
            if one.role != strand.role and one.mode == strand.mode
        ]

    def restart(self, station: Station) -> None:
        """Empty the memories of a device, as a restart without knowledge of its time does."""
        fresh = replace(station)
        station.handshakes, station.times = fresh.handshakes, fresh.times

    # --- what happens ------------------------------------------------------------------------

    def tick(self, milliseconds: int = 1) -> None:
        """Let time pass."""
        self.now += milliseconds

    def payload(self) -> bytes:
        """A new protected-protocol PDU; each is longer than the one before."""
        self._counter = self._counter % 100 + 1
        return bytes((0xA0, 2 + self._counter, 0x02, self._counter)) + bytes(self._counter)

    def receive(self, strand: Strand, envelope: Envelope) -> Outcome:
        """Deliver an envelope."""
        before = strand.state
        return strand.outcome(before, strand.handler.receive(envelope, self.now))

    def happen(
        self,
        strand: Strand,
        event: str,
        arguments: Mapping[str, str] | None = None,
        data: bytes | None = None,
    ) -> Outcome:
        """Let a local call, a timer or the transport do something to a strand.

        Args:
            strand: Whose.
            event: As in the models: ``local accept``, ``timer t-rekey``, ``transport ready`` ...
            arguments: Name to shown value, where they matter.
            data: The protected-protocol PDU to use, where it matters.

        Raises:
            CannotReplay: There is no such event.
            LocalProtocolError: The call has no place in the state.
        """
        kind, _, name = event.partition(" ")
        handler, before = strand.handler, strand.state
        if strand.mode == "compatibility" and event in ("transport ready", "local accept"):
            # The time of the A-profile is in whole seconds, and one that repeats is a replay.
            self.now = (self.now // 1000 + 1) * 1000
        if kind == "timer":
            return strand.outcome(before, handler.timer(name, self.now))
        call = f"transport_{name}" if kind == "transport" else name.replace("-", "_")
        if kind not in ("transport", "local") or not hasattr(handler, call):
            raise CannotReplay(f'no handler of {strand.mode} {strand.role} has "{event}"')
        given = [] if kind == "transport" else self._arguments(strand, name, arguments or {}, data)
        return strand.outcome(before, getattr(handler, call)(*given, self.now))

    def _arguments(
        self, strand: Strand, primitive: str, said: Mapping[str, str], data: bytes | None
    ) -> list[Any]:
        answers = {"initiate": INITIATE_REQUEST, "answer": INITIATE_RESPONSE}
        if primitive == "abort":
            answers["data"] = b""  # then its contents are those of other SecPDUs (finding V10c)
        machine = self.project.models.machines[f"{strand.mode}-{strand.role}"]
        found: list[Any] = []
        for parameter in machine.primitives[primitive].arguments:
            name = parameter.name
            if data is not None and isinstance(parameter.type, t.Octets):
                found.append(data)
            elif name in answers:
                found.append(answers[name])
            elif name == "data":
                found.append(self.payload())
            else:
                found.append(value(said.get(name, "false"), parameter.type))
        return found


# --- what can be seen ----------------------------------------------------------------------------


def have_same_keys(first: Strand, second: Strand) -> bool | None:
    """Whether what each side sends can be opened by the other; None unless both have keys.

    The keys themselves never leave this function.
    """
    pairs = [
        (getattr(first.session, one, None), getattr(second.session, other, None))
        for one, other in (("send_keys", "receive_keys"), ("receive_keys", "send_keys"))
    ]
    if any(own is None or peers is None for own, peers in pairs):
        return None
    return all(_material(own) == _material(peers) for own, peers in pairs)


def _material(keys: Any) -> list[bytes]:
    found = (keys.secret.client, keys.secret.server)
    return [bytes(key or b"") for one in found for key in (one._icv, one._encryption)]


def peer_of(strand: Strand, known: Iterable[str]) -> str:
    """Who a strand remembers as its peer, by the subject of the certificate; empty if nobody.

    Args:
        strand: Whose peer.
        known: Names of stations to look among; attackers are always known.
    """
    octets = strand.services._memory.certificate
    if not octets:
        return ""
    for name in (*known, *ATTACKERS):
        if identity(name, strand.kind).certificate == octets:
            return name
    return "somebody else"
