"""The event table, small and real."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import load_tables
from interlock.spec.types import EventSeverity

from .conftest import Edit

ROOT = Path(__file__).parents[3] / "spec"


def test_an_event_belongs_to_the_group_of_its_id(spec: Path) -> None:
    event = load_tables(spec).events["D:1.2"]
    assert (event.group, event.severity, event.diagnostic) == ("D:1", EventSeverity.ERROR, "failed")


def test_an_event_id_is_given_once(spec: Path, edit: Edit) -> None:
    edit("events.yaml", '"D:1.2"', '"D:1.1"')
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert [(d.code, d.span.line) for d in caught.value.diagnostics] == [("SPC002", 5)]


def test_only_rows_without_mnemonic_are_derived() -> None:
    for event in load_tables(ROOT).events.values():
        assert event.derived == (event.mnemonic is None), event.id


def test_the_shared_rows_are_the_same_in_every_group() -> None:
    """Rejects, aborts and releases share their first ten events."""
    events = load_tables(ROOT).events
    rows = {
        group: [
            (events[f"{group}.{n}"].title, events[f"{group}.{n}"].severity) for n in range(1, 11)
        ]
        for group in (f"IEC62351-4:{n}" for n in (3, 4, 5, 6, 7, 12, 13))
    }
    assert len({tuple(row) for row in rows.values()}) == 1
    alarms = [n for n, (_, s) in enumerate(rows["IEC62351-4:3"], 1) if s is EventSeverity.ALARM]
    assert alarms == [2, 3, 6, 7, 10]


def test_no_diagnostic_is_reported_by_two_events_of_a_group() -> None:
    seen = [(e.group, e.diagnostic) for e in load_tables(ROOT).events.values() if e.diagnostic]
    assert len(seen) == len(set(seen)) == 16 + 14 + 5


def test_which_events_are_alarms() -> None:
    alarms: dict[str, list[int]] = {}
    for event in load_tables(ROOT).events.values():
        if event.severity is EventSeverity.ALARM:
            alarms.setdefault(event.group, []).append(int(event.id.rpartition(".")[2]))
    rejects = {f"IEC62351-4:{n}": [2, 3, 6, 7, 10] for n in (2, 3, 7, 12, 13)}
    aborts = {f"IEC62351-4:{n}": [2, 3, 6, 7, 10, 11] for n in (4, 5, 6)}
    assert alarms == {
        "IEC62351-4:1": [2, 3, 7, 8, 11],
        **rejects,
        **aborts,
        "IEC62351-4:10": [3, 5, 7],
        "IEC62351-4:11": [3, 5, 7],
        "IEC62351-3:1": [2, 4, 5, 6, 7, 8, 11, 13, 14, 19, 20],
        "IEC62351-3:2": [1, 2, 3, 4, 8, 9, 10, 11, 13],
        "IEC62351-9:2": [2],
        "IEC62351-9:4": [1],
    }
