"""An unmodified libiec61850 client reads from unmodified servers through two plain legs.

Nothing but ``PlainMMS`` is between them, so this is the gateway without security.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from iec62351_4.environment.config import Role
from iec62351_4.events import SecurityEvent
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.plain_mms import PlainMMS
from interop.process import LIBIEC61850_SERVER, OPEN61850_SERVER, free_port, output_of, running

READS = 20


def log(event: SecurityEvent) -> None:
    """No event is expected on plain legs."""
    raise AssertionError(event.text)


class Relay:
    """Accepts plain clients and connects each one onwards to a plain server."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self.listener = StreamServer(self._serve, None, log=log)
        self.requests = 0
        self.ends: list[str | None] = []

    async def _serve(self, stream: Stream) -> None:
        inner = PlainMMS(Role.SERVER, stream)
        request = await inner.accept_request()
        onwards = await open_stream("127.0.0.1", self._server_port, None, log=log)
        outer = PlainMMS(Role.CLIENT, onwards)
        await inner.accept(await outer.associate(request))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._pump(inner, outer))
            group.create_task(self._pump(outer, inner))
        self.ends += [inner.end_reason, outer.end_reason]

    async def _pump(self, source: PlainMMS, target: PlainMMS) -> None:
        while (mms := await source.receive()) is not None:
            self.requests += 1
            await target.send(mms)
        await target.close()


@contextlib.asynccontextmanager
async def relay_to(port: int) -> AsyncIterator[Relay]:
    """A listening relay."""
    relay = Relay(port)
    await relay.listener.start("127.0.0.1", 0)
    try:
        yield relay
    finally:
        await relay.listener.close()


async def read_through(program: str, *arguments: str, ending: str = "close") -> list[str | None]:
    """Start a server, read through the relay, check values and the clean end."""
    port = free_port()
    async with running(program, str(port), *arguments), relay_to(port) as relay:
        result = json.loads(
            await output_of("libiec61850_client.py", str(relay.listener.port), str(READS), ending)
        )
        attempts = result.pop("attempts")
        assert result == {"connect": 0, "values": [3.5] * READS, "errors": [0] * READS}
        assert relay.requests >= 2 * READS
        for _ in range(100):
            if relay.listener.connections == 0:
                break
            await asyncio.sleep(0.02)
        assert relay.listener.connections == 0
        assert len(relay.ends) == 2 * attempts
        return relay.ends[-2:]


@pytest.mark.requires("pyiec61850")
@pytest.mark.parametrize(
    ("ending", "reason"),
    [
        ("close", "connection closed by the peer"),
        ("abort", "ABRT from the peer"),
        ("release", "released by the peer"),
    ],
)
def test_libiec61850_client_and_server(ending: str, reason: str) -> None:
    ends = asyncio.run(read_through(LIBIEC61850_SERVER, ending=ending))
    assert ends[0] == reason
    if ending != "close":  # there the server, having answered the conclude, closes too
        assert ends[1] == "closed by us"


@pytest.mark.requires("pyiec61850")
@pytest.mark.requires("open61850")
def test_libiec61850_client_and_open61850_server() -> None:
    asyncio.run(read_through(OPEN61850_SERVER))
