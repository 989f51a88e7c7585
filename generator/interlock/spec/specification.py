"""The whole specification: tables and ASN.1 modules, read, switched and checked together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interlock.asn1 import load_modules
from interlock.asn1.types import Asn1Model, OidValue, TaggingDefault
from interlock.core.diagnostics import Diagnostic, Severity, error
from interlock.core.errors import SpecificationError
from interlock.core.source import Overlay, SourceFile, Span
from interlock.spec.check import annotated, check
from interlock.spec.rows import Context
from interlock.spec.tables import SHOWN_ROOT, load_tables, read_source
from interlock.spec.types import SpecTables


@dataclass(frozen=True)
class Specification:
    """What the standard says, for one choice of assumptions."""

    tables: SpecTables
    asn1: Asn1Model
    warnings: tuple[Diagnostic, ...] = ()
    sources: Mapping[str, SourceFile] = field(default_factory=dict, compare=False, repr=False)

    def oid(self, name: str) -> str:
        """The object identifier called ``name`` in any module, dotted.

        Raises:
            KeyError: No module defines it, or two define it differently.
        """
        found = {
            str(definition.value)
            for definition in self.asn1.values.values()
            if definition.name == name and isinstance(definition.value, OidValue)
        }
        if len(found) != 1:
            raise KeyError(name)
        return found.pop()

    def clause_uses(self) -> Mapping[str, tuple[Span, ...]]:
        """For each registered clause, where ASN.1 definitions and table rows name it."""
        uses: dict[str, list[Span]] = {id: [] for id in self.tables.clauses}
        for _, annotation, span in annotated(self.asn1):
            for clause in filter(None, (annotation.clause or "").split(", ")):
                uses[clause].append(span)
        for origin in self.tables.origins():
            uses[origin.clause].append(origin.span)
        for assumption in self.tables.assumptions.values():
            uses[assumption.clause].append(assumption.span)
        return {clause: tuple(spans) for clause, spans in uses.items()}


def load_specification(
    root: Path, assume: Mapping[str, str] | None = None, overlay: Overlay | None = None
) -> Specification:
    """Read the tables and ``asn1/*.asn`` below ``root`` with the given assumptions.

    Args:
        root: The ``spec/`` folder.
        assume: Assumption id to the value that replaces the one of the file.
        overlay: Texts that stand in for files.

    Raises:
        SpecificationError: Tables, assumptions or modules are wrong; carries all findings of
            the first stage that failed (tables, then modules, then the rules between them).
    """
    tables = load_tables(root, assume=assume, overlay=overlay)
    modules = _read_modules(root / "asn1", overlay or Overlay())
    model = load_modules(modules, tagging=_tagging(tables, modules), values=_values(tables))
    findings = [*_check_sets(tables, model), *check(tables, model)]
    if any(finding.severity is Severity.ERROR for finding in findings):
        raise SpecificationError(findings)
    sources = {**tables.sources, **{source.path: source for source in modules}}
    warnings = tuple(sorted(findings, key=lambda finding: finding.sort_key))
    return Specification(tables, model, warnings, sources)


def _read_modules(folder: Path, overlay: Overlay) -> tuple[SourceFile, ...]:
    context = Context()
    sources = [
        read_source(path, f"{SHOWN_ROOT}/asn1/{path.name}", context, overlay)
        for path in sorted(folder.glob("*.asn"))
    ]
    if not sources:
        shown = folder.as_posix()
        context.findings.append(
            error("SPC001", f'no ASN.1 module in "{shown}"', Span(shown, 1, 1, 2))
        )
    if context.findings:
        raise SpecificationError(context.findings)
    return tuple(source for source in sources if source is not None)


def _tagging(tables: SpecTables, modules: tuple[SourceFile, ...]) -> dict[str, TaggingDefault]:
    # an override of a module that is not there is reported by _check_sets
    present = {Path(source.path).stem for source in modules}
    return {
        assumption.sets_tagging: TaggingDefault(assumption.value)
        for assumption in tables.assumptions.values()
        if assumption.sets_tagging is not None and assumption.sets_tagging in present
    }


def _values(tables: SpecTables) -> dict[tuple[str, str], int]:
    values = {}
    for assumption in tables.assumptions.values():
        # an unchanged value stays that of the module, so that official modules keep theirs
        if assumption.sets_value is not None and assumption.value != assumption.default:
            module, _, name = assumption.sets_value.partition(".")
            values[module, name] = assumption.as_int
    return values


def _check_sets(tables: SpecTables, model: Asn1Model) -> list[Diagnostic]:
    """What ``sets`` names exists, and the file's answer is what the module says."""
    findings = []
    for assumption in tables.assumptions.values():
        problem = None
        if assumption.sets_tagging is not None and assumption.sets_tagging not in model.modules:
            problem = f'sets the tagging of unknown module "{assumption.sets_tagging}"'
        if assumption.sets_value is not None:
            definition = model.values.get(assumption.sets_value)
            if definition is None:
                problem = f'sets unknown value "{assumption.sets_value}"'
            elif definition.value != assumption.as_int:
                problem = (
                    f'says {assumption.value}, but "{assumption.sets_value}" is '
                    f"{definition.value!r} in the module"
                )
        if problem is not None:
            message = f'assumption "{assumption.id}" {problem}'
            findings.append(error("SPC013", message, assumption.span, clause=assumption.clause))
    return findings
