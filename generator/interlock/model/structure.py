"""Structural rules over the models: what can be seen without a solver.

One row per rule in ``RULES``; ``interlock check --list-rules`` and ``--explain`` print from it.
Every row has a sample under ``tests/diagnostics/<CODE>``; a test counts both.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.core.diagnostics import Diagnostic
from interlock.model import (
    structure_assignment,
    structure_calls,
    structure_checks,
    structure_fields,
    structure_graph,
    structure_references,
    structure_sending,
    structure_telling,
    structure_timers,
    structure_usage,
)
from interlock.model.project import Project
from interlock.model.structure_rule import StructureRule

RULES: Mapping[str, StructureRule] = {
    rule.code: rule
    for rule in sorted(
        (
            *structure_references.RULES,
            *structure_graph.RULES,
            *structure_checks.RULES,
            *structure_usage.RULES,
            *structure_timers.RULES,
            *structure_telling.RULES,
            *structure_fields.RULES,
            *structure_sending.RULES,
            *structure_assignment.RULES,
            *structure_calls.RULES,
        ),
        key=lambda rule: rule.code,
    )
}


def check_structure(project: Project) -> tuple[Diagnostic, ...]:
    """All findings of all rules, errors and warnings, sorted by position."""
    found = [diagnostic for rule in RULES.values() for diagnostic in rule.findings(project)]
    return tuple(sorted(found, key=lambda diagnostic: diagnostic.sort_key))
