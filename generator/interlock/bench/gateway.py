"""What the gateway pair costs: reads and associations through it against the direct connection.

One client of ours (octets put together before, ``PlainMMS``), one plain server in a process of its
own, the client halves and the server halves in a process each. Every round measures all routes one
after the other, the direct one included, so that load on the machine hits all; what is added is
the median over the rounds of the difference to the direct route of the same round.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from interlock.demo.builtin import PlainServer, Timing, read_values
from interlock.demo.peers import PeerError, running
from interlock.gateway.choices import Half, Mode, Protection
from interlock.gateway.demonstration import write_demonstration

START_SECONDS = 30.0
STOP_SECONDS = 10.0
SECOND, MARGIN = 1.0, 0.01
SERVERS = ("open61850", "libiec61850")
"""In order of preference: the first associates without waits, so that ours show."""


@dataclass(frozen=True, slots=True)
class Route:
    """A way from the client to the server through a pair of halves."""

    mode: Mode
    protection: Protection | None
    """None in compatibility mode, which has no choice."""
    tls: bool

    def as_data(self) -> dict[str, Any]:
        """For JSON."""
        protection = None if self.protection is None else self.protection.value
        return {"mode": self.mode.value, "protection": protection, "tls": self.tls}


ROUTES = tuple(
    Route(mode, protection, tls)
    for mode, protections in ((Mode.COMPAT, (None,)), (Mode.NATIVE, tuple(Protection)))
    for protection in protections
    for tls in (False, True)
)


@dataclass(slots=True)
class _Samples:
    """What was measured on one route; all times in milliseconds."""

    reads: list[list[float]] = field(default_factory=list)
    """By round."""
    associations: list[float] = field(default_factory=list)
    """By round: the median of the round."""
    failed: int = 0

    def add(self, timings: Sequence[Timing]) -> None:
        """Take the associations of one round."""
        self.reads.append([1000 * seconds for t in timings for seconds in t.reads])
        self.associations.append(median(1000 * t.associate for t in timings))
        self.failed += sum(t.failed for t in timings)


def run(
    rounds: int = 7, reads: int = 200, associations: int = 3, routes: Sequence[Route] = ROUTES
) -> dict[str, object]:
    """Measure; the result is plain data for ``--json``, times in milliseconds.

    Args:
        rounds: How often each route is measured.
        reads: In each association, one after the other.
        associations: Per route and round; in compatibility mode it is always one.
        routes: What is compared with the direct connection.

    Raises:
        PeerError: The server or a half does not start.
        AssociationError: A route cannot be associated over.
    """
    return asyncio.run(_run(rounds, reads, associations, routes))


async def _run(
    rounds: int, reads: int, associations: int, routes: Sequence[Route]
) -> dict[str, object]:
    async with contextlib.AsyncExitStack() as stack:
        name, server = await stack.enter_async_context(_server())
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "halves"
        client_folder, server_folder = write_demonstration(folder, time.time_ns() // 1_000_000)
        inner = await stack.enter_async_context(
            _host(Half.SERVER, server_folder, routes, [server] * len(routes))
        )
        outer = await stack.enter_async_context(_host(Half.CLIENT, client_folder, routes, inner))
        ports = [server, *outer]
        samples = [_Samples() for _ in ports]
        ways = list(zip((None, *routes), ports, samples, strict=True))
        for route, port, _ in ways:  # once before, so that nothing is measured for the first time
            await _timings(route, port, reads, 1)
        for number in range(rounds):
            at = number % len(ways)  # another one first in every round
            for route, port, sample in ways[at:] + ways[:at]:
                sample.add(await _timings(route, port, reads, associations))
    direct, *through = samples
    return {
        "server": name,
        "rounds": rounds,
        "reads_per_association": reads,
        "associations_per_round": associations,
        "direct": _figures(direct),
        "routes": [
            {**route.as_data(), **_figures(sample), **_added(sample, direct)}
            for route, sample in zip(routes, through, strict=True)
        ],
    }


async def _timings(route: Route | None, port: int, reads: int, associations: int) -> list[Timing]:
    if route is None or route.mode is Mode.NATIVE:
        return [await read_values(port, reads) for _ in range(associations)]
    # The A-profile allows one association per second and certificate, because its time has
    # seconds only. Waiting here keeps the client half's own wait out of the measurement.
    await asyncio.sleep(SECOND - time.time() % SECOND + MARGIN)
    return [await read_values(port, reads)]


def _figures(samples: _Samples) -> dict[str, object]:
    every = [read for reads in samples.reads for read in reads]
    return {
        "reads_per_second": round(1000 * len(every) / sum(every)),
        "read_ms": {"median": round(median(every), 3), "p95": round(_p95(every), 3)},
        "associate_ms": round(median(samples.associations), 2),
        "failed_reads": samples.failed,
    }


def _added(samples: _Samples, direct: _Samples) -> dict[str, object]:
    pairs = list(zip(samples.reads, direct.reads, strict=True))
    ends = zip(samples.associations, direct.associations, strict=True)
    return {
        "added_read_ms": {
            "median": round(median(median(ours) - median(theirs) for ours, theirs in pairs), 3),
            "p95": round(median(_p95(ours) - _p95(theirs) for ours, theirs in pairs), 3),
        },
        "added_associate_ms": round(median(ours - theirs for ours, theirs in ends), 2),
    }


def _p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[-1]


# --- processes ----------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def _server() -> AsyncIterator[tuple[str, int]]:
    """A plain server: name and port. One of ours only where there is no other."""
    installed = {"open61850": "open61850", "libiec61850": "pyiec61850"}
    for name in SERVERS:
        if find_spec(installed[name]) is not None:
            async with running(f"interlock.demo.peer_{name}_server") as port:
                yield name, port
            return
    server = PlainServer()
    try:
        yield "builtin (same process as the client)", await server.start()
    finally:
        await server.close()


@contextlib.asynccontextmanager
async def _host(
    half: Half, folder: Path, routes: Sequence[Route], targets: Sequence[int]
) -> AsyncIterator[list[int]]:
    """A process with one half per route; gives their ports."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "interlock.bench.gateway_host",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    ways = [
        {**route.as_data(), "connect": port} for route, port in zip(routes, targets, strict=True)
    ]
    request = {"half": half.value, "identity": str(folder), "routes": ways}
    try:
        process.stdin.write(json.dumps(request).encode("ascii") + b"\n")
        try:
            line = await asyncio.wait_for(process.stdout.readline(), START_SECONDS)
            ports = json.loads(line)
        except (TimeoutError, ValueError) as error:
            raise PeerError(f"the {half.value} halves do not start") from error
        yield ports
    finally:
        process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
