"""What machines read: which variables and fields still matter, and which messages still can come.

A value that nothing reads any more is forgotten, so that states that differ in nothing else are
one. That changes no verdict: what is forgotten decides no guard, no check, no message and no
property. Values that are only shown or logged do not count as read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.verification.abstraction import Abstraction

_SHOWN_ONLY = (m.Log, m.LogDiagnostic, m.Deliver, m.Indicate, m.Connect)


@dataclass(frozen=True)
class MachineReads:
    """What one machine reads, by state and by message."""

    live: Mapping[str, frozenset[str]]
    """State to the session variables (and party ghosts) that matter from there on."""
    fields: Mapping[str, frozenset[str]]
    """Message to its fields and ghosts that are read."""
    deciding: Mapping[str, frozenset[str]]
    """Message to its fields on which a guard, a check or a branch depends."""
    checks: Mapping[str, frozenset[str]]
    """Check to the fields and ghosts of the message that it reads."""
    envelope: Mapping[str, frozenset[str]]
    """Message to the fields of its EnvPDU that are read."""
    awaited: Mapping[str, frozenset[str]]
    """State to the messages for which some row waits there."""
    later: Mapping[str, frozenset[str]]
    """State to the messages for which some row waits there or in a state that can follow."""


def machine_reads(machine: m.Machine, abstraction: Abstraction) -> MachineReads:
    """The reads of a machine."""
    return _Reads(machine, abstraction).all()


def fields_read(body: m.Body) -> tuple[str, ...]:
    """Fields of the received message that a body reads, other than to show them."""
    return tuple(
        sorted(
            {
                node.name
                for expression in _body(body)
                for node in x.walk(expression)
                if isinstance(node, x.Variable) and node.root is x.Root.MESSAGE and node.name
            }
        )
    )


class _Reads:
    def __init__(self, machine: m.Machine, abstraction: Abstraction) -> None:
        self._machine = machine
        self._abstraction = abstraction

    def all(self) -> MachineReads:
        fields: dict[str, set[str]] = {}
        deciding: dict[str, set[str]] = {}
        envelope: dict[str, set[str]] = {}
        for row in self._machine.transitions:
            if row.event.kind is not m.EventKind.RECEIVE:
                continue
            for node in self._variables(self._row(row)):
                if node.root is x.Root.MESSAGE and node.name:
                    fields.setdefault(row.event.name, set()).add(node.name)
                if node.root is x.Root.ENVELOPE:
                    envelope.setdefault(row.event.name, set()).add(node.name)
            for node in self._variables(self._decisions(row)):
                if node.root is x.Root.MESSAGE and node.name:
                    deciding.setdefault(row.event.name, set()).add(node.name)
        awaited = {
            state: frozenset(
                row.event.name
                for row in self._machine.transitions
                if state in row.sources and row.event.kind is m.EventKind.RECEIVE
            )
            for state in self._machine.states
        }
        graph = self._graph()
        later = {
            state: frozenset[str]().union(
                *(awaited[s] for s in {state, *nx.descendants(graph, state)})
            )
            for state in self._machine.states
        }
        return MachineReads(
            self._live(),
            {name: frozenset(found) for name, found in fields.items()},
            {name: frozenset(found) for name, found in deciding.items()},
            self._checks(),
            {name: frozenset(found) for name, found in envelope.items()},
            awaited,
            later,
        )

    def _checks(self) -> dict[str, frozenset[str]]:
        return {
            check.id: frozenset(
                node.name
                for node in self._variables([check.fails_when])
                if node.root is x.Root.MESSAGE
            )
            for checks in self._machine.check_lists.values()
            for check in checks.checks
        }

    def _graph(self) -> nx.DiGraph:
        graph = nx.DiGraph()
        graph.add_nodes_from(self._machine.states)
        for row in self._machine.transitions:
            for state in row.sources:
                graph.add_edge(state, row.target or state)
        return graph

    # --- expressions -----------------------------------------------------------------------

    def _row(self, row: m.Transition) -> Iterator[x.Expression]:
        if row.when is not None:
            yield row.when
        for use in row.checks:
            yield from (expression for _, expression in use.arguments)
            yield from (check.fails_when for check in self._machine.check_lists[use.list].checks)
            yield from _body(use.reaction.body)
        yield from _body(row.body)

    def _decisions(self, row: m.Transition) -> Iterator[x.Expression]:
        if row.when is not None:
            yield row.when
        for use in row.checks:
            yield from (expression for _, expression in use.arguments)
            yield from (check.fails_when for check in self._machine.check_lists[use.list].checks)
        for action in m.actions(row.body):
            if isinstance(action, m.Choose):
                yield from (branch.when for branch in action.branches)

    def _variables(self, expressions: Iterable[x.Expression]) -> Iterator[x.Variable]:
        for expression in expressions:
            for node in x.walk(expression):
                if isinstance(node, x.Variable):
                    yield node
                elif isinstance(node, x.PredicateCall):
                    meaning = self._abstraction.predicates.get(node.predicate)
                    if meaning is not None and meaning.means is not None:
                        yield from self._variables([meaning.means])
                elif isinstance(node, x.OperationCall):
                    operation = self._abstraction.operations[node.operation]
                    yield from self._variables(value for _, value in operation.sets)

    def _session(self, expressions: Iterable[x.Expression]) -> Iterator[str]:
        for node in self._variables(expressions):
            if node.root is x.Root.SESSION:
                yield node.name
            elif node.root is x.Root.SCENE:
                yield node.name.partition(".")[2]

    # --- variables that matter ---------------------------------------------------------------

    def _live(self) -> dict[str, frozenset[str]]:
        live: dict[str, set[str]] = {state: set() for state in self._machine.states}
        for row in self._machine.transitions:
            read = set(self._session(self._row(row)))
            for state in row.sources:
                live[state] |= read
        for name, reaction in self._machine.faults.items():
            del name
            read = set(self._session(_body(reaction.body)))
            for place in self._machine.states.values():
                if not place.is_final:
                    live[place.name] |= read
        changed = True
        while changed:
            changed = False
            for row in self._machine.transitions:
                after = live[row.target] if row.target else set()
                written = {a.variable for a in row.body if isinstance(a, m.Set)}
                for state in row.sources:
                    more = after - written - live[state]
                    changed = changed or bool(more)
                    live[state] |= more
        return {state: frozenset(found) for state, found in live.items()}


def _body(body: m.Body) -> Iterator[x.Expression]:
    for action in body:
        match action:
            case m.Set(value=value):
                yield value
            case m.Send() | m.SendEnvelope():
                if isinstance(action, m.Send):
                    yield from (node for _, node in action.fields)
                yield from (node for _, node in action.envelope)
            case m.Call(operation=operation):
                yield operation
            case m.Choose(branches=branches):
                for branch in branches:
                    yield branch.when
                    yield from _body(branch.body)
            case _:
                assert isinstance(action, (*_SHOWN_ONLY, m.StartTimer, m.StopTimer, m.Close))
