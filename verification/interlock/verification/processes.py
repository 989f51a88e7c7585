"""Work in processes of their own: forked from one that has read everything, and so many at a time.

A task is called in a fork of the process that asks for it, with a function that gives values back.
Tasks may have tasks in turn: those of all of them together share one set of ``Tokens``.
"""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import TYPE_CHECKING, Any, TypeAlias

from interlock.core.errors import InterlockError

Say = Callable[[object], None]
Task = Callable[[Say], None]
if TYPE_CHECKING:
    _Pipe: TypeAlias = Connection[Any, Any]

_CONTEXT = multiprocessing.get_context("fork")
_PATIENCE = 0.05
"""Seconds between two looks for a free token, while answers may come in."""


class LostProcess(InterlockError):
    """A process ended without saying why, perhaps because memory ran out."""


class Tokens:
    """How many processes may work at a time. Whoever works holds a token."""

    def __init__(self, number: int) -> None:
        self._free = _CONTEXT.Semaphore(number)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Hold a token."""
        self._free.acquire()
        try:
            yield
        finally:
            self.give_back()

    def take(self, patience: float | None) -> bool:
        """Take a token; with patience (seconds), perhaps not."""
        return self._free.acquire(timeout=patience)

    def give_back(self) -> None:
        """Let another process work."""
        self._free.release()


@dataclass(frozen=True)
class _Value:
    what: object


@dataclass(frozen=True)
class _Failure:
    what: BaseException


class _Ended:
    """The task is over."""


def in_processes(tasks: Sequence[Task], tokens: Tokens | None = None) -> Iterator[object]:
    """What tasks give back, as it comes; each task in a process of its own.

    Args:
        tasks: Started in this order.
        tokens: Each task holds one as long as it runs. Without, all are started at once, and see
            themselves to how much of them works at a time.

    Raises:
        LostProcess: A process ended by itself. What a task raises is raised here as well; the
            other tasks are ended then.
    """
    waiting = deque(tasks)
    running: dict[_Pipe, ForkProcess] = {}
    try:
        while waiting or running:
            if waiting and (tokens is None or tokens.take(_PATIENCE if running else None)):
                connection, process = _start(waiting.popleft(), tokens)
                running[connection] = process
            ready = wait(list(running), timeout=0 if waiting else None)
            for connection in [one for one in running if one in ready]:
                try:
                    said = connection.recv()
                except EOFError:
                    process = running.pop(connection)
                    process.join()
                    raise LostProcess(f"a process ended with code {process.exitcode}") from None
                if isinstance(said, _Ended):
                    running.pop(connection).join()
                elif isinstance(said, _Failure):
                    raise said.what
                else:
                    yield said.what
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            process.join()


def _start(task: Task, tokens: Tokens | None) -> tuple[_Pipe, ForkProcess]:
    ours, theirs = _CONTEXT.Pipe(duplex=False)
    # A process without a token has processes of its own, which a daemon may not have.
    process = _CONTEXT.Process(
        target=_carry_out, args=(task, theirs, tokens), daemon=tokens is not None
    )
    process.start()
    theirs.close()
    return ours, process


def _carry_out(task: Task, connection: _Pipe, tokens: Tokens | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that its own processes end as well
    try:
        task(lambda value: connection.send(_Value(value)))
        connection.send(_Ended())
    except Exception as problem:
        connection.send(_Failure(problem))
    finally:
        if tokens is not None:
            tokens.give_back()
        connection.close()
