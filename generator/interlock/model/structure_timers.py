"""Structural rules on what runs along with a state: timers, and the transport."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.core.diagnostics import Severity
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule

Running = frozenset[str]


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


def certainly_running(machine: m.Machine) -> Mapping[str, Running]:
    """The timers that were started on every way to a state and not stopped since.

    A timer that has run down counts as running: its row has said what comes then.
    """
    found: dict[str, Running] = {machine.initial: frozenset()}
    while True:
        before = dict(found)
        for row in machine.transitions:
            for source in row.sources:
                if source in found:
                    target = row.target or source
                    after = _after(row.body, found[source])
                    found[target] = found[target] & after if target in found else after
        if found == before:
            return found


def _after(body: m.Body, running: Running) -> Running:
    for action in body:
        match action:
            case m.StartTimer(timer=name):
                running |= {name}
            case m.StopTimer(timer=name):
                running -= {name}
            case m.Choose(branches=branches):
                running = frozenset.intersection(*(_after(b.body, running) for b in branches))
            case _:
                pass
    return running


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
)
