"""Files where they belong, of a size that can be read, each with its test."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.repository import (
    GENERATED,
    ROOT,
    SUPPORT,
    TOOL_ROOTS,
    files,
    is_generated,
    shown,
    tool_modules,
)

MAX_LINES = 600
"""Longer files are split. Generated files and data are exempt."""

LONG_FILES: dict[str, str] = {
    "generator/interlock/codegen/support/python/iec62351_4/codec/_ber.py": (
        "one table of element readers and writers, all of the same shape; "
        "codecs import one module on their hottest path"
    ),
}
"""Longer than ``MAX_LINES`` for a reason."""

UNTESTED: dict[str, str] = {}
"""Module name to the reason why no test file bears its name."""

_TEXT = (".py", ".j2", ".sh", ".erl", ".toml")


def test_namespace_roots_have_no_init() -> None:
    """With one, the other root would vanish from the import path."""
    for root in TOOL_ROOTS:
        assert (root / "interlock").is_dir()
        assert not (root / "interlock" / "__init__.py").exists(), shown(root)
        assert not [p for p in (root / "interlock").glob("*.py")], "modules live in sub-packages"


def test_sub_packages_are_typed() -> None:
    """``py.typed`` counts only inside a sub-package of a namespace."""
    untyped = [
        shown(folder)
        for root in TOOL_ROOTS
        for folder in sorted((root / "interlock").iterdir())
        if folder.is_dir() and folder.name != "__pycache__" and not (folder / "py.typed").exists()
    ]
    assert untyped == []


def test_files_can_be_read_in_one_go() -> None:
    long = {
        shown(path): lines
        for path in files(ROOT / "generator", ROOT / "verification", ROOT / "tests", ROOT / "scripts")
        if path.suffix in _TEXT and not is_generated(path)
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > MAX_LINES
    }
    assert sorted(long) == sorted(LONG_FILES), f"longer than {MAX_LINES} lines: {long}"


def test_texts_end_with_one_newline_and_have_no_trailing_space() -> None:
    folders = [ROOT / name for name in ("generator", "verification", "spec", "models", "docs", "scripts")]
    found = []
    for path in files(*folders):
        if path.suffix not in (*_TEXT, ".md", ".yaml", ".asn", ".lark"):
            continue
        text = path.read_text(encoding="utf-8")
        if text and (not text.endswith("\n") or text.endswith("\n\n")):
            found.append(f"{shown(path)}: end of file")
        found += [
            f"{shown(path)}:{number}: space at the end"
            for number, line in enumerate(text.splitlines(), 1)
            if line != line.rstrip()
        ]
    assert found == []


def test_support_files_are_in_generated_unchanged() -> None:
    """They are copied byte for byte; whoever edits the copy edits the wrong file."""
    for target in sorted(p for p in SUPPORT.iterdir() if p.is_dir()):
        for path in files(target):
            copy = GENERATED / target.name / path.relative_to(target)
            assert copy.is_file(), f"{shown(copy)} is missing: interlock generate"
            assert copy.read_bytes() == path.read_bytes(), f"{shown(copy)} differs from its source"


def _modules() -> list[str]:
    """Tool modules that hold code, by name without ``interlock.``."""
    return [
        name.removeprefix("interlock.")
        for path, name in tool_modules()
        if path.name != "__init__.py"
    ]


def _tests_of(name: str) -> list[Path]:
    """Where the tests of a module may stand."""
    package, _, module = name.rpartition(".")
    folders = [ROOT / "tests" / "unit" / package.replace(".", "/"), ROOT / "tests" / package]
    return [folder / f"test_{module.strip('_')}.py" for folder in folders]


@pytest.mark.parametrize("name", _modules())
def test_every_module_has_its_test_file(name: str) -> None:
    if name in UNTESTED:
        assert not any(path.exists() for path in _tests_of(name)), "no longer untested"
    else:
        assert any(path.exists() for path in _tests_of(name)), f"make {shown(_tests_of(name)[0])}"


def test_every_unit_test_file_has_its_module() -> None:
    modules = {path for name in _modules() for path in _tests_of(name)}
    orphans = [
        shown(path)
        for path in files(ROOT / "tests" / "unit", suffix=".py")
        if path.name.startswith("test_") and path not in modules
    ]
    assert orphans == []
