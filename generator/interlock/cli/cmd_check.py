"""``interlock check``: specification, models and templates, and how much of them is covered."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from interlock.cli.loading import Loaded, assumptions, load
from interlock.cli.location import find_root
from interlock.cli.options import Amend, Assume, Edition, Root, output_of
from interlock.cli.output import Output
from interlock.core.diagnostics import PRINTERS, Diagnostic, error
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.model.amendments import Amendment
    from interlock.model.project import Project


class Format(Enum):
    """How findings are printed."""

    TEXT = "text"
    SHORT = "short"
    JSON = "json"


def command(
    context: typer.Context,
    format: Annotated[
        Format, typer.Option("--format", help="text: with excerpts; short: a line each; json.")
    ] = Format.TEXT,
    assume: Assume = None,
    amend: Amend = None,
    edition: Edition = None,
    root: Root = None,
    list_amendments: Annotated[
        bool,
        typer.Option("--list-amendments", help="Print every amendment and edition, and stop."),
    ] = False,
    list_rules: Annotated[
        bool, typer.Option("--list-rules", help="Print every code with its title, and stop.")
    ] = False,
    explain: Annotated[
        str | None, typer.Option(metavar="CODE", help="Explain one code, and stop.")
    ] = None,
    guards: Annotated[
        bool,
        typer.Option(help="Let the solver decide that guards cover everything and exclude others."),
    ] = True,
    max_errors: Annotated[
        int, typer.Option(min=0, metavar="N", help="Print at most N findings; 0 prints all.")
    ] = 0,
) -> None:
    """Check specification, models and templates.

    Findings go to stdout, the coverage of assumptions and clauses to stderr (with --format json
    both are one object on stdout). Exit code 1 when there are errors; warnings do not count.
    """
    output = output_of(context)
    if list_rules or explain is not None:
        _print_rules(output, explain)
        return
    place = find_root(root)
    if list_amendments:
        _print_amendments(output, place, format)
        return
    chosen = assumptions(assume or ())
    loaded = with_template_findings(load(place, chosen, amend=amend or (), edition=edition))
    questions = 0
    if guards:
        loaded, questions = with_guard_findings(loaded)
    if format is Format.JSON:
        output.result(json.dumps(_as_json(loaded), indent=2, ensure_ascii=False))
    else:
        _print_findings(output, loaded, format, max_errors)
        if loaded.project is not None:
            _print_coverage(output, loaded.project)
        if questions:
            output.note(f"{questions} questions about guards and checks decided by the solver")
        if place != Path.cwd():
            output.note(f"paths are relative to {place}")
        output.note(f"{loaded.errors} error(s), {loaded.warnings} warning(s)")
    raise typer.Exit(1 if loaded.errors else 0)


def with_template_findings(loaded: Loaded) -> Loaded:
    """The same, with what the template lint finds; templates are part of the tool."""
    found = tuple(_template_findings())
    findings = sorted((*loaded.findings, *found), key=lambda finding: finding.sort_key)
    return Loaded(loaded.project, tuple(findings), loaded.sources)


def with_guard_findings(loaded: Loaded) -> tuple[Loaded, int]:
    """The same, with what the solver finds in guards and checks; how much it decided."""
    if loaded.project is None:
        return loaded, 0
    from interlock.replay.witness import witness
    from interlock.verification.guards import decide

    models = loaded.project.models
    decisions = [
        decide(machine, models.vocabulary, witness) for machine in models.machines.values()
    ]
    found = [finding for decision in decisions for finding in decision.findings]
    # A check list that two machines share is decided for each; one report of it is enough.
    findings = sorted({*loaded.findings, *found}, key=lambda finding: finding.sort_key)
    questions = sum(decision.questions for decision in decisions)
    return Loaded(loaded.project, tuple(findings), loaded.sources), questions


def _template_findings() -> Iterable[Diagnostic]:
    from interlock.codegen import environment, lint
    from interlock.codegen.artefacts import TARGETS

    shown = "generator/interlock/codegen/templates"
    folder = Path(environment.__file__).parent / "templates"
    found = {
        finding
        for target in TARGETS.values()
        for finding in lint.lint(environment.make_environment(target.filters), folder)
    }
    for finding in sorted(found):
        at = Span(f"{shown}/{finding.template}", finding.line, 1, 2)
        message = f"{lint.RULES[finding.code]} {finding.detail}".strip()
        yield error(finding.code, message, at)


def _print_rules(output: Output, code: str | None) -> None:
    from interlock.cli.rule_table import all_rules, explained

    if code is None:
        for entry in all_rules().values():
            output.result(f"{entry.code}  {entry.severity:<7}  {entry.title}")
        return
    entry = explained(code)
    output.result(f"{entry.severity}[{entry.code}]: {entry.title}\n\n{entry.explanation}")
    if entry.clause is not None:
        output.result(f"\nclause: {entry.clause}")


def _print_amendments(output: Output, root: Path, format: Format) -> None:
    from interlock.model.amendments import CURRENT_EDITION, list_amendments, list_editions

    amendments, editions = list_amendments(root), list_editions(root)
    if format is Format.JSON:
        listed = {
            "edition": CURRENT_EDITION,
            "editions": [
                {"id": e.id, "clause": e.clause, "words": e.words, "rationale": e.rationale}
                for e in editions
            ],
            "amendments": [_amendment_as_json(amendment) for amendment in amendments],
        }
        output.result(json.dumps(listed, indent=2, ensure_ascii=False))
        return
    for a in amendments:
        output.result(f"{a.id}  ({a.clause}; {', '.join(a.finding)})\n  {a.words}")
        if format is Format.TEXT:
            peers = "yes" if a.interoperates else "no"
            output.result(f"  closes: {a.closes}\n  cost: {a.cost}\n  with old peers: {peers}")
    for e in editions:
        output.result(f"edition {e.id}  ({e.clause})\n  {e.words}")


def _amendment_as_json(amendment: Amendment) -> dict[str, object]:
    keys = ("id", "clause", "finding", "words", "rationale", "closes", "cost", "interoperates")
    shown: dict[str, object] = {key: getattr(amendment, key) for key in keys}
    return {**shown, "requires": amendment.requires, "edits": len(amendment.edits)}


def _print_findings(output: Output, loaded: Loaded, format: Format, limit: int) -> None:
    shown = loaded.findings[:limit] if limit else loaded.findings
    if shown:
        output.findings(PRINTERS[format.value](shown, loaded.sources))
    if len(shown) < len(loaded.findings):
        output.note(f"{len(loaded.findings) - len(shown)} more finding(s) not shown")


# --- coverage ----------------------------------------------------------------------------------


def _print_coverage(output: Output, project: Project) -> None:
    from interlock.model.coverage import assumption_uses, clause_uses

    if project.amendments or project.edition is not None:
        names = ", ".join(amendment.id for amendment in project.amendments) or "none"
        output.note(f"edition {project.edition_id}; amendments: {names}")
    uses = assumption_uses(project)
    output.note("assumptions that can be switched:")
    rows = [
        (
            use.id,
            f"{use.value} (file: {use.default})" if use.is_switched else use.value,
            use.choices,
        )
        for use in uses
        if use.is_switchable
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(3)] if rows else []
    for row in rows:
        output.note(
            "  " + "  ".join(f"{t:<{w}}" for t, w in zip(row, widths, strict=True)).rstrip()
        )
    switchable = sum(use.is_switchable for use in uses)
    switched = [f"{use.id}={use.value}" for use in uses if use.is_switched]
    output.note(
        f"{len(uses)} assumptions, {switchable} of them switchable, "
        f"{len(switched)} switched{': ' if switched else ''}{', '.join(switched)}"
    )
    clauses = clause_uses(project)
    unused = [clause.id for clause in clauses if not clause.is_used]
    output.note(
        f"{len(clauses)} clauses registered ({sum(c.is_assumed for c in clauses)} with a guessed "
        f"number): {sum(c.definitions > 0 for c in clauses)} with definitions, "
        f"{sum(c.checks > 0 for c in clauses)} with checks, "
        f"{len(unused)} named by nothing{': ' if unused else ''}{', '.join(unused)}"
    )


def _as_json(loaded: Loaded) -> dict[str, object]:
    from interlock.model.coverage import assumption_uses, clause_uses

    project = loaded.project
    findings = json.loads(PRINTERS["json"](loaded.findings, loaded.sources))
    return {
        "errors": loaded.errors,
        "warnings": loaded.warnings,
        "edition": None if project is None else project.edition_id,
        "amendments": None if project is None else [a.id for a in project.amendments],
        "findings": findings,
        "assumptions": None
        if project is None
        else [
            {**asdict(use), "switchable": use.is_switchable, "switched": use.is_switched}
            for use in assumption_uses(project)
        ],
        "clauses": None if project is None else [asdict(use) for use in clause_uses(project)],
        "machines": None
        if project is None
        else [
            {
                "name": machine.name,
                "states": len(machine.states),
                "transitions": len(machine.transitions),
                "checks": sum(len(c.checks) for c in machine.check_lists.values()),
            }
            for machine in project.models.machines.values()
        ],
    }
