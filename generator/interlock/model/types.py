"""The types of the expression language.

Closed and finite where they can be: a condition is total, has no side effect, and means the
same to a solver, to a handler and to a reader. ``opaque`` types are handed around by
operations and never looked into.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bool:
    """true or false."""

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True, slots=True)
class Int:
    """An integer (sequence numbers, counts)."""

    def __str__(self) -> str:
        return "int"


@dataclass(frozen=True, slots=True)
class Time:
    """A point in time, in milliseconds since the epoch, UTC."""

    def __str__(self) -> str:
        return "time"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time in milliseconds, never negative."""

    def __str__(self) -> str:
        return "duration"


@dataclass(frozen=True, slots=True)
class Octets:
    """Octets; only equality is defined."""

    def __str__(self) -> str:
        return "octets"


@dataclass(frozen=True, slots=True)
class Text:
    """Characters (an assoID); only equality is defined."""

    def __str__(self) -> str:
        return "text"


@dataclass(frozen=True, slots=True)
class Enum:
    """A declared enumeration, by name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class SetOf:
    """A set of members of an enumeration."""

    element: Enum

    def __str__(self) -> str:
        return f"set of {self.element}"


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of members of an enumeration; the order is a preference, first is best."""

    element: Enum

    def __str__(self) -> str:
        return f"list of {self.element}"


@dataclass(frozen=True, slots=True)
class Opaque:
    """A value that only operations understand (key pairs, keys, salts)."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Message:
    """A received message as a whole; argument of predicates and operations.

    ``name`` is None in declarations that take any message.
    """

    name: str | None = None

    def __str__(self) -> str:
        return self.name or "message"


Type = Bool | Int | Time | Duration | Octets | Text | Enum | SetOf | ListOf | Opaque | Message

BOOL, INT, TIME, DURATION, OCTETS, TEXT = Bool(), Int(), Time(), Duration(), Octets(), Text()

PLAIN: dict[str, Type] = {
    "bool": BOOL,
    "int": INT,
    "time": TIME,
    "duration": DURATION,
    "octets": OCTETS,
    "text": TEXT,
    "message": Message(),
}


def fits(actual: Type, expected: Type) -> bool:
    """Whether a value of type ``actual`` may stand where ``expected`` is declared."""
    if isinstance(expected, Message) and isinstance(actual, Message):
        return expected.name is None or expected.name == actual.name
    if isinstance(expected, SetOf) and isinstance(actual, ListOf):
        return expected.element == actual.element  # a list is also the set of its elements
    return actual == expected
