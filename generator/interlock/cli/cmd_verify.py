"""``interlock verify``: what holds, what breaks and how, with proofs and replayed attacks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.exits import CLEAN, FINDINGS, UNDECIDED
from interlock.cli.loading import assumptions, demand
from interlock.cli.location import find_root
from interlock.cli.options import Amend, Assume, Edition, Root, output_of
from interlock.cli.output import Output
from interlock.core.errors import DriftError, UsageError

if TYPE_CHECKING:
    from interlock.report.data import MatrixText, MutationScore, Results
    from interlock.verification.results import Verdict
    from interlock.verification.verifier import Verifier, Wanted

FINDINGS_PAGE = "docs/findings.md"


class Mode(Enum):
    """Modes whose properties are verified."""

    NATIVE = "native"
    COMPATIBILITY = "compatibility"


def command(
    context: typer.Context,
    properties: Annotated[
        list[str] | None,
        typer.Option("--property", "-p", metavar="ID", help="Only this property; repeatable."),
    ] = None,
    mode: Annotated[Mode | None, typer.Option(help="Only properties about this mode.")] = None,
    amend: Amend = None,
    edition: Edition = None,
    assume: Assume = None,
    root: Root = None,
    variants: Annotated[
        bool,
        typer.Option(
            "--variants",
            help="Also each amendment of spec/amendments by itself: the properties that name it.",
        ),
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Decide everything anew, whatever is known already.")
    ] = False,
    second: Annotated[bool, typer.Option(help="Ask a second solver about every proof.")] = True,
    jobs: Annotated[int, typer.Option(min=1, help="Questions asked at a time.")] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="Verdicts as JSON on stdout.")] = False,
    structure: Annotated[
        bool,
        typer.Option(help="Also what graphs and guards of the machines show (seconds)."),
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write a self-contained report."),
    ] = None,
    write: Annotated[
        bool,
        typer.Option("--write", help=f"Update verification/results and {FINDINGS_PAGE}."),
    ] = False,
    check: Annotated[
        bool,
        typer.Option(
            "--check", help="Fail if verification/results or the page are not up to date."
        ),
    ] = False,
) -> None:
    """Verify the properties of verification/properties.

    Exit code 0: every verdict is the expected one; 1: one is not (or --check found a difference);
    3: something is undecided. What is known under the same fingerprint is not decided again.
    """
    from interlock.verification.verifier import Wanted

    output = output_of(context)
    place = find_root(root)
    if (write or check) and (properties or mode or assume or amend or edition):
        raise UsageError("--write and --check are about everything: leave out selections")
    wanted = Wanted(tuple(properties or ()), () if mode is None else (mode.value,))
    chosen = assumptions(assume or ())
    keep = not (fresh or write or check)  # what is committed does not depend on what was kept
    first = verifier_of(place, chosen, tuple(amend or ()), edition, second=second, keep=keep)
    found = [(first, verdicts_of(output, first, wanted, fresh=fresh, jobs=jobs))]
    if variants or write or check:
        for id in _amendments(place):
            amended = (*(amend or ()), id)
            other = verifier_of(place, chosen, amended, edition, second=second, keep=keep)
            about = replace(wanted, about=id)
            found.append((other, verdicts_of(output, other, about, fresh=fresh, jobs=jobs)))
    _show(output, found, as_json)
    if html is not None:
        from interlock.report.html import report_html

        shown = _structure(first) if structure else None
        html.write_text(report_html(_results(found, shown)), encoding="utf-8")
        output.note(f"wrote {html}")
    elif structure:
        for what, texts in _structure(first).items():
            output.result(f"structure: {what}: {'; '.join(texts) or 'nothing found'}")
    if write or check:
        _keep(output, place, found, only_check=check)
    raise typer.Exit(_exit_code([v for _, verdicts in found for v in verdicts]))


def verifier_of(
    place: Path,
    chosen: Mapping[str, str],
    amend: Sequence[str],
    edition: str | None,
    *,
    second: bool,
    keep: bool,
) -> Verifier:
    """The verifier of a variant; violating traces are replayed on handlers generated from it.

    With ``keep``, proofs are kept, and those that were kept are used where they still hold.
    """
    from interlock.cli.replaying import Replayer
    from interlock.explicit.rekey import search
    from interlock.replay.elsewhere import Variant
    from interlock.verification.kept_proofs import KeptProofs
    from interlock.verification.verifier import CACHE, Verifier

    project = demand(place, chosen, amend=amend, edition=edition)
    replayer = Replayer(project, Variant(place, chosen, tuple(amend), edition))
    proofs = KeptProofs(place / CACHE) if keep else None
    verifier = Verifier(place, project, second=second, replayer=replayer, proofs=proofs)
    verifier.search_rekey_with(lambda: search(project, verifier.abstraction, verifier.compositions))
    return verifier


def _amendments(place: Path) -> tuple[str, ...]:
    from interlock.model.amendments import list_amendments

    return tuple(amendment.id for amendment in list_amendments(place))


def verdicts_of(
    output: Output, verifier: Verifier, wanted: Wanted, *, fresh: bool, jobs: int
) -> list[Verdict]:
    """The verdicts asked for, in order of the files: what is known, and what is decided now."""
    from interlock.verification.deciding import decide_all
    from interlock.verification.verifier import Store

    store = Store(verifier.root)
    properties = verifier.select(wanted)
    keys = {p.id: verifier.fingerprint(p) for p in properties}
    known: dict[str, Verdict] = {}
    if not fresh:
        for property in properties:
            verdict = store.get(keys[property.id])
            if verdict is not None:
                known[property.id] = verifier.as_expected_now(property, verdict)
    missing = [p for p in properties if p.id not in known]
    with output.progress() as progress:
        task = progress.add_task(f"verify {verifier.variant}", total=len(missing))
        for verdict in decide_all(verifier, missing, processes=jobs):
            known[verdict.property] = verdict
            store.put(keys[verdict.property], verdict)
            progress.advance(task)
    output.note(f"{verifier.variant}: {len(missing)} decided, {len(known) - len(missing)} known")
    return [known[p.id] for p in properties]


def _structure(verifier: Verifier) -> dict[str, tuple[str, ...]]:
    """What structural verification finds, by severity; an empty row is good."""
    from interlock.verification.structure import structure_report

    found: dict[str, list[str]] = {"errors": [], "notes": []}
    for finding in structure_report(verifier.project).findings:
        kind = "errors" if finding.severity.value == "error" else "notes"
        found[kind].append(f"{finding.code}: {finding.message}")
    return {kind: tuple(texts) for kind, texts in found.items()}


def _results(
    found: Sequence[tuple[Verifier, Sequence[Verdict]]],
    structure: Mapping[str, tuple[str, ...]] | None = None,
) -> Results:
    from interlock.report.assemble import assemble

    (verifier, verdicts), *others = found
    return assemble(
        verifier,
        verdicts,
        others=others,
        structure=structure,
        matrix=_matrix(verifier),
        mutation=_mutation(verifier),
    )


def _matrix(verifier: Verifier) -> MatrixText | None:
    """The policy matrix that was written last, for the sources as they are."""
    from interlock.cli.cmd_matrix import RESULT
    from interlock.model.amendments import list_amendments
    from interlock.report.from_matrix import matrix_for_report
    from interlock.verification.matrix_json import read_matrix

    text = _read(verifier.root / RESULT)
    if text is None or verifier.variant != "captured":
        return None
    try:
        return matrix_for_report(read_matrix(text), list_amendments(verifier.root))
    except ValueError:
        return None


def _mutation(verifier: Verifier) -> MutationScore | None:
    """The campaign of seeded faults that was written last, for the sources as they are."""
    from interlock.cli.cmd_mutate import RESULT
    from interlock.report.from_mutation import score_for_report

    text = _read(verifier.root / RESULT)
    if text is None or verifier.variant != "captured":
        return None
    try:
        return score_for_report(text)
    except ValueError:
        return None


def _show(
    output: Output, found: Sequence[tuple[Verifier, Sequence[Verdict]]], as_json: bool
) -> None:
    if as_json:
        from interlock.verification.results_json import to_json

        output.result(to_json([v for _, verdicts in found for v in verdicts]).rstrip("\n"))
        return
    from interlock.report.explain import overview

    output.result(overview(_results(found)).rstrip("\n"))


def _exit_code(verdicts: Sequence[Verdict]) -> int:
    from interlock.verification.results import Status

    if any(verdict.status is Status.UNKNOWN for verdict in verdicts):
        return UNDECIDED
    return CLEAN if all(verdict.is_as_expected for verdict in verdicts) else FINDINGS


def _keep(
    output: Output,
    place: Path,
    found: Sequence[tuple[Verifier, Sequence[Verdict]]],
    *,
    only_check: bool,
) -> None:
    """Write the committed results and the page of findings, or compare them.

    Raises:
        DriftError: They differ, and nothing was to be written.
    """
    from interlock.report.findings import findings_markdown
    from interlock.verification.verifier import RESULTS, results_text

    texts = {
        f"{RESULTS}/{verifier.variant}.json": results_text(
            verifier, {v.property: v for v in verdicts}
        )
        for verifier, verdicts in found
    }
    texts[FINDINGS_PAGE] = findings_markdown(_results(found))
    differing = [path for path, text in texts.items() if _read(place / path) != text]
    if only_check:
        if differing:
            raise DriftError(differing)
        return
    for path in differing:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (place / path).write_text(texts[path], encoding="utf-8")
        output.note(f"wrote {path}")


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return None
