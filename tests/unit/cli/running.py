"""Running the command line inside the test process."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from interlock.cli.main import execute

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Run:
    """What a command line gave."""

    code: int
    out: str
    err: str


def interlock(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> Run:
    """Run a command line; nothing of it may be left over from an earlier one."""
    capsys.readouterr()
    code = execute([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return Run(code, out, err)


def copy_of_project(folder: Path) -> Path:
    """A copy of ``spec/`` and ``models/`` that may be damaged."""
    for name in ("spec", "models"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def damage(path: Path, old: str, new: str) -> None:
    """Replace text that must occur in a file."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
