"""The solver's answers on the shipped models, and on models broken on purpose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.model.expression import BoolLiteral, Not
from interlock.model.machine import CheckList, Choose, Machine, Transition
from interlock.model.project import Project, load_project
from interlock.verification.guards import Decision, conditions_of, decide

ROOT = Path(__file__).parents[2]
MACHINES = ("compatibility-client", "compatibility-server", "native-client", "native-server")


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def decided(project: Project, change: Callable[[Machine], Machine], name: str) -> Decision:
    return decide(change(project.models.machines[name]), project.models.vocabulary)


def with_row(machine: Machine, id: str, change: Callable[[Transition], Transition]) -> Machine:
    """The machine with one row changed."""
    assert id in [row.id for row in machine.transitions]
    rows = tuple(change(row) if row.id == id else row for row in machine.transitions)
    return replace(machine, transitions=rows)


def with_list(machine: Machine, name: str, change: Callable[[CheckList], CheckList]) -> Machine:
    """The machine with one check list changed."""
    lists = {**machine.check_lists, name: change(machine.check_lists[name])}
    return replace(machine, check_lists=lists)


@pytest.mark.parametrize("name", MACHINES)
def test_shipped_machine_has_no_hole_overlap_or_dead_check(project: Project, name: str) -> None:
    decision = decided(project, lambda machine: machine, name)

    assert [d.message for d in decision.findings] == []
    assert decision.questions >= len(list(conditions_of(project.models.machines[name])))


def test_guard_taken_away_overlaps(project: Project) -> None:
    decision = decided(
        project,
        lambda machine: with_row(machine, "NC-12rc", lambda row: replace(row, when=None)),
        "native-client",
    )

    assert [(d.code, d.message) for d in decision.findings] == [
        (
            "VER001",
            '"NC-12rc" and "NC-15c" both apply in state "rekey-sent" on "receive ClearTransfer"',
        )
    ]
    assert "m.changed-key = True" in (decision.findings[0].help or "")


def test_row_taken_away_leaves_a_hole(project: Project) -> None:
    decision = decided(
        project,
        lambda machine: replace(
            machine, transitions=tuple(r for r in machine.transitions if r.id != "NC-15e")
        ),
        "native-client",
    )

    assert [(d.code, d.message) for d in decision.findings] == [
        ("VER002", 'no row applies in state "rekey-sent" on "receive EncrTransfer"')
    ]


def test_local_call_that_no_guard_admits_is_no_hole(project: Project) -> None:
    # "send-data" is refused when the sequence numbers of the present time are used up
    machine = project.models.machines["native-client"]
    guards = [r.when for r in machine.transitions if r.id in ("NC-10", "NC-11")]
    assert all(guard is not None for guard in guards)
    assert decide(machine, project.models.vocabulary).findings == ()


def test_branch_taken_away_leaves_a_hole(project: Project) -> None:
    def without_last_branch(row: Transition) -> Transition:
        body = tuple(
            replace(action, branches=action.branches[:-1]) if isinstance(action, Choose) else action
            for action in row.body
        )
        return replace(row, body=body)

    decision = decided(
        project, lambda machine: with_row(machine, "NC-03", without_last_branch), "native-client"
    )

    assert [(d.code, d.message) for d in decision.findings] == [
        ("VER002", 'no branch of "NC-03" applies')
    ]
    assert "m.appl-protected = False" in (decision.findings[0].help or "")


def test_check_behind_its_own_copy_is_dead(project: Project) -> None:
    def doubled(checks: CheckList) -> CheckList:
        last = checks.checks[-1]
        return replace(checks, checks=(*checks.checks, replace(last, id="HR-99")))

    decision = decided(
        project,
        lambda machine: with_list(machine, "handshake-request", doubled),
        "native-server",
    )

    assert [(d.code, d.message) for d in decision.findings] == [
        ("VER003", 'check "HR-99" can never fail: those before it leave nothing')
    ]


def test_check_shadowed_by_a_weaker_one_before_it_is_dead(project: Project) -> None:
    def widened(checks: CheckList) -> CheckList:
        # HR-03 now fails always, so nothing behind it is ever reached
        changed = tuple(
            replace(c, fails_when=BoolLiteral(value=True)) if c.id == "HR-03" else c
            for c in checks.checks
        )
        return replace(checks, checks=changed)

    decision = decided(
        project,
        lambda machine: with_list(machine, "handshake-request", widened),
        "native-server",
    )

    behind = [
        c.id
        for c in project.models.machines["native-server"].check_lists["handshake-request"].checks
    ]
    dead = [d.message.split('"')[1] for d in decision.findings if d.code == "VER003"]
    assert dead == behind[behind.index("HR-03") + 1 :]


def test_reachable_check_said_to_be_unreachable(project: Project) -> None:
    def claimed(checks: CheckList) -> CheckList:
        changed = tuple(
            replace(c, unreachable="because") if c.id == "HR-13" else c for c in checks.checks
        )
        return replace(checks, checks=changed)

    decision = decided(
        project,
        lambda machine: with_list(machine, "handshake-request", claimed),
        "native-server",
    )

    assert [d.code for d in decision.findings] == ["VER005"]


def test_unreachable_check_is_really_unreachable(project: Project) -> None:
    machine = project.models.machines["native-client"]
    claims = [c.id for c in machine.check_lists["handshake-accept"].checks if c.unreachable]
    assert claims == ["HA-20"]

    def unclaimed(checks: CheckList) -> CheckList:
        return replace(checks, checks=tuple(replace(c, unreachable=None) for c in checks.checks))

    decision = decided(
        project,
        lambda machine: with_list(machine, "handshake-accept", unclaimed),
        "native-client",
    )

    assert [d.code for d in decision.findings] == ["VER003"]


def test_negated_guard_is_exclusive(project: Project) -> None:
    def opposite(row: Transition) -> Transition:
        assert row.when is not None
        return replace(row, when=Not(operand=row.when))

    decision = decided(
        project,
        lambda machine: with_row(machine, "NC-15c", opposite),
        "native-client",
    )

    assert sorted(d.code for d in decision.findings) == ["VER001", "VER002"]
