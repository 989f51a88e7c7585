"""Deciding properties of runs: one question to the solver, over everything that can happen.

The unrolling is complete up to the bound that the rank of the machines allows
(``interlock.verification.options.bound``), so ``unsat`` is a proof and not only a search that
found nothing. The rank itself is checked by networkx: the states have no circle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import z3

from interlock.model import expression as x
from interlock.verification.properties import Property
from interlock.verification.results import Check, Obligation, Status, Verdict
from interlock.verification.scene import all_of, any_of
from interlock.verification.solving import Asker, Proof, prove, second_opinion
from interlock.verification.traces import Plainest, Teller
from interlock.verification.world import World


class RunDecider:
    """Decides properties in one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._facts = world.constraints()
        self._undisturbed = world.undisturbed_constraints()

    @property
    def bound(self) -> int:
        """The greatest number of steps of all parties together."""
        return sum(strand.depth for strand in self._world.strands.values())

    def decide(self, property: Property, variant: str, expected: str, *, second: bool) -> Verdict:
        """Decide one property; with ``second``, a proof is asked of the second solver as well."""
        facts = self._facts_about(property)
        violation = any_of(self._violations(property))
        asker = Asker(facts)
        model = None
        if expected == Status.VIOLATED.value:  # then a run is looked for first, and not a proof
            model = Plainest(self._world, asker, violation).model()
        proof = prove(facts, violation) if model is None else Proof(Check.SAT, (), 0)
        if proof.check is Check.SAT and model is None:
            model = Plainest(self._world, asker, violation).model()
        opinion = Check.NOT_ASKED
        if proof.check is Check.UNSAT and second:
            opinion = second_opinion(proof.script)
        twin = Check.SAT  # a run that violates the formula reaches what it speaks of
        if model is None or property.twins:
            twin = all_possible(asker.ask(question).check for question in self._twins(property))
        words = "no run within the bound violates the formula"
        obligation = Obligation("run", words, proof.check, opinion, proof.work)
        status, reason = status_of(proof.check, twin)
        trace = None
        if model is not None:
            trace = Teller(self._world, model).trace(f"not so: {property.words}")
        elif proof.check is Check.SAT:
            status, reason = Status.UNKNOWN, "the solver lost the run that it had found"
        return Verdict(
            property.id,
            variant,
            status,
            expected,
            "run",
            (obligation,),
            twin,
            trace,
            reason=reason,
            bound=self.bound,
        )

    def status(self, property: Property) -> Status:
        """What ``decide`` says without its trace, which costs most where there is one."""
        facts = self._facts_about(property)
        proof = prove(facts, any_of(self._violations(property)))
        if proof.check is not Check.UNSAT:
            return status_of(proof.check, Check.SAT)[0]
        asker = Asker(facts)
        twin = all_possible(asker.ask(question).check for question in self._twins(property))
        return status_of(proof.check, twin)[0]

    def _facts_about(self, property: Property) -> list[z3.BoolRef]:
        facts = [*self._facts, *self._rests(property)]
        if any(map(_names_undisturbed, (property.formula, property.given, *property.twins))):
            facts += self._undisturbed
        return facts

    def _rests(self, property: Property) -> Iterator[z3.BoolRef]:
        """What a party does after the moment of the property changes nothing about it."""
        assert property.point is not None
        numbers = [moment.number for moment in self._world.moments(property.point)]
        strand = self._world.strands[property.point.strand]
        last = max(numbers, default=-1)
        if 0 <= last < strand.depth - 1 and min(numbers) >= 0:
            yield strand.steps[last + 1].quiet

    def _violations(self, property: Property) -> Iterator[z3.BoolRef]:
        assert property.point is not None
        for moment in self._world.moments(property.point):
            frame = self._world.frame(moment)
            parts = [moment.happens]
            if property.given is not None:
                parts.append(frame.condition(property.given))
            yield all_of([*parts, z3.Not(frame.condition(property.formula))])

    def _twins(self, property: Property) -> Iterator[z3.BoolRef]:
        """What has to be possible: for each twin, that it holds where the property speaks."""
        assert property.point is not None
        for twin in property.twins or (None,):
            ways = []
            for moment in self._world.moments(property.point):
                frame = self._world.frame(moment)
                wanted = [node for node in (property.given, twin) if node is not None]
                ways.append(all_of([moment.happens, *map(frame.condition, wanted)]))
            yield any_of(ways)


def all_possible(answers: Iterable[Check]) -> Check:
    """SAT when all are; otherwise what the first says that is not."""
    return next((answer for answer in answers if answer is not Check.SAT), Check.SAT)


def status_of(answer: Check, twin: Check) -> tuple[Status, str]:
    """The verdict that follows from the answers, and why it is unknown where it is."""
    if answer is Check.SAT:
        return Status.VIOLATED, ""
    if answer is Check.UNKNOWN:
        return Status.UNKNOWN, "the solver reached its resource limit"
    if twin is Check.SAT:
        return Status.PROVED, ""
    if twin is Check.UNKNOWN:
        return Status.UNKNOWN, "whether the property speaks of anything is undecided"
    return Status.UNKNOWN, "vacuous: what the property speaks of cannot happen"


def _names_undisturbed(node: x.Expression | None) -> bool:
    return node is not None and any(
        isinstance(part, x.Variable)
        and part.root is x.Root.SCENE
        and part.name.partition(".")[0].split("-")[0] == "nego"
        for part in x.walk(node)
    )
