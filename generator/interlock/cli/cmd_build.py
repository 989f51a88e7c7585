"""``interlock build``: check, generate, and let the generated package test itself."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.progress import Progress, TaskID
from rich.text import Text

from interlock.cli.cmd_check import with_template_findings
from interlock.cli.cmd_generate import default_out
from interlock.cli.exits import CLEAN, FINDINGS, Undecided
from interlock.cli.loading import Loaded, assumptions, load
from interlock.cli.location import find_root
from interlock.cli.options import Assume, Root, output_of
from interlock.cli.output import Output
from interlock.core.diagnostics import Severity, render_text
from interlock.core.errors import GenerationError, InterlockError

if TYPE_CHECKING:
    from interlock.model.project import Project

TARGET = "python"
SELF_TEST = "iec62351_4.selftest"
SELF_TEST_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Step:
    """How one step went."""

    name: str
    outcome: str  # "ok", "failed" or "not run"
    detail: str
    seconds: float


def command(
    context: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="DIR",
            help="Folder of the target itself. Default: generated/python beside spec/.",
            show_default=False,
        ),
    ] = None,
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; fail when a generated file would change."),
    ] = False,
    assume: Assume = None,
    root: Root = None,
) -> None:
    """Check, generate and self-test: the main job.

    Stops at the first step that fails. The summary goes to stdout, details to stderr. The
    self-test runs the generated package alone, in a process of its own.
    """
    output = output_of(context)
    place = find_root(root)
    folder = (out if out is not None else default_out(place, TARGET)).resolve()
    run = _Run(output, place, folder, assumptions(assume or ()), is_check=check)
    steps, failure = run.steps()
    _print_summary(output, steps)
    if isinstance(failure, Undecided):
        raise failure
    raise typer.Exit(CLEAN if failure is None else FINDINGS)


class _Run:
    """The steps of one build."""

    def __init__(
        self, output: Output, root: Path, folder: Path, assume: dict[str, str], *, is_check: bool
    ) -> None:
        self._output = output
        self._root = root
        self._folder = folder
        self._assume = assume
        self._is_check = is_check
        self._loaded: Loaded | None = None

    def steps(self) -> tuple[list[Step], InterlockError | None]:
        """Run the steps in order; those behind a failure are not run."""
        work: tuple[tuple[str, Callable[[Progress, TaskID], str]], ...] = (
            ("check", self._check),
            ("compare" if self._is_check else "generate", self._generate),
            ("self-test", self._self_test),
        )
        done: list[Step] = []
        failure: InterlockError | None = None
        with self._output.progress() as bar:
            for name, step in work:
                if failure is not None:
                    done.append(Step(name, "not run", "", 0.0))
                    continue
                start = time.perf_counter()
                task = bar.add_task(name, total=None)
                try:
                    detail, outcome = step(bar, task), "ok"
                except InterlockError as problem:
                    failure, outcome = problem, "failed"
                    detail = str(problem).partition("\n")[0]
                    self._explain(problem)
                done.append(Step(name, outcome, detail, time.perf_counter() - start))
        return done, failure

    def _explain(self, problem: InterlockError) -> None:
        if not isinstance(problem, _Findings):  # those were printed with their excerpts
            self._output.problem(str(problem))

    # --- steps -----------------------------------------------------------------------------

    def _check(self, bar: Progress, task: TaskID) -> str:
        del bar, task
        loaded = self._loaded = with_template_findings(load(self._root, self._assume))
        errors = [f for f in loaded.findings if f.severity is Severity.ERROR]
        if errors:
            self._output.note(render_text(errors, loaded.sources))
            raise _Findings(f"{len(errors)} error(s), {loaded.warnings} warning(s)")
        project = self._project()
        rows = sum(len(machine.transitions) for machine in project.models.machines.values())
        return (
            f"{len(project.spec.asn1.modules)} modules, {len(project.models.machines)} machines, "
            f"{rows} transitions; {loaded.warnings} warning(s)"
        )

    def _project(self) -> Project:
        if self._loaded is None or self._loaded.project is None:
            raise GenerationError("the check was not run")
        return self._loaded.project

    def _generate(self, bar: Progress, task: TaskID) -> str:
        from interlock.codegen.generate import check, generate

        def progress(_: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        if self._is_check:
            drifts = check(self._project(), TARGET, self._folder, progress=progress)
            if drifts:
                named = ", ".join(drift.path for drift in drifts[:5])
                more = f" and {len(drifts) - 5} more" if len(drifts) > 5 else ""
                raise GenerationError(f"{len(drifts)} generated file(s) differ: {named}{more}")
            return "generated files are up to date"
        report = generate(self._project(), TARGET, self._folder, progress=progress)
        return f"{report.files} files, {len(report.written)} written, {len(report.removed)} removed"

    def _self_test(self, bar: Progress, task: TaskID) -> str:
        del bar, task
        try:
            done = subprocess.run(
                [sys.executable, "-m", SELF_TEST],
                env={**os.environ, "PYTHONPATH": str(self._folder), "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=tempfile.gettempdir(),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=SELF_TEST_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as problem:
            limit = f"{SELF_TEST_SECONDS:.0f} s"
            raise Undecided(f"the self-test did not end within {limit}") from problem
        lines = done.stdout.splitlines()
        if done.returncode != 0:
            self._output.note("\n".join([*lines, done.stderr.rstrip()]))
            raise _Findings(f"exit code {done.returncode}")
        return f"{len(lines)} associations"


class _Findings(InterlockError):
    """A step failed, and has said why."""


def _print_summary(output: Output, steps: list[Step]) -> None:
    styles = {"ok": "green", "failed": "bold red", "not run": "dim"}
    for step in steps:
        seconds = f"{step.seconds:.1f} s" if step.outcome != "not run" else ""
        line = Text(f"{step.name:<10} ")
        line.append(f"{step.outcome:<8}", styles[step.outcome])
        line.append(f"{seconds:>8}  {step.detail}")
        line.rstrip()
        output.out.print(line)
