"""The attacker: where a message that a party receives can come from (Dolev-Yao).

He is the network: drops, delays, reorders, repeats, changes what nothing protects, and makes
messages of his own. What is protected reaches a party only

* from the partner's run under test, or an earlier message of the party itself (``peer``),
* from another run of an honest party, of which there may be any number (``other-run``),
* signed by the attacker with a certificate of his own (``attacker``): that of an insider, if there
  is one, or one that is revoked, unusable or of an unknown authority,
* or under keys that the attacker knows.

A message of ``other-run`` is one for all: its contents are whatever an honest party with that
configuration may sign, with a key pair that is not one of the runs under test. That covers
unboundedly many other runs. It leaves out only runs that answered *this* client's request: which
of several server runs is "the" partner is a matter of naming, so the one under test stands for
each of them.

Which fields are his to choose, and under which other name contents may be presented, follows from
``interlock.verification.coverage``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import z3

from interlock.model import types as t
from interlock.model.messages import Message
from interlock.verification.actor import Emission, Received, inside_choices
from interlock.verification.coverage import Coverage
from interlock.verification.other_runs import Making, OtherRuns, Sent
from interlock.verification.scene import Frame, Scene, all_of, any_of, either, equal
from interlock.verification.strand import Strand
from interlock.verification.terms import Members, Term

OWN_CERTIFICATES = ("revoked", "unusable", "untrusted")
"""What the attacker always has, besides that of an insider where there is one."""


@dataclass(frozen=True)
class Source:
    """A possible origin of a received message: an emission, and whether it is the one."""

    emission: Emission
    chosen: z3.BoolRef


@dataclass(frozen=True)
class OtherRun:
    """Another possible origin: a message that an honest party signed in another run."""

    signer: str
    sent_as: str
    chosen: z3.BoolRef
    needs_acceptance: bool = False


@dataclass
class Origins:
    """All possible origins of one received message."""

    received: Received
    sources: list[Source] = field(default_factory=list)
    other_runs: list[OtherRun] = field(default_factory=list)
    attacker: z3.BoolRef | None = None


class Network:
    """The attacker between some strands.

    Args:
        scene: Whose sorts are used.
        strands: The runs under test.
        quiet: No attacker at all: every message arrives as it was sent, clocks agree, memories
            do not know it.
    """

    def __init__(self, scene: Scene, strands: Sequence[Strand], *, quiet: bool = False) -> None:
        self.scene = scene
        self.strands = {strand.name: strand for strand in strands}
        self.quiet = quiet
        self._known_runs: dict[str, OtherRuns] = {}
        self.insider = z3.Bool("attacker.insider")
        self.channel = scene.constant("channel.protection", t.Enum("ChannelProtection"))
        self.tls_client = scene.constant("channel.client", t.Enum("Identity"))
        self.constraints: list[z3.BoolRef] = list(self._channel())
        self.origins: list[Origins] = []
        for strand in strands:
            for received in strand.received:
                self.origins.append(self._origins(strand, received))

    def _identity(self, name: str) -> z3.ExprRef:
        return self.scene.member("Identity", name)

    def _channel(self) -> Iterator[z3.BoolRef]:
        insider, client = self._identity("insider"), self._identity("client")
        yield z3.Or(self.tls_client == client, z3.And(self.tls_client == insider, self.insider))
        for strand in self.strands.values():
            expected = strand.party["expected"]
            if strand.machine.role == "client":
                server = self._identity("server")
                yield z3.Or(expected == server, z3.And(expected == insider, self.insider))

    # --- origins of one message --------------------------------------------------------------

    def _origins(self, strand: Strand, received: Received) -> Origins:
        found = Origins(received)
        coverage = self.scene.protections.of(received.message)
        active = any_of(received.active)
        prefix = f"{strand.name}.{received.step}.{received.message.name}"
        at = strand.at(received.step)
        for number, emission in enumerate(self._candidates(strand, received, coverage)):
            chosen = z3.Bool(f"{prefix}.from.{number}:{emission.strand}.{emission.step}")
            found.sources.append(Source(emission, chosen))
            holds = [emission.when, emission.at < at]
            holds += self._as_sent(received, emission, coverage)
            self.constraints.append(z3.Implies(chosen, all_of(holds)))
        chosen_ones = [source.chosen for source in found.sources]
        if self.quiet:
            self.constraints.append(z3.Implies(active, any_of(chosen_ones)))
            self._undisturbed(strand, received, active, found)
            return found
        match coverage.kind:
            case "signature":
                self._signed(strand, received, coverage, found, prefix)
            case "transfer":
                self._protected(received, found, prefix)
            case _:
                record = received.record
                self.constraints.append(record["origin"] == self._origin("unprotected"))
        self._bound(strand, received, active, found)
        return found

    def _candidates(
        self, strand: Strand, received: Received, coverage: Coverage
    ) -> Iterator[Emission]:
        for other in self.strands.values():
            for emission in other.emissions:
                if other is strand and emission.step >= received.step:
                    continue
                if self._fits(strand, other, received.message, emission, coverage):
                    yield emission

    def _fits(
        self,
        strand: Strand,
        other: Strand,
        message: Message,
        emission: Emission,
        coverage: Coverage,
    ) -> bool:
        same = emission.message.name == message.name and strand.machine.mode == other.machine.mode
        if self.quiet or coverage.kind is None:
            return same and strand.machine.role != other.machine.role
        if coverage.kind == "transfer":
            return same and strand.machine.role != other.machine.role
        if z3.is_false(emission.fields["well-formed"]):
            return False  # an EnvPDU without a SecPDU has nothing signed
        if strand.machine.mode != other.machine.mode:
            # A-profile contents are the characters of a time, end-to-end contents are TLVs of a
            # token: neither decodes as the other, so "well-formed" fails before the signature.
            return False
        return same or self.scene.protections.confusable(emission.message, message)

    def _origin(self, name: str) -> z3.ExprRef:
        return self.scene.member("MessageOrigin", name)

    def _as_sent(
        self, received: Received, emission: Emission, coverage: Coverage
    ) -> Iterator[z3.BoolRef]:
        """What a message has in common with the one that was sent, whoever carried it."""
        record = received.record
        if emission.message.pdu is not None:
            yield record["well-formed"] == emission.fields["well-formed"]
        yield record["origin"] == self._origin("peer")
        sender = self.strands[emission.strand].party["identity"]
        yield record["signer"] == sender
        yield from self._fields_as_sent(received, emission, coverage, everything=self.quiet)
        if emission.keys is not None and coverage.kind == "transfer":
            yield record["keys"] == emission.keys

    def _fields_as_sent(
        self, received: Received, emission: Emission, coverage: Coverage, *, everything: bool
    ) -> Iterator[z3.BoolRef]:
        paths = {f.path: f for f in emission.message.fields.values()}
        for item in received.message.fields.values():
            if not (everything or coverage.covers(item)):
                continue
            value = received.record[item.name]
            if item.projection == "kept":
                kept = emission.token2 if item.path.endswith("token2") else emission.content
                yield value == kept
                continue
            twin = paths.get(item.path)
            same_name = emission.message.fields.get(item.name)
            if same_name is not None and same_name.path == item.path:
                twin = same_name
            if item.projection == "groups":
                yield from self._groups(item.path, value, emission)
            elif item.projection == "present":
                yield from self._presence(item.path, value, emission, coverage.covers(item))
            elif twin is not None and twin.name in emission.fields and twin.type == item.type:
                yield equal(value, emission.fields[twin.name])

    def _groups(self, path: str, value: Term, emission: Emission) -> Iterator[z3.BoolRef]:
        """The groups of a Diffie-Hellman set are those of the key pair that was put there."""
        for item in emission.message.fields.values():
            if item.path == path and item.projection == "shares" and item.name in emission.fields:
                share = emission.fields[item.name]
                assert not isinstance(share, Members)
                yield equal(value, self.scene.groups_of(share))

    def _presence(
        self, path: str, value: Term, emission: Emission, is_covered: bool
    ) -> Iterator[z3.BoolRef]:
        """Whether an optional component is there: where something was put in it.

        What protection itself adds (an Authenticator) is no field of the message: left open.
        """
        for item in emission.message.fields.values():
            if (
                item.path != path
                or item.projection == "present"
                or item.name not in emission.fields
            ):
                continue
            if isinstance(item.type, t.Enum):
                return  # a diagnostic may be left out, or be there with any value
            empty = equal(emission.fields[item.name], self.scene.empty(item.type))
            yield value == z3.Not(empty)
            return
        if is_covered:
            yield z3.Not(value)

    # --- what protects ----------------------------------------------------------------------

    def _signed(
        self,
        strand: Strand,
        received: Received,
        coverage: Coverage,
        found: Origins,
        prefix: str,
    ) -> None:
        record, message = received.record, received.message
        found.other_runs = list(self._other_runs(strand, received, coverage, prefix))
        found.attacker = z3.Bool(f"{prefix}.from.attacker")
        ways = [source.chosen for source in found.sources]
        ways += [run.chosen for run in found.other_runs]
        ways.append(found.attacker)
        self._at_most_one(prefix, ways)
        add = self.constraints.append
        add(record["signed"] == any_of(ways))
        certificate = next(
            (f for f in message.fields.values() if str(f.type) == "CertificateOctets"), None
        )
        if certificate is not None:
            add(record[certificate.name] == record["signer"])
        add(z3.Implies(found.attacker, all_of(self._of_attacker(received, coverage, prefix))))
        unprotected = record["origin"] == self._origin("unprotected")
        add(z3.Implies(z3.Not(any_of(ways)), unprotected))

    def _other_runs(
        self, strand: Strand, received: Received, coverage: Coverage, prefix: str
    ) -> Iterator[OtherRun]:
        """The messages of other runs that can be presented as this one."""
        for partner in self.strands.values():
            if partner.machine.mode != strand.machine.mode:
                continue
            runs = self._runs(partner)
            for name, message in partner.machine.messages.messages.items():
                sent = runs.sent(name)
                if sent is None or not (
                    name == received.message.name
                    or self.scene.protections.confusable(message, received.message)
                ):
                    continue
                chosen = z3.Bool(f"{prefix}.from.other-run.{partner.setting.identity}.{name}")
                holds = self._of_other_run(partner, received, coverage, message, sent)
                self.constraints.append(z3.Implies(chosen, all_of(holds)))
                yield OtherRun(partner.setting.identity, name, chosen, sent.needs_acceptance)

    def _runs(self, strand: Strand) -> OtherRuns:
        if strand.machine.name not in self._known_runs:
            runs = OtherRuns(strand.machine, self.scene.abstraction)
            self._known_runs[strand.machine.name] = runs
        return self._known_runs[strand.machine.name]

    def _of_other_run(
        self,
        partner: Strand,
        received: Received,
        coverage: Coverage,
        message: Message,
        sent: Sent,
    ) -> Iterator[z3.BoolRef]:
        """What holds of a message that an honest party signed in another run."""
        record = received.record
        yield record["well-formed"] == z3.BoolVal(True)
        yield record["origin"] == self._origin("other-run")
        yield record["signer"] == self._identity(partner.setting.identity)
        tag = f"other run {received.strand}.{received.step}.{received.message.name}"
        frame = Frame(self.scene, partner.name, 0, partner.setting.config, partner.party, {})
        names = {
            item.path: item.name for item in message.fields.values() if item.name in sent.texts
        }
        for item in received.message.fields.values():
            if not coverage.covers(item):
                continue
            value = record[item.name]
            twin = message.fields.get(item.name)
            if item.projection == "kept":
                yield value == self.scene.fresh(f"content {tag}", t.OCTETS)
            elif str(item.type) == "DHShares":
                yield value == self.scene.member("Share", "other")
            elif item.path in names and isinstance(item.type, t.Text):
                yield from self._text_of_other_run(value, sent.texts[names[item.path]])
            elif (
                twin is not None
                and twin.path == item.path
                and twin.type == item.type
                and item.name in sent.fixed
                and str(item.type) != "CertificateOctets"
            ):
                fixed = self._where_chosen(received, item.name, frame.value(sent.fixed[item.name]))
                yield equal(value, fixed)

    def _where_chosen(self, received: Received, name: str, value: Term) -> Term:
        """What is put into an alternative of a CHOICE is there only where that one is chosen."""
        for choice, item, chosen in inside_choices(received.message):
            if item.name == name:
                branch = self.scene.member(str(choice.type), chosen)
                empty = self.scene.empty(item.type)
                return either(received.record[choice.name] == branch, value, empty)
        return value

    def _text_of_other_run(self, value: Term, makings: frozenset[Making]) -> Iterator[z3.BoolRef]:
        """Identifiers that the sender made itself are not those of the runs under test."""
        assert not isinstance(value, Members)
        if not makings or Making.FOREIGN in makings:
            return
        ways = []
        if Making.OWN in makings:
            ways.append(self.scene.is_of_other_run(value))
        if Making.COMPLETES in makings:
            own = self.scene.is_of_other_run(self.scene.base(value))
            ways.append(z3.And(self.scene.is_complete(value), own))
        yield any_of(ways)

    def _of_attacker(
        self, received: Received, coverage: Coverage, prefix: str
    ) -> Iterator[z3.BoolRef]:
        """What holds of a message that the attacker signs."""
        record = received.record
        signers = [record["signer"] == self._identity(name) for name in OWN_CERTIFICATES]
        is_insider = record["signer"] == self._identity("insider")
        yield z3.Or(*signers, z3.And(is_insider, self.insider))
        yield record["origin"] == self._origin("attacker")
        signs_certificate = any(
            str(item.type) == "CertificateOctets" and coverage.covers(item)
            for item in received.message.fields.values()
        )
        for item in received.message.fields.values():
            # Contents with his certificate inside are nobody else's; without, he may sign anew
            # what an honest party signed.
            if item.projection == "kept" and coverage.covers(item) and signs_certificate:
                own = self.scene.fresh(f"content attacker {prefix}", t.OCTETS)
                yield record[item.name] == own

    def _protected(self, received: Received, found: Origins, prefix: str) -> None:
        record = received.record
        found.attacker = z3.Bool(f"{prefix}.from.attacker")
        ways = [*(source.chosen for source in found.sources), found.attacker]
        self._at_most_one(prefix, ways)
        add = self.constraints.append
        add(record["protected"] == any_of(ways))
        keys = record["keys"]
        assert not isinstance(keys, Members)
        add(
            z3.Implies(
                found.attacker,
                z3.And(self.scene.known(keys), record["origin"] == self._origin("attacker")),
            )
        )
        unprotected = record["origin"] == self._origin("unprotected")
        add(z3.Implies(z3.Not(any_of(ways)), unprotected))

    def _at_most_one(self, prefix: str, ways: Sequence[z3.BoolRef]) -> None:
        which = z3.Int(f"{prefix}.which")
        self.constraints += [z3.Implies(way, which == n) for n, way in enumerate(ways)]

    # --- channels ---------------------------------------------------------------------------

    def _bound(
        self, strand: Strand, received: Received, active: z3.BoolRef, found: Origins
    ) -> None:
        """TLS whose peer's certificate was compared with the application's: nobody is between.

        Where the TLS peer is the honest partner, everything comes from its run, untouched; where
        it is the insider, everything signed is the insider's.
        """
        record = received.record
        is_bound = z3.And(active, self.channel == self.scene.member("ChannelProtection", "bound"))
        peer = strand.party["expected"] if strand.machine.role == "client" else self.tls_client
        insider = self._identity("insider")
        untouched = [
            z3.And(source.chosen, *self._untouched(received, source.emission))
            for source in found.sources
            if source.emission.message.name == received.message.name
            and self.strands[source.emission.strand].machine.role != strand.machine.role
        ]
        add = self.constraints.append
        add(z3.Implies(z3.And(is_bound, peer != insider), any_of(untouched)))
        add(
            z3.Implies(
                z3.And(is_bound, peer == insider, record["signed"]), record["signer"] == insider
            )
        )

    def _untouched(self, received: Received, emission: Emission) -> Iterator[z3.BoolRef]:
        coverage = self.scene.protections.of(received.message)
        yield from self._fields_as_sent(received, emission, coverage, everything=True)
        yield received.record["claimed"] == self.strands[emission.strand].party["identity"]
        for name, value in emission.envelope.items():
            if name in received.envelope:
                yield equal(received.envelope[name], value)

    def _undisturbed(
        self, strand: Strand, received: Received, active: z3.BoolRef, found: Origins
    ) -> None:
        """A run without interference: clocks agree, memories are empty, keys are good ones."""
        add = self.constraints.append
        record = received.record
        kind = self.scene.protections.of(received.message).kind
        add(z3.Implies(active, record["signed"] == z3.BoolVal(kind == "signature")))
        add(z3.Implies(active, record["protected"] == z3.BoolVal(kind == "transfer")))
        add(z3.Implies(active, z3.Not(record["seen"])))
        for source in found.sources:
            untouched = self._untouched(received, source.emission)
            add(z3.Implies(z3.And(active, source.chosen), all_of(untouched)))
            add(z3.Implies(source.chosen, strand.at(received.step) - source.emission.at <= 1000))
