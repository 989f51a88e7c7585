"""Expression trees: children, walking, negation."""

from __future__ import annotations

import pytest

from interlock.model import expression as x
from interlock.model import types as t

P = x.Variable(root=x.Root.CONFIG, name="p", type=t.BOOL)
Q = x.Variable(root=x.Root.CONFIG, name="q", type=t.BOOL)
N = x.IntLiteral(value=1)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (P, ()),
        (N, ()),
        (x.Not(operand=P), (P,)),
        (x.AllOf(operands=(P, Q)), (P, Q)),
        (x.AnyOf(operands=(Q, P)), (Q, P)),
        (x.Implies(premise=P, conclusion=Q), (P, Q)),
        (x.Compare(operator="<", left=N, right=N), (N, N)),
        (x.Sum(operator="+", left=N, right=N, type=t.INT), (N, N)),
        (x.Member(element=P, collection=Q), (P, Q)),
        (x.SetLiteral(elements=(P,), type=t.SetOf(t.Enum("A"))), (P,)),
        (x.NamedCondition(name="c", condition=P), (P,)),
        (x.BuiltinCall(function="size", arguments=(P,), type=t.INT), (P,)),
        (x.PredicateCall(predicate="p", arguments=(P, Q)), (P, Q)),
        (x.OperationCall(operation="o", arguments=(P,), type=t.OCTETS), (P,)),
    ],
)
def test_children_in_order_of_evaluation(
    node: x.Expression, expected: tuple[x.Expression, ...]
) -> None:
    assert x.children(node) == expected


def test_walking_is_outside_in_and_left_to_right() -> None:
    inner = x.Not(operand=Q)
    node = x.Implies(premise=P, conclusion=inner)
    assert list(x.walk(node)) == [node, P, inner, Q]


def test_negation_is_not_doubled() -> None:
    assert x.negate(P) == x.Not(operand=P)
    assert x.negate(x.negate(P)) == P


def test_position_takes_no_part_in_comparison() -> None:
    from interlock.core.source import Span

    assert x.IntLiteral(value=1, span=Span("a", 1, 1, 2)) == x.IntLiteral(value=1)
