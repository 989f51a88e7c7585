"""Generating a target: render everything in memory, compare or write.

Owns the order of the steps; what is generated stands in ``artefacts``.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment

from interlock.codegen import drift, writer
from interlock.codegen.artefacts import ARTEFACTS, TARGETS, Artefact, Target, context_of
from interlock.codegen.contexts.rendering import Rendering
from interlock.codegen.drift import Drift
from interlock.codegen.environment import make_environment, render
from interlock.codegen.formatters import FORMATTERS
from interlock.codegen.provenance import header_lines, template_digest
from interlock.core.errors import GenerationError, UsageError
from interlock.ir.canonical import digest

if TYPE_CHECKING:
    from interlock.model.project import Project

SUPPORT = Path(__file__).parent / "support"
"""Hand-written files per target; the tree below mirrors the output."""

Progress = Callable[[str, int, int], None]
"""Called with a file name, how many are done, and how many there are."""


@dataclass(frozen=True)
class Report:
    """What ``generate`` did."""

    target: str
    out: Path
    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def files(self) -> int:
        """How many files the target has, manifest not counted."""
        return len(self.written) + len(self.unchanged)


def render_target(
    project: Project, target: str, progress: Progress | None = None
) -> dict[str, bytes]:
    """Render every file of ``target``: path below ``generated/<target>`` to octets.

    Raises:
        UsageError: No such target.
        SpecificationError: Something in the specification has no counterpart in code.
        GenerationError: A template or the formatter failed, or two rows make one file.
    """
    language = _target(target)
    environment = make_environment(language.filters)
    work = [
        (artefact, rendering)
        for artefact in ARTEFACTS
        if artefact.target == target
        for rendering in artefact.files(project)
    ]
    texts: dict[str, str] = {}
    for done, (artefact, rendering) in enumerate(work):
        if progress is not None:
            progress(rendering.path, done, len(work))
        if rendering.path in texts:
            raise GenerationError("two artefacts make one file", artefact=rendering.path)
        texts[rendering.path] = _render(environment, language, artefact, rendering)
    formatted = {p: t for p, t in texts.items() if p.endswith(language.suffixes)}
    texts.update(FORMATTERS[language.formatter](formatted))
    files = {path: text.encode("utf-8") for path, text in texts.items()}
    for path, octets in support_files(target):
        if path in files:
            raise GenerationError("a support file has the path of an artefact", artefact=path)
        files[path] = octets
    if progress is not None:
        progress("", len(work), len(work))
    return dict(sorted(files.items()))


def generate(
    project: Project,
    target: str,
    out: Path,
    *,
    progress: Progress | None = None,
    dry_run: bool = False,
) -> Report:
    """Render ``target`` and write it below ``out`` (the folder of the target itself).

    Nothing is written when anything fails, and nothing into a folder that holds files which
    are not generated.

    Raises:
        UsageError, SpecificationError, GenerationError: As ``render_target``; the last also
            for unknown files below ``out``.
    """
    files = render_target(project, target, progress)
    outcome = writer.write(files, out, dry_run=dry_run)
    return Report(target, out, outcome.written, outcome.unchanged, outcome.removed)


def check(
    project: Project, target: str, out: Path, *, progress: Progress | None = None
) -> list[Drift]:
    """Compare what ``generate`` would write with what is there; writes nothing.

    Raises:
        UsageError, SpecificationError, GenerationError: As ``render_target``.
    """
    return drift.compare(render_target(project, target, progress), out)


def support_files(target: str) -> Iterator[tuple[str, bytes]]:
    """The hand-written files of a target, in a fixed order, byte for byte."""
    root = SUPPORT / target
    for path in sorted(root.rglob("*")):
        hidden = any(p == "__pycache__" or p.startswith(".") for p in path.relative_to(root).parts)
        if path.is_file() and not hidden:
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _target(name: str) -> Target:
    if name not in TARGETS:
        raise UsageError(f'no target "{name}"; known: {", ".join(TARGETS)}')
    return TARGETS[name]


def _render(
    environment: Environment, target: Target, artefact: Artefact, rendering: Rendering
) -> str:
    lines = header_lines(
        sources=rendering.sources,
        ir_digest=digest(rendering.ir),
        template=artefact.template,
        template_sum=template_digest(environment, artefact.template),
        clauses=rendering.clauses,
    )
    header = "\n".join(f"{target.comment} {line}" for line in lines)
    context = dataclasses.replace(rendering.context, header=header)
    return render(environment, artefact.template, context_of(context))
