"""The world of the matrix: what a pair of policies comes to, alone and with an attacker.

Two solvers share one world: one knows the undisturbed runs, one everything that can happen. Both
take a policy as assumptions (``interlock.verification.matrix_oracle``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import z3

from interlock.core import data as d
from interlock.core.diagnostics import error
from interlock.core.errors import ModelError
from interlock.model import machine as m
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction
from interlock.verification.composition import OUTCOME
from interlock.verification.matrix_oracle import Oracle
from interlock.verification.matrix_policies import NONE, SECOND_ATTEMPT, Outcome, Policies, Policy
from interlock.verification.matrix_regions import Place
from interlock.verification.results import Check
from interlock.verification.scene import all_of, any_of
from interlock.verification.terms import Members
from interlock.verification.world import Moment, SceneFrame, World, goes_on

UNKNOWN = "unknown"
"""The solver reached its resource limit, or the policy does not decide the outcome."""
IMPOSSIBLE = "impossible"
"""No configuration has this policy."""


@dataclass(frozen=True)
class Fate:
    """What a pair comes to: names of outcomes, or ``NONE``, ``UNKNOWN``, ``IMPOSSIBLE``."""

    without: str
    worst: str

    @property
    def is_decided(self) -> bool:
        """Whether both are known."""
        return UNKNOWN not in (self.without, self.worst)


class MatrixWorld:
    """A world with the dimensions of policies.

    Args:
        project, abstraction: The sources.
        policies: Typed against the same project.
    """

    def __init__(self, project: Project, abstraction: Abstraction, policies: Policies) -> None:
        self.policies = policies
        self.world = World(project, abstraction, policies.compositions, policies.composition)
        self._frame = self._at_the_end()
        self.check_dimensions()

    def _at_the_end(self) -> SceneFrame:
        strand = next(iter(self.world.strands.values()))
        return self.world.frame(Moment(strand, -1, z3.BoolVal(True)))

    def oracles(self, assume: Iterable[d.Scalar] = (), *, widen: bool = True) -> Fates:
        """Both solvers, with further conditions on all configurations."""
        terms = [*self.policies.assume, *map(self.policies.typed, assume)]
        shared = [self._frame.condition(node) for node in terms]
        conditions = {
            key: self._frame.condition(node) for key, node in self.policies.conditions.items()
        }
        without = {o.id: self._frame.condition(o.without) for o in self.policies.outcomes}
        without[NONE] = z3.Not(any_of(without.values()))
        forced = {o.id: self._forced(o) for o in self.policies.outcomes}
        stations = list(self._stations())
        second = self._second_attempt()
        undisturbed = self.world.undisturbed_constraints()
        everything = self.world.constraints()
        axioms = list(self.world.scene.axioms)  # grows while conditions are read
        dimensions = self.policies.dimensions
        quiet = Oracle(
            [*axioms, *undisturbed, *self._limits(), second, *shared],
            dimensions,
            conditions,
            without,
            widen=widen,
        )
        attacked = Oracle(
            [*axioms, *everything, *stations, *self._users(), *shared],
            dimensions,
            conditions,
            forced,
            plain=self._plain(),
            widen=widen,
        )
        return Fates([o.id for o in self.policies.outcomes], quiet, attacked)

    def _forced(self, outcome: Outcome) -> z3.BoolRef:
        ways = []
        for moment in self.world.moments(outcome.point):
            frame = self.world.frame(moment)
            ways.append(z3.And(moment.happens, frame.condition(outcome.when)))
        return any_of(ways)

    def _second_attempt(self) -> z3.BoolRef:
        """What the rules of establishment say to the first attempt that nobody disturbs."""
        scene = self.world.scene
        first = next(iter(self.world.strands.values()))
        first_attempt = self.policies.first_attempt
        values = {f"outcome.{n}": self._frame.condition(first_attempt[n]) for n in OUTCOME}
        values |= {
            f"policy.{n}": scene.boolean(f"policy.{n}") for n in self.policies.compositions.policy
        }
        config = first.setting.config
        frame = SceneFrame(scene, first.name, first.depth, config, {}, {}, values=values)
        rules = [frame.condition(rule.when) for rule in self.policies.compositions.rules]
        return scene.boolean(SECOND_ATTEMPT) == any_of(rules)

    def _limits(self) -> Iterator[z3.BoolRef]:
        """Received values that the configuration limits are within the limit."""
        for strand in self.world.undisturbed.values():
            for received in strand.received:
                for name, limit in self.policies.limits.items():
                    if name in received.record and limit in strand.machine.config:
                        most = strand.setting.config + "." + limit
                        kind = strand.machine.config[limit].type
                        greatest = self.world.scene.constant(most, kind)
                        value = received.record[name]
                        assert not isinstance(value, Members)
                        assert not isinstance(greatest, Members)
                        yield value <= greatest

    def _stations(self) -> Iterator[z3.BoolRef]:
        """A station has run, and has signed with, only the machines that it has."""
        has = {n: self._frame.condition(node) for n, node in self.policies.machines.items()}
        for strand in self.world.strands.values():
            if strand.machine.name in has:
                yield z3.Implies(self.world.present(strand), has[strand.machine.name])
        by_run = {
            (strand.setting.identity, strand.machine.mode): has[strand.machine.name]
            for strand in self.world.strands.values()
            if strand.machine.name in has
        }
        for origins in self.world.network.origins:
            mode = self.world.network.strands[origins.received.strand].machine.mode
            for run in origins.other_runs:
                if (run.signer, mode) in by_run:
                    yield z3.Implies(run.chosen, by_run[run.signer, mode])

    def _users(self) -> Iterator[z3.BoolRef]:
        """The users of both sides agree to the association: a refusal of theirs is no attack."""
        for strand in self.world.strands.values():
            for step in strand.steps:
                for option, taken in step.options.values():
                    if option.event.kind is m.EventKind.LOCAL and not goes_on(option):
                        yield z3.Not(taken)

    def _plain(self) -> Iterator[z3.BoolRef]:
        """Runs in which little happens are runs of many policies."""
        for strand in self.world.strands.values():
            yield z3.Not(self.world.present(strand))
        yield z3.Not(self.world.network.insider)

    def check_dimensions(self) -> None:
        """Refuse values of a dimension that hold together, or that never do.

        Raises:
            ModelError: PRP033.
        """
        conditions = {k: self._frame.condition(n) for k, n in self.policies.conditions.items()}
        spans = self.policies.spans
        for dimension in self.policies.dimensions:
            earlier: list[str] = []
            for value in dimension.values:
                key = (dimension.id, value)
                if not _can_be(conditions[key]):
                    raise ModelError([error("PRP033", f'"{value}" never holds', spans[key])])
                for other in earlier:
                    if _can_be(conditions[key], conditions[dimension.id, other]):
                        text = f'"{value}" and "{other}" can hold together'
                        raise ModelError([error("PRP033", text, spans[key])])
                earlier.append(value)

    def check_policies(self, fates: Fates) -> None:
        """Refuse policies that no configuration has.

        Raises:
            ModelError: PRP035.
        """
        first_of = {"client": self.policies.clients[0], "server": self.policies.servers[0]}
        for client in self.policies.clients:
            self._demand(fates, client, client, first_of["server"])
        for server in self.policies.servers:
            self._demand(fates, server, first_of["client"], server)

    def _demand(self, fates: Fates, named: Policy, client: Policy, server: Policy) -> None:
        if fates.without(self.policies.place(client, server)) == IMPOSSIBLE:
            text = f'no configuration has the policy "{named.id}"'
            raise ModelError([error("PRP035", text, named.span)])


class Fates:
    """What pairs of policies come to, under one set of facts."""

    def __init__(self, outcomes: Sequence[str], quiet: Oracle, attacked: Oracle) -> None:
        self._outcomes = outcomes
        self._quiet = quiet
        self._attacked = attacked

    @property
    def asked(self) -> int:
        """How often a solver was asked."""
        return self._quiet.asked + self._attacked.asked

    def of(self, place: Place) -> Fate:
        """What a pair comes to."""
        without = self.without(place)
        return Fate(without, self._worst(place) if without != IMPOSSIBLE else IMPOSSIBLE)

    def without(self, place: Place) -> str:
        """The outcome when nobody interferes."""
        answers = {o: self._quiet.ask(o, place) for o in (*self._outcomes, NONE)}
        possible = [o for o, answer in answers.items() if answer is Check.SAT]
        if Check.UNKNOWN in answers.values() or len(possible) > 1:
            return UNKNOWN
        return possible[0] if possible else IMPOSSIBLE

    def _worst(self, place: Place) -> str:
        for outcome in reversed(self._outcomes):
            answer = self._attacked.ask(outcome, place)
            if answer is not Check.UNSAT:
                return outcome if answer is Check.SAT else UNKNOWN
        return NONE

    def is_protected(self, fate: Fate) -> bool:
        """Whether nothing worse can be forced than what comes about alone.

        An association where there would be none counts as worse: it is with somebody else.
        """
        if not fate.is_decided or IMPOSSIBLE in (fate.without, fate.worst):
            return False
        if NONE in (fate.without, fate.worst):
            return fate.worst == NONE
        return self._outcomes.index(fate.worst) <= self._outcomes.index(fate.without)


def _can_be(*conditions: z3.BoolRef) -> bool:
    solver = z3.Solver()
    solver.add(all_of(conditions))
    return bool(solver.check() == z3.sat)
