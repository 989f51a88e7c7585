"""Information objects and object sets: read, expanded, evaluated (X.681 clauses 11 to 15)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.asn1.lexer import Kind
from interlock.asn1.parser_modules import parser_for
from interlock.asn1.parser_objects import (
    ObjectParser,
    SetElement,
    SetExpression,
    SetParser,
    Setting,
    SettingSyntax,
    parse_setting,
)
from interlock.asn1.resolve_classes import ClassInfo
from interlock.asn1.resolve_names import Actual, Scope, Symbol, wrong_kind
from interlock.asn1.rules import asn1_error, failure
from interlock.asn1.syntax import (
    Braced,
    BracedValue,
    Field,
    FieldType,
    Form,
    Reference,
    TypeReference,
    TypeSyntax,
    ValueReference,
    ValueSyntax,
)
from interlock.asn1.types import (
    Constraints,
    FieldKind,
    InformationObject,
    ObjectSet,
    OidValue,
    Structured,
    Type,
    Typed,
    Value,
)
from interlock.core.diagnostics import Label
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver


@dataclass(frozen=True, slots=True, eq=False)
class ObjectInfo:
    """An object read, not yet evaluated; one instance per definition and parameters."""

    name: str | None
    cls: ClassInfo
    settings: Mapping[str, Setting]
    scope: Scope
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class SetInfo:
    """A set expanded to its objects, each once, in order."""

    name: str | None
    module: str
    cls: ClassInfo
    objects: tuple[ObjectInfo, ...]
    extensible: bool
    span: Span


class ObjectResolver:
    """Reads and evaluates objects and sets; remembers them by place."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._objects: dict[tuple[object, Scope], ObjectInfo] = {}
        self._sets: dict[tuple[object, Scope], SetInfo] = {}
        self._evaluated: dict[ObjectInfo, InformationObject] = {}
        self._evaluated_sets: dict[SetInfo, ObjectSet] = {}
        self._active: set[object] = set()

    # --- reading objects ---

    def read(self, syntax: ValueSyntax, scope: Scope, cls: ClassInfo) -> ObjectInfo:
        """The object that a name or braces stand for."""
        if isinstance(syntax, BracedValue):
            return self._in_place(syntax.body, scope, cls, None)
        if not isinstance(syntax, ValueReference):
            message = f'expected an object of class "{cls.name}"'
            raise failure("ASN060", message, syntax.span)
        found = self._named(syntax.reference, scope)
        if syntax.fields:
            found = self._object_field(found, syntax.fields, syntax.span)
        if found.cls is not cls:
            message = f'object is of class "{found.cls.name}", not "{cls.name}"'
            label = Label(found.span, "the object")
            raise failure("ASN060", message, syntax.span, labels=[label])
        return found

    def _named(self, reference: Reference, scope: Scope) -> ObjectInfo:
        with self._resolver.deeper(reference.span):
            found = self._resolver.names.lookup(reference, scope)
            if isinstance(found, Actual):
                governor = found.parameter.governor
                cls = self._resolver.classes.find(governor, scope) if governor else None
                if cls is None:
                    raise wrong_kind(found, "an object", reference.span)
                return self.read(found.as_value(), found.scope, cls)
            inside = self._resolver.names.enter(found, reference, scope)
            return self.of_symbol(found, inside, reference.span)

    def is_object(self, braced: Braced, scope: Scope) -> bool:
        """Whether braces hold just the name of an object, which looks like a value; never fails."""
        if len(braced.tokens) != 2 or braced.tokens[0].kind is not Kind.LOWER:
            return False
        name = Reference(None, braced.tokens[0].text, None, braced.span)
        found = self._resolver.names.find(name, scope)
        if isinstance(found, Actual):
            governor, where = found.parameter.governor, scope
        elif isinstance(found, Symbol) and found.assignment.form is Form.VALUE:
            governor, where = found.assignment.governor, self._resolver.names.scope(found.table)
        else:
            return False
        return governor is not None and self._resolver.classes.find(governor, where) is not None

    def of_symbol(self, symbol: Symbol, scope: Scope, span: Span) -> ObjectInfo:
        """The object that a definition defines; ``scope`` is the one inside it."""
        key = (symbol.assignment, scope)
        if key not in self._objects:
            governor, right = symbol.assignment.governor, symbol.assignment.right
            cls = None
            if symbol.assignment.form is Form.VALUE and governor is not None:
                cls = self._resolver.classes.find(governor, scope)
            if cls is None or right is None or isinstance(right, Braced):
                raise wrong_kind(symbol, "an object", span)
            self._enter(key, "object", span)
            try:
                if isinstance(right, BracedValue):
                    name = symbol.assignment.name
                    self._objects[key] = self._in_place(right.body, scope, cls, name)
                else:
                    self._objects[key] = self.read(right, scope, cls)
            finally:
                self._active.discard(key)
        return self._objects[key]

    def _in_place(
        self, braced: Braced, scope: Scope, cls: ClassInfo, name: str | None
    ) -> ObjectInfo:
        key = (braced, scope)
        if key not in self._objects:
            classes = self._resolver.classes

            def kind_of(field: str, span: Span) -> FieldKind:
                return classes.kind(cls, classes.field(cls, field, span))

            settings = ObjectParser(braced, cls.name, cls.with_syntax, kind_of).run()
            for field in cls.fields.values():
                needed = not field.optional and field.default is None
                if needed and field.name not in settings:
                    message = f'object of class "{cls.name}" does not set "{field.name}"'
                    label = Label(field.span, "mandatory field")
                    raise failure("ASN060", message, braced.span, labels=[label])
            self._objects[key] = ObjectInfo(name, cls, settings, scope, braced.span)
        return self._objects[key]

    def _enter(self, key: object, what: str, span: Span) -> None:
        if key in self._active:
            raise failure("ASN030", f"{what} is defined by itself", span)
        self._active.add(key)

    # --- fields of objects ---

    def setting(
        self, info: ObjectInfo, name: str, span: Span
    ) -> tuple[SettingSyntax, Scope, Field] | None:
        """What an object says of a field, its default included; None when it says nothing."""
        field = self._resolver.classes.field(info.cls, name, span)
        written = info.settings.get(name)
        if written is not None:
            return written.syntax, info.scope, field
        if field.default is None:
            return None
        kind = self._resolver.classes.kind(info.cls, field)
        parser = parser_for(field.default)
        syntax = parse_setting(parser, kind)
        if not parser.at_end():
            raise parser.expected("the end of the default")
        return syntax, info.cls.scope, field

    def _needed(
        self, info: ObjectInfo, name: str, span: Span
    ) -> tuple[SettingSyntax, Scope, Field]:
        found = self.setting(info, name, span)
        if found is None:
            label = Label(info.span, "this object")
            raise failure("ASN060", f'the object does not set "{name}"', span, labels=[label])
        return found

    def _object_field(self, info: ObjectInfo, fields: tuple[str, ...], span: Span) -> ObjectInfo:
        for name in fields:
            syntax, scope, field = self._needed(info, name, span)
            inner = self._resolver.classes.find(field.type, info.cls.scope) if field.type else None
            if inner is None or isinstance(syntax, Braced | TypeReference):
                raise failure("ASN011", f'field "{name}" holds no object', span)
            info = self.read(_as_value(syntax), scope, inner)
        return info

    def type_setting(self, syntax: FieldType, scope: Scope) -> tuple[TypeSyntax, Scope]:
        """The type that ``object.&Type`` stands for."""
        info = self._named(syntax.reference, scope)
        info = self._object_field(info, syntax.fields[:-1], syntax.span)
        found, where, field = self._needed(info, syntax.fields[-1], syntax.span)
        if self._resolver.classes.kind(info.cls, field) is not FieldKind.TYPE:
            raise failure("ASN011", f'field "{field.name}" holds no type', syntax.span)
        return _as_type(found), where

    def value_field(self, syntax: ValueReference, scope: Scope) -> Value:
        """The value that ``object.&id`` stands for."""
        info = self._named(syntax.reference, scope)
        info = self._object_field(info, syntax.fields[:-1], syntax.span)
        name = syntax.fields[-1]
        value = self.evaluate(info).values.get(name)
        if value is None:
            self._needed(info, name, syntax.span)
            raise failure("ASN011", f'field "{name}" holds no value', syntax.span)
        return value

    # --- reading sets ---

    def read_set(
        self, syntax: Braced | TypeReference, scope: Scope, cls: ClassInfo, name: str | None = None
    ) -> SetInfo:
        """The set that braces or a name stand for."""
        key = (syntax, scope)
        if key not in self._sets:
            self._enter(key, "object set", syntax.span)
            try:
                with self._resolver.deeper(syntax.span):
                    self._sets[key] = self._expand(syntax, scope, cls, name)
            finally:
                self._active.discard(key)
        return self._sets[key]

    def _expand(
        self, syntax: Braced | TypeReference, scope: Scope, cls: ClassInfo, name: str | None
    ) -> SetInfo:
        if isinstance(syntax, TypeReference):
            return self._named_set(syntax.reference, scope, cls)
        written = SetParser(syntax.source, syntax.tokens).parse_set()
        only = written.parts[0] if len(written.parts) == 1 else None
        if isinstance(only, SetElement) and only.reference and not only.fields:
            capital = only.reference.name[0].isupper()
            if capital and not written.extensible:  # braces around a named set: that set
                return self._named_set(only.reference, scope, cls)
        extensible = written.extensible
        objects: list[ObjectInfo] = []
        for part in written.parts:
            found, open_ended = self._elements(part, scope, cls)
            objects.extend(o for o in found if o not in objects)
            # A set in a set brings its extensibility along (X.681 12.5).
            extensible = extensible or open_ended
        module = scope.table.name
        return SetInfo(name, module, cls, tuple(objects), extensible, syntax.span)

    def _elements(
        self, part: SetExpression, scope: Scope, cls: ClassInfo
    ) -> tuple[list[ObjectInfo], bool]:
        if isinstance(part, SetElement):
            return self._element(part, scope, cls)
        right, right_open = self._elements(part.right, scope, cls)
        if part.left is None:
            message = "ALL EXCEPT leaves no finite object set"
            raise failure("ASN060", message, part.span)
        left, left_open = self._elements(part.left, scope, cls)
        if part.sign == "|":
            return left + [o for o in right if o not in left], left_open or right_open
        keep = part.sign == "^"
        return [o for o in left if (o in right) is keep], left_open and (right_open or not keep)

    def _element(
        self, part: SetElement, scope: Scope, cls: ClassInfo
    ) -> tuple[list[ObjectInfo], bool]:
        if part.braced is not None:
            return [self._in_place(part.braced, scope, cls, None)], False
        assert part.reference is not None
        if part.reference.name[0].islower() and not part.fields:
            return [self.read(ValueReference(part.reference, (), part.span), scope, cls)], False
        if part.fields:
            return self._set_from_fields(part, scope, cls)
        inner = self._named_set(part.reference, scope, cls)
        return list(inner.objects), inner.extensible

    def _set_from_fields(
        self, part: SetElement, scope: Scope, cls: ClassInfo
    ) -> tuple[list[ObjectInfo], bool]:
        """``object.&Objects``, ``object.&object``, and the same of every object of a set."""
        reference = part.reference
        assert reference is not None
        extensible = False
        if reference.name[0].islower():
            sources = [self._named(reference, scope)]
        else:
            outer = self._named_set(reference, scope, None)
            sources, extensible = list(outer.objects), outer.extensible
        for name in part.fields:
            sources, open_ended = self._field_of_each(sources, name, part.span)
            extensible = extensible or open_ended
        for source in sources:
            if source.cls is not cls:
                message = f'objects are of class "{source.cls.name}", not "{cls.name}"'
                raise failure("ASN060", message, part.span)
        return sources, extensible

    def _field_of_each(
        self, sources: list[ObjectInfo], name: str, span: Span
    ) -> tuple[list[ObjectInfo], bool]:
        """The objects in one field of several objects; where it is not set it adds nothing."""
        result: list[ObjectInfo] = []
        extensible = False
        for source in sources:
            found = self.setting(source, name, span)
            if found is None:  # X.681 15.4
                continue
            syntax, where, field = found
            inner = (
                self._resolver.classes.find(field.type, source.cls.scope) if field.type else None
            )
            if inner is None:
                raise failure("ASN011", f'field "{name}" holds no objects', span)
            if isinstance(syntax, Braced | TypeReference):
                objects = self.read_set(syntax, where, inner)
                extensible = extensible or objects.extensible
                result.extend(o for o in objects.objects if o not in result)
            else:
                result.append(self.read(_as_value(syntax), where, inner))
        return result, extensible

    def _named_set(self, reference: Reference, scope: Scope, cls: ClassInfo | None) -> SetInfo:
        found = self._resolver.names.lookup(reference, scope)
        if isinstance(found, Actual):
            governor = found.parameter.governor
            own = self._resolver.classes.find(governor, scope) if governor else None
            if own is None:
                raise wrong_kind(found, "an object set", reference.span)
            info = self.read_set(found.as_set(), found.scope, own)
        else:
            inside = self._resolver.names.enter(found, reference, scope)
            info = self.set_of_symbol(found, inside, reference.span)
        if cls is not None and info.cls is not cls:
            message = f'object set is of class "{info.cls.name}", not "{cls.name}"'
            label = Label(info.span, "the set")
            raise failure("ASN060", message, reference.span, labels=[label])
        return info

    def set_of_symbol(self, symbol: Symbol, scope: Scope, span: Span) -> SetInfo:
        """The set that a definition defines; ``scope`` is the one inside it."""
        governor, right = symbol.assignment.governor, symbol.assignment.right
        cls = None
        if symbol.assignment.form is Form.SET and governor is not None:
            cls = self._resolver.classes.find(governor, scope)
        if cls is None or not isinstance(right, Braced):
            raise wrong_kind(symbol, "an object set", span)
        return self.read_set(right, scope, cls, symbol.assignment.name)

    # --- evaluation ---

    def evaluate(self, info: ObjectInfo) -> InformationObject:
        """All settings of an object, defaults included, as types and values."""
        if info not in self._evaluated:
            self._enter(info, "object", info.span)
            try:
                with self._resolver.deeper(info.span):
                    self._evaluated[info] = self._evaluate(info)
            finally:
                self._active.discard(info)
        return self._evaluated[info]

    def _evaluate(self, info: ObjectInfo) -> InformationObject:
        values: dict[str, Value] = {}
        types: dict[str, Type] = {}
        objects: dict[str, InformationObject] = {}
        object_sets: dict[str, ObjectSet] = {}
        value_sets: dict[str, Constraints] = {}
        for field in info.cls.fields.values():
            found = self.setting(info, field.name, info.span)
            if found is None:
                continue
            syntax, scope, _ = found
            kind = self._resolver.classes.kind(info.cls, field)
            inner = self._resolver.classes.find(field.type, info.cls.scope) if field.type else None
            if kind is FieldKind.TYPE:
                types[field.name] = self._resolver.types.resolve(_as_type(syntax), scope)
            elif inner is not None and kind is FieldKind.OBJECT:
                objects[field.name] = self.evaluate(self.read(_as_value(syntax), scope, inner))
            elif inner is not None:
                assert isinstance(syntax, Braced | TypeReference)
                object_sets[field.name] = self.evaluate_set(self.read_set(syntax, scope, inner))
            else:
                governor, where = self._governor(info, field)
                if kind is FieldKind.VALUE:
                    value = _as_value(syntax)
                    values[field.name] = self._resolver.values.evaluate(
                        value, scope, governor, where
                    )
                elif isinstance(syntax, Braced):
                    constraint = self._resolver.constraints.of_value_set(syntax)
                    base = self._resolver.bases.base(governor, where)
                    value_sets[field.name] = self._resolver.constraints.narrow(
                        base, constraint, scope
                    )
        return InformationObject(
            info.name, values, types, objects, object_sets, value_sets, info.span
        )

    def _governor(self, info: ObjectInfo, field: Field) -> tuple[TypeSyntax, Scope]:
        """The type of a value field: fixed, or the type that the object sets in another field."""
        if field.type is not None:
            return field.type, info.cls.scope
        path = self._resolver.classes.governing_type(info.cls, field)
        holder = self._object_field(info, path[:-1], info.span)
        syntax, scope, _ = self._needed(holder, path[-1], info.span)
        return _as_type(syntax), scope

    def evaluate_set(self, info: SetInfo) -> ObjectSet:
        """All objects of a set, evaluated and checked for uniqueness."""
        if info not in self._evaluated_sets:
            objects = tuple(self.evaluate(o) for o in info.objects)
            self._check_unique(info, objects)
            self._evaluated_sets[info] = ObjectSet(
                info.module, info.name, info.cls.key, objects, info.extensible, info.span
            )
        return self._evaluated_sets[info]

    def _check_unique(self, info: SetInfo, objects: tuple[InformationObject, ...]) -> None:
        for field in info.cls.fields.values():
            if not field.unique:
                continue
            seen: dict[Value, InformationObject] = {}
            for one in objects:
                value = one.values.get(field.name)
                if value is None or isinstance(value, Structured | Typed):
                    continue  # (no class met has a UNIQUE field of such a type)
                if value in seen:
                    shown = str(value) if isinstance(value, int | OidValue) else repr(value)
                    message = f"two objects of the set have {field.name} {shown}"
                    labels = [Label(seen[value].span, "the first"), Label(one.span, "the second")]
                    finding = asn1_error("ASN026", message, info.span, labels=labels)
                    self._resolver.findings.append(finding)
                seen.setdefault(value, one)


def _as_value(syntax: SettingSyntax) -> ValueSyntax:
    assert not isinstance(syntax, TypeSyntax | Braced)
    return syntax


def _as_type(syntax: SettingSyntax) -> TypeSyntax:
    assert isinstance(syntax, TypeSyntax)
    return syntax
