"""A client and a server together: control states, what is under way, and the transport.

A joint state has the state of either machine, the PDUs under way in each direction, and the two
ends of the transport. What moves it: a PDU that arrives, a call of a user, a timer, a transport
that comes up or is lost, at any time.

Abstraction. A PDU is its message and what an honest sender's upper layers say around it; all
conditions on its content, the configuration, and session variables beyond their possible values
are taken as satisfiable, and a timer may run out whenever a row waits for it: these give more
behaviour than there is. Calls and timers wait while two PDUs of their sender are under way, and
what is under way when a transport fails is lost as a whole: these give less.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import NamedTuple

from interlock.core.diagnostics import Diagnostic, Severity, error
from interlock.model import machine as m
from interlock.spec.types import Osi
from interlock.verification.honest import envelope_of, seen_as
from interlock.verification.steps import EnvelopeFacts, Step, Stepper
from interlock.verification.timers import running_for_certain

READY = m.Event(m.EventKind.TRANSPORT, "ready")
LOST = m.Event(m.EventKind.TRANSPORT, "lost")
CLIENT, SERVER = 0, 1

UNDER_WAY = 2
"""PDUs under way in one direction at which calls and timers of their sender wait."""

MOST_STATES = 500_000
"""Joint states at which the exploration gives up, with an exception."""


class End(IntEnum):
    """One end of the transport connection."""

    NONE = 0
    COMING = 1  # it will be reported as ready
    OPEN = 2
    FAILED = 3  # it will be reported as lost
    CLOSED = 4


class UnderWay(NamedTuple):
    """A PDU under way, as the receiver will see it."""

    message: str
    facts: tuple[tuple[str, str], ...]


class Joint(NamedTuple):
    """Client and server together; each pair is that of client and server."""

    states: tuple[str, str]
    incoming: tuple[tuple[UnderWay, ...], tuple[UnderWay, ...]]  # what the client, server gets
    ends: tuple[End, End]


@dataclass(frozen=True, order=True)
class Waiting:
    """Two states in which nothing comes by itself but timers.

    ``calls`` of a user would go on; those that only end everything are not counted. ``timers``
    run for certain and have a row: they resolve the waiting where no user acts.
    """

    client: str
    server: str
    calls: tuple[str, ...]
    timers: tuple[str, ...]


@dataclass(frozen=True)
class Product:
    """What a client and a server together can do.

    ``pairs`` are the pairs of control states; ``associated`` says who can be told so: ``client``,
    ``server``, ``both`` at one time. ``answers`` are the steps that PDUs of the other side lead
    to, where the modes differ: they show what refuses.
    """

    client: str
    server: str
    states: int
    steps: int
    pairs: tuple[tuple[str, str], ...]
    associated: tuple[str, ...]
    answers: tuple[str, ...]
    waiting: tuple[Waiting, ...]
    without_end: tuple[tuple[str, str], ...]
    findings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)


def product(client: Stepper, server: Stepper, osi: Osi) -> Product:
    """Explore a client and a server together.

    Args:
        client: The client's steps.
        server: The server's steps.
        osi: The profiles of the upper layers.
    """
    return _Exploration((client, server), osi).run()


class _Exploration:
    def __init__(self, sides: tuple[Stepper, Stepper], osi: Osi) -> None:
        self._sides = sides
        self._osi = osi
        self._machines = (sides[0].machine, sides[1].machine)
        self._values = tuple(side.behaviour().values for side in sides)
        self._final = tuple(
            next(s.name for s in machine.states.values() if s.is_final)
            for machine in self._machines
        )
        self._certain = tuple(running_for_certain(side) for side in sides)
        self._associated = tuple(_associated(side) for side in sides)
        self._known: dict[tuple[int, str, object], tuple[Step, ...]] = {}
        self._sent: dict[tuple[int, int], UnderWay | None] = {}
        self._before: dict[Joint, set[Joint]] = {}
        self._answers: set[str] = set()
        self._unplaced: set[tuple[int, str, str]] = set()
        self._steps = 0

    # --- exploring ---------------------------------------------------------------------------

    def run(self) -> Product:
        client, server = self._machines
        first = Joint((client.initial, server.initial), ((), ()), (End.NONE, End.NONE))
        self._before[first] = set()
        waiting = deque([first])
        while waiting:
            joint = waiting.popleft()
            for after in self._after(joint):
                self._steps += 1
                if after not in self._before:
                    if len(self._before) >= MOST_STATES:
                        raise OverflowError(f"more than {MOST_STATES} joint states")
                    self._before[after] = set()
                    waiting.append(after)
                self._before[after].add(joint)
        idle = tuple(sorted(set(self._waiting())))
        lost = tuple(sorted({joint.states for joint in self._without_end()}))
        told = tuple(self._told())
        return Product(
            client.name,
            server.name,
            len(self._before),
            self._steps,
            tuple(sorted({joint.states for joint in self._before})),
            told,
            tuple(sorted(self._answers)) if client.mode != server.mode else (),
            idle,
            lost,
            tuple(self._findings(idle, lost, told)),
        )

    def _after(self, joint: Joint) -> Iterator[Joint]:
        for side in (CLIENT, SERVER):
            yield from self._moves(joint, side)
        if any(end in (End.COMING, End.OPEN) for end in joint.ends):
            yield self._settled(self._failed(joint))

    def _moves(self, joint: Joint, side: int) -> Iterator[Joint]:
        state, end = joint.states[side], joint.ends[side]
        if state == self._final[side]:
            return
        for step in self._own(side, state):
            after = self._settled(self._done(joint, side, step))
            if len(after.incoming[1 - side]) <= max(UNDER_WAY, len(joint.incoming[1 - side])):
                yield after
        if end is End.COMING:
            yield from self._on(_with_end(joint, side, End.OPEN), side, READY)
        if joint.incoming[side] and end is End.OPEN:
            first, *rest = joint.incoming[side]
            yield from self._receive(_with_incoming(joint, side, tuple(rest)), side, first)
        elif end is End.FAILED or (end is End.OPEN and joint.ends[1 - side] is End.CLOSED):
            yield from self._on(_with_end(joint, side, End.CLOSED), side, LOST)

    def _on(self, joint: Joint, side: int, event: m.Event) -> Iterator[Joint]:
        """What follows a transport event; one for which no row waits is ignored."""
        state = joint.states[side]
        steps = self._kept(side, state, event)
        yield from (self._settled(self._done(joint, side, step)) for step in steps)
        if not steps:
            yield self._settled(joint)

    def _receive(self, joint: Joint, side: int, pdu: UnderWay) -> Iterator[Joint]:
        state = joint.states[side]
        key = (side, state, pdu)
        if key not in self._known:
            stepper, values = self._sides[side], self._values[side][state]
            found = stepper.on_message(state, values, pdu.message, dict(pdu.facts))
            steps = [step for step, _ in found]
            self._answers |= {f"{stepper.machine.name}: {step.words}" for step in steps}
            self._known[key] = _distinct(iter(steps))
            if not any(step.row for step in steps):
                self._unplaced.add((side, state, pdu.message))
        for step in self._known[key]:
            yield self._settled(self._done(joint, side, step))

    def _own(self, side: int, state: str) -> Iterator[Step]:
        """Steps that need nothing from outside: calls of the user, and timers."""
        for event in self._machines[side].events:
            if event.kind in (m.EventKind.LOCAL, m.EventKind.TIMER):
                yield from self._kept(side, state, event)

    def _kept(self, side: int, state: str, event: m.Event) -> tuple[Step, ...]:
        key = (side, state, event)
        if key not in self._known:
            stepper, values = self._sides[side], self._values[side][state]
            found = stepper.steps_on(state, values, event, {})
            self._known[key] = _distinct(step for step, _ in found)
        return self._known[key]

    # --- what a step does --------------------------------------------------------------------

    def _done(self, joint: Joint, side: int, step: Step) -> Joint:
        for action in step.actions:
            match action:
                case m.Send() | m.SendEnvelope():
                    joint = self._send(joint, side, action)
                case m.Connect() if joint.ends == (End.NONE, End.NONE):
                    joint = joint._replace(ends=(End.COMING, End.COMING))
                case m.Close():
                    joint = _with_incoming(_with_end(joint, side, End.CLOSED), side, ())
                case _:
                    pass
        states = list(joint.states)
        states[side] = step.target
        return joint._replace(states=(states[0], states[1]))

    def _send(self, joint: Joint, side: int, action: m.Send | m.SendEnvelope) -> Joint:
        if joint.ends[side] is not End.OPEN or joint.ends[1 - side] not in (End.COMING, End.OPEN):
            return joint
        key = (side, id(action))
        if key not in self._sent:
            sender, receiver = self._machines[side], self._machines[1 - side]
            seen = seen_as(sender, action, receiver)
            facts = _visible(envelope_of(sender, action, self._osi), receiver)
            self._sent[key] = None if seen is None else UnderWay(seen, facts)
        pdu = self._sent[key]
        if pdu is None:
            return joint
        return _with_incoming(joint, 1 - side, (*joint.incoming[1 - side], pdu))

    def _failed(self, joint: Joint) -> Joint:
        """The transport fails; whoever was not told of it yet is not told of its end."""
        client, server = joint.ends
        if client in (End.COMING, End.OPEN):
            client = End.FAILED
        if server is not End.NONE:
            server = End.FAILED if server is End.OPEN else End.CLOSED
        return Joint(joint.states, ((), ()), (client, server))

    def _settled(self, joint: Joint) -> Joint:
        """A machine that is over has no transport and receives nothing."""
        for side in (CLIENT, SERVER):
            if joint.states[side] == self._final[side]:
                joint = _with_incoming(_with_end(joint, side, End.CLOSED), side, ())
        return joint

    # --- what is found -----------------------------------------------------------------------

    def _is_over(self, joint: Joint) -> bool:
        """Both have ended, or one has ended before the other began."""
        return all(
            state == self._final[side]
            or (state == self._machines[side].initial and end in (End.NONE, End.CLOSED))
            for side, (state, end) in enumerate(zip(joint.states, joint.ends, strict=True))
        ) and any(state == self._final[side] for side, state in enumerate(joint.states))

    def _without_end(self) -> set[Joint]:
        """Joint states from which no steps lead to where both are over."""
        ending = {joint for joint in self._before if self._is_over(joint)}
        waiting = list(ending)
        while waiting:
            for before in self._before[waiting.pop()]:
                if before not in ending:
                    ending.add(before)
                    waiting.append(before)
        return set(self._before) - ending

    def _waiting(self) -> Iterator[Waiting]:
        for joint in self._before:
            if self._is_over(joint) or any(joint.incoming) or self._is_transport_due(joint):
                continue
            calls, timers = set(), set()
            for side, state in enumerate(joint.states):
                role = self._machines[side].role
                calls |= {f"{role}: {call}" for call in self._calls(side, state)}
                for timer in self._certain[side].get(state, ()):
                    if self._kept(side, state, m.Event(m.EventKind.TIMER, timer)):
                        timers.add(f"{role}: {timer}")
            yield Waiting(*joint.states, tuple(sorted(calls)), tuple(sorted(timers)))

    def _is_transport_due(self, joint: Joint) -> bool:
        return any(
            state != self._final[side]
            and (
                joint.ends[side] in (End.COMING, End.FAILED)
                or (joint.ends[side] is End.OPEN and joint.ends[1 - side] is End.CLOSED)
            )
            for side, state in enumerate(joint.states)
        )

    def _calls(self, side: int, state: str) -> Iterator[str]:
        """The calls of the user that do not just end everything."""
        for step in self._own(side, state):
            kind, _, name = step.event.partition(" ")
            if kind == m.EventKind.LOCAL.value and step.target != self._final[side]:
                yield name

    def _told(self) -> Iterator[str]:
        pairs = {joint.states for joint in self._before}
        if any(client in self._associated[CLIENT] for client, _ in pairs):
            yield "client"
        if any(server in self._associated[SERVER] for _, server in pairs):
            yield "server"
        if any(
            client in self._associated[CLIENT] and server in self._associated[SERVER]
            for client, server in pairs
        ):
            yield "both"

    def _findings(
        self,
        waiting: tuple[Waiting, ...],
        without_end: tuple[tuple[str, str], ...],
        told: tuple[str, ...],
    ) -> Iterator[Diagnostic]:
        client, server = self._machines
        where = f'"{client.name}" and "{server.name}"'
        for idle in waiting:
            if not (idle.calls or idle.timers):
                message = f'{where} wait for ever in "{idle.client}" and "{idle.server}"'
                yield error("VER021", message, client.states[idle.client].span)
        for first, second in without_end:
            message = f'{where} do not come to an end from "{first}" and "{second}"'
            yield error("VER022", message, client.states[first].span)
        if client.mode == server.mode and "both" not in told:
            yield error("VER023", f"{where} are never both associated", client.span)
        if client.mode != server.mode and told:
            message = f"{where} are of different modes, and one is associated: {', '.join(told)}"
            yield error("VER023", message, client.span)
        for side, state, name in sorted(self._unplaced) if client.mode == server.mode else ():
            machine = self._machines[side]
            message = f'an honest {name} may reach "{machine.name}" in "{state}", where no row is'
            span = machine.states[state].span
            yield Diagnostic("VER027", Severity.WARNING, message, span)


def _associated(side: Stepper) -> frozenset[str]:
    """The states after a machine has said that it is associated, up to the end."""
    steps = side.behaviour().steps
    found = {
        step.target
        for step in steps
        if any(isinstance(a, m.Indicate) and a.kind == "associated" for a in step.actions)
    }
    size = 0
    while size != len(found):
        size = len(found)
        found |= {step.target for step in steps if step.source in found}
    return frozenset(s for s in found if not side.machine.states[s].is_final)


def _visible(facts: EnvelopeFacts, receiver: m.Machine) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, v) for name, v in facts.items() if name in receiver.envelope))


def _distinct(steps: Iterator[Step]) -> tuple[Step, ...]:
    """Steps that differ in what they do: target and actions on the transport."""
    found: dict[tuple[object, ...], Step] = {}
    for step in steps:
        done = tuple(
            action
            for action in step.actions
            if isinstance(action, m.Send | m.SendEnvelope | m.Connect | m.Close)
        )
        key = (step.target, tuple(_effect(action) for action in done))
        found.setdefault(key, replace(step, actions=done))
    return tuple(found.values())


def _effect(action: m.Action) -> object:
    if isinstance(action, m.Send | m.SendEnvelope):
        message = action.message if isinstance(action, m.Send) else None
        return action.carrier, message, tuple(n for n, _ in action.envelope), str(action.envelope)
    return type(action)


def _with_end(joint: Joint, side: int, end: End) -> Joint:
    ends = (end, joint.ends[1]) if side == CLIENT else (joint.ends[0], end)
    return joint._replace(ends=ends)


def _with_incoming(joint: Joint, side: int, incoming: tuple[UnderWay, ...]) -> Joint:
    both = (incoming, joint.incoming[1]) if side == CLIENT else (joint.incoming[0], incoming)
    return joint._replace(incoming=both)
