"""Writing generated files: all or nothing, and never over somebody's own work."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.core.errors import GenerationError

MANIFEST = "MANIFEST.json"
"""In the folder of a target: path to SHA-256 of every generated file."""

IGNORED = frozenset({"__pycache__", ".mypy_cache", ".ruff_cache", ".pytest_cache", "build", "dist"})
"""Folders that other tools leave behind; neither checked nor removed."""


@dataclass(frozen=True)
class Outcome:
    """What writing did; paths relative to the folder."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]


def manifest(files: Mapping[str, bytes]) -> bytes:
    """The text of the manifest."""
    sums = {path: hashlib.sha256(files[path]).hexdigest() for path in sorted(files)}
    return (json.dumps({"files": sums}, indent=2, sort_keys=True) + "\n").encode("ascii")


def read_manifest(out: Path) -> dict[str, str]:
    """Path to digest as the manifest in ``out`` says; empty when there is none.

    Raises:
        GenerationError: The manifest cannot be read.
    """
    path = out / MANIFEST
    if not path.exists():
        return {}
    try:
        sums = json.loads(path.read_text(encoding="utf-8"))["files"]
        return {str(name): str(value) for name, value in sums.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise GenerationError(f'the manifest "{path}" cannot be read') from problem


def present_files(out: Path) -> list[str]:
    """Files below ``out``, manifest and leavings of other tools excepted, sorted."""
    found = []
    for path in out.rglob("*"):
        relative = path.relative_to(out)
        leavings = any(p in IGNORED or p.endswith(".egg-info") for p in relative.parts)
        if path.is_file() and not leavings and relative.as_posix() != MANIFEST:
            found.append(relative.as_posix())
    return sorted(found)


def write(files: Mapping[str, bytes], out: Path, *, dry_run: bool = False) -> Outcome:
    """Write ``files`` below ``out`` and remove generated files that are no longer made.

    Raises:
        GenerationError: ``out`` holds files that this tool did not make. Nothing was written.
    """
    earlier = read_manifest(out)
    present = present_files(out) if out.exists() else []
    unknown = [name for name in present if name not in files and name not in earlier]
    if unknown:
        listed = "".join(f"\n  {out / name}" for name in unknown)
        raise GenerationError(
            f"files that are not generated stand below {out}:{listed}\n"
            "move them away, or choose another folder; own code does not belong there"
        )
    stale = tuple(name for name in present if name not in files)
    changed = tuple(name for name in files if _differs(out / name, files[name]))
    same = tuple(name for name in files if name not in changed)
    if not dry_run:
        for name in changed:
            _write_atomically(out / name, files[name])
        for name in stale:
            (out / name).unlink()
            _remove_empty(out, (out / name).parent)
        _write_atomically(out / MANIFEST, manifest(files))
    return Outcome(changed, same, stale)


def _differs(path: Path, octets: bytes) -> bool:
    return not path.is_file() or path.read_bytes() != octets


def _write_atomically(path: Path, octets: bytes) -> None:
    """Replace a file in one step, so that a reader never sees half of it."""
    if not _differs(path, octets):
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".new")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(octets)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _remove_empty(out: Path, folder: Path) -> None:
    while folder != out and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
