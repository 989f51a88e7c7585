"""The one source: what the standard says and how its parties behave, loaded together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.core.source import Overlay, SourceFile
from interlock.model.amendments import CURRENT_EDITION, Amendment, amend_sources
from interlock.model.loader import Models, load_models
from interlock.spec import Specification, load_specification


@dataclass(frozen=True)
class Project:
    """Specification and models of one choice of assumptions. Everything is derived from it.

    ``amendments`` are those applied, in order; ``edition`` is None for the sources as they are.
    """

    spec: Specification
    models: Models
    amendments: tuple[Amendment, ...] = ()
    edition: Amendment | None = None

    @property
    def edition_id(self) -> str:
        """The edition of the standard that this is."""
        return CURRENT_EDITION if self.edition is None else self.edition.id

    @property
    def sources(self) -> Mapping[str, SourceFile]:
        """Every file read, by the path that diagnostics show."""
        return {**self.spec.sources, **self.models.sources}


def load_project(
    root: Path,
    assume: Mapping[str, str] | None = None,
    amend: Sequence[str] = (),
    edition: str | None = None,
    overlay: Overlay | None = None,
) -> Project:
    """Read ``spec/`` and ``models/`` below ``root``.

    Args:
        root: Folder that holds both.
        assume: Assumption id to the value that replaces the one of the file.
        amend: Ids of amendments, applied in this order.
        edition: Id of an edition, applied before them.
        overlay: Texts that stand in for files, by path below ``root``; they are taken as they
            are, after edition and amendments.

    Raises:
        InputError: Something is wrong; carries the findings of the first stage that failed.
    """
    amended = amend_sources(root, amend, edition)
    texts = amended.overlay if overlay is None else amended.overlay.under(overlay)
    spec = load_specification(root / "spec", assume, texts)
    models = load_models(root / "models", spec, texts)
    return Project(spec, models, amended.amendments, amended.edition)
