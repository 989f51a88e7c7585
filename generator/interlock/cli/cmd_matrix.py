"""``interlock matrix``: which pairs of policies are protected from a downgrade."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from interlock.cli.exits import CLEAN, UNDECIDED
from interlock.cli.loading import assumptions, demand
from interlock.cli.location import find_root
from interlock.cli.options import Assume, Root, output_of

RESULT = "verification/results/matrix.json"


def command(
    context: typer.Context,
    remedies: Annotated[
        bool,
        typer.Option("--remedies", help="Also what each remedy closes and costs (minutes)."),
    ] = False,
    file: Annotated[
        Path | None,
        typer.Option(
            "--policies", metavar="FILE", help="Other policies than verification/policies.yaml."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="The matrix as JSON on stdout.")] = False,
    assume: Assume = None,
    root: Root = None,
    write: Annotated[bool, typer.Option("--write", help=f"Update {RESULT}.")] = False,
) -> None:
    """Outcomes of pairs of policies without and with an attacker, and the largest protected set.

    Exit code 3: a pair is undecided.
    """
    from interlock.verification.matrix import MatrixDecider
    from interlock.verification.matrix_json import matrix_json, matrix_text

    output = output_of(context)
    place = find_root(root)
    project = demand(place, assumptions(assume or ()))
    decider = MatrixDecider(place, file=file, project=project)
    with output.progress() as progress:
        steps = 2 + (len(decider.policies.remedies) if remedies else 0)
        task = progress.add_task("matrix", total=steps)
        matrix = decider.matrix()
        progress.advance(task)
        matrix = replace(matrix, largest=decider.largest())
        progress.advance(task)
        if remedies:
            for remedy in decider.policies.remedies:
                effects = (*matrix.remedies, decider.remedy(remedy))
                matrix = replace(matrix, remedies=effects)
                progress.advance(task)
    output.result((matrix_json(matrix) if as_json else matrix_text(matrix)).rstrip("\n"))
    if write:
        path = place / RESULT
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(matrix_json(matrix), encoding="utf-8")
        output.note(f"wrote {path}")
    raise typer.Exit(CLEAN if matrix.is_decided else UNDECIDED)
