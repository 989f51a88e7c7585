"""Solver terms and printed Python mean the same: both are read off one expression.

Every condition of every machine is evaluated on random values, once as Python text (what the
handlers execute) and once as a solver term.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import z3

from iec62351_4.handlers import vocabulary
from interlock.codegen.contexts.python_expressions import python
from interlock.codegen.names.python import attribute_name, member_name
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.machine import Machine
from interlock.model.project import Project, load_project
from interlock.verification.guards import conditions_of
from interlock.verification.terms import Members, Terms

ROOT = Path(__file__).parents[3]
ROUNDS = 12


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


class Values:
    """Random values for the variables and predicates of one condition, in both readings."""

    def __init__(self, project: Project, rng: random.Random) -> None:
        self._rng = rng
        self._enumerations = project.models.vocabulary.enumerations
        self.terms = Terms(project.models.vocabulary)
        self.equalities: list[z3.BoolRef] = []
        self.names: dict[str, Any] = {
            root: SimpleNamespace() for root in ("m", "e", "c", "s", "services", "failure")
        }
        self.names.update({name: getattr(vocabulary, name) for name in self._enumerations})
        self._objects: dict[str, Any] = {}
        self._answers: dict[tuple[Any, ...], bool] = {}

    def give(self, node: x.Expression) -> None:
        """Give every variable and predicate in ``node`` a value."""
        parts = list(x.walk(node))
        for part in parts:
            if isinstance(part, x.Variable) and (part.name or part.root is x.Root.NOW):
                self._variable(part)
        for part in parts:
            if isinstance(part, x.PredicateCall):
                self._predicate(part)

    def _variable(self, node: x.Variable) -> None:
        key = f"{node.root.value}.{node.name}" if node.name else node.root.value
        if key in self._objects:
            return
        term = self.terms.term(node, {})
        self._objects[key] = value = self._value(node.type, term, key)
        prefix = {
            x.Root.MESSAGE: "m",
            x.Root.ENVELOPE: "e",
            x.Root.CONFIG: "c",
            x.Root.SESSION: "s",
        }
        if node.root in prefix:
            setattr(self.names[prefix[node.root]], attribute_name(node.name), value)
        else:
            self.names[attribute_name(node.name) or "now"] = value

    def _value(self, kind: t.Type, term: Any, key: str) -> Any:
        match kind:
            case t.Bool():
                chosen: Any = self._rng.random() < 0.5
                self.equalities.append(term == chosen)
            case t.Int() | t.Time() | t.Duration():
                # few and close, so that equality and order both occur
                chosen = self._rng.choice((0, 1, 2, 3, 600_000, 600_001))
                self.equalities.append(term == chosen)
            case t.Enum(name=name):
                member = self._rng.choice(self._enumerations[name].names)
                chosen = self._member(name, member)
                self.equalities.append(term == self.terms.enumeration(name)[1][member])
            case t.SetOf(element=element) | t.ListOf(element=element):
                chosen = self._collection(kind, element, term)
            case _:
                # two of them are equal or not: that is all that is known
                chosen = self._rng.choice(("one", "two"))
                sort = self.terms.sort(kind)
                first, second = z3.Const(f"one:{sort}", sort), z3.Const(f"two:{sort}", sort)
                self.equalities += [first != second, term == (first if chosen == "one" else second)]
        return chosen

    def _collection(self, kind: t.Type, element: t.Enum, term: Members) -> Any:
        names = self._enumerations[element.name].names
        if isinstance(kind, t.SetOf):
            chosen = [n for n in names if self._rng.random() < 0.4]
        else:
            chosen = [self._rng.choice(names) for _ in range(self._rng.choice((0, 1, 1, 2, 3)))]
        for name, present in term.present.items():
            self.equalities.append(present == (name in chosen))
        self.equalities.append(term.count == len(chosen))
        values = [self._member(element.name, name) for name in chosen]
        return frozenset(values) if isinstance(kind, t.SetOf) else tuple(values)

    def _member(self, enumeration: str, member: str) -> Any:
        return getattr(getattr(vocabulary, enumeration), member_name(member))

    def _predicate(self, node: x.PredicateCall) -> None:
        name = attribute_name(node.predicate)

        def answer(*arguments: Any) -> bool:
            # equal arguments, equal answers: the same holds of the solver's function
            key = (name, *(id(a) if isinstance(a, SimpleNamespace) else a for a in arguments))
            return self._answers.setdefault(key, self._rng.random() < 0.5)

        setattr(self.names["services"], name, answer)
        self.equalities.append(self.terms.term(node, {}) == eval(python(node), {}, self.names))


def conditions(machine: Machine) -> Iterator[x.Expression]:
    """Guards, checks and requirements."""
    yield from conditions_of(machine)
    yield from (requirement.condition for requirement in machine.requirements)


def text_of(node: x.Expression) -> str:
    """The Python text, with named conditions written out: they are methods of the handler."""
    text = python(node)
    for part in x.walk(node):
        if isinstance(part, x.NamedCondition):
            text = text.replace(python(part), f"({python(part.condition)})")
    return text


@pytest.mark.parametrize(
    "name", ["compatibility-client", "compatibility-server", "native-client", "native-server"]
)
def test_python_and_solver_agree(project: Project, name: str) -> None:
    rng = random.Random(62351)
    machine = project.models.machines[name]
    seen = set()
    for node in conditions(machine):
        for _ in range(ROUNDS):
            values = Values(project, rng)
            values.give(node)
            executed = bool(eval(text_of(node), {}, values.names))
            term = values.terms.condition(node)
            solver = z3.Solver()
            solver.add(*values.terms.axioms, *values.equalities)
            assert solver.check() == z3.sat, python(node)
            solver.add(term != executed)
            assert solver.check() == z3.unsat, f"{python(node)} is {executed} in Python"
            seen.add(executed)
    assert seen == {True, False}


def test_list_without_members_has_no_elements(project: Project) -> None:
    terms = Terms(project.models.vocabulary)
    members = terms.variable("m.list", t.ListOf(t.Enum("DHGroup")))
    assert isinstance(members, Members)
    solver = z3.Solver()
    solver.add(*terms.axioms, members.count == 2)
    assert solver.check(z3.Not(z3.Or(list(members.present.values())))) == z3.unsat
    assert solver.check(members.size == 1) == z3.sat  # the same element twice
    assert solver.check(members.size == 3) == z3.unsat


def test_set_has_as_many_elements_as_members(project: Project) -> None:
    terms = Terms(project.models.vocabulary)
    members = terms.variable("c.set", t.SetOf(t.Enum("DHGroup")))
    assert isinstance(members, Members)
    solver = z3.Solver()
    solver.add(*terms.axioms)
    assert solver.check(members.count != members.size) == z3.unsat
