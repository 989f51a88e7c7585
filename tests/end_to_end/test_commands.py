"""The command line as a user runs it: a program of its own, from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CAPTURE = ROOT / "tests" / "captures" / "aarq-initiate-request.hex"


def interlock(
    folder: Path, *arguments: str, stdin: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run the program in ``folder``; it finds the project by itself."""
    return subprocess.run(
        [sys.executable, "-m", "interlock.cli.main", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        input=b"" if stdin is None else stdin,
        capture_output=True,
        timeout=90,
        check=False,
    )


def test_check(tmp_path: Path) -> None:
    done = interlock(tmp_path, "check", "--format", "json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == b""
    assert json.loads(done.stdout)["errors"] == 0


def test_check_of_a_damaged_copy(tmp_path: Path) -> None:
    for name in ("spec", "models"):
        (tmp_path / name).mkdir()
    done = interlock(tmp_path, "check", "--format", "short")
    assert done.returncode == 1
    assert b"error[SPC001]" in done.stdout


@pytest.mark.slow
def test_build_and_use_what_was_built(tmp_path: Path) -> None:
    done = interlock(tmp_path, "build", "--out", str(tmp_path / "python"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b" ok ") == 3
    used = subprocess.run(
        [sys.executable, "-m", "iec62351_4.selftest"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "python")},
        capture_output=True,
        timeout=90,
        check=False,
    )
    assert used.returncode == 0, used.stdout


@pytest.mark.slow
def test_generated_files_are_up_to_date(tmp_path: Path) -> None:
    done = interlock(tmp_path, "generate", "--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_decode_reads_files_and_stdin(tmp_path: Path) -> None:
    by_file = interlock(tmp_path, "decode", str(CAPTURE))
    by_stdin = interlock(tmp_path, "decode", "-", stdin=CAPTURE.read_bytes())
    assert by_file.returncode == by_stdin.returncode == 0
    assert by_file.stdout == by_stdin.stdout
    assert b"initiate-RequestPDU" in by_file.stdout


def test_decode_of_nonsense(tmp_path: Path) -> None:
    done = interlock(tmp_path, "decode", "-", stdin=bytes(range(200, 256)))
    assert done.returncode == 1
    assert b"malformed at offset" in done.stdout
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", [["decode", "nothing-there"], ["chekc"], ["check", "--x"]])
def test_wrong_usage(tmp_path: Path, arguments: list[str]) -> None:
    done = interlock(tmp_path, *arguments)
    assert done.returncode == 2
    assert done.stdout == b""
    assert done.stderr.count(b"\n") == 1
