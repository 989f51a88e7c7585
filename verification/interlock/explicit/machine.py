"""One party: its state, what it can do on an event, and the messages that it sends.

Nothing is symbolic here: on a concrete event a party takes the one row that applies, or the
reaction to the first check that fails, or the reaction to a message without a place.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from interlock.explicit.evaluate import (
    FREE,
    NOTHING,
    Evaluator,
    Reader,
    Scope,
    Value,
    Values,
)
from interlock.explicit.reads import MachineReads, fields_read, machine_reads
from interlock.explicit.shapes import Shapes
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Message
from interlock.verification.options import OVER

REMEMBERING = ("remember-handshake", "remember-time")
"""Operations that put a message into the replay memory."""
ACCEPTS = ("HandshakeAcc", "AARE")
"""Messages with which the upper layers say that they accept."""
GHOSTS = ("peer", "peer-address")
UNREAD = ("unread",)
"""Stands for the value of a variable that nothing reads any more."""
_CLAIMS = {"running": "running", "commit-handshake": "committed"}


@dataclass(frozen=True, slots=True)
class Local:
    """What one party knows: ``session`` in the order of ``Party.variables``."""

    state: str
    session: tuple[Value, ...]
    timers: frozenset[str] = frozenset()
    flags: frozenset[str] = frozenset()
    """What its run has come to: present, running, committed, confirmed, refused."""
    seen: frozenset[Value] = frozenset()
    """Replay memory: signed contents received and accepted by the station in this mode."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that was sent, without the fields that nobody reads.

    ``content`` stands for the signed octets, ``token2`` for those of a transfer's token2.
    """

    sender: str
    identity: str
    role: str
    mode: str
    name: str
    carrier: str
    has_pdu: bool
    fields: tuple[tuple[str, Value], ...]
    envelope: tuple[tuple[str, Value], ...]
    content: Value
    token2: Value
    keys: Value


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an event leads to. ``option`` is named as by ``interlock.verification.options``."""

    event: m.Event
    option: str
    row: str
    claim: str | None
    reaction: str
    local: Local
    sent: tuple[Sent, ...]
    delivers: bool
    told: tuple[str, ...] = field(compare=False, default=())
    failed_check: str = field(compare=False, default="")
    before_forgetting: Local | None = field(compare=False, default=None)
    """The local state with every value, for properties that speak of this step."""
    tried_keys: Value = field(compare=False, default=None)
    """The keys under which a transfer was expected."""


class Party:
    """A machine with a configuration and an identity.

    Args:
        evaluator: Reads expressions.
        machine: What it does.
        name: The strand.
        identity: Whose certificate it has.
        config: Its configuration.
        read_by_others: Message to the fields that some receiver reads.
        keep: Variables that properties name: not forgotten while the run goes on.
        keep_over: Those that they can name when it is over; the claims of the last step see
            ``Outcome.before_forgetting``.
        over_on_delivery: Whether a run ends with the first delivery.
    """

    def __init__(
        self,
        evaluator: Evaluator,
        machine: m.Machine,
        name: str,
        identity: str,
        config: Values,
        *,
        read_by_others: Mapping[str, frozenset[str]],
        keep: frozenset[str] = frozenset(),
        keep_over: frozenset[str] = frozenset(),
        over_on_delivery: bool = True,
    ) -> None:
        self.evaluator = evaluator
        self.shapes = Shapes(evaluator)
        self.machine = machine
        self.name = name
        self.identity = identity
        self.config = config
        self.reads: MachineReads = machine_reads(machine, evaluator.abstraction)
        self.variables = (*machine.session, *GHOSTS)
        self.expected = "none"
        """Whom it wants to talk to."""
        self._read_by_others = read_by_others
        self._keep = keep
        self._keep_over = keep_over
        self._over = over_on_delivery
        self._readers: dict[str, list[tuple[m.Check, Reader]]] = {}
        self._envelopes: dict[str, dict[str, Value]] = {}
        self._last: Local | None = None
        self._shared = Scope()
        self._answers: dict[tuple[Value, ...], Outcome] = {}
        self._fields_read: dict[tuple[str, str], tuple[str, ...]] = {}
        self._rows: dict[tuple[str, m.Event], tuple[m.Transition, ...]] = {}

    def keep_all(self) -> None:
        """Forget nothing."""
        self._keep = self._keep_over = frozenset(self.variables)

    def initial(self) -> Local:
        """Before anything happened."""
        kinds = {v.name: v.type for v in self.machine.session.values()}
        empty = {n: self.evaluator.empty(kind) for n, kind in kinds.items()}
        empty |= dict.fromkeys(GHOSTS, "none")
        return self.remembering(
            Local(self.machine.initial, tuple(empty[n] for n in self.variables))
        )

    def value(self, local: Local, name: str) -> Value:
        """The value of a session variable or party ghost."""
        return local.session[self.variables.index(name)]

    def remembering(self, local: Local) -> Local:
        """The same without values that nothing reads any more."""
        base = local.state.removesuffix(OVER)
        is_over = base != local.state or self.machine.states[base].is_final
        wanted = self._keep_over if is_over else self.reads.live[base] | self._keep
        session = tuple(
            value if name in wanted else UNREAD
            for name, value in zip(self.variables, local.session, strict=True)
        )
        if is_over:
            return Local(local.state, session, flags=local.flags)
        return Local(local.state, session, local.timers, local.flags, local.seen)

    def is_over(self, local: Local) -> bool:
        """Whether the run can go no further."""
        return local.state.endswith(OVER) or self.machine.states[local.state].is_final

    # --- events -----------------------------------------------------------------------------

    def spontaneous(self, local: Local, now: int = 0) -> Iterator[Outcome]:
        """Calls of the user, timers that run, and transport events."""
        if self.is_over(local):
            return
        for event in self.machine.events:
            if event.kind is m.EventKind.RECEIVE:
                continue
            if event.kind is m.EventKind.TIMER and event.name not in local.timers:
                continue
            for argument in self._arguments(event):
                scope = self._scope(local, now)
                scope.argument = argument
                outcome = self._react(local, event, scope)
                if outcome is not None:
                    yield outcome

    def _arguments(self, event: m.Event) -> Iterator[dict[str, Value]]:
        """Arguments of a call: every truth value; octets are terms."""
        if event.kind is not m.EventKind.LOCAL:
            yield {}
            return
        flags = [
            p.name
            for p in self.machine.primitives[event.name].arguments
            if isinstance(p.type, t.Bool)
        ]
        for number in range(2 ** len(flags)):
            yield {name: bool(number >> n & 1) for n, name in enumerate(flags)}

    def receive(
        self, local: Local, name: str, record: Values, envelope: Values, now: int = 0
    ) -> Outcome:
        """What a message leads to; ``record`` has its fields and ghosts but for ``seen``."""
        scope = self._reading(local, now)
        scope.message = {**record, "seen": record["content"] in local.seen}
        scope.envelope, scope.failure = envelope, {}
        event = m.Event(m.EventKind.RECEIVE, name)
        outcome = self._react(local, event, scope)
        if outcome is None:
            outcome = self._answer(local, event, scope, self.machine.faults[name], "fault", "")
        return outcome

    def _scope(self, local: Local, now: int) -> Scope:
        return Scope(
            strand=self.name,
            now=now,
            config=self.config,
            session=dict(zip(self.variables, local.session, strict=True)),
            party={"identity": self.identity, "expected": self.expected},
        )

    def _reading(self, local: Local, now: int) -> Scope:
        """A scope to read in, the same as long as the local state is: many messages are tried."""
        if self._last is not local or self._shared.now != now:
            self._last, self._shared = local, self._scope(local, now)
            self._answers.clear()
        return self._shared

    # --- rows -------------------------------------------------------------------------------

    def _react(self, local: Local, event: m.Event, scope: Scope) -> Outcome | None:
        key = (local.state, event)
        if key not in self._rows:
            self._rows[key] = self.machine.transitions_from(local.state, event)
        for row in self._rows[key]:
            if row.when is None or self.evaluator.value(row.when, scope):
                return self._take(local, event, row, scope)
        return None

    def _checks(self, name: str) -> list[tuple[m.Check, Reader]]:
        if name not in self._readers:
            checks = self.machine.check_lists[name].checks
            self._readers[name] = [(c, self.evaluator.reader(c.fails_when)) for c in checks]
        return self._readers[name]

    def _take(self, local: Local, event: m.Event, row: m.Transition, scope: Scope) -> Outcome:
        tried: Value = None
        for use in row.checks:
            given = {name: self.evaluator.value(node, scope) for name, node in use.arguments}
            tried = given.get("keys", tried)
            scope.parameters = given
            for check, fails in self._checks(use.list):
                if not fails(scope):
                    continue
                scope.failure = {
                    "diagnostic": check.diagnostic or "other",
                    "acse": check.acse or "other",
                }
                option = f"{row.id}!{use.list}"
                return self._answer(
                    local, event, scope, use.reaction, option, row.id, check.id, tried
                )
        return self._carry_out(
            local, event, scope, row.id, row.id, row.claim, "", row.body,
            row.target or local.state, "", tried,
        )  # fmt: skip

    def _answer(
        self,
        local: Local,
        event: m.Event,
        scope: Scope,
        reaction: m.Reaction,
        option: str,
        row: str,
        failed_check: str = "",
        tried: Value = None,
    ) -> Outcome:
        """What a reaction leads to; it looks at little of the message, so it is kept."""
        given = tuple(scope.message[name] for name in self._looked_at(reaction))
        failure = tuple(sorted(scope.failure.items()))
        key = (option, event.name, reaction.name, failed_check, failure, given, tried)
        if scope is not self._shared or key not in self._answers:
            outcome = self._carry_out(
                local, event, scope, option, row, None, reaction.name, reaction.body,
                reaction.target, failed_check, tried,
            )  # fmt: skip
            if scope is not self._shared:
                return outcome
            self._answers[key] = outcome
        return self._answers[key]

    def _looked_at(self, reaction: m.Reaction) -> tuple[str, ...]:
        key = (reaction.name, reaction.message)
        if key not in self._fields_read:
            self._fields_read[key] = fields_read(reaction.body)
        return self._fields_read[key]

    def _carry_out(
        self,
        local: Local,
        event: m.Event,
        scope: Scope,
        option: str,
        row: str,
        claim: str | None,
        reaction: str,
        body: m.Body,
        target: str,
        failed_check: str = "",
        tried: Value = None,
    ) -> Outcome:
        scope = replace(
            scope, step=row or option, parameters={}, session=dict(scope.session), sent={}
        )
        work = _Work(self, scope, set(local.timers), set(local.seen))
        work.carry_out(body)
        delivers = any(isinstance(action, m.Deliver) for action in work.done)
        flags = {*local.flags, "present"}
        if claim in _CLAIMS:
            flags.add(_CLAIMS[claim])
        if delivers:
            flags.add("confirmed")
        if not reaction and self._is_refusal(event, work.done):
            flags.add("refused")
        after = Local(
            target + (OVER if delivers and self._over else ""),
            tuple(scope.session[n] for n in self.variables),
            frozenset(work.timers),
            frozenset(flags),
            # What is accepted without leaving the state may be accepted again; that errs to the
            # attacker's side and keeps the number of states down.
            local.seen if target == local.state else frozenset(work.seen),
        )
        told = tuple(
            action.kind + (f" ({action.reason})" if action.reason else "")
            for action in work.done
            if isinstance(action, m.Indicate)
        )
        return Outcome(
            event, option, row, claim, reaction, self.remembering(after), tuple(work.sent),
            delivers, told, failed_check, after, tried,
        )  # fmt: skip

    def _is_refusal(self, event: m.Event, done: list[m.Action]) -> bool:
        if event.kind is not m.EventKind.RECEIVE:
            return False
        signed = self.machine.messages.messages[event.name].protection == "signature"
        return signed and any(isinstance(a, m.Indicate) and a.kind == "rejected" for a in done)

    def honest_envelope(self, message: str) -> dict[str, Value]:
        """What the upper layers of an honest sender say around a message."""
        if message not in self._envelopes:
            evaluator = self.evaluator
            values = {e.name: evaluator.empty(e.type) for e in self.machine.envelope.values()}
            given = evaluator.abstraction.envelope.get(self.machine.mode, {})
            values |= {name: evaluator.value(node, Scope()) for name, node in given.items()}
            values["result"] = "accepted" if message in ACCEPTS else "rejected-permanent"
            self._envelopes[message] = values
        return self._envelopes[message]

    def fields_of_interest(self, message: str) -> frozenset[str]:
        """Fields of a message that some receiver reads."""
        return self._read_by_others.get(message, frozenset())


class _Work:
    """Carries out one body. ``done`` are the actions, those of the branch that applied."""

    def __init__(self, party: Party, scope: Scope, timers: set[str], seen: set[Value]) -> None:
        self._party = party
        self._scope = scope
        self.timers = timers
        self.seen = seen
        self.sent: list[Sent] = []
        self.done: list[m.Action] = []

    def carry_out(self, body: m.Body) -> None:
        evaluator, scope = self._party.evaluator, self._scope
        for action in body:
            self.done.append(action)
            match action:
                case m.Set(variable=variable, value=value):
                    scope.session[variable] = evaluator.value(value, scope)
                case m.Call(operation=operation):
                    self._call(operation)
                case m.Send() | m.SendEnvelope():
                    self._send(action)
                case m.StartTimer(timer=timer):
                    self.timers.add(timer)
                case m.StopTimer(timer=timer):
                    self.timers.discard(timer)
                case m.Choose(branches=branches):
                    branch = next(b for b in branches if evaluator.value(b.when, scope))
                    self.carry_out(branch.body)
                case _:
                    pass

    def _call(self, operation: x.Expression) -> None:
        assert isinstance(operation, x.OperationCall)
        if operation.operation in REMEMBERING:
            self.seen.add(self._scope.message["content"])
        self._scope.session.update(self._party.evaluator.ghosts_set(operation, self._scope))

    def _send(self, action: m.Send | m.SendEnvelope) -> None:
        party, scope, evaluator = self._party, self._scope, self._party.evaluator
        messages = party.machine.messages
        if isinstance(action, m.Send):
            message = messages.messages[action.message]
        else:
            rule = messages.carriers[action.carrier]
            message = messages.messages[rule.otherwise or rule.carries or ""]
        interest = party.fields_of_interest(message.name)
        given = {
            name: evaluator.value(node, scope)
            for name, node in (action.fields if isinstance(action, m.Send) else ())
        }
        if message.protection in ("icv", "encryption"):
            given = {**self._protecting(message), **given}
        shaped = party.shapes.sent(message, given)
        fields = tuple((name, value) for name, value in shaped.items() if name in interest)
        envelope = self._envelope(action, message.name)
        content = ("content", scope.strand, message.name, fields)
        # Of transfers only those with a new public key have a token2 that is looked at.
        token2 = ("token2", scope.strand, dict(fields).get("rekey-shares", NOTHING))
        scope.sent = {"content": content, "token2-content": token2}
        self.sent.append(
            Sent(
                scope.strand, party.identity, party.machine.role, party.machine.mode,
                message.name, action.carrier, isinstance(action, m.Send), fields,
                tuple(sorted(envelope.items())), content, token2,
                scope.session.get("send-keys", NOTHING)
                if message.protection in ("icv", "encryption") else NOTHING,
            )
        )  # fmt: skip

    def _protecting(self, message: Message) -> dict[str, Value]:
        """What protecting a transfer puts beside it, by the session's agreements."""
        session = self._scope.session
        mac = session["protection"] != "authenticated-encryption"
        values = {"icv-algorithm": session["icv-algorithm"], "has-nonce": mac, "has-auth": mac}
        return {name: value for name, value in values.items() if name in message.fields}

    def _envelope(self, action: m.Send | m.SendEnvelope, message: str) -> dict[str, Value]:
        party, scope = self._party, self._scope
        envelope = dict(party.honest_envelope(message))
        envelope |= {n: party.evaluator.value(e, scope) for n, e in action.envelope}
        if isinstance(action, m.SendEnvelope) and action.carrier in ("AARQ", "AARE"):
            envelope |= {
                "information-count": 0,
                "context-is-e2e": False,
                "mechanism": "absent",
                "authentication-value": "absent",
            }
        del envelope["user-data"]
        return envelope


def free_predicates(evaluator: Evaluator) -> tuple[str, ...]:
    """Keys under which a received message says how predicates without a meaning are answered."""
    meanings = evaluator.abstraction.predicates
    return tuple(FREE + name for name, meaning in meanings.items() if meaning.means is None)
