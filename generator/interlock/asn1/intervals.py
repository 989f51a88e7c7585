"""Sets of integers as unions of intervals; ``None`` is an end that is not bounded."""

from __future__ import annotations

from interlock.asn1.types import Interval

Intervals = tuple[Interval, ...]

ALL: Intervals = (Interval(None, None),)


def _low_key(interval: Interval) -> tuple[bool, int]:
    return (interval.low is not None, interval.low or 0)


def union(one: Intervals, other: Intervals) -> Intervals:
    """All numbers of either; intervals in rising order, touching ones joined."""
    result: list[Interval] = []
    for interval in sorted((*one, *other), key=_low_key):
        last = result[-1] if result else None
        if last is not None and (
            last.high is None or interval.low is None or interval.low <= last.high + 1
        ):
            if last.high is None or interval.high is None:
                high = None
            else:
                high = max(last.high, interval.high)
            result[-1] = Interval(last.low, high)
        else:
            result.append(interval)
    return tuple(result)


def intersection(one: Intervals, other: Intervals) -> Intervals:
    """All numbers of both."""
    result: list[Interval] = []
    for a in one:
        for b in other:
            lows = [n for n in (a.low, b.low) if n is not None]
            highs = [n for n in (a.high, b.high) if n is not None]
            low, high = max(lows, default=None), min(highs, default=None)
            if low is None or high is None or low <= high:
                result.append(Interval(low, high))
    return union(tuple(result), ())


def complement(one: Intervals) -> Intervals:
    """All other numbers."""
    result: list[Interval] = []
    low: int | None = None
    for interval in union(one, ()):
        if interval.low is not None:
            result.append(Interval(low, interval.low - 1))
        if interval.high is None:
            return tuple(result)
        low = interval.high + 1
    result.append(Interval(low, None))
    return tuple(result)


def bounds(one: Intervals) -> Interval:
    """The lowest and highest number: what MIN and MAX mean under this parent."""
    joined = union(one, ()) or ALL
    return Interval(joined[0].low, joined[-1].high)
