"""The report as one HTML page: no script, nothing from elsewhere, the same octets every time."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.report import svg, wording
from interlock.report.data import CAPTURED, Finding, PropertyText, Results, VariantText
from interlock.report.matrix import matrix_view
from interlock.report.sequence import sequence_svg
from interlock.report.states import states_svg
from interlock.report.templating import render
from interlock.verification.results import Check, Obligation, Status, Verdict


@dataclass(frozen=True)
class Mark:
    """A cell of the verdict table; everything is empty where the verdict was not asked."""

    href: str = ""
    css: str = "apart"
    sign: str = ""
    word: str = ""
    is_surprise: bool = False
    title: str = ""


@dataclass(frozen=True)
class ObligationView:
    """An obligation with words for the answers."""

    obligation: Obligation
    first: str
    second: str


@dataclass(frozen=True)
class VerdictView:
    """A verdict with everything that its section shows."""

    verdict: Verdict
    variant: VariantText
    id: str
    css: str
    sign: str
    headline: str
    method: str
    twin: str
    replay: str
    diagram: str
    obligations: tuple[ObligationView, ...]
    is_surprise: bool


@dataclass(frozen=True)
class PropertyView:
    """A property with its row of the table and its section."""

    text: PropertyText
    id: str
    marks: tuple[Mark, ...]
    verdicts: tuple[VerdictView, ...]
    finding: Finding | None
    finding_id: str


@dataclass(frozen=True)
class GroupView:
    """Properties of one group."""

    name: str
    properties: tuple[PropertyView, ...]


@dataclass(frozen=True)
class Link:
    """A link within the page; without a target it is only text."""

    href: str
    text: str


@dataclass(frozen=True)
class FindingView:
    """A finding with links to what shows it and to what closes it."""

    finding: Finding
    id: str
    properties: tuple[Link, ...]
    attack: Link | None
    closed_by: tuple[VariantText, ...]


def report_html(results: Results) -> str:
    """The page of a run of verification."""
    groups = tuple(
        GroupView(name, tuple(_property(results, text) for text in texts))
        for name, texts in results.groups
    )
    context = {
        "results": results,
        "groups": groups,
        "findings": tuple(_finding(results, finding) for finding in results.findings),
        "counts": tuple(
            (
                status.value,
                wording.CLASSES[status],
                wording.SIGNS[status],
                results.count(status),
                sum(v.is_as_expected for v in results.verdicts if v.status is status),
            )
            for status in Status
        ),
        "unexpected": tuple(
            (_verdict_link(results, v), v.variant, wording.headline(v)) for v in results.unexpected
        ),
        "matrix": None if results.matrix is None else matrix_view(results.matrix),
        "machines": tuple(
            (
                machine,
                states_svg(
                    machine,
                    results.covered.get(machine.name, frozenset()),
                    wording.anchor("machine", machine.name),
                    embedded=True,
                ),
            )
            for machine in results.machines
        ),
        "structure": tuple(results.structure.items()),
        "solvers": tuple(sorted(results.solvers.items())),
        "colours": svg.colours(":root"),
        "drawing_style": svg.STYLE,
        "fonts": svg.FONTS,
        "mono_fonts": svg.MONO_FONTS,
        "amount": wording.amount,
    }
    return render("report.html.j2", context)


def _property(results: Results, text: PropertyText) -> PropertyView:
    return PropertyView(
        text,
        wording.anchor("p", text.id),
        tuple(_mark(results.verdict(text.id, variant.id)) for variant in results.variants),
        tuple(
            _verdict(text, variant, found)
            for variant in results.variants
            if (found := results.verdict(text.id, variant.id)) is not None
        ),
        next((f for f in results.findings if f.id == text.finding), None),
        wording.anchor("f", text.finding),
    )


def _mark(verdict: Verdict | None) -> Mark:
    if verdict is None:
        return Mark()
    return Mark(
        f"#{_id(verdict)}",
        wording.CLASSES[verdict.status],
        wording.SIGNS[verdict.status],
        verdict.status.value,
        not verdict.is_as_expected,
        f"{verdict.property}, {verdict.variant}: {wording.headline(verdict)}",
    )


def _id(verdict: Verdict) -> str:
    return wording.anchor("v", verdict.property, verdict.variant)


def _verdict(text: PropertyText, variant: VariantText, verdict: Verdict) -> VerdictView:
    title = f"Attack on {text.id} ({text.title}), {variant.id}"
    id = _id(verdict)
    return VerdictView(
        verdict,
        variant,
        id,
        wording.CLASSES[verdict.status],
        wording.SIGNS[verdict.status],
        wording.headline(verdict),
        wording.method(verdict),
        wording.TWINS[verdict.twin],
        wording.replay(verdict.replay),
        ""
        if verdict.trace is None
        else sequence_svg(verdict.trace, title, f"s-{id}", embedded=True),
        tuple(ObligationView(o, _answer(o.first), _answer(o.second)) for o in verdict.obligations),
        not verdict.is_as_expected,
    )


def _answer(check: Check) -> str:
    words = {
        Check.UNSAT: "✓ unsat: it holds",
        Check.SAT: "✗ sat: it does not hold",
        Check.UNKNOWN: "? unknown",
        Check.NOT_ASKED: "not asked",
    }
    return words[check]


def _verdict_link(results: Results, verdict: Verdict) -> Link:
    """A link to the section of a verdict; only text where the page has no such section."""
    known = results.property_text(verdict.property) is not None
    shown = known and any(variant.id == verdict.variant for variant in results.variants)
    return Link(f"#{_id(verdict)}" if shown else "", verdict.property)


def _finding(results: Results, finding: Finding) -> FindingView:
    attack = next(
        (
            verdict
            for id in finding.properties
            for verdict in results.verdicts_of(id)
            if verdict.trace is not None and verdict.variant == CAPTURED
        ),
        None,
    )
    return FindingView(
        finding,
        wording.anchor("f", finding.id),
        tuple(
            Link(f"#{wording.anchor('p', id)}" if results.property_text(id) is not None else "", id)
            for id in finding.properties
        ),
        None if attack is None else _verdict_link(results, attack),
        tuple(variant for variant in results.variants if finding.id in variant.findings),
    )
