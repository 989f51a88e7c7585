"""The attacker: which records a party can receive (Dolev-Yao), from what he knows.

A record holds the fields of a message and its ghosts. Records come from

* forging: nothing verifies; every field is his;
* the attacker's own certificates, or keys that he knows;
* messages that were sent, as they were where they are protected, changed where they are not, and
  under another name where the protected contents do not tell.

His choices are restricted to values that occur in a configuration, ``other``, a time outside the
window, and terms that he has seen; a message with several free fields has one of them changed
at a time, around each consistent offer. EnvPDUs are changed one field at a time as well.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from interlock.explicit.evaluate import (
    COMPLETED,
    FREE,
    NOTHING,
    Value,
    completed,
    groups_of,
    is_known_to_attacker,
)
from interlock.explicit.instance import Environment, Setup
from interlock.explicit.machine import (
    ACCEPTS,
    Local,
    Outcome,
    Party,
    Sent,
    free_predicates,
)
from interlock.explicit.shapes import Record, Shapes
from interlock.model import types as t
from interlock.model.messages import Field, Message

LATE = 10**12
"""A time outside every window."""
OWN_CERTIFICATES = ("revoked", "unusable", "untrusted")
OWN_ID: Value = ("fresh", "attacker", "", "new-asso-id")
_IDS = ("fresh", COMPLETED)
_ADDRESSES = ("client", "server", "insider")
Original = Callable[[Value, Sent], Value]
"""Reads a field of a received message from one of the message that was sent."""


@dataclass(frozen=True, slots=True)
class Received:
    """An outcome, and what a property may say of the message that led to it."""

    outcome: Outcome
    message: tuple[tuple[str, Value], ...]
    """Ghosts: origin and signer."""


class Attacker:
    """What can reach parties in one environment; ``own_id`` is the assoID he makes up."""

    def __init__(self, setup: Setup, environment: Environment, own_id: Value = OWN_ID) -> None:
        self._setup = setup
        self._own_id = own_id
        self._environment = environment
        self._shapes = Shapes(setup.evaluator)
        self._free = free_predicates(setup.evaluator)
        self._blanks: dict[str, Record] = {}
        self._plans: dict[tuple[str, str], list[tuple[str, str, Original]]] = {}
        self._open: dict[tuple[str, str], list[Field]] = {}

    # --- without any message of others ---------------------------------------------------------

    def made(self, party: Party, local: Local, ids: frozenset[Value]) -> Iterator[Received]:
        """What the attacker makes himself; ``ids`` are the assoIDs that he has seen."""
        peer = self._environment.tls_peer(party.machine.role)
        if self._environment.is_bound and peer != "insider":
            return
        awaited = party.reads.awaited[local.state]
        for name in sorted(awaited):
            message = party.machine.messages.messages[name]
            for number, record in enumerate(self._own_records(party, local, message, ids)):
                # What comes of a bad EnvPDU does not depend on what is in it: once is enough.
                vary = number == 0
                yield from self._deliver(party, local, message, record, vary_envelope=vary)
        for name in party.machine.faults:
            if name not in awaited:
                message = party.machine.messages.messages[name]
                record = self._blank(message)
                yield from self._deliver(party, local, message, record, vary_envelope=False)
                break

    def _own_records(
        self, party: Party, local: Local, message: Message, ids: frozenset[Value]
    ) -> Iterator[Record]:
        kind = self._setup.protections.of(message).kind
        if "asso-id" in party.variables and party.value(local, "asso-id")[0] in _IDS:
            ids |= {party.value(local, "asso-id")}
        offers = list(self._offers(message, ids))
        for number, offer in enumerate(offers):
            base = {**self._blank(message), **offer}
            yield base
            if number == 0:
                yield {**self._blank(message), "well-formed": False}
                yield from self._deviations(party, message, base, message.fields.values(), ids)
        if kind == "signature":
            yield from self._signed(party, message, offers, ids)
        elif kind == "transfer":
            yield from self._under_known_keys(party, local, message, ids)

    def _signed(
        self, party: Party, message: Message, offers: list[Record], ids: frozenset[Value]
    ) -> Iterator[Record]:
        peer = self._environment.tls_peer(party.machine.role)
        only_insider = self._environment.is_bound and peer == "insider"
        signers = () if only_insider else OWN_CERTIFICATES
        insider = ("insider",) if self._environment.insider else ()
        for signer in (*signers, *insider):
            for number, offer in enumerate(offers):
                base = {
                    **self._blank(message),
                    **offer,
                    "signed": True,
                    "signer": signer,
                    "claimed": signer,
                    "origin": "attacker",
                    "content": ("content", "attacker", party.name, message.name),
                }
                yield base
                if number == 0:
                    yield from self._deviations(party, message, base, message.fields.values(), ids)

    def _under_known_keys(
        self, party: Party, local: Local, message: Message, ids: frozenset[Value]
    ) -> Iterator[Record]:
        for name in ("receive-keys", "pending-keys"):
            keys = party.value(local, name) if name in party.variables else NOTHING
            if not is_known_to_attacker(keys):
                continue
            base = {
                **self._blank(message),
                "protected": True,
                "keys": keys,
                "origin": "attacker",
                "asso-id": party.value(local, "asso-id"),
                "icv-algorithm": party.value(local, "icv-algorithm"),
            }
            yield base
            yield from self._deviations(party, message, base, message.fields.values(), ids)
            # A new public key is one of the agreed group.
            group = party.value(local, "dh-group")
            yield {**base, "has-rekey": True, "rekey-groups": (group,), "rekey-shares": "attacker"}

    # --- messages of others ----------------------------------------------------------------------

    def relayed(
        self, party: Party, local: Local, sent: Sent, origin: str, *, changed: bool = True
    ) -> Iterator[Received]:
        """What a message that was sent can be to a party, ``changed`` where nothing protects it."""
        awaited = party.reads.awaited[local.state]
        bound_to_peer = (
            self._environment.is_bound
            and self._environment.tls_peer(party.machine.role) != "insider"
        )
        same_protocol = sent.mode == party.machine.mode and sent.role != party.machine.role
        names = self._setup.readable_as[sent.name] if sent.has_pdu else {sent.name}
        for name in sorted(names):
            message = party.machine.messages.messages.get(name)
            if message is None or name not in awaited:
                continue
            coverage = self._setup.protections.of(message)
            if coverage.kind is None or not sent.has_pdu:
                if bound_to_peer and same_protocol and origin == "peer":
                    record = self._blank(message)
                    yield from self._untouched(party, local, message, record, sent)
                continue
            if coverage.kind == "transfer" and not (same_protocol and origin == "peer"):
                continue
            if bound_to_peer:
                if same_protocol and origin == "peer" and name == sent.name:
                    record = self._as_sent(message, sent, origin)
                    yield from self._untouched(party, local, message, record, sent)
                continue
            if self._environment.is_bound:
                continue  # the TLS peer is the insider, and what is signed is his
            record = self._as_sent(message, sent, origin)
            base = list(self._deliver(party, local, message, record, vary_envelope=False))
            yield from base
            if changed:
                outcomes = [received.outcome for received in base]
                yield from self._changed(party, local, message, record, sent, outcomes)

    def _changed(
        self,
        party: Party,
        local: Local,
        message: Message,
        record: Record,
        sent: Sent,
        outcomes: list[Outcome],
    ) -> Iterator[Received]:
        """A message with something changed that nothing protects.

        Where it is accepted as it was sent, one change that makes it fail stands for all. Where a
        check fails that reads nothing that can be changed, no change helps.
        """
        open_fields = self._open_fields(message, sent)
        free = {f.name for f in open_fields} | {"claimed"}
        passes = any(not outcome.reaction for outcome in outcomes)
        reads = party.reads.checks
        if not passes and not any(free & reads.get(o.failed_check, free) for o in outcomes):
            return
        for other in self._deviations(party, message, record, open_fields, frozenset()):
            delivered = list(self._deliver(party, local, message, other, vary_envelope=False))
            yield from delivered
            if passes and any(received.outcome.reaction for received in delivered):
                return

    def undisturbed_record(self, party: Party, sent: Sent) -> Record:
        """A message as it arrives where nobody interferes."""
        message = party.machine.messages.messages[sent.name]
        if not sent.has_pdu:
            return {**self._blank(message), "well-formed": False}
        return self._as_sent(message, sent, "peer")

    def _untouched(
        self, party: Party, local: Local, message: Message, record: Record, sent: Sent
    ) -> Iterator[Received]:
        if not sent.has_pdu:
            record = {**record, "well-formed": False}
        for answers in self._answers(record):
            outcome = party.receive(local, message.name, answers, dict(sent.envelope))
            yield _received(outcome, answers)

    def _as_sent(self, message: Message, sent: Sent, origin: str) -> Record:
        record = self._blank(message)
        record |= {
            "origin": origin,
            "signer": sent.identity,
            "claimed": sent.identity,
            "content": sent.content,
        }
        if self._setup.protections.of(message).kind == "signature":
            record["signed"] = True
        else:
            record |= {"protected": True, "keys": sent.keys}
        fields = dict(sent.fields)
        for name, source, read in self._plan(sent.name, message):
            value = read(fields.get(source), sent)
            if value is not None:
                record[name] = value
        return record

    def _plan(self, sent: str, received: Message) -> list[tuple[str, str, Original]]:
        """How fields of a message follow from those of the one that was sent, by their paths."""
        key = (sent, received.name)
        if key not in self._plans:
            self._plans[key] = list(self._originals(sent, received))
        return self._plans[key]

    def _originals(self, sent: str, received: Message) -> Iterator[tuple[str, str, Original]]:
        interest = self._setup.interest[sent]
        original = [f for f in self._setup.messages[sent].fields.values() if f.name in interest]
        for item in received.fields.values():
            if item.projection == "kept":
                yield item.name, "", _token2 if item.path.endswith("token2") else _content
                continue
            twins = [f for f in original if f.path == item.path]
            if item.projection == "groups":
                shares = [f for f in twins if f.projection == "shares"]
                yield item.name, shares[0].name if shares else "", _groups
            elif item.projection == "present":
                there = [f for f in twins if f.projection not in ("present", "groups")]
                if there:
                    empty = self._setup.evaluator.empty(there[0].type)
                    yield item.name, there[0].name, _presence(empty)
            else:
                same = [f for f in twins if f.name == item.name]
                same += [f for f in twins if f.type == item.type]
                if same:
                    yield item.name, same[0].name, _value

    def _is_fixed(self, message: Message, item: Field, sent: Sent) -> bool:
        """Whether a change of a field would be noticed, and the sender has said what it is."""
        if not self._setup.protections.of(message).covers(item):
            return False
        if item.projection in ("kept", "groups", "present"):
            return True
        original = self._setup.messages[sent.name]
        return any(f.path == item.path and f.type == item.type for f in original.fields.values())

    def _open_fields(self, message: Message, sent: Sent) -> list[Field]:
        """Fields that are the attacker's to choose in a message that was sent."""
        key = (sent.name, message.name)
        if key not in self._open:
            fields = message.fields.values()
            self._open[key] = [f for f in fields if not self._is_fixed(message, f, sent)]
        return self._open[key]

    # --- records -------------------------------------------------------------------------------

    def _blank(self, message: Message) -> Record:
        if message.name not in self._blanks:
            self._blanks[message.name] = self._new_blank(message)
        return dict(self._blanks[message.name])

    def _new_blank(self, message: Message) -> Record:
        record = self._shapes.empty(message)
        record |= {
            "well-formed": True,
            "signer": "none",
            "signed": False,
            "claimed": "none",
            "protected": False,
            "keys": NOTHING,
            "origin": "unprotected",
            "content": NOTHING,
        }
        record |= dict.fromkeys(self._free, True)
        if "version-1" in record:
            record["version-1"] = True
        for name in ("sign-algorithm", "sig-alg"):
            if name in record:
                record[name] = self._setup.listed("SignatureAlgorithm")[0]
        if "protected-protocol" in record:
            record["protected-protocol"] = self._setup.listed("ProtectedProtocol")[0]
        if "hmac" in record:
            record["hmac"] = self._setup.listed("MacAlgorithm")[0]
        return record

    def _offers(self, message: Message, ids: frozenset[Value]) -> Iterator[Record]:
        """Consistent contents: what an honest sender of some configuration could say."""
        named = [self._own_id, *sorted(ids, key=repr)]
        if "encr-mode" not in message.fields:
            if "asso-id" not in message.fields:
                yield {}
                return
            for asso_id in named:
                yield {"asso-id": asso_id, "has-asso-id": True}
            return
        # A request brings an assoID of a client, an accept one that it completes.
        named = [i for i in named if i[0] != COMPLETED]
        if message.name in ACCEPTS:
            named = [completed("attacker", "", i) for i in named]
        groups = self._lists("DHGroup")
        for profile in self._profiles():
            for group in groups:
                for asso_id in named:
                    yield {
                        **profile,
                        "dh-groups": group,
                        "dh-shares": "attacker",
                        "asso-id": asso_id,
                    }

    def _profiles(self) -> Iterator[Record]:
        for aead in self._lists("AeadAlgorithm"):
            yield {"encr-mode": "aea", "aead-algorithms": aead, "appl-protected": True}
        icvs = self._lists("IcvAlgorithm")
        for icv in icvs:
            base = {"encr-mode": "non-aea", "icv-algorithms": icv}
            yield {**base, "encryption-algorithms": (), "appl-protected": False}
            for encryption in self._lists("EncryptionAlgorithm"):
                yield {**base, "encryption-algorithms": encryption, "appl-protected": True}

    def _lists(self, enumeration: str) -> list[tuple[str, ...]]:
        names = self._setup.listed(enumeration)
        return [*((name,) for name in names), *([names] if len(names) > 1 else [])]

    def _deviations(
        self,
        party: Party,
        message: Message,
        base: Record,
        items: Iterable[Field],
        ids: frozenset[Value],
    ) -> Iterator[Record]:
        read = party.reads.deciding.get(message.name, frozenset())
        for item in items:
            if item.name in read:
                for value in self._domain(item, ids):
                    if value != base[item.name]:
                        yield {**base, item.name: value}
        if base["signed"] and "claimed" in read:
            for address in _ADDRESSES:
                yield {**base, "claimed": address}

    def _domain(self, item: Field, ids: frozenset[Value]) -> tuple[Value, ...]:
        match self._setup.abstraction.seen_as(item.type):
            case t.Bool():
                return (False, True)
            case t.Time():
                return (0, LATE)
            case t.Int():
                return (0, 1, LATE)
            case t.Enum(name="Share"):
                return ("attacker", "weak")
            case t.Enum(name="Identity"):
                return ()
            case t.Enum(name=name):
                return self._setup.members(name)
            case t.ListOf(element=element) | t.SetOf(element=element):
                names = self._setup.listed(element.name)
                return ((), ("other",), *((n,) for n in names), (*names, "other"), names[:1] * 2)
            case t.Text():
                return (self._own_id, *ids)
        return ()

    # --- delivery ------------------------------------------------------------------------------

    def _deliver(
        self,
        party: Party,
        local: Local,
        message: Message,
        record: Record,
        *,
        vary_envelope: bool,
    ) -> Iterator[Received]:
        record = self._shapes.received(message, record)
        read = party.reads.envelope.get(message.name, frozenset())
        base = party.honest_envelope(message.name)
        results = ["rejected-permanent", "accepted"] if "result" in read else [base["result"]]
        for answers in self._answers(record) if vary_envelope else (record,):
            for result in results:
                envelope = {**base, "result": result}
                yield _received(party.receive(local, message.name, answers, envelope), answers)
                if not vary_envelope or (message.name in ACCEPTS and result != "accepted"):
                    continue
                for item in party.machine.envelope.values():
                    if item.name not in read:
                        continue
                    for value in self._envelope_domain(item.type):
                        changed = {**envelope, item.name: value}
                        outcome = party.receive(local, message.name, answers, changed)
                        yield _received(outcome, answers)

    def _envelope_domain(self, kind: t.Type) -> tuple[Value, ...]:
        match kind:
            case t.Bool():
                return (False, True)
            case t.Int():
                return (0, 1, 2)
            case t.Enum(name=name):
                return self._setup.abstraction.vocabulary.enumerations[name].names
        return ()

    def _answers(self, record: Record) -> Iterator[Record]:
        """The record, and with each predicate that is free answered the other way."""
        yield record
        for key in self._free:
            assert key.startswith(FREE)
            yield {**record, key: not record[key]}


def _received(outcome: Outcome, record: Record) -> Received:
    return Received(outcome, (("origin", record["origin"]), ("signer", record["signer"])))


def _value(value: Value, _: Sent) -> Value:
    return value


def _content(_: Value, sent: Sent) -> Value:
    return sent.content


def _token2(_: Value, sent: Sent) -> Value:
    return sent.token2


def _groups(share: Value, _: Sent) -> Value:
    """Those of the key pair that was put there; the attacker's own are of every group."""
    return groups_of(share)


def _presence(empty: Value) -> Original:
    return lambda value, _: value != empty
