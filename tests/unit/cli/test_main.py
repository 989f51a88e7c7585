"""Exit codes, and what becomes of errors."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.cli import main
from interlock.cli.exits import CLEAN, FINDINGS, INTERNAL, INTERRUPTED, UNDECIDED, USAGE, Undecided
from interlock.core.diagnostics import error
from interlock.core.errors import DriftError, GenerationError, ModelError, UsageError
from interlock.core.source import Span
from unit.cli.running import interlock

Capture = pytest.CaptureFixture[str]


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], [], ["check", "--help"], ["--version"]])
def test_help_and_version_are_results(capsys: Capture, arguments: list[str]) -> None:
    run = interlock(capsys, *arguments)
    assert run.code == CLEAN
    assert run.out
    assert run.err == ""


def test_every_command_has_help(capsys: Capture) -> None:
    listed = interlock(capsys, "--help").out
    for name in main.COMMANDS:
        assert name in listed
        assert interlock(capsys, name, "--help").code == CLEAN


@pytest.mark.parametrize(
    "arguments",
    [
        ["chekc"],
        ["check", "--frmat", "json"],
        ["check", "--format", "xml"],
        ["check", "extra"],
        ["decode"],
        ["--color", "sometimes", "check"],
        ["generate", "--target"],
    ],
)
def test_wrong_usage_is_one_line_on_stderr(capsys: Capture, arguments: list[str]) -> None:
    run = interlock(capsys, *arguments)
    assert run.code == USAGE
    assert run.out == ""
    assert run.err.startswith("error: ")
    assert run.err.count("\n") == 1


FINDING = error("SM999", "bad", Span("models/x.yaml", 1, 2, 3))


@pytest.mark.parametrize(
    ("problem", "code", "text"),
    [
        (UsageError("no such target"), USAGE, "error: no such target\n"),
        (GenerationError("no formatter"), FINDINGS, "error: no formatter\n"),
        (DriftError(["a.py"]), FINDINGS, "error: 1 generated file(s) differ: a.py\n"),
        (ModelError([FINDING]), FINDINGS, "error[SM999]: bad\n --> models/x.yaml:1:2\n"),
        (Undecided("too slow"), UNDECIDED, "error: too slow\n"),
        (KeyboardInterrupt(), INTERRUPTED, ""),
    ],
)
def test_exit_code_of_each_error(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, problem: BaseException, code: int, text: str
) -> None:
    def fail(**_: Any) -> None:
        raise problem

    monkeypatch.setattr(main, "app", fail)
    run = interlock(capsys, "check")
    assert (run.code, run.out, run.err) == (code, "", text)


def test_a_fault_of_the_tool_is_a_bug_box(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr(main, "app", fail)
    run = interlock(capsys, "check", "--root", "some where")
    assert run.code == INTERNAL
    assert run.out == ""
    assert "ZeroDivisionError: inside" in run.err
    assert "command: interlock check --root 'some where'" in run.err
    assert "version: " in run.err
    assert "Please report" in run.err


def test_a_reader_that_goes_away_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise BrokenPipeError

    class Closable:
        def close(self) -> None:
            """Nothing to close."""

    monkeypatch.setattr(main, "app", fail)
    monkeypatch.setattr("sys.stderr", Closable())
    assert main.execute(["check"]) == CLEAN
