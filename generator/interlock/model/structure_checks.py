"""Structural rules on checks: lists in use, ids, well-formed first, diagnostics and alarms."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.core.diagnostics import Label, Severity
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.spec.types import EventSeverity

WELL_FORMED = "well-formed"


def lists_without_use(project: Project) -> Iterator[Found]:
    """Check lists that no machine makes; they are typed where they are made, so never."""
    used = {name for machine in project.models.machines.values() for name in machine.check_lists}
    for written in project.models.check_lists.values():
        if written.name not in used:
            yield Found(
                f'check list "{written.name}" is never made', written.span, clause=written.clause
            )


def checks_with_one_id(project: Project) -> Iterator[Found]:
    """Check ids that a machine has twice."""
    reported: set[tuple[str, Span]] = set()
    for machine in project.models.machines.values():
        first: dict[str, Span] = {}
        for checks in machine.check_lists.values():
            for check in checks.checks:
                if check.id in first and (check.id, check.span) not in reported:
                    reported.add((check.id, check.span))
                    yield Found(
                        f'machine "{machine.name}" has two checks "{check.id}"',
                        check.span,
                        labels=(Label(first[check.id], "first here"),),
                    )
                first.setdefault(check.id, check.span)


# --- well-formed first -------------------------------------------------------------------------


def fields_before_well_formed(project: Project) -> Iterator[Found]:
    """Fields of a PDU that a list uses before it knows that the PDU is well-formed."""
    reported: set[Span] = set()
    for machine in project.models.machines.values():
        for checks in machine.check_lists.values():
            early = _first_use(checks)
            if early is not None and early[1] not in reported:
                reported.add(early[1])
                yield Found(
                    f'check "{early[0].id}" looks into the PDU before "m.{WELL_FORMED}"',
                    early[1],
                    help=f'begin the list with a check that fails when "not m.{WELL_FORMED}"',
                    clause=early[0].clause,
                )


def _first_use(checks: m.CheckList) -> tuple[m.Check, Span] | None:
    for check in checks.checks:
        for node in x.walk(check.fails_when):
            if isinstance(node, x.Variable) and node.root is x.Root.MESSAGE:
                return None if node.name == WELL_FORMED else (check, node.span)
    return None


def unchecked_messages(project: Project) -> Iterator[Found]:
    """Rows that use fields of a received PDU although none of their lists looks at its form."""
    for machine in project.models.machines.values():
        for row in machine.transitions:
            if row.event.kind is m.EventKind.RECEIVE and not _looks_at_form(machine, row):
                use = next(filter(None, map(_message_use, traversal.read_in(row.body))), None)
                if use is not None:
                    yield Found(
                        f'transition "{row.id}" uses "{row.event.name}" unchecked',
                        use,
                        labels=(Label(row.span, "no check list of this row looks at its form"),),
                        clause=row.clause,
                    )


def _looks_at_form(machine: m.Machine, row: m.Transition) -> bool:
    return any(
        isinstance(node, x.Variable) and node.root is x.Root.MESSAGE and node.name == WELL_FORMED
        for use in row.checks
        for check in machine.check_lists[use.list].checks
        for node in x.walk(check.fails_when)
    )


def _message_use(expression: x.Expression) -> Span | None:
    for node in x.walk(expression):
        if isinstance(node, x.Variable) and node.root is x.Root.MESSAGE:
            return node.span
    return None


# --- diagnostics -------------------------------------------------------------------------------


def diagnostics_for_alarms(project: Project) -> Iterator[Found]:
    """Checks that tell the peer why, although their event is an alarm."""
    for check, severity in _with_severity(project):
        if severity is EventSeverity.ALARM and check.diagnostic is not None:
            yield Found(
                f'check "{check.id}" sends "{check.diagnostic}", and its event is an alarm',
                check.span,
                help="leave the diagnostic out",
                clause=check.clause,
            )


def errors_without_diagnostic(project: Project) -> Iterator[Found]:
    """Checks whose event is an error, in a list whose failure is answered, without diagnostic."""
    answering = {id(c) for m_ in project.models.machines.values() for c in _answered(m_)}
    for check, severity in _with_severity(project):
        if severity is EventSeverity.ERROR and check.diagnostic is None and id(check) in answering:
            yield Found(
                f'check "{check.id}" does not tell the peer why, and its event is an error',
                check.span,
                clause=check.clause,
            )


def _answered(machine: m.Machine) -> Iterator[m.Check]:
    """The checks whose reaction sends the diagnostic of the failure."""
    for row in machine.transitions:
        for use in row.checks:
            if any(
                isinstance(node, x.Variable)
                and node.root is x.Root.FAILURE
                and node.name == "diagnostic"
                for expression in traversal.read_in(use.reaction.body)
                for node in x.walk(expression)
            ):
                yield from machine.check_lists[use.list].checks


def _with_severity(project: Project) -> Iterator[tuple[m.Check, EventSeverity]]:
    """Each check once, with the severity of its event; those without a known event left out."""
    events = project.spec.tables.events
    seen: set[tuple[str, Span]] = set()
    for machine in project.models.machines.values():
        for checks in machine.check_lists.values():
            for check in checks.checks:
                if check.event is None or check.event not in events:
                    continue
                if (check.id, check.span) not in seen:
                    seen.add((check.id, check.span))
                    yield check, events[check.event].severity


def diagnostics_untold(project: Project) -> Iterator[Found]:
    """Checks with a diagnostic in lists whose reaction tells none."""
    reported: set[tuple[str, str]] = set()
    for machine in project.models.machines.values():
        for row in machine.transitions:
            for use in row.checks:
                told = next((c for c in machine.check_lists[use.list].checks if c.diagnostic), None)
                key = (use.list, use.reaction.name)
                if told is None or key in reported or _tells_failure(use.reaction):
                    continue
                reported.add(key)
                yield Found(
                    f'reaction "{use.reaction.name}" of "{row.id}" tells no diagnostic, '
                    f'and check "{told.id}" has one',
                    row.span,
                    labels=(Label(told.span, f"tells {told.diagnostic}"),),
                )


def _tells_failure(reaction: m.Reaction) -> bool:
    read = (e for action in m.actions(reaction.body) for e in traversal.read_by(action))
    variables = (v for e in read for v in x.walk(e) if isinstance(v, x.Variable))
    return any(v.root is x.Root.FAILURE and v.name == "diagnostic" for v in variables)


RULES = (
    StructureRule(
        "SM020",
        Severity.ERROR,
        "a check list is never made",
        "A list is typed for the machine that makes it; one without use is not even checked.",
        None,
        lists_without_use,
    ),
    StructureRule(
        "SM021",
        Severity.ERROR,
        "two checks of one machine have the same id",
        "Vectors, events and verdicts name a check by its id.",
        None,
        checks_with_one_id,
    ),
    StructureRule(
        "SM022",
        Severity.ERROR,
        "a check uses a field before the PDU is known to be well-formed",
        "The first look of a list into a PDU is m.well-formed: a PDU that cannot be decoded has no "
        "fields. Checks on the envelope (e.) may come earlier. Conditions are read left to right, "
        "so `not m.well-formed or ...` is a good first check.",
        "14.3.2",
        fields_before_well_formed,
    ),
    StructureRule(
        "SM023",
        Severity.ERROR,
        "a transition uses a received PDU unchecked",
        "Actions may name fields of a PDU only in a row with a list that looks at m.well-formed. "
        "Guards may: fields of a PDU that cannot be decoded read as absent there.",
        "14.3",
        unchecked_messages,
    ),
    StructureRule(
        "SM024",
        Severity.ERROR,
        "an alarm is explained to the peer",
        "Where the event is an alarm, the peer may be the attacker; the diagnostic is left out "
        "(invariant I9).",
        "14.2",
        diagnostics_for_alarms,
    ),
    StructureRule(
        "SM025",
        Severity.WARNING,
        "an error is not explained to the peer",
        "Where the event is an error and the failure is answered by a SecPDU, the answer has a "
        "diagnostic. A warning, because the diagnostics that public sources name may have none "
        "that fits.",
        "14.2",
        errors_without_diagnostic,
    ),
    StructureRule(
        "SM026",
        Severity.ERROR,
        "a diagnostic is not told",
        "A check names what its peer is told, and the reaction of a row that makes it sends "
        "nothing with it: another reaction, or a check without diagnostic.",
        None,
        diagnostics_untold,
    ),
)
