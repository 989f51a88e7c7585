"""What a machine can do in a state, and how far it can go: the shape of a run.

A run ends at the latest with the first delivery of protected-protocol data (or in the final
state). Up to there a machine only moves forward: leaving out rows that stay where they are, the
graph of its states has no circle, so the longest path bounds the number of steps, and what is
unrolled is *everything*.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import networkx as nx

from interlock.model import expression as x
from interlock.model import machine as m

OVER = "!"
"""Mark behind a state in which the run is over because data were delivered."""


class Unbounded(Exception):
    """The machine can go round before its run is over, so no number of steps is enough."""

    def __init__(self, machine: str, states: tuple[str, ...]) -> None:
        self.machine = machine
        self.states = states
        super().__init__(f'machine "{machine}" can go round: {" -> ".join(states)}')


@dataclass(frozen=True)
class Option:
    """Something a party can do in a state: a row, a failing check of it, or a fault reaction."""

    id: str
    state: str
    event: m.Event
    row: m.Transition | None
    use: m.CheckUse | None
    """The check list that fails; those before it pass."""
    body: m.Body
    target: str
    reaction: m.Reaction | None = None

    @property
    def delivers(self) -> bool:
        """Whether data go to the user, which ends the run."""
        return any(isinstance(action, m.Deliver) for action in m.actions(self.body))

    @property
    def claim(self) -> str | None:
        """The claim of the row, where it is carried out."""
        return None if self.row is None or self.reaction is not None else self.row.claim


# --- the shape of a machine ------------------------------------------------------------------


def is_staying(row: m.Transition, state: str) -> bool:
    """Whether a row leaves its state and, if it is a reception, delivers nothing."""
    stays = row.target is None or row.target == state
    delivers = any(isinstance(action, m.Deliver) for action in m.actions(row.body))
    return stays and not delivers


def staying_rows(machine: m.Machine, state: str) -> Iterator[m.Transition]:
    """The rows that keep a machine in a state, without a delivery."""
    for row in machine.transitions:
        if state in row.sources and is_staying(row, state):
            yield row


def staying_variables(machine: m.Machine) -> Iterator[str]:
    """Session variables that rows without a step of their own write."""
    for state in machine.states:
        for row in staying_rows(machine, state):
            for action in m.actions(row.body):
                if isinstance(action, m.Set):
                    yield action.variable


def options(machine: m.Machine, state: str) -> Iterator[Option]:
    """Everything a party can do in a state that moves it on."""
    if state.endswith(OVER) or machine.states[state].is_final:
        return
    handled = set()
    for row in machine.transitions:
        if state not in row.sources:
            continue
        handled.add(row.event)
        if not is_staying(row, state):
            yield Option(row.id, state, row.event, row, None, row.body, row.target or state)
        for use in row.checks:
            reaction = use.reaction
            yield Option(
                f"{row.id}!{use.list}", state, row.event, row, use, reaction.body,
                reaction.target, reaction,
            )  # fmt: skip
    for name, reaction in machine.faults.items():
        event = m.Event(m.EventKind.RECEIVE, name)
        if event not in handled:
            # One message without a place stands for all of them: the reaction is the same.
            yield Option(
                "fault", state, event, None, None, reaction.body, reaction.target, reaction
            )
            return


def making_steps(machine: m.Machine) -> tuple[int, ...]:
    """Numbers of the steps in which a party can make a Diffie-Hellman key pair."""
    here, found = {machine.initial}, []
    for number in range(bound(machine)):
        following = set()
        for state in here:
            following.add(state)
            for option in options(machine, state):
                following.add(option.target + (OVER if option.delivers else ""))
                if any(makes_key_pair(action) for action in m.actions(option.body)):
                    found.append(number)
        here = following
    return tuple(sorted(set(found)))


def makes_key_pair(action: m.Action) -> bool:
    """Whether an action makes a Diffie-Hellman key pair and keeps it."""
    return isinstance(action, m.Set) and any(
        isinstance(node, x.OperationCall) and str(node.type) == "DHKeyPairs"
        for node in x.walk(action.value)
    )


def bound(machine: m.Machine) -> int:
    """The greatest number of steps of a run.

    Raises:
        Unbounded: The machine can go round before data are delivered.
    """
    graph = nx.DiGraph()
    graph.add_nodes_from(machine.states)
    for state in machine.states:
        for option in options(machine, state):
            graph.add_edge(state, option.target + (OVER if option.delivers else ""))
    try:
        circle = nx.find_cycle(graph, machine.initial)
    except nx.NetworkXNoCycle:
        reachable = nx.descendants(graph, machine.initial) | {machine.initial}
        return int(nx.dag_longest_path_length(graph.subgraph(reachable)))
    raise Unbounded(machine.name, tuple(edge[0] for edge in circle))
