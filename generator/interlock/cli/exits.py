"""Exit codes of the program, and the error for questions without an answer."""

from __future__ import annotations

from interlock.core.errors import InterlockError

CLEAN = 0
FINDINGS = 1
"""Errors in the input, drift, a malformed PDU, a failed self-test."""
USAGE = 2
UNDECIDED = 3
"""A time limit, or a tool that is required and missing."""
INTERNAL = 70
INTERRUPTED = 130


class Undecided(InterlockError):
    """A question has no answer: a time limit was reached, or a required tool is missing."""
