"""The outcome of a demonstration as a table to read, and as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from rich.console import Console
from rich.table import Table
from rich.text import Text

from iec62351_4.events import format_rfc3339
from interlock.demo.recording import NOTHING, Exchange, Taken
from interlock.demo.scenario import Outcome

TABLE_COLUMNS = 120
"""Width where stdout is no terminal."""

SHOWN_ALIKE = 2
"""EnvPDUs that differ only in time and size: so many of each kind are shown."""


def as_data(outcome: Outcome) -> dict[str, object]:
    """Everything, for ``--json``."""
    scenario = outcome.scenario
    return {
        "mode": scenario.mode.value,
        "protection": scenario.protection.value if scenario.mode.value == "native" else None,
        "peers": scenario.peers.value,
        "tls": outcome.tls or None,
        "reads": {"expected": outcome.reads.expected, "succeeded": outcome.reads.succeeded},
        "rekeys": outcome.rekeys,
        "released": outcome.is_released,
        "added_octets_per_read": outcome.added_octets,
        "failures": outcome.failures,
        "events": [
            {
                "time": format_rfc3339(event.time),
                "id": event.id,
                "severity": event.severity.value,
                "text": event.text,
            }
            for event in outcome.events
        ],
        "envpdus": [asdict(exchange) for exchange in outcome.exchanges],
    }


def show(outcome: Outcome, console: Console) -> None:
    """Print the table and the summary."""
    scenario = outcome.scenario
    console.print(f"{scenario.title}: {scenario.peers.words}", style="bold")
    if not console.is_terminal:
        console.width = TABLE_COLUMNS
    console.print(_table(outcome.exchanges))
    tls = f"TLS: {outcome.tls}" if outcome.tls else "no TLS"
    parts = [
        f"{outcome.reads.succeeded} of {outcome.reads.expected} reads",
        f"{outcome.rekeys} changes of keys",
        "released in order" if outcome.is_released else "not released",
        f"{outcome.added_octets} octets added to a read",
        f"{len(outcome.events)} events",
        tls,
    ]
    console.print("; ".join(parts))
    for failure in outcome.failures:
        console.print(Text.assemble(("failed: ", "bold red"), failure))
    console.print()


def _table(exchanges: tuple[Exchange, ...]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("ms", justify="right")
    for heading in ("", "carrier", "SecPDU", "protected by", "sender", "receiver"):
        table.add_column(heading, overflow="fold")
    table.add_column("octets", justify="right")
    table.add_column("MMS", justify="right")
    for item in _folded(exchanges):
        if isinstance(item, int):
            table.add_row("", "", "...", f"{item} more", "like these", style="dim")
        else:
            table.add_row(*_cells(item), style="cyan" if item.notes else "")
    return table


def _cells(exchange: Exchange) -> tuple[str, ...]:
    name = exchange.secpdu
    if exchange.notes:
        name = f"{name} +{', +'.join(exchange.notes)}"
    return (
        str(exchange.time_ms),
        "->" if exchange.sender == "client" else "<-",
        exchange.carrier,
        name,
        exchange.protection,
        _rows(exchange.sent_by),
        _rows(exchange.received_by),
        str(exchange.octets),
        "" if exchange.mms_octets is None else str(exchange.mms_octets),
    )


def _rows(rows: tuple[Taken, ...]) -> str:
    """Transitions with the clauses they come from."""
    return ", ".join(f"{row.id} {row.clause}" for row in rows) or NOTHING


def _folded(exchanges: tuple[Exchange, ...]) -> Iterator[Exchange | int]:
    """The exchanges in order, runs of well-known ones replaced by their number."""
    seen: dict[object, int] = {}
    folded = 0
    for exchange in exchanges:
        kind = (exchange.sender, exchange.secpdu, exchange.notes, exchange.sent_by)
        seen[kind] = seen.get(kind, 0) + 1
        if seen[kind] > SHOWN_ALIKE and exchange.carrier == "DATA":
            folded += 1
            continue
        if folded:
            yield folded
            folded = 0
        yield exchange
    if folded:
        yield folded
