"""Notation of modules and assignments (X.680 clauses 13 and 16, X.683 clause 8)."""

from __future__ import annotations

from interlock.asn1.annotations import AnnotationReader
from interlock.asn1.lexer import Kind, Tokens, tokenize
from interlock.asn1.parser_classes import ClassParser
from interlock.asn1.parser_types import RESERVED
from interlock.asn1.rules import Failure
from interlock.asn1.syntax import (
    Assignment,
    Braced,
    Form,
    Import,
    ModuleSyntax,
    Parameter,
    TypeSyntax,
    ValueReference,
    ValueSyntax,
)
from interlock.asn1.types import TaggingDefault
from interlock.core.diagnostics import Diagnostic
from interlock.core.source import SourceFile, Span

_NAMES = (Kind.UPPER, Kind.LOWER)


class ModuleParser(ClassParser):
    """Reads the modules of one file."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__(tokens.source, tokens.items)
        self.annotations = AnnotationReader(tokens)

    def parse_module(self) -> ModuleSyntax:
        """One module, from its name to END."""
        first = self.expect_kind(Kind.UPPER, "the name of a module")
        annotation = self.annotations.above(self.span(first).line)
        oid = self.take_braced() if self.at("{") else None
        if oid is not None and self.token.kind is Kind.STRING:
            self.take()  # an internationalised identifier repeats the OID (X.680 13.1)
        self.expect("DEFINITIONS", "after the module name")
        tagging = TaggingDefault.EXPLICIT
        if self.at("EXPLICIT", "IMPLICIT", "AUTOMATIC"):
            tagging = TaggingDefault(self.take().text)
            self.expect("TAGS")
        implied = self.accept("EXTENSIBILITY")
        if implied:
            self.expect("IMPLIED")
        self.expect_words("::=", "BEGIN")
        exports = self._exports()
        imports = self._imports()
        assignments: list[Assignment] = []
        while not self.at("END"):
            assignments.append(self._assignment())
        self.take()
        return ModuleSyntax(
            name=first.text,
            oid=oid,
            tagging=tagging,
            extensibility_implied=implied,
            exports=exports,
            imports=imports,
            assignments=tuple(assignments),
            annotation=annotation,
            source=self.source,
            span=self.span(first),
        )

    # --- EXPORTS and IMPORTS ---

    def _exports(self) -> tuple[tuple[str, Span], ...] | None:
        if not self.accept("EXPORTS"):
            return None
        if self.accept("ALL"):
            self.expect(";", "after EXPORTS ALL")
            return None
        names = () if self.at(";") else self._symbols()
        self.expect(";", "or a comma in EXPORTS")
        return names

    def _imports(self) -> tuple[Import, ...]:
        if not self.accept("IMPORTS"):
            return ()
        imports: list[Import] = []
        while not self.at(";"):
            names = self._symbols()
            self.expect("FROM", "or a comma in IMPORTS")
            module = self.expect_kind(Kind.UPPER, "the name of a module")
            oid = self._import_identification()
            imports.append(Import(names, module.text, oid, self.span(module)))
            if self.accept("WITH") and not (
                self.accept("SUCCESSORS") or self.accept("DESCENDANTS")
            ):
                raise self.expected("SUCCESSORS or DESCENDANTS")
        self.take()
        return tuple(imports)

    def _symbols(self) -> tuple[tuple[str, Span], ...]:
        names = [self._symbol()]
        while self.accept(","):
            names.append(self._symbol())
        return tuple(names)

    def _symbol(self) -> tuple[str, Span]:
        token = self.token
        if token.kind not in _NAMES:
            raise self.expected("the name of a definition")
        self.take()
        if self.accept("{"):
            self.expect("}", "after the name of a parameterised definition")
        return token.text, self.span(token)

    def _import_identification(self) -> Braced | ValueReference | None:
        if self.at("{"):
            return self.take_braced()
        # A lower-case name is the OID of the module, unless it starts the next list of names.
        next_list = self.peek().text in (",", "FROM") or self.peek().text == "{"
        if self.token.kind is Kind.LOWER and not next_list:
            first = self.token
            reference = self.parse_reference(Kind.LOWER, "an OID", parameters=False)
            return ValueReference(reference, (), self.span(first))
        return None

    # --- assignments ---

    def _assignment(self) -> Assignment:
        first = self.token
        if first.kind not in _NAMES:
            raise self.expected("a definition or END")
        if first.text in RESERVED:
            message = f'"{first.text}" is a reserved word and cannot be defined'
            raise self.failure("ASN001", message, first)
        self.take()
        if self.at("MACRO"):
            raise self.failure("ASN004", f'"{first.text}" is a macro', first)
        annotation = self.annotations.above(self.span(first).line)
        parameters = self._parameters() if self.at("{") else None
        governor: TypeSyntax | None = None
        body = None
        right: Braced | ValueSyntax | None = None
        if first.kind is Kind.UPPER and self.accept("::="):
            form = Form.CLASS if self.at("CLASS") else Form.TYPE
            body = self.parse_class() if form is Form.CLASS else self.parse_type()
        else:
            form = Form.SET if first.kind is Kind.UPPER else Form.VALUE
            governor = self.parse_type()
            self.expect("::=")
            right = self.take_braced() if form is Form.SET else self.parse_value()
        return Assignment(
            form, first.text, parameters, governor, body, right, annotation, self.span(first)
        )

    def _parameters(self) -> tuple[Parameter, ...]:
        self.expect("{")
        parameters = [self._parameter()]
        while self.accept(","):
            parameters.append(self._parameter())
        self.expect("}", "or a comma in the parameter list")
        return tuple(parameters)

    def _parameter(self) -> Parameter:
        governor: TypeSyntax | None = None
        if self.peek().text not in (",", "}"):
            governor = self.parse_type()
            self.expect(":", "after the governor of a parameter")
        name = self.token
        if name.kind not in _NAMES:
            raise self.expected("the name of a parameter")
        self.take()
        return Parameter(governor, name.text, self.span(name))


def parse_file(source: SourceFile) -> tuple[tuple[ModuleSyntax, ...], list[Diagnostic]]:
    """Read all modules of a file up to its first grammar error.

    Returns:
        The modules read completely, and what is wrong with the file.
    """
    tokens, findings = tokenize(source)
    parser = ModuleParser(tokens)
    modules: list[ModuleSyntax] = []
    try:
        modules.append(parser.parse_module())
        while not parser.at_end():
            modules.append(parser.parse_module())
    except Failure as stop:
        if not findings and stop.finding:  # a missing token would only be reported a second time
            findings.append(stop.finding)
    return tuple(modules), findings + parser.annotations.findings


def parser_for(braced: Braced) -> ClassParser:
    """A parser over the inside of braces kept unread."""
    return ClassParser(braced.source, braced.tokens)
