"""Structural rules: what the models refer to in the tables of ``spec/`` is there."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain

from interlock.core.diagnostics import Severity, similar_name_help
from interlock.core.source import Span
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.spec.types import Confidence

_ASSUMPTION_IN_WORDS = re.compile(r"assumption (Q[0-9]+(?:\.[a-z][A-Za-z0-9-]*)?)")


def unknown_clauses(project: Project) -> Iterator[Found]:
    """Clause labels that the register does not have."""
    register = project.spec.tables.clauses
    reported: set[tuple[str, Span]] = set()  # one row of a template stands for many checks
    for clause, span, what in traversal.clauses(project.models):
        if clause not in register and (clause, span) not in reported:
            reported.add((clause, span))
            yield Found(
                f'{what} names clause "{clause}", which is not in the register',
                span,
                help=similar_name_help(clause, register) or "add it to spec/clauses.yaml",
            )


def unknown_events(project: Project) -> Iterator[Found]:
    """Security events and event groups that the table does not have."""
    events, groups = project.spec.tables.events, project.spec.tables.event_groups
    for machine in project.models.machines.values():
        named: list[tuple[str, Span]] = [
            (check.event, check.span)
            for checks in machine.check_lists.values()
            for check in checks.checks
            if check.event is not None
        ]
        for action in traversal.actions(machine):
            if isinstance(action, m.Log) and action.event is not None:
                named.append((action.event, action.span))
            elif isinstance(action, m.LogDiagnostic) and action.group not in groups:
                help_ = similar_name_help(action.group, groups)
                yield Found(f'unknown event group "{action.group}"', action.span, help=help_)
        for event, span in named:
            if event not in events:
                help_ = similar_name_help(event, events)
                yield Found(f'unknown security event "{event}"', span, help=help_)


def unknown_assumptions(project: Project) -> Iterator[Found]:
    """Assumptions that are named, in a key or in words, and are not declared."""
    declared = project.spec.tables.assumptions
    known = {*declared, *(assumption.family for assumption in declared.values())}
    for id, span in chain(_keyed(project), _worded(project)):
        if id not in known:
            yield Found(f'unknown assumption "{id}"', span, help=similar_name_help(id, known))


def _keyed(project: Project) -> Iterator[tuple[str, Span]]:
    for config in project.models.configs.values():
        for item in config.values():
            if item.assumption is not None:
                yield item.assumption, item.span
    for machine in project.models.machines.values():
        for checks in machine.check_lists.values():
            for check in checks.checks:
                if check.assumption is not None:
                    yield check.assumption, check.span


def _worded(project: Project) -> Iterator[tuple[str, Span]]:
    for machine in project.models.machines.values():
        worded: list[tuple[str, Span]] = [(row.words, row.span) for row in machine.transitions]
        worded += [(state.words, state.span) for state in machine.states.values()]
        worded += [(r.words, r.span) for r in traversal.reactions(machine)]
        for text, span in worded:
            for match in _ASSUMPTION_IN_WORDS.finditer(text):
                yield match[1], span


def illegal_confidence(project: Project) -> Iterator[Found]:
    """Letters of checks that say nothing (those of transitions are refused on reading)."""
    letters = [letter.value for letter in Confidence]
    for machine in project.models.machines.values():
        for checks in machine.check_lists.values():
            for check in checks.checks:
                if check.confidence not in letters:
                    yield Found(
                        f'check "{check.id}" has confidence "{check.confidence}"',
                        check.span,
                        help=f"one of {', '.join(letters)}",
                    )


RULES = (
    StructureRule(
        "SM001",
        Severity.ERROR,
        "a clause is not in the register",
        "Every clause label of the models is an entry of spec/clauses.yaml. Add the entry, or use "
        "the nearest parent that is known.",
        None,
        unknown_clauses,
    ),
    StructureRule(
        "SM002",
        Severity.ERROR,
        "a security event or event group does not exist",
        "Events that checks and actions log are rows of spec/events.yaml, so that a log means the "
        "same in every implementation.",
        "62351-14:B.1",
        unknown_events,
    ),
    StructureRule(
        "SM003",
        Severity.ERROR,
        "an assumption does not exist",
        "What rests on an assumption names it as spec/assumptions.yaml has it, in the key "
        "`assumption` or in its words as `assumption Q11`.",
        None,
        unknown_assumptions,
    ),
    StructureRule(
        "SM004",
        Severity.ERROR,
        "a confidence that is no letter of the register",
        "C is captured, M measured, D derived, A assumed; spec/README.md explains them.",
        None,
        illegal_confidence,
    ),
)
