"""Structural rules on the graph of states: reachability, ends, timers, calls, aborts.

The graph has an edge for each row of the table and for each reaction to a failed check; guards
are ignored, so what is unreachable here is unreachable whatever the conditions say.
"""

from __future__ import annotations

from collections.abc import Iterator

import networkx as nx

from interlock.core.diagnostics import Label, Severity
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule

LOST = m.Event(m.EventKind.TRANSPORT, "lost")


def graph(machine: m.Machine) -> nx.DiGraph[str]:
    """States and the steps between them, faults (a PDU without a place) left out."""
    steps: nx.DiGraph[str] = nx.DiGraph()
    steps.add_nodes_from(machine.states)
    for row in machine.transitions:
        for source in row.sources:
            steps.add_edge(source, row.target or source)
            for use in row.checks:
                steps.add_edge(source, use.reaction.target)
    return steps


def _final(machine: m.Machine) -> str:
    return next(state.name for state in machine.states.values() if state.is_final)


def unreachable_states(project: Project) -> Iterator[Found]:
    """States that no sequence of rows leads to."""
    for machine in project.models.machines.values():
        reached = nx.descendants(graph(machine), machine.initial) | {machine.initial}
        for state in machine.states.values():
            if state.name not in reached:
                yield Found(f'state "{state.name}" is not reachable', state.span)


def states_without_end(project: Project) -> Iterator[Found]:
    """States from which no sequence of rows leads to the final one."""
    for machine in project.models.machines.values():
        final = _final(machine)
        ending = nx.ancestors(graph(machine), final) | {final}
        for state in machine.states.values():
            if state.name not in ending:
                yield Found(f'no way leads from state "{state.name}" to "{final}"', state.span)


def steps_out_of_the_end(project: Project) -> Iterator[Found]:
    """Rows that leave the final state."""
    for machine in project.models.machines.values():
        final = _final(machine)
        for row in machine.transitions:
            if final in row.sources:
                yield Found(
                    f'transition "{row.id}" starts in the final state "{final}"',
                    row.span,
                    labels=(Label(machine.states[final].span, "final here"),),
                )


def rows_beside_an_unguarded_one(project: Project) -> Iterator[Found]:
    """Two rows for one event in one state, one of which applies always."""
    for machine in project.models.machines.values():
        reported: set[tuple[str, str]] = set()
        for state in machine.states:
            for event in machine.events:
                rows = machine.transitions_from(state, event)
                always = next((row for row in rows if row.when is None), None)
                for row in rows:
                    if always is None or row is always or (row.id, always.id) in reported:
                        continue
                    reported.add((row.id, always.id))
                    yield Found(
                        f'"{row.id}" and "{always.id}" both apply to "{event}" in "{state}"',
                        row.span,
                        labels=(Label(always.span, "has no guard"),),
                        help="give both a guard, so that exactly one applies",
                        clause=row.clause,
                    )


def timers_never_started(project: Project) -> Iterator[Found]:
    """Timers that no action starts."""
    for machine in project.models.machines.values():
        started = _timers(machine, m.StartTimer)
        for timer in machine.timers.values():
            if timer.name not in started:
                yield Found(f'timer "{timer.name}" is never started', timer.span)


def timers_never_handled(project: Project) -> Iterator[Found]:
    """Timers whose end no row handles."""
    for machine in project.models.machines.values():
        handled = {row.event.name for row in _timer_rows(machine)}
        for timer in machine.timers.values():
            if timer.name not in handled:
                yield Found(f'no transition is on timer "{timer.name}"', timer.span)


def timers_without_consequence(project: Project) -> Iterator[Found]:
    """Timers that nothing stops and whose end leads nowhere."""
    for machine in project.models.machines.values():
        stopped = _timers(machine, m.StopTimer)
        leading = {
            row.event.name
            for row in _timer_rows(machine)
            if row.target is not None and set(row.sources) != {row.target}
        }
        for timer in machine.timers.values():
            if timer.name not in stopped | leading:
                message = f'timer "{timer.name}" is never stopped, and its end changes no state'
                yield Found(message, timer.span)


def _timers(machine: m.Machine, kind: type[m.StartTimer] | type[m.StopTimer]) -> set[str]:
    return {action.timer for action in traversal.actions(machine) if isinstance(action, kind)}


def _timer_rows(machine: m.Machine) -> Iterator[m.Transition]:
    return (row for row in machine.transitions if row.event.kind is m.EventKind.TIMER)


def calls_never_possible(project: Project) -> Iterator[Found]:
    """Primitives that no state accepts."""
    for machine in project.models.machines.values():
        usable = {
            row.event.name for row in machine.transitions if row.event.kind is m.EventKind.LOCAL
        }
        for primitive in machine.primitives.values():
            if primitive.name not in usable:
                yield Found(f'no state accepts the call "{primitive.name}"', primitive.span)


def states_deaf_to_an_end(project: Project) -> Iterator[Found]:
    """Live states without a row for a lost transport or for an abort that nobody signed."""
    for machine in project.models.machines.values():
        bare = (
            machine.messages.carriers["ABRT"].otherwise
            if "ABRT" in machine.messages.carriers
            else None
        )
        ends = [LOST] + ([m.Event(m.EventKind.RECEIVE, bare)] if bare else [])
        for state in machine.states.values():
            if state.is_initial or state.is_final:
                continue  # no transport yet, or no longer
            for event in ends:
                if not machine.transitions_from(state.name, event):
                    yield Found(
                        f'state "{state.name}" does not react to "{event}"',
                        state.span,
                        clause=state.clause,
                    )


RULES = (
    StructureRule(
        "SM010",
        Severity.ERROR,
        "a state is not reachable",
        "No sequence of rows leads from the initial state to it, whatever the guards say.",
        None,
        unreachable_states,
    ),
    StructureRule(
        "SM011",
        Severity.ERROR,
        "a state without a way to the end",
        "From every state some sequence of rows leads to the final one; the reaction to a PDU "
        "without a place does not count.",
        None,
        states_without_end,
    ),
    StructureRule(
        "SM012",
        Severity.ERROR,
        "a transition leaves the final state",
        "An association that is over stays over; a new one is a new machine.",
        None,
        steps_out_of_the_end,
    ),
    StructureRule(
        "SM013",
        Severity.ERROR,
        "a row without a guard beside another",
        "For one event in one state exactly one row applies. A row without a guard always does, so "
        "there is none beside it.",
        None,
        rows_beside_an_unguarded_one,
    ),
    StructureRule(
        "SM014",
        Severity.ERROR,
        "a timer is never started",
        "Start it in a transition, or delete it with its rows.",
        None,
        timers_never_started,
    ),
    StructureRule(
        "SM015",
        Severity.ERROR,
        "the end of a timer is never handled",
        "A timer that runs out where no row waits for it is ignored; one that no row ever waits "
        "for does nothing.",
        None,
        timers_never_handled,
    ),
    StructureRule(
        "SM016",
        Severity.ERROR,
        "a timer without consequence",
        "Nothing stops it and its rows stay where they are: it limits nothing.",
        None,
        timers_without_consequence,
    ),
    StructureRule(
        "SM017",
        Severity.ERROR,
        "a primitive that is never usable",
        "No row is on this call, so every use of it raises.",
        None,
        calls_never_possible,
    ),
    StructureRule(
        "SM018",
        Severity.ERROR,
        "a state that does not react to an abort",
        "Every state between the first and the last has a row for a lost transport and one for an "
        "abort without a SecPDU: such an end is certain, and must not look like a fault of the "
        "peer (invariant I7).",
        "14",
        states_deaf_to_an_end,
    ),
)
