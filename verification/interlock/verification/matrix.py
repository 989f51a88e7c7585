"""The policy matrix: which client with which server is safe from a downgrade, and what helps.

For each client policy (row) and server policy (column) of ``verification/policies.yaml``: what the
pair comes to undisturbed, and the weakest completed association that an attacker can bring the
client to. Besides the pairs named there the whole product of the dimensions is decided, and said
as the weakest conditions under which a pair is protected. ``unknown`` is never protected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from pathlib import Path

from interlock.model.project import Project, load_project
from interlock.verification.abstraction import load_abstraction
from interlock.verification.composition import load_compositions
from interlock.verification.matrix_policies import (
    NONE,
    Policies,
    Policy,
    RemedyOf,
    load_policies,
)
from interlock.verification.matrix_regions import Place, Region, cover, in_words
from interlock.verification.matrix_world import IMPOSSIBLE, Fate, Fates, MatrixWorld

CAPTURED = "captured"


@dataclass(frozen=True)
class MatrixPolicy:
    """A row or a column: its id, what it is, and its value in each dimension."""

    id: str
    words: str
    values: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class MatrixCell:
    """A pair of policies.

    Attributes:
        client, server: Ids of its policies.
        without: The outcome without an attacker.
        worst: The weakest outcome that an attacker can force upon a completed association.
        protected: Whether that is no worse.
        why: Ids of the properties whose traces show the attack.
    """

    client: str
    server: str
    without: str
    worst: str
    protected: bool
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class LargestSet:
    """All pairs of policies that the dimensions allow, as conditions that are as weak as can be.

    Attributes:
        pairs: How many pairs of policies there are (contradictory ones left out).
        associating: How many of them associate when nobody interferes.
        protected: How many of all pairs are protected.
        protected_where: A pair is protected exactly when one of these holds.
        open_where: A pair is not protected exactly when one of these holds.
        undecided: How many pairs the solver could not decide.
    """

    pairs: int
    associating: int
    protected: int
    protected_where: tuple[str, ...]
    open_where: tuple[str, ...]
    undecided: int


@dataclass(frozen=True)
class RemedyEffect:
    """What a remedy does when both sides have it.

    Attributes:
        id, words: Which it is.
        amendments: The amendments in force.
        protects: Pairs (client, server) that it protects in addition and that still associate.
        loses: Pairs that associated and no longer do, without an attacker.
        interoperates: Whether a party with it still associates with one without; None where that
            is a matter of policy and not of messages.
        undecided: Pairs that the solver could not decide.
    """

    id: str
    words: str
    amendments: tuple[str, ...]
    protects: tuple[tuple[str, str], ...]
    loses: tuple[tuple[str, str], ...]
    interoperates: bool | None
    undecided: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Matrix:
    """The matrix of one variant."""

    variant: str
    outcomes: tuple[str, ...]
    clients: tuple[MatrixPolicy, ...]
    servers: tuple[MatrixPolicy, ...]
    cells: tuple[MatrixCell, ...]
    largest: LargestSet | None = None
    remedies: tuple[RemedyEffect, ...] = ()

    def cell(self, client: str, server: str) -> MatrixCell:
        """The cell of a pair."""
        return next(c for c in self.cells if (c.client, c.server) == (client, server))

    @property
    def is_decided(self) -> bool:
        """Whether the solver decided every pair of the matrix, of the product and of remedies."""
        cells = all("unknown" not in (c.without, c.worst) for c in self.cells)
        largest = self.largest is None or self.largest.undecided == 0
        return cells and largest and not any(r.undecided for r in self.remedies)


class MatrixDecider:
    """Works out the matrix of one variant of the specification.

    Args:
        root: Folder with ``spec/``, ``models/`` and ``verification/``.
        amend: Ids of the amendments in force.
        file: Another policy file than the shipped one.
        project: The project with these amendments, where it has been read already.
        widen: See ``interlock.verification.matrix_oracle.Oracle``.
    """

    def __init__(
        self,
        root: Path,
        amend: Sequence[str] = (),
        *,
        file: Path | None = None,
        project: Project | None = None,
        widen: bool = True,
    ) -> None:
        self._root = root
        self._file = file
        self._widen = widen
        self._project = project or load_project(root, amend=amend)
        self.variant = "+".join(a.id for a in self._project.amendments) or CAPTURED
        abstraction = load_abstraction(root, self._project)
        compositions = load_compositions(root, self._project)
        self.policies = load_policies(root, self._project, abstraction, compositions, file)
        self.world = MatrixWorld(self._project, abstraction, self.policies)

    @cached_property
    def fates(self) -> Fates:
        """What pairs come to in this variant, without any remedy."""
        fates = self.world.oracles(widen=self._widen)
        self.world.check_policies(fates)
        return fates

    def matrix(self) -> Matrix:
        """The cells of the policies that the file names."""
        policies = self.policies
        return Matrix(
            self.variant,
            (*(o.id for o in policies.outcomes), NONE),
            tuple(map(_shown, policies.clients)),
            tuple(map(_shown, policies.servers)),
            tuple(
                self._cell(client, server)
                for client in policies.clients
                for server in policies.servers
            ),
        )

    def _cell(self, client: Policy, server: Policy) -> MatrixCell:
        place = self.policies.place(client, server)
        fate = self.fates.of(place)
        protected = self.fates.is_protected(fate)
        why = () if protected else _why(self.policies, place, fate)
        return MatrixCell(client.id, server.id, fate.without, fate.worst, protected, why)

    def largest(self) -> LargestSet:
        """The largest set of protected pairs, over the whole product of the dimensions."""
        dimensions = self.policies.dimensions
        places = list(product(*(dimension.values for dimension in dimensions)))
        fates = {place: self.fates.of(place) for place in places}
        safe = {place for place, fate in fates.items() if self.fates.is_protected(fate)}
        none = {place for place, fate in fates.items() if fate.without == IMPOSSIBLE}
        rest = {place for place in places if place not in safe and place not in none}
        possible = [place for place in places if place not in none]
        return LargestSet(
            len(possible),
            sum(fates[place].without != NONE for place in possible),
            len(safe),
            self._conditions(places, safe, rest),
            self._conditions(places, rest, safe),
            sum(not fates[place].is_decided for place in possible),
        )

    def _conditions(
        self, places: Sequence[Place], wanted: set[Place], others: set[Place]
    ) -> tuple[str, ...]:
        """Weakest conditions that hold for the wanted places and none of the others."""
        dimensions = self.policies.dimensions
        ordered = [place for place in places if place in wanted]
        regions = cover(dimensions, ordered, lambda place: place not in others)
        _demand_exact(regions, wanted, others)
        return tuple(in_words(dimensions, region) for region in regions)

    # --- remedies ----------------------------------------------------------------------------

    def remedies(self) -> tuple[RemedyEffect, ...]:
        """What each remedy of the file does to the captured matrix."""
        return tuple(map(self.remedy, self.policies.remedies))

    def remedy(self, remedy: RemedyOf) -> RemedyEffect:
        """What one remedy does, when both sides have it."""
        other = self
        if remedy.amend:
            other = MatrixDecider(self._root, remedy.amend, file=self._file, widen=self._widen)
        if remedy.assume or remedy.amend:
            fates = other.world.oracles(remedy.assume, widen=self._widen)
        else:
            fates = self.fates
        protects, loses, undecided = [], [], []
        for client in self.policies.clients:
            for server in self.policies.servers:
                pair = (client.id, server.id)
                place = self.policies.place(client, server)
                before, after = self.fates.of(place), fates.of(self._changed(place, remedy))
                if not (before.is_decided and after.is_decided):
                    undecided.append(pair)
                elif before.without != NONE and after.without == NONE:
                    loses.append(pair)
                elif fates.is_protected(after) and not self.fates.is_protected(before):
                    protects.append(pair)
        amendments = other._project.amendments if remedy.amend else ()
        return RemedyEffect(
            remedy.id,
            remedy.words,
            remedy.amend,
            tuple(protects),
            tuple(loses),
            all(a.interoperates for a in amendments) if amendments else None,
            tuple(undecided),
        )

    def _changed(self, place: Place, remedy: RemedyOf) -> Place:
        if place not in remedy.where:
            return place
        return tuple(
            remedy.set.get(dimension.id, value)
            for dimension, value in zip(self.policies.dimensions, place, strict=True)
        )


def policy_matrix(
    root: Path, *, file: Path | None = None, project: Project | None = None
) -> Matrix:
    """The captured matrix with the largest protected set and all remedies.

    Raises:
        InputError: The sources or the policy file have faults.
    """
    decider = MatrixDecider(root, file=file, project=project)
    found = decider.matrix()
    return Matrix(
        found.variant,
        found.outcomes,
        found.clients,
        found.servers,
        found.cells,
        decider.largest(),
        decider.remedies(),
    )


def _demand_exact(regions: Sequence[Region], wanted: set[Place], others: set[Place]) -> None:
    """The conditions are those of the set: they hold for all of it and nothing else."""
    missed = [place for place in wanted if not any(place in region for region in regions)]
    wrong = [place for place in others if any(place in region for region in regions)]
    if missed or wrong:
        raise AssertionError(f"conditions miss {missed[:1]} and hold for {wrong[:1]}")


def _why(policies: Policies, place: Place, fate: Fate) -> tuple[str, ...]:
    return tuple(
        attack.property
        for attack in policies.attacks
        if fate.worst in attack.forces
        and fate.without in attack.instead_of
        and place in attack.where
    )


def _shown(policy: Policy) -> MatrixPolicy:
    return MatrixPolicy(policy.id, policy.words, tuple(policy.values.items()))
