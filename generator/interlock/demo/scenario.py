"""One run of the demonstration: four parties on loopback ports, traffic, a release."""

from __future__ import annotations

import asyncio
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.transport.gateway import ClientGateway, Endpoint, ServerGateway
from iec62351_4.transport.security import Security
from iec62351_4.transport.tls import client_context, server_context
from interlock.demo.builtin import HOST
from interlock.demo.peers import Peers, Reads, plain_client, plain_server
from interlock.demo.recording import Exchange, Recording
from interlock.gateway.choices import Half, Mode, Protection
from interlock.gateway.demonstration import CLIENT_ADDRESS, SERVER_ADDRESS, write_demonstration
from interlock.gateway.identity import Party, choose_files, read_party
from interlock.gateway.policy import Config, Policy, make_config

READS, PAUSE_MS = 40, 20
REKEY_INTERVAL_MS = 300
"""Far below the 15 min that the standard allows: so that it happens while one looks on."""
END_SECONDS = 5.0

_NO_FILES = (None, None, None, None)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is to be shown."""

    mode: Mode
    protection: Protection
    peers: Peers
    uses_tls: bool
    rekeys: bool
    """Whether keys are to change under traffic; native mode only."""

    @property
    def title(self) -> str:
        """For the output."""
        parts = [f"{self.mode.value} mode"]
        if self.mode is Mode.NATIVE:
            parts.append(f"protection {self.protection.value}")
        parts.append("over TLS" if self.uses_tls else "without TLS")
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What happened."""

    scenario: Scenario
    reads: Reads
    exchanges: tuple[Exchange, ...]
    rekeys: int
    """How often keys were changed, as the side saw it that saw fewer."""
    is_released: bool
    """Both handlers were told of an orderly release."""
    tls: str
    """Version and suite; empty without TLS."""
    events: tuple[SecurityEvent, ...] = field(default=())
    """Everything that was logged."""

    @property
    def added_octets(self) -> int:
        """What the protection adds to one read, request and response together.

        The layers below are the same with and without it; TLS is not counted.
        """
        return sum(self._added(sender) for sender in ("client", "server"))

    def _added(self, sender: str) -> int:
        added = [
            e.octets - e.mms_octets
            for e in self.exchanges
            if e.sender == sender and e.carrier == "DATA" and e.mms_octets is not None
        ]
        return round(median(added)) if added else 0

    @property
    def failures(self) -> list[str]:
        """What did not happen, or should not have; empty when all is well."""
        wrong = []
        if not self.reads.are_complete:
            wrong.append(f"{self.reads.expected - self.reads.succeeded} reads failed")
        if self.scenario.rekeys and not self.rekeys:
            wrong.append("keys were not changed")
        if not self.is_released:
            wrong.append("the association was not released in order")
        bad = [e for e in self.events if e.severity is not Severity.NOTICE]
        wrong += [f"{e.severity.value} {e.id}: {e.text}" for e in bad]
        return wrong


async def play(scenario: Scenario) -> Outcome:
    """Run a scenario.

    Raises:
        PeerError: A plain peer did not start, or did not come to its end.
    """
    begin = time.perf_counter_ns()
    recording = Recording(lambda: (time.perf_counter_ns() - begin) // 1_000_000)
    events: list[SecurityEvent] = []
    client, server = _parties(scenario.uses_tls)
    halves = [
        _security(scenario, half, party, recording, events)
        for half, party in ((Half.CLIENT, client), (Half.SERVER, server))
    ]
    async with plain_server(scenario.peers) as backend:
        inner = ServerGateway(Endpoint(HOST, backend), halves[1])
        await inner.start(Endpoint(HOST, 0))
        outer = ClientGateway(Endpoint(HOST, inner.port), halves[0])
        try:
            await outer.start(Endpoint(HOST, 0))
            reads = await plain_client(scenario.peers, outer.port, READS, PAUSE_MS)
            await _until_over(inner, outer)
        finally:
            await outer.close()
            await inner.close()
    return Outcome(
        scenario=scenario,
        reads=reads,
        exchanges=tuple(recording.exchanges),
        rekeys=min(recording.rekeys.values()),
        is_released=recording.releases == {"client", "server"},
        tls=_tls_words(events),
        events=tuple(events),
    )


async def _until_over(inner: ServerGateway, outer: ClientGateway) -> None:
    """Wait until the release has gone all the way."""
    end = asyncio.get_running_loop().time() + END_SECONDS
    while (inner.connections or outer.connections) and asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.01)


def _parties(uses_tls: bool) -> tuple[Party, Party]:
    """Two halves with fresh certificates that trust each other; the files do not outlive this."""
    with tempfile.TemporaryDirectory() as folder:
        places = write_demonstration(Path(folder) / "halves", time.time_ns() // 1_000_000)
        tls = _NO_FILES if uses_tls else None
        client, server = (
            read_party(choose_files(place, application=_NO_FILES, tls=tls)) for place in places
        )
        return client, server


def _security(
    scenario: Scenario,
    half: Half,
    party: Party,
    recording: Recording,
    events: list[SecurityEvent],
) -> Security:
    tls = None
    if party.tls is not None:
        tls = (client_context if half is Half.CLIENT else server_context)(party.tls)
    return Security(
        _config(scenario, party),
        party.station,
        tls=tls,
        expected_peer=SERVER_ADDRESS if half is Half.CLIENT else None,
        log=events.append,
        observer=recording.observe,
    )


def _config(scenario: Scenario, party: Party) -> Config:
    native = {"rekey_interval": REKEY_INTERVAL_MS} if scenario.rekeys else {}
    return make_config(
        scenario.mode,
        scenario.protection,
        Policy(peers=(CLIENT_ADDRESS, SERVER_ADDRESS), native=native),
        uses_tls=scenario.uses_tls,
        signature_algorithm=party.signature_algorithm,
    )


def _tls_words(events: list[SecurityEvent]) -> str:
    prefix = "TLS handshake: "
    return next((e.text.removeprefix(prefix) for e in events if e.text.startswith(prefix)), "")
