"""Names for secrets that do not grow: terms up to renaming.

Key changes go on for ever, and each new salt contains the one before it. What can no more be made
again, because something that it was made from is nowhere else, is as good as a fresh value; it is
replaced by an atom, everywhere. Atoms are numbered in the order in which they are met, so that two
states that differ only in which change of keys they belong to are one. Terms are only compared, so
nothing that a party does depends on the names.
"""

from __future__ import annotations

from collections.abc import Iterable

from interlock.explicit.evaluate import Value, derived

ATOM = "atom"
_FRESH = (ATOM, "pair")
_MADE = ("derive-keys", "first-salt", "next-salt", "token2")


class Renaming:
    """Renames the terms of one state; ``values`` are those that somebody has at hand."""

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = {value for value in values if _is_secret(value)}
        self._numbers: dict[Value, int] = {}

    def of(self, term: Value) -> Value:
        """The term under its new name."""
        if not _is_secret(term):
            return term
        if term[0] in _FRESH or not all(map(self._can_be_made, _arguments(term))):
            number = self._numbers.setdefault(term, len(self._numbers))
            # A key pair still says of which groups it is.
            return ("pair", ATOM, number, term[3]) if term[0] == "pair" else (ATOM, number)
        if term[0] == "derive-keys":
            rest = tuple(self.of(argument) for argument in term[2:])
            return derived(self.of(term[1][0]), self.of(term[1][1]), rest)
        return (term[0], *(self.of(argument) for argument in term[1:]))

    def _can_be_made(self, term: Value) -> bool:
        if not _is_secret(term) or term in self._values:
            return True
        return term[0] not in _FRESH and all(map(self._can_be_made, _arguments(term)))


def _is_secret(term: Value) -> bool:
    return isinstance(term, tuple) and bool(term) and term[0] in (*_FRESH, *_MADE)


def _arguments(term: Value) -> tuple[Value, ...]:
    if term[0] == "derive-keys":
        return (*term[1], *term[2:])
    return tuple(term[1:])
