"""Constraint notation (X.680 clauses 49 to 51, X.682)."""

from __future__ import annotations

from interlock.asn1.lexer import Kind
from interlock.asn1.parser_core import TokenStream
from interlock.asn1.parser_values import ValueParser
from interlock.asn1.syntax import (
    Alphabet,
    AtPath,
    Braced,
    Constraint,
    ContainedSubtype,
    Contents,
    Elements,
    Except,
    Inner,
    Intersection,
    Pattern,
    SingleValue,
    SizeOf,
    Table,
    Union,
    UserDefined,
    ValueRange,
)
from interlock.core.source import Span

_TYPE_WORDS_THAT_ARE_VALUES = frozenset(
    ("TRUE", "FALSE", "NULL", "MIN", "MAX", "PLUS-INFINITY", "MINUS-INFINITY", "NOT-A-NUMBER")
)


class ConstraintParser(ValueParser):
    """Reads what stands in the parentheses behind a type."""

    def parse_constraint(self) -> Constraint:
        """``( ... )`` with extension marker and exception specification."""
        with self.nested():
            opening = self.expect("(", "of a constraint")
            general = self._general_constraint()
            root, extensible, additions = None, False, None
            if general is None:
                root, extensible, additions = self.parse_element_sets()
            self._exception()
            self.expect(")", "at the end of the constraint")
            return Constraint(general or root, extensible, additions, self.span_from(opening))

    def _general_constraint(self) -> Contents | Table | UserDefined | None:
        first = self.token
        if self.at("{"):
            return self._table()
        if self.at("CONTAINING") or (self.at("ENCODED") and self.peek().text == "BY"):
            type_ = self.parse_type() if self.accept("CONTAINING") else None
            if self.accept("ENCODED"):
                self.expect("BY")
                self.parse_value()
            return Contents(type_, self.span(first))
        if self.at("CONSTRAINED"):
            self.expect_words("CONSTRAINED", "BY")
            self.take_braced()
            return UserDefined(self.span(first))
        return None

    def _table(self) -> Table | None:
        """A table constraint, or None when the braces are a value (``({1 2 3})``)."""
        start = self.position
        first = self.token
        braced = self.take_braced()
        ends = self.at(")", "!")
        if not _is_set_reference(braced) or not (ends or self.at("{")):
            self.position = start
            return None
        paths: list[AtPath] = []
        if self.accept("{"):
            paths.append(self._at_path())
            while self.accept(","):
                paths.append(self._at_path())
            self.expect("}", "after the component relation")
        return Table(braced, tuple(paths), self.span_from(first))

    def _at_path(self) -> AtPath:
        first = self.expect("@", "of a component relation")
        dots = 0
        while self.at(".", "..", "..."):
            dots += len(self.take().text)
        names = [self.expect_kind(Kind.LOWER, "a component name").text]
        while self.accept("."):
            names.append(self.expect_kind(Kind.LOWER, "a component name").text)
        return AtPath(dots, tuple(names), self.span_from(first))

    def _exception(self) -> None:
        """``! value``: accepted and dropped, it only tells a receiver what to do."""
        if self.accept("!"):
            self.parse_value()

    # --- element sets ---

    def parse_element_sets(self) -> tuple[Elements | None, bool, Elements | None]:
        """Root, whether a marker follows, elements behind the marker."""
        root = None if self.at("...") else self.parse_elements()
        if root is not None and not (self.at(",") and self.peek().text == "..."):
            return root, False, None
        if root is not None:
            self.take()
        self.expect("...")
        additions = self.parse_elements() if self.accept(",") else None
        return root, True, additions

    def parse_elements(self) -> Elements:
        """Unions of intersections of elements, or ALL EXCEPT."""
        with self.nested():
            first = self.token
            if self.accept("ALL"):
                self.expect("EXCEPT")
                left_out = self._element()
                return Except(None, left_out, self.span_from(first))
            parts = [self._intersection()]
            while self.accept("|") or self.accept("UNION"):
                parts.append(self._intersection())
            return parts[0] if len(parts) == 1 else Union(tuple(parts), self.span_from(first))

    def _intersection(self) -> Elements:
        first = self.token
        parts = [self._difference()]
        while self.accept("^") or self.accept("INTERSECTION"):
            parts.append(self._difference())
        return parts[0] if len(parts) == 1 else Intersection(tuple(parts), self.span_from(first))

    def _difference(self) -> Elements:
        first = self.token
        base = self._element()
        if self.accept("EXCEPT"):
            return Except(base, self._element(), self.span_from(first))
        return base

    def _element(self) -> Elements:
        first = self.token
        if self.accept("("):
            inside = self.parse_elements()
            self.expect(")", "after the elements in parentheses")
            return inside
        if self.accept("SIZE"):
            return SizeOf(self.parse_constraint(), self.span_from(first))
        if self.accept("FROM"):
            return Alphabet(self.parse_constraint(), self.span_from(first))
        if self.at("PATTERN", "SETTINGS"):
            self.take()
            return Pattern(self.parse_value(), self.span_from(first))
        if self.at("WITH"):
            return self._inner()
        if self.accept("INCLUDES") or self._at_type():
            return ContainedSubtype(self.parse_type(), self.span_from(first))
        return self._value_or_range()

    def _at_type(self) -> bool:
        token = self.token
        if token.kind is not Kind.UPPER or token.text in _TYPE_WORDS_THAT_ARE_VALUES:
            return False
        return not (self.peek().text == "." and self.peek(2).kind is Kind.LOWER)

    def _value_or_range(self) -> Elements:
        first = self.token
        low = None if self.accept("MIN") else self.parse_value()
        low_open = self.at("<") and self.peek().text == ".."
        if low_open:
            self.take()
        if not self.accept(".."):
            if low is None:
                raise self.expected('".." after MIN')
            return SingleValue(low, self.span_from(first))
        high_open = self.accept("<")
        high = None if self.accept("MAX") else self.parse_value()
        return ValueRange(low, low_open, high, high_open, self.span_from(first))

    # --- inner subtyping ---

    def _inner(self) -> Inner:
        first = self.expect("WITH")
        if self.accept("COMPONENT"):
            return Inner((), self.parse_constraint(), self.span_from(first))
        self.expect("COMPONENTS", "or COMPONENT after WITH")
        self.expect("{")
        if self.accept("...") and not self.at("}"):
            self.expect(",", "after the dots of a partial specification")
        components: list[tuple[str, Span, Constraint | None]] = []
        while not self.at("}"):
            name = self.expect_kind(Kind.LOWER, "a component name")
            constraint = self.parse_constraint() if self.at("(") else None
            if self.at("PRESENT", "ABSENT", "OPTIONAL"):
                self.take()
            components.append((name.text, self.span(name), constraint))
            if not self.accept(","):
                break
        self.expect("}", "after the constrained components")
        return Inner(tuple(components), None, self.span_from(first))


def _is_set_reference(braced: Braced) -> bool:
    """Whether the braces hold just ``[Module.]Name[{...}]``, the form of a table constraint."""
    stream = TokenStream(braced.source, braced.tokens)
    if stream.token.kind is not Kind.UPPER:
        return False
    while stream.token.kind is Kind.UPPER and stream.peek().text == ".":
        stream.position += 2
    if stream.token.kind is not Kind.UPPER:
        return False
    stream.take()
    if stream.at("{"):
        stream.take_braced()
    return stream.at_end()
