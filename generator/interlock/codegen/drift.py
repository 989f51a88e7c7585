"""Whether the committed files are what the sources generate."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from interlock.codegen.writer import MANIFEST, manifest, present_files


class DriftKind(Enum):
    """How a file differs."""

    DIFFERENT = "different"
    MISSING = "missing"
    SURPLUS = "surplus"


@dataclass(frozen=True, slots=True)
class Drift:
    """One file that is not as generated; ``diff`` is a unified diff of a changed text."""

    path: str
    kind: DriftKind
    diff: str = ""


def compare(files: Mapping[str, bytes], out: Path) -> list[Drift]:
    """Compare rendered files with a folder, manifest included, sorted by path."""
    found = []
    for name, octets in {**files, MANIFEST: manifest(files)}.items():
        path = out / name
        if not path.is_file():
            found.append(Drift(name, DriftKind.MISSING))
        elif (present := path.read_bytes()) != octets:
            found.append(Drift(name, DriftKind.DIFFERENT, _diff(name, present, octets)))
    surplus = [name for name in present_files(out) if name not in files] if out.exists() else []
    found.extend(Drift(name, DriftKind.SURPLUS) for name in surplus)
    return sorted(found, key=lambda d: d.path)


def _diff(name: str, present: bytes, generated: bytes) -> str:
    try:
        old, new = present.decode("utf-8"), generated.decode("utf-8")
    except UnicodeDecodeError:
        return ""
    lines = difflib.unified_diff(
        old.splitlines(keepends=True),
        new.splitlines(keepends=True),
        f"{name} (present)",
        f"{name} (generated)",
    )
    return "".join(lines)
