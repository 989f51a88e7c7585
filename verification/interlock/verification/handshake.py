"""The handshake of two honest parties as one formula over both configurations.

What the client sends, by the ``send`` expressions of its messages, is what the server reads; the
server's checks and choices lead to what it sends, which the client checks. Keys, certificates,
clocks and caches are as they should be, so that only capabilities and policies decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Field, Message
from interlock.model.vocabulary import OTHER, Vocabulary
from interlock.spec.types import Osi
from interlock.verification.honest import envelope_of
from interlock.verification.questions import requirements
from interlock.verification.steps import has_value
from interlock.verification.symbolic import Path, Sending, evaluate, paths
from interlock.verification.terms import Members, Term, Terms

FAVOURABLE: Mapping[str, bool] = {
    "signature-valid": True,
    "certificate-usable": True,
    "certificate-path-valid": True,
    "certificate-trustworthy": True,
    "subject-matches": True,
    "same-signer": True,
    "attribute-certificate-valid": True,
    "seen-before": False,
    "time-seen-before": False,
    "extends-asso-id": True,
    "shares-usable": True,
}
"""What predicates answer between honest parties with valid certificates and good clocks."""


class HonestTerms(Terms):
    """Terms of one party, with predicates answered as between honest parties."""

    def bind(self, name: str, term: Term) -> None:
        """Let a variable be a term of the other party from now on."""
        self._variables[self.prefix + name] = term

    def _call(
        self,
        name: str,
        arguments: tuple[x.Expression, ...],
        result: z3.SortRef,
        bound: Mapping[str, x.Expression],
    ) -> z3.ExprRef:
        if name in FAVOURABLE:
            return z3.BoolVal(FAVOURABLE[name])
        return super()._call(name, arguments, result, bound)


@dataclass(frozen=True)
class CheckTerm:
    """A check on the way: who makes it, and the condition that it fails."""

    machine: str
    check: m.Check
    fails: z3.BoolRef


@dataclass(frozen=True)
class Way:
    """One way through the handshake: conditions of rows and branches, and all checks in order.

    ``protection`` is what is agreed on, where the mode has a choice.
    """

    conditions: tuple[z3.BoolRef, ...]
    checks: tuple[CheckTerm, ...]
    protection: z3.ExprRef | None

    @property
    def passes(self) -> z3.BoolRef:
        """The condition that both parties are associated in this way."""
        return z3.And(*self.conditions, *(z3.Not(check.fails) for check in self.checks))


@dataclass(frozen=True)
class Handshake:
    """All ways of a handshake, and the terms of both configurations."""

    ways: tuple[Way, ...]
    client: Terms
    server: Terms
    axioms: tuple[z3.BoolRef, ...]

    @property
    def associates(self) -> z3.BoolRef:
        """The condition on both configurations that the association comes about."""
        return z3.Or([way.passes for way in self.ways])


@dataclass(frozen=True)
class Party:
    """A machine and the words of its conditions."""

    machine: m.Machine
    vocabulary: Vocabulary


def handshake(client: Party, server: Party, osi: Osi) -> Handshake:
    """The handshake of two honest parties of one mode."""
    return _Builder(client, server, osi).build()


class _Builder:
    def __init__(self, client: Party, server: Party, osi: Osi) -> None:
        self._client, self._server, self._osi = client, server, osi
        self._terms: list[HonestTerms] = []
        self._now = z3.Int("now")

    def build(self) -> Handshake:
        client, server = self._new(self._client, "client."), self._new(self._server, "server.")
        demands = [
            *requirements(self._client.machine, client),
            *requirements(self._server.machine, server),
        ]
        ways = tuple(self._ways(client))
        axioms = [axiom for terms in self._terms for axiom in terms.axioms]
        return Handshake(ways, client, server, (*axioms, *demands))

    def _new(self, party: Party, prefix: str) -> HonestTerms:
        terms = HonestTerms(party.vocabulary, prefix)
        terms.bind("now", self._now)
        self._terms.append(terms)
        return terms

    # --- the four rows -----------------------------------------------------------------------

    def _ways(self, client: HonestTerms) -> Iterator[Way]:
        machine = self._client.machine
        for row in machine.transitions:
            for path in paths(machine, client, row.body):
                for sending in path.sent:
                    if sending.carrier == "AARQ" and sending.message is not None:
                        yield from self._received(client, row, path, sending)

    def _received(
        self, client: HonestTerms, asked: m.Transition, before: Path, request: Sending
    ) -> Iterator[Way]:
        machine = self._server.machine
        assert request.message is not None
        event = m.Event(m.EventKind.RECEIVE, request.message)
        for row in machine.transitions:
            if row.event != event:
                continue
            server = self._new(self._server, "server.")
            self._link(self._client, client, before, request, server, machine)
            known, checks = self._row(machine, server, row, Path())
            for path in paths(machine, server, row.body):
                start = (*before.conditions, *known, *path.conditions)
                yield from self._accepted(server, row, path, start, checks, (asked, before))

    def _accepted(
        self,
        server: HonestTerms,
        received: m.Transition,
        before: Path,
        known: tuple[z3.BoolRef, ...],
        checks: tuple[CheckTerm, ...],
        asked: tuple[m.Transition, Path],
    ) -> Iterator[Way]:
        machine = self._server.machine
        for row in machine.transitions:
            if row.event.kind is not m.EventKind.LOCAL or received.target not in row.sources:
                continue
            guard = () if row.when is None else (evaluate(machine, server, row.when, before),)
            start = Path((), before.values, before.origins)
            for path in paths(machine, server, row.body, start):
                if not _associates(path):
                    continue
                for answer in path.sent:
                    if answer.carrier == "AARE" and answer.message is not None:
                        conditions = (*known, *guard, *path.conditions)
                        yield from self._answered(server, path, answer, conditions, checks, asked)

    def _answered(
        self,
        server: HonestTerms,
        before: Path,
        answer: Sending,
        known: tuple[z3.BoolRef, ...],
        checks: tuple[CheckTerm, ...],
        asked: tuple[m.Transition, Path],
    ) -> Iterator[Way]:
        machine = self._client.machine
        assert answer.message is not None
        event = m.Event(m.EventKind.RECEIVE, answer.message)
        state, start = asked[0].target, Path((), asked[1].values, asked[1].origins)
        for row in machine.transitions_from(state or "", event):
            client = self._new(self._client, "client.")
            self._link(self._server, server, before, answer, client, machine)
            guard, own = self._row(machine, client, row, start)
            for path in paths(machine, client, row.body, start):
                if _associates(path):
                    protection = path.values.get("protection")
                    assert not isinstance(protection, Members)
                    yield Way((*known, *guard, *path.conditions), (*checks, *own), protection)

    def _row(
        self, machine: m.Machine, terms: HonestTerms, row: m.Transition, path: Path
    ) -> tuple[tuple[z3.BoolRef, ...], tuple[CheckTerm, ...]]:
        guard = () if row.when is None else (evaluate(machine, terms, row.when, path),)
        checks = tuple(
            CheckTerm(
                machine.name,
                check,
                evaluate(machine, terms, check.fails_when, path, dict(use.arguments)),
            )
            for use in row.checks
            for check in machine.check_lists[use.list].checks
        )
        return guard, checks

    # --- what is sent is what is read --------------------------------------------------------

    def _link(
        self,
        sender: Party,
        sent: HonestTerms,
        path: Path,
        sending: Sending,
        reader: HonestTerms,
        receiver: m.Machine,
    ) -> None:
        message = receiver.messages.messages[sending.message or ""]
        reader.bind("m.well-formed", z3.BoolVal(True))
        values = {
            field.name: value
            for field in message.fields.values()
            if (value := self._read(sender, sent, path, sending, message, field)) is not None
        }
        for name, value in values.items():
            reader.bind(f"m.{name}", self._chosen(reader, message, values, name, value))
        for name, value in envelope_of(sender.machine, sending.action, self._osi).items():
            if name in receiver.envelope:
                kind = receiver.envelope[name].type
                reader.bind(f"e.{name}", _constant(reader, kind, value))

    def _read(
        self,
        sender: Party,
        sent: HonestTerms,
        path: Path,
        sending: Sending,
        message: Message,
        field: Field,
    ) -> Term | None:
        """What the receiver reads in a field; None where nothing is known."""
        if field.name in sending.fields:
            return sending.fields[field.name]
        same = [
            other.name
            for other in message.fields.values()
            if other.path == field.path and other.name != field.name
        ]
        assert isinstance(sending.action, m.Send)
        given = [value for name, value in sending.action.fields if name in same]
        match field.projection:
            case "present":
                return z3.BoolVal(bool(given))
            case "size":
                return sent.variable(f"size of {field.path}", t.INT)
            case "groups" if given:
                return self._groups(sender, sent, path, given[0])
            case _:
                return None

    def _groups(
        self, sender: Party, sent: HonestTerms, path: Path, shares: x.Expression
    ) -> Term | None:
        """The groups of key pairs that were generated for groups."""
        for part in x.walk(shares):
            if isinstance(part, x.Variable) and part.name in path.origins:
                made = path.origins[part.name]
                if isinstance(made, x.OperationCall) and made.arguments:
                    value = evaluate(sender.machine, sent, made.arguments[0], path)
                    kind = made.arguments[0].type
                    return _as_list(sent, value, kind)
        return None

    def _chosen(
        self,
        reader: HonestTerms,
        message: Message,
        values: Mapping[str, Term],
        name: str,
        value: Term,
    ) -> Term:
        """The value where its alternative of a CHOICE was taken, else the empty one."""
        field = message.fields[name]
        for at, step in enumerate(field.steps):
            if not step.is_alternative:
                continue
            above = field.steps[:at]
            branch = next(
                (
                    f
                    for f in message.fields.values()
                    if f.projection == "branch" and f.steps == above
                ),
                None,
            )
            if branch is not None and branch.name in values:
                taken = _constant(reader, branch.type, step.name) == values[branch.name]
                value = _where(taken, value)
        return value


def _associates(path: Path) -> bool:
    return any(isinstance(a, m.Indicate) and a.kind == "associated" for a in path.actions)


def _constant(terms: Terms, kind: t.Type, value: str) -> z3.ExprRef:
    match kind:
        case t.Bool():
            return z3.BoolVal(value == "true")
        case t.Enum(name=name):
            return terms.enumeration(name)[1][value]
        case _:
            return z3.IntVal(int(value))


def _as_list(terms: Terms, value: Term, kind: t.Type) -> Members:
    if isinstance(value, Members):
        return value
    assert isinstance(kind, t.Enum)
    _, members = terms.enumeration(kind.name)
    return Members({name: value == member for name, member in members.items()}, z3.IntVal(1))


def _where(taken: z3.BoolRef, value: Term) -> Term:
    if isinstance(value, Members):
        return Members(
            {name: z3.And(taken, p) for name, p in value.present.items()},
            z3.If(taken, value.count, z3.IntVal(0)),
        )
    return value


def known_only(terms: Terms, config: Mapping[str, m.ConfigField]) -> Iterator[z3.BoolRef]:
    """That a configuration names no algorithm or group that the tables do not list."""
    for entry in config.values():
        value = terms.variable(f"config.{entry.name}", entry.type)
        if isinstance(value, Members):
            if OTHER in value.present:
                yield z3.Not(value.present[OTHER])
        elif isinstance(entry.type, t.Enum):
            listed = terms.vocabulary.enumerations[entry.type.name]
            if listed.has_other and listed.source != "model":
                yield z3.Not(has_value(terms, value, entry.type, OTHER))
