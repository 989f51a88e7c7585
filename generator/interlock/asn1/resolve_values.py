"""Values: evaluated against the type that governs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from interlock.asn1.lexer import Kind
from interlock.asn1.parser_classes import ClassParser
from interlock.asn1.parser_modules import parser_for
from interlock.asn1.parser_types import STRING_TYPES, TIME_TYPES
from interlock.asn1.resolve_bases import OPEN, Base
from interlock.asn1.resolve_names import Actual, Scope, Symbol, wrong_kind
from interlock.asn1.rules import Failure, failure
from interlock.asn1.syntax import (
    BitsLiteral,
    Braced,
    BracedValue,
    ChosenValue,
    Enumeration,
    Form,
    ListOf,
    Literal,
    Member,
    NumberedType,
    OpenValue,
    Structure,
    TypeSyntax,
    ValueReference,
    ValueSyntax,
)
from interlock.asn1.types import (
    Bits,
    Chosen,
    Interval,
    Name,
    NamedBits,
    Null,
    OidValue,
    Structured,
    Typed,
    Value,
)
from interlock.core.diagnostics import Label, similar_name_help
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver

MAX_TEXT = 100_000  # values that name values can double their length at every step
_OID_TYPES = ("OBJECT IDENTIFIER", "RELATIVE-OID")
# Python classes that a value of a built-in type may have; open types take any.
_FORMS: dict[str, tuple[type, ...]] = {
    "BOOLEAN": (bool,),
    "INTEGER": (int,),
    "ENUMERATED": (Name,),
    "REAL": (int, float),
    "NULL": (Null,),
    "BIT STRING": (Bits, NamedBits),
    "OCTET STRING": (bytes,),
    "OBJECT IDENTIFIER": (OidValue,),
    "RELATIVE-OID": (OidValue,),
    "SEQUENCE": (Structured,),
    "SET": (Structured,),
    "SEQUENCE OF": (Structured,),
    "SET OF": (Structured,),
    "CHOICE": (Chosen,),
    **dict.fromkeys((*STRING_TYPES, *TIME_TYPES), (str,)),
}


class ValueResolver:
    """Evaluates values; remembers those of definitions."""

    def __init__(self, resolver: Resolver, overrides: dict[tuple[str, str], int]) -> None:
        self._resolver = resolver
        self._overrides = overrides
        self._known: dict[tuple[object, Scope], Value] = {}
        self._active: set[tuple[object, Scope]] = set()
        self._circular: set[tuple[object, Scope]] = set()

    # --- definitions ---

    def of_symbol(self, symbol: Symbol, scope: Scope, span: Span) -> Value:
        """The value of a definition; ``scope`` is the one inside it."""
        key = (symbol.assignment, scope)
        if key not in self._known:
            governor, right = symbol.assignment.governor, symbol.assignment.right
            if symbol.assignment.form is not Form.VALUE or governor is None or right is None:
                raise wrong_kind(symbol, "a value", span)
            if key in self._circular:
                raise Failure(None)  # the circle was reported at its first member
            if key in self._active:
                self._circular |= self._active
                message = f'value "{symbol.assignment.name}" is defined by itself'
                raise failure("ASN030", message, span)
            if self._resolver.classes.find(governor, scope) is not None:
                raise wrong_kind(symbol, "a value", span)
            self._active.add(key)
            try:
                override = self._overrides.get((symbol.table.name, symbol.assignment.name))
                assert not isinstance(right, Braced)
                self._known[key] = (
                    override
                    if override is not None
                    else self.evaluate(right, scope, governor, scope)
                )
            finally:
                self._active.discard(key)
        return self._known[key]

    def integer(self, syntax: ValueSyntax, scope: Scope) -> int:
        """A value that must be an integer: a tag, a size, the number of a name."""
        if isinstance(syntax, ValueReference):
            value = self.reference(syntax, scope)
        elif isinstance(syntax, Literal):
            value = syntax.value if syntax.value is not None else Null()
        else:
            raise failure("ASN050", "expected an integer", syntax.span)
        if isinstance(value, bool) or not isinstance(value, int):
            raise failure("ASN050", "expected an integer", syntax.span)
        return value

    # --- evaluation ---

    def evaluate(
        self, syntax: ValueSyntax, scope: Scope, governor: TypeSyntax, where: Scope
    ) -> Value:
        """The value that ``syntax``, written in ``scope``, has as one of the type ``governor``.

        Raises:
            Failure: It is none of that type, or a name in it is unknown.
        """
        with self._resolver.deeper(syntax.span):
            base = self._resolver.bases.base(governor, where)
            value = self._value(syntax, scope, base)
            if not _fits(value, base.word):
                raise failure("ASN050", f"value is not of type {base.word}", syntax.span)
            broken = _broken_constraint(value, base)
            if broken is not None:
                raise failure("ASN050", f"value is not permitted: {broken}", syntax.span)
            return value

    def _value(self, syntax: ValueSyntax, scope: Scope, base: Base) -> Value:
        if isinstance(syntax, ValueReference):
            named = None if syntax.fields else self._named(syntax, base)
            return named if named is not None else self.reference(syntax, scope)
        if isinstance(syntax, Literal):
            return Null() if syntax.value is None else syntax.value
        if isinstance(syntax, BitsLiteral):
            return _bits(syntax, base)
        if isinstance(syntax, ChosenValue):
            return self._chosen(syntax, scope, base)
        if isinstance(syntax, OpenValue):
            value = self.evaluate(syntax.value, scope, syntax.type, scope)
            return Typed(self._resolver.types.resolve(syntax.type, scope), value)
        return self._braced(syntax, scope, base)

    def _named(self, syntax: ValueReference, base: Base) -> Value | None:
        """A name that the governing type declares: an item, a named number."""
        name = syntax.reference.name
        if syntax.reference.module is not None or syntax.reference.actuals is not None:
            return None
        if isinstance(base.syntax, Enumeration):
            items = [item.name for item in (*base.syntax.root, *base.syntax.additions)]
            return Name(name) if name in items else None
        if isinstance(base.syntax, NumberedType) and base.word == "INTEGER":
            for number in base.syntax.names:
                if number.name == name and number.value is not None:
                    return self.integer(number.value, base.scope)
        return None

    def reference(self, syntax: ValueReference, scope: Scope) -> Value:
        """The value that a name stands for, whatever its type."""
        with self._resolver.deeper(syntax.span):
            if syntax.fields:
                return self._resolver.objects.value_field(syntax, scope)
            found = self._resolver.names.lookup(syntax.reference, scope)
            if not isinstance(found, Actual):
                inside = self._resolver.names.enter(found, syntax.reference, scope)
                return self.of_symbol(found, inside, syntax.span)
            governor = found.parameter.governor
            if governor is None or self._resolver.classes.find(governor, scope) is not None:
                raise wrong_kind(found, "a value", syntax.span)
            return self.evaluate(found.as_value(), found.scope, governor, scope)

    def _chosen(self, syntax: ChosenValue, scope: Scope, base: Base) -> Value:
        if base.word != "CHOICE" or not isinstance(base.syntax, Structure):
            raise failure("ASN050", f"value is not of type {base.word}", syntax.span)
        members = {m.name: m for m in _written_members(base.syntax)}
        member = members.get(syntax.alternative)
        if member is None:
            message = f'the CHOICE has no alternative "{syntax.alternative}"'
            help_ = similar_name_help(syntax.alternative, members)
            raise failure("ASN050", message, syntax.span, help=help_)
        value = self.evaluate(syntax.value, scope, member.type, base.scope)
        return Chosen(member.name, value)

    # --- braces ---

    def _braced(self, syntax: BracedValue, scope: Scope, base: Base) -> Value:
        if base.word in _OID_TYPES:
            relative = base.word == "RELATIVE-OID"
            return self._resolver.oids.evaluate(syntax.body, scope, relative=relative)
        parser = parser_for(syntax.body)
        if base.word in ("SEQUENCE", "SET"):
            return self._structure(parser, scope, base, syntax.span)
        if isinstance(base.syntax, ListOf):
            return self._list(parser, scope, base, base.syntax)
        if isinstance(base.syntax, NumberedType) and base.word == "BIT STRING":
            return self._named_bits(parser, base, base.syntax)
        if base.word in STRING_TYPES:
            return self._characters(parser, scope)
        if base.word == "REAL":
            return self._real(parser, scope)
        if base.word in ("EXTERNAL", "EMBEDDED PDV", "CHARACTER STRING", "INSTANCE OF"):
            raise failure("ASN050", f"values of {base.word} are not supported", syntax.span)
        message = f"value in braces is not of type {base.word}"
        raise failure("ASN050", message, syntax.span)

    def _structure(self, parser: ClassParser, scope: Scope, base: Base, span: Span) -> Value:
        members = {m.name: (m, where) for m, where in self._resolver.types.members(base)}
        fields: dict[str, Value] = {}
        while not parser.at_end():
            token = parser.expect_kind(Kind.LOWER, "the name of a component")
            if token.text not in members:
                message = f'the {base.word} has no component "{token.text}"'
                help_ = similar_name_help(token.text, members)
                raise failure("ASN050", message, parser.span(token), help=help_)
            if token.text in fields:
                message = f'component "{token.text}" is given twice'
                raise failure("ASN050", message, parser.span(token))
            member, where = members[token.text]
            fields[member.name] = self.evaluate(parser.parse_value(), scope, member.type, where)
            if not parser.at_end():
                parser.expect(",", "after the value of a component")
        for member, _ in members.values():
            if not member.optional and member.default is None and member.name not in fields:
                label = Label(member.span, "mandatory")
                message = f'value lacks component "{member.name}"'
                raise failure("ASN050", message, span, labels=[label])
        return Structured(fields=tuple(fields.items()))

    def _list(self, parser: ClassParser, scope: Scope, base: Base, syntax: ListOf) -> Value:
        elements: list[Value] = []
        while not parser.at_end():
            token = parser.token
            if token.kind is Kind.LOWER and token.text == syntax.element_name:
                parser.take()
            element = parser.parse_value()
            elements.append(self.evaluate(element, scope, syntax.element, base.scope))
            if not parser.at_end():
                parser.expect(",", "after an element")
        return Structured(elements=tuple(elements))

    def _named_bits(self, parser: ClassParser, base: Base, syntax: NumberedType) -> Value:
        known = {n.name: n.value for n in syntax.names if n.value is not None}
        numbers: set[int] = set()
        while not parser.at_end():
            token = parser.expect_kind(Kind.LOWER, "the name of a bit")
            if token.text not in known:
                message = f'the BIT STRING has no bit "{token.text}"'
                help_ = similar_name_help(token.text, known)
                raise failure("ASN050", message, parser.span(token), help=help_)
            numbers.add(self.integer(known[token.text], base.scope))
            if not parser.at_end():
                parser.expect(",", "after the name of a bit")
        return NamedBits(tuple(sorted(numbers)))

    def _characters(self, parser: ClassParser, scope: Scope) -> str:
        """A list of strings, a tuple ``{7, 15}`` or quadruple ``{0, 0, 1, 2}`` (X.680 41.8)."""
        numbers: list[int] = []
        texts: list[str] = []
        while not parser.at_end():
            span = parser.span(parser.token)
            value = parser.parse_value()
            if isinstance(value, Literal) and isinstance(value.value, str):
                texts.append(value.value)
            elif isinstance(value, ValueReference):
                found = self.reference(value, scope)
                if not isinstance(found, str):
                    raise failure("ASN050", "expected a character string", span)
                texts.append(found)
            elif isinstance(value, BracedValue):
                texts.append(self._characters(parser_for(value.body), scope))
            else:
                numbers.append(self.integer(value, scope))
            if not parser.at_end():
                parser.expect(",", "in a character string value")
        if sum(map(len, texts)) > MAX_TEXT:
            message = f"character string is longer than {MAX_TEXT}"
            raise failure("ASN050", message, parser.span(parser.token))
        if not numbers:
            return "".join(texts)
        return _character(numbers, texts, parser)

    def _real(self, parser: ClassParser, scope: Scope) -> float:
        """``{mantissa m, base b, exponent e}``."""
        parts: dict[str, int] = {}
        for name in ("mantissa", "base", "exponent"):
            token = parser.expect_kind(Kind.LOWER, f'"{name}"')
            if token.text != name:
                raise failure("ASN050", f'expected "{name}"', parser.span(token))
            span = parser.span(parser.token)
            parts[name] = self.integer(parser.parse_value(), scope)
            if name != "exponent":
                parser.expect(",")
        if not parser.at_end():
            raise parser.expected("the end of the real value")
        if parts["base"] not in (2, 10) or abs(parts["exponent"]) > 1000:
            message = "base of a real value is 2 or 10, its exponent at most 1000"
            raise failure("ASN050", message, span)
        return float(parts["mantissa"]) * float(parts["base"]) ** parts["exponent"]


def _fits(value: Value, word: str) -> bool:
    forms = _FORMS.get(word)
    if forms is None:
        return True
    if isinstance(value, bool):  # which Python counts among the integers
        return word == "BOOLEAN"
    return isinstance(value, forms)


def _broken_constraint(value: Value, base: Base) -> str | None:
    """Which root constraint a value breaks, in words; extensible ones permit everything."""
    constraints = base.constraints
    if isinstance(value, int) and not isinstance(value, bool):
        if constraints.values_extensible or _contains(constraints.values, value):
            return None
        return f"{value} is out of range"
    size: int | None = None
    if isinstance(value, str | bytes):
        size = len(value)
    elif isinstance(value, Bits) and isinstance(base.syntax, NumberedType):
        # Where bits have names, trailing zero bits carry no meaning, so neither does the size.
        size = None if base.syntax.names else value.length
    elif isinstance(value, Structured) and not value.fields:
        size = len(value.elements)
    if (
        size is not None
        and not constraints.size_extensible
        and not _contains(constraints.size, size)
    ):
        return f"size {size} is out of range"
    if isinstance(value, str) and constraints.alphabet is not None:
        foreign = [character for character in value if character not in constraints.alphabet]
        if foreign:
            return f'"{foreign[0]}" is not in the alphabet'
    return None


def _contains(intervals: tuple[Interval, ...], number: int) -> bool:
    return not intervals or any(
        (i.low is None or i.low <= number) and (i.high is None or number <= i.high)
        for i in intervals
    )


def _written_members(syntax: Structure) -> list[Member]:
    groups = (syntax.root, *syntax.additions, syntax.root_after)
    return [m for group in groups for m in group if isinstance(m, Member)]


def _character(numbers: list[int], texts: list[str], parser: ClassParser) -> str:
    if len(numbers) == 2 and not texts:  # column and row of the ISO 646 table
        code = numbers[0] * 16 + numbers[1]
    elif len(numbers) == 4 and not texts:  # group, plane, row, cell of ISO 10646
        code = int.from_bytes(bytes(n & 0xFF for n in numbers), "big")
    else:
        code = -1
    if code < 0 or code > 0x10FFFF or max(numbers) > 255 or min(numbers) < 0:
        raise failure("ASN050", "numbers name no character", parser.span(parser.token))
    return chr(code)


def _bits(syntax: BitsLiteral, base: Base) -> Value:
    digits = syntax.digits
    if syntax.base == 16:
        digits = "".join(f"{int(digit, 16):04b}" for digit in digits)
    padded = digits + "0" * (-len(digits) % 8)
    octets = bytes(int(padded[i : i + 8], 2) for i in range(0, len(padded), 8))
    if base.word == "OCTET STRING":
        return octets
    if base.word == "BIT STRING" or base.word == OPEN:
        return Bits(octets, len(digits))
    raise failure("ASN050", f"value is not of type {base.word}", syntax.span)
