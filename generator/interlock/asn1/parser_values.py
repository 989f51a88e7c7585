"""Value notation as far as it needs no governor (X.680 clause 17 and the clauses it names)."""

from __future__ import annotations

from interlock.asn1.lexer import Kind, Token
from interlock.asn1.parser_core import TokenStream, split_at_commas
from interlock.asn1.syntax import (
    BitsLiteral,
    Braced,
    BracedValue,
    ChosenValue,
    Literal,
    OpenValue,
    Reference,
    TypeSyntax,
    ValueReference,
    ValueSyntax,
)

_WORDS: dict[str, int | bool | float | None] = {
    "TRUE": True,
    "FALSE": False,
    "NULL": None,
    "PLUS-INFINITY": float("inf"),
    "MINUS-INFINITY": float("-inf"),
    "NOT-A-NUMBER": float("nan"),
}


class ValueParser(TokenStream):
    """Reads values and references to named things."""

    def parse_type(self) -> TypeSyntax:
        """Read a type; the parser of types is built on this one."""
        raise NotImplementedError

    # --- references ---

    def parse_reference(self, kind: Kind, what: str, *, parameters: bool = True) -> Reference:
        """``[Module.]name[{...}]`` whose name is of ``kind`` (UPPER or LOWER)."""
        first, module = self.token, None
        qualified = self.peek().text == "." and self.peek().kind is Kind.SIGN
        if first.kind is Kind.UPPER and qualified and self.peek(2).kind is kind:
            module = self.take().text
            self.take()
        name = self.expect_kind(kind, what).text
        actuals: tuple[Braced, ...] | None = None
        if parameters and self.at("{"):
            actuals = split_at_commas(self.take_braced())
        return Reference(module, name, actuals, self.span_from(first))

    def parse_field_names(self) -> tuple[str, ...]:
        """``.&a.&b``; may be empty. Further ones are taken while a dot and a field follow."""
        names: list[str] = []
        while self.at(".") and self.peek().kind in (Kind.FIELD_LOWER, Kind.FIELD_UPPER):
            self.take()
            names.append(self.take().text)
        return tuple(names)

    # --- values ---

    def parse_value(self) -> ValueSyntax:
        """Read one value; braces are kept unread."""
        with self.nested():
            return self._value()

    def _value(self) -> ValueSyntax:
        token = self.token
        if token.kind is Kind.LOWER:
            return self._named_value()
        if token.kind is Kind.UPPER:
            return self._upper_value()
        if self.at("{"):
            return BracedValue(self.take_braced())
        if token.kind in (Kind.BITS, Kind.HEX):
            self.take()
            return BitsLiteral(token.text, 2 if token.kind is Kind.BITS else 16, self.span(token))
        if token.kind is Kind.STRING:
            self.take()
            return Literal(token.text, self.span(token))
        return self.parse_number()

    def _named_value(self) -> ValueSyntax:
        first = self.token
        if self.peek().text == ":" and self.peek().kind is Kind.SIGN:
            self.position += 2
            value = self.parse_value()
            return ChosenValue(first.text, value, self.span(first))
        reference = self.parse_reference(Kind.LOWER, "a value")
        return ValueReference(reference, self.parse_field_names(), self.span_from(first))

    def _upper_value(self) -> ValueSyntax:
        first = self.token
        followed_by_colon = self.peek().text == ":" and self.peek().kind is Kind.SIGN
        if first.text in _WORDS and not followed_by_colon:
            self.take()
            return Literal(_WORDS[first.text], self.span(first))
        if self.peek().text == "." and self.peek(2).kind is Kind.LOWER:
            reference = self.parse_reference(Kind.LOWER, "a value")
            return ValueReference(reference, self.parse_field_names(), self.span_from(first))
        type_ = self.parse_type()
        self.expect(":", "after the type of an open type value")
        return OpenValue(type_, self.parse_value(), self.span(first))

    def parse_number(self) -> Literal:
        """A number with an optional minus sign."""
        first = self.token
        sign = -1 if self.accept("-") else 1
        token = self.token
        if token.kind is Kind.NUMBER:
            return Literal(sign * self._integer(self.take()), self.span_from(first))
        if token.kind is Kind.REAL:
            self.take()
            return Literal(sign * float(token.text), self.span_from(first))
        raise self.expected("a value")

    def _integer(self, token: Token) -> int:
        # Python refuses to convert more than 4300 digits; no module needs a hundredth of it.
        if len(token.text) > 1000:
            raise self.failure("ASN003", "number has more than 1000 digits", token)
        return int(token.text)
