"""Objects and object sets, read with the class at hand (X.681 clauses 11 and 12)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from interlock.asn1.lexer import Kind, Token
from interlock.asn1.parser_classes import ClassParser
from interlock.asn1.parser_core import shown
from interlock.asn1.rules import Failure, failure
from interlock.asn1.syntax import (
    Braced,
    FieldUse,
    OptionalGroup,
    Reference,
    SyntaxItem,
    TypeReference,
    TypeSyntax,
    ValueSyntax,
    Word,
)
from interlock.asn1.types import FieldKind
from interlock.core.diagnostics import Label
from interlock.core.source import Span

SettingSyntax = TypeSyntax | ValueSyntax | Braced


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """What an object says of one field."""

    syntax: SettingSyntax
    span: Span


def fields_of_syntax(items: tuple[SyntaxItem, ...]) -> list[tuple[str, Span]]:
    """All fields in a WITH SYNTAX clause, in order."""
    result: list[tuple[str, Span]] = []
    for item in items:
        if isinstance(item, FieldUse):
            result.append((item.name, item.span))
        elif isinstance(item, OptionalGroup):
            result.extend(fields_of_syntax(item.items))
    return result


def parse_setting(parser: ClassParser, kind: FieldKind) -> SettingSyntax:
    """Read what stands for a field of a kind; bare names of sets are accepted."""
    if kind is FieldKind.TYPE:
        return parser.parse_type()
    if kind in (FieldKind.VALUE, FieldKind.OBJECT):
        return parser.parse_value()
    if parser.at("{"):
        return parser.take_braced()
    reference = parser.parse_reference(Kind.UPPER, "a set")
    return TypeReference(reference, reference.span)


class ObjectParser:
    """Reads one object definition against the syntax of its class."""

    def __init__(
        self,
        braced: Braced,
        class_name: str,
        with_syntax: tuple[SyntaxItem, ...] | None,
        kind_of: Callable[[str, Span], FieldKind],
    ) -> None:
        self._parser = ClassParser(braced.source, braced.tokens)
        self._class_name = class_name
        self._syntax = with_syntax
        self._kind_of = kind_of
        self._words = _words(with_syntax or ())
        self._settings: dict[str, Setting] = {}

    def run(self) -> Mapping[str, Setting]:
        """The settings by field name."""
        if self._syntax is None:
            self._default_notation()
        else:
            self._items(self._syntax)
        if not self._parser.at_end():
            raise self._mismatch("the end of the object")
        return self._settings

    def _default_notation(self) -> None:
        parser = self._parser
        while not parser.at_end():
            token = parser.token
            if token.kind not in (Kind.FIELD_LOWER, Kind.FIELD_UPPER):
                raise self._mismatch("a field name")
            parser.take()
            self._set(token.text, parser.span(token))
            if not parser.at_end():
                parser.expect(",", "after the setting of a field")

    def _items(self, items: tuple[SyntaxItem, ...]) -> None:
        for item in items:
            if isinstance(item, Word):
                if not self._parser.at(item.text):
                    raise self._mismatch(f'"{item.text}"')
                self._parser.take()
            elif isinstance(item, FieldUse):
                if self._parser.at_end():
                    raise self._mismatch(f'a setting of "{item.name}"')
                self._set(item.name, self._parser.span(self._parser.token))
            elif self._enters(item):
                self._items(item.items)

    def _enters(self, group: OptionalGroup) -> bool:
        """Whether the next token starts this group; no group starts like what may follow it."""
        parser, first = self._parser, group.items[0] if group.items else None
        if first is None or parser.at_end():
            return False
        if isinstance(first, Word):
            return parser.at(first.text)
        if isinstance(first, OptionalGroup):
            starts = [self._enters(item) for item in group.items if isinstance(item, OptionalGroup)]
            return any(starts)
        return not parser.at(*self._words)

    def _set(self, name: str, span: Span) -> None:
        kind = self._kind_of(name, span)
        if name in self._settings:
            label = Label(self._settings[name].span, "first here")
            message = f'field "{name}" is set twice'
            raise failure("ASN060", message, span, labels=[label])
        start = self._parser.position
        try:
            syntax = parse_setting(self._parser, kind)
        except Failure as problem:
            if self._parser.position > start:
                raise
            raise self._mismatch(f'a {kind.value} for "{name}"') from problem
        self._settings[name] = Setting(syntax, span)

    def _mismatch(self, wanted: str) -> Failure:
        token: Token = self._parser.token
        message = f'object of class "{self._class_name}": expected {wanted}, found {shown(token)}'
        return failure("ASN060", message, self._parser.span(token))


def _words(items: tuple[SyntaxItem, ...]) -> frozenset[str]:
    words: set[str] = set()
    for item in items:
        if isinstance(item, Word):
            words.add(item.text)
        elif isinstance(item, OptionalGroup):
            words |= _words(item.items)
    return frozenset(words)


# --- object sets -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class SetElement:
    """A name (``reference``, with ``fields`` behind it) or an object written in place."""

    reference: Reference | None
    fields: tuple[str, ...]
    braced: Braced | None
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class SetOperation:
    """``sign`` is ``|``, ``^`` or ``EXCEPT``; ``left`` None with EXCEPT is ALL."""

    sign: str
    left: SetExpression | None
    right: SetExpression
    span: Span


SetExpression = SetElement | SetOperation


@dataclass(frozen=True, slots=True, eq=False)
class SetSyntax:
    """An object set: expressions before and after the extension marker."""

    parts: tuple[SetExpression, ...]
    extensible: bool


class SetParser(ClassParser):
    """Reads the inside of the braces of an object set."""

    def parse_set(self) -> SetSyntax:
        """Root elements, marker, additions; an empty set is ``{...}``."""
        parts: list[SetExpression] = []
        extensible = False
        while not self.at_end():
            if self.at("..."):
                if extensible:
                    raise self.expected("the end of the set, for it has an extension marker")
                self.take()
                extensible = True
            else:
                parts.append(self._set_union())
            if not self.accept(","):
                break
        if not self.at_end():
            raise self.expected('"|", a comma or the end of the object set')
        if not parts and not extensible:
            raise self.expected("an object")
        return SetSyntax(tuple(parts), extensible)

    def _set_union(self) -> SetExpression:
        first = self.token
        with self.nested():
            left = self._set_intersection()
            while self.accept("|") or self.accept("UNION"):
                left = SetOperation("|", left, self._set_intersection(), self.span(first))
            return left

    def _set_intersection(self) -> SetExpression:
        first = self.token
        left = self._set_difference()
        while self.accept("^") or self.accept("INTERSECTION"):
            left = SetOperation("^", left, self._set_difference(), self.span(first))
        return left

    def _set_difference(self) -> SetExpression:
        first = self.token
        if self.accept("ALL"):
            self.expect("EXCEPT")
            return SetOperation("EXCEPT", None, self._set_element(), self.span(first))
        left = self._set_element()
        if self.accept("EXCEPT"):
            return SetOperation("EXCEPT", left, self._set_element(), self.span(first))
        return left

    def _set_element(self) -> SetExpression:
        first = self.token
        if self.accept("("):
            inside = self._set_union()
            self.expect(")")
            return inside
        if self.at("{"):
            braced = self.take_braced()
            return SetElement(None, (), braced, braced.span)
        if first.kind not in (Kind.UPPER, Kind.LOWER):
            raise self.expected("an object or object set")
        lower = first.kind is Kind.LOWER or (
            self.peek().text == "." and self.peek(2).kind is Kind.LOWER
        )
        kind = Kind.LOWER if lower else Kind.UPPER
        reference = self.parse_reference(kind, "an object or object set")
        return SetElement(reference, self.parse_field_names(), None, self.span_from(first))
