"""Structural rules on what the user is told, and on what is recorded."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.diagnostics import Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.structure_steps import always, ends, named, once, steps

DIAGNOSTICS = (t.Enum("HandshakeDiagnostics"), t.Enum("DtDiagnostics"))


def ends_without_indication(project: Project) -> Iterator[Found]:
    """Ends that the user did not ask for and is not told."""
    for machine in project.models.machines.values():
        yield from once(
            Found(f"{step.words} ends and does not tell the user", step.span, clause=step.clause)
            for step in ends(machine)
            if step.event.kind is not m.EventKind.LOCAL and not always(step.body, m.Indicate)
        )


def calls_without_indication(project: Project) -> Iterator[Found]:
    """Rows that make a call possible that was not, without the user's knowing."""
    for machine in project.models.machines.values():
        for row in machine.transitions:
            if row.event.kind is m.EventKind.LOCAL or always(row.body, m.Indicate):
                continue
            for source in row.sources:
                new = _calls(machine, row.target or source) - _calls(machine, source)
                if new and not machine.states[source].is_initial:
                    names = ", ".join(f'"{name}"' for name in sorted(new))
                    text = f'"{row.id}" makes {names} possible and does not tell the user'
                    yield Found(text, row.span, clause=row.clause)
                    break


def _calls(machine: m.Machine, state: str) -> frozenset[str]:
    return frozenset(
        row.event.name
        for row in machine.transitions
        if row.event.kind is m.EventKind.LOCAL and state in row.sources
    )


def aborts_without_record(project: Project) -> Iterator[Found]:
    """Rows that abort because of what was received, and record no security event."""
    for machine in project.models.machines.values():
        for step in ends(machine):
            if (
                step.event.kind is m.EventKind.RECEIVE
                and not step.is_reaction
                and _aborts(step.body)
                and not always(step.body, m.Log)
            ):
                text = f'{step.words} aborts on "{step.event.name}" and logs no event'
                yield Found(text, step.span, clause=step.clause)


def _aborts(body: m.Body) -> bool:
    """Whether the decision is this party's: it sends, and its user is told of an abort."""
    return always(body, m.Send, m.SendEnvelope) and any(
        isinstance(action, m.Indicate) and action.kind == "aborted" for action in m.actions(body)
    )


def diagnostics_without_record(project: Project) -> Iterator[Found]:
    """Rows that end on a message with the peer's reason and do not record the reason."""
    for machine in project.models.machines.values():
        for step in ends(machine):
            message = machine.messages.messages.get(step.event.name)
            if step.event.kind is not m.EventKind.RECEIVE or step.is_reaction or message is None:
                continue
            recorded = {
                name
                for action in m.actions(step.body)
                if isinstance(action, m.LogDiagnostic)
                for name in named(action.diagnostic, x.Root.MESSAGE)
            }
            for name, item in message.fields.items():
                if item.type in DIAGNOSTICS and name not in recorded:
                    text = f'{step.words} does not record "m.{name}"'
                    yield Found(text, step.span, clause=step.clause)


def rows_without_effect(project: Project) -> Iterator[Found]:
    """Rows that neither do anything nor lead anywhere, on what the user has not called for."""
    for machine in project.models.machines.values():
        for step in steps(machine):
            is_row_of_others = not step.is_reaction and step.event.kind is not m.EventKind.LOCAL
            if is_row_of_others and step.stays and not step.body:
                text = f'{step.words} does nothing on "{step.event}"'
                yield Found(text, step.span, clause=step.clause)


RULES: tuple[StructureRule, ...] = (
    StructureRule(
        "SM038",
        Severity.ERROR,
        "an end that the user is not told",
        "Where the association ends and the user did not call for it, every way through the step "
        "indicates it; otherwise the user goes on with an association that is over.",
        None,
        ends_without_indication,
    ),
    StructureRule(
        "SM039",
        Severity.ERROR,
        "a call becomes possible and the user is not told",
        "A row whose event is not the user's own, and that leads to a state where a call is "
        "possible that was not before, indicates something. The first step of a machine is "
        "exempt: there is nothing yet to tell of.",
        None,
        calls_without_indication,
    ),
    StructureRule(
        "SM043",
        Severity.ERROR,
        "an abort because of a received message is not recorded",
        "A row that answers a message with an end, and tells the user that the association was "
        "aborted, has found something wrong with the message: log the security event.",
        None,
        aborts_without_record,
    ),
    StructureRule(
        "SM044",
        Severity.ERROR,
        "the reason that the peer gives is not recorded",
        "A row that ends the association on a message with a diagnostic records it with "
        "log-diagnostic; nothing else keeps the reason of the peer.",
        None,
        diagnostics_without_record,
    ),
    StructureRule(
        "SM052",
        Severity.WARNING,
        "a row without effect",
        "It does nothing and leads nowhere: what happened is swallowed. A timer, or a message "
        "without a place, is dealt with without a row.",
        None,
        rows_without_effect,
    ),
)
