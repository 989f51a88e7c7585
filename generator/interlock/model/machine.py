"""Machines, checked: states, variables, timers, primitives, checks and transitions.

Everything here is typed and resolved: names are bound, procedures are inlined, check lists are
those of the machine's role. A machine knows nothing of target languages or solvers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from interlock.core.source import Span
from interlock.model import types as t
from interlock.model.expression import Expression
from interlock.model.messages import MessageSet
from interlock.model.vocabulary import Parameter


@dataclass(frozen=True, slots=True)
class State:
    """A state, named by what is awaited."""

    name: str
    is_initial: bool
    is_final: bool
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SessionVariable:
    """A variable of the association."""

    name: str
    type: t.Type
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ConfigField:
    """A field of the configuration; ``default`` is None where the caller must give a value."""

    name: str
    type: t.Type
    default: Expression | None
    clause: str
    words: str
    assumption: str | None
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class EnvelopeField:
    """A field of the EnvPDU as the environment answers it."""

    name: str
    type: t.Type
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Timer:
    """A timer; it runs ``after`` from its start."""

    name: str
    after: Expression
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Primitive:
    """A call of the local user."""

    name: str
    arguments: tuple[Parameter, ...]
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Requirement:
    """A condition on the configuration alone, demanded before anything runs."""

    condition: Expression
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


# --- checks ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Check:
    """One check: it fails when ``fails_when`` holds.

    Without ``diagnostic`` the peer is not told the cause. ``acse`` is the ACSE diagnostic of a
    refusal that carries no SecPDU. ``event`` is None where no security event is known.
    """

    id: str
    fails_when: Expression
    clause: str
    confidence: str
    words: str
    diagnostic: str | None
    event: str | None
    acse: str | None
    assumption: str | None
    unreachable: str | None  # why it can never fail; the solver confirms it
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CheckList:
    """Checks in the order in which they are made; the first that fails decides.

    ``message`` is the message they are made on. ``name`` is unique within a machine.
    """

    name: str
    message: str
    parameters: tuple[Parameter, ...]
    checks: tuple[Check, ...]
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


# --- actions -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Set:
    """Assign a session variable."""

    variable: str
    value: Expression
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Send:
    """Send a SecPDU (or authentication value) in its carrier; every sendable field has a value."""

    message: str
    carrier: str
    fields: tuple[tuple[str, Expression], ...]
    envelope: tuple[tuple[str, Expression], ...]
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class SendEnvelope:
    """Send an EnvPDU without a SecPDU."""

    carrier: str
    envelope: tuple[tuple[str, Expression], ...]
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Deliver:
    """Hand a protected-protocol PDU to the user."""

    octets: Expression
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Indicate:
    """Tell the user about the association."""

    kind: str
    octets: Expression | None
    reason: str | None
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Log:
    """Record a security event; ``event`` is None for that of the failed check."""

    event: str | None
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class LogDiagnostic:
    """Record what the peer gave as its reason; ``group`` is the event group of the PDU."""

    diagnostic: Expression
    present: Expression
    group: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StartTimer:
    """Start a timer, or start it anew."""

    timer: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class StopTimer:
    """Stop a timer, running or not."""

    timer: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """Call an operation for its effect."""

    operation: Expression
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Connect:
    """Ask for a transport connection, with or without TLS."""

    secure: Expression
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Close:
    """Close the transport."""

    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Branch:
    """One branch of a choice."""

    id: str
    when: Expression
    body: Body
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Choose:
    """Exactly one branch applies (their conditions exclude each other and leave nothing out)."""

    branches: tuple[Branch, ...]
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


Action = (
    Set | Send | SendEnvelope | Deliver | Indicate | Log | LogDiagnostic | StartTimer | StopTimer
    | Call | Connect | Close | Choose
)  # fmt: skip
Body = tuple[Action, ...]


def actions(body: Body) -> Iterator[Action]:
    """All actions of a body, those inside branches included."""
    for action in body:
        yield action
        if isinstance(action, Choose):
            for branch in action.branches:
                yield from actions(branch.body)


# --- transitions -------------------------------------------------------------------------------


class EventKind(Enum):
    """What makes a machine move."""

    RECEIVE = "receive"
    LOCAL = "local"
    TIMER = "timer"
    TRANSPORT = "transport"


@dataclass(frozen=True, slots=True)
class Event:
    """An event: a message received, a call of the user, a timer, or ``ready``/``lost``."""

    kind: EventKind
    name: str

    def __str__(self) -> str:
        return f"{self.kind.value} {self.name}"


@dataclass(frozen=True, slots=True)
class Reaction:
    """What failing checks, or a PDU without a place, lead to.

    Its body is typed for one message; ``name`` and ``message`` identify it.
    """

    name: str
    message: str
    body: Body
    target: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CheckUse:
    """A check list in a transition, what it is given, and what its failure leads to."""

    list: str  # name of a CheckList of the machine
    arguments: tuple[tuple[str, Expression], ...]
    reaction: Reaction
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Transition:
    """One row of the table.

    In a state of ``sources``, on ``event``, where ``when`` holds, ``checks`` are made in order;
    if all pass, ``body`` is carried out and the machine is in ``target`` (None: where it was).
    """

    id: str
    sources: tuple[str, ...]
    event: Event
    when: Expression | None
    checks: tuple[CheckUse, ...]
    body: Body
    target: str | None
    clause: str
    confidence: str
    words: str
    claim: str | None
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Unused:
    """A reaction or procedure that nothing uses: it is typed where it is used, so it is not."""

    kind: str  # "reaction" or "procedure"
    name: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class Machine:
    """One machine: a role in a mode."""

    name: str
    mode: str
    role: str
    environment: str
    clause: str
    words: str
    states: Mapping[str, State]
    session: Mapping[str, SessionVariable]
    config: Mapping[str, ConfigField]
    envelope: Mapping[str, EnvelopeField]
    timers: Mapping[str, Timer]
    primitives: Mapping[str, Primitive]
    requirements: tuple[Requirement, ...]
    conditions: Mapping[str, tuple[Expression, str]]  # name -> condition, words
    check_lists: Mapping[str, CheckList]
    transitions: tuple[Transition, ...]
    faults: Mapping[str, Reaction]  # message -> what it leads to where it has no place
    messages: MessageSet
    unused: tuple[Unused, ...] = field(default=(), compare=False, repr=False)
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)

    @property
    def initial(self) -> str:
        """Name of the initial state."""
        return next(s.name for s in self.states.values() if s.is_initial)

    def transitions_from(self, state: str, event: Event) -> tuple[Transition, ...]:
        """The rows for an event in a state, in order of writing."""
        return tuple(r for r in self.transitions if r.event == event and state in r.sources)

    @property
    def events(self) -> tuple[Event, ...]:
        """Every event of the table, in order of first writing."""
        return tuple(dict.fromkeys(row.event for row in self.transitions))
