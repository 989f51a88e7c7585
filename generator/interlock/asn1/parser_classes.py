"""Notation of information object classes (X.681 clauses 9 and 10)."""

from __future__ import annotations

from interlock.asn1.lexer import Kind, Token
from interlock.asn1.parser_types import TypeParser
from interlock.asn1.syntax import (
    Braced,
    ClassSyntax,
    Field,
    FieldUse,
    OptionalGroup,
    SyntaxItem,
    TypeSyntax,
    Word,
)

_FIELD_KINDS = (Kind.FIELD_LOWER, Kind.FIELD_UPPER)


class ClassParser(TypeParser):
    """Reads CLASS definitions."""

    def parse_class(self) -> ClassSyntax:
        """``CLASS {...} [WITH SYNTAX {...}]``."""
        first = self.expect("CLASS")
        self.expect("{", "after CLASS")
        fields = [self._field()]
        while self.accept(","):
            fields.append(self._field())
        self.expect("}", "or a comma after the field")
        with_syntax = None
        if self.accept("WITH"):
            self.expect("SYNTAX")
            self.expect("{", "after WITH SYNTAX")
            with_syntax = self._syntax_items("}")
            self.expect("}")
        return ClassSyntax(tuple(fields), with_syntax, self.span(first))

    def _field(self) -> Field:
        first = self.token
        if first.kind not in _FIELD_KINDS:
            raise self.expected("a field name")
        self.take()
        type_: TypeSyntax | None = None
        by_field: str | None = None
        is_type_field = first.kind is Kind.FIELD_UPPER and (
            self.at("OPTIONAL", "DEFAULT", ",", "}") or self.at_end()
        )
        if self.token.kind in _FIELD_KINDS:
            by_field = self.take().text + "".join("." + n for n in self.parse_field_names())
        elif not is_type_field:
            type_ = self.parse_type()
        unique = self.accept("UNIQUE")
        optional = self.accept("OPTIONAL")
        default = self._default() if not optional and self.accept("DEFAULT") else None
        span = self.span(first)
        return Field(first.text, type_, by_field, unique, optional, default, span)

    def _default(self) -> Braced:
        """The tokens up to the end of the field: their meaning hangs on the kind of field."""
        first, start = self.token, self.position
        while not (self.at(",", "}") or self.at_end()):
            if self.at("{"):
                self.take_braced()
            else:
                self.take()
        if self.position == start:
            raise self.expected("a default")
        end = Token(Kind.END, "the end of the default", self.token.start, self.token.end)
        return Braced(self.source, (*self.tokens[start : self.position], end), self.span(first))

    def _syntax_items(self, closing: str) -> tuple[SyntaxItem, ...]:
        items: list[SyntaxItem] = []
        with self.nested():
            while not self.at(closing):
                token = self.token
                if token.kind in _FIELD_KINDS:
                    items.append(FieldUse(token.text, self.span(token)))
                elif token.kind is Kind.UPPER or self.at(","):
                    items.append(Word(token.text))
                elif self.accept("["):
                    items.append(OptionalGroup(self._syntax_items("]")))
                else:
                    raise self.expected('a field, a word, "[" or the end of the syntax')
                self.take()
        return tuple(items)
