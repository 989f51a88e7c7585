"""Regions of policies: products of sets of values, and how to say a set of policies with few.

Pure combinatorics over finite dimensions; no solver.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TypeAlias

Place: TypeAlias = tuple[str, ...]
"""One value for each dimension, in their order."""


@dataclass(frozen=True)
class Dimension:
    """A choice that an operator has; ``of`` says whose: ``client`` or ``server``."""

    id: str
    of: str
    words: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Region:
    """All places whose values are among those given, dimension by dimension."""

    values: tuple[frozenset[str], ...]

    @classmethod
    def of(cls, dimensions: Iterable[Dimension], some: Mapping[str, Iterable[str]]) -> Region:
        """The region in which the dimensions of ``some`` have these values, the others any."""
        return cls(tuple(frozenset(some.get(each.id, each.values)) for each in dimensions))

    def __contains__(self, place: Place) -> bool:
        return all(value in some for value, some in zip(place, self.values, strict=True))

    def widened(self, number: int, values: Iterable[str]) -> Region:
        """The region with further values of the dimension at ``number``."""
        some = self.values[number] | frozenset(values)
        return Region((*self.values[:number], some, *self.values[number + 1 :]))

    def places(self, dimensions: Sequence[Dimension]) -> Iterator[Place]:
        """Every place in it, in the order of the dimensions' values."""
        ordered = [
            [value for value in dimension.values if value in some]
            for dimension, some in zip(dimensions, self.values, strict=True)
        ]
        return product(*ordered)


def everywhere(dimensions: Sequence[Dimension]) -> Region:
    """The region of all places."""
    return Region.of(dimensions, {})


def cover(
    dimensions: Sequence[Dimension], wanted: Sequence[Place], allowed: Callable[[Place], bool]
) -> tuple[Region, ...]:
    """Regions that hold every wanted place and only allowed ones; each as wide as can be.

    The first place that no region holds yet is widened, first by whole dimensions, the last one
    before the others, then by single values. What is found is the same on every run, and each
    region is a weakest condition; that there are as few as possible is not promised, but those that
    the others make superfluous are left out.
    """
    found: list[Region] = []
    left = list(wanted)
    while left:
        region = _widest(dimensions, left[0], allowed)
        found.append(region)
        left = [place for place in left if place not in region]
    return _needed(found, wanted)


def _widest(
    dimensions: Sequence[Dimension], place: Place, allowed: Callable[[Place], bool]
) -> Region:
    region = Region(tuple(frozenset((value,)) for value in place))
    numbers = list(range(len(dimensions)))[::-1]
    steps = [(n, dimensions[n].values) for n in numbers]
    steps += [(n, (value,)) for n in numbers for value in dimensions[n].values]
    for number, values in steps:
        wider = region.widened(number, values)
        new = wider.values[number] - region.values[number]
        only_new = Region((*wider.values[:number], new, *wider.values[number + 1 :]))
        if all(map(allowed, only_new.places(dimensions))):
            region = wider
    return region


def _needed(regions: list[Region], wanted: Sequence[Place]) -> tuple[Region, ...]:
    kept = list(regions)
    for region in reversed(regions):
        others = [other for other in kept if other is not region]
        if all(any(place in other for other in others) for place in wanted):
            kept = others
    return tuple(kept)


def in_words(dimensions: Sequence[Dimension], region: Region) -> str:
    """A region as a condition: ``fallback never or after any failure; pin no``."""
    parts = []
    for dimension, some in zip(dimensions, region.values, strict=True):
        names = [value for value in dimension.values if value in some]
        if len(names) < len(dimension.values):
            parts.append(f"{dimension.words}: {' or '.join(names)}")
    return "; ".join(parts) or "always"
