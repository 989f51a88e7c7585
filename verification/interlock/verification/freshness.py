"""Is a message ever accepted twice? Two acceptances of one message, at any two times.

The row's own checks decide, with the window of the configuration and the retention of assumption
Q17. What the replay memory guarantees is stated here once: a remembered message is known until a
reading of the clock is later than its insertion plus the retention, and until a restart; a station
that was told when it started also refuses everything that it may have accepted before.

Clocks: the time of the message is the sender's; the receiver's readings rise, except that a step
back of at most ``memory.clock-step`` may happen at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import z3

from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction
from interlock.verification.options import Option, options
from interlock.verification.properties import Property, StepCase
from interlock.verification.results import (
    Check,
    Obligation,
    Origin,
    OriginKind,
    Party,
    Step,
    Trace,
    Verdict,
)
from interlock.verification.rowwise import SHARE, Stage
from interlock.verification.run_properties import all_possible, status_of
from interlock.verification.scene import Scene, Values, all_of
from interlock.verification.solving import Asker, second_opinion
from interlock.verification.world import SceneFrame

MEMORY: dict[str, t.Type] = {
    "retention": t.DURATION,
    "clock-step": t.DURATION,
    "restarted": t.BOOL,
    "told-start": t.BOOL,
}
"""Names and types of ``memory.x``."""
ACCEPTANCE: dict[str, t.Type] = {"accepted": t.BOOL, "now": t.TIME}
"""Names and types of ``first.x`` and ``second.x``."""
RETENTION = ("Q17", "Q17.clock-step")
"""What a replay memory keeps an entry for: both added."""


class FreshnessDecider:
    """Decides whether a row accepts a message twice."""

    def __init__(self, project: Project, abstraction: Abstraction) -> None:
        self._project = project
        self._abstraction = abstraction

    def decide(self, property: Property, variant: str, expected: str, *, second: bool) -> Verdict:
        """Decide one property for every row that it names."""
        obligations, twins, trace = [], [], None
        for case in property.cases:
            machine = self._project.models.machines[case.machine]
            for option in _accepting(machine, property):
                one = _Twice(self._project, self._abstraction, machine, option, case)
                obligation, found = one.answer(second=second)
                obligations.append(obligation)
                twins += list(one.twins())
                trace = trace or found
        answers = [obligation.first for obligation in obligations]
        worst = Check.SAT if Check.SAT in answers else all_unsat(answers)
        status, reason = status_of(worst, all_possible(twins))
        return Verdict(
            property.id, variant, status, expected, "two acceptances", tuple(obligations),
            all_possible(twins), trace, reason=reason, bound=2,
        )  # fmt: skip


def all_unsat(answers: list[Check]) -> Check:
    """UNSAT when all are; otherwise the first that is not."""
    return next((answer for answer in answers if answer is not Check.UNSAT), Check.UNSAT)


def _accepting(machine: m.Machine, property: Property) -> Iterator[Option]:
    seen = set()
    for state in machine.states:
        for option in options(machine, state):
            here = option.row is not None and option.reaction is None
            if here and property.selection.takes(option, machine) and option.id not in seen:
                seen.add(option.id)
                yield option


class _Twice:
    """One row, one message, two acceptances."""

    def __init__(
        self,
        project: Project,
        abstraction: Abstraction,
        machine: m.Machine,
        option: Option,
        case: StepCase,
    ) -> None:
        self._machine = machine
        self._option = option
        self._case = case
        self._scene = Scene(project, abstraction, [SHARE])
        self._stage = Stage(self._scene, machine)
        retention = sum(project.spec.tables.assumptions[id].as_int for id in RETENTION) * 1000
        self._memory: dict[str, Any] = {
            name: self._scene.constant(f"memory.{name}", kind) for name, kind in MEMORY.items()
        }
        self._facts: list[z3.BoolRef] = [self._memory["retention"] == retention]
        first, record = self._acceptance("first", None)
        second, _ = self._acceptance("second", record)
        self._first: dict[str, Any] = first
        self._second: dict[str, Any] = second
        self._time: Any = record["time"]
        self._facts += list(self._remembering(record))
        self._facts.append(self._window() == self._default_window())
        self._asker = Asker([*self._facts, *self._stage.constraints, *self._scene.axioms])

    def _window(self) -> z3.ArithRef:
        return self._scene.constant("config.time-window", t.DURATION)

    def _default_window(self) -> z3.ArithRef:
        """The window that the configuration has by default (assumption Q18)."""
        default = self._machine.config["time-window"].default
        assert default is not None
        return self._stage.frame(0, {}, z3.IntVal(0)).value(default)

    def _acceptance(self, name: str, record: Values | None) -> tuple[Values, Values]:
        """The condition of an acceptance, and the message; the second time it is the same."""
        number = 1 if record is None else 2
        now = z3.Int(f"{name}.now")
        frame = self._stage.frame(number, self._variables(name), now)
        frame.share, frame.guard = SHARE, z3.BoolVal(False)
        receives = {}
        if record is not None:
            message = self._option.event.name
            received = self._stage.receive(message, number)
            received.record = {**record, "seen": z3.Bool("second.seen")}
            receives[message] = received
        conditions = self._stage.enabled(self._option, frame, receives)
        values: Values = {"accepted": z3.Bool(f"{name}.accepted"), "now": now}
        self._facts.append(z3.Implies(values["accepted"], all_of(conditions)))
        return values, dict(frame.message)

    def _variables(self, name: str) -> Values:
        """Variables of an association of its own."""
        found: Values = {
            v.name: self._scene.constant(f"{name}.{v.name}", v.type)
            for v in self._machine.session.values()
        }
        for ghost in ("peer", "peer-address"):
            found[ghost] = self._scene.constant(f"{name}.{ghost}", t.Enum("Identity"))
        return found

    def _remembering(self, record: Values) -> Iterator[z3.BoolRef]:
        """What the replay memory guarantees at the second acceptance."""
        seen = z3.Bool("second.seen")
        first, second = self._first["now"], self._second["now"]
        step, retention = self._memory["clock-step"], self._memory["retention"]
        restarted, told = self._memory["restarted"], self._memory["told-start"]
        yield second >= first - step
        if _remembers(self._option):
            kept = first + retention >= second + step  # no reading in between was later
            yield z3.Implies(z3.And(z3.Not(restarted), kept), seen)
        start = z3.Int("memory.start")
        yield z3.And(start >= first - step, start <= second + step)
        early = record["time"] < start + self._window() + 1
        yield z3.Implies(z3.And(restarted, told, early), seen)

    def _frame(self) -> SceneFrame:
        values = {f"memory.{n}": v for n, v in self._memory.items()}
        values |= {f"first.{n}": v for n, v in self._first.items()}
        values |= {f"second.{n}": v for n, v in self._second.items()}
        return SceneFrame(self._scene, "party", 0, "config", self._stage.party, {}, values=values)

    def answer(self, *, second: bool) -> tuple[Obligation, Trace | None]:
        """The obligation, and the two acceptances that violate the formula."""
        frame = self._frame()
        parts = [z3.Not(frame.condition(self._case.formula))]
        if self._case.given is not None:
            parts.append(frame.condition(self._case.given))
        question = all_of(parts)
        answer = self._asker.ask(question)
        opinion = Check.NOT_ASKED
        if answer.check is Check.UNSAT and second:
            opinion = second_opinion(self._asker.smtlib(question))
        words = f"{self._option.id} of {self._machine.name}"
        obligation = Obligation(self._option.id, words, answer.check, opinion, answer.work)
        trace = None
        if answer.model is not None:
            # A second inside every edge where that can be had: a replay then needs no precision.
            inside = self._asker.ask(question, *self._inside())
            trace = self._told(inside.model or answer.model)
        return obligation, trace

    def _inside(self) -> Iterator[z3.BoolRef]:
        window = self._window() - 1000
        for values in (self._first, self._second):
            yield values["now"] - self._time <= window
            yield self._time - values["now"] <= window
        yield self._second["now"] >= self._first["now"] + 1000

    def twins(self) -> Iterator[Check]:
        """That a first acceptance happens at all, with what is given."""
        frame = self._frame()
        for twin in self._case.twins or (None,):
            wanted = [node for node in (self._case.given, twin) if node is not None]
            parts = [self._first["accepted"], *map(frame.condition, wanted)]
            yield self._asker.ask(all_of(parts)).check

    # --- the story ---------------------------------------------------------------------------

    def _told(self, model: z3.ModelRef) -> Trace:
        """One client sends once; the station accepts it in two of its associations."""
        time = _number(model, self._time)
        first, second = (
            _number(model, values["now"]) - time for values in (self._first, self._second)
        )
        restarted = z3.is_true(model.eval(self._memory["restarted"], model_completion=True))
        mode = self._machine.mode
        step_back = _number(model, self._memory["clock-step"])
        parties = [
            Party("client", f"{mode}-client", "the honest client", (("expects", "server"),)),
            Party("server", self._machine.name, "the first association of the server"),
            Party("again", self._machine.name, "a later association of the same server"),
        ]
        request = self._option.event.name
        opening = "wait-rsp" if mode == "native" else "wait-aare"
        rows = ("NC-01", "NC-02") if mode == "native" else ("CC-01", "CC-03")
        steps = [
            Step(1, "client", "local associate", rows[0], before="idle", after="transport"),
            Step(2, "client", "transport ready", rows[1], before="transport", after=opening,
                 sends=(request,)),
            self._ready(3, "server"),
            self._accepting_step(4, "server", Origin(OriginKind.PEER, "client", request, 2),
                                 first - 2),
        ]  # fmt: skip
        gap = second - first - 2
        if step_back:
            # Somebody else's request, read on a clock that is ahead, clears the memory.
            parties.insert(
                2, Party("between", self._machine.name, "another association of the server")
            )
            other = Origin(OriginKind.OTHER_RUN, "client", request)
            steps.append(self._ready(5, "between"))
            steps.append(self._accepting_step(6, "between", other, gap + step_back))
            gap = -step_back - 2
        number = len(steps) + 1
        steps.append(self._ready(number, "again"))
        again = Origin(OriginKind.PEER, "client", request, 2)
        steps.append(self._accepting_step(number + 1, "again", again, gap, restart=restarted))
        words = (
            f"accepted at {_seconds(first)} and again at {_seconds(second)} of the sender's time"
        )
        attacker = (("insider", "false"), ("channel", "none"))
        return Trace(tuple(parties), tuple(steps), attacker, words)

    def _ready(self, number: int, party: str) -> Step:
        row = "NS-01" if self._machine.mode == "native" else "CS-01"
        return Step(number, party, "transport ready", row, before="listen", after="transport")

    def _accepting_step(
        self, number: int, party: str, origin: Origin, shift: int, *, restart: bool = False
    ) -> Step:
        row = self._option.row
        assert row is not None
        fields = [("clock", f"{shift:+d} ms")] if abs(shift) > 2 else []
        if restart:
            fields.append(("restart", "true"))
        return Step(
            number,
            party,
            f"receive {self._option.event.name}",
            row.id,
            clause=row.clause,
            before=row.sources[0],
            after=row.target or row.sources[0],
            told=("associate-requested",),
            origin=origin,
            fields=tuple(fields),
            words=row.words,
        )


def _number(model: z3.ModelRef, value: z3.ArithRef) -> int:
    return int(model.eval(value, model_completion=True).as_long())


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:+.3f} s"


def _remembers(option: Option) -> bool:
    names = {"remember-handshake", "remember-time"}
    return any(
        isinstance(action, m.Call) and getattr(action.operation, "operation", "") in names
        for action in m.actions(option.body)
    )
