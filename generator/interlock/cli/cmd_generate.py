"""``interlock generate``: write a target, show what would change, or prove that nothing would."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.loading import assumptions, demand
from interlock.cli.location import find_root
from interlock.cli.options import Amend, Assume, Edition, Root, output_of
from interlock.cli.output import Output
from interlock.core.errors import DriftError, UsageError

if TYPE_CHECKING:
    from interlock.model.project import Project


def command(
    context: typer.Context,
    target: Annotated[str, typer.Option(help="Language to generate.")] = "python",
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the target itself. Default: generated/TARGET beside spec/.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit 1 when a file would change.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; print the difference.")
    ] = False,
    assume: Assume = None,
    amend: Amend = None,
    edition: Edition = None,
    root: Root = None,
) -> None:
    """Generate codecs and handlers.

    Files are rendered in memory and written only when all of them succeed; a folder with files
    that were not generated is left alone. Code of an amended standard is another protocol: it is
    written only into a folder that --out names.
    """
    if check and dry_run:
        raise UsageError("--check and --dry-run exclude each other")
    if (amend or edition is not None) and out is None and not (check or dry_run):
        raise UsageError("--amend and --edition need --out DIR, or --dry-run to see the difference")
    output = output_of(context)
    place = find_root(root)
    chosen = assumptions(assume or ())
    project = demand(place, chosen, amend=amend or (), edition=edition)
    folder = out if out is not None else default_out(place, target)
    if check or dry_run:
        compare(output, project, target, folder, is_check=check)
    else:
        write(output, project, target, folder)


def default_out(root: Path, target: str) -> Path:
    """``generated/TARGET`` beside ``spec/``; below the current folder when that is a wheel's.

    The copy of ``spec/`` inside an installed package is nobody's place to write into.
    """
    top = root if (root / "generated").is_dir() else Path.cwd()
    return top / "generated" / target


def write(output: Output, project: Project, target: str, folder: Path) -> None:
    """Write a target; says on stdout which files changed."""
    from interlock.codegen.generate import generate

    with output.progress() as bar:
        task = bar.add_task(f"generating {target}", total=None)
        report = generate(
            project,
            target,
            folder,
            progress=lambda _, done, total: bar.update(task, completed=done, total=total),
        )
    for name in report.written:
        output.result(f"written  {name}")
    for name in report.removed:
        output.result(f"removed  {name}")
    output.note(
        f"{report.files} files of {target} in {folder}: {len(report.written)} written, "
        f"{len(report.unchanged)} unchanged, {len(report.removed)} removed"
    )


def compare(output: Output, project: Project, target: str, folder: Path, *, is_check: bool) -> None:
    """Print how the files differ from what would be generated.

    Raises:
        DriftError: They differ, and ``is_check``.
    """
    from interlock.codegen.generate import check

    with output.progress() as bar:
        task = bar.add_task(f"comparing {target}", total=None)
        drifts = check(
            project,
            target,
            folder,
            progress=lambda _, done, total: bar.update(task, completed=done, total=total),
        )
    for drift in drifts:
        output.result(f"{drift.kind.value:<9}  {drift.path}")
    # a check shows one difference, enough to see what happened; a dry run shows all
    texts = [drift.diff for drift in drifts if drift.diff]
    for text in texts[:1] if is_check else texts:
        output.result(text.rstrip("\n"))
    if drifts and is_check:
        raise DriftError(drift.path for drift in drifts)
    output.note(f"{len(drifts)} file(s) differ in {folder}")
