"""The test harness itself: what happens to tests whose tools are missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from support import tools
from support.repository import ROOT, files

_SAMPLE = """\
import pytest

@pytest.mark.requires("pycrate")
def test_with_tool():
    pass

@pytest.mark.requires("pycrate", "nothing")
def test_without_tool():
    raise AssertionError("it must not run")

@pytest.mark.xfail
def test_expected_failure():
    raise AssertionError

def test_that_skips_itself():
    pytest.skip("no reason")
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A test project with our ``conftest.py``, in which the tool "nothing" is missing."""
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path)
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "support")
    table = tmp_path / "support" / "tools.py"
    row = '    "nothing": Tool("nowhere", programs=("no-such-program-anywhere",)),\n'
    text = table.read_text(encoding="utf-8")
    table.write_text(text.replace('    "erlang":', row + '    "erlang":', 1), encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = requires(tool)\n", encoding="utf-8")
    (tmp_path / "test_sample.py").write_text(_SAMPLE, encoding="utf-8")
    return tmp_path


def outcomes(project: Path, ci: str) -> tuple[int, Counter[str], str]:
    """Exit code, number of tests per outcome, and the output of a run."""
    environment = {**os.environ, "CI": ci, "PYTHONPATH": str(project), "PYTEST_ADDOPTS": ""}
    environment.pop("PYTEST_XDIST_WORKER", None)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-rsxfE", "-p", "no:cacheprovider", str(project)],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    last = done.stdout.strip().splitlines()[-1]
    counts = Counter({kind: int(n) for n, kind in re.findall(r"(\d+) ([a-z]+)", last)})
    return done.returncode, counts, done.stdout


def test_missing_tools_skip_locally_with_a_reason(project: Path) -> None:
    code, counts, output = outcomes(project, ci="")
    assert code == 0
    assert (counts["passed"], counts["skipped"], counts["xfailed"]) == (1, 2, 1)
    assert "needs no-such-program-anywhere: install with nowhere" in output


def test_every_skip_fails_in_ci(project: Path) -> None:
    code, counts, output = outcomes(project, ci="true")
    assert code == 1
    assert (counts["passed"], counts["skipped"], counts["xfailed"]) == (1, 0, 1)
    assert counts["failed"] + counts["error"] + counts["errors"] == 2
    assert output.count("skipped, which CI does not allow") >= 2


def test_a_module_that_skips_itself_fails_in_ci(project: Path) -> None:
    sample = 'import pytest\npytest.importorskip("no_such_module_anywhere")\n'
    (project / "test_sample.py").write_text(sample, encoding="utf-8")
    assert outcomes(project, ci="")[1]["skipped"] == 1
    code, counts, _ = outcomes(project, ci="true")
    assert code != 0
    assert counts["skipped"] == 0


def test_an_unknown_tool_is_refused(project: Path) -> None:
    sample = _SAMPLE.replace('"nothing"', '"nothin"')
    (project / "test_sample.py").write_text(sample, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", str(project)],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert 'no tool "nothin"; known: ' in done.stdout + done.stderr


def test_every_tool_of_the_table_is_used() -> None:
    texts = [p.read_text(encoding="utf-8") for p in files(ROOT / "tests", suffix=".py")]
    used = {name for text in texts for name in re.findall(r'requires\("([a-z0-9]+)"', text)}
    assert used >= {"erlang", "tshark", "openssl", "hat", "open61850", "pyiec61850"}


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        tools.why_missing("no such tool")
