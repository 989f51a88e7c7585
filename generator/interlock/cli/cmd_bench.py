"""``interlock bench``: what the generated code costs, measured here and now."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from interlock.cli.loading import assumptions, demand
from interlock.cli.location import find_root
from interlock.cli.options import Root, output_of

command = typer.Typer(
    help="Measure the codecs and the gateway.", no_args_is_help=True, rich_markup_mode=None
)

_COLUMNS = ("reads/s", "read ms", "p95", "added", "p95", "associate ms", "added")

JSONOption = Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")]


@command.command("codec")
def codec(
    context: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, help="How often each pair is timed.")] = 11,
    as_json: JSONOption = False,
    root: Root = None,
) -> None:
    """Generated codecs against asn1tools DER, on three PDUs of real size."""
    from interlock.bench.codec import run

    output = output_of(context)
    project = demand(find_root(root), assumptions(()))
    result: Mapping[str, Any] = run(rounds, project.spec.asn1)
    if as_json:
        output.result(json.dumps(result, indent=2))
        return
    table = _table("PDU", "octets", "", "per second", "other", "ratio", "goal")
    for name, pdu in result["pdus"].items():
        for what, goal in result["goals"].items():
            figures = pdu[what]
            other = figures["asn1tools_ops_per_second"]
            cells = (figures["ops_per_second"], other, figures["ratio"], goal)
            table.add_row(name, str(pdu["octets"]), what, *map(str, cells))
    output.out.print(f"generated codecs against {result['against']}, medians of {rounds} rounds")
    output.out.print(table)


@command.command("gateway")
def gateway(
    context: typer.Context,
    rounds: Annotated[int, typer.Option(min=1, help="How often each route is measured.")] = 7,
    reads: Annotated[int, typer.Option(min=2, help="In each association.")] = 200,
    as_json: JSONOption = False,
) -> None:
    """Reads and associations through the gateway pair, against the direct connection."""
    from interlock.bench.gateway import run

    output = output_of(context)
    result: Mapping[str, Any] = run(rounds, reads)
    if as_json:
        output.result(json.dumps(result, indent=2))
        return
    table = _table("mode", "", "TLS", *_COLUMNS)
    table.add_row("direct", "", "", *_cells(result["direct"]))
    for route in result["routes"]:
        name = (route["mode"], route["protection"] or "", "yes" if route["tls"] else "no")
        table.add_row(*name, *_cells(route))
    output.out.print(f"plain server: {result['server']}; {rounds} rounds of {reads} reads")
    output.out.print(table)


def _cells(figures: Mapping[str, Any]) -> Sequence[str]:
    added = figures.get("added_read_ms", {"median": "", "p95": ""})
    cells = (
        figures["reads_per_second"],
        figures["read_ms"]["median"],
        figures["read_ms"]["p95"],
        added["median"],
        added["p95"],
        figures["associate_ms"],
        figures.get("added_associate_ms", ""),
    )
    return tuple(map(str, cells))


def _table(*headings: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for at, heading in enumerate(headings):
        table.add_column(heading, justify="left" if at < 3 else "right")
    return table
