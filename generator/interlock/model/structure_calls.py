"""Structural rules on the calls of the user: which are possible, and where."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.diagnostics import Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.structure_steps import own_fields

Literal = tuple[x.Expression, bool]
"""A condition, and whether it must hold."""

Guard = frozenset[Literal]
"""What a row demands, all of it."""


def half_distinctions(project: Project) -> Iterator[Found]:
    """Rows on a call that have no counterpart for the opposite of what they distinguish."""
    for machine in project.models.machines.values():
        calls = [row for row in machine.transitions if row.event.kind is m.EventKind.LOCAL]
        for row in calls:
            alike = [other for other in calls if other.event == row.event]
            told_apart = _distinctions(alike)
            for condition, holds in sorted(_guard(row), key=lambda literal: str(literal[0].span)):
                opposite = (_guard(row) - {(condition, holds)}) | {(condition, not holds)}
                for state in row.sources if condition in told_apart else ():
                    if not any(state in o.sources and _guard(o) <= opposite for o in alike):
                        text = f'"{row.id}" has no counterpart in state "{state}"'
                        words = "does not hold" if holds else "holds"
                        help_text = f"no row there is for the case that {_words(condition)} {words}"
                        yield Found(text, row.span, help=help_text, clause=row.clause)


def _distinctions(rows: list[m.Transition]) -> frozenset[x.Expression]:
    """The conditions that some of the rows demand and others forbid."""
    literals = frozenset(literal for row in rows for literal in _guard(row))
    return frozenset(c for c, holds in literals if holds and (c, False) in literals)


def _guard(row: m.Transition) -> Guard:
    return frozenset(_literals(row.when)) if row.when is not None else frozenset()


def _literals(condition: x.Expression) -> Iterator[Literal]:
    match condition:
        case x.AllOf(operands=operands):
            for operand in operands:
                yield from _literals(operand)
        case x.Not(operand=operand):
            yield operand, False
        case _:
            yield condition, True


def _words(condition: x.Expression) -> str:
    match condition:
        case x.NamedCondition(name=name):
            return f'"{name}"'
        case x.Variable(root=root, name=name):
            return f'"{root.value}.{name}"'
        case _:
            return "its condition"


def unlike_counterparts(project: Project) -> Iterator[Found]:
    """Rows on a call that differ in one condition, lead to one state, and do not do the same."""
    for machine in project.models.machines.values():
        calls = [row for row in machine.transitions if row.event.kind is m.EventKind.LOCAL]
        for row in calls:
            for other in calls:
                if _are_counterparts(row, other):
                    for what in sorted(_done(machine, other) - _done(machine, row)):
                        text = f'"{row.id}" does not {what}, unlike "{other.id}"'
                        yield Found(text, row.span, clause=row.clause)


def _are_counterparts(row: m.Transition, other: m.Transition) -> bool:
    differing = _guard(row) ^ _guard(other)
    return (
        row.event == other.event
        and row.sources == other.sources
        and row.target == other.target
        and len(differing) == 2  # a condition, once demanded and once forbidden
        and len({condition for condition, _ in differing}) == 1
    )


def _done(machine: m.Machine, row: m.Transition) -> frozenset[str]:
    """What a row does, in words; which message it sends and what values it takes is left out."""
    return frozenset(word for action in m.actions(row.body) for word in _deeds(machine, action))


def _deeds(machine: m.Machine, action: m.Action) -> Iterator[str]:
    match action:
        case m.Set(variable=name):
            yield f'set "session.{name}"'
        case m.StartTimer(timer=name):
            yield f'start "{name}"'
        case m.StopTimer(timer=name):
            yield f'stop "{name}"'
        case m.Indicate(kind=kind):
            yield f'indicate "{kind}"'
        case m.Send() | m.SendEnvelope():
            yield f"send an envelope {action.carrier}"
            yield from (f'give "{name}"' for name in own_fields(machine, action))
        case _:
            pass


def states_without_a_way_out(project: Project) -> Iterator[Found]:
    """Live states in which no call is sure to end the association at once."""
    for machine in project.models.machines.values():
        ended = {
            source
            for row in machine.transitions
            if row.event.kind is m.EventKind.LOCAL
            and row.when is None
            and row.target is not None
            and machine.states[row.target].is_final
            for source in row.sources
        }
        left = {
            source
            for row in machine.transitions
            for source in row.sources
            if row.target not in {None, source}
        }  # one that nothing leaves has no way to the end at all, which is another fault
        for state in machine.states.values():
            if state.name in left - ended and not (state.is_initial or state.is_final):
                text = f'no call is sure to end the association in state "{state.name}"'
                yield Found(text, state.span, clause=state.clause)


RULES: tuple[StructureRule, ...] = (
    StructureRule(
        "SM048",
        Severity.WARNING,
        "a call is possible for one half of a distinction",
        "Where rows on a call demand a condition and others forbid it, the machine tells two "
        "cases apart; each state that has a row for one has a row for the other. A condition that "
        "no row forbids is a limit, and needs none.",
        None,
        half_distinctions,
    ),
    StructureRule(
        "SM049",
        Severity.ERROR,
        "a state that the user cannot end",
        "In every state between the first and the last some call without a guard leads to the "
        "end; otherwise the user waits for the peer or for a timer.",
        None,
        states_without_a_way_out,
    ),
    StructureRule(
        "SM050",
        Severity.WARNING,
        "counterparts do not do the same",
        "Two rows on a call that lead from one state to one state, where a condition holds and "
        "where it does not, set the same variables, start and stop the same timers, and give the "
        "same fields in what they send; the values and the message may differ.",
        None,
        unlike_counterparts,
    ),
)
