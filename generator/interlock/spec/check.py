"""Rules between the tables and the ASN.1 modules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from pathlib import PurePosixPath

from interlock.asn1.types import (
    Annotation,
    Asn1Model,
    EnumeratedType,
    IntegerType,
    Module,
    OidValue,
    TypeDefinition,
    ValueDefinition,
)
from interlock.core.diagnostics import Diagnostic, error, similar_name_help, warning
from interlock.core.source import Span
from interlock.spec.paths import UnknownStep, dereference, resolve_path
from interlock.spec.types import SpecTables

OIDS = "IEC62351-4-ObjectIdentifiers"
ALGORITHMS = "IEC62351-4-Algorithms"
E2E = "IEC62351-4-E2E"
OSI = "IEC62351-4-OSI"

Check = Callable[[SpecTables, Asn1Model], Iterable[Diagnostic]]


def check(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """All findings, errors and warnings, in no particular order."""
    return chain.from_iterable(rule(tables, model) for rule in CHECKS)


def _missing(name: str, what: str, span: Span, known: Iterable[str]) -> Diagnostic:
    return error("SPC020", f'{what} "{name}"', span, help=similar_name_help(name, known))


def _oids_of(model: Asn1Model, module: str) -> dict[str, OidValue]:
    return {
        definition.name: definition.value
        for definition in model.values.values()
        if definition.module == module and isinstance(definition.value, OidValue)
    }


def _types_of(model: Asn1Model, *modules: str) -> set[str]:
    return {d.name for d in model.types.values() if d.module in modules}


def check_object_identifiers(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """Algorithms and the names of the OSI table are OID values of the modules."""
    known = _oids_of(model, ALGORITHMS)
    for algorithm in tables.algorithms.values():
        if algorithm.name not in known:
            what = f"no object identifier in {ALGORITHMS} for algorithm"
            yield _missing(algorithm.name, what, algorithm.origin.span, known)
    known = _oids_of(model, OIDS)
    for profile in tables.osi.profiles.values():
        names = [(profile.application_context, profile.origin.span)]
        if profile.mechanism_name:
            names.append((profile.mechanism_name, profile.origin.span))
        for context in profile.contexts:
            names.append((context.abstract_syntax, context.origin.span))
            names.append((context.transfer_syntax, context.origin.span))
        for name, span in names:
            if name not in known:
                yield _missing(name, f"no object identifier in {OIDS} for", span, known)


def check_pdus(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """PDUs, wrappers and the alternatives inside them are types of the modules."""
    pdus = _types_of(model, E2E, OSI)
    named = [(group.pdu, group.origin.span) for group in tables.event_groups.values()]
    named += [(carrier.pdu, carrier.origin.span) for carrier in tables.osi.carriers.values()]
    named += [(stanza.pdu, stanza.origin.span) for stanza in tables.xmpp.stanzas]
    for pdu, span in named:
        if pdu is not None and pdu not in pdus:
            yield _missing(pdu, "no type in the modules for PDU", span, pdus)
    for protection in tables.protection.values():
        if protection.key not in model.types:
            what = "no type in the modules for"
            yield _missing(protection.key, what, protection.origin.span, model.types)
    wrappers = _types_of(model, OSI)
    for carrier in tables.osi.carriers.values():
        if carrier.wrapper not in wrappers:
            what = f"no type in {OSI} for wrapper"
            yield _missing(carrier.wrapper, what, carrier.origin.span, wrappers)


def check_paths(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """Every path of the protection table exists, and what is covered is kept."""
    for protection in tables.protection.values():
        if protection.key not in model.types:
            continue
        for path, span in protection.paths.items():
            try:
                resolve_path(model, protection.key, path)
            except UnknownStep as problem:
                yield error(
                    "SPC021",
                    f'"{protection.pdu}" has no component "{path}"',
                    span,
                    clause=protection.origin.clause,
                    help=similar_name_help(problem.step, problem.known)
                    or f"known here: {', '.join(problem.known) or 'nothing'}",
                )
        covered = [part.covers for part in (protection.signature, protection.icv) if part]
        if protection.encryption:
            covered.append(protection.encryption.additional_data)
        for path in covered:
            if path not in protection.keep:
                yield error(
                    "SPC023",
                    f'"{path}" of "{protection.pdu}" is covered but not kept as received',
                    protection.paths[path],
                    clause=protection.origin.clause,
                    help=f'add "{path}" to keep',
                )


def check_carriers(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """The alternative that a carrier names leads to its SecPDU."""
    # wrapper -> the type inside its single-ASN1-type
    inside = {"AARE": f"{E2E}.HandshakeRsp", "ABRT": f"{OSI}.AbortInformation"}
    for carrier in tables.osi.carriers.values():
        key = inside.get(carrier.carrier)
        if carrier.alternative is None or key is None or key not in model.types:
            continue
        try:
            found = resolve_path(model, key, carrier.alternative)
        except UnknownStep as problem:
            yield error(
                "SPC021",
                f'"{key}" has no alternative "{carrier.alternative}"',
                carrier.origin.span,
                help=similar_name_help(problem.step, problem.known),
            )
            continue
        wanted = {
            dereference(model, d.type)
            for d in model.types.values()
            if d.module in (E2E, OSI) and d.name == carrier.pdu
        }
        if found not in wanted:
            yield error(
                "SPC021",
                f'alternative "{carrier.alternative}" is not "{carrier.pdu}"',
                carrier.origin.span,
            )


def check_diagnostics(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """Diagnostics of events and numbers of groups are items of their ASN.1 types."""
    items: set[str] = set()
    for name in ("HandshakeDiagnostics", "DtDiagnostics"):
        definition = model.types.get(f"{E2E}.{name}")
        if definition is not None and isinstance(definition.type, EnumeratedType):
            items.update(item for item, _ in definition.type.items + definition.type.additions)
    for event in tables.events.values():
        if event.diagnostic is not None and event.diagnostic not in items:
            what = f"no item in the diagnostics of {E2E} for"
            yield _missing(event.diagnostic, what, event.origin.span, items)
    group_type = model.types.get(f"{E2E}.DiffieHellmanGroup")
    numbers = (
        dict(group_type.type.names)
        if group_type is not None and isinstance(group_type.type, IntegerType)
        else {}
    )
    for group in tables.groups.values():
        if numbers.get(group.name) != group.number:
            what = f"no named number {group.number} in {E2E}.DiffieHellmanGroup for group"
            yield _missing(group.name, what, group.origin.span, numbers)


def check_annotations(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """Annotations are complete and refer to registered clauses and assumptions."""
    for name, annotation, span in annotated(model):
        if annotation.clause is None or annotation.confidence is None:
            # only a warning: modules of a licence holder come without annotations
            yield warning(
                "SPC022",
                f'"{name}" has no clause or confidence',
                span,
                help="write --@clause and --@confidence above it",
            )
        for clause in filter(None, (annotation.clause or "").split(", ")):
            if clause not in tables.clauses:
                yield error(
                    "SPC004",
                    f'clause "{clause}" is not in the register',
                    span,
                    help=similar_name_help(clause, tables.clauses),
                )
        for id in annotation.assumptions:
            if not any(id in (a.id, a.family) for a in tables.assumptions.values()):
                yield error(
                    "SPC010",
                    f'unknown assumption "{id}"',
                    span,
                    help=similar_name_help(id, tables.assumptions),
                )


def annotated(model: Asn1Model) -> Iterator[tuple[str, Annotation, Span]]:
    """Name, annotation and position of each module, type and value, instances left out."""
    definitions: Iterable[Module | TypeDefinition | ValueDefinition] = chain(
        model.modules.values(), model.types.values(), model.values.values()
    )
    for definition in definitions:
        if not (isinstance(definition, TypeDefinition) and definition.parameters):
            yield definition.name, definition.annotation, definition.span


def check_module_files(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """A module stands in the file that has its name."""
    del tables
    for module in model.modules.values():
        stem = PurePosixPath(module.span.path).stem
        if stem != module.name:
            message = f'module "{module.name}" stands in file "{stem}.asn"'
            yield error("SPC024", message, module.span, help=f'rename it "{module.name}.asn"')


def check_affects(tables: SpecTables, model: Asn1Model) -> Iterator[Diagnostic]:
    """What an assumption says it affects or sets is there."""
    files = {PurePosixPath(path).stem for path in tables.sources}
    names = {*model.modules, *model.types, *model.values, *model.object_sets}
    # parameterised types and open types are known only by their instances
    names |= {f"{d.module}.{d.name}" for d in model.types.values()}
    for assumption in tables.assumptions.values():
        for target in assumption.affects:
            kind, _, name = target.partition(":")
            known: Iterable[str] | None = {
                "asn1": names,
                "table": files,
                "runtime": (name,) if name else (),
                "model": (name,) if name else (),
            }.get(kind)
            if known is None or name not in known:
                yield error(
                    "SPC003",
                    f'assumption "{assumption.id}" affects unknown "{target}"',
                    assumption.span,
                    help=similar_name_help(name, known or ()),
                )


CHECKS: tuple[Check, ...] = (
    check_object_identifiers,
    check_pdus,
    check_paths,
    check_carriers,
    check_diagnostics,
    check_annotations,
    check_module_files,
    check_affects,
)
