"""An actor: a party's machine read in a scene, one option at a time.

Says under which conditions an option is taken, what it does to the session, and which messages it
sends. ``strand`` unrolls an actor into a run, ``steps`` looks at single options.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Field, Message
from interlock.model.traversal import read_in
from interlock.model.vocabulary import OTHER
from interlock.verification.options import Option
from interlock.verification.scene import Frame, Scene, Values, all_of, any_of, either, equal
from interlock.verification.terms import Members, Term


@dataclass(frozen=True)
class Emission:
    """A message that a party can have sent: when, and with which contents."""

    strand: str
    step: int
    """Number of the step that sends it; for one sent while staying, of the state."""
    stays: bool
    message: Message
    carrier: str
    when: z3.BoolRef
    at: z3.ArithRef
    fields: Mapping[str, Term]
    envelope: Mapping[str, Term]
    content: z3.ExprRef
    token2: z3.ExprRef
    keys: z3.ExprRef | None
    option: str


@dataclass
class Received:
    """A message that a party receives in a step."""

    strand: str
    step: int
    message: Message
    record: Values
    envelope: Values
    active: list[z3.BoolRef] = field(default_factory=list)
    """Options that receive it."""


@dataclass(frozen=True)
class Setting:
    """How a strand is told apart: its name, whose run it is, and whose configuration it has."""

    name: str
    config: str
    identity: str
    expected: str | None
    """A fixed partner; None where it is open (a constant ``name.expected``)."""
    allowed: Callable[[Option], bool] = lambda _: True
    prompt: bool = False
    """Whether it never rests while it can move (a run without interference)."""
    depth: int | None = None
    prefix: str = ""
    """In front of the strand's own constants; configuration is shared between scenes."""


class Actor:
    """A machine in a scene. ``constraints`` say what its values mean."""

    def __init__(self, scene: Scene, machine: m.Machine, setting: Setting) -> None:
        self.scene = scene
        self.machine = machine
        self.setting = setting
        self.name = setting.prefix + setting.name
        self.constraints: list[z3.BoolRef] = []
        self.emissions: list[Emission] = []
        self.skew = z3.Int(f"{self.name}.skew")
        self.free: frozenset[str] = frozenset()
        self.party = self._party()
        self._failing: dict[tuple[int, str, str], list[z3.BoolRef]] = {}
        self._alike: dict[object, list[z3.BoolRef]] = {}
        self._kept: list[object] = []
        self._sent_by_any: list[tuple[z3.BoolRef, list[z3.BoolRef]]] = []
        self._requirements()

    # --- the frame of every step -------------------------------------------------------------

    def _party(self) -> dict[str, Term]:
        scene, setting = self.scene, self.setting
        identity = t.Enum("Identity")
        expected: Term
        if setting.expected is None:
            expected = scene.constant(f"{setting.name}.expected", identity)
        else:
            expected = scene.member("Identity", setting.expected)
        return {
            "identity": scene.member("Identity", setting.identity),
            "expected": expected,
            "peer-is-native": scene.boolean("server-is-native"),
        }

    def frame(self, number: int, session: Values, now: z3.ArithRef) -> Frame:
        """The frame in which the expressions of a step are read."""
        return Frame(
            self.scene,
            self.name,
            number,
            self.setting.config,
            self.party,
            session,
            now=now,
            free=self.free,
        )

    def _requirements(self) -> None:
        frame = self.frame(0, {}, z3.Int(f"{self.name}.0.now"))
        for requirement in self.machine.requirements:
            self.constraints.append(frame.condition(requirement.condition))
        for item in self.machine.config.values():
            self._only_listed(item)

    def _only_listed(self, item: m.ConfigField) -> None:
        """Nobody is configured with an algorithm or group that no table lists ("other")."""
        kind = item.type.element if isinstance(item.type, t.SetOf | t.ListOf) else item.type
        if not isinstance(kind, t.Enum):
            return
        enumeration = self.scene.abstraction.vocabulary.enumerations[kind.name]
        if not enumeration.has_other or enumeration.source not in ("algorithms", "groups"):
            return
        value = self.scene.constant(f"{self.setting.config}.{item.name}", item.type)
        if isinstance(value, Members):
            self.constraints.append(z3.Not(value.present[OTHER]))
        else:
            self.constraints.append(value != self.scene.member(kind.name, OTHER))

    # --- conditions of an option -------------------------------------------------------------

    def _enabled(
        self, option: Option, frame: Frame, receives: dict[str, Received], taken: z3.BoolRef
    ) -> Iterator[z3.BoolRef]:
        if option.event.kind is m.EventKind.RECEIVE:
            received = receives.get(option.event.name)
            if received is None:
                received = self.receive(option.event.name, frame.step)
                receives[option.event.name] = received
            received.active.append(taken)
            frame.message, frame.envelope = received.record, received.envelope
        if option.row is None:
            return
        if option.row.when is not None:
            yield frame.condition(option.row.when)
        for use in option.row.checks:
            fails = self.failures(option.row, use, frame)
            if use is option.use:
                yield any_of(fails)
                return
            yield from (z3.Not(failure) for failure in fails)

    def failures(self, row: m.Transition, use: m.CheckUse, frame: Frame) -> list[z3.BoolRef]:
        """A named condition for each check of a list, the same for everything that asks."""
        key = (frame.step, row.id, use.list)
        if key not in self._failing:
            given = dict(use.arguments)
            self._failing[key] = [
                self._define(
                    f"{self.name}.{frame.step}.{row.id}.{check.id}",
                    frame.condition(check.fails_when, given),
                )
                for check in self.machine.check_lists[use.list].checks
            ]
        return self._failing[key]

    def failing(self, number: int, row: m.Transition, use: m.CheckUse) -> list[z3.BoolRef]:
        """The conditions under which the checks of a list fail in a step, in their order."""
        return self._failing[number, row.id, use.list]

    def _define(self, name: str, condition: z3.BoolRef) -> z3.BoolRef:
        """A name for a condition, so that it is said once however often it is used."""
        if condition.num_args() == 0:
            return condition
        named = z3.Bool(name)
        self.constraints.append(named == condition)
        return named

    def _name(self, name: str, value: Term) -> Term:
        """A name for a value."""
        if isinstance(value, Members):
            if not any(p.num_args() for p in value.present.values()):
                return value
            present = {n: self._define(f"{name}[{n}]", p) for n, p in value.present.items()}
            return Members(present, value.count)
        if value.num_args() == 0:
            return value
        named = z3.Const(name, value.sort())
        self.constraints.append(named == value)
        return named

    def enabled(
        self, option: Option, frame: Frame, receives: dict[str, Received]
    ) -> list[z3.BoolRef]:
        """The conditions under which an option is taken; gives the frame its message."""
        return list(self._enabled(option, frame, receives, z3.BoolVal(True)))

    def receive(self, name: str, number: int) -> Received:
        """A message of any contents."""
        message = self.machine.messages.messages[name]
        prefix = f"{self.name}.{number}.{name}"
        scene = self.scene
        record: Values = {
            f.name: scene.constant(f"{prefix}.{f.name}", f.type) for f in message.fields.values()
        }
        record["well-formed"] = scene.boolean(f"{prefix}.well-formed")
        for ghost, kind in scene.abstraction.message_ghosts.items():
            record[ghost] = scene.constant(f"{prefix}.ghost.{ghost}", kind)
        envelope: Values = {
            e.name: scene.constant(f"{self.name}.{number}.e.{e.name}", e.type)
            for e in self.machine.envelope.values()
        }
        if message.pdu is not None:
            self._empty_unless_well_formed(message, record)
            self._empty_unless_present(message, record)
            self._empty_unless_chosen(message, record)
        return Received(self.name, number, message, record, envelope)

    def _empty_unless_well_formed(self, message: Message, record: Values) -> None:
        empty = [equal(record[f.name], self.scene.empty(f.type)) for f in message.fields.values()]
        self.constraints.append(z3.Or(record["well-formed"], all_of(empty)))

    def _empty_unless_present(self, message: Message, record: Values) -> None:
        """An optional component that is absent reads as empty; one that is there does not."""
        for item in message.fields.values():
            if item.projection != "present":
                continue
            for other in message.fields.values():
                if other is item or other.path != item.path:
                    continue
                empty = equal(record[other.name], self.scene.empty(other.type))
                self.constraints.append(z3.Or(record[item.name], empty))
                if isinstance(other.type, t.Text | t.Octets | t.ListOf | t.SetOf | t.Opaque):
                    self.constraints.append(z3.Or(z3.Not(record[item.name]), z3.Not(empty)))

    def _only_chosen(self, message: Message, fields: dict[str, Term]) -> dict[str, Term]:
        """What is put into an alternative of a CHOICE is sent only where that one is chosen."""
        out = dict(fields)
        for choice, item, chosen in inside_choices(message):
            if choice.name in fields and item.name in fields:
                is_chosen = fields[choice.name] == self.scene.member(str(choice.type), chosen)
                empty = self.scene.empty(item.type)
                out[item.name] = either(is_chosen, fields[item.name], empty)
        return out

    def _empty_unless_chosen(self, message: Message, record: Values) -> None:
        """What is inside an alternative of a CHOICE is there only where that one was chosen."""
        for choice, item, chosen in inside_choices(message):
            is_chosen = record[choice.name] == self.scene.member(str(choice.type), chosen)
            empty = equal(record[item.name], self.scene.empty(item.type))
            self.constraints.append(z3.Or(is_chosen, empty))

    # --- actions -----------------------------------------------------------------------------

    def _carry_out(
        self,
        body: m.Body,
        frame: Frame,
        when: z3.BoolRef,
        number: int,
        at: z3.ArithRef,
        option: Option,
        stays: bool = False,
    ) -> None:
        for action in body:
            match action:
                case m.Set(variable=variable, value=value):
                    frame.session[variable] = self._value(frame, value, variable)
                case m.Call(operation=x.OperationCall() as call):
                    frame.carry_out(call)
                case m.Send() | m.SendEnvelope():
                    self._emit(action, frame, when, number, at, option, stays)
                case m.Choose(branches=branches):
                    self._choose(branches, frame, when, number, at, option, stays)
                case _:
                    pass

    def _value(self, frame: Frame, node: x.Expression, variable: str) -> Term:
        if variable in self.free:
            return frame.session[variable]  # unknown anyway
        return frame.value(node)

    def _choose(
        self,
        branches: tuple[m.Branch, ...],
        frame: Frame,
        when: z3.BoolRef,
        number: int,
        at: z3.ArithRef,
        option: Option,
        stays: bool,
    ) -> None:
        before = dict(frame.session)
        merged = dict(before)
        for branch in reversed(branches):
            frame.session = dict(before)
            condition = frame.condition(branch.when)
            inside = z3.And(when, condition)
            self._carry_out(branch.body, frame, inside, number, at, option, stays)
            merged = {
                name: either(condition, value, merged[name])
                for name, value in frame.session.items()
            }
        frame.session = merged

    def _emit(
        self,
        action: m.Send | m.SendEnvelope,
        frame: Frame,
        when: z3.BoolRef,
        number: int,
        at: z3.ArithRef,
        option: Option,
        stays: bool,
    ) -> None:
        messages = self.machine.messages
        if isinstance(action, m.Send):
            message = messages.messages[action.message]
        else:
            rule = messages.carriers[action.carrier]
            name = rule.otherwise or rule.carries or ""
            message = messages.messages[name]
        tag = f"{self.name}.{number}.{option.id}@{option.state}.{len(self.emissions)}"
        when = self._define(f"{tag}.sent", when)
        fields: dict[str, Term] = {"well-formed": z3.BoolVal(isinstance(action, m.Send))}
        for name, node in action.fields if isinstance(action, m.Send) else ():
            fields[name] = frame.value(node)
        fields = self._only_chosen(message, fields)
        envelope = self._sent_envelope(action, frame)
        key = (number, message.name, _identity(fields), _identity(envelope))
        self._kept.append((fields, envelope))  # a number names a term only while it is there
        if not _reads_sent(option.body) and key in self._alike:
            # Another option of this step sends the same: one emission for both.
            self._alike[key].append(when)
            return
        fields = {n: self._name(f"{tag}.{n}", value) for n, value in fields.items()}
        envelope = {n: self._name(f"{tag}.e.{n}", value) for n, value in envelope.items()}
        ways = [when]
        if not _reads_sent(option.body):
            self._alike[key] = ways
            when = z3.Bool(f"{tag}.sent by any")
            self._sent_by_any.append((when, ways))
        content = self.scene.fresh(f"content {tag}", t.OCTETS)
        token2 = self.scene.fresh(f"token2 {tag}", t.OCTETS)
        frame.sent = {"content": content, "token2-content": token2}
        keys = frame.session.get("send-keys")
        assert not isinstance(keys, Members)
        self.emissions.append(
            Emission(
                self.name, number, stays, message, action.carrier, when, at, fields, envelope,
                content, token2, keys, option.id,
            )
        )  # fmt: skip

    def _sent_envelope(self, action: m.Send | m.SendEnvelope, frame: Frame) -> dict[str, Term]:
        honest = self.scene.abstraction.envelope.get(self.machine.mode, {})
        envelope: dict[str, Term] = {name: frame.value(node) for name, node in honest.items()}
        is_accept = isinstance(action, m.Send) and action.message in ("HandshakeAcc", "AARE")
        result = t.Enum("AssociateResult")
        envelope["result"] = self.scene.member(
            result.name, "accepted" if is_accept else "rejected-permanent"
        )
        envelope.update({name: frame.value(node) for name, node in action.envelope})
        if isinstance(action, m.SendEnvelope) and action.carrier in ("AARQ", "AARE"):
            envelope["information-count"] = z3.IntVal(0)
            envelope["context-is-e2e"] = z3.BoolVal(False)
            envelope["mechanism"] = self.scene.member("Mechanism", "absent")
            absent = self.scene.member("AuthenticationValue", "absent")
            envelope["authentication-value"] = absent
        return envelope


def _identity(values: Mapping[str, Term]) -> tuple[tuple[str, int], ...]:
    """What tells two sets of values apart: their very terms."""
    return tuple(
        (name, part.get_id())
        for name, value in sorted(values.items())
        for part in (
            (*value.present.values(), value.count) if isinstance(value, Members) else (value,)
        )
    )


def _reads_sent(body: m.Body) -> bool:
    return any(
        isinstance(node, x.Variable) and node.root is x.Root.SENT
        for expression in read_in(body)
        for node in x.walk(expression)
    )


def inside_choices(message: Message) -> Iterator[tuple[Field, Field, str]]:
    """Each field that reads the branch of a CHOICE, a field inside one, and which branch."""
    for choice in message.fields.values():
        if choice.projection != "branch" or not isinstance(choice.type, t.Enum):
            continue
        depth = len(choice.steps)
        for item in message.fields.values():
            inside = item.path.startswith(f"{choice.path}.") and len(item.steps) > depth
            if inside and item.steps[depth].is_alternative:
                yield choice, item, item.steps[depth].name
