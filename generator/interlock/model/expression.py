"""Typed expressions: what every interpretation of a condition reads.

A node carries its type and its position. There are no other nodes than these; whoever
interprets expressions (solver terms, target languages, plain words) handles each of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from interlock.core.source import Span
from interlock.model.types import BOOL, DURATION, INT, ListOf, Opaque, SetOf, Type
from interlock.model.types import Enum as EnumType


class Root(Enum):
    """Where a variable lives."""

    MESSAGE = "m"  # the received SecPDU or authentication value
    ENVELOPE = "e"  # the EnvPDU that carried it
    CONFIG = "config"  # policy and capabilities; fixed for an association
    SESSION = "session"  # the association's own variables
    ARGUMENT = "argument"  # parameters of a local service primitive
    PARAMETER = "parameter"  # parameters of a check list
    SENT = "sent"  # the SecPDU sent last, in the actions after it
    FAILURE = "failure"  # the failed check, in the actions that answer it
    NOW = "now"  # the local clock
    SCENE = "scene"  # parties of a composition, in properties; "client.state" is its name


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """Base of all expression nodes."""

    type: Type
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoolLiteral(Node):
    """true or false."""

    value: bool
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class IntLiteral(Node):
    """An integer."""

    value: int
    type: Type = INT


@dataclass(frozen=True, slots=True, kw_only=True)
class DurationLiteral(Node):
    """A duration in milliseconds; ``text`` is as written (``10 min``)."""

    value: int
    text: str
    type: Type = DURATION


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumLiteral(Node):
    """A member of an enumeration."""

    member: str
    type: EnumType


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLiteral(Node):
    """A set or list of enumeration values, in order of writing."""

    elements: tuple[Expression, ...]
    type: SetOf | ListOf


@dataclass(frozen=True, slots=True, kw_only=True)
class NoneLiteral(Node):
    """The value of an opaque type that nothing accepts."""

    type: Opaque


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedCondition(Node):
    """A use of a condition that a machine names once."""

    name: str
    condition: Expression
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable(Node):
    """A field of a root; ``name`` is empty for ``now`` and for the message as a whole."""

    root: Root
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """Negation."""

    operand: Expression
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class AllOf(Node):
    """Conjunction, evaluated left to right."""

    operands: tuple[Expression, ...]
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf(Node):
    """Disjunction, evaluated left to right."""

    operands: tuple[Expression, ...]
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Implies(Node):
    """Implication."""

    premise: Expression
    conclusion: Expression
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Node):
    """``==`` ``!=`` ``<`` ``<=`` ``>`` ``>=`` on operands of one type."""

    operator: str
    left: Expression
    right: Expression
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Member(Node):
    """Membership of an enumeration value in a set or list."""

    element: Expression
    collection: Expression
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum(Node):
    """Addition or subtraction of integers, times and durations."""

    operator: str  # "+" or "-"
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltinCall(Node):
    """A function of the language itself; see ``interlock.model.builtins``."""

    function: str
    arguments: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PredicateCall(Node):
    """A declared predicate: no effect; its truth comes from the run-time or the attacker model."""

    predicate: str
    arguments: tuple[Expression, ...]
    type: Type = BOOL


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationCall(Node):
    """A declared operation: may draw randomness or use keys; only in actions."""

    operation: str
    arguments: tuple[Expression, ...]
    acts_only: bool = False  # without a result


Expression = (
    BoolLiteral
    | IntLiteral
    | DurationLiteral
    | EnumLiteral
    | SetLiteral
    | NoneLiteral
    | NamedCondition
    | Variable
    | Not
    | AllOf
    | AnyOf
    | Implies
    | Compare
    | Member
    | Sum
    | BuiltinCall
    | PredicateCall
    | OperationCall
)


def children(node: Expression) -> tuple[Expression, ...]:
    """The direct sub-expressions, in order of evaluation."""
    match node:
        case Not():
            return (node.operand,)
        case AllOf() | AnyOf():
            return node.operands
        case Implies():
            return (node.premise, node.conclusion)
        case Compare() | Sum():
            return (node.left, node.right)
        case Member():
            return (node.element, node.collection)
        case SetLiteral():
            return node.elements
        case NamedCondition():
            return (node.condition,)
        case BuiltinCall() | PredicateCall() | OperationCall():
            return node.arguments
        case _:
            return ()


def walk(node: Expression) -> Iterator[Expression]:
    """The expression and everything in it, outside in."""
    yield node
    for child in children(node):
        yield from walk(child)


def negate(node: Expression) -> Expression:
    """The opposite condition, without a double negation."""
    if isinstance(node, Not):
        return node.operand
    return Not(operand=node, span=node.span)
