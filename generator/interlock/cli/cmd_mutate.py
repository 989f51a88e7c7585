"""``interlock mutate``: faults put into the sources, and whether anything notices them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.exits import CLEAN, FINDINGS
from interlock.cli.loading import demand
from interlock.cli.location import find_root
from interlock.cli.options import Root, output_of
from interlock.cli.output import Output
from interlock.core.errors import UsageError

if TYPE_CHECKING:
    from interlock.mutation.kill import Verdict
    from interlock.mutation.mutants import Mutant

RESULT = "verification/results/mutation.json"


def command(
    context: typer.Context,
    operators: Annotated[
        list[str] | None,
        typer.Option("--operator", metavar="NAME", help="Only this kind of fault; repeatable."),
    ] = None,
    file: Annotated[
        str | None, typer.Option(metavar="FILE", help="Only faults in this file.")
    ] = None,
    sample: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Only so many, chosen by chance.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Which sample.")] = 0,
    runs: Annotated[
        bool, typer.Option(help="Ask properties of runs too, which takes longest.")
    ] = True,
    baseline: Annotated[
        list[str] | None,
        typer.Option(
            "--baseline",
            metavar="AMENDMENT",
            help="Put the faults into the amended sources; repeatable.",
        ),
    ] = None,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Decide everything anew, whatever is known already.")
    ] = False,
    jobs: Annotated[int, typer.Option(min=1, help="Mutants at a time.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON on stdout.")] = False,
    write: Annotated[bool, typer.Option("--write", help=f"Update {RESULT}.")] = False,
    root: Root = None,
) -> None:
    """Put faults into models and tables, one at a time, and see what notices.

    Exit code 0: enough are noticed, and every argument in verification/equivalents.yaml is about
    a fault that nothing notices; 1: not so.
    """
    from interlock.mutation.operators import mutants_of
    from interlock.mutation.score import (
        WANTED,
        campaign,
        campaign_json,
        load_arguments,
        overview,
    )

    output = output_of(context)
    place = find_root(root)
    is_all = not (operators or file or sample)
    if write and (baseline or not is_all):
        raise UsageError("--write is about everything: leave out selections")
    project = demand(place, {}, amend=tuple(baseline or ()))
    arguments = load_arguments(place)
    mutants = mutants_of(place, project, operators=operators or (), file=file)
    if sample is not None and sample < len(mutants):
        chosen = set(random.Random(seed).sample(range(len(mutants)), sample))
        mutants = tuple(m for n, m in enumerate(mutants) if n in chosen)
    verdicts = _verdicts(
        output, place, mutants, tuple(baseline or ()), runs=runs, fresh=fresh, jobs=jobs
    )
    # without runs, what survives may be noticed by one: no argument is judged by that
    found = campaign(mutants, verdicts, arguments, is_all=is_all, runs=runs)
    output.result(campaign_json(found).rstrip("\n") if as_json else overview(found))
    if write:
        (place / RESULT).parent.mkdir(parents=True, exist_ok=True)
        (place / RESULT).write_text(campaign_json(found), encoding="utf-8")
        output.note(f"wrote {RESULT}")
    is_good = found.total.score >= WANTED and not found.stale
    raise typer.Exit(CLEAN if is_good else FINDINGS)


def _verdicts(
    output: Output,
    place: Path,
    mutants: Sequence[Mutant],
    baseline: tuple[str, ...],
    *,
    runs: bool,
    fresh: bool,
    jobs: int,
) -> dict[str, Verdict]:
    from interlock.mutation.campaign import Known, judge_all
    from interlock.mutation.kill import Judge

    known = Known(place, baseline, runs=runs)
    verdicts: dict[str, Verdict] = {}
    for mutant in () if fresh else mutants:
        verdict = known.get(mutant)
        if verdict is not None:
            verdicts[mutant.id] = verdict
    missing = [mutant for mutant in mutants if mutant.id not in verdicts]
    if missing:
        judge = Judge(place, baseline, runs=runs)
        noticed = {} if fresh else {m.id: known.last(m) for m in missing}
        last = {id: verdict for id, verdict in noticed.items() if verdict is not None}
        with output.progress() as progress:
            task = progress.add_task("mutate", total=len(missing))
            for mutant, verdict in judge_all(judge, missing, last=last, processes=jobs):
                verdicts[mutant.id] = verdict
                known.put(mutant, verdict)
                progress.advance(task)
    output.note(f"{len(missing)} decided, {len(mutants) - len(missing)} known")
    return verdicts
