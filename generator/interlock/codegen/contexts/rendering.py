"""What a row of the artefact table yields: one file to render."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Rendering:
    """One file of an artefact."""

    path: str
    """Relative to ``generated/<target>``, with ``/``."""

    context: Any
    """A frozen dataclass; its field ``header`` is replaced by the provenance header."""

    ir: object
    """The IR that the file depends on: input of the digest in the header."""

    sources: tuple[str, ...]
    """Repository paths of the files that the IR was made from."""

    clauses: tuple[str, ...] = ()
    """Clauses that the file implements."""
