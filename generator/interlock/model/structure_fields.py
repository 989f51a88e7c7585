"""Structural rules on the fields of what is sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from interlock.core.diagnostics import Severity
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.structure_steps import Step, named, once, own_fields, steps

Group = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Sending:
    """One place that sends: what it gives of its own, and the groups it is compared within."""

    step: Step
    words: str
    given: frozenset[str]
    groups: tuple[Group, ...]
    span: Span


def fields_given_elsewhere(project: Project) -> Iterator[Found]:
    """Places that leave out a field which every other place of its group gives."""
    members: defaultdict[Group, list[_Sending]] = defaultdict(list)
    places = tuple(_sendings(project))
    for place in places:
        for group in place.groups:
            members[group].append(place)
    for place in places:
        missing: set[str] = set()
        for group in place.groups:
            others = [other.given for other in members[group] if other is not place]
            if len(others) > 1:
                missing |= frozenset.intersection(*others) - place.given
        for name in sorted(missing):
            text = f'{place.step.words} sends {place.words} without "{name}", unlike all others'
            yield Found(text, place.span, clause=place.step.clause)


def _sendings(project: Project) -> Iterator[_Sending]:
    """The places that send; one that several rows or messages share is one place."""
    seen: set[Span] = set()
    for machine in project.models.machines.values():
        for step in steps(machine):
            for action in m.actions(step.body):
                if isinstance(action, m.Send | m.SendEnvelope) and action.span not in seen:
                    seen.add(action.span)
                    yield _sending(machine, step, action)


def _sending(machine: m.Machine, step: Step, action: m.Send | m.SendEnvelope) -> _Sending:
    is_bare = isinstance(action, m.SendEnvelope)
    words = f"a bare {action.carrier}" if isinstance(action, m.SendEnvelope) else action.message
    whole: Group = (words, machine.environment if is_bare else machine.mode)
    caller = "the user" if step.event.kind is m.EventKind.LOCAL else "the machine"
    groups = (whole, (*whole, caller), (*whole, caller, machine.name))
    return _Sending(step, words, frozenset(_given(machine, step, action)), groups, action.span)


def _given(machine: m.Machine, step: Step, action: m.Send | m.SendEnvelope) -> Iterator[str]:
    """The fields that get a value here; a default counts only where it is the cause of a failure.

    A field inside an alternative of a CHOICE is there or not with its alternative, and no field
    of its own to be compared.
    """
    own = own_fields(machine, action)
    if isinstance(action, m.SendEnvelope):
        yield from own
        return
    fields = machine.messages.messages[action.message].fields
    causes = {name for name, value in action.fields if named(value, x.Root.FAILURE)}
    for name in own | (causes if step.is_reaction else set()):
        if name not in fields or not any(part.is_alternative for part in fields[name].steps):
            yield name


def causes_without_a_failure(project: Project) -> Iterator[Found]:
    """Rows that send what a failed check would give, although no check has failed."""
    for machine in project.models.machines.values():
        for step in steps(machine):
            if not step.is_reaction:
                for action in m.actions(step.body):
                    yield from once(_causes(step, action))


def _causes(step: Step, action: m.Action) -> Iterator[Found]:
    if isinstance(action, m.Send | m.SendEnvelope):
        fields = action.fields if isinstance(action, m.Send) else ()
        for name, value in (*fields, *action.envelope):
            if named(value, x.Root.FAILURE):
                text = f'{step.words} sends the cause of a failure in "{name}", and nothing failed'
                yield Found(text, action.span, clause=step.clause)


RULES: tuple[StructureRule, ...] = (
    StructureRule(
        "SM040",
        Severity.WARNING,
        "a field that is given everywhere else",
        "All other places that send the message in like circumstances, two at least, give the "
        "field a value of its own and this one does not. Compared are the places of one machine, "
        "or of all, that answer the user or that do not; and all places together.",
        None,
        fields_given_elsewhere,
    ),
    StructureRule(
        "SM047",
        Severity.ERROR,
        "the cause of a failure is sent where nothing failed",
        "failure.diagnostic and failure.acse are of the failed check; in a row there is none, so "
        "the field would be left out. Give it a value.",
        None,
        causes_without_a_failure,
    ),
)
