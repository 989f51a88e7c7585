"""Machines as graphs: the shipped ones have nothing to report, small faulty ones do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interlock.model.expression import BoolLiteral
from interlock.model.project import Project, load_project
from interlock.verification import questions
from interlock.verification.graph import MachineGraph, analyse
from interlock.verification.steps import StepKind, Stepper
from unit.model.small_models import Damaged

ROOT = Path(__file__).parents[2]
MACHINES = ("compatibility-client", "compatibility-server", "native-client", "native-server")
SMALL = "machines/small.yaml"
ROWS = "  - {id: S-05,"


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.fixture
def damaged(tmp_path: Path) -> Damaged:
    return Damaged.copy(tmp_path)


def graph(damaged: Damaged) -> MachineGraph:
    models = damaged.load()
    return analyse(models.machines["small"], models.vocabulary)


def found(damaged: Damaged) -> list[tuple[str, str]]:
    return [(finding.code, finding.message) for finding in graph(damaged).findings]


def with_row(damaged: Damaged, row: str) -> None:
    damaged.edit(SMALL, ROWS, f'  - {{{row}, clause: "13", confidence: C}}\n{ROWS}')


def with_state(damaged: Damaged, name: str) -> None:
    text = f'  {name}: {{clause: "13", words: further}}\n  closed: {{final'
    damaged.edit(SMALL, "  closed: {final", text)


# --- the shipped machines ----------------------------------------------------------------------


@pytest.mark.parametrize("name", MACHINES)
def test_shipped_machine_is_reached_taken_and_ended_everywhere(project: Project, name: str) -> None:
    machine = project.models.machines[name]

    result = analyse(machine, project.models.vocabulary)

    assert result.findings == ()
    assert set(result.reached) == set(machine.states)
    assert result.rows_taken == result.rows == len(machine.transitions)
    unreachable = [c for cs in machine.check_lists.values() for c in cs.checks if c.unreachable]
    assert result.checks_exercised == result.checks - len(unreachable)
    assert result.deadlocks == ()
    assert result.traps == ()


def test_values_of_session_variables_follow_the_rows(project: Project) -> None:
    machine = project.models.machines["native-server"]

    values = analyse(machine, project.models.vocabulary).values

    assert values["listen"]["protection"] == ("none",)
    agreed = ("authenticated-encryption", "encrypt-then-mac", "integrity")
    assert values["wait-app"]["protection"] == agreed
    assert values["wait-app"]["rekey-wanted"] == ("false",)
    assert values["stable"]["rekey-wanted"] == ("false", "true")
    assert values["rekey-received"]["rekey-wanted"] == ("false",)
    assert values["wait-rel"]["rekey-wanted"] == ("false", "true")  # whatever it was at release


def test_a_step_knows_why_it_is_taken(project: Project) -> None:
    machine = project.models.machines["native-server"]

    steps = Stepper(machine, project.models.vocabulary).behaviour().from_state("transport")

    kinds = {step.words: step.kind for step in steps}
    assert kinds["NS-06"] is StepKind.ROW
    assert kinds["NS-06/HR-03"] is StepKind.REACTION
    assert kinds["fault on receive ReleaseReq"] is StepKind.FAULT


def test_undecided_is_no_success(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(questions, "RESOURCE_LIMIT", 1)
    machine = project.models.machines["native-server"]

    result = analyse(machine, project.models.vocabulary)

    assert "VER004" in {finding.code for finding in result.findings}


# --- small machines ----------------------------------------------------------------------------


def test_small_machine_has_no_findings(damaged: Damaged) -> None:
    assert found(damaged) == []


def test_state_that_is_used_before_it_is_declared_is_reached(damaged: Damaged) -> None:
    line = '  open: {clause: "13", words: associated}\n'
    damaged.edit(SMALL, line, "")
    damaged.edit(SMALL, "words: over}\n", f"words: over}}\n{line}")
    # the row that leads there stands behind those that leave it
    first = damaged.root.joinpath(SMALL).read_text(encoding="utf-8")
    start, end = first.index("  - id: S-01"), first.index("  - id: S-02")
    row = first[start:end]
    damaged.edit(SMALL, row, "")
    damaged.edit(SMALL, "\nunexpected:", f"\n{row}unexpected:")

    result = graph(damaged)

    assert result.findings == ()
    assert result.reached == ("closed", "idle", "open")


def test_trap_is_reported_with_a_loop(damaged: Damaged) -> None:
    for name in ("one", "two", "before"):
        with_state(damaged, name)
    damaged.edit(SMALL, "{close: transport}\n    to: closed\n\n  - {id: S-05", (
        "{close: transport}\n    to: before\n\n  - {id: S-05"
    ))  # fmt: skip
    with_row(damaged, "id: S-10, from: [before], on: transport lost, to: one")
    with_row(damaged, "id: S-11, from: [one], on: local stop, to: two")
    with_row(damaged, "id: S-12, from: [two], on: local stop, to: one")

    result = graph(damaged)

    assert [trap.states for trap in result.traps] == [("before", "one", "two")]
    assert result.traps[0].loop == ("one -[S-11]-> two", "two -[S-12]-> one")
    assert [f.code for f in result.findings] == ["VER016"]
    assert result.findings[0].help == "a loop: one -[S-11]-> two, two -[S-12]-> one"


def test_trap_of_one_state_is_reported(damaged: Damaged) -> None:
    with_state(damaged, "one")
    with_row(damaged, "id: S-10, from: [idle], on: transport lost, to: one")
    with_row(damaged, "id: S-11, from: [one], on: local stop, to: same")

    assert found(damaged) == [("VER016", 'no live steps lead from "one" to "closed"')]


def test_shadowed_guard_is_reported(damaged: Damaged) -> None:
    with_row(damaged, "id: S-10, from: [open], on: local stop, when: argument.hard, to: closed")

    assert found(damaged) == [("VER012", '"S-10" is shadowed in state "open" on "local stop"')]


def test_guard_shadowed_by_two_rows_together_is_reported(damaged: Damaged) -> None:
    damaged.edit(SMALL, "    on: local stop\n", "    on: local stop\n    when: has-groups\n")
    with_row(damaged, "id: S-10, from: [open], on: local stop, when: not has-groups, to: closed")
    with_row(damaged, "id: S-11, from: [open], on: local stop, when: argument.hard, to: closed")

    assert found(damaged) == [("VER012", '"S-11" is shadowed in state "open" on "local stop"')]


def test_deadlock_is_reported(damaged: Damaged) -> None:
    with_state(damaged, "stuck")
    with_row(damaged, "id: S-10, from: [idle], on: transport lost, to: stuck")

    assert found(damaged) == [("VER015", 'no live step leaves state "stuck"')]
    assert graph(damaged).deadlocks == ("stuck",)


def test_state_behind_an_impossible_guard_is_not_reached(damaged: Damaged) -> None:
    with_state(damaged, "lost")
    guard = "config.hmac == MacAlgorithm.other"  # against the requirements
    with_row(damaged, f"id: S-10, from: [idle], on: transport lost, when: {guard}, to: lost")
    with_row(damaged, "id: S-11, from: [lost], on: transport lost, to: closed")

    assert found(damaged) == [
        ("VER011", 'no sequence of live steps leads to state "lost"'),
        ("VER012", '"S-10" is never taken in state "idle": its guard is never true'),
    ]


def test_row_whose_checks_never_all_pass(damaged: Damaged) -> None:
    damaged.edit(
        "checks/native.yaml",
        "not m.well-formed or m.asso-id",
        "m.asso-id == m.asso-id or m.asso-id",
    )

    assert ("VER012", '"S-03" is never taken in state "open": its checks never all pass') in found(
        damaged
    )


def test_guard_that_waits_for_a_value_that_never_comes(damaged: Damaged) -> None:
    damaged.edit(
        SMALL, "  keys: {type: Keys", "  flag: {type: bool, words: f}\n  keys: {type: Keys"
    )
    with_row(damaged, "id: S-10, from: [idle], on: transport lost, when: session.flag, to: closed")

    result = graph(damaged)

    assert [(f.code, f.message, f.help) for f in result.findings] == [
        (
            "VER013",
            '"S-10" needs a value that no session variable has in state "idle"',
            "session.flag may be false",
        )
    ]


def test_value_that_another_state_brings_is_no_value_here(damaged: Damaged) -> None:
    damaged.edit(
        SMALL, "  keys: {type: Keys", "  flag: {type: bool, words: f}\n  keys: {type: Keys"
    )
    damaged.edit(SMALL, "{set: {session.asso-id", '{set: {session.flag: "true", session.asso-id')
    for state in ("idle", "open"):
        row = f"id: S-1{state[0]}, from: [{state}], on: transport ready, when: session.flag"
        with_row(damaged, f"{row}, to: closed")

    assert found(damaged) == [
        ("VER013", '"S-1i" needs a value that no session variable has in state "idle"')
    ]


def test_check_that_its_argument_switches_off_is_never_exercised(damaged: Damaged) -> None:
    damaged.edit(SMALL, '{known: "true"}', '{known: "false"}')

    assert found(damaged) == [("VER018", 'check "RQ-03" never fails in machine "small"')]


def test_reaction_to_checks_that_cannot_fail(damaged: Damaged) -> None:
    damaged.edit(
        "checks/native.yaml",
        "not m.well-formed or m.asso-id != session.asso-id",
        "m.asso-id != m.asso-id",
    )

    assert [code for code, _ in found(damaged)] == ["VER018", "VER014"]


def test_row_on_a_timer_that_does_not_run(damaged: Damaged) -> None:
    with_row(damaged, "id: S-10, from: [idle], on: timer t-limit, to: closed")

    assert found(damaged) == [
        ("VER012", '"S-10" is never taken in state "idle": timer "t-limit" never runs there')
    ]


def test_step_out_of_the_end(damaged: Damaged) -> None:
    with_row(damaged, "id: S-10, from: [closed], on: transport ready, to: closed")

    assert found(damaged) == [("VER017", '"S-10" leaves the final state "closed"')]


def test_a_way_out_that_only_a_misplaced_pdu_opens_is_none(project: Project) -> None:
    machine = project.models.machines["compatibility-client"]
    never = BoolLiteral(value=False)
    rows = tuple(
        replace(row, when=never) if row.id.startswith(("CC-10", "CC-04", "CC-07", "CC-08")) else row
        for row in machine.transitions
    )

    result = analyse(replace(machine, transitions=rows), project.models.vocabulary)

    assert result.deadlocks == ("wait-aare",)
