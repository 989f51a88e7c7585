"""What every question to the solver assumes, and how it is put.

A question is decided under the requirements of the machine and what holds of every message. The
limit counts the solver's work, not seconds, so that an answer does not depend on the load.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import z3

from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.vocabulary import OTHER
from interlock.verification.terms import Members, Term, Terms

RESOURCE_LIMIT = 20_000_000
"""z3's rlimit per query: a count of work, not of seconds, so that answers do not depend on load."""


def context(machine: m.Machine, terms: Terms, event: m.Event) -> list[z3.BoolRef]:
    """What is known when an event occurs: the requirements, and the form of a message."""
    known = requirements(machine, terms)
    if event.kind is m.EventKind.RECEIVE:
        known += message_axioms(machine, terms, event.name)
    return known


def requirements(machine: m.Machine, terms: Terms) -> list[z3.BoolRef]:
    """The conditions on the configuration that are demanded before anything runs."""
    return [terms.condition(r.condition) for r in machine.requirements]


def message_axioms(machine: m.Machine, terms: Terms, name: str) -> list[z3.BoolRef]:
    """A message that is not well-formed reads as empty in every field."""
    message = machine.messages.messages.get(name)
    if message is None or message.pdu is None:
        return []
    well_formed = terms.variable("m.well-formed", t.BOOL)
    empty = []
    for field in message.fields.values():
        condition = is_empty(terms, terms.variable(f"m.{field.name}", field.type), field.type)
        if condition is not None:
            empty.append(condition)
    return [z3.Or(well_formed, z3.And(empty))]


def is_empty(terms: Terms, value: Term, kind: t.Type) -> z3.BoolRef | None:
    """The condition that a value is the empty one of its type; None where nothing is known."""
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


def new_solver(*formulas: z3.BoolRef) -> z3.Solver:
    """A solver with a fixed seed and a limit of work for each question."""
    solver = z3.Solver()
    solver.set("random_seed", 0)
    solver.set("rlimit", RESOURCE_LIMIT)
    solver.add(*formulas)
    return solver


def ask(formulas: Iterable[z3.BoolRef]) -> tuple[z3.CheckSatResult, z3.ModelRef | None]:
    """The verdict on a conjunction, with a solution where there is one."""
    solver = new_solver(*formulas)
    verdict = solver.check()
    return verdict, solver.model() if verdict == z3.sat else None


@contextmanager
def assuming(solver: z3.Solver, *formulas: z3.BoolRef) -> Iterator[z3.Solver]:
    """The solver with further assumptions, taken back at the end."""
    solver.push()
    try:
        solver.add(*formulas)
        yield solver
    finally:
        solver.pop()


def is_possible(solver: z3.Solver, *formulas: z3.BoolRef) -> bool:
    """Whether the assumptions of a solver allow the formulas; undecided counts as possible."""
    with assuming(solver, *formulas):
        return bool(solver.check() != z3.unsat)
