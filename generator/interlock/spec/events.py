"""Reader of the security events."""

from __future__ import annotations

from interlock.core import data
from interlock.spec.rows import ORIGIN_KEYS, Context, Row, read_rows, unique
from interlock.spec.types import Event, EventGroup, EventSeverity


def read_events(
    table: data.Mapping, context: Context
) -> tuple[dict[str, EventGroup], dict[str, Event]]:
    """Read ``events.yaml``; the part of an event id before the point is its group."""

    def read_group(row: Row) -> EventGroup:
        return EventGroup(row.text("id"), row.text("title"), row.optional_text("pdu"), row.origin())

    groups = unique(
        read_rows(
            table,
            "groups",
            read_group,
            context,
            required=("id", "title", *ORIGIN_KEYS),
            optional=("pdu",),
        ),
        lambda g: g.id,
        lambda g: g.origin.span,
        "event group",
        context,
    )

    def read_event(row: Row) -> Event:
        id = row.scalar("id")
        group = id.text.rpartition(".")[0]
        row.check_reference(data.Scalar(group, id.span), groups, "the event groups")
        return Event(
            id=id.text,
            group=group,
            mnemonic=row.optional_text("mnemonic"),
            title=row.text("title"),
            severity=row.choice("severity", EventSeverity),
            derived=row.flag("derived"),
            diagnostic=row.optional_text("diagnostic"),
            origin=row.origin(),
        )

    events = unique(
        read_rows(
            table,
            "events",
            read_event,
            context,
            required=("id", "title", "severity", *ORIGIN_KEYS),
            optional=("mnemonic", "derived", "diagnostic"),
        ),
        lambda e: e.id,
        lambda e: e.origin.span,
        "event",
        context,
    )
    return groups, events
