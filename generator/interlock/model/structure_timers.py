"""Structural rules on what runs along with a state: timers, and the transport."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from interlock.core.diagnostics import Severity
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.structure_steps import Names, along_rows, closing_states, final_states


def ends_and_transport(project: Project) -> Iterator[Found]:
    """Steps that close the transport and go on, or that end and leave it open."""
    lost = m.Event(m.EventKind.TRANSPORT, "lost")
    for machine in project.models.machines.values():
        final = next(state.name for state in machine.states.values() if state.is_final)
        for row in machine.transitions:
            if row.event != lost:
                text = _end(row.body, is_end=row.target == final)
                if text:
                    yield Found(f'"{row.id}" {text}', row.span)
        reactions = {
            use.reaction.name: use.reaction for row in machine.transitions for use in row.checks
        }
        for reaction in reactions.values():
            text = _end(reaction.body, is_end=reaction.target == final)
            if text:
                yield Found(f'reaction "{reaction.name}" {text}', reaction.span)


def _end(body: m.Body, *, is_end: bool) -> str:
    closes = any(isinstance(action, m.Close) for action in m.actions(body))
    if closes and not is_end:
        return "closes the transport and does not end"
    return "ends and leaves the transport open" if is_end and not closes else ""


def timers_not_certain(project: Project) -> Iterator[Found]:
    """Rows on a timer in a state to which a way leads that has not started it."""
    for machine in project.models.machines.values():
        certain = certainly_running(machine)
        started = {
            action.timer
            for action in traversal.actions(machine)
            if isinstance(action, m.StartTimer)
        }
        for row in machine.transitions:
            if row.event.kind is m.EventKind.TIMER and row.event.name in started:
                for state in row.sources:
                    if state in certain and row.event.name not in certain[state]:
                        text = f'timer "{row.event.name}" need not be running in state "{state}"'
                        yield Found(text, row.span)


def certainly_running(machine: m.Machine) -> Mapping[str, Names]:
    """The timers that were started on every way to a state and not stopped since.

    A timer that has run down counts as running: its row has said what comes then.
    """
    return along_rows(
        machine,
        {machine.initial: frozenset()},
        lambda row, running: _after(row.body, running, frozenset.intersection),
        frozenset.intersection,
    )


def _after(body: m.Body, running: Names, join: Callable[..., Names]) -> Names:
    for action in body:
        match action:
            case m.StartTimer(timer=name):
                running |= {name}
            case m.StopTimer(timer=name):
                running -= {name}
            case m.Choose(branches=branches):
                running = join(*(_after(b.body, running, join) for b in branches))
            case _:
                pass
    return running


def limits_for_nobody(project: Project) -> Iterator[Found]:
    """States in which a timer that can end the association may run and no row waits for it."""
    for machine in project.models.machines.values():
        possible = possibly_running(machine)
        rows = [row for row in machine.transitions if row.event.kind is m.EventKind.TIMER]
        final = final_states(machine)
        limits = {row.event.name for row in rows if row.target in final}
        for state in machine.states.values():
            if state.name not in final | closing_states(machine):
                awaited = {row.event.name for row in rows if state.name in row.sources}
                for timer in sorted((possible[state.name] & limits) - awaited):
                    text = f'timer "{timer}" may run in state "{state.name}", and no row waits'
                    yield Found(text, state.span, clause=state.clause)


def possibly_running(machine: m.Machine) -> Mapping[str, Names]:
    """The timers that were started on some way to a state and neither stopped nor run down."""

    def after(row: m.Transition, running: Names) -> Names:
        run_down = {row.event.name} if row.event.kind is m.EventKind.TIMER else frozenset()
        return _after(row.body, running - run_down, frozenset.union)

    return along_rows(machine, dict.fromkeys(machine.states, frozenset()), after, frozenset.union)


RULES: tuple[StructureRule, ...] = (
    StructureRule(
        "SM036",
        Severity.ERROR,
        "the end of an association and that of its transport differ",
        "A machine that ends closes the transport, and one that closes it is over; only a "
        "transport that is lost needs no closing.",
        None,
        ends_and_transport,
    ),
    StructureRule(
        "SM037",
        Severity.ERROR,
        "a row waits for a timer that may not be running",
        "Every way into a state starts the timers that its rows are on, or has them running "
        "already; otherwise the machine may wait there for ever.",
        None,
        timers_not_certain,
    ),
    StructureRule(
        "SM046",
        Severity.ERROR,
        "a limit goes on where nobody waits for it",
        "A timer that can end the association is stopped on every way into a state without a row "
        "for it. Exempt are states in which the user has asked for the end and nothing else comes.",
        None,
        limits_for_nobody,
    ),
)
