"""Do the guards of a machine exclude each other, and do they leave nothing out?

For every state and event the rows' guards must be disjoint and, where the event is not ours to
refuse, cover everything; so must the branches of a choice. In a check list every check must be
able to fail where all before it pass, or it is dead. The solver decides each question over all
values of the message, configuration and session; a violation comes with the values.

A local call that no guard admits is refused (``LocalProtocolError``): that is no hole.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import z3

from interlock.core.diagnostics import Diagnostic, error
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.vocabulary import OTHER, Vocabulary
from interlock.spec.rules import Rule
from interlock.verification.terms import Members, Terms

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule(
            "VER001",
            "two rows or branches apply at once",
            "Guards of the rows for one state and event exclude each other, and so do the "
            "branches of a choice: otherwise the order of writing would decide. The help line "
            "has values for which both hold.",
        ),
        Rule(
            "VER002",
            "no row or branch applies",
            "The rows for a received message, timer or transport event in a state cover every "
            "case, and so do the branches of a choice. A call of the user that no guard admits "
            "is refused, which is no hole. The help line has values for which nothing applies.",
        ),
        Rule(
            "VER003",
            "a check can never fail",
            "Every check can fail where all before it pass; one that cannot is dead, or shadowed "
            'by an earlier one. If that is right, say why with "unreachable".',
        ),
        Rule(
            "VER004",
            "undecided",
            "The solver did not decide the question within its resource limit. This never "
            "counts as success.",
        ),
        Rule(
            "VER005",
            "a check said to be unreachable can fail",
            'The reason given with "unreachable" does not hold.',
        ),
    )
}
"""What the codes of this module mean."""

RESOURCE_LIMIT = 20_000_000
"""z3's rlimit per query: a count of work, not of seconds, so that answers do not depend on load."""


@dataclass(frozen=True)
class Decision:
    """How many questions were decided, and what was found."""

    questions: int
    findings: tuple[Diagnostic, ...]


def decide(machine: m.Machine, vocabulary: Vocabulary) -> Decision:
    """Decide every guard, branch and check of a machine.

    Findings: VER001 overlap, VER002 hole, VER003 dead check, VER004 undecided within the
    resource limit (never counted as success), VER005 a check said to be unreachable that is not.
    """
    analysis = _Analysis(machine, vocabulary)
    findings = tuple(analysis.run())
    return Decision(analysis.questions, findings)


class _Analysis:
    def __init__(self, machine: m.Machine, vocabulary: Vocabulary) -> None:
        self._machine = machine
        self._vocabulary = vocabulary
        self.questions = 0

    def run(self) -> Iterator[Diagnostic]:
        """All findings, in order of the file."""
        for event in self._machine.events:
            for state in self._machine.states:
                rows = self._machine.transitions_from(state, event)
                if rows:
                    yield from self._rows(state, event, rows)
        for row in self._machine.transitions:
            yield from self._choices(row)
        for check_list in self._machine.check_lists.values():
            yield from self._checks(check_list)

    # --- guards of rows ----------------------------------------------------------------------

    def _rows(
        self, state: str, event: m.Event, rows: tuple[m.Transition, ...]
    ) -> Iterator[Diagnostic]:
        terms = Terms(self._vocabulary)
        guards = [z3.BoolVal(True) if r.when is None else terms.condition(r.when) for r in rows]
        context = self._context(terms, event)
        where = f'in state "{state}" on "{event}"'
        for n, first in enumerate(rows):
            for k in range(n + 1, len(rows)):
                found = self._satisfiable(terms, *context, guards[n], guards[k])
                if found is not None:
                    yield self._finding(
                        "VER001",
                        f'"{first.id}" and "{rows[k].id}" both apply {where}',
                        rows[k].span,
                        found,
                    )
        if event.kind is not m.EventKind.LOCAL:
            found = self._satisfiable(terms, *context, z3.Not(z3.Or(guards)))
            if found is not None:
                yield self._finding("VER002", f"no row applies {where}", rows[0].span, found)

    # --- branches ----------------------------------------------------------------------------

    def _choices(self, row: m.Transition) -> Iterator[Diagnostic]:
        for action in m.actions(row.body):
            if isinstance(action, m.Choose):
                yield from self._branches(row, action)

    def _branches(self, row: m.Transition, choice: m.Choose) -> Iterator[Diagnostic]:
        terms = Terms(self._vocabulary)
        context = self._context(terms, row.event)
        if row.when is not None:
            context.append(terms.condition(row.when))
        for use in row.checks:
            bound = dict(use.arguments)
            for check in self._machine.check_lists[use.list].checks:
                context.append(z3.Not(terms.condition(check.fails_when, bound)))
        guards = [terms.condition(branch.when) for branch in choice.branches]
        for n, first in enumerate(choice.branches):
            for k in range(n + 1, len(choice.branches)):
                found = self._satisfiable(terms, *context, guards[n], guards[k])
                if found is not None:
                    message = f'branches "{first.id}" and "{choice.branches[k].id}" both apply'
                    yield self._finding("VER001", message, choice.branches[k].span, found)
        found = self._satisfiable(terms, *context, z3.Not(z3.Or(guards)))
        if found is not None:
            yield self._finding("VER002", f'no branch of "{row.id}" applies', choice.span, found)

    # --- checks ------------------------------------------------------------------------------

    def _checks(self, check_list: m.CheckList) -> Iterator[Diagnostic]:
        terms = Terms(self._vocabulary)
        failing = [terms.condition(check.fails_when) for check in check_list.checks]
        context = self._message_axioms(terms, check_list.message) + self._requirements(terms)
        for n, check in enumerate(check_list.checks):
            self.questions += 1
            before = [z3.Not(f) for f in failing[:n]]
            verdict, _ = self._solve(terms, [*context, *before, failing[n]])
            if verdict == z3.unsat and not check.unreachable:
                yield error(
                    "VER003",
                    f'check "{check.id}" can never fail: those before it leave nothing',
                    check.span,
                    clause=check.clause,
                )
            elif verdict == z3.sat and check.unreachable:
                yield error(
                    "VER005",
                    f'check "{check.id}" can fail, though it is said to be unreachable',
                    check.span,
                    clause=check.clause,
                    help=f"the reason given is: {check.unreachable}",
                )
            elif verdict == z3.unknown:
                yield error("VER004", f'check "{check.id}" is undecided', check.span)

    # --- what every query assumes ------------------------------------------------------------

    def _context(self, terms: Terms, event: m.Event) -> list[z3.BoolRef]:
        context = self._requirements(terms)
        if event.kind is m.EventKind.RECEIVE:
            context += self._message_axioms(terms, event.name)
        return context

    def _requirements(self, terms: Terms) -> list[z3.BoolRef]:
        return [terms.condition(r.condition) for r in self._machine.requirements]

    def _message_axioms(self, terms: Terms, name: str) -> list[z3.BoolRef]:
        """A message that is not well-formed reads as empty in every field."""
        message = self._machine.messages.messages.get(name)
        if message is None or message.pdu is None:
            return []
        well_formed = terms.variable("m.well-formed", t.BOOL)
        empty = []
        for field in message.fields.values():
            value = terms.variable(f"m.{field.name}", field.type)
            condition = self._is_empty(terms, value, field.type)
            if condition is not None:
                empty.append(condition)
        return [z3.Or(well_formed, z3.And(empty))]

    def _is_empty(
        self, terms: Terms, value: z3.ExprRef | Members, kind: t.Type
    ) -> z3.BoolRef | None:
        if isinstance(value, Members):
            return value.count == 0
        match kind:
            case t.Bool():
                return z3.Not(value)
            case t.Int() | t.Time():
                return value == 0
            case t.Enum(name=name):
                _, values = terms.enumeration(name)
                return value == values.get(OTHER, next(iter(values.values())))
            case _:
                return None  # nothing is known of uninterpreted values

    # --- solving -----------------------------------------------------------------------------

    def _satisfiable(self, terms: Terms, *formulas: z3.BoolRef) -> Mapping[str, str] | None:
        """The values of a solution, None when there is none; undecided counts as a solution."""
        self.questions += 1
        verdict, values = self._solve(terms, list(formulas))
        return None if verdict == z3.unsat else values

    def _solve(
        self, terms: Terms, formulas: list[z3.BoolRef]
    ) -> tuple[z3.CheckSatResult, Mapping[str, str]]:
        solver = z3.Solver()
        solver.set("random_seed", 0)
        solver.set("rlimit", RESOURCE_LIMIT)
        solver.add(*terms.axioms, *formulas)
        verdict = solver.check()
        if verdict != z3.sat:
            return verdict, {"solver": str(verdict)}
        model = solver.model()
        shown = {
            str(constant): str(model[constant])
            for constant in sorted(model.decls(), key=str)
            if constant.arity() == 0 and constant.range().kind() != z3.Z3_UNINTERPRETED_SORT
        }
        return verdict, shown

    def _finding(
        self, code: str, message: str, span: Span, values: Mapping[str, str]
    ) -> Diagnostic:
        witness = ", ".join(f"{name} = {value}" for name, value in values.items())
        return error(code, message, span, help=f"for example with {witness}" if witness else None)


def conditions_of(machine: m.Machine) -> Iterator[x.Expression]:
    """Every condition of a machine, for counting what the solver has seen."""
    for row in machine.transitions:
        if row.when is not None:
            yield row.when
    for check_list in machine.check_lists.values():
        for check in check_list.checks:
            yield check.fails_when
