"""From syntax trees to the resolved model: the driver of the resolvers.

Order: names and imports, then every definition, then whatever instances of parameterised types
those asked for. Each definition reports its own faults; structural checks come after.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from interlock.asn1.resolve_bases import BaseResolver
from interlock.asn1.resolve_classes import ClassResolver
from interlock.asn1.resolve_constraints import ConstraintResolver
from interlock.asn1.resolve_names import ModuleTable, Names, Scope, Symbol
from interlock.asn1.resolve_objects import ObjectResolver
from interlock.asn1.resolve_oids import OidResolver
from interlock.asn1.resolve_types import TypeResolver
from interlock.asn1.resolve_values import ValueResolver
from interlock.asn1.rules import Failure, asn1_error, failure
from interlock.asn1.syntax import (
    Assignment,
    Braced,
    ClassSyntax,
    Constrained,
    Form,
    ModuleSyntax,
    NumberedType,
    TypeReference,
    TypeSyntax,
)
from interlock.asn1.types import (
    Asn1Model,
    InformationObject,
    Module,
    ObjectClass,
    ObjectSet,
    OidValue,
    TaggingDefault,
    TypeDefinition,
    ValueDefinition,
)
from interlock.core.diagnostics import Diagnostic, similar_name_help
from interlock.core.source import Span

# Chains of names, values and types within each other. A level takes at most some nine Python
# frames, of the interpreter's 1000.
MAX_DEPTH = 80
# Types resolved in all. Parameters and fields of objects can double them at every step; the
# largest real set of modules met (NBAP, 3000 definitions) needs an eighth of this.
MAX_TYPES = 100_000
MAX_INSTANCES = 10_000  # of parameterised types; NBAP has 1700


@dataclass(frozen=True, slots=True, eq=False)
class _Instance:
    """A type definition to be resolved: written, or an instance of a parameterised one."""

    key: str
    symbol: Symbol
    scope: Scope


class Resolver:
    """All resolvers and what they share."""

    def __init__(self, modules: Iterable[ModuleSyntax], values: Mapping[tuple[str, str], int]):
        self.findings: list[Diagnostic] = []
        self.names = Names(modules, self.findings)
        self.classes = ClassResolver(self)
        self.bases = BaseResolver(self)
        self.constraints = ConstraintResolver(self)
        self.oids = OidResolver(self)
        self.values = ValueResolver(self, dict(values))
        self.objects = ObjectResolver(self)
        self.types = TypeResolver(self)
        self.type_count = 0
        self._depth = 0
        self._reported: set[Diagnostic] = set()
        self._requested: set[str] = set()
        self._pending: deque[_Instance] = deque()

    @contextmanager
    def deeper(self, span: Span) -> Iterator[None]:
        """Count one level of descent.

        Raises:
            Failure: The limit is reached.
        """
        if self._depth >= MAX_DEPTH:
            raise failure("ASN003", f"leads more than {MAX_DEPTH} levels deep", span)
        self._depth += 1
        try:
            yield
        finally:
            self._depth -= 1

    def count(self, span: Span) -> None:
        """Count one more type resolved.

        Raises:
            Failure: The limit is reached.
        """
        self.type_count += 1
        if self.type_count > MAX_TYPES:
            raise failure("ASN003", f"leads to more than {MAX_TYPES} types", span)

    def report(self, problem: Failure) -> None:
        """Keep the finding of a failure, if it is not known."""
        if problem.finding is not None and problem.finding not in self._reported:
            self._reported.add(problem.finding)
            self.findings.append(problem.finding)

    def request(self, symbol: Symbol, scope: Scope) -> str:
        """The key of a type definition; an instance is queued when it is new."""
        if not symbol.assignment.parameters:
            return symbol.key
        key = f"{symbol.key}{{{scope.text}}}"
        if key not in self._requested:
            if len(self._requested) >= MAX_INSTANCES:
                message = f'"{symbol.assignment.name}" is instantiated without end'
                raise failure("ASN032", message, symbol.assignment.span)
            self._requested.add(key)
            self._pending.append(_Instance(key, symbol, scope))
        return key

    # --- building the model ---

    def build(self) -> Asn1Model:
        """Resolve everything; faults are in ``findings`` and leave gaps in the result."""
        model = _Parts()
        modules: dict[str, Module] = {}
        for table in self.names.tables.values():
            modules[table.name] = self._module(table, model)
        while self._pending:
            instance = self._pending.popleft()
            definition = self._type(instance)
            if definition is not None:
                model.types[instance.key] = definition
                model.instances.setdefault(instance.symbol.table.name, []).append(instance.key)
        for name, keys in model.instances.items():
            module = modules[name]
            modules[name] = replace(module, types=(*module.types, *keys))
        return Asn1Model(
            modules, model.types, model.values, model.classes, model.object_sets, model.objects
        )

    def _module(self, table: ModuleTable, model: _Parts) -> Module:
        before = {name: len(part) for name, part in model.named()}
        for assignment in table.assignments.values():
            try:
                self._definition(Symbol(table, assignment), model)
            except Failure as problem:
                self.report(problem)
        added = {name: tuple(part)[before[name] :] for name, part in model.named()}
        return Module(
            name=table.name,
            oid=self._module_oid(table),
            tagging=table.tagging,
            types=added["types"],
            values=added["values"],
            classes=added["classes"],
            object_sets=added["object_sets"],
            annotation=table.syntax.annotation,
            span=table.syntax.span,
        )

    def _module_oid(self, table: ModuleTable) -> OidValue | None:
        if table.syntax.oid is None:
            return None
        try:
            return self.oids.evaluate(table.syntax.oid, self.names.scope(table))
        except Failure as problem:
            self.report(problem)
            return None

    # --- single definitions ---

    def _definition(self, symbol: Symbol, model: _Parts) -> None:
        assignment = symbol.assignment
        if assignment.parameters:
            return  # resolved per instance
        scope = self.names.scope(symbol.table)
        if assignment.form is Form.CLASS:
            model.classes[symbol.key] = self.classes.resolved(symbol)
        elif assignment.form is Form.TYPE:
            if self.classes.of_symbol(symbol, scope) is None:
                self._add_type(symbol, scope, model)
        elif self._governing_class(assignment, scope):
            self._add_object_or_set(symbol, scope, model)
        elif assignment.form is Form.SET:
            self._add_type(symbol, scope, model)
        else:
            value = self.values.of_symbol(symbol, scope, assignment.span)
            model.values[symbol.key] = ValueDefinition(
                key=symbol.key,
                module=symbol.table.name,
                name=assignment.name,
                value=value,
                annotation=assignment.annotation,
                span=assignment.span,
            )

    def _governing_class(self, assignment: Assignment, scope: Scope) -> bool:
        governor = assignment.governor
        return governor is not None and self.classes.find(governor, scope) is not None

    def _add_object_or_set(self, symbol: Symbol, scope: Scope, model: _Parts) -> None:
        span = symbol.assignment.span
        if symbol.assignment.form is Form.SET:
            found = self.objects.set_of_symbol(symbol, scope, span)
            model.object_sets[symbol.key] = self.objects.evaluate_set(found)
        else:
            info = self.objects.of_symbol(symbol, scope, span)
            model.objects[symbol.key] = self.objects.evaluate(info)

    def _add_type(self, symbol: Symbol, scope: Scope, model: _Parts) -> None:
        definition = self._type(_Instance(symbol.key, symbol, scope))
        if definition is not None:
            model.types[symbol.key] = definition

    def _type(self, instance: _Instance) -> TypeDefinition | None:
        assignment = instance.symbol.assignment
        try:
            type_ = self.types.definition(self._right_side(assignment), instance.scope)
        except Failure as problem:
            self.report(problem)
            return None
        actuals = instance.scope.actuals.values() if assignment.parameters else ()
        return TypeDefinition(
            key=instance.key,
            module=instance.symbol.table.name,
            name=assignment.name,
            type=type_,
            annotation=assignment.annotation,
            parameters=tuple(actual.text for actual in actuals),
            span=assignment.span,
        )

    def _right_side(self, assignment: Assignment) -> TypeSyntax:
        """The type of a type definition; a value set is its governor, constrained."""
        if assignment.form is Form.TYPE:
            assert not isinstance(assignment.body, ClassSyntax | None)
            return assignment.body
        assert assignment.governor is not None
        assert isinstance(assignment.right, Braced)
        constraint = self.constraints.of_value_set(assignment.right)
        return Constrained(assignment.governor, constraint, assignment.span)


@dataclass(slots=True)
class _Parts:
    """The mappings of the model under construction."""

    types: dict[str, TypeDefinition] = field(default_factory=dict)
    values: dict[str, ValueDefinition] = field(default_factory=dict)
    classes: dict[str, ObjectClass] = field(default_factory=dict)
    object_sets: dict[str, ObjectSet] = field(default_factory=dict)
    objects: dict[str, InformationObject] = field(default_factory=dict)
    instances: dict[str, list[str]] = field(default_factory=dict)

    def named(self) -> tuple[tuple[str, Mapping[str, object]], ...]:
        """The mappings that a module lists, with their names there."""
        return (
            ("types", self.types),
            ("values", self.values),
            ("classes", self.classes),
            ("object_sets", self.object_sets),
        )


def apply_overrides(
    modules: Iterable[ModuleSyntax],
    tagging: Mapping[str, TaggingDefault],
    values: Mapping[tuple[str, str], int],
) -> tuple[list[ModuleSyntax], list[Diagnostic]]:
    """Put tagging overrides into modules; report overrides that name nothing.

    Returns:
        The modules with the tagging in force, and the findings (positioned at the module where
        there is one).
    """
    modules = list(modules)
    known = {module.name: module for module in modules}
    findings: list[Diagnostic] = []
    for name in (*tagging, *(module for module, _ in values)):
        if name not in known:
            help_ = similar_name_help(name, known)
            message = f'override for unknown module "{name}"'
            findings.append(asn1_error("ASN015", message, Span.nowhere(), help=help_))
    for name, value_name in values:
        module = known.get(name)
        if module is not None and not _defines_integer(module, value_name):
            message = f'override for "{value_name}", which is no INTEGER value of "{name}"'
            findings.append(asn1_error("ASN015", message, module.span))
    changed = [replace(m, tagging=tagging.get(m.name, m.tagging)) for m in modules]
    return changed, findings


def _defines_integer(module: ModuleSyntax, name: str) -> bool:
    """Whether ``name INTEGER ::= ...`` (or of a named type, whose base is checked later)."""
    for assignment in module.assignments:
        if assignment.name == name and assignment.form is Form.VALUE:
            return isinstance(assignment.governor, NumberedType | TypeReference | Constrained)
    return False
