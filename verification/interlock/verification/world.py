"""A world: a composition unrolled, its attacker, and the same configurations undisturbed.

One world serves every property of its scenario: configuration, policies and the attacker's
abilities are constants that a property may constrain, and the solver chooses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction
from interlock.verification.actor import Setting
from interlock.verification.attacker import Network
from interlock.verification.composition import Composition, Compositions
from interlock.verification.options import OVER, Option, making_steps
from interlock.verification.properties import (
    STRAND_FLAGS,
    Point,
    PointKind,
    state_enumeration,
)
from interlock.verification.scene import (
    Frame,
    FrameTerms,
    Scene,
    Values,
    all_of,
    any_of,
    either,
    share_name,
)
from interlock.verification.strand import Strand
from interlock.verification.terms import Members, Term, enumeration_sort

UNDISTURBED = "nego:"
"""Prefix of the strands of the undisturbed run."""
_LOCAL_WITHOUT_HARM = ("associate", "accept", "send-data")


def goes_on(option: Option) -> bool:
    """Whether an option belongs to a run in which nobody interferes and users agree."""
    event = option.event
    if event.kind is m.EventKind.RECEIVE:
        return option.id != "fault"
    if event.kind is m.EventKind.LOCAL:
        return event.name in _LOCAL_WITHOUT_HARM
    return event.kind is m.EventKind.TRANSPORT and event.name == "ready"


@dataclass(frozen=True)
class Moment:
    """A point of a run that a property speaks of: before step ``after`` of a strand is over."""

    strand: Strand
    number: int
    """Number of the step; -1 for the end."""
    happens: z3.BoolRef
    option: Option | None = None

    @property
    def after(self) -> int:
        """Number of the values that hold right after it."""
        return self.number + 1 if self.number >= 0 else self.strand.depth


class World:
    """Everything that can happen in a composition.

    Args:
        project, abstraction, compositions: The sources.
        composition: Which one.
        with_undisturbed: Whether ``nego.x`` can be asked.
    """

    def __init__(
        self,
        project: Project,
        abstraction: Abstraction,
        compositions: Compositions,
        composition: Composition,
        *,
        with_undisturbed: bool = True,
    ) -> None:
        self.project = project
        self.composition = composition
        self.compositions = compositions
        makers = [
            (prefix + strand.name, number)
            for prefix in ("", UNDISTURBED)
            for strand in composition.strands.values()
            for number in making_steps(project.models.machines[strand.machine])
        ]
        self.scene = Scene(project, abstraction, [share_name(*maker) for maker in makers])
        for machine in project.models.machines.values():
            states = state_enumeration(machine)
            self.scene.state_names[states.name] = states.names
        self.strands = {s.name: self._strand(s.name) for s in composition.strands.values()}
        self.network = Network(self.scene, list(self.strands.values()))
        self.undisturbed: dict[str, Strand] = {}
        self._quiet: Network | None = None
        if with_undisturbed:
            self.undisturbed = {
                name: self._strand(name, depth) for name, depth in composition.undisturbed.items()
            }
            self._quiet = Network(self.scene, list(self.undisturbed.values()), quiet=True)
        self.rules = list(self._attempts())

    def _strand(self, name: str, undisturbed: int | None = None) -> Strand:
        of = self.composition.strands[name]
        machine = self.project.models.machines[of.machine]
        setting = Setting(
            name, f"{name}-config", of.identity, None if machine.role == "client" else "none"
        )
        if undisturbed is not None:
            setting = replace(
                setting, allowed=goes_on, prompt=True, depth=undisturbed, prefix=UNDISTURBED
            )
        return Strand(self.scene, machine, setting)

    # --- constraints -------------------------------------------------------------------------

    def constraints(self) -> list[z3.BoolRef]:
        """What every run fulfils."""
        found = [*self.rules]
        for strand in self.strands.values():
            found += strand.constraints
        found += self.network.constraints
        return [*self.scene.axioms, *found]

    def undisturbed_constraints(self) -> list[z3.BoolRef]:
        """What the undisturbed run fulfils; only needed where a formula names it."""
        found: list[z3.BoolRef] = []
        for strand in self.undisturbed.values():
            found += [*strand.constraints, strand.skew == 0]
        if self._quiet is not None:
            found += self._quiet.constraints
        # The clocks agree, and the window is wide enough for a second on the way.
        for strand in self.undisturbed.values():
            window = self.scene.constant(f"{strand.setting.config}.time-window", t.DURATION)
            assert not isinstance(window, Members)
            found.append(window >= 5000)
            found.append(strand.at(strand.depth) - strand.at(0) <= 1000)
            found.append(strand.at(0) == 0)
        return found

    def _attempts(self) -> Iterator[z3.BoolRef]:
        """A second attempt starts after the first failed, and only where a rule allows it."""
        native = self.scene.boolean("policy.server-is-native")
        for of in self.composition.strands.values():
            if of.after is None:
                continue
            first, second = self.strands[of.after], self.strands[of.name]
            start = self.present(second)
            yield z3.Implies(
                start, all_of([second.at(0) > first.at(first.depth), self.may_retry(first)])
            )
            yield second.party["expected"] == first.party["expected"]
        for strand in self.strands.values():
            if len(self.strands) > 2 and strand.machine.name == "native-server":
                yield z3.Implies(z3.Not(native), z3.Not(self.present(strand)))

    def may_retry(self, first: Strand) -> z3.BoolRef:
        """Whether the rules let a client try again after a run."""
        outcome = {
            "outcome.failed": self.flag(first, "failed", first.depth),
            "outcome.refused": self.flag(first, "refused", first.depth),
        }
        policy = {
            f"policy.{n}": self.scene.boolean(f"policy.{n}") for n in self.compositions.policy
        }
        frame = SceneFrame(
            self.scene,
            first.name,
            first.depth,
            first.setting.config,
            {},
            {},
            values=outcome | policy,
        )
        return any_of(frame.condition(rule.when) for rule in self.compositions.rules)

    # --- what a strand has come to -----------------------------------------------------------

    def present(self, strand: Strand) -> z3.BoolRef:
        """Whether a strand makes any step."""
        return z3.Not(strand.steps[0].quiet)

    def flag(self, strand: Strand, name: str, number: int) -> z3.BoolRef:
        """One of ``STRAND_FLAGS`` before step ``number``."""
        tests: Mapping[str, Callable[[Option], bool]] = {
            "running": lambda o: o.claim == "running",
            "committed": lambda o: o.claim == "commit-handshake",
            "confirmed": lambda o: o.delivers,
            "refused": lambda o: _is_refusal(o, strand.machine),
        }
        if name in tests:
            return any_of(strand.taken(tests[name], n) for n in range(min(number, strand.depth)))
        if name == "present":
            return self.present(strand)
        final = next(s.name for s in strand.machine.states.values() if s.is_final)
        closed = strand.states_at(number).get(final, z3.BoolVal(False))
        if name == "failed":
            return z3.And(closed, z3.Not(self.flag(strand, "committed", number)))
        return closed

    def state(self, strand: Strand, number: int) -> z3.ExprRef:
        """The state before step ``number`` as a value of the machine's state enumeration."""
        names = state_enumeration(strand.machine).names
        _, values = enumeration_sort(state_enumeration(strand.machine).name, names)
        result = values[strand.machine.initial]
        for state, is_here in strand.states_at(number).items():
            result = z3.If(is_here, values[state.removesuffix(OVER)], result)
        return result

    # --- moments and formulas ----------------------------------------------------------------

    def moments(self, point: Point) -> Iterator[Moment]:
        """Where in the unrolling a point can be."""
        strand = self.strands[point.strand]
        if point.kind is PointKind.END:
            yield Moment(strand, -1, z3.BoolVal(True))
            return
        for step in strand.steps:
            groups: dict[str, tuple[Option, list[z3.BoolRef]]] = {}
            for option, taken in step.options.values():
                if self._is_at(option, point):
                    key = option.event.name
                    groups.setdefault(key, (option, []))[1].append(taken)
            for option, ways in groups.values():
                yield Moment(strand, step.number, any_of(ways), option)

    @staticmethod
    def _is_at(option: Option, point: Point) -> bool:
        if point.kind is PointKind.CLAIM:
            claims = {"running": "running", "committed": "commit-handshake"}
            name = point.names[0]
            return option.delivers if name == "confirmed" else option.claim == claims[name]
        what, *names = point.names
        if what == "row":
            return option.row is not None and option.reaction is None and option.row.id in names
        return option.reaction is not None and option.reaction.name in names

    def frame(self, moment: Moment) -> SceneFrame:
        """The frame in which a property's formulas are read at a moment."""
        strand = moment.strand
        values = WorldValues(self, moment)
        record: Values = {}
        envelope: Values = {}
        if moment.option is not None and moment.option.event.kind is m.EventKind.RECEIVE:
            for received in strand.received:
                if (received.step, received.message.name) == (
                    moment.number,
                    moment.option.event.name,
                ):
                    record, envelope = received.record, received.envelope
        return SceneFrame(
            self.scene,
            strand.name,
            moment.number,
            strand.setting.config,
            strand.party,
            {},
            message=record,
            envelope=envelope,
            values=values,
        )


class WorldValues(Mapping[str, Term]):
    """The values of ``client.x`` and its kin at a moment."""

    def __init__(self, world: World, moment: Moment) -> None:
        self._world = world
        self._moment = moment

    def __getitem__(self, name: str) -> Term:
        root, _, field = name.partition(".")
        world = self._world
        if root == "nego":
            first = next(iter(world.undisturbed.values()))
            return self._of(first, first.depth, field)
        if root.startswith("nego-"):
            other = world.undisturbed[root.removeprefix("nego-")]
            return self._of(other, other.depth, field)
        if root.endswith("-config"):
            return self._config(root, field)
        if root in world.strands:
            strand = world.strands[root]
            if strand is self._moment.strand:
                return self._of(strand, self._moment.after, field)
            return self._elsewhere(strand, field)
        if root == "channel":
            return world.network.channel if field == "protection" else world.network.tls_client
        return world.scene.boolean(name)

    def _config(self, root: str, field: str) -> Term:
        strand = self._world.strands[root.removesuffix("-config")]
        return self._world.scene.constant(f"{root}.{field}", strand.machine.config[field].type)

    def _of(self, strand: Strand, number: int, field: str) -> Term:
        if field in STRAND_FLAGS:
            return self._world.flag(strand, field, number)
        if field == "state":
            return self._world.state(strand, number)
        session = strand.values_at(number)
        return session[field] if field in session else strand.party[field]

    def _elsewhere(self, strand: Strand, field: str) -> Term:
        """The value of another strand, as its last step before the moment left it."""
        moment = self._moment
        if moment.number < 0:
            return self._of(strand, strand.depth, field)
        at = moment.strand.at(moment.number)
        value = self._of(strand, 0, field)
        for number in range(strand.depth):
            value = either(strand.at(number) < at, self._of(strand, number + 1, field), value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass
class SceneFrame(Frame):
    """A frame with values for ``scene`` variables."""

    values: Mapping[str, Term] | None = None

    def reading(self) -> FrameTerms:
        """The reader of expressions in this frame."""
        return _SceneReading(self)


class _SceneReading(FrameTerms):
    def __init__(self, frame: SceneFrame) -> None:
        super().__init__(frame)
        self._values = frame.values

    def lookup(self, node: x.Variable) -> Term:
        if node.root is x.Root.SCENE and not node.name.startswith("party."):
            assert self._values is not None
            return self._values[node.name]
        return super().lookup(node)

    def enumeration(self, name: str) -> tuple[z3.SortRef, dict[str, z3.ExprRef]]:
        states = self._frame.scene.state_names.get(name)
        return super().enumeration(name) if states is None else enumeration_sort(name, states)


def _is_refusal(option: Option, machine: m.Machine) -> bool:
    """A refusal of the association that the partner signed, with all checks passed."""
    row = option.row
    if row is None or option.reaction is not None or row.event.kind is not m.EventKind.RECEIVE:
        return False
    signed = machine.messages.messages[row.event.name].protection == "signature"
    return signed and any(
        isinstance(action, m.Indicate) and action.kind == "rejected"
        for action in m.actions(row.body)
    )
