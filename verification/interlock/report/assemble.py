"""From properties, verdicts and ``verification/findings.yaml`` to what reports print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.core import data as d
from interlock.core.source import SourceFile
from interlock.report.data import (
    CAPTURED,
    Assumption,
    Finding,
    MatrixText,
    MutationScore,
    PropertyText,
    Results,
    VariantText,
)
from interlock.verification.properties import Property
from interlock.verification.results import Trace, Verdict
from interlock.verification.solving import RESOURCE_LIMIT, SEED, solver_versions
from interlock.verification.verifier import Verifier

FILE = "verification/findings.yaml"


@dataclass(frozen=True)
class Words:
    """What is said to readers besides properties."""

    findings: tuple[Finding, ...]
    assumptions: tuple[Assumption, ...]


def load_words(root: Path, properties: Iterable[Property]) -> Words:
    """Read findings and assumptions; properties name the finding that they show.

    Raises:
        InputError: The file has the wrong shape.
    """
    source = SourceFile.read(root / FILE, FILE)
    keys = ("findings", "assumptions")
    top = d.as_mapping(d.read_data(source), "findings file", required=keys, optional=())
    shown: dict[str, list[str]] = {}
    for property in properties:
        shown.setdefault(property.finding, []).append(property.id)
    findings = []
    for item in d.as_sequence(top.need("findings"), "findings"):
        node = d.as_mapping(
            item,
            "finding",
            required=("id", "title", "clause", "words", "consequence", "repair"),
            optional=(),
        )
        findings.append(
            Finding(
                node.text("id"),
                node.text("title"),
                node.text("clause"),
                node.text("words"),
                node.text("consequence"),
                node.text("repair"),
                tuple(shown.get(node.text("id"), ())),
            )
        )
    assumptions = []
    for item in d.as_sequence(top.need("assumptions"), "assumptions"):
        node = d.as_mapping(item, "assumption", required=("id", "words", "why"), optional=())
        assumptions.append(Assumption(node.text("id"), node.text("words"), node.text("why")))
    return Words(tuple(findings), tuple(assumptions))


def property_text(property: Property) -> PropertyText:
    """A property as reports show it."""
    return PropertyText(
        property.id,
        property.title,
        property.group,
        property.clause,
        property.words,
        property.given_text,
        property.formula_text,
        "; ".join(property.twin_texts),
        property.reason,
        property.finding,
        property.repair,
        str(property.point) if property.point is not None else "",
    )


def variant_texts(verifier: Verifier) -> tuple[VariantText, ...]:
    """The variant of a verifier, in words."""
    amendments = verifier.project.amendments
    if not amendments:
        return (VariantText(verifier.variant, "the sources as they are"),)
    return (
        VariantText(
            verifier.variant,
            "; ".join(a.words for a in amendments),
            "; ".join(a.closes for a in amendments),
            "; ".join(a.cost for a in amendments),
            tuple(id for a in amendments for id in a.finding),
        ),
    )


def assemble(
    verifier: Verifier,
    verdicts: Sequence[Verdict],
    *,
    others: Sequence[tuple[Verifier, Sequence[Verdict]]] = (),
    structure: Mapping[str, tuple[str, ...]] | None = None,
    matrix: MatrixText | None = None,
    mutation: MutationScore | None = None,
) -> Results:
    """Everything that reports print.

    Args:
        verifier, verdicts: Of the sources as they are, or of one variant alone.
        others: Further variants.
        structure: Findings of structural verification by what was looked at.
        matrix: The policy matrix, if it was computed.
        mutation: How many seeded faults are noticed, if that was measured.
    """
    words = load_words(verifier.root, verifier.properties)
    every = [*verdicts, *(v for _, more in others for v in more)]
    variants = [*variant_texts(verifier), *(t for other, _ in others for t in variant_texts(other))]
    decided = {verdict.property for verdict in every}
    machines = tuple(verifier.project.models.machines.values())
    edition = verifier.project.edition
    return Results(
        edition="2018+AMD1" if edition is None else edition.id,
        properties=tuple(property_text(p) for p in verifier.properties if p.id in decided),
        variants=tuple(variants),
        verdicts=tuple(every),
        assumptions=words.assumptions,
        findings=tuple(f for f in words.findings if decided & set(f.properties)),
        matrix=matrix,
        structure=structure or {},
        machines=machines,
        covered=_covered(verifier, every),
        mutation=mutation,
        solvers=solver_versions(),
        seed=SEED,
        rlimit=RESOURCE_LIMIT,
    )


def _covered(verifier: Verifier, verdicts: Iterable[Verdict]) -> dict[str, frozenset[str]]:
    """Rows and checks that a trace goes through or a property of steps speaks of."""
    found: dict[str, set[str]] = {name: set() for name in verifier.project.models.machines}
    for verdict in verdicts:
        if verdict.trace is not None:
            for name, id in _in_trace(verdict.trace):
                found[name].add(id)
    for property in verifier.properties:
        for case in property.cases:
            machine = verifier.project.models.machines[case.machine]
            for row in machine.transitions:
                selection = property.selection
                by_event = not selection.events or str(row.event) in selection.events
                if by_event and (not selection.rows or row.id in selection.rows):
                    found[machine.name].add(row.id)
                    for use in row.checks:
                        found[machine.name] |= {c.id for c in machine.check_lists[use.list].checks}
    return {name: frozenset(ids) for name, ids in found.items()}


def _in_trace(trace: Trace) -> Iterable[tuple[str, str]]:
    machines = {party.name: party.machine for party in trace.parties}
    for step in trace.steps:
        for id in (step.row, step.failed_check):
            if id:
                yield machines[step.party], id


__all__ = ["CAPTURED", "assemble", "load_words", "property_text", "variant_texts"]
