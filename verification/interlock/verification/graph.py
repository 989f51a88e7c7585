"""One machine as a graph of live steps: what is reached, what is never taken, what never ends.

The graph has an edge for every live step: rows whose checks pass, reactions to checks that fail,
and faults (PDUs without a place). Faults count for what can be reached; they do not count as a
way out, because no honest peer opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import networkx as nx
import z3

from interlock.core.diagnostics import Diagnostic, Label, error
from interlock.model import machine as m
from interlock.model.vocabulary import Vocabulary
from interlock.verification.questions import assuming, context, is_possible, new_solver
from interlock.verification.steps import Behaviour, Step, StepKind, Stepper
from interlock.verification.terms import Terms
from interlock.verification.timers import running_perhaps


@dataclass(frozen=True)
class Trap:
    """States from which the end is not reached, and a loop among them, as words of steps."""

    states: tuple[str, ...]
    loop: tuple[str, ...]


@dataclass(frozen=True)
class MachineGraph:
    """What the graph of one machine shows. ``values`` are those of session variables by state."""

    machine: str
    states: int
    reached: tuple[str, ...]
    rows: int
    rows_taken: int
    checks: int
    checks_exercised: int
    steps: Mapping[str, int]  # live steps by kind
    deadlocks: tuple[str, ...]
    traps: tuple[Trap, ...]
    values: Mapping[str, Mapping[str, tuple[str, ...]]]
    questions: int
    findings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)


def graph_of(machine: m.Machine, behaviour: Behaviour) -> nx.MultiDiGraph[str]:
    """States and live steps; an edge has its ``step``."""
    graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    graph.add_nodes_from(machine.states)
    for step in behaviour.steps:
        graph.add_edge(step.source, step.target, step=step)
    return graph


def analyse(
    machine: m.Machine, vocabulary: Vocabulary, stepper: Stepper | None = None
) -> MachineGraph:
    """Everything the graph of a machine shows.

    Args:
        machine: The machine.
        vocabulary: The words of its conditions.
        stepper: Its steps, where they are known already.
    """
    return _Analysis(machine, stepper or Stepper(machine, vocabulary)).run()


class _Analysis:
    def __init__(self, machine: m.Machine, stepper: Stepper) -> None:
        self._machine = machine
        self._stepper = stepper
        self._behaviour = stepper.behaviour()
        self._graph = graph_of(machine, self._behaviour)
        self._reached = set(self._behaviour.values)
        self._final = next(s.name for s in machine.states.values() if s.is_final)
        self._running = running_perhaps(stepper)
        self._questions = 0

    def run(self) -> MachineGraph:
        machine, steps = self._machine, self._behaviour.steps
        taken = {step.row for step in steps if step.kind is StepKind.ROW}
        traps = tuple(self._traps())
        deadlocks = tuple(self._deadlocks())
        findings = [
            *self._unreached(),
            *self._rows_never_taken(),
            *self._unused_reactions(),
            *self._checks_never_exercised(),
            *self._ways_out_of_the_end(),
            *self._no_end(deadlocks, traps),
            *self._undecided(),
        ]
        ids = {check.id for checks in machine.check_lists.values() for check in checks.checks}
        return MachineGraph(
            machine.name,
            len(machine.states),
            tuple(sorted(self._reached)),
            len(machine.transitions),
            len(taken),
            len(ids),
            len(ids & {step.check for step in steps}),
            {kind.value: sum(step.kind is kind for step in steps) for kind in StepKind},
            deadlocks,
            traps,
            {
                state: {name: tuple(sorted(known)) for name, known in sorted(values.items())}
                for state, values in self._behaviour.values.items()
            },
            self._stepper.questions + self._questions,
            tuple(sorted(findings, key=lambda finding: finding.sort_key)),
        )

    # --- what is never reached or taken ------------------------------------------------------

    def _unreached(self) -> Iterator[Diagnostic]:
        for state in self._machine.states.values():
            if state.name not in self._reached:
                message = f'no sequence of live steps leads to state "{state.name}"'
                yield error("VER011", message, state.span, clause=state.clause)

    def _rows_never_taken(self) -> Iterator[Diagnostic]:
        passing = {(s.row, s.source) for s in self._behaviour.steps if s.kind is StepKind.ROW}
        for row in self._machine.transitions:
            for state in row.sources:
                if state not in self._reached:
                    continue
                if (row.id, state) not in passing:
                    yield self._never(row, state)
                elif row.event.kind is m.EventKind.TIMER and (
                    row.event.name not in self._running[state]
                ):
                    why = f'timer "{row.event.name}" never runs there'
                    message = f'"{row.id}" is never taken in state "{state}": {why}'
                    yield error("VER012", message, row.span, clause=row.clause)
                else:
                    shadowing = self._shadowing(row, state)
                    if shadowing:
                        yield error(
                            "VER012",
                            f'"{row.id}" is shadowed in state "{state}" on "{row.event}"',
                            row.span,
                            labels=[Label(other.span, "applies as well") for other in shadowing],
                            clause=row.clause,
                            help="it applies only where another row for the event does",
                        )

    def _never(self, row: m.Transition, state: str) -> Diagnostic:
        analysis = self._stepper.rows[row.id]
        if analysis.outcome(self._stepper.anything(), {}).passing:
            here = self._behaviour.values[state]
            known = "; ".join(
                f"session.{name} may be {', '.join(sorted(here[name]))}"
                for name in sorted(analysis.read)
            )
            message = f'"{row.id}" needs a value that no session variable has in state "{state}"'
            return error("VER013", message, row.span, clause=row.clause, help=known)
        self._questions += 1
        solver = new_solver(*analysis.terms.axioms, *context(*self._seen(row)), analysis.guard)
        why = "its checks never all pass" if is_possible(solver) else "its guard is never true"
        message = f'"{row.id}" is never taken in state "{state}": {why}'
        return error("VER012", message, row.span, clause=row.clause)

    def _seen(self, row: m.Transition) -> tuple[m.Machine, Terms, m.Event]:
        return self._machine, self._stepper.rows[row.id].terms, row.event

    def _shadowing(self, row: m.Transition, state: str) -> tuple[m.Transition, ...]:
        """The other rows, where this one applies only if one of them does."""
        others = tuple(r for r in self._machine.transitions_from(state, row.event) if r is not row)
        if not others:
            return ()
        analyses = [self._stepper.rows[r.id] for r in (row, *others)]
        axioms = [axiom for analysis in analyses for axiom in analysis.terms.axioms]
        solver = new_solver(*axioms, *context(*self._seen(row)), analyses[0].guard)
        restricted = list(analyses[0].restricted(self._behaviour.values[state]))
        apart = [z3.Not(analysis.guard) for analysis in analyses[1:]]
        self._questions += 1
        with assuming(solver, *restricted, *apart):
            verdict = solver.check()
        analyses[0].undecided += verdict == z3.unknown
        return others if verdict == z3.unsat else ()

    def _unused_reactions(self) -> Iterator[Diagnostic]:
        failing = {(s.row, s.check) for s in self._behaviour.steps if s.kind is StepKind.REACTION}
        for row in self._machine.transitions:
            if not self._reached.intersection(row.sources):
                continue
            for use in row.checks:
                checks = self._machine.check_lists[use.list].checks
                if not any((row.id, check.id) in failing for check in checks):
                    message = f'reaction "{use.reaction.name}" of "{row.id}" is never used'
                    help_ = f'no check of "{use.list}" can fail here'
                    yield error("VER014", message, use.span, clause=row.clause, help=help_)

    def _checks_never_exercised(self) -> Iterator[Diagnostic]:
        failing = {step.check for step in self._behaviour.steps}
        for checks in self._machine.check_lists.values():
            for check in checks.checks:
                if check.id not in failing and not check.unreachable:
                    message = f'check "{check.id}" never fails in machine "{self._machine.name}"'
                    yield error("VER018", message, check.span, clause=check.clause)

    def _undecided(self) -> Iterator[Diagnostic]:
        """What is undecided counts as live above, and never as success."""
        for row in self._machine.transitions:
            count = self._stepper.rows[row.id].undecided
            if count:
                message = f'{count} question(s) about "{row.id}" are undecided'
                yield error("VER004", message, row.span, clause=row.clause)

    # --- what never ends ---------------------------------------------------------------------

    def _without_faults(self) -> nx.MultiDiGraph[str]:
        kept: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        kept.add_nodes_from(self._graph.nodes)
        kept.add_edges_from(
            (source, target, {"step": step})
            for source, target, step in self._graph.edges(data="step")
            if step.kind is not StepKind.FAULT
        )
        return kept

    def _endless(self) -> tuple[nx.MultiDiGraph[str], list[set[str]]]:
        """The graph without faults, and its last components from which the end is not reached."""
        graph = self._without_faults()
        ending = nx.ancestors(graph, self._final) | {self._final}
        lost = graph.subgraph(self._reached - ending)
        last = [
            set(component)
            for component in nx.strongly_connected_components(lost)
            if all(target in component for _, target in graph.out_edges(component))
        ]
        return graph, sorted(last, key=min)

    def _deadlocks(self) -> Iterator[str]:
        graph, last = self._endless()
        for component in last:
            if not graph.out_degree(min(component)):
                yield min(component)

    def _traps(self) -> Iterator[Trap]:
        graph, last = self._endless()
        for component in last:
            if graph.out_degree(min(component)):
                inside = graph.subgraph(sorted(component))
                loop = nx.find_cycle(inside, min(component))
                words = tuple(
                    f"{source} -[{inside.edges[source, target, key]['step'].words}]-> {target}"
                    for source, target, key in loop
                )
                leading = nx.ancestors(graph, min(component)) | component
                ending = nx.ancestors(graph, self._final)
                yield Trap(tuple(sorted((leading & self._reached) - ending)), words)

    def _no_end(self, deadlocks: tuple[str, ...], traps: tuple[Trap, ...]) -> Iterator[Diagnostic]:
        for name in deadlocks:
            state = self._machine.states[name]
            message = f'no live step leaves state "{name}"'
            yield error("VER015", message, state.span, clause=state.clause)
        for trap in traps:
            names = ", ".join(f'"{name}"' for name in trap.states)
            first = self._machine.states[trap.states[0]]
            message = f'no live steps lead from {names} to "{self._final}"'
            help_ = f"a loop: {', '.join(trap.loop)}"
            yield error("VER016", message, first.span, clause=first.clause, help=help_)

    def _ways_out_of_the_end(self) -> Iterator[Diagnostic]:
        leaving: dict[str, Step] = {
            step.row: step for step in self._behaviour.from_state(self._final)
        }
        for row in self._machine.transitions:
            if row.id in leaving:
                message = f'"{row.id}" leaves the final state "{self._final}"'
                yield error("VER017", message, row.span, clause=row.clause)
