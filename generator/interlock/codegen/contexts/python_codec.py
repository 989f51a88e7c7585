"""The context of a Python codec module.

Turns the codec IR into names, annotations and small expressions of Python; the statements are
the template's.
"""

from __future__ import annotations

from typing import Any

from interlock.asn1.types import Interval
from interlock.codegen.contexts.python_codec_views import (
    CodecModuleContext,
    DefinitionView,
    FieldView,
    ImportView,
    ItemView,
    MatcherView,
    NamesView,
    ObjectIdentifiersContext,
    OidView,
    RowView,
    TableView,
    TagTableView,
)
from interlock.codegen.contexts.python_occurrences import OccurrenceBuilder, guards
from interlock.codegen.contexts.python_values import default_value
from interlock.codegen.filters import python as spell
from interlock.codegen.names.python import (
    attribute_name,
    class_name,
    constant_name,
    member_name,
    module_name,
    unique,
)
from interlock.ir import codec


class ModuleBuilder(OccurrenceBuilder):
    """Builds the context of one module."""

    # --- definitions -----------------------------------------------------------------------

    def field(self, item: codec.Field, n: int) -> FieldView:
        """The view of a component."""
        name = attribute_name(item.name)
        place = f"value.{name}"
        use = self.occurrence(
            item.occurrence,
            at=item.name,
            target=place,
            source=place,
            sink=f"{name}_".replace("__", "_"),
            kept=f"{place}_octets" if item.keeps_octets else "",
            kept_to="i" if item.includes_end_of_contents else "j",
        )
        omittable = item.is_optional or item.has_default
        default = ""
        if item.has_default:
            default = default_value(item, self.enumerations)
        differs, is_default = f"{place} != {default}", f"{place} == {default}"
        if default == "False":
            differs, is_default = place, f"not {place}"
        elif default == "True":
            differs, is_default = f"not {place}", place
        initial = {True: " = None"}.get(item.is_optional, "")
        if item.has_default:
            initial = f" = {default}" if default != "[]" else " = field(default_factory=list)"
        return FieldView(
            name=name,
            occurrence=use,
            annotation=f"{use.annotation} | None" if item.is_optional else use.annotation,
            initial=initial,
            is_optional=item.is_optional,
            is_omittable=omittable,
            has_default=item.has_default,
            default=default,
            is_default=is_default,
            differs=differs,
            absent="None" if item.is_optional else default,
            is_present=f"{place} is not None" if item.is_optional else differs,
            condition=f"i < e and {use.guard}" if use.guard != "True" else "i < e",
            bit=1 << n,
            keeps_octets=item.keeps_octets,
        )

    def definition(self, item: codec.Definition) -> DefinitionView:
        """The view of a definition."""
        name = class_name(item.names)
        common: dict[str, Any] = {
            "name": name,
            "type_name": self.type_name(item.key),
            "spec_name": _spec_name(item),
            "doc": _doc(item),
            "clause": item.origin.clause or "",
            "occurrence": self.occurrence(
                item.occurrence, at=item.names[0], target="value", source="value"
            ),
            "is_covered": item.covered,
            "is_public": not item.is_inline,
            "has_entry": not item.is_inline or item.key in self.entries,
        }
        if isinstance(item, codec.Structure):
            return self._structure(item, common)
        if isinstance(item, codec.ListDefinition):
            return DefinitionView(
                **common,
                is_list=True,
                declares_alias=not item.is_inline,
                alias=self.type_name(item.key),
                element=self.occurrence(item.element, at="item", target="item", source="item"),
                is_set_of=item.is_set,
                has_size=bool(item.size) and not _is_any(item.size),
                size=item.size,
            )
        if isinstance(item, codec.Choice):
            return self._choice(item, common)
        return DefinitionView(
            **common,
            is_leaf=True,
            declares_alias=self._is_alias(item),
            alias=self.type_name(item.key),
        )

    def _is_alias(self, item: codec.Definition) -> bool:
        """Whether a simple type needs an alias: not when an enumeration class has its name."""
        contents = item.occurrence.contents
        if isinstance(contents, codec.Enumerated | codec.NamedBits):
            return class_name(self.enumerations[contents.names].names) != class_name(item.names)
        return not item.is_inline

    def _structure(self, item: codec.Structure, common: dict[str, Any]) -> DefinitionView:
        fields = tuple(self.field(f, n) for n, f in enumerate(item.fields))
        unique(
            item.key,
            [(f.name, v.name) for f, v in zip(item.fields, fields, strict=True)]
            + [(f"octets of {v.name}", f"{v.name}_octets") for v in fields if v.keeps_octets],
        )
        head, tail = fields[: item.tail_start], fields[item.tail_start :]
        more = "i < e"
        stops = tuple(i for f in item.fields[item.tail_start :] for i in f.occurrence.first)
        if stops:
            more = f"i < e and not ({guards(stops)})"
        known = item.not_additions
        return DefinitionView(
            **common,
            is_structure=True,
            is_sequence=not item.is_set,
            is_set=item.is_set,
            declares_class=item.is_first_of_class,
            fields=fields,
            head=head,
            tail=tail,
            kept=tuple(f.name for f in fields if f.keeps_octets),
            is_extensible=item.is_extensible,
            more=more,
            has_known=bool(known) and item.is_extensible,
            known=guards(known) if known else "",
            mandatory=tuple(f for f in fields if not f.is_omittable),
            has_fields=bool(fields),
            has_fixed=bool(item.fixed),
            fixed_key=fields[0].name if item.fixed else "",
            fixed_open=fields[1].name if item.fixed else "",
            fixed=item.fixed,
            fixed_name=f"{constant_name(*item.names)}_FIXED",
        )

    def _choice(self, item: codec.Choice, common: dict[str, Any]) -> DefinitionView:
        alternatives = tuple(
            self.occurrence(
                a.occurrence,
                at=a.name,
                target=f"{attribute_name(a.name)}_",
                source="value[1]",
            )
            for a in item.alternatives
        )
        alias = " | ".join(
            f"tuple[Literal[{spell.literal(a.at)}], {a.annotation}]" for a in alternatives
        )
        return DefinitionView(
            **common,
            is_choice=True,
            declares_alias=True,
            alternatives=alternatives,
            alias=alias,
            expected=_one_of([a.at for a in alternatives]),
        )

    # --- the module ------------------------------------------------------------------------

    def build(self, header: str) -> CodecModuleContext:
        """The whole context."""
        definitions = tuple(map(self.definition, self.module.definitions))
        enumerations = tuple(map(_names_view, self.module.name_tables))
        unique(self.module.name, [(d.spec_name, f"decode_{d.name}") for d in definitions])
        public = [d for d in definitions if d.is_public]
        exports = {e.name for e in enumerations}
        exports |= {d.type_name for d in definitions if d.declares_class}
        exports |= {d.name for d in definitions if d.declares_alias}
        exports |= {f"{verb}_{d.name}" for d in public for verb in ("decode", "encode")}
        exports |= {f"encode_{d.name}_content" for d in definitions if d.is_covered}
        return CodecModuleContext(
            header=header,
            spec_name=self.module.name,
            doc=_module_doc(self.module),
            imports=tuple(
                ImportView(module=module_name(name), names=self._exports_of(name))
                for name in self.module.uses
            ),
            exports=tuple(sorted(exports)),
            enumerations=enumerations,
            definitions=definitions,
            tables=tuple(map(self._table, self.module.object_tables)),
            header_tables=_tag_rows(self.names.headers),
            integer_tables=_tag_rows(self.names.integers),
            matchers=tuple(
                MatcherView(name=n, expression=x) for n, x in self.names.matchers.items()
            ),
            has_integers=bool(self.names.integers),
            has_matchers=bool(self.names.matchers),
        )

    def _exports_of(self, name: str) -> tuple[str, ...]:
        """Everything of another module that this one may use."""
        other = next(m for m in self.model.modules if m.name == name)
        names: set[str] = set()
        for item in other.definitions:
            function = class_name(item.names)
            names |= {f"read_{function}", f"write_{function}", f"decode_{function}"}
            if isinstance(item, codec.Structure):
                names.add(class_name(item.class_names))
            if isinstance(item, codec.Choice):
                names.add(function)
        for table in other.name_tables:
            names |= {class_name(table.names), constant_name(*table.names) + "_NAMES"}
        return tuple(sorted(names))

    def _table(self, table: codec.ObjectTable) -> TableView:
        return TableView(
            name=constant_name(*table.names),
            comment=f"{table.names[0]}: {'open' if table.is_extensible else 'closed'} set",
            rows=tuple(
                RowView(
                    key=spell.literal(row.key if isinstance(row.key, int | str) else str(row.key)),
                    value=f"decode_{self.function(row.definition)}" if row.definition else "None",
                    comment=row.name,
                )
                for row in table.rows
            ),
        )


def module_context(
    model: codec.CodecModel, module: codec.CodecModule, header: str
) -> CodecModuleContext:
    """The context of one module's file."""
    return ModuleBuilder(model, module).build(header)


def _names_view(table: codec.NameTable) -> NamesView:
    items = tuple((member_name(name), number) for name, number in table.items)
    unique(table.key, zip((n for n, _ in table.items), (n for n, _ in items), strict=True))
    return NamesView(
        name=class_name(table.names),
        doc=_join(table.origin.text, _clause(table.origin)) or f"Names of {table.names[-1]}.",
        items=tuple(ItemView(name=n, number=1 << v if table.is_bits else v) for n, v in items),
        is_bits=table.is_bits,
        is_numbers=not table.is_bits,
        lookup=constant_name(*table.names) + "_NAMES",
    )


def _one_of(names: list[str]) -> str:
    return " or ".join(names) if len(names) < 5 else f"one of {len(names)} alternatives"


def object_identifiers_context(model: codec.CodecModel, header: str) -> ObjectIdentifiersContext:
    """The context of the file with all named object identifiers.

    Raises:
        GenerationError: Two identifiers of different value have one Python name.
    """
    oids: dict[str, OidView] = {}
    distinct: dict[str, OidView] = {}
    for oid in model.oids:
        view = OidView(
            name=constant_name(oid.name),
            spec_name=oid.name,
            dotted=oid.dotted,
            octets=oid.octets,
            doc=_join(f"``{oid.name}``.", oid.origin.text, _clause(oid.origin)),
        )
        known = oids.setdefault(view.name, view)
        unique("object identifiers", [(known.dotted, view.name), (view.dotted, view.name)])
        distinct.setdefault(view.dotted, view)
    return ObjectIdentifiersContext(
        header=header,
        doc="Named OBJECT IDENTIFIER values of all modules.",
        oids=tuple(oids.values()),
        distinct=tuple(distinct.values()),
    )


def _is_any(size: tuple[Interval, ...]) -> bool:
    return size == (Interval(0, None),)


def _tag_rows(tables: dict[str, bytes]) -> tuple[TagTableView, ...]:
    return tuple(TagTableView(name=n, tag=spell.octets(tables[n])) for n in sorted(tables))


def _spec_name(item: codec.Definition) -> str:
    """``HandshakeReq.tbs``; an instance of a parameterised type as ``Name{Parameter}``."""
    if "{" in item.key and not item.is_inline:
        return f"{item.names[0]}{{{', '.join(item.names[1:])}}}"
    return ".".join(item.names)


def _clause(origin: codec.Origin) -> str:
    if origin.clause is None:
        return ""
    assumed = f"; {', '.join(origin.assumptions)}" if origin.assumptions else ""
    return f"Source: {origin.clause} ({origin.confidence or 'A'}{assumed})."


def _join(*paragraphs: str) -> str:
    return "\n\n".join(p for p in paragraphs if p)


def _doc(item: codec.Definition) -> str:
    kind = {
        codec.Structure: "SET" if getattr(item, "is_set", False) else "SEQUENCE",
        codec.ListDefinition: "SET OF" if getattr(item, "is_set", False) else "SEQUENCE OF",
        codec.Choice: "CHOICE",
    }.get(type(item), "type")
    first = f"The {kind} ``{_spec_name(item)}``."
    notes = "; ".join(item.origin.notes)
    return _join(first, item.origin.text, notes and f"Note: {notes}.", _clause(item.origin))


def _module_doc(module: codec.CodecModule) -> str:
    return _join(
        f"Codec of the ASN.1 module ``{module.name}``.",
        module.origin.text,
        _clause(module.origin),
    )
