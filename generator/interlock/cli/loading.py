"""Loading the project for a command, with everything that a diagnostic needs to be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from interlock.core.diagnostics import Diagnostic, Severity
from interlock.core.errors import InputError, UsageError
from interlock.core.source import Overlay, SourceFile

if TYPE_CHECKING:
    from interlock.model.project import Project
    from interlock.spec import Specification


@dataclass(frozen=True)
class Loaded:
    """A project, or why there is none.

    ``project`` is None when something could not be read. ``findings`` has everything found,
    warnings included; ``sources`` the files that they point into.
    """

    project: Project | None
    findings: tuple[Diagnostic, ...]
    sources: Mapping[str, SourceFile]

    @property
    def errors(self) -> int:
        """How many findings stop generation."""
        return sum(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def warnings(self) -> int:
        """How many findings do not."""
        return len(self.findings) - self.errors


def load(
    root: Path, assume: Mapping[str, str], *, amend: Sequence[str] = (), edition: str | None = None
) -> Loaded:
    """Read and check specification and models below ``root``; never raises for their faults.

    ``amend`` names amendments and ``edition`` an edition of the standard to apply before.
    """
    from interlock.model.project import load_project
    from interlock.model.structure import check_structure

    try:
        project = load_project(root, assume, amend, edition)
    except InputError as problem:
        texts = _amended(root, amend, edition)
        return Loaded(None, problem.diagnostics, _sources(problem.diagnostics, root, texts))
    found = (*project.spec.warnings, *check_structure(project))
    findings = tuple(sorted(found, key=lambda finding: finding.sort_key))
    return Loaded(project, findings, project.sources)


def demand(
    root: Path, assume: Mapping[str, str], *, amend: Sequence[str] = (), edition: str | None = None
) -> Project:
    """A project that has no errors; arguments as for ``load``.

    Raises:
        InputError: It has some; ``Faults`` carries the files for the excerpts.
    """
    loaded = load(root, assume, amend=amend, edition=edition)
    if loaded.project is None or loaded.errors:
        raise Faults(loaded)
    return loaded.project


def demand_specification(root: Path, assume: Mapping[str, str]) -> Specification:
    """The specification alone, for commands that need no models.

    Raises:
        Faults: It has errors.
    """
    from interlock.spec import load_specification

    try:
        return load_specification(root / "spec", assume)
    except InputError as problem:
        found = problem.diagnostics
        raise Faults(Loaded(None, found, _sources(found, root, Overlay()))) from problem


class Faults(InputError):
    """Specification or models are wrong; carries the files that the findings point into."""

    def __init__(self, loaded: Loaded) -> None:
        self.sources = loaded.sources
        super().__init__(loaded.findings)


def assumptions(texts: Iterable[str]) -> dict[str, str]:
    """Read ``ID=VALUE`` options.

    Raises:
        UsageError: A text without ``=``, or an id that is given twice.
    """
    chosen: dict[str, str] = {}
    for text in texts:
        id, equals, value = text.partition("=")
        if not (id and equals and value):
            raise UsageError(f'--assume takes ID=VALUE, for example Q1=EXPLICIT, not "{text}"')
        if chosen.setdefault(id, value) != value:
            raise UsageError(f'--assume gives "{id}" two values')
    return chosen


def _amended(root: Path, amend: Sequence[str], edition: str | None) -> Overlay:
    """The texts that findings point into; those of the files where nothing could be applied."""
    from interlock.model.amendments import amend_sources

    try:
        return amend_sources(root, amend, edition).overlay
    except InputError:
        return Overlay()


def _sources(findings: Iterable[Diagnostic], root: Path, texts: Overlay) -> dict[str, SourceFile]:
    spans = [f.span for f in findings] + [label.span for f in findings for label in f.labels]
    sources = {}
    for path in {span.path for span in spans}:
        try:
            sources[path] = texts.read(root / path, path)
        except (OSError, UnicodeDecodeError):
            continue  # what cannot be read has no excerpt; the finding says so itself
    return sources
