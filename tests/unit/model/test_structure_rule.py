"""A rule judges; its function only finds."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.core.diagnostics import Label, Severity
from interlock.core.source import Span
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule

HERE, THERE = Span("a", 1, 2, 3), Span("a", 4, 1, 2)


def _finds(project: Project) -> Iterable[Found]:
    del project
    yield Found("bad", HERE, (Label(THERE, "see"),), help="mend it")
    yield Found("worse", HERE, clause="13")


def test_code_severity_and_clause_come_from_the_rule(small: Project) -> None:
    rule = StructureRule("SM999", Severity.WARNING, "title", "Explanation.", "14", _finds)
    first, second = rule.findings(small)
    assert (first.code, first.severity, first.clause) == ("SM999", Severity.WARNING, "14")
    assert (first.labels, first.help) == ((Label(THERE, "see"),), "mend it")
    assert second.clause == "13"  # a finding knows better
