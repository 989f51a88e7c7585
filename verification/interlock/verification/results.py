"""What verification finds, as plain values: verdicts, obligations, traces.

Reports, replays and caches read these; nothing here knows a solver. Everything serialises to JSON
with sorted keys and without times, paths of a machine or durations, so that a result is the same
on every run (``interlock.verification.results_json``).
"""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field
from enum import Enum


class Status(Enum):
    """What is known of a property. ``unknown`` is never success."""

    PROVED = "proved"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class OriginKind(Enum):
    """Where a message comes from that a party receives."""

    PEER = "peer"
    """From the partner's run under test; parts that nothing protects may be changed."""
    OTHER_RUN = "other-run"
    """Recorded from, or provoked in, another run of an honest party."""
    ATTACKER = "attacker"
    """Made and signed (or protected) by the attacker with a certificate or key of his own."""
    UNPROTECTED = "unprotected"
    """Made by anybody: nothing in it is protected, or what protects it does not verify."""


@dataclass(frozen=True)
class Origin:
    """The origin of a received message.

    Attributes:
        kind: See ``OriginKind``.
        signer: Whose key verifies: ``client``, ``server``, ``insider``, ``revoked``, ``unusable``
            (its certificate breaks Annex G), ``untrusted``; empty where nobody signed.
        sent_as: The message type under which it was sent; differs from the type received where
            the protected contents do not say which it is.
        step: Number of the step that sent it, for ``PEER``; otherwise None.
        changed: What the attacker chose: field (``m.`` or ``e.``) to shown value.
    """

    kind: OriginKind
    signer: str = ""
    sent_as: str = ""
    step: int | None = None
    changed: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of one party in a trace, in order of time.

    Attributes:
        number: Place in the trace, from 1.
        party: Name of the strand, e.g. ``client`` or ``server`` (of ``Trace.parties``).
        event: As in the machine: ``local associate``, ``receive HandshakeAcc``, ``timer t-rekey``,
            ``transport ready``.
        row: Id of the row taken. Where checks fail, the row whose checks they are.
        reaction: Name of the reaction taken instead of the row's body, or empty.
        failed_check: Id of the first failing check, or empty.
        clause: Of the row, or of the failed check.
        before, after: States.
        sends: Message types sent, in order.
        told: What the user is told: ``associated``, ``aborted (security)`` ...
        delivers: Whether protected-protocol data go to the user.
        origin: For received messages.
        fields: Received field (or ``argument.``) to shown value, the ones that matter.
        words: One sentence for readers.
    """

    number: int
    party: str
    event: str
    row: str
    reaction: str = ""
    failed_check: str = ""
    clause: str = ""
    before: str = ""
    after: str = ""
    sends: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    delivers: bool = False
    origin: Origin | None = None
    fields: tuple[tuple[str, str], ...] = ()
    words: str = ""


@dataclass(frozen=True)
class Party:
    """A participant of a trace: a lane of the diagram."""

    name: str
    machine: str
    words: str
    configuration: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Trace:
    """A run that violates a property (or, for a twin, one that reaches what it names)."""

    parties: tuple[Party, ...]
    steps: tuple[Step, ...]
    attacker: tuple[tuple[str, str], ...] = ()
    """What the attacker has and is: ``insider`` -> ``true``, ``channel`` -> ``hop`` ..."""
    conclusion: str = ""
    """What is wrong at the end, with the values that show it."""


class Check(Enum):
    """The answer of a solver to one obligation."""

    UNSAT = "unsat"
    SAT = "sat"
    UNKNOWN = "unknown"
    NOT_ASKED = "not asked"


@dataclass(frozen=True)
class Obligation:
    """One question whose answer ``unsat`` is a part of a proof.

    Attributes:
        name: ``NC-12c``, ``initiation``, ``path`` ...
        words: What it says.
        first, second: Answers of z3 and of the second solver (on the exported SMT-LIB).
        work: z3's rlimit count for it: repeatable, unlike seconds.
    """

    name: str
    words: str
    first: Check
    second: Check = Check.NOT_ASKED
    work: int = 0


class ReplayStatus(Enum):
    """What came of carrying out a trace on the generated handlers, with real cryptography."""

    REPRODUCED = "reproduced"
    DIVERGED = "diverged"
    """It stops at a step: an artefact of the abstraction, or a fault of the handlers."""
    NOT_TRIED = "not tried"


@dataclass(frozen=True)
class Replay:
    """The outcome of a replay."""

    status: ReplayStatus
    stops_at: int | None = None
    """Number of the step that could not be carried out as in the trace."""
    words: str = ""
    observed: tuple[tuple[str, str], ...] = ()
    """What the handlers show at the end: ``client.state`` -> ``stable`` ..."""


@dataclass(frozen=True)
class Verdict:
    """What is known of one property in one variant of the specification.

    Attributes:
        property: Its id, e.g. ``DS-1``.
        variant: ``captured``, or the names of the amendments in force joined by ``+``.
        status: The verdict.
        expected: What the property file expects of this variant, or empty.
        method: ``run`` (bounded by rank), ``step`` (every row), ``invariant`` (induction) ...
        obligations: Parts of the proof, in order; for a violated property those that failed.
        twin: Whether what the property speaks of can happen at all; a proof with a twin other
            than SAT is vacuous and counts as unknown.
        trace: The shortest violating trace found.
        replay: What the generated handlers say to it.
        reason: Why it is unknown; otherwise empty.
        bound: The number of steps that the rank allows (``run``), or 0.
    """

    property: str
    variant: str
    status: Status
    expected: str
    method: str
    obligations: tuple[Obligation, ...] = ()
    twin: Check = Check.NOT_ASKED
    trace: Trace | None = None
    replay: Replay = field(default_factory=lambda: Replay(ReplayStatus.NOT_TRIED))
    reason: str = ""
    bound: int = 0

    @builtins.property
    def is_as_expected(self) -> bool:
        """Whether the verdict is decided and the one that the property file expects."""
        return self.status is not Status.UNKNOWN and self.status.value == self.expected
