"""How much of the clause register and of the assumptions the specification and models use."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from interlock.core.source import Span
from interlock.model import traversal
from interlock.model.project import Project


@dataclass(frozen=True, slots=True)
class AssumptionUse:
    """One open question, its answer in force, and whether the caller chose it."""

    id: str
    question: str
    value: str
    default: str
    choices: str  # "IMPLICIT | EXPLICIT", "1 .. 3600", or "" where it cannot be switched
    affects: tuple[str, ...]

    @property
    def is_switchable(self) -> bool:
        """Whether another value may be chosen with ``--assume``."""
        return bool(self.choices)

    @property
    def is_switched(self) -> bool:
        """Whether the caller chose another value than that of the file."""
        return self.value != self.default


@dataclass(frozen=True, slots=True)
class ClauseUse:
    """One clause of the register and how many things name it."""

    id: str
    title: str
    level: str
    is_assumed: bool  # the number is this project's guess
    definitions: int  # ASN.1 definitions, table rows and assumptions
    checks: int  # checks of check lists, each id once
    elements: int  # states, rows, timers, messages, words ... of the models

    @property
    def is_used(self) -> bool:
        """Whether anything names the clause."""
        return bool(self.definitions or self.checks or self.elements)


def assumption_uses(project: Project) -> tuple[AssumptionUse, ...]:
    """Every assumption, in file order."""
    out = []
    for assumption in project.spec.tables.assumptions.values():
        choices = " | ".join(assumption.alternatives)
        if assumption.minimum is not None and assumption.maximum is not None:
            choices = f"{assumption.minimum} .. {assumption.maximum}"
        out.append(
            AssumptionUse(
                assumption.id,
                assumption.question,
                assumption.value,
                assumption.default,
                choices if assumption.switchable else "",
                assumption.affects,
            )
        )
    return tuple(out)


def clause_uses(project: Project) -> tuple[ClauseUse, ...]:
    """Every clause of the register, in its order."""
    definitions = project.spec.clause_uses()
    checks: Counter[str] = Counter()
    elements: Counter[str] = Counter()
    seen: set[tuple[str, Span, str]] = set()
    for clause, span, what in traversal.clauses(project.models):
        # lists and fields come once per machine and mode that uses them
        if (clause, span, what) in seen:
            continue
        seen.add((clause, span, what))
        table = checks if what.startswith('check "') else elements
        table[clause] += 1
    return tuple(
        ClauseUse(
            clause.id,
            clause.title,
            clause.level.value,
            clause.confidence.value == "A",
            len(definitions[clause.id]),
            checks[clause.id],
            elements[clause.id],
        )
        for clause in project.spec.tables.clauses.values()
    )
