"""Which timers run in a state: for certain, whatever led there, and perhaps, on some way there."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.model import machine as m
from interlock.verification.steps import Step, Stepper


def running_for_certain(stepper: Stepper) -> Mapping[str, frozenset[str]]:
    """State to the timers that run in it on every way there: the greatest fixpoint.

    A timer that runs out where no row waits for it is ignored and runs no longer, so it is
    certain only through states that handle it.
    """
    machine = stepper.machine
    behaviour = stepper.behaviour()
    everything = frozenset(machine.timers)
    certain = {
        state: frozenset() if state == machine.initial else everything for state in behaviour.values
    }
    handled = {
        state: frozenset(timer for timer in machine.timers if _handles(machine, state, timer))
        for state in machine.states
    }
    changed = True
    while changed:
        changed = False
        for step in behaviour.steps:
            before = certain[step.source] & handled[step.source]
            after = certain[step.target] & _after(step, before)
            if after != certain[step.target]:
                certain[step.target] = after
                changed = True
    return {state: frozenset(timers) for state, timers in sorted(certain.items())}


def running_perhaps(stepper: Stepper) -> Mapping[str, frozenset[str]]:
    """State to the timers that run in it on some way there: the least fixpoint."""
    behaviour = stepper.behaviour()
    perhaps: dict[str, frozenset[str]] = {state: frozenset() for state in behaviour.values}
    changed = True
    while changed:
        changed = False
        for step in behaviour.steps:
            after = perhaps[step.target] | _after(step, perhaps[step.source])
            if after != perhaps[step.target]:
                perhaps[step.target] = after
                changed = True
    return perhaps


def _handles(machine: m.Machine, state: str, timer: str) -> bool:
    return bool(machine.transitions_from(state, m.Event(m.EventKind.TIMER, timer)))


def _after(step: Step, running: frozenset[str]) -> frozenset[str]:
    kind, _, name = step.event.partition(" ")
    now = set(running)
    if kind == m.EventKind.TIMER.value:
        now.discard(name)
    for action in step.actions:
        if isinstance(action, m.StartTimer):
            now.add(action.timer)
        elif isinstance(action, m.StopTimer):
            now.discard(action.timer)
    return frozenset(now)
