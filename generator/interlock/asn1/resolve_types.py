"""Types: from syntax to the types of the model, with tags and constraints in force."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from interlock.asn1.parser_types import STRING_TYPES, TIME_TYPES
from interlock.asn1.resolve_bases import Base
from interlock.asn1.resolve_names import Actual, Scope
from interlock.asn1.resolve_structures import Item, StructureResolver
from interlock.asn1.rules import Failure, asn1_error, failure
from interlock.asn1.syntax import (
    BracedValue,
    Builtin,
    Constrained,
    Enumeration,
    FieldType,
    InstanceOf,
    ListOf,
    Member,
    NamedNumber,
    NumberedType,
    Selection,
    SingleValue,
    Structure,
    Table,
    Tagged,
    TypeReference,
    TypeSyntax,
)
from interlock.asn1.types import (
    BitStringType,
    BooleanType,
    ClassFieldType,
    Component,
    EnumeratedType,
    ExternalType,
    IntegerType,
    ListType,
    NullType,
    ObjectIdentifierType,
    ObjectSet,
    OctetStringType,
    OpenType,
    Presence,
    RealType,
    ReferenceType,
    StringType,
    StructureType,
    Tag,
    TagClass,
    TaggingDefault,
    TagPrefix,
    TimeType,
    Type,
)
from interlock.core.diagnostics import Diagnostic, Label, similar_name_help
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver

_PLAIN: dict[str, Type] = {
    "BOOLEAN": BooleanType(),
    "NULL": NullType(),
    "REAL": RealType(),
    "OCTET STRING": OctetStringType(),
    "OBJECT IDENTIFIER": ObjectIdentifierType(),
    "RELATIVE-OID": ObjectIdentifierType(relative=True),
    "EXTERNAL": ExternalType(),
    "EMBEDDED PDV": ExternalType(embedded=True),
    "CHARACTER STRING": ExternalType(character=True),
    **{name: StringType(name=name, universal=n) for name, n in STRING_TYPES.items()},
    **{name: TimeType(name=name, universal=n) for name, n in TIME_TYPES.items()},
}


class TypeResolver(StructureResolver):
    """Resolves types; asks for instances of parameterised types as it meets them."""

    def __init__(self, resolver: Resolver) -> None:
        super().__init__(resolver)
        # Structures around the place being resolved, for component relations.
        self._around: list[tuple[Structure, Scope]] = []

    def definition(self, syntax: TypeSyntax, scope: Scope) -> Type:
        """Resolve the right side of a definition: component relations end here."""
        around, self._around = self._around, []
        try:
            return self.resolve(syntax, scope)
        finally:
            self._around = around

    def resolve(self, syntax: TypeSyntax, scope: Scope) -> Type:
        """The type that ``syntax``, written in ``scope``, denotes.

        Raises:
            Failure: Something in it cannot be resolved; components report their own.
        """
        self._resolver.count(syntax.span)
        with self._resolver.deeper(syntax.span):
            prefixes, core, table = self._strip(syntax, scope)
            result = self._core(core, scope, table)
            constraints = self._resolver.bases.base(syntax, scope).constraints
            return replace(
                result,
                prefixes=prefixes + result.prefixes,
                constraints=constraints,
                span=syntax.span,
            )

    def _strip(
        self, syntax: TypeSyntax, scope: Scope
    ) -> tuple[tuple[TagPrefix, ...], TypeSyntax, Table | None]:
        """Take tags and constraints off; the innermost table constraint is kept."""
        prefixes: list[TagPrefix] = []
        table: Table | None = None
        while True:
            if isinstance(syntax, Tagged):
                prefixes.append(self._prefix(syntax, scope))
                syntax = syntax.type
            elif isinstance(syntax, Constrained):
                body = syntax.constraint.body
                if isinstance(body, Table):
                    table = body
                elif isinstance(body, SingleValue) and isinstance(syntax.type, FieldType):
                    table = self._table_of_objects(body, syntax.type, scope) or table
                syntax = syntax.type
            else:
                return tuple(prefixes), syntax, table

    def _table_of_objects(self, body: SingleValue, syntax: FieldType, scope: Scope) -> Table | None:
        """``({object})``: a table constraint that looked like a value (X.682 10.3)."""
        if not isinstance(body.value, BracedValue):
            return None
        is_open = self._resolver.classes.type_of_field(syntax, scope) is None
        if is_open or self._resolver.objects.is_object(body.value.body, scope):
            return Table(body.value.body, (), body.span)
        return None

    # --- tags ---

    def _prefix(self, syntax: Tagged, scope: Scope) -> TagPrefix:
        number = self._resolver.values.integer(syntax.number, scope)
        if number < 0:
            raise failure("ASN050", "tag number is negative", syntax.span)
        tag = Tag(syntax.cls, number)
        needs_explicit = self.needs_explicit(syntax.type, scope)
        if syntax.explicit is False and needs_explicit:
            message = f"IMPLICIT tag {tag} on a type without a tag of its own"
            help_ = "leave IMPLICIT out; the tag is then explicit"
            finding = asn1_error("ASN054", message, syntax.span, help=help_)
            self._resolver.findings.append(finding)
        explicit_here = scope.table.tagging is TaggingDefault.EXPLICIT
        explicit = syntax.explicit if syntax.explicit is not None else explicit_here
        return TagPrefix(tag, explicit or needs_explicit)

    def needs_explicit(self, syntax: TypeSyntax, scope: Scope) -> bool:
        """Whether a tag on this type is explicit whatever the environment (X.680 31.2.7 c)."""
        while isinstance(syntax, Constrained):
            syntax = syntax.type
        if isinstance(syntax, TypeReference):
            found = self._resolver.names.find(syntax.reference, scope)
            if isinstance(found, Actual):  # an untagged dummy parameter
                return True
        return self._resolver.bases.base(syntax, scope).is_open

    # --- kinds of types ---

    def _core(self, syntax: TypeSyntax, scope: Scope, table: Table | None) -> Type:
        if table is not None and not isinstance(syntax, FieldType | InstanceOf):
            raise failure("ASN052", "table constraint on no field of a class", table.span)
        if isinstance(syntax, TypeReference):
            return self._reference(syntax, scope)
        if isinstance(syntax, Structure):
            return self._structure(syntax, scope)
        if isinstance(syntax, Builtin):
            if syntax.name == "ANY":
                return OpenType(governor=syntax.governor)
            return _PLAIN[syntax.name]
        if isinstance(syntax, NumberedType):
            return self._numbered(syntax, scope)
        if isinstance(syntax, Enumeration):
            return self._enumeration(syntax, scope)
        if isinstance(syntax, ListOf):
            return ListType(element=self.resolve(syntax.element, scope), is_set=syntax.is_set)
        if isinstance(syntax, FieldType):
            return self._field_type(syntax, scope, table)
        if isinstance(syntax, Selection):
            member, where = self._resolver.bases.selected(syntax, scope)
            return self.resolve(member.type, where)
        assert isinstance(syntax, InstanceOf), syntax
        return self._instance_of(syntax, scope, table)

    def _reference(self, syntax: TypeReference, scope: Scope) -> Type:
        found = self._resolver.names.lookup(syntax.reference, scope)
        if isinstance(found, Actual):
            inside, where, _ = self._resolver.bases.follow(syntax, scope)
            return self.resolve(inside, where)
        self._resolver.bases.follow(syntax, scope)  # fails when the name is no type
        where = self._resolver.names.enter(found, syntax.reference, scope)
        return ReferenceType(definition=self._resolver.request(found, where))

    def _structure(self, syntax: Structure, scope: Scope) -> Type:
        self._around.append((syntax, scope))
        try:
            if syntax.word == "CHOICE":
                return self.choice(syntax, scope)
            parts = self.parts(syntax, scope)
            self.check_names(syntax, [*parts.root, *parts.added, *parts.root_after])
            return StructureType(
                is_set=syntax.word == "SET",
                root=self._components(parts.root),
                extensible=parts.extensible,
                additions=tuple(self._components(group) for group in parts.additions),
                root_after=self._components(parts.root_after),
            )
        finally:
            self._around.pop()

    def _components(self, items: tuple[Item, ...]) -> tuple[Component, ...]:
        result: list[Component] = []
        for item in items:
            try:
                result.append(self._component(item))
            except Failure as problem:
                self._resolver.report(problem)
        return tuple(result)

    def _component(self, item: Item) -> Component:
        member = item.member
        type_ = self.item_type(item)
        presence, default = Presence.MANDATORY, None
        if member.optional:
            presence = Presence.OPTIONAL
        elif member.default is not None:
            presence = Presence.DEFAULT
            default = self._resolver.values.evaluate(
                member.default, item.scope, member.type, item.scope
            )
        return Component(
            name=member.name, type=type_, presence=presence, default=default, span=member.span
        )

    def members(self, base: Base) -> list[tuple[Member, Scope]]:
        """The components or alternatives of a structured base, where each was written."""
        assert isinstance(base.syntax, Structure)
        parts = self.parts(base.syntax, base.scope)
        items = (*parts.root, *parts.added, *parts.root_after)
        return [(item.member, item.scope) for item in items]

    # --- types with names for numbers ---

    def _numbered(self, syntax: NumberedType, scope: Scope) -> Type:
        names = self._numbers(syntax.names, scope)
        if syntax.name == "INTEGER":
            return IntegerType(names=names)
        for written, (name, number) in zip(syntax.names, names, strict=True):
            if number < 0:
                raise failure("ASN050", f'bit "{name}" has a negative number', written.span)
        return BitStringType(names=names)

    def _numbers(
        self, written: tuple[NamedNumber, ...], scope: Scope
    ) -> tuple[tuple[str, int], ...]:
        result = _Numbered("ASN023", self._resolver.findings)
        for item in written:
            assert item.value is not None
            result.add(item, self._resolver.values.integer(item.value, scope))
        return tuple(result.items)

    def _enumeration(self, syntax: Enumeration, scope: Scope) -> Type:
        """Number the items: X.680 20.5 for the root, 20.6 for the additions."""
        given: dict[str, int] = {}
        for item in (*syntax.root, *syntax.additions):
            if item.value is not None:
                given.setdefault(item.name, self._resolver.values.integer(item.value, scope))
        taken = {given[item.name] for item in syntax.root if item.name in given}
        result = _Numbered("ASN022", self._resolver.findings)
        following = 0
        for item in syntax.root:
            number = given.get(item.name)
            if number is None:
                while following in taken:
                    following += 1
                number = following
                following += 1
            result.add(item, number)
        root_count, last = len(result.items), -1
        for item in syntax.additions:
            number = given.get(item.name)
            if number is None:
                number = last + 1
                while number in result.numbers:
                    number += 1
            elif number <= last:
                message = f'number {number} of addition "{item.name}" is below the one before'
                self._resolver.findings.append(asn1_error("ASN022", message, item.span))
            last = max(last, number)
            result.add(item, number)
        return EnumeratedType(
            items=tuple(result.items[:root_count]),
            additions=tuple(result.items[root_count:]),
            extensible=syntax.extensible or scope.table.syntax.extensibility_implied,
        )

    # --- fields of classes ---

    def _field_type(self, syntax: FieldType, scope: Scope, table: Table | None) -> Type:
        inside = self._resolver.classes.type_of_field(syntax, scope)
        if syntax.reference.name[0].islower():
            assert inside is not None
            return self.resolve(*inside)
        info, field = self._resolver.classes.governing_field(syntax, scope)
        object_set, governor = None, None
        if table is not None:
            object_set = self._table_set(table, syntax, scope)
            governor = self._relation(table)
        if inside is None:
            return OpenType(
                class_name=info.key,
                field_name=field.name,
                object_set=object_set,
                governor=governor,
            )
        return ClassFieldType(
            actual=self.resolve(*inside),
            class_name=info.key,
            field_name=field.name,
            object_set=object_set,
        )

    def _table_set(self, table: Table, syntax: FieldType | InstanceOf, scope: Scope) -> ObjectSet:
        info = self._resolver.classes.of_reference(syntax.reference, scope)
        found = self._resolver.objects.read_set(table.object_set, scope, info)
        return self._resolver.objects.evaluate_set(found)

    def _relation(self, table: Table) -> str | None:
        """Find the component that each ``@`` names; the first becomes the governor."""
        found = [self._relation_path(path.dots, path.names, path.span) for path in table.paths]
        return found[0] if found else None

    def _relation_path(self, dots: int, names: tuple[str, ...], span: Span) -> str:
        # Levels count structures; CHOICEs on the way are none, but a path may start at an
        # outermost CHOICE (X.682 10.7; the directory's filter does).
        counted = [i for i, (syntax, _) in enumerate(self._around) if syntax.word != "CHOICE"]
        if not counted or dots > len(counted):
            raise failure("ASN061", f'"@{names[0]}" stands in no SEQUENCE or SET', span)
        start = counted[-dots] if dots else 0
        structure, scope = self._around[start]
        rest = names
        while True:
            base = self._resolver.bases.base(structure, scope)
            members = {m.name: (m, where) for m, where in self.members(base)}
            if rest[0] not in members:
                help_ = similar_name_help(rest[0], members)
                label = [Label(structure.span, "in this structure")]
                message = f'no component "{rest[0]}" to relate to'
                raise failure("ASN061", message, span, labels=label, help=help_)
            if len(rest) == 1:
                break
            member, where = members[rest[0]]
            inner = self._resolver.bases.base(member.type, where)
            if not isinstance(inner.syntax, Structure):
                raise failure("ASN061", f'"{rest[0]}" has no components', span)
            structure, scope, rest = inner.syntax, inner.scope, rest[1:]
            if start + 1 < len(self._around) and self._around[start + 1][0] is structure:
                start, names = start + 1, rest  # the path leads inwards along our own way
        levels_out = sum(1 for i in counted if i > start)
        return "^." * levels_out + ".".join(names)

    def _instance_of(self, syntax: InstanceOf, scope: Scope, table: Table | None) -> Type:
        """INSTANCE OF is a SEQUENCE with the tag of EXTERNAL (X.681 Annex C)."""
        info = self._resolver.classes.of_reference(syntax.reference, scope)
        for name in ("&id", "&Type"):
            self._resolver.classes.field(info, name, syntax.span)
        objects = self._table_set(table, syntax, scope) if table is not None else None
        return StructureType(
            prefixes=(TagPrefix(Tag(TagClass.UNIVERSAL, 8), explicit=False),),
            root=(
                Component(
                    name="type-id",
                    type=ClassFieldType(
                        actual=ObjectIdentifierType(),
                        class_name=info.key,
                        field_name="&id",
                        object_set=objects,
                    ),
                    span=syntax.span,
                ),
                Component(
                    name="value",
                    type=OpenType(
                        prefixes=(TagPrefix(Tag(TagClass.CONTEXT, 0), explicit=True),),
                        class_name=info.key,
                        field_name="&Type",
                        object_set=objects,
                        governor="type-id",
                    ),
                    span=syntax.span,
                ),
            ),
        )


class _Numbered:
    """Names with numbers, both distinct; reports those that are not."""

    def __init__(self, code: str, findings: list[Diagnostic]) -> None:
        self.items: list[tuple[str, int]] = []
        self.numbers: dict[int, NamedNumber] = {}
        self._names: dict[str, NamedNumber] = {}
        self._code = code
        self._findings = findings

    def add(self, item: NamedNumber, number: int) -> None:
        """Take one more."""
        first = self._names.get(item.name)
        message = f'name "{item.name}" is given twice'
        if first is None and number in self.numbers:
            first = self.numbers[number]
            message = f'number {number} of "{item.name}" is also that of "{first.name}"'
        if first is not None:
            labels = [Label(first.span, "first here")]
            self._findings.append(asn1_error(self._code, message, item.span, labels=labels))
        self._names.setdefault(item.name, item)
        self.numbers.setdefault(number, item)
        self.items.append((item.name, number))
