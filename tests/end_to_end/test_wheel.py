"""The built wheel in an empty environment outside the checkout: what a user installs."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VERSION = version("interlock-62351-4")
GENERATED = ROOT / "generated" / "python"

pytestmark = pytest.mark.slow


def run(
    command: list[str | Path], folder: Path, expected: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a program where nothing of the checkout is on any path."""
    kept = {name: os.environ[name] for name in ("HOME", "TMPDIR", "LANG") if name in os.environ}
    # the formatter is a program; in a real installation it stands next to the tool
    path = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", "")])
    done = subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        env={**kept, "PATH": path, "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert done.returncode == expected, f"{command}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # no network: the build backend is one of the locked packages
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet"]
    run([sys.executable, "-m", "pip", "wheel", *options, "--wheel-dir", folder, ROOT], folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def scripts(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the programs of an environment that has the wheel and its dependencies."""
    place = tmp_path_factory.mktemp("environment")
    venv.create(place, with_pip=False)
    programs = place / ("Scripts" if sys.platform == "win32" else "bin")
    run(
        [
            sys.executable, "-m", "pip", "--python", programs / "python", "install",
            "--no-deps", "--no-index", "--quiet", wheel,
        ],
        place,
    )  # fmt: skip
    # Dependencies come from the environment of the tests. A path file is not read for further
    # path files, so the editable installation of the checkout stays out of sight.
    (site,) = [*place.glob("lib/python3*/site-packages"), *place.glob("Lib/site-packages")]
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return programs


def test_top_level_names(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {name.partition("/")[0] for name in archive.namelist()}
    assert names == {"interlock", "iec62351_4", f"interlock_62351_4-{VERSION}.dist-info"}


def test_the_wheel_has_everything_that_generating_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    for folder, place in {
        "spec": "interlock/codegen/data/spec",
        "models": "interlock/codegen/data/models",
        "verification/properties": "interlock/codegen/data/verification/properties",
        "generator/interlock/codegen/templates": "interlock/codegen/templates",
        "generator/interlock/codegen/support": "interlock/codegen/support",
        "generated/python/iec62351_4": "iec62351_4",
    }.items():
        here = {
            f"{place}/{path.relative_to(ROOT / folder).as_posix()}"
            for path in (ROOT / folder).rglob("*")
            if path.is_file()
            and not any(p == "__pycache__" or p.startswith(".") for p in path.parts[1:])
        }
        assert here
        assert sorted(here - packed) == []
    assert "interlock/model/expression.lark" in packed
    assert "iec62351_4/py.typed" in packed
    assert not [name for name in packed if name.endswith((".pyc", ".db"))]


def test_licences_are_in_the_wheel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).name for name in archive.namelist() if "/licenses/" in name}
    assert names == {"LICENSE", "LICENSE-GENERATED-CODE.md"}


def test_nothing_comes_from_the_checkout(scripts: Path, tmp_path: Path) -> None:
    code = (
        "import interlock.core.data as a, interlock.verification as b, iec62351_4 as c;"
        "print(a.__file__, b.__file__, c.__file__, sep='\\n')"
    )
    shown = run([scripts / "python", "-c", code], tmp_path).stdout.split()
    assert len(shown) == 3
    assert all(Path(name).is_relative_to(scripts.parent) for name in shown), shown


def test_check_reads_the_packed_sources(scripts: Path, tmp_path: Path) -> None:
    done = run([scripts / "interlock", "check", "--format", "short"], tmp_path)
    assert str(ROOT) not in done.stdout + done.stderr


def test_check_reports_a_fault_of_given_sources(scripts: Path, tmp_path: Path) -> None:
    done = run([scripts / "interlock", "check", "--root", tmp_path], tmp_path, expected=2)
    assert "spec and models" in done.stderr


def test_verifying_with_the_packed_properties(scripts: Path, tmp_path: Path) -> None:
    done = run([scripts / "interlock", "verify", "-p", "CM-4", "--fresh"], tmp_path)
    assert "1 proved, 0 violated" in done.stdout


def test_generating_from_the_wheel_gives_the_committed_octets(
    scripts: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    run([scripts / "interlock", "generate", "--out", out], tmp_path)
    made = {p.relative_to(out): p.read_bytes() for p in out.rglob("*") if p.is_file()}
    committed = {path: (GENERATED / path).read_bytes() for path in made}
    assert made.keys() >= {Path("pyproject.toml"), Path("iec62351_4/__init__.py")}
    assert [str(path) for path in made if made[path] != committed[path]] == []
