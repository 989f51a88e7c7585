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
_SECRETS = frozenset((*_FRESH, *_MADE))


class Renaming:
    """Renames the terms of one state; ``values`` are those that somebody has at hand.

    ``deepest`` says how deep the deepest new name is, counted in terms within terms.
    """

    def __init__(self, values: Iterable[Value]) -> None:
        self._values = {value for value in values if _is_secret(value)}
        self._numbers: dict[Value, int] = {}
        self._names: dict[Value, tuple[Value, int]] = {}
        self._makeable: dict[Value, bool] = {}
        self.deepest = 0

    def of(self, term: Value) -> Value:
        """The term under its new name."""
        if type(term) is not tuple or not term or term[0] not in _SECRETS:
            return term
        name, depth = self._named(term)
        self.deepest = max(self.deepest, depth)
        return name

    def _named(self, term: Value) -> tuple[Value, int]:
        """The new name of a term, and how deep it is."""
        if not _is_secret(term):
            return term, 0
        found = self._names.get(term)
        if found is None:
            found = self._names[term] = self._name_of(term)
        return found

    def _name_of(self, term: Value) -> tuple[Value, int]:
        kind, arguments = term[0], _arguments(term)
        if kind in _FRESH or not all(map(self._can_be_made, arguments)):
            number = self._numbers.setdefault(term, len(self._numbers))
            # A key pair still says of which groups it is.
            return ("pair", ATOM, number, term[3]) if kind == "pair" else (ATOM, number), 1
        named = [self._named(argument) for argument in arguments]
        names = tuple(name for name, _ in named)
        depth = 1 + max((depth for _, depth in named), default=0)
        if kind == "derive-keys":
            return derived(names[0], names[1], names[2:]), depth
        return (kind, *names), depth

    def _can_be_made(self, term: Value) -> bool:
        if not _is_secret(term) or term in self._values:
            return True
        if term[0] in _FRESH:
            return False
        found = self._makeable.get(term)
        if found is None:
            found = self._makeable[term] = all(map(self._can_be_made, _arguments(term)))
        return found


def _is_secret(term: Value) -> bool:
    return isinstance(term, tuple) and bool(term) and term[0] in _SECRETS


def _arguments(term: Value) -> tuple[Value, ...]:
    if term[0] == "derive-keys":
        return (*term[1], *term[2:])
    return tuple(term[1:])
