"""The small models of these tests: whole, and copies that can be damaged."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from interlock.core.diagnostics import Diagnostic
from interlock.core.errors import InputError
from interlock.core.source import SourceFile
from interlock.model.loader import Models, load_models
from interlock.model.project import Project
from interlock.model.structure import check_structure
from interlock.spec import Specification, load_specification

MINIMAL = Path(__file__).parent / "minimal"
ROOT = Path(__file__).parents[3]

Place = tuple[str, str, int, str]
"""Code, file below models/, line, and the text that is marked."""


@cache
def specification() -> Specification:
    """The specification of the project; read once."""
    return load_specification(ROOT / "spec")


@cache
def small_project() -> Project:
    """The small models, undamaged; read once."""
    return Project(specification(), load_models(MINIMAL, specification()))


@dataclass(frozen=True)
class Damaged:
    """A copy of the small models."""

    root: Path

    @classmethod
    def copy(cls, folder: Path) -> Damaged:
        """A copy below ``folder``."""
        shutil.copytree(MINIMAL, folder / "models")
        return cls(folder / "models")

    def edit(self, name: str, old: str, new: str) -> None:
        """Replace text that must occur in a file."""
        path = self.root / name
        text = path.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    def load(self) -> Models:
        """Load the models as they are now."""
        return load_models(self.root, specification())

    def refusal(self) -> tuple[Diagnostic, ...]:
        """What loading finds; it must find something."""
        with pytest.raises(InputError) as caught:
            self.load()
        return caught.value.diagnostics

    def findings(self) -> tuple[Diagnostic, ...]:
        """What loading finds, or what the structural rules find."""
        try:
            return check_structure(Project(specification(), self.load()))
        except InputError as problem:
            return problem.diagnostics

    def add_row(self, row: str) -> None:
        """Write a row into the table of the small machine."""
        self.edit("machines/small.yaml", "  - {id: S-05,", f"  - {row}\n  - {{id: S-05,")

    def messages(self, code: str) -> list[str]:
        """What one rule finds."""
        return [found.message for found in self.findings() if found.code == code]

    def places(self) -> list[Place]:
        """Where loading finds something."""
        return [self.place(found) for found in self.refusal()]

    def place(self, found: Diagnostic) -> Place:
        """Code, file, line and marked text of a finding."""
        span = found.span
        name = span.path.removeprefix("models/")
        line = SourceFile.read(self.root / name).lines[span.line - 1]
        return found.code, name, span.line, line[span.column - 1 : span.end_column - 1]
