"""The memory of tokens already accepted, so that none is accepted twice.

Theory of operation
    A token is acceptable while ``abs(token time - now) <= window``. A token stamped at the far
    future edge is accepted at ``token time - window`` and stays acceptable until
    ``token time + window``: an entry must therefore live for *twice* the window, plus the
    largest step back that the local clock may make. Keeping it for one window only, as the ten
    minutes of the rule suggest, allows a replay between peers whose clocks differ.

    A restart loses the cache. Whatever was accepted before the start carried a time of at most
    ``start + window``; refusing everything up to that time closes the gap at the price of
    refusing honest peers for one window (``not_before_after_restart``). Whether to pay it is
    the user's decision.

    When the cache is full of unexpired entries, new tokens are refused. Forgetting an unexpired
    entry would allow its replay; refusal costs only availability, and only peers with a valid
    certificate can fill the cache, because insertion follows signature verification.

This module owns no clock: ``now`` is always an argument.
"""

from __future__ import annotations

from collections.abc import Hashable

from iec62351_4.errors import ConfigurationError, LocalProtocolError

ReplayKey = tuple[Hashable, ...]
"""What identifies a token.

INTERPRETATION (Q17): (certificate hash, time) in the A-profile, (certificate hash, time,
association identifier) in the handshake. Time alone makes honest clients collide.
"""

WINDOW_MS = 600_000
"""Largest difference between a token's time and ours: ten minutes, inclusive (Q18)."""

CLOCK_STEP_BACK_MS = 60_000
"""Largest backward step of the local clock that the default retention covers."""


def sufficient_retention(window: int = WINDOW_MS, clock_step_back: int = CLOCK_STEP_BACK_MS) -> int:
    """Return how long an entry must be kept so that its token cannot be accepted twice.

    Args:
        window: Acceptance window in milliseconds.
        clock_step_back: Largest backward step of the local clock, in milliseconds.
    """
    return 2 * window + clock_step_back


def not_before_after_restart(started: int, *, window: int = WINDOW_MS) -> int:
    """Return the earliest token time that cannot have been accepted before the start.

    Args:
        started: When the process (or the cache) began, milliseconds since the epoch.
        window: Acceptance window in milliseconds.
    """
    return started + window + 1


class ReplayCache:
    """A bounded set of recently accepted tokens. Not thread-safe."""

    def __init__(
        self,
        *,
        retention: int = sufficient_retention(),
        capacity: int = 100_000,
        not_before: int | None = None,
    ) -> None:
        """Make an empty cache.

        Args:
            retention: How long an entry is kept after its insertion, in milliseconds.
            capacity: Most entries held at a time.
            not_before: Tokens with an earlier time are refused; None refuses none. See
                ``not_before_after_restart``.

        Raises:
            ConfigurationError: No retention, or no capacity.

        Security: A retention below ``sufficient_retention`` permits replays; it is not
            refused, so that assumption Q17 can be varied.
        """
        if retention < 1 or capacity < 1:
            raise ConfigurationError("replay cache: retention and capacity must be positive")
        self._retention = retention
        self._capacity = capacity
        self._not_before = not_before
        self._inserted: dict[ReplayKey, int] = {}  # in order of insertion

    def __len__(self) -> int:
        """Return how many entries are held, expired ones not yet dropped included."""
        return len(self._inserted)

    def is_replay(self, key: ReplayKey, time: int) -> bool:
        """Say whether a token was accepted before, or may have been before a restart.

        Changes nothing, so that it may be asked before the signature is verified.

        Args:
            key: What identifies the token.
            time: The token's time, milliseconds since the epoch.
        """
        if self._not_before is not None and time < self._not_before:
            return True
        return key in self._inserted

    def has_room(self, now: int) -> bool:
        """Say whether a further token can be remembered at ``now``; drops expired entries."""
        self._drop_expired(now)
        return len(self._inserted) < self._capacity

    def insert(self, key: ReplayKey, time: int, now: int) -> None:
        """Remember an accepted token.

        Args:
            key: What identifies the token.
            time: The token's time, milliseconds since the epoch.
            now: The present, milliseconds since the epoch.

        Raises:
            LocalProtocolError: The token is a replay, or the cache is full; nothing changed.
                Accepting the token regardless would allow its replay.

        Security: Call only after the signature is verified; otherwise anybody can fill the
            cache or block a token before its owner sends it.
        """
        if self.is_replay(key, time):
            raise LocalProtocolError("token-seen", "insert")
        if not self.has_room(now):
            raise LocalProtocolError("replay-cache-full", "insert")
        self._inserted[key] = now

    def withdraw(self, key: ReplayKey) -> None:
        """Undo ``insert`` of a token whose acceptance came to nothing.

        Security: Only for a step that had no effect at all. Whoever withdraws a token that was
            acted on allows its replay.
        """
        self._inserted.pop(key, None)

    def _drop_expired(self, now: int) -> None:
        # Insertion times rise except where the clock stepped back, so the expired entries are
        # almost always at the front; the full scan is needed only when there is no room.
        for key, inserted in list(self._inserted.items()) if self._is_full() else ():
            if inserted + self._retention < now:
                del self._inserted[key]
        while self._inserted:
            key, inserted = next(iter(self._inserted.items()))
            if inserted + self._retention >= now:
                return
            del self._inserted[key]

    def _is_full(self) -> bool:
        return len(self._inserted) >= self._capacity
