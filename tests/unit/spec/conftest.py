"""Fixtures of the specification tests: small specifications that can be damaged."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

MINIMAL = Path(__file__).parent / "minimal"

Edit = Callable[[str, str, str], None]


@pytest.fixture
def spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the minimal specification; diagnostics show it as ``spec/...``."""
    shutil.copytree(MINIMAL, tmp_path / "spec")
    monkeypatch.chdir(tmp_path)
    return Path("spec")


@pytest.fixture
def edit(spec: Path) -> Edit:
    """``edit(file, old, new)``: replace text that must occur in a file of ``spec``."""

    def replace(name: str, old: str, new: str) -> None:
        path = spec / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return replace
