"""Walking over machines: every body, every expression, every clause, in order of writing."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.loader import Models


def bodies(machine: m.Machine) -> Iterator[m.Body]:
    """Bodies of transitions and of reactions, each reaction once per message."""
    for row in machine.transitions:
        yield row.body
    for reaction in reactions(machine):
        yield reaction.body


def reactions(machine: m.Machine) -> Iterator[m.Reaction]:
    """The reactions in use, each once per message."""
    seen: set[tuple[str, str]] = set()
    uses = [use.reaction for row in machine.transitions for use in row.checks]
    for reaction in (*uses, *machine.faults.values()):
        key = (reaction.name, reaction.message)
        if key not in seen:
            seen.add(key)
            yield reaction


def actions(machine: m.Machine) -> Iterator[m.Action]:
    """Every action of transitions and reactions, those inside branches included."""
    for body in bodies(machine):
        yield from m.actions(body)


def read_by(action: m.Action) -> Iterator[x.Expression]:
    """The expressions an action evaluates; those inside the branches of a choice are not its."""
    match action:
        case m.Set():
            yield action.value
        case m.Send():
            yield from (value for _, value in action.fields)
            yield from (value for _, value in action.envelope)
        case m.SendEnvelope():
            yield from (value for _, value in action.envelope)
        case m.Deliver():
            yield action.octets
        case m.Indicate(octets=octets) if octets is not None:
            yield octets
        case m.LogDiagnostic():
            yield from (action.present, action.diagnostic)
        case m.Call():
            yield action.operation
        case m.Connect():
            yield action.secure
        case m.Choose():
            yield from (branch.when for branch in action.branches)
        case _:
            pass


def read_in(body: m.Body) -> Iterator[x.Expression]:
    """The expressions of a body, those inside branches included."""
    for action in m.actions(body):
        yield from read_by(action)


def expressions(machine: m.Machine) -> Iterator[x.Expression]:
    """Every expression of a machine, whole."""
    yield from (requirement.condition for requirement in machine.requirements)
    yield from (timer.after for timer in machine.timers.values())
    yield from (condition for condition, _ in machine.conditions.values())
    for checks in machine.check_lists.values():
        yield from (check.fails_when for check in checks.checks)
    for row in machine.transitions:
        if row.when is not None:
            yield row.when
        for use in row.checks:
            yield from (value for _, value in use.arguments)
    for body in bodies(machine):
        yield from read_in(body)


def nodes(machine: m.Machine) -> Iterator[x.Expression]:
    """Every node of every expression of a machine."""
    for expression in expressions(machine):
        yield from x.walk(expression)


def clauses(models: Models) -> Iterator[tuple[str, Span, str]]:
    """Clause, position and what is there: everything in the models that names a clause."""
    words = models.vocabulary
    for table in (words.enumerations, words.opaque, words.predicates, words.operations):
        for word in table.values():
            yield word.clause, word.span, f'"{word.name}"'
    for messages in models.messages.values():
        for message in messages.messages.values():
            yield message.clause, message.span, f'message "{message.name}"'
    for fields in models.envelopes.values():
        for item in fields.values():
            yield item.clause, item.span, f'"{item.name}"'
    for config in models.configs.values():
        for entry in config.values():
            yield entry.clause, entry.span, f'configuration field "{entry.name}"'
    for machine in models.machines.values():
        yield from _clauses_of_machine(machine)


def _clauses_of_machine(machine: m.Machine) -> Iterator[tuple[str, Span, str]]:
    yield machine.clause, machine.span, f'machine "{machine.name}"'
    for state in machine.states.values():
        yield state.clause, state.span, f'state "{state.name}"'
    for timer in machine.timers.values():
        yield timer.clause, timer.span, f'timer "{timer.name}"'
    for requirement in machine.requirements:
        yield requirement.clause, requirement.span, "requirement"
    for row in machine.transitions:
        yield row.clause, row.span, f'transition "{row.id}"'
    for checks in machine.check_lists.values():
        yield checks.clause, checks.span, f'check list "{checks.name}"'
        for check in checks.checks:
            yield check.clause, check.span, f'check "{check.id}"'
