"""A strand: everything one party can do in one run, unrolled to the bound that its rank allows.

Rows that stay in their state (sending data, a timer that only notes a wish) are not steps: the
messages they send may have been sent whenever the party is in that state, and the variables they
write are unknown from the start. Both err to the attacker's side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import z3

from interlock.model import machine as m
from interlock.model import types as t
from interlock.verification.actor import Actor, Received, Setting
from interlock.verification.options import (
    OVER,
    Option,
    bound,
    options,
    staying_rows,
    staying_variables,
)
from interlock.verification.scene import Scene, Values, all_of, any_of, equal, is_same_term
from interlock.verification.terms import Members, Term


@dataclass
class StepOf:
    """One step of a strand: the choice, and the values before it."""

    number: int
    at: z3.ArithRef
    now: z3.ArithRef
    states: Mapping[str, z3.BoolRef]
    session: Values
    options: Mapping[str, tuple[Option, z3.BoolRef]]
    quiet: z3.BoolRef


class Strand(Actor):
    """The unrolled run of one party. ``constraints`` say what a run is."""

    def __init__(self, scene: Scene, machine: m.Machine, setting: Setting) -> None:
        super().__init__(scene, machine, setting)
        self.steps: list[StepOf] = []
        self.received: list[Received] = []
        self.depth = min(bound(machine), setting.depth or 99)
        self.free = frozenset(staying_variables(machine))
        self._final_states: dict[str, z3.BoolRef] = {}
        self._final_session: Values = {}
        self._unroll()

    # --- unrolling ---------------------------------------------------------------------------

    def _unroll(self) -> None:
        states: dict[str, z3.BoolRef] = {self.machine.initial: z3.BoolVal(True)}
        session: Values = {v.name: self.scene.empty(v.type) for v in self.machine.session.values()}
        for ghost in ("peer", "peer-address"):
            session[ghost] = self.scene.empty(t.Enum("Identity"))
        at = z3.Int(f"{self.name}.0.at")
        quiet_before: z3.BoolRef = z3.BoolVal(False)
        for number in range(self.depth):
            states, session, quiet_before = self._step(number, at, states, session, quiet_before)
            after = z3.Int(f"{self.name}.{number + 1}.at")
            self.constraints.append(after > at)
            at = after
        self._stays(self.depth, at, states, session)
        self.constraints += [sent == any_of(ways) for sent, ways in self._sent_by_any]
        self._final_states, self._final_session = states, session
        self.end_at = at

    def _step(
        self,
        number: int,
        at: z3.ArithRef,
        states: Mapping[str, z3.BoolRef],
        session: Values,
        quiet_before: z3.BoolRef,
    ) -> tuple[dict[str, z3.BoolRef], Values, z3.BoolRef]:
        now = at + self.skew
        receives: dict[str, Received] = {}
        chosen: dict[str, tuple[Option, z3.BoolRef]] = {}
        outcomes: list[tuple[Option, z3.BoolRef, Values]] = []
        for state, is_here in states.items():
            for option in options(self.machine, state):
                if not self.setting.allowed(option):
                    continue
                taken = z3.Bool(f"{self.name}.{number}.{option.id}@{state}")
                frame = self.frame(number, dict(session), now)
                frame.guard = taken
                conditions = [is_here, *self._enabled(option, frame, receives, taken)]
                # One fact for each, so that a proof names those that it rests on.
                self.constraints += [z3.Implies(taken, condition) for condition in conditions]
                self._carry_out(option.body, frame, taken, number, at, option)
                chosen[f"{option.id}@{state}"] = (option, taken)
                outcomes.append((option, taken, frame.session))
        quiet = z3.Bool(f"{self.name}.{number}.quiet")
        self._exactly_one([quiet, *(taken for _, taken in chosen.values())])
        self.constraints.append(z3.Implies(quiet_before, quiet))
        if self.setting.prompt:
            may_move = {state for state in states if any(o.state == state for o, _, _ in outcomes)}
            resting = [is_here for state, is_here in states.items() if state not in may_move]
            self.constraints.append(z3.Implies(quiet, any_of(resting)))
        self.steps.append(StepOf(number, at, now, dict(states), dict(session), chosen, quiet))
        self._stays(number, at, states, session)
        self.received.extend(receives.values())
        after = self._after(number, session, outcomes)
        return self._states_after(number, states, outcomes, quiet), after, quiet

    def _exactly_one(self, choices: list[z3.BoolRef]) -> None:
        self.constraints.append(any_of(choices))
        for n, first in enumerate(choices):
            for second in choices[n + 1 :]:
                self.constraints.append(z3.Or(z3.Not(first), z3.Not(second)))

    def _states_after(
        self,
        number: int,
        states: Mapping[str, z3.BoolRef],
        outcomes: list[tuple[Option, z3.BoolRef, Values]],
        quiet: z3.BoolRef,
    ) -> dict[str, z3.BoolRef]:
        ways: dict[str, list[z3.BoolRef]] = {}
        for state, is_here in states.items():
            ways.setdefault(state, []).append(z3.And(quiet, is_here))
        for option, taken, _ in outcomes:
            target = option.target + (OVER if option.delivers else "")
            ways.setdefault(target, []).append(taken)
        return {state: any_of(found) for state, found in ways.items()}

    def _after(
        self, number: int, session: Values, outcomes: list[tuple[Option, z3.BoolRef, Values]]
    ) -> Values:
        after: Values = {}
        for name, before in session.items():
            changed = [(b, values[name]) for _, b, values in outcomes]
            if name in self.free or all(is_same_term(v, before) for _, v in changed):
                after[name] = before
                continue
            value = self._constant(f"{self.name}.{number + 1}.{name}", before)
            stays = []
            for taken, result in changed:
                if is_same_term(result, before):
                    stays.append(taken)
                else:
                    self.constraints.append(z3.Implies(taken, equal(value, result)))
            quiet = z3.Bool(f"{self.name}.{number}.quiet")
            self.constraints.append(z3.Implies(any_of([quiet, *stays]), equal(value, before)))
            after[name] = value
        return after

    def _constant(self, name: str, like: Term) -> Term:
        if isinstance(like, Members):
            present = {n: z3.Bool(f"{name}[{n}]") for n in like.present}
            return Members(present, z3.Int(f"count({name})"))
        return z3.Const(name, like.sort())

    def _stays(
        self, number: int, at: z3.ArithRef, states: Mapping[str, z3.BoolRef], session: Values
    ) -> None:
        """What rows that stay in a state can have sent while the party was there."""
        for state, is_here in states.items():
            for row in staying_rows(self.machine, state):
                frame = self.frame(number, dict(session), at + self.skew)
                conditions = [is_here]
                if row.when is not None and row.event.kind is not m.EventKind.RECEIVE:
                    conditions.append(frame.condition(row.when))
                if row.event.kind is m.EventKind.RECEIVE:
                    # The message that it answers is not looked at: it may have come.
                    received = self.receive(row.event.name, number)
                    frame.message, frame.envelope = received.record, received.envelope
                option = Option(row.id, state, row.event, row, None, row.body, state)
                when = all_of(conditions)
                frame.guard = when
                self._carry_out(row.body, frame, when, number, at, option, stays=True)

    # --- what others ask ---------------------------------------------------------------------

    def values_at(self, number: int) -> Values:
        """Session and ghosts before step ``number`` (or at the end)."""
        return self.steps[number].session if number < len(self.steps) else self._final_session

    def states_at(self, number: int) -> Mapping[str, z3.BoolRef]:
        """State conditions before step ``number`` (or at the end)."""
        return self.steps[number].states if number < len(self.steps) else self._final_states

    def at(self, number: int) -> z3.ArithRef:
        """Time of step ``number`` (or of the end)."""
        return self.steps[number].at if number < len(self.steps) else self.end_at

    def taken(self, test: Callable[[Option], bool], number: int) -> z3.BoolRef:
        """That step ``number`` takes an option for which ``test`` holds."""
        return any_of(b for option, b in self.steps[number].options.values() if test(option))
