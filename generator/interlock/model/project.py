"""The one source: what the standard says and how its parties behave, loaded together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.core.source import SourceFile
from interlock.model.loader import Models, load_models
from interlock.spec import Specification, load_specification


@dataclass(frozen=True)
class Project:
    """Specification and models of one choice of assumptions. Everything is derived from it."""

    spec: Specification
    models: Models

    @property
    def sources(self) -> Mapping[str, SourceFile]:
        """Every file read, by the path that diagnostics show."""
        return {**self.spec.sources, **self.models.sources}


def load_project(root: Path, assume: Mapping[str, str] | None = None) -> Project:
    """Read ``spec/`` and ``models/`` below ``root``.

    Args:
        root: Folder that holds both.
        assume: Assumption id to the value that replaces the one of the file.

    Raises:
        InputError: Something is wrong; carries the findings of the first stage that failed.
    """
    spec = load_specification(root / "spec", assume)
    return Project(spec, load_models(root / "models", spec))
