"""``interlock demo``: plain MMS applications talk through the generated handlers."""

from __future__ import annotations

import asyncio
import json
from enum import Enum
from typing import Annotated

import typer

from interlock.cli.exits import FINDINGS
from interlock.cli.options import output_of
from interlock.gateway.choices import Mode, Protection


class Modes(Enum):
    """What is shown."""

    COMPAT = "compat"
    NATIVE = "native"
    BOTH = "both"


class PeersOption(Enum):
    """Who the plain client and server are."""

    AUTO = "auto"
    LIBIEC61850 = "libiec61850"
    BUILTIN = "builtin"


def command(
    context: typer.Context,
    mode: Annotated[Modes, typer.Option(help="Which mode of 62351-4.")] = Modes.BOTH,
    protection: Annotated[
        Protection, typer.Option(help="Native mode: AES-GCM, AES-CBC and HMAC, or only an HMAC.")
    ] = Protection.AE,
    peers: Annotated[
        PeersOption,
        typer.Option(help="Plain client and server; auto: libiec61850 where it is installed."),
    ] = PeersOption.AUTO,
    tls: Annotated[bool, typer.Option("--tls/--no-tls", help="Whether TLS is below.")] = True,
    rekey: Annotated[
        bool, typer.Option("--rekey/--no-rekey", help="Native mode: change keys under traffic.")
    ] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Everything, as one JSON object.")
    ] = False,
) -> None:
    """Let a plain MMS client read from a plain MMS server through the generated handlers.

    Everything is embedded: certificates are made on the spot, all ports are free ones of
    127.0.0.1. Prints each EnvPDU with the transitions on both sides and their clauses. Exit code 0
    when every read succeeded, keys changed, and the association was released in order.
    """
    from interlock.demo.peers import choose_peers
    from interlock.demo.report import as_data, show
    from interlock.demo.scenario import Scenario, play

    output = output_of(context)
    chosen = choose_peers(peers.value)
    modes = [Mode.COMPAT, Mode.NATIVE] if mode is Modes.BOTH else [Mode(mode.value)]
    outcomes = []
    for each in modes:
        scenario = Scenario(each, protection, chosen, tls, rekey and each is Mode.NATIVE)
        outcomes.append(asyncio.run(play(scenario)))
        if not as_json:
            show(outcomes[-1], output.out)
    if as_json:
        output.result(json.dumps({"runs": [as_data(outcome) for outcome in outcomes]}, indent=2))
    raise typer.Exit(FINDINGS if any(outcome.failures for outcome in outcomes) else 0)
