"""Rules on timers; the plain case of each is its sample under tests/diagnostics."""

from __future__ import annotations

import pytest

from interlock.model.structure_timers import certainly_running, possibly_running
from unit.model.small_models import Damaged

FILE = "machines/small.yaml"
LATE = (
    "{id: S-08, from: [open], on: receive RLRQ-without-SecPDU, when: has-groups, "
    'clause: "15", confidence: A, do: [%s], to: late}'
)


@pytest.mark.parametrize(
    ("done", "runs"), [("", True), ("{stop: t-limit}", False)], ids=["goes on", "stopped"]
)
def test_a_limit_is_stopped_where_no_row_waits(damaged: Damaged, done: str, runs: bool) -> None:
    damaged.edit(FILE, "  closed: {final", '  late: {clause: "13", words: late}\n  closed: {final')
    damaged.add_row(LATE % done)
    call = '{id: S-09, from: [late], on: local start, clause: "13", confidence: A, to: open}'
    damaged.add_row(call)
    found = ['timer "t-limit" may run in state "late", and no row waits'] if runs else []
    assert damaged.messages("SM046") == found


def test_one_way_is_enough_to_run_and_not_enough_to_be_certain(damaged: Damaged) -> None:
    ways = "{id: a, when: has-groups, do: [{start: t-limit}]}, {id: b, when: not has-groups}"
    damaged.edit(FILE, "      - {start: t-limit}\n", "")
    damaged.edit(FILE, "    claim: running\n", f"    claim: running\n    branches: [{ways}]\n")
    machine = damaged.load().machines["small"]
    assert possibly_running(machine)["open"] == {"t-limit"}
    assert certainly_running(machine)["open"] == set()


def test_a_timer_that_has_run_down_runs_no_longer(damaged: Damaged) -> None:
    damaged.edit(
        FILE,
        "do: [{send-envelope: ABRT}, {indicate: aborted}, {close: transport}], to: closed}",
        "to: late}",
    )
    damaged.edit(FILE, "  closed: {final", '  late: {clause: "13", words: late}\n  closed: {final')
    assert possibly_running(damaged.load().machines["small"])["late"] == set()
