"""OBJECT IDENTIFIER values (X.680 clause 32, X.660)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.asn1.lexer import Kind
from interlock.asn1.parser_classes import ClassParser
from interlock.asn1.parser_modules import parser_for
from interlock.asn1.resolve_names import KNOWN_ARCS, Scope
from interlock.asn1.rules import failure
from interlock.asn1.syntax import Braced, Reference, ValueReference
from interlock.asn1.types import OidValue
from interlock.core.diagnostics import similar_name_help
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver


MAX_ARCS = 256  # values that name values can double them at every step


class OidResolver:
    """Evaluates the braces of an object identifier."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver

    def evaluate(self, body: Braced, scope: Scope, *, relative: bool = False) -> OidValue:
        """The arcs of ``{ ... }``.

        Raises:
            Failure: No arcs, a name that is not known here, or arcs outside X.660.
        """
        parser = parser_for(body)
        arcs: list[int] = []
        if parser.at_end():
            raise failure("ASN051", "object identifier has no arcs", body.span)
        while not parser.at_end():
            arcs.extend(self._component(parser, arcs, scope, relative=relative))
            if len(arcs) > MAX_ARCS:
                raise failure("ASN051", f"object identifier has over {MAX_ARCS} arcs", body.span)
        if not relative:
            _check(arcs, body.span)
        return OidValue(tuple(arcs))

    def _component(
        self, parser: ClassParser, before: list[int], scope: Scope, *, relative: bool
    ) -> tuple[int, ...]:
        token = parser.token
        if token.kind is Kind.NUMBER:
            number = parser.parse_number().value
            assert isinstance(number, int)
            return (number,)
        named_number = token.kind is Kind.LOWER and parser.peek().text == "("
        if named_number:
            parser.position += 2
            number = self._resolver.values.integer(parser.parse_value(), scope)
            parser.expect(")", "after the number of an arc")
            return (number,)
        if token.kind not in (Kind.LOWER, Kind.UPPER):
            raise parser.expected("an arc of an object identifier")
        return self._name(parser, before, scope, relative=relative)

    def _name(
        self, parser: ClassParser, before: list[int], scope: Scope, *, relative: bool
    ) -> tuple[int, ...]:
        token = parser.token
        span = parser.span(token)
        value = parser.parse_value()
        if not isinstance(value, ValueReference):
            raise failure("ASN051", "expected an arc of an object identifier", span)
        plain = Reference(None, token.text, None, span)
        known = {} if relative else KNOWN_ARCS.get(tuple(before), {})
        defined = token.kind is Kind.UPPER or self._resolver.names.is_known(plain, scope)
        if not defined and token.text in known:
            return (known[token.text],)
        if not defined:
            help_ = similar_name_help(token.text, known) or "write its number in parentheses"
            message = f'"{token.text}" has no number and is not a defined value'
            raise failure("ASN051", message, span, help=help_)
        found = self._resolver.values.reference(value, scope)
        if isinstance(found, OidValue):
            return found.arcs
        if isinstance(found, bool) or not isinstance(found, int):
            message = f'"{token.text}" is neither an object identifier nor an integer'
            raise failure("ASN051", message, span)
        return (found,)


def _check(arcs: list[int], span: Span) -> None:
    if arcs[0] > 2 or min(arcs) < 0 or (len(arcs) > 1 and arcs[0] < 2 and arcs[1] > 39):
        shown = " ".join(map(str, arcs))
        raise failure("ASN051", f"no object identifier starts with {shown}", span)
