"""Contents of simple types: which of the IR's leaves a type is, with its constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.asn1 import types as asn1
from interlock.asn1.types import Constraints, Interval, ObjectSet
from interlock.ir import codec
from interlock.ir.codec_patterns import PatternError, common_pattern
from interlock.ir.codec_resolve import Resolved

if TYPE_CHECKING:
    from interlock.ir.codec_lower import _Lowering

_CHARSETS: dict[int, tuple[str, str | None]] = {
    7: ("latin-1", None),  # ObjectDescriptor
    12: ("utf-8", None),
    18: ("ascii", "[ 0-9]*"),  # NumericString
    19: ("ascii", "[A-Za-z0-9 '()+,\\-./:=?]*"),  # PrintableString
    20: ("latin-1", None),  # TeletexString
    21: ("latin-1", None),  # VideotexString
    22: ("ascii", None),  # IA5String
    25: ("latin-1", None),  # GraphicString: escape sequences are not interpreted
    26: ("ascii", "[ -~]*"),  # VisibleString
    27: ("latin-1", None),  # GeneralString
    28: ("utf-32-be", None),
    30: ("utf-16-be", None),
}
"""Universal tag of a string type to its character set and the pattern of its characters."""


class ContentsLowering:
    """Lowers the simple types of one run; compound types are the business of its owner."""

    def __init__(self, owner: _Lowering) -> None:
        self._owner = owner
        self._table_modules: dict[str, str] = {}
        self.names_used: dict[str, set[str]] = {}
        """Module to the keys of the name tables it uses."""

    def module_of(self, name_table: str) -> str:
        """The module that a name table belongs to."""
        return self._table_modules[name_table]

    def lower(
        self, resolved: Resolved, key: str, names: tuple[str, ...], module: str
    ) -> codec.Contents:
        """The contents of a type that is not compound."""
        limits = resolved.constraints
        size = () if limits.size_extensible else limits.size
        base = resolved.base
        match base:
            case asn1.BooleanType():
                return codec.Boolean()
            case asn1.IntegerType():
                return codec.Integer(values=() if limits.values_extensible else limits.values)
            case asn1.EnumeratedType():
                table = self._names(resolved, base, key, names, module)
                numbers = dict(base.items + base.additions)
                return codec.Enumerated(
                    names=table,
                    is_extensible=base.extensible,
                    permitted=tuple(numbers[n] for n in limits.permitted if n in numbers),
                )
            case asn1.BitStringType():
                if not base.names:
                    return codec.Bits(size=size)
                table = self._names(resolved, base, key, names, module)
                return codec.NamedBits(names=table, size=size)
            case asn1.OctetStringType():
                inner = self._containing(limits, key, names, module)
                return codec.Octets(size=size, containing=inner)
            case asn1.ObjectIdentifierType():
                return codec.ObjectIdentifier(is_relative=base.relative, permitted=limits.permitted)
            case asn1.StringType():
                return self._text(base, limits, size)
            case asn1.TimeType():
                return codec.Time(
                    is_generalized=base.universal == 24, patterns=self._patterns(base, limits)
                )
            case asn1.OpenType():
                return self._open(base, module)
        return codec.Null()

    # --- names -----------------------------------------------------------------------------

    def _names(
        self,
        resolved: Resolved,
        base: asn1.EnumeratedType | asn1.BitStringType,
        key: str,
        names: tuple[str, ...],
        module: str,
    ) -> str:
        """The name table of an enumeration or of named bits, shared by all uses of the type."""
        model = self._owner.model
        origin = codec.Origin()
        home = module
        if resolved.named is not None:
            definition = model.types[resolved.named]
            key, names, home = definition.key, (definition.name,), definition.module
            origin = codec.Origin(
                clause=definition.annotation.clause,
                confidence=definition.annotation.confidence,
                assumptions=definition.annotation.assumptions,
                notes=definition.annotation.notes,
                text=definition.annotation.text,
            )
        self.names_used.setdefault(module, set()).add(key)
        if key not in self._owner.name_tables:
            is_bits = isinstance(base, asn1.BitStringType)
            items = (
                base.names if isinstance(base, asn1.BitStringType) else base.items + base.additions
            )
            self._table_modules[key] = home
            self._owner.name_tables[key] = codec.NameTable(
                key=key,
                names=names,
                items=items,
                is_bits=is_bits,
                is_extensible=not is_bits and getattr(base, "extensible", False),
                origin=origin,
            )
        return key

    # --- text ------------------------------------------------------------------------------

    def _text(
        self, base: asn1.StringType, limits: Constraints, size: tuple[Interval, ...]
    ) -> codec.Text:
        charset, characters = _CHARSETS.get(base.universal, ("latin-1", None))
        patterns = list(self._patterns(base, limits))
        if limits.alphabet is not None:
            members = "".join(c if c.isalnum() or c == " " else "\\" + c for c in limits.alphabet)
            patterns.append(f"[{members}]*" if members else "")
        elif characters is not None and not patterns:
            patterns.append(characters)
        return codec.Text(
            charset=charset,
            size=size,
            patterns=tuple(patterns),
            permitted=limits.permitted,
        )

    def _patterns(self, base: asn1.Type, limits: Constraints) -> tuple[str, ...]:
        out = []
        for text in limits.patterns:
            try:
                out.append(common_pattern(text))
            except PatternError as problem:
                self._owner.report("COD005", f'PATTERN "{text}": {problem}', base.span)
        return tuple(out)

    def _containing(
        self, limits: Constraints, key: str, names: tuple[str, ...], module: str
    ) -> str | None:
        if limits.containing is None:
            return None
        return self._definition(limits.containing, f"{key}.contents", (*names, "contents"), module)

    # --- tables ----------------------------------------------------------------------------

    def _open(self, base: asn1.OpenType, module: str) -> codec.Open:
        if base.object_set is None or base.governor is None or base.field_name is None:
            return codec.Open()
        key_field = self._key_field(base.object_set)
        if key_field is None:
            return codec.Open()
        table = self._table(base.object_set, key_field, base.field_name, module)
        return codec.Open(table=table, governor=base.governor.rpartition(".")[2])

    def key_table(self, resolved: Resolved, module: str) -> str | None:
        """The table that closes a class field to the objects of a set without ``...``."""
        objects = resolved.object_set
        if objects is None or objects.extensible:
            return None
        key_field = self._key_field(objects)
        return None if key_field is None else self._table(objects, key_field, None, module)

    def _key_field(self, objects: ObjectSet) -> str | None:
        """The field that tells the objects of the set apart: its UNIQUE one, else the only one."""
        for object_class in self._owner.model.classes.values():
            if object_class.name == objects.class_name:
                fields = [f for f in object_class.fields if not f.is_type]
                unique = [f for f in fields if f.unique]
                chosen = unique or fields
                return chosen[0].name if len(chosen) == 1 else None
        return "&id"  # TYPE-IDENTIFIER and ABSTRACT-SYNTAX are built in

    def _table(
        self, objects: ObjectSet, key_field: str, type_field: str | None, module: str
    ) -> str:
        set_name = objects.name or "objects"
        key = f"{objects.module}.{set_name}.{type_field or key_field}@{module}"
        tables = self._owner.object_tables
        if key in tables:
            return key
        rows = []
        for number, item in enumerate(objects.objects):
            name = item.name or f"{set_name}-{number + 1}"
            type_ = item.types.get(type_field) if type_field else None
            if key_field not in item.values:
                continue
            rows.append(
                codec.ObjectRow(
                    name=name,
                    key=item.values[key_field],
                    definition=None
                    if type_ is None
                    else self._definition(
                        type_,
                        f"{module}.{name}.{type_field}",
                        (name, (type_field or "").strip("&")),
                        module,
                    ),
                )
            )
        tables[key] = codec.ObjectTable(
            key=key,
            module=module,
            names=(set_name, (type_field or key_field).strip("&")),
            rows=tuple(rows),
            is_extensible=objects.extensible,
        )
        return key

    def _definition(self, type_: asn1.Type, key: str, names: tuple[str, ...], module: str) -> str:
        """The key of a definition for a type that an object or CONTAINING names."""
        if isinstance(type_, asn1.ReferenceType) and not type_.prefixes:
            return type_.definition
        if isinstance(type_, asn1.NullType) and not type_.prefixes:
            key, names = f"{module}.NULL", ("NULL",)
        if key not in self._owner.definitions:
            self._owner.define(key, type_, module, names, is_inline=True)
        return key
