"""Replay cache: retention, restart, capacity."""

from __future__ import annotations

import pytest

from iec62351_4.errors import ConfigurationError, LocalProtocolError
from iec62351_4.replay import (
    WINDOW_MS,
    ReplayCache,
    ReplayKey,
    not_before_after_restart,
    sufficient_retention,
)

NOW = 1_790_000_000_000


def key(name: str, time: int) -> ReplayKey:
    return (name.encode(), time)


def test_second_use_is_a_replay_and_others_are_not() -> None:
    cache = ReplayCache()
    cache.insert(key("a", NOW), NOW, NOW)
    assert cache.is_replay(key("a", NOW), NOW)
    assert not cache.is_replay(key("b", NOW), NOW)
    assert not cache.is_replay(key("a", NOW + 1), NOW + 1)


def test_insertion_of_a_replay_is_refused() -> None:
    cache = ReplayCache()
    cache.insert(key("a", NOW), NOW, NOW)
    with pytest.raises(LocalProtocolError) as caught:
        cache.insert(key("a", NOW), NOW, NOW)
    assert caught.value.state == "token-seen"


def test_replay_of_token_from_the_future_edge_of_the_window() -> None:
    """A token is remembered for as long as its time is acceptable, also with a clock step."""
    step = 60_000
    cache = ReplayCache(retention=sufficient_retention(WINDOW_MS, step))
    time = NOW + WINDOW_MS
    cache.insert(key("a", time), time, NOW)
    last_acceptable = time + WINDOW_MS
    for now in (NOW, last_acceptable, last_acceptable + step):
        assert cache.has_room(now)  # drops what has expired
        assert cache.is_replay(key("a", time), time)
    assert cache.has_room(last_acceptable + step + 1)
    assert len(cache) == 0


def test_retention_of_one_window_would_allow_that_replay() -> None:
    """The sanity twin: with the ten minutes of the rule alone, the same token passes again."""
    cache = ReplayCache(retention=WINDOW_MS)
    time = NOW + WINDOW_MS
    cache.insert(key("a", time), time, NOW)
    later = time + WINDOW_MS
    assert cache.has_room(later)
    assert not cache.is_replay(key("a", time), time)
    assert later - time <= WINDOW_MS


def test_clock_step_forward_and_back_within_the_limit_forgets_nothing_acceptable() -> None:
    step = 60_000
    cache = ReplayCache(retention=sufficient_retention(WINDOW_MS, step))
    time = NOW + WINDOW_MS
    cache.insert(key("a", time), time, NOW)
    ahead = NOW + sufficient_retention(WINDOW_MS, step) + 1  # the entry is dropped here ...
    assert cache.has_room(ahead)
    assert len(cache) == 0
    back = ahead - step  # ... and here its time is out of the window already
    assert back - time > WINDOW_MS


def test_restart_rule_refuses_everything_that_may_have_been_accepted_before() -> None:
    cache = ReplayCache(not_before=not_before_after_restart(NOW))
    edge = NOW + WINDOW_MS
    assert cache.is_replay(key("a", edge), edge)
    with pytest.raises(LocalProtocolError):
        cache.insert(key("a", edge), edge, NOW + 1)
    assert not cache.is_replay(key("a", edge + 1), edge + 1)


def test_full_cache_refuses_and_never_forgets_the_unexpired() -> None:
    cache = ReplayCache(capacity=2)
    cache.insert(key("a", 1), NOW, NOW)
    cache.insert(key("b", 1), NOW, NOW + 10)
    assert not cache.has_room(NOW + 10)
    with pytest.raises(LocalProtocolError) as caught:
        cache.insert(key("c", 1), NOW, NOW + 10)
    assert caught.value.state == "replay-cache-full"
    assert cache.is_replay(key("a", 1), NOW)
    assert cache.is_replay(key("b", 1), NOW)
    assert not cache.is_replay(key("c", 1), NOW)
    cache.insert(key("c", 1), NOW, NOW + sufficient_retention() + 1)  # "a" has expired by now
    assert not cache.is_replay(key("a", 1), NOW)
    assert cache.is_replay(key("b", 1), NOW)


def test_full_cache_finds_expired_entries_behind_unexpired_ones() -> None:
    """After a step back of the clock, insertion order is not the order of expiry."""
    cache = ReplayCache(capacity=2)
    cache.insert(key("late", 1), NOW, NOW + 50_000)
    cache.insert(key("early", 1), NOW, NOW)
    assert cache.has_room(NOW + sufficient_retention() + 1)
    assert cache.is_replay(key("late", 1), NOW)
    assert not cache.is_replay(key("early", 1), NOW)


@pytest.mark.parametrize("options", [{"retention": 0}, {"retention": -1}, {"capacity": 0}])
def test_senseless_configuration_is_refused(options: dict[str, int]) -> None:
    with pytest.raises(ConfigurationError):
        ReplayCache(**options)
