"""Deciding properties of runs: one question to the solver, over everything that can happen.

The unrolling is complete up to the bound that the rank of the machines allows
(``interlock.verification.options.bound``), so ``unsat`` is a proof and not only a search that
found nothing. The rank itself is checked by networkx: the states have no circle.
"""

from __future__ import annotations

import builtins
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import z3

from interlock.model import expression as x
from interlock.verification.kept_proofs import (
    Facts,
    KeptProof,
    KeptProofs,
    indexed,
    still_holds,
)
from interlock.verification.properties import Property
from interlock.verification.results import Check, Obligation, Status, Verdict
from interlock.verification.scene import all_of, any_of
from interlock.verification.solving import Asker, Proof, prove, second_opinion
from interlock.verification.traces import Plainest, Teller
from interlock.verification.world import World


@dataclass(frozen=True, eq=False)
class _Twin:
    """A question whether something can happen, and the literal that stands for it."""

    property: Property
    literal: z3.BoolRef
    question: z3.BoolRef

    @builtins.property
    def name(self) -> str:
        return str(self.literal)


class RunDecider:
    """Decides properties in one world.

    Args:
        world: Everything that can happen.
        proofs: Proofs of earlier sources; without, everything is proved anew.
    """

    def __init__(self, world: World, proofs: KeptProofs | None = None) -> None:
        self._world = world
        self._proofs = proofs
        self._facts = world.constraints()
        self._undisturbed = world.undisturbed_constraints()

    @property
    def bound(self) -> int:
        """The greatest number of steps of all parties together."""
        return sum(strand.depth for strand in self._world.strands.values())

    @cached_property
    def _asker(self) -> Asker:
        """The solver with the facts of every run; asked once, it has read them.

        That takes longer than most questions. Processes that are forked afterwards find it done,
        and each starts from the same: what it answers does not depend on the others.
        """
        asker = Asker(self._facts)
        asker.ask()
        return asker

    @cached_property
    def _index(self) -> Facts:
        return indexed(self._facts)

    @cached_property
    def _index_undisturbed(self) -> Facts:
        return indexed(self._undisturbed)

    def warm_up(self, properties: Iterable[Property]) -> None:
        """Do what processes that are forked from this one would all do."""
        _ = self._asker
        if self._proofs is not None and any(self._kept(p) is not None for p in properties):
            _ = self._index, self._index_undisturbed

    def decide(self, property: Property, variant: str, expected: str, *, second: bool) -> Verdict:
        """Decide one property; with ``second``, a proof is asked of the second solver as well."""
        verdict = self.look(property, variant, expected, second=second)
        twin = verdict.twin
        if twin is Check.NOT_ASKED:
            twin = self.twins([property])[property.id]
        return finished(verdict, twin)

    def look(self, property: Property, variant: str, expected: str, *, second: bool) -> Verdict:
        """A proof or a run that violates a property; whether it speaks of anything is left open."""
        violation = self._violation(property)
        model = None
        if expected == Status.VIOLATED.value:  # then a run is looked for first, and not a proof
            model = self._plainest(property, violation)
        opinion, proof = Check.NOT_ASKED, Proof(Check.SAT, (), 0)
        if model is None:
            proof, opinion = self._proof(property, violation, second=second)
        if proof.check is Check.SAT and model is None:
            model = self._plainest(property, violation)
        words = "no run within the bound violates the formula"
        obligation = Obligation("run", words, proof.check, opinion, proof.work)
        trace, reason = None, ""
        if model is not None:
            trace = Teller(self._world, model).trace(f"not so: {property.words}")
        elif proof.check is Check.SAT:
            reason = "the solver lost the run that it had found"
        return Verdict(
            property.id,
            variant,
            Status.UNKNOWN if trace is None else Status.VIOLATED,
            expected,
            "run",
            (obligation,),
            Check.NOT_ASKED if trace is None or property.twins else Check.SAT,
            trace,
            reason=reason,
            bound=self.bound,
        )

    def _plainest(self, property: Property, violation: z3.BoolRef) -> z3.ModelRef | None:
        more = self._more_about(property)
        return Plainest(self._world, self._asker, all_of([*more, violation])).model()

    # --- proofs ------------------------------------------------------------------------------

    def check(self, property: Property) -> Check:
        """Whether a run violates a property; no second opinion and no trace."""
        return self._proof(property, self._violation(property), second=False)[0].check

    def _proof(
        self, property: Property, violation: z3.BoolRef, *, second: bool
    ) -> tuple[Proof, Check]:
        found = self._found_again(property, violation)
        proof, opinion = found or (
            prove([*self._facts, *self._more_about(property)], violation),
            Check.NOT_ASKED,
        )
        if proof.check is not Check.UNSAT:
            return proof, Check.NOT_ASKED
        missing = second and opinion is Check.NOT_ASKED
        if missing:
            opinion = second_opinion(proof.script)
        if self._proofs is not None and (missing or found is None):
            self._proofs.put(self._name(property), proof, opinion)
        return proof, opinion

    def _found_again(self, property: Property, violation: z3.BoolRef) -> tuple[Proof, Check] | None:
        kept = self._kept(property)
        if kept is None:
            return None
        facts = [self._index, indexed(self._rests(property))]
        if names_undisturbed(property):
            facts.append(self._index_undisturbed)
        return still_holds(kept, facts, violation)

    def _kept(self, property: Property) -> KeptProof | None:
        return None if self._proofs is None else self._proofs.find(self._name(property))

    def _name(self, property: Property) -> str:
        variant = "+".join(amendment.id for amendment in self._world.project.amendments)
        return f"{property.id} {variant}"

    # --- twins -------------------------------------------------------------------------------

    def twins(self, properties: Iterable[Property]) -> dict[str, Check]:
        """Whether what each property speaks of can happen.

        One run can show that for many properties, so as many as possible are asked together.
        """
        found = list(properties)
        questions = [
            _Twin(property, z3.Bool(f"twin {number} of {property.id}"), question)
            for property in found
            for number, question in enumerate(self._twins(property))
        ]
        shown: set[str] = set()
        if any(names_undisturbed(property) for property in found):
            shown |= set(self._shown(questions, self._undisturbed))
        plain = [q for q in questions if not names_undisturbed(q.property) and q.name not in shown]
        shown |= set(self._shown(plain, ()))
        answers: dict[str, list[Check]] = {property.id: [] for property in found}
        for twin in questions:
            is_shown = twin.name in shown
            answers[twin.property.id].append(Check.SAT if is_shown else self._asked_alone(twin))
        return {id: all_possible(of_one) for id, of_one in answers.items()}

    def _shown(self, twins: Sequence[_Twin], more: Sequence[z3.BoolRef]) -> Iterator[str]:
        """Names of twins that runs show, each run as many as the solver grants."""
        with self._asker.within(*more) as session:
            session.add(*(z3.Implies(twin.literal, twin.question) for twin in twins))
            open_ones = list(reversed(twins))
            while open_ones and (kept := session.granted([twin.literal for twin in open_ones])):
                run, names = session.model(), set(map(str, kept))
                for twin in list(open_ones):
                    holds = run.eval(twin.question, model_completion=True)
                    if twin.name in names or z3.is_true(holds):
                        open_ones.remove(twin)
                        yield twin.name

    def _asked_alone(self, twin: _Twin) -> Check:
        more = self._undisturbed if names_undisturbed(twin.property) else ()
        return self._asker.ask(*more, twin.question).check

    # --- formulas ----------------------------------------------------------------------------

    def _more_about(self, property: Property) -> list[z3.BoolRef]:
        """What besides the facts of every run may be supposed where a property is asked."""
        more = list(self._rests(property))
        return more + self._undisturbed if names_undisturbed(property) else more

    def _violation(self, property: Property) -> z3.BoolRef:
        return any_of(self._violations(property))

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


def finished(verdict: Verdict, twin: Check) -> Verdict:
    """A verdict, once it is known whether the property speaks of anything."""
    if verdict.status is Status.VIOLATED:
        return replace(verdict, twin=twin)
    status, reason = status_of(verdict.obligations[0].first, twin)
    if status is Status.VIOLATED:  # and yet there is no trace
        status = Status.UNKNOWN
    return replace(verdict, status=status, twin=twin, reason=verdict.reason or reason)


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


def names_undisturbed(property: Property) -> bool:
    """Whether a property compares with what happens when nobody interferes."""
    nodes = (property.formula, property.given, *property.twins)
    return any(
        isinstance(part, x.Variable)
        and part.root is x.Root.SCENE
        and part.name.partition(".")[0].split("-")[0] == "nego"
        for node in nodes
        if node is not None
        for part in x.walk(node)
    )
