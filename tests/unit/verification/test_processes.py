"""Work in processes: values come back, faults are raised, tokens limit how much is done."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from interlock.core.errors import UsageError
from interlock.verification.processes import LostProcess, Say, Task, Tokens, in_processes


def squares(number: int) -> Task:
    def task(say: Say) -> None:
        say(number * number)
        say(os.getpid())

    return task


def test_every_value_comes_back_from_a_process_of_its_own() -> None:
    found = list(in_processes([squares(n) for n in range(5)], Tokens(2)))
    numbers = {value for value in found if isinstance(value, int) and value < 20}
    assert numbers == {0, 1, 4, 9, 16}
    assert len(set(found) - numbers) == 5
    assert os.getpid() not in found


def test_a_fault_is_raised_with_its_kind() -> None:
    def task(_: Say) -> None:
        raise UsageError("no such thing")

    with pytest.raises(UsageError, match="no such thing"):
        list(in_processes([task, squares(3)], Tokens(1)))


def test_a_process_that_is_gone_is_no_silence() -> None:
    def task(_: Say) -> None:
        os._exit(9)

    with pytest.raises(LostProcess, match="code 9"):
        list(in_processes([task], Tokens(1)))


def test_not_more_work_than_tokens(tmp_path: Path) -> None:
    """Each task leaves a mark as long as it works, and counts those of the others."""

    def task(say: Say) -> None:
        mark = tmp_path / str(os.getpid())
        mark.touch()
        counts = []
        for _ in range(10):
            counts.append(len(list(tmp_path.iterdir())))
            time.sleep(0.002)
        mark.unlink()
        say(max(counts))

    def lead(tokens: Tokens) -> Task:
        def several(say: Say) -> None:
            for value in in_processes([task] * 4, tokens):
                say(value)

        return several

    tokens = Tokens(2)
    found = list(in_processes([lead(tokens), lead(tokens)]))
    assert len(found) == 8
    assert max(n for n in found if isinstance(n, int)) == 2
