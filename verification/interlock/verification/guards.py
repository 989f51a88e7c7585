"""Do the guards of a machine exclude each other, and do they leave nothing out?

For every state and event the rows' guards must be disjoint and, where the event is not ours to
refuse, cover everything; so must the branches of a choice. In a check list every check must be
able to fail where all before it pass, or it is dead. The solver decides each question over all
values of the message, configuration and session; a violation comes with the values.

A local call that no guard admits is refused (``LocalProtocolError``): that is no hole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import z3

from interlock.core.diagnostics import Diagnostic, error
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.vocabulary import Vocabulary
from interlock.spec.rules import Rule
from interlock.verification.questions import ask, context, message_axioms, requirements
from interlock.verification.solutions import FieldValue, has_octets, message_values
from interlock.verification.terms import Terms

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

Witness: TypeAlias = Callable[[m.Machine, str, Mapping[str, FieldValue]], bytes | None]
"""Makes a PDU from the values of a message's fields: machine, message, values by field.

None where no PDU has these values."""


@dataclass(frozen=True)
class Decision:
    """How many questions were decided, and what was found."""

    questions: int
    findings: tuple[Diagnostic, ...]


def decide(machine: m.Machine, vocabulary: Vocabulary, witness: Witness | None = None) -> Decision:
    """Decide every guard, branch and check of a machine.

    Findings: VER001 overlap, VER002 hole, VER003 dead check, VER004 undecided within the
    resource limit (never counted as success), VER005 a check said to be unreachable that is not.

    Args:
        machine: The machine.
        vocabulary: The words of its conditions.
        witness: Makes a PDU of the values that show an overlap or a hole; its octets are part of
            the finding.
    """
    analysis = _Analysis(machine, vocabulary, witness)
    findings = tuple(analysis.run())
    return Decision(analysis.questions, findings)


class _Analysis:
    def __init__(self, machine: m.Machine, vocabulary: Vocabulary, witness: Witness | None) -> None:
        self._machine = machine
        self._vocabulary = vocabulary
        self._witness = witness
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
        known = context(self._machine, terms, event)
        where = f'in state "{state}" on "{event}"'
        for n, first in enumerate(rows):
            for k in range(n + 1, len(rows)):
                found = self._counterexample(terms, event, *known, guards[n], guards[k])
                if found is not None:
                    message = f'"{first.id}" and "{rows[k].id}" both apply {where}'
                    yield error("VER001", message, rows[k].span, help=found or None)
        if event.kind is not m.EventKind.LOCAL:
            found = self._counterexample(terms, event, *known, z3.Not(z3.Or(guards)))
            if found is not None:
                yield error("VER002", f"no row applies {where}", rows[0].span, help=found or None)

    # --- branches ----------------------------------------------------------------------------

    def _choices(self, row: m.Transition) -> Iterator[Diagnostic]:
        for action in m.actions(row.body):
            if isinstance(action, m.Choose):
                yield from self._branches(row, action)

    def _branches(self, row: m.Transition, choice: m.Choose) -> Iterator[Diagnostic]:
        terms = Terms(self._vocabulary)
        known = context(self._machine, terms, row.event)
        if row.when is not None:
            known.append(terms.condition(row.when))
        for use in row.checks:
            bound = dict(use.arguments)
            for check in self._machine.check_lists[use.list].checks:
                known.append(z3.Not(terms.condition(check.fails_when, bound)))
        guards = [terms.condition(branch.when) for branch in choice.branches]
        for n, first in enumerate(choice.branches):
            for k in range(n + 1, len(choice.branches)):
                found = self._counterexample(terms, row.event, *known, guards[n], guards[k])
                if found is not None:
                    message = f'branches "{first.id}" and "{choice.branches[k].id}" both apply'
                    yield error("VER001", message, choice.branches[k].span, help=found or None)
        found = self._counterexample(terms, row.event, *known, z3.Not(z3.Or(guards)))
        if found is not None:
            yield error(
                "VER002", f'no branch of "{row.id}" applies', choice.span, help=found or None
            )

    # --- checks ------------------------------------------------------------------------------

    def _checks(self, check_list: m.CheckList) -> Iterator[Diagnostic]:
        terms = Terms(self._vocabulary)
        failing = [terms.condition(check.fails_when) for check in check_list.checks]
        known = message_axioms(self._machine, terms, check_list.message)
        known += requirements(self._machine, terms)
        for n, check in enumerate(check_list.checks):
            self.questions += 1
            before = [z3.Not(f) for f in failing[:n]]
            verdict, _ = ask([*terms.axioms, *known, *before, failing[n]])
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

    # --- solving -----------------------------------------------------------------------------

    def _counterexample(self, terms: Terms, event: m.Event, *formulas: z3.BoolRef) -> str | None:
        """The values of a solution in words, None when there is none.

        Undecided counts as a solution.
        """
        self.questions += 1
        verdict, model = ask([*terms.axioms, *formulas])
        if verdict == z3.unsat:
            return None
        if model is None:
            return f"for example with solver = {verdict}"
        shown = [
            f"{constant} = {model[constant]}"
            for constant in sorted(model.decls(), key=str)
            if constant.arity() == 0 and constant.range().kind() != z3.Z3_UNINTERPRETED_SORT
        ]
        help_ = f"for example with {', '.join(shown)}" if shown else ""
        return "; ".join(filter(None, (help_, self._pdu(terms, event, formulas, model))))

    def _pdu(
        self, terms: Terms, event: m.Event, formulas: tuple[z3.BoolRef, ...], model: z3.ModelRef
    ) -> str:
        """The octets of a PDU that shows it, for one of the solutions that have one."""
        if self._witness is None or event.kind is not m.EventKind.RECEIVE:
            return ""
        shape = tuple(has_octets(self._machine, terms, event.name))
        model = ask([*terms.axioms, *formulas, *shape])[1] or model
        values = message_values(self._machine, terms, event.name, model)
        octets = self._witness(self._machine, event.name, values)
        return "" if octets is None else f"a PDU that shows it: {octets.hex()}"


def conditions_of(machine: m.Machine) -> Iterator[x.Expression]:
    """Every condition of a machine, for counting what the solver has seen."""
    for row in machine.transitions:
        if row.when is not None:
            yield row.when
    for check_list in machine.check_lists.values():
        for check in check_list.checks:
            yield check.fails_when
