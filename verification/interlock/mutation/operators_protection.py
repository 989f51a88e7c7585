"""Faults in what protects messages, in freshness and in what a client may fall back to."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.model.project import Project
from interlock.mutation.conditions import without_conjunct
from interlock.mutation.mutants import Mutant
from interlock.mutation.texts import Place, without_item
from interlock.verification.coverage import Protections

PROTECTION = "spec/protection.yaml"
ASSUMPTIONS = "spec/assumptions.yaml"
ESTABLISHMENT = "models/establishment.yaml"

TIMES = (
    ("Q18", "3600", "the time window is an hour"),
    ("Q17", "600", "the replay memory keeps an entry for one window only"),
    ("Q17.clock-step", "0", "the replay memory allows for no step back of the clock"),
)
"""Assumption, another value, what that means."""


def other_time(project: Project) -> Iterator[Mutant]:
    """Times on which replay protection rests have other values."""
    tables = project.spec.tables
    for id, value, words in TIMES:
        origin = tables.assumptions[id]
        yield Mutant(
            f"other-time:{id}={value}",
            "other-time",
            ASSUMPTIONS,
            origin.span.line,
            "14.3",
            f"{id}: {words}",
            assume={id: value},
        )


def unprotect_component(project: Project) -> Iterator[Mutant]:
    """Each component that a machine reads or sends is taken out of what protects its message."""
    protections = Protections(project)
    for mode, found in sorted(project.models.messages.items()):
        for message in found.messages.values():
            coverage = protections.of(message)
            covered = [f for f in message.fields.values() if coverage.covers(f)]
            paths = dict.fromkeys(f.path for f in covered if f.projection != "kept")
            for path in paths:
                names = ", ".join(f.name for f in covered if f.path == path)
                first = next(f for f in covered if f.path == path)
                yield Mutant(
                    f"unprotect:{mode}.{message.name}.{path}",
                    "unprotect",
                    first.span.path,
                    first.span.line,
                    message.clause,
                    f"{message.name}: nothing protects {path} ({names})",
                    unprotected=(message.name, path),
                )


def shrink_coverage(project: Project) -> Iterator[Mutant]:
    """What a signature or ICV covers is only the token inside."""
    source = project.sources[PROTECTION]
    rows = Place.of(source).get("protection")
    for row in rows.items if rows is not None else ():
        for part in ("signature", "icv"):
            rule = row.get(part)
            covers = rule.get("covers") if rule is not None else None
            if rule is None or covers is None or not covers.is_scalar:
                continue
            inner = _token(rule, covers.text, project, row)
            if inner is not None:
                yield Mutant(
                    f"shrink-coverage:{row.word('pdu')}.{part}",
                    "shrink-coverage",
                    PROTECTION,
                    covers.line,
                    row.word("clause"),
                    f"{row.word('pdu')}: the {part} covers {inner} instead of {covers.text}",
                    covers.replaced(inner),
                )


def _token(rule: Place, covers: str, project: Project, row: Place) -> str | None:
    """The token inside of what is covered, if there is one."""
    pdu = f"{row.word('module')}.{row.word('pdu')}"
    for found in project.models.messages.values():
        for message in found.messages.values():
            if message.pdu == pdu:
                for item in message.fields.values():
                    if item.path.startswith(f"{covers}.token"):
                        return ".".join(item.path.split(".")[:2])
    return None


def widen_fallback(project: Project) -> Iterator[Mutant]:
    """Each condition of a rule for a second attempt is not asked; each rule is missing."""
    source = project.sources[ESTABLISHMENT]
    rules = Place.of(source).get("rules")
    for number, rule in enumerate(rules.items if rules is not None else ()):
        assert rules is not None
        id, when = rule.word("id"), rule.get("when")
        assert when is not None
        ways = [
            (found.name, found.words, when.replaced(found.text))
            for found in without_conjunct(when.text)
        ]
        ways.append(("missing", "the rule is missing", without_item(rules, number)))
        for name, words, change in ways:
            yield Mutant(
                f"widen-fallback:{id}/{name}",
                "widen-fallback",
                ESTABLISHMENT,
                rule.line,
                rule.word("clause"),
                f"{id}: {words}",
                change,
            )
