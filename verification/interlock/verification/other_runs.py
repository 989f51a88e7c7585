"""What an honest party signs in runs that are not under test: from its own machine.

A message of another run is looked at as what some row of the sender's machine sends. Fields that
only configuration decides have that value. An identifier that the party itself has made (or that
completes one, as far as a check says so) is not one of the runs under test; one that it took from
a message is whatever the sender of that message wanted: a refusal repeats the identifier of the
request, and so lets the attacker choose it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.verification.abstraction import Abstraction
from interlock.verification.options import options


class Making(Enum):
    """Where the text in a session variable comes from."""

    OWN = "own"
    """Made by the party: no other run has it."""
    COMPLETES = "completes"
    """From a message, and checked to complete an own one."""
    FOREIGN = "foreign"
    """From a message, or unknown."""


@dataclass(frozen=True)
class Sent:
    """How a machine fills a message: fixed values, and texts by where they come from."""

    fixed: Mapping[str, x.Expression]
    texts: Mapping[str, frozenset[Making]]
    needs_acceptance: bool = False
    """Whether a foreign text gets in only through a message that passed its checks, so that the
    attacker cannot choose it without a certificate that is accepted."""


class OtherRuns:
    """What one machine signs in its other runs."""

    def __init__(self, machine: m.Machine, abstraction: Abstraction) -> None:
        self._machine = machine
        self._abstraction = abstraction
        self._texts = [n for n, v in machine.session.items() if isinstance(v.type, t.Text)]
        self._made = {name: self._flow(name) for name in self._texts}

    def sent(self, message: str) -> Sent | None:
        """How the machine fills a message; None when it never sends it."""
        values: dict[str, set[x.Expression]] = {}
        texts: dict[str, set[Making]] = {}
        is_sent = False
        for state, before, send in self._sends(message):
            is_sent = True
            for name, node in send.fields:
                values.setdefault(name, set()).add(node)
                if isinstance(node.type, t.Text):
                    texts.setdefault(name, set()).update(self._text(state, before, node))
        if not is_sent:
            return None
        fixed = {
            name: next(iter(nodes))
            for name, nodes in values.items()
            if len(nodes) == 1 and all(map(_is_configuration, nodes))
        }
        provoked = any(
            isinstance(action, m.Send) and action.message == message
            for row in self._machine.transitions
            for use in row.checks
            for action in m.actions(use.reaction.body)
        )
        is_foreign = any(Making.FOREIGN in makings for makings in texts.values())
        made = {name: frozenset(found) for name, found in texts.items()}
        return Sent(fixed, made, is_foreign and not provoked)

    def _sends(self, message: str) -> Iterator[tuple[str, m.Body, m.Send]]:
        for row in self._machine.transitions:
            for state in row.sources:
                yield from _with_prefix(state, row.body, message)
        for state in self._machine.states:
            for option in options(self._machine, state):
                if option.reaction is not None:
                    yield from _with_prefix(state, option.body, message)

    def _text(self, state: str, before: m.Body, node: x.Expression) -> set[Making]:
        """What an expression's text can be in a state, after some actions."""
        if not isinstance(node, x.Variable) or node.root is not x.Root.SESSION:
            return {Making.FOREIGN}
        for action in reversed(before):
            if isinstance(action, m.Set) and action.variable == node.name:
                return {self._assigned(action.value, None)}
        return self._made[node.name].get(state, set())

    # --- where a session variable's text comes from, state by state ----------------------------

    def _flow(self, name: str) -> dict[str, set[Making]]:
        known: dict[str, set[Making]] = {self._machine.initial: set()}
        changed = True
        while changed:
            changed = False
            for row in self._machine.transitions:
                for state in row.sources:
                    if state not in known:
                        continue
                    target = row.target or state
                    after = self._after(row, name, known[state])
                    before = known.setdefault(target, set())
                    if not after <= before or target not in known:
                        known[target] = before | after
                        changed = True
                    elif target not in known:
                        changed = True
        return known

    def _after(self, row: m.Transition, name: str, before: set[Making]) -> set[Making]:
        made = set(before)
        for action in m.actions(row.body):
            if isinstance(action, m.Set) and action.variable == name:
                made = {self._assigned(action.value, row)}
        return made

    def _assigned(self, value: x.Expression, row: m.Transition | None) -> Making:
        if isinstance(value, x.OperationCall):
            meaning = self._abstraction.operations.get(value.operation)
            return Making.OWN if meaning is not None and meaning.fresh else Making.FOREIGN
        if row is not None and any(
            _completes(node, value)
            for use in row.checks
            for check in self._machine.check_lists[use.list].checks
            for node in x.walk(check.fails_when)
        ):
            return Making.COMPLETES
        return Making.FOREIGN


def _with_prefix(
    state: str, body: m.Body, message: str, before: m.Body = ()
) -> Iterator[tuple[str, m.Body, m.Send]]:
    """Every sending of a message in a body, with the actions before it."""
    for action in body:
        if isinstance(action, m.Send) and action.message == message:
            yield state, before, action
        if isinstance(action, m.Choose):
            for branch in action.branches:
                yield from _with_prefix(state, branch.body, message, before)
        before = (*before, action)


def _completes(node: x.Expression, value: x.Expression) -> bool:
    return (
        isinstance(node, x.PredicateCall)
        and node.predicate == "extends-asso-id"
        and node.arguments[0] == value
        and isinstance(node.arguments[1], x.Variable)
        and node.arguments[1].root is x.Root.SESSION
    )


def _is_configuration(node: x.Expression) -> bool:
    return all(
        not isinstance(part, x.OperationCall | x.PredicateCall)
        and not (isinstance(part, x.Variable) and part.root is not x.Root.CONFIG)
        for part in x.walk(node)
    )
