"""A gateway pair over loopback, with everything that tests look at: rows, keys, events, octets."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from environment.pki import Authority, make_authority
from iec62351_4.environment.config import Role
from iec62351_4.environment.session import UserDataForm
from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.outputs import Indicate, Indication
from iec62351_4.handlers.services import Address, Station
from iec62351_4.handlers.vocabulary import EncrMode
from iec62351_4.testing import algorithm_of, make_stations
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.gateway import ClientGateway, Endpoint, ServerGateway
from iec62351_4.transport.plain_mms import PlainMMS
from iec62351_4.transport.runner import Limits, utc_milliseconds
from iec62351_4.transport.security import Security, Step
from iec62351_4.transport.tls import client_context, server_context
from interlock.demo import mms
from interlock.demo.builtin import PlainServer

HOST = "127.0.0.1"
TIME_LIMIT = 20.0
SHORT = Limits(connect_seconds=3, associate_seconds=3, drain_seconds=3, close_seconds=1)

MODES = ("compat", "ae", "cbc", "clear")
"""Compatibility mode, and native mode with each protection."""

_NATIVE: dict[str, dict[str, Any]] = {
    "ae": {},
    "cbc": {"encr_mode": EncrMode.non_aea},
    "clear": {
        "encr_mode": EncrMode.non_aea,
        "wants_encryption": False,
        "encryption_algorithms": (),
    },
}


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run with a limit, so that a silent peer fails the test."""
    asyncio.run(asyncio.wait_for(work, TIME_LIMIT))


@cache
def stations(kind: str, number: int = 0) -> tuple[Station, Station]:
    """A client and a server that trust each other; another ``number`` is another world."""
    del number
    return make_stations(kind, now=utc_milliseconds())


def fresh(station: Station) -> Station:
    """The same identity without a memory of earlier tests."""
    return Station(station.identity, station.trust, station.provider)


@dataclass(frozen=True, slots=True)
class Setting:
    """How a pair is set up; the defaults work."""

    mode: str = "ae"
    """One of ``MODES``."""
    tls: str | None = None
    """``1.2`` or ``1.3``; None is without TLS."""
    rekey_interval: int | None = None
    """Milliseconds; native mode."""
    client: Station | None = None
    server: Station | None = None
    """Instead of the usual ones."""
    expected_peer: Address | None = None
    """Instead of the server's address."""
    server_tls_authority: Authority | None = None
    """Instead of the one that both trust."""
    form: UserDataForm = UserDataForm.AUTO

    @property
    def key(self) -> str:
        """Kind of the applications' keys."""
        return "rsa" if self.mode == "compat" else "secp256r1"

    def station(self, role: Role) -> Station:
        """The station of a half."""
        chosen = self.client if role is Role.CLIENT else self.server
        return fresh(chosen or stations(self.key)[0 if role is Role.CLIENT else 1])

    def config(self, station: Station) -> NativeConfig | CompatibilityConfig:
        """The configuration of a half."""
        uses_tls = self.tls is not None
        if self.mode == "compat":
            return CompatibilityConfig(uses_tls=uses_tls)
        options = dict(_NATIVE[self.mode])
        if self.rekey_interval is not None:
            options["rekey_interval"] = self.rekey_interval
        return NativeConfig(uses_tls=uses_tls, signature_algorithm=algorithm_of(station), **options)


@dataclass
class Pair:
    """What became of a pair."""

    port: int = 0
    """Of the client half."""
    server_port: int = 0
    """Of the server half."""
    rows: Counter[str] = field(default_factory=Counter)
    rekeys: Counter[str] = field(default_factory=Counter)
    """By role."""
    events: list[SecurityEvent] = field(default_factory=list)
    gateways: list[ClientGateway | ServerGateway] = field(default_factory=list)

    def observe(self, step: Step) -> None:
        """Observer of both halves."""
        self.rows.update(step.rows)
        kinds = [o.kind for o in step.outputs if isinstance(o, Indicate)]
        self.rekeys[step.role] += kinds.count(Indication.REKEYED)

    @property
    def complaints(self) -> list[str]:
        """Ids of the events that are not mere notices, in order."""
        return [e.id for e in self.events if e.severity is not Severity.NOTICE]

    @property
    def failed_checks(self) -> list[str]:
        """Ids of the checks that failed, in order."""
        return [e.details["check"] for e in self.events if "check" in e.details]

    async def over(self) -> None:
        """Wait until no association is carried any more."""
        while any(gateway.connections for gateway in self.gateways):
            await asyncio.sleep(0.01)


def security(setting: Setting, role: Role, pair: Pair) -> Security:
    """One half's security."""
    station = setting.station(role)
    server = setting.station(Role.SERVER)
    expected = setting.expected_peer or server.identity.address
    return Security(
        setting.config(station),
        station,
        tls=_tls(setting, role),
        expected_peer=expected if role is Role.CLIENT else None,
        log=pair.events.append,
        observer=pair.observe,
        user_data_form=setting.form,
        limits=SHORT,
    )


def _tls(setting: Setting, role: Role) -> Any:
    if setting.tls is None:
        return None
    is_13 = setting.tls == "1.3"
    own = make_authority()
    config = own.config("ec", number=1, allows_tls13=is_13, requires_tls13=is_13)
    if role is Role.CLIENT:
        return client_context(config)
    other = setting.server_tls_authority
    if other is not None:
        config = replace(
            other.config("ec", number=2), trust_anchors_pem=own.pem, allows_tls13=is_13
        )
    return server_context(config)


@contextlib.asynccontextmanager
async def client_half(setting: Setting, remote: int) -> AsyncIterator[Pair]:
    """A client half alone, in front of whatever listens on a port."""
    pair = Pair()
    gateway = ClientGateway(Endpoint(HOST, remote), security(setting, Role.CLIENT, pair))
    await gateway.start(Endpoint(HOST, 0))
    pair.port = gateway.port
    pair.gateways.append(gateway)
    try:
        yield pair
    finally:
        await gateway.close()


@contextlib.asynccontextmanager
async def gateway_pair(
    setting: Setting, backend: int, tap: Tap | None = None
) -> AsyncIterator[Pair]:
    """Both halves in front of a plain server; ``tap`` sees what goes between them."""
    pair = Pair()
    inner = ServerGateway(Endpoint(HOST, backend), security(setting, Role.SERVER, pair))
    await inner.start(Endpoint(HOST, 0))
    pair.server_port = inner.port
    between = inner.port if tap is None else await tap.start(inner.port)
    outer = ClientGateway(Endpoint(HOST, between), security(setting, Role.CLIENT, pair))
    await outer.start(Endpoint(HOST, 0))
    pair.port = outer.port
    pair.gateways += [inner, outer]
    try:
        yield pair
    finally:
        await outer.close()
        if tap is not None:
            await tap.close()
        await inner.close()


@contextlib.asynccontextmanager
async def plain_backend() -> AsyncIterator[int]:
    """A plain server of our own; its port."""
    server = PlainServer()
    try:
        yield await server.start()
    finally:
        await server.close()


def no_log(event: SecurityEvent) -> None:
    """Plain legs have no events."""
    raise AssertionError(event.text)


async def plain_client(port: int) -> PlainMMS:
    """A plain client that has connected and not associated yet."""
    return PlainMMS(Role.CLIENT, await open_stream(HOST, port, None, log=no_log), limits=SHORT)


async def read_once(plain: PlainMMS, number: int = 1) -> bool:
    """Whether one read over an association succeeds."""
    await plain.send(mms.read_request(number))
    return await plain.receive() == mms.read_response(number)


class Tap:
    """Passes octets between the halves on, and keeps them in order."""

    def __init__(self) -> None:
        self.octets: list[tuple[bool, bytes]] = []
        """(from the client, octets as read)."""
        self._server = StreamServer(self._serve, None, log=no_log)
        self._target = 0

    async def start(self, target: int) -> int:
        """Listen in front of a port."""
        self._target = target
        await self._server.start(HOST, 0)
        return self._server.port

    async def close(self) -> None:
        """Stop."""
        await self._server.close()

    async def _serve(self, stream: Stream) -> None:
        onward = await open_stream(HOST, self._target, None, log=no_log)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._copy(True, stream, onward))
            group.create_task(self._copy(False, onward, stream))

    async def _copy(self, is_from_client: bool, source: Stream, target: Stream) -> None:
        while octets := await source.reader.read(65536):
            self.octets.append((is_from_client, octets))
            target.writer.write(octets)
        target.writer.close()
