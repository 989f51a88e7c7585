from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from interlock.codegen.writer import MANIFEST, manifest, read_manifest, write
from interlock.core.errors import GenerationError

FILES = {"a.py": b"a\n", "sub/b.py": b"b\n"}


def tree(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()
    }


def test_writes_files_and_their_digests(tmp_path: Path) -> None:
    outcome = write(FILES, tmp_path)
    assert outcome.written == ("a.py", "sub/b.py")
    sums = json.loads((tmp_path / MANIFEST).read_text())["files"]
    assert sums == {name: hashlib.sha256(text).hexdigest() for name, text in FILES.items()}
    assert tree(tmp_path) == {**FILES, MANIFEST: manifest(FILES)}


def test_second_run_changes_nothing(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    stamps = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    outcome = write(FILES, tmp_path)
    assert (outcome.written, outcome.unchanged) == ((), ("a.py", "sub/b.py"))
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == stamps


def test_files_no_longer_generated_are_removed_with_their_folder(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    outcome = write({"a.py": b"a\n"}, tmp_path)
    assert outcome.removed == ("sub/b.py",)
    assert not (tmp_path / "sub").exists()


def test_own_files_stop_the_run_before_anything_is_written(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    (tmp_path / "sub/mine.py").write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(GenerationError) as caught:
        write({"a.py": b"changed\n"}, tmp_path)
    assert str(tmp_path / "sub/mine.py") in str(caught.value)
    assert "move them away" in str(caught.value)
    assert tree(tmp_path) == before


def test_leavings_of_other_tools_are_no_own_files(tmp_path: Path) -> None:
    for name in ("__pycache__/a.pyc", ".mypy_cache/x", "iec.egg-info/PKG-INFO"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert write(FILES, tmp_path).written == ("a.py", "sub/b.py")


def test_dry_run_writes_nothing(tmp_path: Path) -> None:
    assert write(FILES, tmp_path / "new", dry_run=True).written == ("a.py", "sub/b.py")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"files": 3}'])
def test_manifest_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    with pytest.raises(GenerationError, match="cannot be read"):
        read_manifest(tmp_path)
