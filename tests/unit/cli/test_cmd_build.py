"""``interlock build``."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from interlock.cli import cmd_build
from unit.cli.running import ROOT, copy_of_project, damage, interlock

Capture = pytest.CaptureFixture[str]


def summary(out: str) -> dict[str, str]:
    """Step to outcome."""
    return {line[:11].strip(): line[11:19].strip() for line in out.splitlines()}


def fake_self_test(monkeypatch: pytest.MonkeyPatch, outcome: Any) -> list[dict[str, Any]]:
    calls: list[dict[str, Any]] = []

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if cmd_build.SELF_TEST not in command:
            return original(command, **options)
        calls.append(options)
        if isinstance(outcome, Exception):
            raise outcome
        return subprocess.CompletedProcess(command, outcome, "native ok\n", "")

    original = subprocess.run
    monkeypatch.setattr("interlock.cli.cmd_build.subprocess.run", run)
    return calls


def test_the_whole_of_it(capsys: Capture, tmp_path: Path) -> None:
    run = interlock(capsys, "build", "--root", ROOT, "--out", tmp_path / "python")
    assert run.code == 0, run.err
    assert summary(run.out) == {"check": "ok", "generate": "ok", "self-test": "ok"}
    assert "associations" in run.out
    assert (tmp_path / "python" / "MANIFEST.json").is_file()


def test_the_self_test_sees_only_the_generated_package(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = fake_self_test(monkeypatch, 0)
    out = tmp_path / "python"
    assert interlock(capsys, "build", "--root", ROOT, "--out", out).code == 0
    assert calls[0]["env"]["PYTHONPATH"] == str(out)
    assert calls[0]["cwd"] != str(ROOT)


def test_a_faulty_model_stops_everything(capsys: Capture, tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    damage(root / "models" / "vocabulary.yaml", "use: hmac", "use: hmca")
    run = interlock(capsys, "build", "--root", root, "--out", tmp_path / "out")
    assert run.code == 1
    assert summary(run.out) == {"check": "failed", "generate": "not run", "self-test": "not run"}
    assert "error[DAT014]" in run.err
    assert not (tmp_path / "out").exists()


def test_drift_stops_a_check(capsys: Capture, tmp_path: Path) -> None:
    run = interlock(capsys, "build", "--check", "--root", ROOT, "--out", tmp_path / "empty")
    assert run.code == 1
    assert summary(run.out) == {"check": "ok", "compare": "failed", "self-test": "not run"}
    assert "differ" in run.err


def test_a_failed_self_test(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_self_test(monkeypatch, 1)
    run = interlock(capsys, "build", "--root", ROOT, "--out", tmp_path / "python")
    assert run.code == 1
    assert summary(run.out)["self-test"] == "failed"
    assert "native ok" in run.err


def test_a_self_test_that_does_not_end_is_undecided(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_self_test(monkeypatch, subprocess.TimeoutExpired("python", 1))
    run = interlock(capsys, "build", "--root", ROOT, "--out", tmp_path / "python")
    assert run.code == 3
    assert "did not end within" in run.err
