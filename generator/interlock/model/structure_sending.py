"""Structural rules on what the peer is told: what the user gives, the end, and answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.core.diagnostics import Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.structure_steps import (
    Step,
    always,
    closing_states,
    ends,
    final_states,
    named,
    once,
    steps,
)

# --- what the user gives -----------------------------------------------------------------------


def arguments_without_use(project: Project) -> Iterator[Found]:
    """Rows on a call that do not use, on every way through them, what the call gives."""
    machines = project.models.machines.values()
    taking = {
        (machine.environment, action.carrier)
        for machine in machines
        for action in traversal.actions(machine)
        if isinstance(action, m.SendEnvelope) and _arguments(traversal.read_by(action))
    }
    for machine in machines:
        bare = {carrier for environment, carrier in taking if environment == machine.environment}
        for row in machine.transitions:
            if row.event.kind is m.EventKind.LOCAL and not _has_no_room(row.body, bare):
                used = _used(row.body) | _arguments(() if row.when is None else (row.when,))
                for argument in machine.primitives[row.event.name].arguments:
                    if argument.name not in used:
                        text = f'"{row.id}" need not use "argument.{argument.name}"'
                        yield Found(text, row.span, clause=row.clause)


def _has_no_room(body: m.Body, taking: set[str]) -> bool:
    """Whether a body sends only bare envelopes that nothing of the user's fits into."""
    sent = [a for a in m.actions(body) if isinstance(a, m.Send | m.SendEnvelope)]
    return bool(sent) and all(
        isinstance(action, m.SendEnvelope) and action.carrier not in taking for action in sent
    )


def _used(body: m.Body) -> frozenset[str]:
    """The arguments that every way through a body reads."""
    used: frozenset[str] = frozenset()
    for action in body:
        used |= _arguments(traversal.read_by(action))
        if isinstance(action, m.Choose):
            used |= frozenset.intersection(*(_used(b.body) for b in action.branches))
    return used


def _arguments(expressions: Iterable[x.Expression]) -> frozenset[str]:
    return frozenset(name for e in expressions for name in named(e, x.Root.ARGUMENT))


# --- the end -----------------------------------------------------------------------------------


def ends_without_a_word(project: Project) -> Iterator[Found]:
    """Ends that are this party's own decision and of which the peer hears nothing."""
    for machine in project.models.machines.values():
        awaiting = _awaiting_messages(project, machine.mode)
        over = closing_states(machine)
        yield from once(
            Found(f"{step.words} ends and does not tell the peer", step.span, clause=step.clause)
            for step in ends(machine)
            if step.sources != (machine.initial,)  # where there is no transport yet
            and _is_own_decision(step, awaiting, over)
            and not always(step.body, m.Send, m.SendEnvelope)
        )
        for row in machine.transitions:
            is_request = row.target in over.difference(row.sources)
            if is_request and not always(row.body, m.Send, m.SendEnvelope):
                text = f'"{row.id}" asks for the end and does not tell the peer'
                yield Found(text, row.span, clause=row.clause)


def _is_own_decision(step: Step, awaiting: frozenset[str], over: frozenset[str]) -> bool:
    """Whether the peer cannot know of the end by itself."""
    if step.event.kind is not m.EventKind.RECEIVE:
        return step.event.kind is not m.EventKind.TRANSPORT
    waits = step.event.name in awaiting
    if step.is_reaction:  # who waits only for the end of the association needs no answer
        return waits and not over.issuperset(step.sources)
    kinds = {action.kind for action in m.actions(step.body) if isinstance(action, m.Indicate)}
    return always(step.body, m.Log) or (waits and "rejected" not in kinds)


def _awaiting_messages(project: Project, mode: str) -> frozenset[str]:
    """Messages whose sender goes on: it does so somewhere, or ends nowhere with them."""
    last: set[str] = set()
    staying: set[str] = set()
    going_on: set[str] = set()
    for machine in project.models.machines.values():
        if machine.mode == mode:
            final = final_states(machine)
            for step in steps(machine):
                sent = {_received_as(machine, action) for action in m.actions(step.body)}
                if step.leads_to(final):
                    last |= sent
                elif step.stays:
                    staying |= sent
                else:
                    going_on |= sent
    return frozenset(going_on | (staying - last))


def _received_as(machine: m.Machine, action: m.Action) -> str:
    """The message as which the peer receives what an action sends; empty where it does not."""
    if isinstance(action, m.Send):
        return action.message
    if isinstance(action, m.SendEnvelope):
        rule = machine.messages.carriers.get(action.carrier)
        return (rule.otherwise or rule.carries or "") if rule else ""
    return ""


# --- answers -----------------------------------------------------------------------------------


def messages_answered_elsewhere(project: Project) -> Iterator[Found]:
    """Rows on a received message that send nothing, where a row with the same guard does."""
    for machine in project.models.machines.values():
        rows = [row for row in machine.transitions if row.event.kind is m.EventKind.RECEIVE]
        answering = {
            (row.event, row.when): row.id
            for row in rows
            if always(row.body, m.Send, m.SendEnvelope)
        }
        for row in rows:
            other = answering.get((row.event, row.when))
            if other and not always(row.body, m.Send, m.SendEnvelope):
                text = f'"{row.id}" does not answer "{row.event.name}", unlike "{other}"'
                yield Found(text, row.span, clause=row.clause)


RULES: tuple[StructureRule, ...] = (
    StructureRule(
        "SM041",
        Severity.ERROR,
        "what the user gives is not used",
        "Every way through a row on a call uses each argument of the call. Exempt is a row that "
        "sends only bare envelopes into which no machine puts anything of the user's.",
        None,
        arguments_without_use,
    ),
    StructureRule(
        "SM042",
        Severity.ERROR,
        "an end that the peer is not told",
        "A party that ends the association of its own accord, or asks for its end, sends "
        "something. It need not where "
        "the peer waits for nothing: the transport is lost, the peer refuses, or no machine goes "
        "on that has sent the message.",
        None,
        ends_without_a_word,
    ),
    StructureRule(
        "SM051",
        Severity.WARNING,
        "a message that is answered elsewhere",
        "Where a row answers a message, every row of the machine on that message with the same "
        "guard does: the peer waits for the answer whatever the state.",
        None,
        messages_answered_elsewhere,
    ),
)
