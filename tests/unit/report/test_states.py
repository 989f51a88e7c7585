from __future__ import annotations

import pytest

from interlock.model.machine import Machine
from interlock.report.states import coverage, state_order, states_svg
from unit.report import sample
from unit.report.pictures import extents, faults

MACHINES = {machine.name: machine for machine in sample.machines()}


@pytest.fixture(params=list(MACHINES.values()), ids=list(MACHINES))
def machine(request: pytest.FixtureRequest) -> Machine:
    assert isinstance(request.param, Machine)
    return request.param


def written(drawing: str) -> str:
    return " ".join(extent.text for extent in extents(drawing)[2])


def test_no_text_is_cut_or_overlaps(machine: Machine) -> None:
    assert faults(states_svg(machine, sample.covered(machine))) == []
    assert faults(states_svg(machine, ())) == []


def test_every_state_and_row_is_written(machine: Machine) -> None:
    text = written(states_svg(machine, sample.covered(machine)))
    for name in machine.states:
        assert name in text
    for row in machine.transitions:
        assert row.id in text


def test_states_are_layered_by_the_longest_path() -> None:
    assert state_order(MACHINES["native-client"]) == [
        "idle", "transport", "wait-rsp", "stable", "rekey-sent", "wait-rel", "closed",
    ]  # fmt: skip


def test_the_final_state_is_last(machine: Machine) -> None:
    order = state_order(machine)
    assert sorted(order) == sorted(machine.states)
    assert machine.states[order[-1]].is_final
    assert order[0] == machine.initial


def test_what_is_not_covered_carries_a_sign() -> None:
    machine = MACHINES["native-client"]
    every = frozenset(
        [row.id for row in machine.transitions]
        + [check.id for found in machine.check_lists.values() for check in found.checks]
    )
    assert "✗" not in written(states_svg(machine, every))
    text = written(states_svg(machine, every - {"NC-02", "HA-01"}))
    assert "✗ NC-02" in text
    assert "✗ checks: HA-01" in text


def test_coverage_counts_rows_and_checks_that_exist() -> None:
    machine = MACHINES["native-client"]
    none, one = coverage(machine, ()), coverage(machine, {"NC-02", "HA-01", "no such row"})
    assert (none.covered_rows, none.covered_checks) == (0, 0)
    assert (one.covered_rows, one.covered_checks) == (1, 1)
    assert one.rows == len({row.id for row in machine.transitions})


def test_the_same_every_time(machine: Machine) -> None:
    covered = sample.covered(machine)
    assert states_svg(machine, covered) == states_svg(machine, sorted(covered))
