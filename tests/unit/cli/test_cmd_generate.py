"""``interlock generate``."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.cli.cmd_generate import default_out
from unit.cli.running import ROOT, copy_of_project, damage, interlock

Capture = pytest.CaptureFixture[str]


def test_writing_checking_and_writing_again(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "python"
    first = interlock(capsys, "generate", "--root", ROOT, "--out", out)
    assert first.code == 0
    assert "written  iec62351_4/codec/iec62351_4_e2e.py" in first.out
    again = interlock(capsys, "generate", "--root", ROOT, "--out", out)
    assert again.out == ""
    assert "0 written" in again.err
    clean = interlock(capsys, "generate", "--root", ROOT, "--out", out, "--check")
    assert (clean.code, clean.out) == (0, "")

    damage(out / "iec62351_4" / "tables.py", "#", "# changed\n#")
    drifted = interlock(capsys, "generate", "--root", ROOT, "--out", out, "--check")
    assert drifted.code == 1
    assert "different  iec62351_4/tables.py" in drifted.out
    assert "-# changed" in drifted.out
    assert drifted.err == "error: 1 generated file(s) differ: iec62351_4/tables.py\n"

    dry = interlock(capsys, "generate", "--root", ROOT, "--out", out, "--dry-run")
    assert dry.code == 0
    assert "-# changed" in dry.out
    assert "# changed" in (out / "iec62351_4" / "tables.py").read_text(encoding="utf-8")


def test_switching_an_assumption_changes_the_codecs(capsys: Capture) -> None:
    out = ROOT / "generated" / "python"
    run = interlock(
        capsys, "generate", "--root", ROOT, "--out", out, "--dry-run", "--assume", "Q1=EXPLICIT"
    )
    assert "different  iec62351_4/codec/iec62351_4_e2e.py" in run.out


def test_nothing_is_written_for_faulty_models(capsys: Capture, tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    damage(root / "models" / "vocabulary.yaml", "use: hmac", "use: hmca")
    out = tmp_path / "out"
    run = interlock(capsys, "generate", "--root", root, "--out", out)
    assert run.code == 1
    assert "error[DAT014]" in run.err
    assert "^^^^" in run.err
    assert run.out == ""
    assert not out.exists()


def test_own_files_in_the_folder_are_left_alone(capsys: Capture, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "mine.txt").write_text("mine", encoding="utf-8")
    run = interlock(capsys, "generate", "--root", ROOT, "--out", out)
    assert run.code == 1
    assert "mine.txt" in run.err
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "arguments", [["--check", "--dry-run"], ["--target", "cobol"], ["--assume", "Q1"]]
)
def test_wrong_usage(capsys: Capture, tmp_path: Path, arguments: list[str]) -> None:
    run = interlock(capsys, "generate", "--root", ROOT, "--out", tmp_path / "x", *arguments)
    assert run.code == 2
    assert run.err.startswith("error: ")
    assert not (tmp_path / "x").exists()


def test_the_default_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert default_out(ROOT, "python") == ROOT / "generated" / "python"
    monkeypatch.chdir(tmp_path)
    assert default_out(tmp_path / "installed", "c") == tmp_path / "generated" / "c"


@pytest.mark.parametrize("option", [["--amend", "request-hash"], ["--edition", "2018"]])
def test_amended_code_is_not_written_over_the_captured(capsys: Capture, option: list[str]) -> None:
    run = interlock(capsys, "generate", "--root", ROOT, *option)
    assert run.code == 2
    assert "need --out DIR" in run.err


def test_the_difference_that_an_amendment_makes(capsys: Capture) -> None:
    run = interlock(capsys, "generate", "--root", ROOT, "--dry-run", "--amend", "pp-in-tbs")
    assert run.code == 0
    assert "iec62351_4/codec/iec62351_4_e2e.py" in run.out
