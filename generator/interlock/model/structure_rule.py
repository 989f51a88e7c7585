"""What a structural rule is: a row of a table, with a function that finds and never judges."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from interlock.core.diagnostics import Diagnostic, Label, Severity
from interlock.core.source import Span
from interlock.model.project import Project


@dataclass(frozen=True, slots=True)
class Found:
    """A place that breaks a rule; code and severity are the rule's."""

    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    help: str | None = None
    clause: str | None = None


@dataclass(frozen=True, slots=True)
class StructureRule:
    """A rule over the models that needs no solver.

    ``clause`` is the clause that the rule follows from; None for a rule of good order.
    """

    code: str
    severity: Severity
    title: str
    explanation: str
    clause: str | None
    check: Callable[[Project], Iterable[Found]]

    def findings(self, project: Project) -> Iterable[Diagnostic]:
        """What the rule finds, as diagnostics."""
        return (
            Diagnostic(
                self.code,
                self.severity,
                found.message,
                found.span,
                found.labels,
                found.clause or self.clause,
                found.help,
            )
            for found in self.check(project)
        )
