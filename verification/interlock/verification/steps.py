"""The live steps of a machine: which rows can be taken where, and which checks can fail.

A step is live when the solver finds values for it: the guard of the row holds, all of its checks
pass (or one fails where all before it pass), the requirements on the configuration hold, and
every session variable with few values (Boolean or enumeration) has one that it may have in that
state. These values are found together with the steps, as a least fixpoint from the initial state,
where every variable is empty.

Left out: relations between session variables, and variables with many values. Both make more
steps live, never fewer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.vocabulary import OTHER, Vocabulary
from interlock.verification.questions import assuming, context, new_solver
from interlock.verification.symbolic import Path, has_operation, is_finite, paths
from interlock.verification.terms import Terms

Values = Mapping[str, frozenset[str]]
"""Session variable to the values that it may have: ``true``, ``false``, or members by name."""

EnvelopeFacts = Mapping[str, str]
"""Field of the EnvPDU to its value: ``true``, ``false``, an integer, or a member by name."""


class StepKind(Enum):
    """Why a machine goes from one state to another."""

    ROW = "row"  # all checks of the row pass
    REACTION = "reaction"  # a check of the row fails
    FAULT = "fault"  # a PDU without a place


@dataclass(frozen=True, order=True, slots=True)
class Step:
    """One live step. ``check`` is the failing one; ``reaction`` what answers it, or the fault."""

    source: str
    event: str
    row: str
    check: str
    reaction: str
    target: str
    path: int = 0  # which way through the body, where it has branches
    actions: tuple[m.Action, ...] = field(default=(), compare=False, repr=False)

    @property
    def kind(self) -> StepKind:
        """Why the step is taken."""
        if not self.row:
            return StepKind.FAULT
        return StepKind.REACTION if self.check else StepKind.ROW

    @property
    def words(self) -> str:
        """The step as a reader names it."""
        match self.kind:
            case StepKind.ROW:
                return self.row
            case StepKind.REACTION:
                return f"{self.row}/{self.check}"
            case _:
                return f"{self.reaction} on {self.event}"


@dataclass(frozen=True)
class Behaviour:
    """The live steps of a machine, sorted, and the values of session variables in each state.

    A state that is not in ``values`` is not reached.
    """

    steps: tuple[Step, ...]
    values: Mapping[str, Values]
    questions: int

    def from_state(self, state: str) -> tuple[Step, ...]:
        """The steps that leave a state, those that stay there included."""
        return tuple(step for step in self.steps if step.source == state)


@dataclass(frozen=True)
class _Outcome:
    """What a row does where the session variables that it reads have certain values.

    With each path stand the values of the variables that it changes or tells something about.
    """

    passing: tuple[tuple[Path, Values], ...]
    failing: tuple[tuple[m.CheckUse, str], ...]  # use and id of the check


def empty_value(kind: t.Type, vocabulary: Vocabulary) -> str:
    """The value with which a session variable starts."""
    if isinstance(kind, t.Bool):
        return "false"
    assert isinstance(kind, t.Enum)
    names = vocabulary.enumerations[kind.name].names
    return OTHER if OTHER in names else names[0]


def all_values(kind: t.Type, vocabulary: Vocabulary) -> tuple[str, ...]:
    """Every value of a type with few values."""
    if isinstance(kind, t.Bool):
        return ("false", "true")
    assert isinstance(kind, t.Enum)
    return vocabulary.enumerations[kind.name].names


def has_value(terms: Terms, term: z3.ExprRef, kind: t.Type, value: str) -> z3.BoolRef:
    """The condition that a term of a finite type, or an integer, has a value."""
    match kind:
        case t.Bool():
            return term if value == "true" else z3.Not(term)
        case t.Enum(name=name):
            return term == terms.enumeration(name)[1][value]
        case _:
            return term == int(value)


class RowAnalysis:
    """One row as the solver sees it; asked once for each choice of session values."""

    def __init__(self, machine: m.Machine, vocabulary: Vocabulary, row: m.Transition) -> None:
        self._machine = machine
        self._vocabulary = vocabulary
        self.row = row
        self.questions = 0
        self.undecided = 0
        self.terms = Terms(vocabulary)
        known = context(machine, self.terms, row.event)
        self.guard = z3.BoolVal(True) if row.when is None else self.terms.condition(row.when)
        self.checks = [
            (use, check, self.terms.condition(check.fails_when, dict(use.arguments)))
            for use in row.checks
            for check in machine.check_lists[use.list].checks
        ]
        self.paths = paths(machine, self.terms, row.body)
        self.read = frozenset(self._read())
        self._solver = new_solver(*self.terms.axioms, *known, self.guard)
        self._outcomes: dict[tuple[object, ...], _Outcome] = {}

    def _read(self) -> Iterator[str]:
        """Session variables with few values on which something here depends."""
        nodes = [self.row.when] if self.row.when is not None else []
        for use, check, _ in self.checks:
            nodes += [check.fails_when, *(node for _, node in use.arguments)]
        for action in m.actions(self.row.body):
            if isinstance(action, m.Choose):
                nodes += [branch.when for branch in action.branches]
            elif isinstance(action, m.Set) and not has_operation(action.value):
                nodes.append(action.value)
        for node in nodes:
            for part in x.walk(node):
                if not isinstance(part, x.Variable) or part.root is not x.Root.SESSION:
                    continue
                if is_finite(self._machine.session[part.name].type):
                    yield part.name

    def outcome(self, values: Values, facts: EnvelopeFacts) -> _Outcome:
        """What can happen where session variables and the EnvPDU have certain values."""
        key = (
            tuple((name, values[name]) for name in sorted(self.read)),
            tuple(sorted(facts.items())),
        )
        if key not in self._outcomes:
            with assuming(self._solver, *self.restricted(values), *self._facts(facts)):
                self._outcomes[key] = self._ask(values)
        return self._outcomes[key]

    def restricted(self, values: Values) -> Iterator[z3.BoolRef]:
        """That the session variables that matter here have one of their values."""
        for name in sorted(self.read):
            kind = self._machine.session[name].type
            term = self.terms.variable(f"session.{name}", kind)
            yield z3.Or([has_value(self.terms, term, kind, v) for v in sorted(values[name])])

    def _facts(self, facts: EnvelopeFacts) -> Iterator[z3.BoolRef]:
        for name, value in sorted(facts.items()):
            known = self._machine.envelope.get(name)
            if known is not None:
                term = self.terms.variable(f"e.{name}", known.type)
                yield has_value(self.terms, term, known.type, value)

    def _possible(self, *formulas: z3.BoolRef) -> bool:
        """Undecided counts as possible, and is counted."""
        self.questions += 1
        with assuming(self._solver, *formulas):
            verdict = self._solver.check()
        self.undecided += verdict == z3.unknown
        return bool(verdict != z3.unsat)

    def _ask(self, values: Values) -> _Outcome:
        if not self._possible():
            return _Outcome((), ())
        failing = []
        passed: list[z3.BoolRef] = []
        for use, check, fails in self.checks:
            if self._possible(*passed, fails):
                failing.append((use, check.id))
            passed.append(z3.Not(fails))
        passing = []
        for path in self.paths:
            conditions = (*passed, *path.conditions)
            if self._possible(*conditions):
                passing.append((path, self._changes(path, conditions, values)))
        return _Outcome(tuple(passing), tuple(failing))

    def _changes(self, path: Path, conditions: Iterable[z3.BoolRef], values: Values) -> Values:
        """The values that session variables may have after a path, of those that it concerns."""
        after: dict[str, frozenset[str]] = {}
        with assuming(self._solver, *conditions):
            for name, variable in self._machine.session.items():
                if not is_finite(variable.type):
                    continue
                if name in path.values:
                    term, candidates = (
                        path.values[name],
                        all_values(variable.type, self._vocabulary),
                    )
                elif name in self.read:  # the guard or a check may have said which it is
                    term = self.terms.variable(f"session.{name}", variable.type)
                    candidates = tuple(sorted(values[name]))
                else:
                    continue
                after[name] = frozenset(
                    value
                    for value in candidates
                    if self._possible(has_value(self.terms, term, variable.type, value))
                )
        return after


class Stepper:
    """All rows of a machine as the solver sees them; answers are kept."""

    def __init__(self, machine: m.Machine, vocabulary: Vocabulary) -> None:
        self.machine = machine
        self.vocabulary = vocabulary
        self.rows = {row.id: RowAnalysis(machine, vocabulary, row) for row in machine.transitions}
        self._behaviour: Behaviour | None = None

    @property
    def questions(self) -> int:
        """How many questions were put to the solver."""
        return sum(row.questions for row in self.rows.values())

    def start(self) -> Values:
        """The values in the initial state."""
        return {
            name: frozenset((empty_value(variable.type, self.vocabulary),))
            for name, variable in self.machine.session.items()
            if is_finite(variable.type)
        }

    def anything(self) -> Values:
        """Every value for every variable."""
        return {
            name: frozenset(all_values(variable.type, self.vocabulary))
            for name, variable in self.machine.session.items()
            if is_finite(variable.type)
        }

    def behaviour(self) -> Behaviour:
        """The least fixpoint from the initial state."""
        if self._behaviour is None:
            values: dict[str, Values] = {self.machine.initial: self.start()}
            waiting = [self.machine.initial]
            while waiting:
                state = waiting.pop(0)
                for step, after in self.steps_from(state, values[state]):
                    joined = _join(values.get(step.target), after)
                    if joined != values.get(step.target):
                        values[step.target] = joined
                        if step.target not in waiting:
                            waiting.append(step.target)
            steps = {step for state in values for step, _ in self.steps_from(state, values[state])}
            self._behaviour = Behaviour(
                tuple(sorted(steps)),
                {state: values[state] for state in sorted(values)},
                self.questions,
            )
        return self._behaviour

    def steps_from(self, state: str, values: Values) -> Iterator[tuple[Step, Values]]:
        """The live steps from a state, with the values after them."""
        for event in self.machine.events:
            yield from self.steps_on(state, values, event, {})
        if not self.machine.states[state].is_final:
            for message in self.machine.faults:
                yield from self._fault(state, values, message)

    def steps_on(
        self, state: str, values: Values, event: m.Event, facts: EnvelopeFacts
    ) -> Iterator[tuple[Step, Values]]:
        """The live steps of the rows for an event, with the values after them."""
        for row in self.machine.transitions_from(state, event):
            outcome = self.rows[row.id].outcome(values, facts)
            for number, (path, changes) in enumerate(outcome.passing):
                target = row.target or state
                after = {**values, **changes}
                yield Step(state, str(event), row.id, "", "", target, number, path.actions), after
            for use, check in outcome.failing:
                reaction = use.reaction
                step = Step(state, str(event), row.id, check, reaction.name, reaction.target)
                yield from self._reacting(step, reaction, values)

    def _fault(self, state: str, values: Values, message: str) -> Iterator[tuple[Step, Values]]:
        event = m.Event(m.EventKind.RECEIVE, message)
        if not self.machine.transitions_from(state, event):
            reaction = self.machine.faults[message]
            step = Step(state, str(event), "", "", reaction.name, reaction.target)
            yield from self._reacting(step, reaction, values)

    def on_message(
        self, state: str, values: Values, message: str, facts: EnvelopeFacts
    ) -> Iterator[tuple[Step, Values]]:
        """The live steps when a message comes, be there a row for it or not."""
        yield from self.steps_on(state, values, m.Event(m.EventKind.RECEIVE, message), facts)
        if message in self.machine.faults:
            yield from self._fault(state, values, message)

    def _reacting(
        self, step: Step, reaction: m.Reaction, values: Values
    ) -> Iterator[tuple[Step, Values]]:
        assigned = {a.variable for a in m.actions(reaction.body) if isinstance(a, m.Set)}
        anything = self.anything()
        after = {n: anything[n] if n in assigned else known for n, known in values.items()}
        for number, actions in enumerate(_ways(reaction.body)):
            yield replace(step, path=number, actions=actions), after


def _ways(body: m.Body) -> Iterator[tuple[m.Action, ...]]:
    """Every way through a body, whatever the conditions of its branches."""
    if not body:
        yield ()
    elif isinstance(body[0], m.Choose):
        for branch in body[0].branches:
            yield from _ways((*branch.body, *body[1:]))
    else:
        yield from ((body[0], *rest) for rest in _ways(body[1:]))


def _join(old: Values | None, new: Values) -> Values:
    if old is None:
        return new
    return {name: old[name] | new[name] for name in old}
