"""The token stream under the parsers: looking ahead, expecting, failing, bounding depth."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from interlock.asn1.lexer import Kind, Token
from interlock.asn1.rules import Failure, failure
from interlock.asn1.syntax import Braced
from interlock.core.source import SourceFile, Span

# Nesting of types, values and constraints together. Real modules stay below 20; every level
# costs some ten Python frames here and in the resolver, of 1000.
MAX_NESTING = 40

_CLOSING = {"{": "}", "(": ")", "[": "]"}


def shown(token: Token) -> str:
    """A token as a diagnostic shows it."""
    if token.kind is Kind.END:
        return token.text or "the end of the text"
    return '"' + token.text.replace('"', "'") + '"'


class TokenStream:
    """A cursor over tokens; the last one is always ``Kind.END``."""

    def __init__(self, source: SourceFile, tokens: tuple[Token, ...], depth: int = 0) -> None:
        self.source = source
        self.tokens = tokens
        self.position = 0
        self.depth = depth

    # --- looking ---

    @property
    def token(self) -> Token:
        """The token under the cursor."""
        return self.tokens[self.position]

    def peek(self, ahead: int = 1) -> Token:
        """A token further on; the end repeats itself."""
        return self.tokens[min(self.position + ahead, len(self.tokens) - 1)]

    def at(self, *texts: str) -> bool:
        """Whether the cursor is at one of these signs or words (never at a string)."""
        token = self.token
        return token.text in texts and token.kind in (Kind.SIGN, Kind.UPPER)

    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.token.kind is Kind.END

    def at_double(self, sign: str) -> bool:
        """Whether two equal signs stand together, as in ``[[``."""
        one, two = self.token, self.peek()
        signs = one.text == two.text == sign and one.kind is two.kind is Kind.SIGN
        return signs and one.end == two.start

    # --- taking ---

    def take(self) -> Token:
        """The token under the cursor; moves on unless at the end."""
        token = self.token
        if token.kind is not Kind.END:
            self.position += 1
        return token

    def accept(self, text: str) -> bool:
        """Take this sign or word if it is there."""
        if self.at(text):
            self.position += 1
            return True
        return False

    def expect(self, text: str, where: str = "") -> Token:
        """Take this sign or word, or fail."""
        if not self.at(text):
            raise self.expected(f'"{text}"' + (f" {where}" if where else ""))
        return self.take()

    def expect_words(self, *words: str) -> None:
        """Take several words in a row, or fail."""
        for word in words:
            self.expect(word)

    def expect_kind(self, kind: Kind, what: str) -> Token:
        """Take a token of a kind, or fail saying ``what`` was expected."""
        if self.token.kind is not kind:
            raise self.expected(what)
        return self.take()

    def take_braced(self) -> Braced:
        """Take ``{ ... }`` unread, with balanced brackets inside."""
        opening = self.expect("{")
        first, closers = self.position, ["}"]
        while closers:
            token = self.token
            if token.kind is Kind.END:
                raise self.failure("ASN001", 'this "{" is not closed', opening)
            is_sign = token.kind is Kind.SIGN
            if is_sign and token.text in _CLOSING:
                closers.append(_CLOSING[token.text])
            elif is_sign and token.text in _CLOSING.values() and token.text != closers.pop():
                raise self.expected("the end of a bracket opened before")
            self.position += 1
        closing = self.tokens[self.position - 1]
        end = Token(Kind.END, '"}"', closing.start, closing.end)
        inside = (*self.tokens[first : self.position - 1], end)
        return Braced(self.source, inside, self.source.span(opening.start, closing.end))

    # --- places and failures ---

    def span(self, token: Token) -> Span:
        """Where a token stands."""
        return self.source.span(token.start, token.end)

    def span_from(self, first: Token) -> Span:
        """From ``first`` to the token before the cursor."""
        last = self.tokens[max(self.position - 1, 0)]
        return self.source.span(first.start, max(last.end, first.end))

    def failure(self, code: str, message: str, token: Token) -> Failure:
        """A failure at a token."""
        return failure(code, message, self.span(token))

    def expected(self, what: str) -> Failure:
        """The failure that something else stands under the cursor."""
        return self.failure("ASN001", f"expected {what}, found {shown(self.token)}", self.token)

    @contextmanager
    def nested(self) -> Iterator[None]:
        """Count one level of nesting."""
        if self.depth >= MAX_NESTING:
            message = f"nested more than {MAX_NESTING} levels deep"
            raise self.failure("ASN003", message, self.token)
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


def split_at_commas(braced: Braced) -> tuple[Braced, ...]:
    """Cut the inside of braces at its outer commas (actual parameters); ``{}`` has no part."""
    if len(braced.tokens) == 1:
        return ()
    parts: list[Braced] = []
    depth, first = 0, 0
    for index, token in enumerate(braced.tokens):
        if token.kind is Kind.SIGN and token.text in _CLOSING:
            depth += 1
        elif token.kind is Kind.SIGN and token.text in _CLOSING.values():
            depth -= 1
        outer_comma = token.kind is Kind.SIGN and token.text == "," and depth == 0
        if outer_comma or token.kind is Kind.END:
            end = Token(Kind.END, shown(token), token.start, token.end)
            last = braced.tokens[max(index - 1, first)]
            span = braced.source.span(braced.tokens[first].start, last.end)
            parts.append(Braced(braced.source, (*braced.tokens[first:index], end), span))
            first = index + 1
    return tuple(parts)
