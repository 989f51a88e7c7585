"""Deciding properties of single steps: every row of a machine, from any values of its variables.

A formula that holds for every step from every state holds in every run of any length: that is
induction without anything to assume. The variables before the step are unknown, so nothing is
said about how a machine came there; what is *not* proved here may still be unreachable.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction
from interlock.verification.actor import Actor, Emission, Received, Setting
from interlock.verification.options import OVER, Option, makes_key_pair, options, staying_rows
from interlock.verification.properties import (
    Property,
    Selection,
    StepCase,
    state_enumeration,
)
from interlock.verification.results import Check, Obligation, Party, Step, Trace, Verdict
from interlock.verification.run_properties import all_possible, status_of
from interlock.verification.scene import Frame, Scene, Values, all_of, any_of
from interlock.verification.solving import Answer, Asker, second_opinion
from interlock.verification.terms import Members, Term, enumeration_sort
from interlock.verification.world import SceneFrame

_NAME = "party"
SHARE = "party@step"
"""The key pair that the step makes, if it makes one."""


@dataclass(frozen=True)
class Case:
    """One step that a property speaks of: its conditions, and a frame to read formulas in."""

    option: Option
    happens: z3.BoolRef
    frame: SceneFrame
    failing: Sequence[tuple[m.Check, z3.BoolRef]]


class Stage(Actor):
    """A machine of which single steps are looked at."""

    def __init__(self, scene: Scene, machine: m.Machine) -> None:
        expected = None if machine.role == "client" else "none"
        super().__init__(scene, machine, Setting(_NAME, "config", machine.role, expected))
        self.before: Values = {
            v.name: scene.constant(f"before.{machine.name}.{v.name}", v.type)
            for v in machine.session.values()
        }
        identity = t.Enum("Identity")
        for ghost in ("peer", "peer-address"):
            self.before[ghost] = scene.constant(f"before.{machine.name}.{ghost}", identity)
        self._number = 0

    def cases(self, selection: Selection) -> Iterator[Case]:
        """The steps that a property selects."""
        for option in _all_options(self.machine):
            if selection.takes(option, self.machine):
                yield from self._cases(option, selection)

    def _cases(self, option: Option, selection: Selection) -> Iterator[Case]:
        self._number += 1
        number = self._number
        now = z3.Int(f"{_NAME}.{number}.now")
        frame = self.frame(number, dict(self.before), now)
        frame.share = SHARE
        frame.guard = z3.BoolVal(False)  # of which group the new key pair is: left open
        receives: dict[str, Received] = {}
        conditions = self.enabled(option, frame, receives)
        first = len(self.emissions)
        happens = all_of(conditions)
        self._carry_out(option.body, frame, happens, number, now, option)
        sent = self.emissions[first:]
        failing = self._failing_of(option, frame)
        if not selection.sends:
            yield Case(option, happens, self._read(option, frame, None), failing)
            return
        for emission in sent:
            if emission.message.name in selection.sends:
                when = z3.And(happens, emission.when)
                yield Case(option, when, self._read(option, frame, emission), failing)

    def _failing_of(self, option: Option, frame: Frame) -> list[tuple[m.Check, z3.BoolRef]]:
        if option.use is None or option.row is None:
            return []
        checks = self.machine.check_lists[option.use.list].checks
        conditions = self.failures(option.row, option.use, frame)
        return list(zip(checks, conditions, strict=True))

    def _read(self, option: Option, frame: Frame, emission: Emission | None) -> SceneFrame:
        values: dict[str, Term] = {f"after.{n}": v for n, v in frame.session.items()}
        values |= {f"step.{n}": v for n, v in self._facts(option).items()}
        if emission is not None:
            values |= {f"sent.{n}": v for n, v in self._of_sent(option, frame, emission).items()}
        return SceneFrame(
            self.scene, self.name, frame.step, self.setting.config, self.party, dict(self.before),
            message=frame.message, envelope=frame.envelope, now=frame.now, values=values,
        )  # fmt: skip

    def _facts(self, option: Option) -> dict[str, Term]:
        """What can be said of a step without looking at values."""
        body = list(m.actions(option.body))
        calls = set(_operations(body))
        indicated = {a.kind for a in body if isinstance(a, m.Indicate)}
        states = state_enumeration(self.machine)
        _, values = enumeration_sort(states.name, states.names)
        facts = {
            "delivers": option.delivers,
            "associates": "associated" in indicated,
            "fails": option.reaction is not None,
            "remembers": bool(calls & {"remember-handshake", "remember-time"}),
            "remembers-peer": "remember-peer" in calls,
            "closes": any(isinstance(a, m.Close) for a in body),
            "logs": any(isinstance(a, m.Log) for a in body),
            "makes-key-pair": any(makes_key_pair(a) for a in body),
        }
        return {
            **{name: z3.BoolVal(value) for name, value in facts.items()},
            "from": values[option.state.removesuffix(OVER)],
            "to": values[option.target],
        }

    def _of_sent(self, option: Option, frame: Frame, emission: Emission) -> dict[str, Term]:
        """The fields of what is sent, the keys that protect it, and those its IV is fresh for."""
        fields = dict(emission.fields)
        fields["iv-is-fresh"] = z3.BoolVal(False)
        for action in m.actions(option.body):
            if isinstance(action, m.Send) and action.message == emission.message.name:
                for name, node in action.fields:
                    if name == "iv":
                        fields["iv-is-fresh"] = self._is_fresh(node, emission)
        return fields

    def _is_fresh(self, node: x.Expression, emission: Emission) -> z3.BoolRef:
        """Whether an IV is drawn for the very keys that protect the message."""
        if not isinstance(node, x.OperationCall) or node.operation != "fresh-iv":
            return z3.BoolVal(False)
        (argument,) = node.arguments
        if not isinstance(argument, x.Variable) or argument.root is not x.Root.SESSION:
            return z3.BoolVal(False)
        if argument.name == "send-keys":  # those that protect, read at the same moment
            return z3.BoolVal(emission.keys is not None)
        keys = self.before[argument.name]
        assert not isinstance(keys, Members)
        return z3.BoolVal(False) if emission.keys is None else keys == emission.keys


def _operations(body: list[m.Action]) -> Iterator[str]:
    for action in body:
        if isinstance(action, m.Call) and isinstance(action.operation, x.OperationCall):
            yield action.operation.operation


def _all_options(machine: m.Machine) -> Iterator[Option]:
    """Every step of a machine, rows that stay where they are included."""
    for state in machine.states:
        yield from options(machine, state)
        for row in staying_rows(machine, state):
            yield Option(row.id, state, row.event, row, None, row.body, row.target or state)


class StepDecider:
    """Decides properties of single steps."""

    def __init__(self, project: Project, abstraction: Abstraction) -> None:
        self._project = project
        self._abstraction = abstraction

    def decide(self, property: Property, variant: str, expected: str, *, second: bool) -> Verdict:
        """Decide one property for every machine that it names."""
        obligations, twins, trace = [], [], None
        for case in property.cases:
            one = _Question(self._project, self._abstraction, property.selection, case)
            obligation, twin, found = one.answer(second=second)
            obligations.append(obligation)
            twins += twin
            trace = trace or found
        worst = next((o.first for o in obligations if o.first is not Check.UNSAT), Check.UNSAT)
        if trace is not None:
            worst = Check.SAT
        status, reason = status_of(worst, all_possible(twins))
        return Verdict(
            property.id, variant, status, expected, "step", tuple(obligations),
            all_possible(twins), trace, reason=reason, bound=1,
        )  # fmt: skip


class _Question:
    """One property for one machine."""

    def __init__(
        self, project: Project, abstraction: Abstraction, selection: Selection, case: StepCase
    ) -> None:
        self._machine = project.models.machines[case.machine]
        self._case = case
        self._scene = Scene(project, abstraction, [SHARE])
        for machine in project.models.machines.values():
            states = state_enumeration(machine)
            self._scene.state_names[states.name] = states.names
        self._stage = Stage(self._scene, self._machine)
        self._cases = list(self._stage.cases(selection))
        self._questions = [self._violation(one) for one in self._cases]
        facts = [*self._stage.constraints, *self._scene.axioms]
        self._asker = Asker(facts)

    def _violation(self, one: Case) -> z3.BoolRef:
        given = self._case.given
        parts = [one.happens] + ([one.frame.condition(given)] if given is not None else [])
        return all_of([*parts, z3.Not(one.frame.condition(self._case.formula))])

    def answer(self, *, second: bool) -> tuple[Obligation, list[Check], Trace | None]:
        """The obligation, the twins' answers, and the step that violates the formula."""
        question = any_of(self._questions)
        answer = self._asker.ask(question)
        opinion = Check.NOT_ASKED
        if answer.check is Check.UNSAT and second:
            opinion = second_opinion(self._asker.smtlib(question))
        obligation = Obligation(
            self._machine.name,
            f"{len(self._cases)} kinds of steps of {self._machine.name}",
            answer.check,
            opinion,
            answer.work,
        )
        return obligation, list(self._twins()), self._trace(answer)

    def _twins(self) -> Iterator[Check]:
        for twin in self._case.twins or (None,):
            ways = []
            for one in self._cases:
                wanted = [node for node in (self._case.given, twin) if node is not None]
                ways.append(all_of([one.happens, *map(one.frame.condition, wanted)]))
            yield self._asker.ask(any_of(ways)).check

    def _trace(self, answer: Answer) -> Trace | None:
        if answer.model is None:
            return None
        for one, question in zip(self._cases, self._questions, strict=True):
            if z3.is_true(answer.model.eval(question, model_completion=True)):
                return self._told(one, answer.model)
        return None

    def _told(self, one: Case, model: z3.ModelRef) -> Trace:
        option = one.option
        failed = next(
            (check for check, fails in one.failing if z3.is_true(model.eval(fails))), None
        )
        shown = [(f"m.{n}", v) for n, v in sorted(one.frame.message.items())]
        shown += [(f"before.{n}", v) for n, v in sorted(self._stage.before.items())]
        values = [
            (name, str(model.eval(value, model_completion=True)))
            for name, value in shown
            if not isinstance(value, Members) and value.sort().kind() != z3.Z3_UNINTERPRETED_SORT
        ]
        step = Step(
            1,
            _NAME,
            str(option.event),
            option.row.id if option.row is not None else "",
            option.reaction.name if option.reaction is not None else "",
            failed.id if failed is not None else "",
            option.row.clause if option.row is not None else self._machine.clause,
            option.state,
            option.target,
            delivers=option.delivers,
            fields=tuple(values),
            words=option.row.words if option.row is not None else "",
        )
        party = Party(_NAME, self._machine.name, self._machine.words)
        return Trace((party,), (step,), (), "a step from any values of the variables")
