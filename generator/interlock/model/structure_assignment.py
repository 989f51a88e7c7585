"""Structural rule on session variables that are read before they are set on every way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from interlock.core.diagnostics import Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.structure_steps import Names, along_rows


def variables_read_too_early(project: Project) -> Iterator[Found]:
    """Rows that read a session variable which some way to them has not set."""
    for machine in project.models.machines.values():
        certain = certainly_set(machine)
        for row in machine.transitions:
            early: set[str] = set()
            for source in row.sources:
                if source in certain:
                    early |= _read_too_early(machine, row, certain[source])
            for name in sorted(early):
                text = f'"{row.id}" reads "session.{name}", and a way to it does not set it'
                yield Found(text, row.span, clause=row.clause)


def certainly_set(machine: m.Machine) -> Mapping[str, Names]:
    """The variables that every way to a state has set, to something else than none."""
    return along_rows(
        machine,
        {machine.initial: frozenset()},
        lambda row, assigned: _after(row.body, assigned | _shown_by(row.when)),
        frozenset.intersection,
    )


def _after(body: m.Body, assigned: Names) -> Names:
    for action in body:
        match action:
            case m.Set(variable=name, value=x.NoneLiteral()):
                assigned -= {name}
            case m.Set(variable=name):
                assigned |= {name}
            case m.Choose(branches=branches):
                assigned = frozenset.intersection(*(_after(b.body, assigned) for b in branches))
            case _:
                pass
    return assigned


def _shown_by(guard: x.Expression | None) -> Names:
    """The variables that are not none where a guard holds: a predicate accepts no none."""
    match guard:
        case x.AllOf(operands=operands):
            return frozenset().union(*map(_shown_by, operands))
        case x.PredicateCall(arguments=arguments):
            return frozenset(
                a.name for a in arguments if isinstance(a, x.Variable) and a.root is x.Root.SESSION
            )
        case _:
            return frozenset()


def _read_too_early(machine: m.Machine, row: m.Transition, assigned: Names) -> Names:
    early = frozenset() if row.when is None else _compared(row.when) - assigned
    assigned |= _shown_by(row.when)
    for use in row.checks:
        for _, value in use.arguments:
            early |= _used(value) - assigned
        for check in machine.check_lists[use.list].checks:
            early |= _used(check.fails_when) - assigned
    return early | _early_in(row.body, assigned)


def _early_in(body: m.Body, assigned: Names) -> Names:
    early: Names = frozenset()
    for action in body:
        if isinstance(action, m.Choose):
            for branch in action.branches:
                early |= (_compared(branch.when) - assigned) | _early_in(branch.body, assigned)
        else:
            for value in traversal.read_by(action):
                early |= _used(value) - assigned
        assigned = _after((action,), assigned)
    return early


def _used(value: x.Expression) -> Names:
    """What a value is made of; whether an enumeration matters depends on the other values."""
    return frozenset(
        node.name
        for node in x.walk(value)
        if isinstance(node, x.Variable)
        and node.root is x.Root.SESSION
        and not isinstance(node.type, t.Enum | t.Bool)
    )


def _compared(condition: x.Expression) -> Names:
    """What a guard decides by; a bool is false at first, and a predicate may be given none."""
    return frozenset(
        node.name
        for compared in x.walk(condition)
        if isinstance(compared, x.Compare | x.Member)
        for node in x.walk(compared)
        if isinstance(node, x.Variable)
        and node.root is x.Root.SESSION
        and not isinstance(node.type, t.Bool)
    )


RULES: tuple[StructureRule, ...] = (
    StructureRule(
        "SM045",
        Severity.ERROR,
        "a session variable is read where it need not be set",
        "Every way to a row sets what the row reads. A bool is false at first and may stay so; an "
        "enumeration counts where a guard or branch compares it; a predicate may be asked about "
        "none, which it never accepts.",
        None,
        variables_read_too_early,
    ),
)
