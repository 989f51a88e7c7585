"""Streams and colours."""

from __future__ import annotations

import pytest

from interlock.cli.output import Color, Output

Capture = pytest.CaptureFixture[str]
FINDING = 'models/x.yaml:1:2: error[SM001]: bad "name"'


def test_results_and_notes_go_to_their_streams(capsys: Capture) -> None:
    output = Output()
    output.result("a result [with] brackets")
    output.note("a note [with] brackets")
    output.problem("a problem")
    out, err = capsys.readouterr()
    assert out == "a result [with] brackets\n"
    assert err == "a note [with] brackets\nerror: a problem\n"


def test_no_colour_where_nobody_looks(capsys: Capture) -> None:
    Output(Color.AUTO).findings(FINDING)
    assert capsys.readouterr().out == FINDING + "\n"


def test_colour_on_request(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    Output(Color.ALWAYS).findings(FINDING)
    out = capsys.readouterr().out
    assert "\x1b[" in out
    assert "error[SM001]" in out


@pytest.mark.parametrize("color", [Color.NEVER, Color.AUTO])
def test_no_color_is_obeyed(capsys: Capture, monkeypatch: pytest.MonkeyPatch, color: Color) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("FORCE_COLOR", "1")
    Output(color).findings(FINDING)
    assert capsys.readouterr().out == FINDING + "\n"


def test_long_lines_are_not_broken(capsys: Capture) -> None:
    Output().note("x" * 500)
    assert capsys.readouterr().err == "x" * 500 + "\n"


def test_progress_is_silent_where_nobody_looks(capsys: Capture) -> None:
    with Output().progress() as bar:
        bar.update(bar.add_task("work", total=2), completed=1)
    assert capsys.readouterr() == ("", "")
