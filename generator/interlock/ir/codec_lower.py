"""From the ASN.1 model to the codec IR.

Walks every definition of every module, gives inline structures, lists and choices keys of
their own (``Module.HandshakeReq.tbs``), writes simple types out at the place of use, turns
object sets into tables, and marks the components whose octets must be kept.

What codecs cannot express is a diagnostic (``COD0nn``), never a wrong codec.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter

from interlock.asn1 import types as asn1
from interlock.asn1.types import Annotation, Asn1Model, Component, Presence
from interlock.core.diagnostics import Diagnostic, error
from interlock.core.errors import SpecificationError
from interlock.core.source import Span
from interlock.ir import codec
from interlock.ir.codec_contents import ContentsLowering
from interlock.ir.codec_oids import named_oids
from interlock.ir.codec_resolve import EXTERNAL, EXTERNAL_TYPE, Resolved, resolve
from interlock.ir.codec_spelling import component_spelling, type_spelling
from interlock.ir.codec_tables import fixed_contents
from interlock.ir.codec_tags import identifiers

RULES: dict[str, str] = {
    "COD001": "recursive types have no bounded decoder",
    "COD002": "type is not supported by the codecs",
    "COD003": "DEFAULT value is not supported by the codecs",
    "COD004": "choice without a tag inside a SET",
    "COD005": "PATTERN is outside the common subset",
    "COD006": "path of kept octets does not lead to a component",
    "COD007": "modules use each other",
    "COD008": "IMPLICIT tag on a choice or open type",
}
"""Diagnostic codes of the lowering, with their titles."""


NO_ANNOTATION = Annotation()


@dataclass(frozen=True, slots=True)
class Keep:
    """A component whose contents octets are kept as received.

    ``type`` is a key of the ASN.1 model, ``path`` the identifiers from there.
    """

    type: str
    path: tuple[str, ...]
    includes_end_of_contents: bool = True


def lower_codec(model: Asn1Model, keep: Iterable[Keep] = ()) -> codec.CodecModel:
    """Make the codec IR of all modules.

    Raises:
        SpecificationError: Something in the modules has no codec; all findings, ``COD0nn``.
    """
    lowering = _Lowering(model)
    lowering.mark_kept(keep)
    lowering.lower_all()
    modules = lowering.modules()
    if lowering.findings:
        raise SpecificationError(lowering.findings)
    return codec.CodecModel(modules=modules, oids=named_oids(model))


def origin_of(annotation: Annotation) -> codec.Origin:
    """The part of an annotation that generated code shows."""
    return codec.Origin(
        clause=annotation.clause,
        confidence=annotation.confidence,
        assumptions=annotation.assumptions,
        notes=annotation.notes,
        text=annotation.text,
    )


class _Lowering:
    """One run over one model."""

    def __init__(self, model: Asn1Model) -> None:
        self.model = model
        self.findings: list[Diagnostic] = []
        self.definitions: dict[str, codec.Definition] = {}
        self.name_tables: dict[str, codec.NameTable] = {}
        self.object_tables: dict[str, codec.ObjectTable] = {}
        self.kept: dict[tuple[str, str], bool] = {}
        self.covered: set[str] = set()
        self.class_owner: dict[tuple[str, ...], str] = {}
        self.pending: set[str] = set()
        self.contents = ContentsLowering(self)

    # --- what must be kept -----------------------------------------------------------------

    def mark_kept(self, keep: Iterable[Keep]) -> None:
        """Resolve the paths to (key of the structure, component name)."""
        for item in keep:
            if item.type not in self.model.types or not self._mark(item):
                self.report(
                    "COD006",
                    f'no component "{".".join(item.path)}" in type "{item.type}"',
                    self.model.types[item.type].span
                    if item.type in self.model.types
                    else Span.nowhere(),
                )

    def _mark(self, item: Keep) -> bool:
        resolved = resolve(self.model.types[item.type].type, self.model)
        key = resolved.named or item.type
        for step, name in enumerate(item.path):
            members: dict[str, asn1.Type] = {}
            if isinstance(resolved.base, asn1.StructureType):
                members = {c.name: c.type for c in resolved.base.components}
            elif isinstance(resolved.base, asn1.ChoiceType):
                members = {a.name: a.type for a in resolved.base.alternatives}
            if name not in members:
                return False
            owner = key
            resolved = resolve(members[name], self.model)
            key = resolved.named or f"{owner}.{name}"
            if step == len(item.path) - 1:
                self.kept[owner, name] = item.includes_end_of_contents
                if resolved.is_compound:
                    self.covered.add(key)
        return True

    # --- definitions -----------------------------------------------------------------------

    def lower_all(self) -> None:
        """Lower every named type."""
        for key, definition in self.model.types.items():
            names = (definition.name, *map(_parameter_name, definition.parameters))
            self.define(key, definition.type, definition.module, names, definition.annotation)

    def define(
        self,
        key: str,
        type_: asn1.Type,
        module: str,
        names: tuple[str, ...],
        annotation: Annotation = NO_ANNOTATION,
        *,
        is_inline: bool = False,
    ) -> None:
        """Lower one type under ``key``, with everything written inside it."""
        resolved = resolve(type_, self.model)
        common = {
            "key": key,
            "module": module,
            "names": names,
            "occurrence": self.occurrence(type_, key, names, module, is_definition=True),
            "origin": origin_of(annotation),
            "is_inline": is_inline,
            "covered": key in self.covered,
            "span": type_.span,
        }
        written_here = resolved.named in (None, key) or key == f"{EXTERNAL}.{EXTERNAL}"
        base = resolved.base
        made: codec.Definition
        if written_here and isinstance(base, asn1.StructureType):
            made = self._structure(base, common)
        elif written_here and isinstance(base, asn1.ListType):
            made = self._list(resolved, base, common)
        elif written_here and isinstance(base, asn1.ChoiceType):
            made = self._choice(base, common)
        else:
            made = codec.Leaf(**common)  # type: ignore[arg-type]
        self.definitions[key] = made

    def _structure(self, base: asn1.StructureType, common: dict[str, object]) -> codec.Structure:
        key, names, module = _identity(common)
        head = base.root + tuple(c for group in base.additions for c in group)
        added = {c.name for group in base.additions for c in group}
        fields = tuple(self._field(c, key, names, module, c.name in added) for c in head)
        tail = tuple(self._field(c, key, names, module, False) for c in base.root_after)
        fields += tail
        start = len(head)
        if base.is_set:
            if any(not f.occurrence.first or len(f.occurrence.first) > 1 for f in fields):
                self.report("COD004", f'choice or open type in SET "{names[-1]}"', base.span)
            fields = tuple(sorted(fields, key=lambda f: _tag_order(f.occurrence)))
            start = len(fields)
        class_names = names if common["is_inline"] else names[:1]
        owner = self.class_owner.setdefault((module, *class_names), key)
        structure = codec.Structure(
            **common,  # type: ignore[arg-type]
            class_names=class_names,
            is_first_of_class=owner == key,
            is_set=base.is_set,
            fields=fields,
            is_extensible=base.extensible,
            tail_start=start,
            not_additions=_not_additions(fields[:start]),
        )
        return replace(structure, fixed=fixed_contents(structure, self.object_tables))

    def _field(
        self, component: Component, key: str, names: tuple[str, ...], module: str, added: bool
    ) -> codec.Field:
        occurrence = self.occurrence(
            component.type, f"{key}.{component.name}", (*names, component.name), module
        )
        includes = self.kept.get((key, component.name))
        has_default = component.presence is Presence.DEFAULT
        if has_default and not _is_simple(component.default):
            self.report(
                "COD003",
                f'DEFAULT value of "{component.name}" is neither simple nor empty',
                component.span,
            )
        return codec.Field(
            name=component.name,
            occurrence=replace(occurrence, spelling=component_spelling(component, self.model)),
            is_optional=component.presence is Presence.OPTIONAL or (added and not has_default),
            has_default=has_default,
            default=component.default,
            keeps_octets=includes is not None,
            includes_end_of_contents=bool(includes),
        )

    def _list(
        self, resolved: Resolved, base: asn1.ListType, common: dict[str, object]
    ) -> codec.ListDefinition:
        key, names, module = _identity(common)
        constraints = resolved.constraints
        return codec.ListDefinition(
            **common,  # type: ignore[arg-type]
            element=self.occurrence(base.element, f"{key}.item", (*names, "item"), module),
            is_set=base.is_set,
            size=() if constraints.size_extensible else constraints.size,
        )

    def _choice(self, base: asn1.ChoiceType, common: dict[str, object]) -> codec.Choice:
        key, names, module = _identity(common)
        return codec.Choice(
            **common,  # type: ignore[arg-type]
            alternatives=tuple(
                codec.ChoiceField(
                    name=a.name,
                    occurrence=replace(
                        self.occurrence(a.type, f"{key}.{a.name}", (*names, a.name), module),
                        spelling=f"{a.name} {type_spelling(a.type, self.model)}",
                    ),
                )
                for a in base.alternatives
            ),
        )

    # --- occurrences -----------------------------------------------------------------------

    def occurrence(
        self,
        type_: asn1.Type,
        key: str,
        names: tuple[str, ...],
        module: str,
        *,
        is_definition: bool = False,
    ) -> codec.Occurrence:
        """A use of ``type_``; ``key`` and ``names`` are for what is written in place."""
        resolved = resolve(type_, self.model)
        if isinstance(resolved.base, asn1.RealType | asn1.ExternalType):
            self.report(
                "COD002", "REAL, EMBEDDED PDV and CHARACTER STRING have no codec", type_.span
            )
        try:
            wrappers, own = identifiers(resolved.prefixes, resolved.base)
        except KeyError:
            wrappers, own = (), None  # reported above
        except ValueError as problem:
            self.report("COD008", str(problem), type_.span)
            wrappers, own = (), None
        contents: codec.Contents
        if resolved.is_compound:
            contents = codec.Call(
                definition=self._target(type_, resolved, key, names, module, is_definition),
                is_choice=isinstance(resolved.base, asn1.ChoiceType),
            )
        else:
            contents = self.contents.lower(resolved, key, names, module)
        return codec.Occurrence(
            wrappers=wrappers,
            identifier=own,
            contents=contents,
            first=self.first(resolved, wrappers, own),
            table=self.contents.key_table(resolved, module),
            names=(self.model.types[type_.definition].name,)
            if isinstance(type_, asn1.ReferenceType)
            else names,
            spelling=type_spelling(type_, self.model),
        )

    def _target(
        self,
        type_: asn1.Type,
        resolved: Resolved,
        key: str,
        names: tuple[str, ...],
        module: str,
        is_definition: bool,
    ) -> str:
        """Key of the definition that codes a compound type."""
        target = resolved.named
        if target == f"{EXTERNAL}.{EXTERNAL}":
            if target not in self.pending:
                self.pending.add(target)
                note = Annotation(clause="X.690 8.18", text="A value of another syntax.")
                self.define(target, EXTERNAL_TYPE, EXTERNAL, ("External",), note)
            return target
        if target is not None:
            own = resolve(self.model.types[target].type, self.model).constraints
            same_size = own.size == resolved.constraints.size
            if same_size or not isinstance(resolved.base, asn1.ListType):
                return target
        if not is_definition:
            inner = replace(resolved.base, prefixes=(), constraints=resolved.constraints)
            self.define(key, inner, module, names, is_inline=True)
        return key

    def first(
        self,
        resolved: Resolved,
        wrappers: tuple[codec.Identifier, ...],
        own: codec.Identifier | None,
        around: frozenset[int] = frozenset(),
    ) -> tuple[codec.Identifier, ...]:
        """Identifiers that the outermost element may have; empty for any."""
        if wrappers:
            return wrappers[:1]
        if own is not None:
            return (own,)
        if not isinstance(resolved.base, asn1.ChoiceType) or id(resolved.base) in around:
            return ()
        found: list[codec.Identifier] = []
        for alternative in resolved.base.alternatives:
            inner = resolve(alternative.type, self.model)
            try:
                tags = identifiers(inner.prefixes, inner.base)
            except (KeyError, ValueError):
                return ()  # reported where the alternative is lowered
            one = self.first(inner, *tags, around | {id(resolved.base)})
            if not one:
                return ()
            found.extend(one)
        return tuple(found)

    # --- modules ---------------------------------------------------------------------------

    def modules(self) -> tuple[codec.CodecModule, ...]:
        """Put everything into modules, ordered by use."""
        self._refuse_recursion()
        names = [*self.model.modules, EXTERNAL]
        uses = {name: self._used_modules(name) for name in names}
        try:
            order = list(TopologicalSorter(uses).static_order())
        except CycleError as problem:
            cycle = problem.args[1]
            module = self.model.modules.get(cycle[0])
            self.report(
                "COD007",
                f"modules use each other: {', '.join(cycle)}",
                module.span if module else Span.nowhere(),
            )
            order = names
        made = (self._module(name, tuple(sorted(uses[name]))) for name in order)
        return tuple(m for m in made if m.definitions or m.name != EXTERNAL)

    def _module(self, name: str, uses: tuple[str, ...]) -> codec.CodecModule:
        annotation = (
            self.model.modules[name].annotation
            if name in self.model.modules
            else Annotation(clause="X.690 8.18", text="The built-in type EXTERNAL.")
        )
        order = {key: n for n, key in enumerate(self.model.types)}
        here = [d for d in self.definitions.values() if d.module == name]
        here.sort(key=lambda d: order.get(_written_in(d.key, order), -1))
        keys = {d.key for d in here}
        return codec.CodecModule(
            name=name,
            origin=origin_of(annotation),
            definitions=tuple(here),
            name_tables=tuple(
                t for k, t in self.name_tables.items() if self.contents.module_of(k) == name
            ),
            object_tables=tuple(t for t in self.object_tables.values() if t.module == name),
            uses=uses if keys else (),
        )

    def calls(self, definition: codec.Definition) -> list[str]:
        """Keys of the definitions that a definition uses."""
        keys = []
        for occurrence in codec.uses(definition):
            match occurrence.contents:
                case codec.Call(definition=key) | codec.Octets(containing=str(key)):
                    if key != definition.key or occurrence is not definition.occurrence:
                        keys.append(key)
        return keys

    def _used_modules(self, name: str) -> set[str]:
        used = {
            self.definitions[key].module
            for d in self.definitions.values()
            if d.module == name
            for key in self.calls(d)
        }
        used |= {
            self.definitions[row.definition].module
            for t in self.object_tables.values()
            if t.module == name
            for row in t.rows
            if row.definition
        }
        used |= {self.contents.module_of(key) for key in self.contents.names_used.get(name, ())}
        return used - {name}

    def _refuse_recursion(self) -> None:
        graph = {key: set(self.calls(d)) for key, d in self.definitions.items()}
        for key, called in graph.items():
            if key in called:
                self._report_cycle([key])
                called.discard(key)
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as problem:
            self._report_cycle(problem.args[1])

    def _report_cycle(self, keys: list[str]) -> None:
        through = " -> ".join(k.partition(".")[2] for k in keys)
        self.report("COD001", f"type contains itself: {through}", self.definitions[keys[0]].span)

    def report(self, code: str, message: str, span: Span) -> None:
        """Add a finding."""
        self.findings.append(error(code, message, span, help=None))


def _identity(common: dict[str, object]) -> tuple[str, tuple[str, ...], str]:
    key, names, module = common["key"], common["names"], common["module"]
    assert isinstance(key, str)
    assert isinstance(names, tuple)
    assert isinstance(module, str)
    return key, names, module


def _parameter_name(parameter: str) -> str:
    """``{Module.SignatureAlgorithms}`` -> ``SignatureAlgorithms``."""
    name = parameter.strip("{} ").rpartition(".")[2]
    return "".join(c if c.isalnum() or c == "-" else "-" for c in name).strip("-")


def _written_in(key: str, order: dict[str, int]) -> str:
    """The named type that an inline definition belongs to."""
    while key not in order and "." in key:
        key = key.rpartition(".")[0]
    return key


def _is_simple(value: object) -> bool:
    if isinstance(value, asn1.Structured):
        return not value.fields and not value.elements
    return value is not None and not isinstance(value, float)


def _tag_order(occurrence: codec.Occurrence) -> tuple[int, ...]:
    first = occurrence.first[0].octets if occurrence.first else (0,)
    return (first[0] & 0xC0, first[0] & 0x1F, len(first), *first[1:])


def _not_additions(fields: tuple[codec.Field, ...]) -> tuple[codec.Identifier, ...]:
    """Identifiers of components that an unknown addition cannot have.

    Those of the optional components right before the marker (X.680 25.6.1 keeps them apart from
    additions), and every tag that is not universal: nobody gives a tag to two components, so
    there it is a component out of order or for the second time.
    """
    found: dict[tuple[int, ...], codec.Identifier] = {}
    is_trailing = True
    for field in reversed(fields):
        is_trailing = is_trailing and (field.is_optional or field.has_default)
        for identifier in field.occurrence.first:
            if is_trailing or identifier.octets[0] & 0xC0:
                found.setdefault(identifier.octets, identifier)
    return tuple(found[octets] for octets in sorted(found))
