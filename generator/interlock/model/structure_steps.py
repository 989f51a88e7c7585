"""Rows and reactions seen as one: the steps of a machine, and what holds on every way through."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.structure_rule import Found


@dataclass(frozen=True, slots=True)
class Step:
    """A row; or a reaction to a failed check, or to a message that has no place."""

    words: str
    is_reaction: bool
    event: m.Event
    sources: tuple[str, ...]
    target: str | None
    body: m.Body
    span: Span
    clause: str | None

    def leads_to(self, states: Iterable[str]) -> bool:
        """Whether the step enters one of these states, from another one at least."""
        return self.target is not None and self.target in states and not self.stays

    @property
    def stays(self) -> bool:
        """Whether the step leaves the machine where it is."""
        return self.target is None or set(self.sources) == {self.target}


def steps(machine: m.Machine) -> Iterator[Step]:
    """Every row, every reaction of its checks, and every reaction to a message without a place."""
    for row in machine.transitions:
        yield Step(
            f'"{row.id}"', False, row.event, row.sources, row.target, row.body, row.span, row.clause
        )
        for use in row.checks:
            yield _reaction(use.reaction, row.event, row.sources)
    live = tuple(s.name for s in machine.states.values() if not (s.is_initial or s.is_final))
    for message, reaction in machine.faults.items():
        yield _reaction(reaction, m.Event(m.EventKind.RECEIVE, message), live)


def _reaction(reaction: m.Reaction, event: m.Event, sources: tuple[str, ...]) -> Step:
    words = f'reaction "{reaction.name}"'
    return Step(words, True, event, sources, reaction.target, reaction.body, reaction.span, None)


def ends(machine: m.Machine) -> Iterator[Step]:
    """The steps that end the association."""
    return (step for step in steps(machine) if step.leads_to(final_states(machine)))


def final_states(machine: m.Machine) -> frozenset[str]:
    """The states in which the association is over."""
    return frozenset(state.name for state in machine.states.values() if state.is_final)


def closing_states(machine: m.Machine) -> frozenset[str]:
    """The states in which the user has asked for the end and nothing else comes."""
    final = final_states(machine)
    asked = {
        row.target
        for row in machine.transitions
        if row.event.kind is m.EventKind.LOCAL and machine.initial not in row.sources
    }
    going_on = {
        source
        for row in machine.transitions
        for source in row.sources
        if row.target not in {None, source, *final}
    }
    return frozenset(name for name in asked if name is not None) - going_on - final


Names = frozenset[str]
"""Variables that are set, timers that run: what is known of a state besides its name."""


def along_rows(
    machine: m.Machine,
    start: Mapping[str, Names],
    after: Callable[[m.Transition, Names], Names],
    join: Callable[[Names, Names], Names],
) -> Mapping[str, Names]:
    """What is known of each state that some way leads to, whichever way it was.

    Args:
        machine: Whose rows are gone along until nothing more is learnt.
        start: What is known of the states to begin with.
        after: What is known after a row, from what was known before it.
        join: What is known of two ways: on both (intersection) or on either (union).
    """
    found = dict(start)
    while True:
        before = dict(found)
        for row in machine.transitions:
            for source in row.sources:
                if source in found:
                    target, known = row.target or source, after(row, found[source])
                    found[target] = join(found[target], known) if target in found else known
        if found == before:
            return found


def always(body: m.Body, *kinds: type[m.Action]) -> bool:
    """Whether every way through a body has an action of one of these kinds."""
    return any(
        isinstance(action, kinds)
        or (isinstance(action, m.Choose) and all(always(b.body, *kinds) for b in action.branches))
        for action in body
    )


def own_fields(machine: m.Machine, action: m.Send | m.SendEnvelope) -> frozenset[str]:
    """The fields that get a value where they are sent, and not the default of their message."""
    own = {name for name, _ in action.envelope}
    if isinstance(action, m.Send):
        fields = machine.messages.messages[action.message].fields
        own |= {n for n, value in action.fields if value.span.path != fields[n].span.path}
    return frozenset(own)


def named(expression: x.Expression, root: x.Root) -> frozenset[str]:
    """The variables of one root that an expression reads."""
    return frozenset(
        node.name
        for node in x.walk(expression)
        if isinstance(node, x.Variable) and node.root is root
    )


def once(found: Iterable[Found]) -> Iterator[Found]:
    """Each finding once: a reaction is typed, and found, for every message it answers."""
    seen = set()
    for item in found:
        if (item.span, item.message) not in seen:
            seen.add((item.span, item.message))
            yield item
