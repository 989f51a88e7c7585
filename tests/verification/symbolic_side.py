"""The solver's answers for an instance of the explicit search: the same configurations, fixed."""

from __future__ import annotations

from collections.abc import Iterator

import z3

from interlock.explicit.evaluate import Value
from interlock.explicit.instance import Instance, Setup
from interlock.verification.properties import Kind
from interlock.verification.results import Check
from interlock.verification.scene import any_of
from interlock.verification.solving import Asker
from interlock.verification.strand import Strand
from interlock.verification.terms import Members, Term
from interlock.verification.verifier import Verifier
from interlock.verification.world import World


class SymbolicSide:
    """What the solver finds in one world under the configurations of an instance."""

    def __init__(self, verifier: Verifier, world: World, setup: Setup) -> None:
        self._verifier = verifier
        self._world = world
        self._setup = setup
        self._fixed = [*self._configurations(), any_of(self._environments(setup.instance))]

    def _facts(self, *more: z3.BoolRef) -> list[z3.BoolRef]:
        return [*self._world.constraints(), *more, *self._fixed]

    # --- what is fixed -------------------------------------------------------------------------

    def _configurations(self) -> Iterator[z3.BoolRef]:
        for name, strand in self._world.strands.items():
            values = self._setup.config(name)
            for item in strand.machine.config.values():
                key = f"{strand.setting.config}.{item.name}"
                if item.name == "certification-path":
                    continue  # a term of which nobody says anything
                yield from self._is(
                    key, self._world.scene.constant(key, item.type), values[item.name]
                )

    def _is(self, key: str, term: Term, value: Value) -> Iterator[z3.BoolRef]:
        if isinstance(term, Members):
            for name, present in term.present.items():
                yield present == z3.BoolVal(name in value)
            yield term.count == z3.IntVal(len(value))
            if isinstance(value, tuple):
                for n, first in enumerate(value):
                    for second in value[n + 1 :]:
                        yield self._world.scene.before(key, first, second)
        elif isinstance(value, bool):
            yield term == z3.BoolVal(value)
        elif isinstance(value, int):
            yield term == z3.IntVal(value)
        else:
            (member,) = (m for m in _members(term) if str(m).rpartition(".")[2] == value)
            yield term == member

    def _environments(self, instance: Instance) -> Iterator[z3.BoolRef]:
        scene = self._world.scene
        network = self._world.network
        for environment in instance.environments:
            parts = [
                network.insider == z3.BoolVal(environment.insider),
                network.channel == scene.member("ChannelProtection", environment.channel),
                network.tls_client == scene.member("Identity", environment.tls_client),
            ]
            for strand in self._world.strands.values():
                if strand.machine.role == "client":
                    expected = scene.member("Identity", environment.expected)
                    parts.append(strand.party["expected"] == expected)
            for name, value in environment.policy:
                parts.append(scene.boolean(f"policy.{name}") == z3.BoolVal(value))
            yield z3.And(*parts)

    # --- what is asked ---------------------------------------------------------------------------

    def reachable(self, first: str, second: str) -> set[tuple[str, str]]:
        """Joint control states of two strands through which some run passes, or in which it ends.

        Where a run passes, another one ends: from there on everybody may rest.
        """
        asker = Asker(self._facts())
        strands = self._world.strands[first], self._world.strands[second]
        places = [strand.states_at(strand.depth) for strand in strands]
        found: set[tuple[str, str]] = set()
        with asker.within() as session:
            while True:
                check = session.check(())
                if check is not Check.SAT:
                    assert check is Check.UNSAT
                    return found
                passed = set(_passed(session.model(), *strands)) - found
                assert passed
                for one, other in passed:
                    session.add(z3.Not(z3.And(places[0][one], places[1][other])))
                found |= passed

    def violated(self) -> set[str]:
        """Properties of runs that some run of these configurations violates."""
        plain = Asker(self._facts())
        with_undisturbed = Asker(self._facts(*self._world.undisturbed_constraints()))
        found = set()
        for property in self._setup.properties:
            if property.kind is not Kind.RUN or property.point is None:
                continue
            names_undisturbed = "nego" in property.formula_text + property.given_text
            asker = with_undisturbed if names_undisturbed else plain
            ways = []
            for moment in self._world.moments(property.point):
                frame = self._world.frame(moment)
                parts = [moment.happens, z3.Not(frame.condition(property.formula))]
                if property.given is not None:
                    parts.append(frame.condition(property.given))
                ways.append(z3.And(*parts))
            answer = asker.ask(any_of(ways))
            assert answer.check is not Check.UNKNOWN
            if answer.check is Check.SAT:
                found.add(property.id)
        return found


def _members(term: z3.ExprRef) -> list[z3.ExprRef]:
    sort = term.sort()
    return [sort.constructor(n)() for n in range(sort.num_constructors())]


def _passed(model: z3.ModelRef, first: Strand, second: Strand) -> Iterator[tuple[str, str]]:
    """The joint control states of a run, in order of time."""

    def history(strand: Strand) -> list[tuple[float, str]]:
        out = []
        for number in range(strand.depth + 1):
            at = float("-inf") if number == 0 else model.eval(strand.at(number - 1), True).as_long()
            states = strand.states_at(number)
            out.append((at, next(s for s, b in states.items() if z3.is_true(model.eval(b, True)))))
        return out

    one, other = history(first), history(second)
    moments = sorted({at for at, _ in (*one, *other)})
    for moment in moments:
        yield (
            [state for at, state in one if at <= moment][-1],
            [state for at, state in other if at <= moment][-1],
        )
