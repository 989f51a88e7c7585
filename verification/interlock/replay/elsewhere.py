"""A replay in a process of its own, on handlers that were generated for it.

A process has one package ``iec62351_4``. Sources that differ from those it was generated from,
because they are amended, edited or read under another assumption, need handlers of their own;
so these are put first in the path of another process, which reads what to do from its standard
input and writes the replay to its standard output, both as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from interlock.core.errors import InterlockError
from interlock.model.project import load_project
from interlock.verification.results import Replay, Trace
from interlock.verification.results_json import read_plain, write_plain

_TIMEOUT = 120
"""Seconds; a replay takes one or two."""


class ElsewhereError(InterlockError):
    """The other process did not come to an end."""


@dataclass(frozen=True)
class Variant:
    """Which sources to read: folder, values of assumptions, amendments, edition."""

    root: Path
    assume: Mapping[str, str] = field(default_factory=dict)
    amend: Sequence[str] = ()
    edition: str | None = None


def perform_elsewhere(trace: Trace, variant: Variant, package: Mapping[str, bytes]) -> Replay:
    """Carry out a trace on other handlers than those of this process.

    Args:
        trace: What is to happen.
        variant: The sources that the trace speaks of.
        package: Path to octets of the package that was generated from them.

    Raises:
        ElsewhereError: The process ended with an error.
    """
    asked = json.dumps(
        {
            "root": str(variant.root),
            "assume": dict(variant.assume),
            "amend": list(variant.amend),
            "edition": variant.edition,
            "trace": write_plain(trace),
        }
    )
    with tempfile.TemporaryDirectory(prefix="interlock-") as folder:
        for name, octets in package.items():
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
        # a path of this process may hold the package as well: the other one comes first
        paths = os.pathsep.join([folder, *filter(None, sys.path)])
        try:
            done = subprocess.run(
                [sys.executable, "-m", __name__],
                input=asked,
                env={**os.environ, "PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
                capture_output=True,
                text=True,
                timeout=_TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired as problem:
            raise ElsewhereError(f"a replay took longer than {_TIMEOUT} s") from problem
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        raise ElsewhereError(f"a replay on handlers of changed sources failed: {last}")
    return read_plain(Replay, json.loads(done.stdout))


def _main() -> None:
    from interlock.replay.perform import perform

    asked = json.load(sys.stdin)
    project = load_project(
        Path(asked["root"]), asked["assume"], amend=asked["amend"], edition=asked["edition"]
    )
    replay = perform(read_plain(Trace, asked["trace"]), project)
    json.dump(write_plain(replay), sys.stdout)


if __name__ == "__main__":
    _main()
