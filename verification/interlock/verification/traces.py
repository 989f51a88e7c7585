"""From a solver's model to a trace: who did what, in order of time, and what the attacker chose.

Of all violating runs the shown one is as plain as possible: default configuration, no insider,
envelopes untouched, no time-outs, as few steps as possible. Each of these wishes is an assumption
that is dropped when the solver says that it stands in the way.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.traversal import read_in
from interlock.verification.actor import Emission, Received
from interlock.verification.attacker import Origins
from interlock.verification.options import OVER, Option
from interlock.verification.results import Check, Origin, OriginKind, Party, Step, Trace
from interlock.verification.scene import Frame, all_of, any_of, equal
from interlock.verification.solving import Asker, Session
from interlock.verification.strand import StepOf, Strand
from interlock.verification.terms import Members, Term
from interlock.verification.world import World

_KINDS = {
    "peer": OriginKind.PEER,
    "other-run": OriginKind.OTHER_RUN,
    "attacker": OriginKind.ATTACKER,
    "unprotected": OriginKind.UNPROTECTED,
}


@dataclass(frozen=True)
class Wish:
    """Something that makes a trace plainer, if it can be had."""

    name: str
    holds: z3.BoolRef


class Plainest:
    """Looks for the plainest run that fulfils a question."""

    def __init__(self, world: World, asker: Asker, question: z3.BoolRef) -> None:
        self._world = world
        self._asker = asker
        self._question = question
        self._steps = z3.Int("number of steps")

    def model(self) -> z3.ModelRef | None:
        """A model with as many wishes fulfilled as the solver grants, and few steps."""
        with self._asker.within(self._question, self._steps == _count(self._world)) as session:
            wishes = []
            for wish in _wishes(self._world):
                literal = z3.Bool(f"wish: {wish.name}")
                session.add(z3.Implies(literal, wish.holds))
                wishes.append(literal)
            kept = self._granted(session, wishes)
            return None if kept is None else self._shortest(session, kept)

    def _granted(self, session: Session, wishes: list[z3.BoolRef]) -> list[z3.BoolRef] | None:
        """As many wishes as can be had; None where there is no run.

        Each that was given up may come back if it stands against none that were kept.
        """
        kept = session.granted(wishes)
        if kept is None:
            return None
        for wish in reversed(_without(wishes, kept)):
            if session.check([*kept, wish]) is Check.SAT:
                kept.append(wish)
        return kept

    def _shortest(self, session: Session, assumptions: list[z3.BoolRef]) -> z3.ModelRef | None:
        """The shortest run: that there is none with fewer steps is soon said, so from below."""
        for number in itertools.count(1):
            limit = z3.Bool(f"at most {number} steps")
            session.add(z3.Implies(limit, self._steps <= number))
            answer = session.check([*assumptions, limit])
            if answer is Check.SAT:
                return session.model()
            if answer is Check.UNKNOWN:
                break
        return None


def _without(wishes: Iterable[z3.BoolRef], some: Iterable[z3.BoolRef]) -> list[z3.BoolRef]:
    names = set(map(str, some))
    return [wish for wish in wishes if str(wish) not in names]


def _count(world: World) -> z3.ArithRef:
    return z3.Sum(
        [z3.If(step.quiet, 0, 1) for strand in world.strands.values() for step in strand.steps]
    )


def _wishes(world: World) -> Iterator[Wish]:
    """From the least to the most wanted."""
    yield Wish("no insider", z3.Not(world.network.insider))
    nothing = world.scene.member("ChannelProtection", "none")
    yield Wish("no TLS", world.network.channel == nothing)
    places = [
        (strand, f"{strand.name}.{number}", _at(world, strand, number))
        for strand in world.strands.values()
        for number in range(strand.depth)
    ]
    for _, where, here in places:
        yield Wish(f"{where}: own type", all_of(map(_own_type, here)))
    for _, where, here in places:
        yield Wish(f"{where}: provoked", all_of(map(_provoked, here)))
    for strand, where, here in places:
        yield Wish(f"{where}: untouched", all_of(map(_untouched, here)))
        yield Wish(f"{where}: same protocol", all_of(_same_protocol(strand, o) for o in here))
    for strand in world.strands.values():
        yield from _default_configuration(strand)
    for strand, where, here in places:
        yield Wish(f"{where}: new", all_of(map(_new, here)))
        yield Wish(f"{where}: usual form", all_of(_usual_form(strand, o) for o in here))
        yield Wish(f"{where}: plain envelope", all_of(_plain(world, strand, o) for o in here))
    for strand in world.strands.values():
        yield Wish(f"{strand.name}: nobody gives up", z3.Not(any_of(_taken(strand, _gives_up))))
        yield Wish(f"{strand.name}: no faults", z3.Not(any_of(_taken(strand, _is_fault))))


def _at(world: World, strand: Strand, number: int) -> list[Origins]:
    """What a strand can receive in a step, with where it comes from."""
    return [
        origins
        for origins in world.network.origins
        if (origins.received.strand, origins.received.step) == (strand.name, number)
    ]


def _when(origins: Origins, condition: z3.BoolRef) -> z3.BoolRef:
    return z3.Implies(any_of(origins.received.active), condition)


def _new(origins: Origins) -> z3.BoolRef:
    record = origins.received.record
    conditions = [z3.Not(record["seen"])]
    if "has-att-cert" in record:
        conditions.append(z3.Not(record["has-att-cert"]))
    return _when(origins, all_of(conditions))


def _usual_form(strand: Strand, origins: Origins) -> z3.BoolRef:
    """Well-formed, with an algorithm that everybody has: what fails is worth more attention."""
    record = origins.received.record
    conditions = [record["well-formed"]] if "well-formed" in record else []
    for name in ("sign-algorithm", "sig-alg"):
        if name in record:
            usual = strand.scene.member("SignatureAlgorithm", "sha256WithRSAEncryption")
            conditions.append(record[name] == usual)
    return _when(origins, all_of(conditions))


def _own_type(origins: Origins) -> z3.BoolRef:
    """Nothing is re-labelled, neither what the peer has sent nor what comes from other runs."""
    name = origins.received.message.name
    peers = [s.chosen for s in origins.sources if s.emission.message.name != name]
    others = [run.chosen for run in origins.other_runs if run.sent_as != name]
    return all_of(map(z3.Not, (*peers, *others)))


def _provoked(origins: Origins) -> z3.BoolRef:
    """No message of other runs into which only an accepted partner could bring a foreign text."""
    return all_of(z3.Not(run.chosen) for run in origins.other_runs if run.needs_acceptance)


def _same_protocol(strand: Strand, origins: Origins) -> z3.BoolRef:
    record = origins.received.record
    if "protected-protocol" not in record:
        return z3.BoolVal(True)
    kind = t.Enum("ProtectedProtocol")
    own = strand.scene.constant(f"{strand.setting.config}.protected-protocol", kind)
    return _when(origins, record["protected-protocol"] == own)


def _untouched(origins: Origins) -> z3.BoolRef:
    received = origins.received
    return all_of(
        z3.Implies(source.chosen, equal(received.record[name], source.emission.fields[name]))
        for source in origins.sources
        if source.emission.message.name == received.message.name
        for name in received.message.fields
        if name in source.emission.fields
    )


def _plain(world: World, strand: Strand, origins: Origins) -> z3.BoolRef:
    return _when(origins, all_of(_plain_envelope(world, strand.machine, origins.received)))


def _plain_envelope(world: World, machine: m.Machine, received: Received) -> Iterator[z3.BoolRef]:
    honest = world.scene.abstraction.envelope.get(machine.mode, {})
    frame = Frame(world.scene, received.strand, received.step, "", {}, {})
    if "-without-" not in received.message.name:
        for name, node in honest.items():
            yield equal(received.envelope[name], frame.value(node))
    yield received.record["claimed"] == received.record["signer"]


def _default_configuration(strand: Strand) -> Iterator[Wish]:
    frame = Frame(strand.scene, strand.name, 0, strand.setting.config, {}, {})
    for item in strand.machine.config.values():
        if item.default is None:
            continue
        value = strand.scene.constant(f"{strand.setting.config}.{item.name}", item.type)
        default = frame.value(item.default)
        yield Wish(f"{strand.setting.config}.{item.name}", equal(value, default))


def _taken(strand: Strand, test: object) -> Iterator[z3.BoolRef]:
    assert callable(test)
    for number in range(strand.depth):
        yield strand.taken(test, number)


def _gives_up(option: Option) -> bool:
    event = option.event
    if event.kind in (m.EventKind.TIMER,):
        return True
    if event.kind is m.EventKind.TRANSPORT:
        return event.name == "lost"
    return event.kind is m.EventKind.LOCAL and event.name in ("abort", "release", "refuse")


def _is_fault(option: Option) -> bool:
    return option.id == "fault"


# --- from a model to steps -------------------------------------------------------------------


class Teller:
    """Tells a model as a trace."""

    def __init__(self, world: World, model: z3.ModelRef) -> None:
        self._world = world
        self._model = model
        self._numbers: dict[tuple[str, int], int] = {}

    def trace(self, conclusion: str) -> Trace:
        """The whole trace."""
        moves = sorted(self._moves(), key=lambda move: (move[0], move[1].name))
        for number, (_, strand, step, _) in enumerate(moves, 1):
            self._numbers[strand.name, step.number] = number
        present = {strand.name for _, strand, _, _ in moves}
        return Trace(
            tuple(
                self._party(strand)
                for strand in self._world.strands.values()
                if strand.name in present
            ),
            tuple(self._step(n, *move[1:]) for n, move in enumerate(moves, 1)),
            tuple(self._attacker()),
            conclusion,
        )

    def _moves(self) -> Iterator[tuple[int, Strand, StepOf, Option]]:
        for strand in self._world.strands.values():
            for step in strand.steps:
                for option, taken in step.options.values():
                    if self._holds(taken):
                        yield self._number(step.at), strand, step, option

    def _holds(self, condition: z3.BoolRef) -> bool:
        return bool(z3.is_true(self._model.eval(condition, model_completion=True)))

    def _number(self, value: z3.ArithRef) -> int:
        return int(self._model.eval(value, model_completion=True).as_long())

    def _attacker(self) -> Iterator[tuple[str, str]]:
        network = self._world.network
        yield "insider", self._shown(network.insider)
        yield "channel", self._shown(network.channel).removeprefix("ChannelProtection.")

    # --- values ------------------------------------------------------------------------------

    def shown(self, value: Term) -> str | None:
        """A value in the spelling of the models; None where it has none (a term)."""
        if isinstance(value, Members):
            kinds = [name for name, there in value.present.items() if self._holds(there)]
            return "{" + ", ".join(kinds) + "}"
        if value.sort().kind() == z3.Z3_UNINTERPRETED_SORT:
            return None
        return self._shown(value)

    def _shown(self, value: z3.ExprRef) -> str:
        found = self._model.eval(value, model_completion=True)
        if z3.is_bool(found):
            return "true" if z3.is_true(found) else "false"
        text = str(found)
        kind, dot, member = text.partition(".")
        return f"{kind.partition('/')[0]}{dot}{member}" if dot else text

    def _typed(self, value: Term, kind: t.Type) -> str | None:
        shown = self.shown(value)
        if shown is not None and isinstance(kind, t.SetOf | t.ListOf):
            members = shown.strip("{}")
            names = [f"{kind.element.name}.{n}" for n in members.split(", ") if n]
            return "{" + ", ".join(names) + "}"
        return shown

    # --- parties -----------------------------------------------------------------------------

    def _party(self, strand: Strand) -> Party:
        expected = self._shown(strand.party["expected"]).removeprefix("Identity.")
        pairs = [("expects", expected)] if strand.machine.role == "client" else []
        frame = Frame(strand.scene, strand.name, 0, strand.setting.config, {}, {})
        for item in strand.machine.config.values():
            if item.default is None or isinstance(item.type, t.Opaque):
                continue
            value = strand.scene.constant(f"{strand.setting.config}.{item.name}", item.type)
            if not self._holds(equal(value, frame.value(item.default))):
                pairs.append((item.name, self._typed(value, item.type) or ""))
        return Party(strand.name, strand.machine.name, strand.machine.words, tuple(pairs))

    # --- steps -------------------------------------------------------------------------------

    def _step(self, number: int, strand: Strand, step: StepOf, option: Option) -> Step:
        failed = self._failed(strand, step, option)
        row = option.row
        clause = row.clause if row is not None else strand.machine.clause
        received = self._received(strand, step, option)
        return Step(
            number,
            strand.name,
            str(option.event),
            row.id if row is not None else "",
            option.reaction.name if option.reaction is not None else "",
            failed.id if failed is not None else "",
            failed.clause if failed is not None else clause,
            option.state.removesuffix(OVER),
            option.target,
            tuple(self._sent(strand, step)),
            tuple(_told(option)),
            option.delivers,
            self._origin(received) if received is not None else None,
            tuple(self._fields(received)) if received is not None else (),
            self._words(option, failed),
        )

    def _failed(self, strand: Strand, step: StepOf, option: Option) -> m.Check | None:
        if option.use is None or option.row is None:
            return None
        checks = strand.machine.check_lists[option.use.list].checks
        conditions = strand.failing(step.number, option.row, option.use)
        for check, fails in zip(checks, conditions, strict=True):
            if self._holds(fails):
                return check
        return None

    def _words(self, option: Option, failed: m.Check | None) -> str:
        if failed is not None:
            return f"not so: {failed.words}"
        if option.row is not None and option.reaction is None:
            return option.row.words
        return option.reaction.words if option.reaction is not None else ""

    def _sent(self, strand: Strand, step: StepOf) -> Iterator[str]:
        for emission in strand.emissions:
            if emission.step == step.number and not emission.stays and self._holds(emission.when):
                yield emission.message.name

    def _received(self, strand: Strand, step: StepOf, option: Option) -> Origins | None:
        if option.event.kind is not m.EventKind.RECEIVE:
            return None
        for origins in self._world.network.origins:
            received = origins.received
            here = (received.strand, received.step, received.message.name)
            if here == (strand.name, step.number, option.event.name) and received.active:
                return origins
        return None

    def _origin(self, origins: Origins) -> Origin:
        record = origins.received.record
        kind = _KINDS[self._shown(record["origin"]).removeprefix("MessageOrigin.")]
        signer = self._shown(record["signer"]).removeprefix("Identity.")
        sent_as, number, changed = origins.received.message.name, None, []
        for run in origins.other_runs:
            if self._holds(run.chosen):
                sent_as = run.sent_as
        if kind is OriginKind.PEER:
            source = next((s for s in origins.sources if self._holds(s.chosen)), None)
            if source is not None:
                sent_as = source.emission.message.name
                if not source.emission.stays:
                    number = self._numbers[source.emission.strand, source.emission.step]
                changed = list(self._changed(origins.received, source.emission))
        return Origin(
            kind,
            "" if kind is OriginKind.UNPROTECTED else signer,
            sent_as,
            number,
            tuple(changed),
        )

    def _changed(self, received: Received, emission: Emission) -> Iterator[tuple[str, str]]:
        """What the attacker changed on the way, as far as a check can see it."""
        if emission.message.name == received.message.name:
            for name, item in received.message.fields.items():
                sent = emission.fields.get(name)
                if sent is None or item.type != emission.message.fields[name].type:
                    continue
                if not self._holds(equal(received.record[name], sent)):
                    shown = self._typed(received.record[name], item.type)
                    if shown is not None:
                        yield f"m.{name}", shown
        read = self._read(received)
        for name, sent in emission.envelope.items():
            value = received.envelope.get(name) if name in read else None
            if value is not None and not self._holds(equal(value, sent)):
                shown = self.shown(value)
                if shown is not None:
                    yield f"e.{name}", shown

    def _read(self, received: Received) -> set[str]:
        """Fields of the EnvPDU that a row for the message looks at."""
        machine = self._world.strands[received.strand].machine
        found = set()
        for row in machine.transitions:
            if row.event == m.Event(m.EventKind.RECEIVE, received.message.name):
                for node in _nodes(machine, row):
                    if isinstance(node, x.Variable) and node.root is x.Root.ENVELOPE:
                        found.add(node.name)
        return found

    def _fields(self, origins: Origins) -> Iterator[tuple[str, str]]:
        received = origins.received
        kind = self._shown(received.record["origin"])
        if kind not in ("MessageOrigin.other-run", "MessageOrigin.attacker"):
            return
        for name, item in received.message.fields.items():
            if isinstance(item.type, t.Bool | t.Enum | t.SetOf | t.ListOf):
                shown = self._typed(received.record[name], item.type)
                if shown is not None:
                    yield f"m.{name}", shown


def _nodes(machine: m.Machine, row: m.Transition) -> Iterator[x.Expression]:
    """Every node of the conditions and actions of a row."""
    expressions = [] if row.when is None else [row.when]
    for use in row.checks:
        expressions += [check.fails_when for check in machine.check_lists[use.list].checks]
    expressions += read_in(row.body)
    for expression in expressions:
        yield from x.walk(expression)


def _told(option: Option) -> Iterator[str]:
    for action in m.actions(option.body):
        if isinstance(action, m.Indicate):
            yield action.kind if action.reason is None else f"{action.kind} ({action.reason})"
