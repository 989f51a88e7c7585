"""Mutants that are proved to behave like the sources: nothing could notice them.

A list of checks is a function: of a message, to nothing or to what is said about the first check
that fails (event, diagnostic, ACSE diagnostic). Two lists that are the same function behave the
same, whatever their checks and the order of these are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import z3

from interlock.model import machine as m
from interlock.model.project import Project
from interlock.verification.fingerprint import fingerprint
from interlock.verification.questions import ask, message_axioms, requirements
from interlock.verification.terms import Terms

_PASSED = -1


def says_the_same(before: Project, after: Project) -> bool:
    """Whether all that was changed is how lists of checks come to the same answers."""
    words = before.models.vocabulary
    found = False
    for name, machine in before.models.machines.items():
        other = after.models.machines[name]
        if fingerprint(_without_lists(machine)) != fingerprint(_without_lists(other)):
            return False
        for first, second in _changed_lists(machine, other):
            found = True
            terms = Terms(words)
            said: dict[tuple[str | None, ...], int] = {}
            answers = _answer(first.checks, terms, said), _answer(second.checks, terms, said)
            known = message_axioms(machine, terms, first.message)
            known += requirements(machine, terms)
            verdict, _ = ask([*terms.axioms, *known, answers[0] != answers[1]])
            if verdict != z3.unsat:
                return False
    return found


def _without_lists(machine: m.Machine) -> m.Machine:
    return replace(machine, check_lists={})


def _changed_lists(
    machine: m.Machine, other: m.Machine
) -> Iterator[tuple[m.CheckList, m.CheckList]]:
    for name, one in machine.check_lists.items():
        changed = other.check_lists[name]
        if fingerprint(one) != fingerprint(changed):
            yield one, changed


def _answer(
    checks: Sequence[m.Check], terms: Terms, said: dict[tuple[str | None, ...], int]
) -> z3.ArithRef:
    """A number for what is said of a message; ``said`` tells them apart for both lists."""
    answer: z3.ArithRef = z3.IntVal(_PASSED)
    for check in reversed(checks):
        what = said.setdefault((check.event, check.diagnostic, check.acse), len(said))
        answer = z3.If(terms.condition(check.fails_when), z3.IntVal(what), answer)
    return answer
