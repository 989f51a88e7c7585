"""The exit codes are those that scripts rely on."""

from __future__ import annotations

from interlock.cli import exits
from interlock.core.errors import InterlockError


def test_codes() -> None:
    codes = [exits.CLEAN, exits.FINDINGS, exits.USAGE, exits.UNDECIDED, exits.INTERNAL]
    assert codes == [0, 1, 2, 3, 70]


def test_undecided_is_an_error_of_the_tool() -> None:
    assert issubclass(exits.Undecided, InterlockError)
