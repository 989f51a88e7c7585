"""Signs, CSS classes and words for verdicts: the same in every report.

A sign always stands beside a colour, so that colour is never the only carrier.
"""

from __future__ import annotations

import re

from interlock.verification.results import Check, Replay, ReplayStatus, Status, Verdict

SIGNS = {Status.PROVED: "✓", Status.VIOLATED: "✗", Status.UNKNOWN: "?"}
CLASSES = {Status.PROVED: "good", Status.VIOLATED: "bad", Status.UNKNOWN: "warn"}

METHODS = {
    "run": "all runs up to the number of steps that the rank function allows, which is every run",
    "step": "every row by itself, from every state of the variables",
    "invariant": "induction: it holds at the start, every row keeps it, it implies the property",
}
"""Words for ``Verdict.method``; others are shown as they are."""

TWINS = {
    Check.SAT: "reached: what the property speaks of can happen, so a proof is not vacuous",
    Check.UNSAT: "never reached: a proof would be vacuous",
    Check.UNKNOWN: "not decided",
    Check.NOT_ASKED: "not asked",
}

REPLAYS = {
    ReplayStatus.REPRODUCED: "reproduced on the generated handlers, with real cryptography",
    ReplayStatus.DIVERGED: "the generated handlers do otherwise",
    ReplayStatus.NOT_TRIED: "not tried on the generated handlers",
}


def anchor(*parts: str) -> str:
    """A fragment identifier; different parts give different ones."""
    return "--".join(_slug(part) for part in parts)


def _slug(text: str) -> str:
    """Letters, digits, hyphens and dots stay; everything else is written as its code point."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda match: f"_{ord(match[0]):x}_", text)


def expectation(verdict: Verdict) -> str:
    """Whether a verdict is the one that the property file expects."""
    if not verdict.expected:
        return "nothing was expected"
    if verdict.is_as_expected:
        return "as expected"
    return f"NOT as expected: {verdict.expected} was expected"


def method(verdict: Verdict) -> str:
    """How a verdict was come to."""
    words = METHODS.get(verdict.method, "")
    bound = f"; {verdict.bound} steps" if verdict.bound else ""
    return f"{verdict.method}{bound} ({words})" if words else f"{verdict.method}{bound}"


def replay(outcome: Replay) -> str:
    """What the generated handlers say to a trace, in one line."""
    parts = [REPLAYS[outcome.status]]
    if outcome.stops_at is not None:
        parts.append(f"at step {outcome.stops_at}")
    text = " ".join(parts)
    return f"{text}: {outcome.words}" if outcome.words else text


def headline(verdict: Verdict) -> str:
    """A verdict in one line, without its variant."""
    text = f"{verdict.status.value}, {expectation(verdict)}"
    if verdict.trace is not None:
        text += f"; attack in {len(verdict.trace.steps)} steps"
        if verdict.replay.status is not ReplayStatus.NOT_TRIED:
            text += f", {REPLAYS[verdict.replay.status]}"
    if verdict.reason:
        text += f"; {verdict.reason}"
    return text


def amount(number: int, one: str, many: str = "") -> str:
    """``1 step``, ``2 steps``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
