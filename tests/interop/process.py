"""Peer programs of the interoperability tests: started, awaited, stopped."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path

PEERS = Path(__file__).parent / "peers"
LIBIEC61850_SERVER = "interlock.demo.peer_libiec61850_server"
OPEN61850_SERVER = "interlock.demo.peer_open61850_server"
START_SECONDS = 20.0
STOP_SECONDS = 5.0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that was free just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _command(program: str) -> tuple[str, ...]:
    """A program of the folder ``peers``, or a module of the demonstration."""
    if program.startswith("interlock."):
        return (sys.executable, "-m", program)
    return (sys.executable, str(PEERS / program))


@contextlib.asynccontextmanager
async def running(program: str, *arguments: str) -> AsyncIterator[None]:
    """Run a peer program that prints ``ready`` and ends when its standard input closes."""
    process = await asyncio.create_subprocess_exec(
        *_command(program),
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
        assert line == b"ready\n", line
        yield
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()


async def output_of(program: str, *arguments: str) -> bytes:
    """Run a peer program to its end and return what it prints."""
    process = await asyncio.create_subprocess_exec(
        *_command(program), *arguments, stdout=asyncio.subprocess.PIPE
    )
    try:
        printed, _ = await asyncio.wait_for(process.communicate(), START_SECONDS)
    except TimeoutError:
        process.kill()
        raise
    return printed
