"""Which diagnostics machines send and which security events they log, by live steps.

A diagnostic counts as sent when a live step puts it into a PDU: written in the row, or that of
the check that fails. An event counts as logged when a live step logs it: named, that of the check
that fails, or that of a diagnostic that the peer gave.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from interlock.core.diagnostics import Diagnostic, Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.vocabulary import OTHER
from interlock.verification.steps import Step, Stepper

DIAGNOSTICS = ("HandshakeDiagnostics", "DtDiagnostics")
DOMAIN = "IEC62351-4:"
NO_DIAGNOSTIC_GIVEN = 11
"""Number within its group of the event "peer raised an alarm: no diagnostic given"."""

_ONE_OF_FOUR = "the captured titles do not tell the four cases apart; the first and third are used"

REASONS: Mapping[str, str] = {
    "IEC62351-4:15.8": _ONE_OF_FOUR,
    "IEC62351-4:15.10": _ONE_OF_FOUR,
    "IEC62351-4:15.12": "the called AP-title and AE-qualifier are one condition (15.11)",
    "IEC62351-4:15.13": "the called AP-title and AE-qualifier are one condition (15.11)",
    "IEC62351-4:15.14": "the called AP-title and AE-qualifier are one condition (15.11)",
    "IEC62351-4:18": "the models have no machine of the XMPP environment",
}
"""Event, or group of events, to the reason why no machine logs it."""


@dataclass(frozen=True)
class Value:
    """A diagnostic or event, and where it comes from: ``machine: row`` or ``machine: row/check``.

    ``reason`` is there where nothing gives it and it is known why.
    """

    name: str
    given_by: tuple[str, ...]
    reason: str | None = None


@dataclass(frozen=True)
class Outcomes:
    """All diagnostics by enumeration, and all events of this standard by group."""

    diagnostics: Mapping[str, tuple[Value, ...]]
    events: Mapping[str, tuple[Value, ...]]
    findings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)


def outcomes(project: Project, steppers: Mapping[str, Stepper]) -> Outcomes:
    """Which diagnostics are sent and which events are logged.

    Args:
        project: Whose vocabulary and events are gone through.
        steppers: The steps of each machine, by its name.
    """
    return _Analysis(project, steppers).run()


class _Analysis:
    def __init__(self, project: Project, steppers: Mapping[str, Stepper]) -> None:
        self._project = project
        self._sent: dict[tuple[str, str], set[str]] = {}
        self._logged: dict[str, set[str]] = {}
        self._reasons = dict(REASONS)
        for stepper in steppers.values():
            checks = {
                (row.id, check.id): check
                for row in stepper.machine.transitions
                for use in row.checks
                for check in stepper.machine.check_lists[use.list].checks
            }
            for check in checks.values():
                if check.event is not None and check.unreachable is not None:
                    self._reasons.setdefault(check.event, check.unreachable)
            for step in stepper.behaviour().steps:
                self._count(stepper.machine, step, checks.get((step.row, step.check)))

    def _count(self, machine: m.Machine, step: Step, failed: m.Check | None) -> None:
        where = f"{machine.name}: {step.words if step.row else step.reaction}"
        for action in step.actions:
            for kind, name in self._diagnostics(machine, action, failed):
                self._sent.setdefault((kind, name), set()).add(where)
            for event in self._events(action, failed):
                self._logged.setdefault(event, set()).add(where)

    def _diagnostics(
        self, machine: m.Machine, action: m.Action, failed: m.Check | None
    ) -> Iterator[tuple[str, str]]:
        if not isinstance(action, m.Send):
            return
        for name, value in action.fields:
            kind = machine.messages.messages[action.message].fields[name].type
            if not (isinstance(kind, t.Enum) and kind.name in DIAGNOSTICS):
                continue
            if isinstance(value, x.EnumLiteral):
                yield kind.name, value.member
            elif failed is not None and failed.diagnostic is not None:
                yield kind.name, failed.diagnostic

    def _events(self, action: m.Action, failed: m.Check | None) -> Iterator[str]:
        match action:
            case m.Log(event=None):
                if failed is not None and failed.event is not None:
                    yield failed.event
            case m.Log(event=str(event)):
                yield event
            case m.LogDiagnostic(group=group):
                yield f"{group}.{NO_DIAGNOSTIC_GIVEN}"
                for known in self._project.spec.tables.events.values():
                    if known.group == group and known.diagnostic is not None:
                        yield known.id

    def run(self) -> Outcomes:
        diagnostics = {kind: tuple(self._values_of(kind)) for kind in DIAGNOSTICS}
        events: dict[str, tuple[Value, ...]] = {}
        for group in self._project.spec.tables.event_groups:
            if group.startswith(DOMAIN):
                events[group] = tuple(self._values_in(group))
        return Outcomes(diagnostics, events, tuple(self._findings(diagnostics, events)))

    def _values_of(self, kind: str) -> Iterator[Value]:
        for name in self._project.models.vocabulary.enumerations[kind].names:
            if name != OTHER:
                yield Value(name, tuple(sorted(self._sent.get((kind, name), ()))))

    def _values_in(self, group: str) -> Iterator[Value]:
        for event in self._project.spec.tables.events.values():
            if event.group == group:
                given = tuple(sorted(self._logged.get(event.id, ())))
                reason = None if given else self._reasons.get(event.id, self._reasons.get(group))
                yield Value(event.id, given, reason)

    def _findings(
        self, diagnostics: Mapping[str, tuple[Value, ...]], events: Mapping[str, tuple[Value, ...]]
    ) -> Iterator[Diagnostic]:
        for kind, values in diagnostics.items():
            known = self._project.models.vocabulary.enumerations[kind]
            for value in values:
                if not value.given_by:
                    message = f'no machine sends "{value.name}" of {kind}'
                    yield Diagnostic(
                        "VER019", Severity.NOTE, message, known.span, clause=known.clause
                    )
        for group in events.values():
            for value in group:
                if not value.given_by and value.reason is None:
                    event = self._project.spec.tables.events[value.name]
                    message = f'no machine logs "{event.id}" ({event.title})'
                    yield Diagnostic(
                        "VER020",
                        Severity.WARNING,
                        message,
                        event.origin.span,
                        clause=event.origin.clause,
                    )
