"""Arithmetic of intervals, checked against sets of numbers."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from interlock.asn1 import intervals
from interlock.asn1.types import Interval

UNIVERSE = range(-12, 13)
ends = st.one_of(st.none(), st.integers(-10, 10))


@st.composite
def interval(draw: st.DrawFn) -> Interval:
    low, high = draw(ends), draw(ends)
    if low is not None and high is not None and low > high:
        low, high = high, low
    return Interval(low, high)


unions = st.lists(interval(), max_size=4).map(tuple)


def members(one: intervals.Intervals) -> set[int]:
    return {
        n
        for n in UNIVERSE
        if any((i.low is None or i.low <= n) and (i.high is None or n <= i.high) for i in one)
    }


@given(unions, unions)
def test_set_operations(one: intervals.Intervals, other: intervals.Intervals) -> None:
    assert members(intervals.union(one, other)) == members(one) | members(other)
    assert members(intervals.intersection(one, other)) == members(one) & members(other)
    assert members(intervals.complement(one)) == set(UNIVERSE) - members(one)


@given(unions)
def test_union_is_in_rising_order_and_joined(one: intervals.Intervals) -> None:
    result = intervals.union(one, ())
    for before, after in pairwise(result):
        assert before.high is not None
        assert after.low is not None
        assert before.high + 1 < after.low


def test_bounds() -> None:
    assert intervals.bounds(()) == Interval(None, None)
    assert intervals.bounds((Interval(7, 9), Interval(-3, 2))) == Interval(-3, 9)
