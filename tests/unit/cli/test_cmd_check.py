"""``interlock check``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.codegen import lint
from unit.cli.running import ROOT, copy_of_project, damage, interlock

Capture = pytest.CaptureFixture[str]
MACHINE = Path("models/machines/native-client.yaml")


@pytest.fixture
def broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one fault, seen by a tool whose templates have none."""
    monkeypatch.setattr(lint, "lint", lambda *_: [])
    root = copy_of_project(tmp_path)
    damage(root / MACHINE, "on: timer t-rekey\n", "on: timer t-rekeyed\n")
    return root


def test_the_project_is_clean(capsys: Capture) -> None:
    run = interlock(capsys, "check", "--root", ROOT, "--format", "short")
    assert run.code == 0
    assert ": error[" not in run.out
    assert "0 error(s)" in run.err


def test_coverage_goes_to_stderr(capsys: Capture) -> None:
    run = interlock(capsys, "check", "--root", ROOT, "--assume", "Q1=EXPLICIT")
    assert "EXPLICIT (file: IMPLICIT)" in run.err
    assert "1 switched: Q1=EXPLICIT" in run.err
    assert "clauses registered" in run.err
    assert "Q1" not in run.out


def test_solver_decides_guards(capsys: Capture, tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    damage(root / MACHINE, "    when: not m.changed-key\n", "")
    run = interlock(capsys, "check", "--root", root, "--format", "short")
    assert run.code == 1
    assert "error[VER001]" in run.out
    assert "questions about guards and checks decided by the solver" in run.err

    without = interlock(capsys, "check", "--root", root, "--no-guards", "--format", "short")
    assert "VER001" not in without.out


def test_text_has_an_excerpt(capsys: Capture, broken: Path) -> None:
    run = interlock(capsys, "check", "--root", broken)
    assert run.code == 1
    assert run.out.splitlines()[0] == 'error[MDL131]: unknown timer event "t-rekeyed"'
    assert f" --> {MACHINE.as_posix()}:" in run.out
    assert "^^^^^" in run.out
    assert '= help: did you mean "t-rekey"?' in run.out


def test_short_is_a_line_each(capsys: Capture, broken: Path) -> None:
    run = interlock(capsys, "check", "--root", broken, "--format", "short")
    (line,) = run.out.splitlines()
    assert line.startswith(f"{MACHINE.as_posix()}:")
    assert line.endswith(': error[MDL131]: unknown timer event "t-rekeyed"')


def test_json_is_one_object(capsys: Capture, broken: Path) -> None:
    run = interlock(capsys, "check", "--root", broken, "--format", "json")
    data = json.loads(run.out)
    assert run.code == 1
    assert (data["errors"], data["assumptions"], data["machines"]) == (1, None, None)
    assert data["findings"][0]["code"] == "MDL131"
    assert data["findings"][0]["line"] > 1


def test_json_of_a_clean_project_has_the_coverage(capsys: Capture) -> None:
    run = interlock(capsys, "check", "--root", ROOT, "--format", "json", "--assume", "Q18=300")
    data = json.loads(run.out)
    assert run.code == 0
    by_id = {a["id"]: a for a in data["assumptions"]}
    assert by_id["Q18"]["switched"]
    assert by_id["Q18"]["value"] == "300"
    assert not by_id["Q5"]["switchable"]
    assert {m["name"] for m in data["machines"]} == {
        "compatibility-client",
        "compatibility-server",
        "native-client",
        "native-server",
    }
    clauses = {c["id"]: c for c in data["clauses"]}
    assert clauses["14.3.4"]["checks"] > 20


@pytest.mark.parametrize(
    ("assume", "code"), [("Q1=WRONG", "SPC011"), ("Q5=x", "SPC012"), ("Q99=x", "SPC010")]
)
def test_assumptions_that_cannot_be_made(capsys: Capture, assume: str, code: str) -> None:
    run = interlock(capsys, "check", "--root", ROOT, "--assume", assume, "--format", "short")
    assert run.code == 1
    assert f"error[{code}]" in run.out


def test_a_limit_says_what_is_left_out(capsys: Capture) -> None:
    run = interlock(capsys, "check", "--root", ROOT, "--format", "short", "--max-errors", "1")
    assert len(run.out.splitlines()) == 1
    assert "more finding(s) not shown" in run.err


def test_rules(capsys: Capture) -> None:
    listed = interlock(capsys, "check", "--list-rules").out.splitlines()
    assert "SM024  error    an alarm is explained to the peer" in listed
    run = interlock(capsys, "check", "--explain", "SM024")
    assert run.code == 0
    assert run.out.startswith("error[SM024]: an alarm is explained to the peer\n")
    assert run.out.endswith("clause: 14.2\n")
    assert interlock(capsys, "check", "--explain", "SM999").code == 2


def test_templates_are_checked(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    finding = lint.Finding("python/x.j2", 3, "TPL002")
    monkeypatch.setattr(lint, "lint", lambda *_: [finding])
    run = interlock(capsys, "check", "--root", ROOT, "--format", "short")
    assert run.code == 1
    assert "codegen/templates/python/x.j2:3:1: error[TPL002]: comparison" in run.out


def test_a_root_without_both_folders(capsys: Capture, tmp_path: Path) -> None:
    run = interlock(capsys, "check", "--root", tmp_path)
    assert run.code == 2
    assert run.out == ""


def test_an_amended_project(capsys: Capture) -> None:
    arguments = ("check", "--root", ROOT, "--no-guards", "--amend", "request-hash")
    run = interlock(capsys, *arguments, "--edition", "2018", "--amend", "native-mark")
    assert run.code == 0
    assert "edition 2018; amendments: request-hash, native-mark" in run.err
    as_json = json.loads(interlock(capsys, *arguments, "--format", "json").out)
    assert (as_json["edition"], as_json["amendments"]) == ("2018+AMD1", ["request-hash"])


def test_amendments_are_listed(capsys: Capture) -> None:
    arguments = ("check", "--root", ROOT, "--list-amendments")
    text = interlock(capsys, *arguments).out
    assert "request-hash  (13.3; V1, V2)" in text
    assert "  with old peers: no" in text
    assert "edition 2018  (14.2)" in text
    listed = json.loads(interlock(capsys, *arguments, "--format", "json").out)
    assert (listed["edition"], listed["editions"][0]["id"]) == ("2018+AMD1", "2018")
    found = {amendment["id"]: amendment for amendment in listed["amendments"]}
    assert found["native-mark"]["interoperates"] is True
    assert {"words", "closes", "cost"} < found["request-hash"].keys()
