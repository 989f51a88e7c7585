"""The functions of the expression language itself.

Each row says which argument types are allowed and what comes out. Their meaning is fixed here
once; solver, target languages and documents implement exactly this.

============== ======================================== ========================================
function       arguments                                result
============== ======================================== ========================================
size           set or list                              number of distinct members (int)
count          list                                     number of elements, repeats counted (int)
intersects     two sets or lists of one enumeration     whether they share a member (bool)
subset         two sets or lists of one enumeration     whether the first is within the second
first-common   list, set or list                        first element of the list that is in the
                                                        other; only after ``intersects``
only           list                                     the sole element; only after ``count``
distance       two times                                absolute difference (duration)
later          two times                                the later of the two (time)
============== ======================================== ========================================
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from interlock.model.types import (
    BOOL,
    DURATION,
    INT,
    TIME,
    ListOf,
    SetOf,
    Time,
    Type,
)


def _collection(*types: Type) -> bool:
    return all(isinstance(t, SetOf | ListOf) for t in types)


def _same_element(types: Sequence[Type]) -> bool:
    elements = {t.element for t in types if isinstance(t, SetOf | ListOf)}
    return _collection(*types) and len(elements) == 1


def _size(types: Sequence[Type]) -> Type | None:
    return INT if len(types) == 1 and _collection(*types) else None


def _count(types: Sequence[Type]) -> Type | None:
    return INT if len(types) == 1 and isinstance(types[0], ListOf) else None


def _two_sets(types: Sequence[Type]) -> Type | None:
    return BOOL if len(types) == 2 and _same_element(types) else None


def _first_common(types: Sequence[Type]) -> Type | None:
    if len(types) == 2 and _same_element(types) and isinstance(types[0], ListOf):
        return types[0].element
    return None


def _only(types: Sequence[Type]) -> Type | None:
    return types[0].element if len(types) == 1 and isinstance(types[0], ListOf) else None


def _distance(types: Sequence[Type]) -> Type | None:
    return DURATION if [type(t) for t in types] == [Time, Time] else None


def _later(types: Sequence[Type]) -> Type | None:
    return TIME if [type(t) for t in types] == [Time, Time] else None


BUILTINS: dict[str, Callable[[Sequence[Type]], Type | None]] = {
    "size": _size,
    "count": _count,
    "intersects": _two_sets,
    "subset": _two_sets,
    "first-common": _first_common,
    "only": _only,
    "distance": _distance,
    "later": _later,
}
