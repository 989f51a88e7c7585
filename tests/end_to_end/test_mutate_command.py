"""``interlock mutate`` as a user types it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from support.commands import run
from support.repository import ROOT


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with copied sources, where nothing is known yet."""
    for name in ("spec", "models"):
        shutil.copytree(ROOT / name, tmp_path / name)
    ignored = shutil.ignore_patterns("interlock", "results")
    shutil.copytree(ROOT / "verification", tmp_path / "verification", ignore=ignored)
    return tmp_path


def test_faults_are_judged_and_known_afterwards(place: Path) -> None:
    wanted = ("mutate", "--operator", "other-time", "--root", str(place))
    first = run(*wanted)
    assert first.returncode == 0, first.stderr
    assert "3 of 3 noticed (100.0%)" in first.stdout
    assert "3 decided, 0 known" in first.stderr
    again = run(*wanted, "--json")
    assert "0 decided, 3 known" in again.stderr
    rows = json.loads(again.stdout)["rows"]
    assert {row["layer"] for row in rows} == {"freshness"}


def test_an_argument_about_a_fault_that_is_noticed_is_an_error(place: Path) -> None:
    entry = '  - reason: nobody can tell\n    mutants: ["other-time:Q17=600"]\n'
    text = f"equivalents:\n{entry}explained: []\n"
    (place / "verification" / "equivalents.yaml").write_text(text, encoding="utf-8")
    found = run("mutate", "--operator", "other-time", "--root", str(place))
    assert found.returncode == 1
    assert "noticed or gone: other-time:Q17=600" in found.stdout


def test_the_same_sample_every_time(place: Path) -> None:
    wanted = ("mutate", "--file", "osi-native.yaml", "--operator", "drop-check", "--sample", "2")
    found = run(*wanted, "--seed", "1", "--no-runs", "--root", str(place), "--json")
    rows = json.loads(found.stdout)["rows"]
    assert len(rows) == 2
    again = run(*wanted, "--seed", "1", "--no-runs", "--root", str(place), "--json")
    assert json.loads(again.stdout)["rows"] == rows


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (("--operator", "drop-all"), 'no operator "drop-all"'),
        (("--operator", "drop-check", "--write"), "--write is about everything"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], complaint: str) -> None:
    found = run("mutate", *arguments)
    assert found.returncode == 2
    assert complaint in found.stderr
