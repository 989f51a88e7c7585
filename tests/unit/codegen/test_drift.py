from __future__ import annotations

from pathlib import Path

from interlock.codegen.drift import DriftKind, compare
from interlock.codegen.writer import MANIFEST, write

FILES = {"a.py": b"one\ntwo\n", "b.bin": b"\xff"}


def test_no_drift_after_writing(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    assert compare(FILES, tmp_path) == []


def test_every_kind_of_drift(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    (tmp_path / "a.py").write_bytes(b"one\n2\n")
    (tmp_path / "b.bin").unlink()
    (tmp_path / "c.py").write_bytes(b"")
    found = compare(FILES, tmp_path)
    assert [(d.path, d.kind) for d in found] == [
        ("a.py", DriftKind.DIFFERENT),
        ("b.bin", DriftKind.MISSING),
        ("c.py", DriftKind.SURPLUS),
    ]
    assert "-2\n+two\n" in found[0].diff


def test_manifest_takes_part(tmp_path: Path) -> None:
    write(FILES, tmp_path)
    (tmp_path / MANIFEST).write_text("{}")
    assert [(d.path, d.kind) for d in compare(FILES, tmp_path)] == [(MANIFEST, DriftKind.DIFFERENT)]


def test_missing_folder(tmp_path: Path) -> None:
    found = compare(FILES, tmp_path / "nowhere")
    assert {d.kind for d in found} == {DriftKind.MISSING}
    assert len(found) == 3
