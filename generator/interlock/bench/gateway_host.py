"""One process that runs many gateway halves, for the benchmark: ``python -m`` this module.

Reads one line of JSON from standard input (the folder of the identity, and the routes), prints one
line of JSON (the ports listened on, in order), and ends when standard input closes. The client
halves and the server halves have a process each, as in a substation they have a box each.
"""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from iec62351_4.events import SecurityEvent
from iec62351_4.transport.gateway import Endpoint
from interlock.gateway.choices import Half, Mode, Protection
from interlock.gateway.identity import choose_files, read_party
from interlock.gateway.policy import choose_policy
from interlock.gateway.service import Plan, make_gateway

HOST = "127.0.0.1"
_NO_FILES = (None, None, None, None)


def _plan(half: Half, folder: Path, route: dict[str, Any]) -> Plan:
    tls = _NO_FILES if route["tls"] else None
    return Plan(
        half=half,
        mode=Mode(route["mode"]),
        protection=Protection(route["protection"] or Protection.AE.value),
        listen=Endpoint(HOST, 0),
        connect=Endpoint(HOST, route["connect"]),
        party=read_party(choose_files(folder, application=_NO_FILES, tls=tls)),
        policy=choose_policy(None, folder, ()),
    )


async def _serve(request: dict[str, Any]) -> None:
    half, folder = Half(request["half"]), Path(request["identity"])
    gateways = [make_gateway(_plan(half, folder, r), _no_log) for r in request["routes"]]
    try:
        for gateway in gateways:
            await gateway.start(Endpoint(HOST, 0))
        print(json.dumps([gateway.port for gateway in gateways]), flush=True)
        await asyncio.to_thread(sys.stdin.read)
    finally:
        for gateway in gateways:
            await gateway.close()


def _no_log(event: SecurityEvent) -> None:
    """Nobody reads the events of a benchmark; an association that fails shows as a failed read."""
    del event


if __name__ == "__main__":
    asyncio.run(_serve(json.loads(sys.stdin.readline())))
