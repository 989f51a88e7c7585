"""The plain MMS client and server of a demonstration: libiec61850 as it is, or our own."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import Enum
from importlib.util import find_spec

from iec62351_4.errors import AssociationError
from interlock.core.errors import InterlockError, UsageError
from interlock.demo import mms
from interlock.demo.builtin import HOST, PlainServer, read_values

START_SECONDS = 20.0
RUN_SECONDS = 60.0
STOP_SECONDS = 5.0


class PeerError(InterlockError):
    """A peer program did not do what it is there for."""


class Peers(Enum):
    """Who the plain client and the plain server are."""

    LIBIEC61850 = "libiec61850"
    BUILTIN = "builtin"

    @property
    def words(self) -> str:
        """For the output."""
        if self is Peers.LIBIEC61850:
            return "unmodified libiec61850 client and server"
        return "built-in plain MMS client and server"


def choose_peers(name: str) -> Peers:
    """The peers of a name; ``auto`` takes libiec61850 where it is installed.

    Raises:
        UsageError: libiec61850 is asked for and not installed.
    """
    is_installed = find_spec("pyiec61850") is not None
    if name == "auto":
        return Peers.LIBIEC61850 if is_installed else Peers.BUILTIN
    peers = Peers(name)
    if peers is Peers.LIBIEC61850 and not is_installed:
        raise UsageError('libiec61850 is not installed: pip install "pyiec61850-ng"')
    return peers


@dataclass(frozen=True, slots=True)
class Reads:
    """What a plain client got."""

    expected: int
    succeeded: int
    """Reads that returned the value that the server holds."""

    @property
    def are_complete(self) -> bool:
        """Every read succeeded."""
        return self.succeeded == self.expected


@contextlib.asynccontextmanager
async def plain_server(peers: Peers) -> AsyncIterator[int]:
    """Run the plain server; gives its port.

    Raises:
        PeerError: It does not start.
    """
    if peers is Peers.LIBIEC61850:
        async with running("interlock.demo.peer_libiec61850_server") as port:
            yield port
        return
    server = PlainServer()
    try:
        yield await server.start()
    finally:
        await server.close()


async def plain_client(peers: Peers, port: int, reads: int, pause_ms: int) -> Reads:
    """Associate, read with pauses, release.

    Raises:
        PeerError: The client did not come to its end.
    """
    if peers is Peers.LIBIEC61850:
        return await _read_with_libiec61850(port, reads, pause_ms)
    try:
        timing = await read_values(port, reads, pause=pause_ms / 1000)
    except (AssociationError, TimeoutError) as error:
        raise PeerError(f"the plain client failed: {error or 'no answer'}") from error
    return Reads(reads, len(timing.reads) - timing.failed)


async def _read_with_libiec61850(port: int, reads: int, pause_ms: int) -> Reads:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "interlock.demo.peer_libiec61850_client",
        *(str(number) for number in (port, reads, pause_ms)),
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), RUN_SECONDS)
        result = json.loads(printed)
        pairs = zip(result["values"], result["errors"], strict=True)
        succeeded = sum(value == mms.VALUE and error == 0 for value, error in pairs)
    except TimeoutError:
        raise PeerError(f"the libiec61850 client did not end in {RUN_SECONDS:.0f} s") from None
    except (ValueError, KeyError, TypeError) as error:
        raise PeerError("the libiec61850 client printed no result") from error
    finally:
        await _stop(process)
    return Reads(reads, succeeded)


@contextlib.asynccontextmanager
async def running(module: str) -> AsyncIterator[int]:
    """Run a server module that takes a port, prints ``ready`` and ends with its standard input.

    Raises:
        PeerError: It does not start.
    """
    port = _free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        str(port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        except TimeoutError:
            line = b""
        if line != b"ready\n":
            raise PeerError(f"{module} does not start")
        yield port
    finally:
        process.stdin.close()
        await _stop(process)


async def _stop(process: asyncio.subprocess.Process) -> None:
    """Wait for a process that is about to end, and kill it when it does not."""
    try:
        await asyncio.wait_for(process.wait(), STOP_SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    """A port of 127.0.0.1 that is free now; whoever takes it before us makes the start fail."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
