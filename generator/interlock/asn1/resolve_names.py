"""Names: tables of modules, imports, scopes with parameters.

A ``Scope`` is where a piece of syntax was written: its module, and the actual parameters of the
instance it belongs to. Scopes are compared by identity; ``text`` spells one canonically.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from interlock.asn1.lexer import Kind
from interlock.asn1.parser_classes import ClassParser
from interlock.asn1.parser_modules import parser_for
from interlock.asn1.parser_types import STRING_TYPES
from interlock.asn1.rules import Failure, asn1_error, failure
from interlock.asn1.syntax import (
    Assignment,
    Braced,
    Form,
    Import,
    ModuleSyntax,
    Parameter,
    Reference,
    TypeReference,
    TypeSyntax,
    ValueSyntax,
)
from interlock.asn1.types import TaggingDefault
from interlock.core.diagnostics import Diagnostic, Label, similar_name_help
from interlock.core.source import Span

# Limits on instances of parameterised definitions within each other, and on the spelling of
# their parameters, which doubles per level in `A{T} ::= ... A{SEQUENCE {a T, b T}}`.
MAX_INSTANCE_DEPTH = 24
MAX_INSTANCE_TEXT = 4096

# Names of arcs that need no number, by the arcs in front of them (X.660 Annex A).
KNOWN_ARCS: Mapping[tuple[int, ...], Mapping[str, int]] = {
    (): {
        "itu-t": 0,
        "ccitt": 0,
        "itu-r": 0,
        "iso": 1,
        "joint-iso-itu-t": 2,
        "joint-iso-ccitt": 2,
    },
    (0,): {
        "recommendation": 0,
        "question": 1,
        "administration": 2,
        "network-operator": 3,
        "identified-organization": 4,
        "r-recommendation": 5,
    },
    (0, 0): {chr(ord("a") + i): i + 1 for i in range(26)},
    (1,): {
        "standard": 0,
        "registration-authority": 1,
        "member-body": 2,
        "identified-organization": 3,
    },
    (2,): {"asn1": 1, "ds": 5},
}

T = TypeVar("T")


@dataclass(slots=True, eq=False)
class ModuleTable:
    """The names of one module; ``tagging`` is the one in force after overrides."""

    syntax: ModuleSyntax
    tagging: TaggingDefault
    assignments: dict[str, Assignment] = field(default_factory=dict)
    imports: dict[str, tuple[ModuleTable | None, Span]] = field(default_factory=dict)
    ambiguous: dict[str, tuple[Span, Span]] = field(default_factory=dict)  # imported twice
    renamed: dict[str, ModuleTable] = field(default_factory=dict)  # names of modules used here

    @property
    def name(self) -> str:
        """The name of the module."""
        return self.syntax.name

    def exports(self, name: str) -> bool:
        """Whether other modules may import a name that is defined or imported here."""
        exports = self.syntax.exports
        return exports is None or any(exported == name for exported, _ in exports)


@dataclass(frozen=True, slots=True, eq=False)
class Symbol:
    """A definition found: where it stands and what it says."""

    table: ModuleTable
    assignment: Assignment

    @property
    def key(self) -> str:
        """``Module.Name``."""
        return f"{self.table.name}.{self.assignment.name}"


@dataclass(frozen=True, slots=True, eq=False)
class Actual:
    """An actual parameter, with the scope in which it was written."""

    parameter: Parameter
    braced: Braced
    scope: Scope
    text: str

    def as_type(self) -> TypeSyntax:
        """The parameter read as a type."""
        return self._read("a type", lambda parser: parser.parse_type())

    def as_value(self) -> ValueSyntax:
        """The parameter read as a value or object."""
        return self._read("a value", lambda parser: parser.parse_value())

    def as_set(self) -> Braced | TypeReference:
        """The parameter read as a set: braces, or the bare name of a set."""

        def read(parser: ClassParser) -> Braced | TypeReference:
            if parser.at("{"):
                return parser.take_braced()
            reference = parser.parse_reference(Kind.UPPER, "a set")
            return TypeReference(reference, reference.span)

        return self._read("a set", read)

    def _read(self, what: str, read: Callable[[ClassParser], T]) -> T:
        parser = parser_for(self.braced)
        try:
            result = read(parser)
            if not parser.at_end():
                raise parser.expected("the end of the parameter")
        except Failure as problem:
            message = f'parameter "{self.parameter.name}" must be {what}'
            label = Label(self.parameter.span, "declared here")
            raise failure("ASN041", message, self.braced.span, labels=[label]) from problem
        return result


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """A module and the parameters in force; ``depth`` counts instances within instances."""

    table: ModuleTable
    actuals: Mapping[str, Actual] = field(default_factory=dict)
    depth: int = 0
    text: str = ""


class Names:
    """All modules; finds what names mean."""

    def __init__(self, modules: Iterable[ModuleSyntax], findings: list[Diagnostic]) -> None:
        self.findings = findings
        self.tables: dict[str, ModuleTable] = {}
        self._scopes: dict[tuple[ModuleTable, str, str], Scope] = {}
        for module in modules:
            self._add_module(module)
        for table in self.tables.values():
            self._bind_imports(table)
        for table in self.tables.values():
            self._check_imports(table)

    # --- building ---

    def _add_module(self, module: ModuleSyntax) -> None:
        if module.name in self.tables:
            first = self.tables[module.name].syntax.span
            self._duplicate(f'module "{module.name}"', module.span, first)
            return
        table = ModuleTable(module, module.tagging)
        self.tables[module.name] = table
        for assignment in module.assignments:
            known = table.assignments.get(assignment.name)
            if known is not None:
                self._duplicate(f'"{assignment.name}"', assignment.span, known.span)
            else:
                table.assignments[assignment.name] = assignment
            self._check_parameter_names(assignment)

    def _check_parameter_names(self, assignment: Assignment) -> None:
        seen: dict[str, Span] = {}
        for parameter in assignment.parameters or ():
            if parameter.name in seen:
                what = f'parameter "{parameter.name}"'
                self._duplicate(what, parameter.span, seen[parameter.name])
            seen.setdefault(parameter.name, parameter.span)

    def _duplicate(self, what: str, span: Span, first: Span) -> None:
        labels = [Label(first, "first here")]
        self.findings.append(asn1_error("ASN020", f"{what} is defined twice", span, labels=labels))

    def _bind_imports(self, table: ModuleTable) -> None:
        for import_ in table.syntax.imports:
            source = self._module_of(import_)
            if source is not None:
                table.renamed[import_.module] = source
            for name, span in import_.names:
                if name in table.assignments:
                    what = f'"{name}", imported here,'
                    self._duplicate(what, span, table.assignments[name].span)
                elif name in table.imports:
                    before, first = table.imports[name]
                    if before is not source:  # legal unless the name is used unqualified
                        table.ambiguous[name] = (first, span)
                else:
                    table.imports[name] = (source, span)

    def _module_of(self, import_: Import) -> ModuleTable | None:
        table = self.tables.get(import_.module) or self._by_oid(import_)
        if table is None:
            help_ = similar_name_help(import_.module, self.tables)
            message = f'unknown module "{import_.module}"'
            self.findings.append(asn1_error("ASN013", message, import_.span, help=help_))
        return table

    def _by_oid(self, import_: Import) -> ModuleTable | None:
        """A module imported under another name than its own, found by its OID (X.680 13.15)."""
        arcs = plain_arcs(import_.oid) if isinstance(import_.oid, Braced) else None
        for table in self.tables.values():
            oid = table.syntax.oid
            if arcs is not None and oid is not None and plain_arcs(oid) == arcs:
                return table
        return None

    def _check_imports(self, table: ModuleTable) -> None:
        for name, (source, span) in table.imports.items():
            if source is None or name in STRING_TYPES:
                continue  # texts of 1988 import types that have since become built-in (RFC 5280)
            if self._in_module(source, name) is None:
                broken = source.imports.get(name, (source, span))[0] is None
                if broken:  # the module it comes from in the end was reported as missing
                    continue
                message = f'module "{source.name}" does not define "{name}"'
                help_ = similar_name_help(name, source.assignments)
                self.findings.append(asn1_error("ASN014", message, span, help=help_))
            elif not source.exports(name):
                message = f'module "{source.name}" does not export "{name}"'
                self.findings.append(asn1_error("ASN014", message, span))

    # --- finding ---

    def scope(self, table: ModuleTable) -> Scope:
        """The scope of a module outside parameterised definitions."""
        return self._scopes.setdefault((table, "", ""), Scope(table))

    def find(self, reference: Reference, scope: Scope) -> Symbol | Actual | None:
        """What a name means, or None when nothing is known of it."""
        if reference.module is None:
            if reference.name in scope.actuals:
                return scope.actuals[reference.name]
            return self._in_module(scope.table, reference.name)
        table = self._qualifier(reference.module, scope)
        return self._in_module(table, reference.name) if table else None

    def _qualifier(self, module: str, scope: Scope) -> ModuleTable | None:
        """The module in front of a dot: by its name, or by that of the import here."""
        return self.tables.get(module) or scope.table.renamed.get(module)

    def _in_module(self, table: ModuleTable, name: str) -> Symbol | None:
        seen: set[str] = set()
        at: ModuleTable | None = table
        while at is not None and at.name not in seen:
            if name in at.assignments:
                return Symbol(at, at.assignments[name])
            seen.add(at.name)
            at = at.imports.get(name, (None, None))[0]
        return None

    def is_known(self, reference: Reference, scope: Scope) -> bool:
        """Whether a name is defined here or imported, be it from a module that is missing."""
        return self.find(reference, scope) is not None or reference.name in scope.table.imports

    def lookup(self, reference: Reference, scope: Scope) -> Symbol | Actual:
        """What a name means; fails with a diagnostic when it means nothing or two things."""
        found = self.find(reference, scope)
        imported = isinstance(found, Symbol) and reference.name not in scope.table.assignments
        if reference.module is None and imported and reference.name in scope.table.ambiguous:
            first, second = scope.table.ambiguous[reference.name]
            message = f'"{reference.name}" is imported from two modules'
            labels = [Label(first, "here"), Label(second, "and here")]
            qualify = "put the name of the module and a dot in front"
            raise failure("ASN020", message, reference.span, labels=labels, help=qualify)
        if found is not None:
            return found
        qualifier = self._qualifier(reference.module, scope) if reference.module else scope.table
        if qualifier is None:
            assert reference.module is not None
            help_ = similar_name_help(reference.module, self.tables)
            message = f'unknown module "{reference.module}"'
            raise failure("ASN013", message, reference.span, help=help_)
        table = qualifier
        if reference.name in table.imports:
            raise Failure(None)  # the import was reported
        capital = reference.name[0].isupper()
        known = [n for n in self._visible(table, scope) if n[0].isupper() == capital]
        message = f'unknown name "{reference.name}"'
        help_ = similar_name_help(reference.name, known) or self._defined_elsewhere(reference.name)
        raise failure("ASN010", message, reference.span, help=help_)

    def _visible(self, table: ModuleTable, scope: Scope) -> list[str]:
        return [*scope.actuals, *table.assignments, *table.imports]

    def _defined_elsewhere(self, name: str) -> str | None:
        for table in self.tables.values():
            if name in table.assignments:
                return f'module "{table.name}" defines it; import it from there'
        return None

    # --- instances ---

    def enter(self, symbol: Symbol, reference: Reference, scope: Scope) -> Scope:
        """The scope inside a definition referred to, with its parameters bound."""
        parameters = symbol.assignment.parameters
        given = reference.actuals
        wanted_count, given_count = len(parameters or ()), len(given or ())
        if wanted_count != given_count:
            raise failure(
                "ASN040",
                f'"{reference.name}" has {_count(wanted_count, "parameter")}, '
                f"{given_count or 'none'} given",
                reference.span,
                labels=[Label(symbol.assignment.span, "defined here")],
            )
        if not parameters or not given:
            return self.scope(symbol.table)
        texts = [self.text(braced, scope) for braced in given]
        text = ",".join(texts)
        if scope.depth >= MAX_INSTANCE_DEPTH or len(text) > MAX_INSTANCE_TEXT:
            message = f'"{reference.name}" is instantiated without end'
            raise failure("ASN032", message, reference.span)
        key = (symbol.table, symbol.assignment.name, text)
        if key not in self._scopes:
            actuals = {
                p.name: Actual(p, braced, scope, t)
                for p, braced, t in zip(parameters, given, texts, strict=True)
            }
            self._scopes[key] = Scope(symbol.table, actuals, scope.depth + 1, text)
        return self._scopes[key]

    def text(self, braced: Braced, scope: Scope) -> str:
        """Spell an actual parameter canonically: names with their modules, dummies replaced.

        Equal texts mean equal parameters. A name that is no definition (a component, a word)
        stays as it is; a set of one named set is spelled without its braces.
        """
        words: list[str] = []
        tokens = braced.tokens[:-1]
        if len(tokens) == 3 and tokens[0].text == "{" and tokens[1].kind is Kind.UPPER:
            tokens = tokens[1:2]
        for index, token in enumerate(tokens):
            word = token.text
            if token.kind in (Kind.UPPER, Kind.LOWER):
                qualified = index > 0 and tokens[index - 1].text == "."
                found = self.find(Reference(None, word, None, Span.nowhere()), scope)
                if found is not None and not qualified:
                    word = found.key if isinstance(found, Symbol) else found.text
            elif token.kind is Kind.STRING:
                word = '"' + word.replace('"', '""') + '"'
            elif token.kind in (Kind.BITS, Kind.HEX):
                word = f"'{word}'{'B' if token.kind is Kind.BITS else 'H'}"
            words.append(word)
        return " ".join(words)


def plain_arcs(braced: Braced) -> tuple[int, ...] | None:
    """The arcs of a module identification whose arcs all show their number, else None.

    The names at the top of the tree are taken by their place: ``iso standard`` has no number.
    """
    arcs: list[int] = []
    tokens = [token for token in braced.tokens if token.kind is not Kind.END]
    for index, token in enumerate(tokens):
        following = tokens[index + 1].text if index + 1 < len(tokens) else ""
        if token.kind is Kind.NUMBER and token.text.isdigit() and len(token.text) < 20:
            arcs.append(int(token.text))
        elif token.kind is Kind.LOWER and following != "(":
            known = KNOWN_ARCS.get(tuple(arcs), {})
            if token.text not in known:
                return None
            arcs.append(known[token.text])
        elif token.text not in ("(", ")") and token.kind is not Kind.LOWER:
            return None
    return tuple(arcs)


def wrong_kind(found: Symbol | Actual, wanted: str, span: Span) -> Failure:
    """The failure that a name names something else than ``wanted``."""
    if isinstance(found, Actual):
        message = f'parameter "{found.parameter.name}" is not {wanted}'
        return failure("ASN041", message, span, labels=[Label(found.parameter.span, "here")])
    kinds = {
        Form.TYPE: "a type",
        Form.CLASS: "an object class",
        Form.VALUE: "a value or object",
        Form.SET: "a set",
    }
    assignment = found.assignment
    message = f'"{assignment.name}" is {kinds[assignment.form]}, not {wanted}'
    label = Label(assignment.span, "defined here")
    return failure("ASN011", message, span, labels=[label])


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"
