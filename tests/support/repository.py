"""The files of this repository as architecture tests see them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TOOL_ROOTS = (ROOT / "generator", ROOT / "verification")
"""Source roots of the tool; each holds the namespace package ``interlock``."""

SUPPORT = ROOT / "generator" / "interlock" / "codegen" / "support"
"""Hand-written source that is shipped with generated code; it is no part of the tool."""

GENERATED = ROOT / "generated"

_LEAVINGS = {"__pycache__", "build", "dist", "node_modules"}


def files(*folders: Path, suffix: str = "") -> Iterator[Path]:
    """Every file below the folders, sorted; what tools leave behind is not looked at."""
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.name in _LEAVINGS or path.name.endswith(".egg-info"):
                continue
            if path.is_dir():
                # .venv, .git, caches; .ci is ours
                if not path.name.startswith(".") or path.name == ".ci":
                    yield from files(path, suffix=suffix)
            elif path.name.endswith(suffix):
                yield path


def tool_modules() -> Iterator[tuple[Path, str]]:
    """The tool's Python files with their dotted names, support files left out."""
    for root in TOOL_ROOTS:
        for path in files(root, suffix=".py"):
            if SUPPORT not in path.parents:
                yield path, dotted(path, root)


def dotted(path: Path, root: Path) -> str:
    """The module name of a file below a source root."""
    parts = path.relative_to(root).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def shown(path: Path) -> str:
    """A path as messages show it."""
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a Python file."""
    return ast.parse(path.read_text(encoding="utf-8"), shown(path))


@cache
def is_generated(path: Path) -> bool:
    """Whether a file is marked as generated in its first lines."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = [file.readline() for _ in range(5)]
    return any("@generated" in line for line in head)
