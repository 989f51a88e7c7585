"""``interlock verify`` and ``interlock explain`` as a user types them."""

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
    (tmp_path / "verification").mkdir()
    for path in (ROOT / "verification").iterdir():
        if path.name == "properties":
            shutil.copytree(path, tmp_path / "verification" / path.name)
        elif path.suffix == ".yaml":
            shutil.copy(path, tmp_path / "verification" / path.name)
    return tmp_path


def test_verdicts_are_printed_and_known_afterwards(place: Path) -> None:
    wanted = ("verify", "-p", "CM-1", "-p", "AC-ACC", "-p", "FR-6", "--root", str(place))
    first = run(*wanted)
    assert first.returncode == 0, first.stderr
    assert "1 proved, 2 violated, 0 unknown" in first.stdout
    assert "3 decided, 0 known" in first.stderr
    again = run(*wanted)
    assert again.stdout == first.stdout
    assert "0 decided, 3 known" in again.stderr


def test_machine_readable(place: Path) -> None:
    done = run("verify", "-p", "CM-1", "-p", "CM-4", "--json", "--root", str(place))
    verdicts = {v["property"]: v for v in json.loads(done.stdout)}
    assert verdicts["CM-1"]["status"] == "violated"
    assert verdicts["CM-1"]["replay"]["status"] == "reproduced"
    assert verdicts["CM-4"]["status"] == "proved"
    assert {o["second"] for o in verdicts["CM-4"]["obligations"]} == {"unsat"}


def test_deleted_check_flips_a_named_property(place: Path) -> None:
    """HA-13 is what keeps the server to the algorithms that were offered."""
    path = place / "models/checks/native-handshake.yaml"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "{id: HA-13," not in line), "utf-8")
    wanted = ("-p", "DS-2.client", "-p", "AC-ACC.algorithms", "-p", "AC-ACC", "--root", str(place))
    done = run("verify", *wanted)
    assert done.returncode == 1, done.stderr
    assert "1 proved, 2 violated, 0 unknown; 2 not as expected" in done.stdout
    shown = run("explain", "DS-2.client", "--root", str(place))
    assert "HandshakeAcc" in shown.stdout
    assert "NC-03" in shown.stdout


@pytest.mark.timeout(240)
def test_matrix_of_a_few_policies(place: Path) -> None:
    done = run("matrix", "--json", "--root", str(place), timeout=200)
    assert done.returncode == 0, done.stderr
    matrix = json.loads(done.stdout)
    cells = {(c["client"], c["server"]): c for c in matrix["cells"]}
    assert cells["N", "both"]["protected"]
    assert cells["B-any", "both"]["worst"] == "compatibility"
    assert matrix["largest"]["undecided"] == 0


def test_report_is_one_file(place: Path) -> None:
    page = place / "report.html"
    done = run("verify", "-p", "CM-1", "-p", "CM-4", "--html", str(page), "--root", str(place))
    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert "<svg" in text
    assert "CM-1" in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("verify", "-p", "DS-9"), 'no property "DS-9"'),
        (("explain", "CM-0"), 'no property "CM-0"'),
        (("verify", "-p", "CM-1", "--write"), "leave out selections"),
    ],
)
def test_impossible_wishes_are_refused(arguments: tuple[str, ...], said: str) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""
