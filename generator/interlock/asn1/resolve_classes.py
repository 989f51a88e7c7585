"""Information object classes: finding them, and the types of their fields (X.681)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.asn1.parser_modules import parse_file
from interlock.asn1.parser_objects import fields_of_syntax
from interlock.asn1.resolve_names import Actual, ModuleTable, Scope, Symbol, wrong_kind
from interlock.asn1.rules import asn1_error, failure
from interlock.asn1.syntax import (
    Assignment,
    ClassSyntax,
    Field,
    FieldType,
    Form,
    Reference,
    SyntaxItem,
    TypeReference,
    TypeSyntax,
)
from interlock.asn1.types import FieldKind, ObjectClass, ObjectClassField
from interlock.core.diagnostics import Label, similar_name_help
from interlock.core.source import SourceFile, Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver

# X.681 Annexes A and B define these two for every module.
_BUILT_IN = """
Built-in DEFINITIONS ::= BEGIN
TYPE-CLASS ::= CLASS {&id OBJECT IDENTIFIER UNIQUE, &Type}
    WITH SYNTAX {&Type IDENTIFIED BY &id}
SYNTAX-CLASS ::= CLASS {
    &id OBJECT IDENTIFIER UNIQUE, &Type,
    &property BIT STRING {handles-invalid-encodings(0)} DEFAULT {} }
    WITH SYNTAX {&Type IDENTIFIED BY &id [HAS PROPERTY &property]}
END
"""
_BUILT_IN_NAMES = {"TYPE-IDENTIFIER": "TYPE-CLASS", "ABSTRACT-SYNTAX": "SYNTAX-CLASS"}


@dataclass(frozen=True, slots=True, eq=False)
class ClassInfo:
    """A class as found; ``key`` is ``Module.NAME``, or the plain name of a built-in class."""

    key: str
    name: str
    fields: dict[str, Field]
    with_syntax: tuple[SyntaxItem, ...] | None
    scope: Scope
    span: Span


class ClassResolver:
    """Finds classes and fields."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[Assignment, ClassInfo] = {}
        self._built_in = self._read_built_in()

    def _read_built_in(self) -> dict[str, ClassInfo]:
        modules, findings = parse_file(SourceFile("<built-in>", _BUILT_IN))
        assert not findings, findings
        table = ModuleTable(modules[0], modules[0].tagging)
        written = {a.name: a for a in modules[0].assignments}
        return {
            name: self._info(name, name, written[inside], Scope(table))
            for name, inside in _BUILT_IN_NAMES.items()
        }

    # --- finding classes ---

    def find(self, governor: TypeSyntax, scope: Scope) -> ClassInfo | None:
        """The class that a governor names, or None when it is no class; never fails."""
        for _ in range(64):  # aliases of aliases; a circle is reported where it is a type
            if not isinstance(governor, TypeReference):
                return None
            found = self._resolver.names.find(governor.reference, scope)
            if found is None:
                return self._built_in.get(governor.reference.name)
            if isinstance(found, Actual):
                if found.parameter.governor is not None or found.braced.tokens[0].text == "{":
                    return None
                governor, scope = found.as_type(), found.scope
                continue
            body = found.assignment.body
            if isinstance(body, ClassSyntax):
                return self._of_class(found)
            if found.assignment.form is not Form.TYPE or found.assignment.parameters or not body:
                return None
            governor, scope = body, self._resolver.names.scope(found.table)
        return None

    def of_symbol(self, symbol: Symbol, scope: Scope) -> ClassInfo | None:
        """The class that a definition names, directly or as an alias; else None."""
        body = symbol.assignment.body
        if isinstance(body, ClassSyntax):
            return self._of_class(symbol)
        if not isinstance(body, TypeReference) or symbol.assignment.parameters:
            return None
        return self.find(body, self._resolver.names.scope(symbol.table))

    def of_reference(self, reference: Reference, scope: Scope) -> ClassInfo:
        """The class that a name must name; an object set stands for its class.

        Raises:
            Failure: It is unknown or something else.
        """
        info = self.find(TypeReference(reference, reference.span), scope)
        if info is not None:
            return info
        found = self._resolver.names.lookup(reference, scope)
        governor, where = None, scope
        if isinstance(found, Actual):
            governor = found.parameter.governor
        elif found.assignment.form is Form.SET:
            governor, where = found.assignment.governor, self._resolver.names.scope(found.table)
        info = self.find(governor, where) if governor is not None else None
        if info is None:
            raise wrong_kind(found, "an object class", reference.span)
        return info

    def _of_class(self, symbol: Symbol) -> ClassInfo:
        known = self._known.get(symbol.assignment)
        if known is None:
            scope = self._resolver.names.scope(symbol.table)
            known = self._info(symbol.key, symbol.assignment.name, symbol.assignment, scope)
            self._known[symbol.assignment] = known
        return known

    def _info(self, key: str, name: str, assignment: Assignment, scope: Scope) -> ClassInfo:
        body = assignment.body
        assert isinstance(body, ClassSyntax)
        fields: dict[str, Field] = {}
        for field in body.fields:
            if field.name in fields:
                message = f'field "{field.name}" is defined twice'
                label = Label(fields[field.name].span, "first here")
                finding = asn1_error("ASN020", message, field.span, labels=[label])
                self._resolver.findings.append(finding)
            fields.setdefault(field.name, field)
        return ClassInfo(key, name, fields, body.with_syntax, scope, assignment.span)

    # --- fields ---

    def field(self, info: ClassInfo, name: str, span: Span) -> Field:
        """A field by name; fails when the class has none."""
        if name not in info.fields:
            message = f'class "{info.name}" has no field "{name}"'
            label = [Label(info.span, "this class")] if info.span.line else []
            help_ = similar_name_help(name, info.fields)
            raise failure("ASN012", message, span, labels=label, help=help_)
        return info.fields[name]

    def kind(self, info: ClassInfo, field: Field) -> FieldKind:
        """The kind of a field."""
        capital = field.name[1].isupper()
        if field.by_field is not None:
            return FieldKind.VALUE_SET if capital else FieldKind.VALUE
        if field.type is None:
            return FieldKind.TYPE
        if self.find(field.type, info.scope) is not None:
            return FieldKind.OBJECT_SET if capital else FieldKind.OBJECT
        return FieldKind.VALUE_SET if capital else FieldKind.VALUE

    def walk(self, info: ClassInfo, names: tuple[str, ...], span: Span) -> tuple[ClassInfo, Field]:
        """Follow ``&object.&field``; all but the last are object or object set fields."""
        for name in names[:-1]:
            field = self.field(info, name, span)
            inner = self.find(field.type, info.scope) if field.type is not None else None
            if inner is None:
                message = f'field "{name}" holds no object, so nothing can follow it'
                raise failure("ASN011", message, span)
            info = inner
        return info, self.field(info, names[-1], span)

    def governing_type(self, info: ClassInfo, field: Field) -> tuple[str, ...]:
        """The path to the type field that governs a variable-type field."""
        assert field.by_field is not None
        path = tuple(field.by_field.split("."))
        holder, governor = self.walk(info, path, field.span)
        if self.kind(holder, governor) is not FieldKind.TYPE:
            message = f'field "{governor.name}" holds no type that could govern "{field.name}"'
            raise failure("ASN011", message, field.span)
        return path

    def type_of_field(self, syntax: FieldType, scope: Scope) -> tuple[TypeSyntax, Scope] | None:
        """The type that ``CLASS.&field`` or ``object.&Type`` stands for; None for an open type."""
        if syntax.reference.name[0].islower():
            return self._resolver.objects.type_setting(syntax, scope)
        info = self.of_reference(syntax.reference, scope)
        info, field = self.walk(info, syntax.fields, syntax.span)
        if field.type is None:
            return None
        if self.find(field.type, info.scope) is not None:
            message = f'field "{field.name}" holds objects, not values of a type'
            raise failure("ASN011", message, syntax.span)
        return field.type, info.scope

    def governing_field(self, syntax: FieldType, scope: Scope) -> tuple[ClassInfo, Field]:
        """Class and field of ``CLASS.&field``."""
        info = self.of_reference(syntax.reference, scope)
        return self.walk(info, syntax.fields, syntax.span)

    # --- results ---

    def resolved(self, symbol: Symbol) -> ObjectClass:
        """The class for the model."""
        info = self._of_class(symbol)
        self._check_syntax(info)
        fields = tuple(self._resolved_field(info, field) for field in info.fields.values())
        return ObjectClass(symbol.table.name, info.name, fields, info.span)

    def _resolved_field(self, info: ClassInfo, field: Field) -> ObjectClassField:
        kind = self.kind(info, field)
        type_, class_name = None, None
        if field.type is not None:
            inner = self.find(field.type, info.scope)
            class_name = inner.key if inner is not None else None
            if inner is None:
                type_ = self._resolver.types.resolve(field.type, info.scope)
        if field.by_field is not None:
            self.governing_type(info, field)
        optional = field.optional or field.default is not None
        is_type = kind is FieldKind.TYPE
        return ObjectClassField(
            field.name, is_type, optional, field.unique, type_, kind, class_name
        )

    def _check_syntax(self, info: ClassInfo) -> None:
        """Every field of WITH SYNTAX exists; every mandatory one is there (X.681 10.4, 10.5)."""
        if info.with_syntax is None:
            return
        used = fields_of_syntax(info.with_syntax)
        for name, span in used:
            self.field(info, name, span)
        names = [name for name, _ in used]
        for field in info.fields.values():
            needed = not field.optional and field.default is None
            if needed and field.name not in names:
                message = f'WITH SYNTAX has no place for mandatory field "{field.name}"'
                raise failure("ASN060", message, field.span)
