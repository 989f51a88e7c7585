"""The order of checks, as far as it is given (ADR-0010).

The first check of a list that fails decides what a peer is told and which event is logged. Three
things are given: a PDU is well-formed before anything else is looked at; nothing that a signature
covers is looked at before the signature, and neither time nor seq before the ICV; and apart from
that the security events of IEC 62351-14 come in the order of their numbers. Where a second check
logs an event, its place is open.

Lists without a check of a signature or ICV are not ordered by anything public, and in lists that
tell nothing (those of the A-profile) no order can be seen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from interlock.core.diagnostics import Diagnostic, Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Message
from interlock.model.project import Project
from interlock.verification.coverage import Protections

SIGNATURE, ICV = "signature-valid", "authentic"


@dataclass(frozen=True)
class CheckOrder:
    """The lists of checks whose order is given, as ``machine: list``, and what breaks it."""

    lists: tuple[str, ...]
    findings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)


def check_order(project: Project) -> CheckOrder:
    """Look for checks that come earlier than what is given allows.

    Args:
        project: Models, and the protection that tells what a signature covers.
    """
    protections = Protections(project)
    lists: list[str] = []
    findings: dict[Diagnostic, None] = {}
    for machine in project.models.machines.values():
        for checks in machine.check_lists.values():
            if _is_ordered(checks):
                lists.append(f"{machine.name}: {checks.name}")
                findings |= dict.fromkeys(_of_list(machine, checks, protections))
    return CheckOrder(tuple(lists), tuple(findings))


def _is_ordered(checks: m.CheckList) -> bool:
    authenticates = any(map(_authenticates, checks.checks))
    return authenticates and any(check.event or check.diagnostic for check in checks.checks)


def _of_list(
    machine: m.Machine, checks: m.CheckList, protections: Protections
) -> Iterator[Diagnostic]:
    all_checks = checks.checks
    at = next(n for n, check in enumerate(all_checks) if _authenticates(check))
    if not _reads_form(all_checks[0]):
        yield _finding(
            "VER025", all_checks[0], "it is made before the PDU is known to be well-formed"
        )
    message = machine.messages.messages[checks.message]
    is_signed = SIGNATURE in _predicates(all_checks[at])
    for check in all_checks[1:at]:
        for what in _too_early(check, message, protections, is_signed=is_signed):
            words = f"{what} is about what {all_checks[at].id} has yet to authenticate"
            yield _finding("VER025", check, words)
    if is_signed:
        yield from _events_going_back(all_checks[1:], all_checks)
        return
    # the form and algorithms of a transfer are needed to authenticate it, whatever their events
    for part in (all_checks[1:at], all_checks[at:]):
        yield from _events_going_back(part, all_checks)


def _too_early(
    check: m.Check, message: Message, protections: Protections, *, is_signed: bool
) -> Iterator[str]:
    """What a check before the signature looks at; before an ICV, only time and order count."""
    coverage = protections.of(message)
    for name in _fields(check):
        field = message.fields.get(name)
        if field is not None and coverage.covers(field):
            is_early = not _is_algorithm(field.type) if is_signed else _is_order(field.type)
            if is_early:
                yield f"m.{name}"
    if is_signed:
        yield from sorted(_predicates(check))


def _events_going_back(
    part: Sequence[m.Check], all_checks: Sequence[m.Check]
) -> Iterator[Diagnostic]:
    first: dict[str, m.Check] = {}
    for check in all_checks:
        first.setdefault(check.event or "", check)
    ordered = [check for check in part if check.event and first[check.event] is check]
    for one, following in pairwise(ordered):
        if _number(one) > _number(following):
            words = f"its event {one.event} comes after {following.event} of {following.id}"
            yield _finding("VER026", one, words)


def _finding(code: str, check: m.Check, why: str) -> Diagnostic:
    message = f"check {check.id} is made too early: {why}"
    return Diagnostic(code, Severity.ERROR, message, check.span, clause=check.clause)


def _authenticates(check: m.Check) -> bool:
    return not _predicates(check).isdisjoint((SIGNATURE, ICV))


def _reads_form(check: m.Check) -> bool:
    return "well-formed" in _fields(check)


def _predicates(check: m.Check) -> set[str]:
    return {p.predicate for p in x.walk(check.fails_when) if isinstance(p, x.PredicateCall)}


def _fields(check: m.Check) -> dict[str, None]:
    variables = (v for v in x.walk(check.fails_when) if isinstance(v, x.Variable))
    return dict.fromkeys(v.name for v in variables if v.root is x.Root.MESSAGE)


def _is_algorithm(kind: t.Type) -> bool:
    """Without the signature algorithm, no signature can be verified."""
    return isinstance(kind, t.Enum) and kind.name == "SignatureAlgorithm"


def _is_order(kind: t.Type) -> bool:
    return isinstance(kind, t.Time | t.Int)


def _number(check: m.Check) -> tuple[int, ...]:
    assert check.event is not None
    return tuple(int(part) for part in check.event.rpartition(":")[2].split("."))
