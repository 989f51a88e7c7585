"""Constraints: evaluated to what codecs check (X.680 clauses 49 to 51).

A ``Region`` is a set of values seen in several dimensions. Unions and exclusions that mix
dimensions (``SIZE(1) | FROM("a")``) have no exact form there and are widened, never narrowed:
a codec may then accept a value that the notation excludes, but refuses no permitted one. Inner
subtyping (WITH COMPONENTS) and CONSTRAINED BY leave no trace for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interlock.asn1 import intervals
from interlock.asn1.intervals import Intervals
from interlock.asn1.parser_modules import parser_for
from interlock.asn1.parser_types import STRING_TYPES, TIME_TYPES
from interlock.asn1.resolve_bases import OPEN, Base
from interlock.asn1.resolve_names import Scope
from interlock.asn1.rules import failure
from interlock.asn1.syntax import (
    Alphabet,
    Braced,
    BracedValue,
    Constraint,
    ContainedSubtype,
    Contents,
    Elements,
    Except,
    Inner,
    Intersection,
    ListOf,
    NumberedType,
    Pattern,
    SingleValue,
    SizeOf,
    Structure,
    Table,
    Union,
    UserDefined,
    ValueRange,
    ValueSyntax,
)
from interlock.asn1.types import Bits, Constraints, Interval, Name, Null, OidValue, Value
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver

_SIZED = frozenset(("BIT STRING", "OCTET STRING", "SEQUENCE OF", "SET OF", *STRING_TYPES))
_TEXT = frozenset((*STRING_TYPES, *TIME_TYPES))
# A larger alphabet than a plane of ISO 10646 is not spelled out.
_MAX_ALPHABET = 0x10000
_COUNT = NumberedType("INTEGER", (), Span.nowhere())  # what SIZE constrains
ANY_SIZE: Intervals = (Interval(0, None),)


@dataclass(frozen=True, slots=True)
class Region:
    """A set of values; ``None`` in a dimension is: not limited there."""

    values: Intervals | None = None
    size: Intervals | None = None
    alphabet: frozenset[str] | None = None
    permitted: tuple[str, ...] | None = None
    patterns: tuple[str, ...] = ()
    extensible: bool = False

    @property
    def limits(self) -> tuple[str, ...]:
        """The dimensions limited here."""
        names = ("values", "size", "alphabet", "permitted")
        found = tuple(name for name in names if getattr(self, name) is not None)
        return (*found, "patterns") if self.patterns else found


EVERYTHING = Region()


class ConstraintResolver:
    """Evaluates constraints under the type that they are put on."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._value_sets: dict[Braced, Constraint] = {}

    def of_value_set(self, braced: Braced) -> Constraint:
        """The braces of a value set, read as a constraint."""
        if braced not in self._value_sets:
            parser = parser_for(braced)
            body, extensible, additions = parser.parse_element_sets()
            if not parser.at_end():
                raise parser.expected("the end of the value set")
            constraint = Constraint(body, extensible, additions, braced.span)
            self._value_sets[braced] = constraint
        return self._value_sets[braced]

    def narrow(self, base: Base, constraint: Constraint, scope: Scope) -> Constraints:
        """What holds after one more constraint on a type with ``base.constraints``.

        Raises:
            Failure: The constraint does not fit the type, or permits nothing.
        """
        body, parent = constraint.body, base.constraints
        if isinstance(body, Table | UserDefined) or base.word == OPEN:
            return parent  # tables are the business of types; an open type has no values here
        if isinstance(body, Contents):
            return self._contents(base, body, scope)
        if body is None or self._is_object(body, scope):
            return parent
        with self._resolver.deeper(constraint.span):
            region = self._region(body, base, scope)
            if constraint.additions is not None:
                self._region(constraint.additions, base, scope)  # only to check it
            extensible = constraint.extensible or region.extensible
        return _meet(parent, region, extensible, constraint.span)

    def _is_object(self, body: Elements, scope: Scope) -> bool:
        """``({object})`` is a table constraint, seen to by the resolver of types."""
        return (
            isinstance(body, SingleValue)
            and isinstance(body.value, BracedValue)
            and self._resolver.objects.is_object(body.value.body, scope)
        )

    def _contents(self, base: Base, body: Contents, scope: Scope) -> Constraints:
        if base.word not in ("OCTET STRING", "BIT STRING"):
            raise failure("ASN052", f"{base.word} cannot contain an encoding", body.span)
        if body.type is None:
            return base.constraints
        inside = self._resolver.types.resolve(body.type, scope)
        return replace(base.constraints, containing=inside)

    # --- elements ---

    def _region(self, elements: Elements, base: Base, scope: Scope) -> Region:
        if isinstance(elements, SingleValue):
            return self._single(elements, base, scope)
        if isinstance(elements, ValueRange):
            return self._range(elements, base, scope)
        if isinstance(elements, SizeOf):
            return self._size(elements, base, scope)
        if isinstance(elements, Alphabet):
            return self._alphabet(elements, base, scope)
        if isinstance(elements, Pattern):
            return self._pattern(elements, base, scope)
        if isinstance(elements, Union):
            regions = [self._region(part, base, scope) for part in elements.parts]
            return _join(regions)
        if isinstance(elements, Intersection):
            result = EVERYTHING
            for part in elements.parts:
                result = _both(result, self._region(part, base, scope))
            return result
        if isinstance(elements, Except):
            return self._except(elements, base, scope)
        if isinstance(elements, ContainedSubtype):
            return self._contained(elements, base, scope)
        self._inner(elements, base, scope)
        return EVERYTHING

    def _single(self, elements: SingleValue, base: Base, scope: Scope) -> Region:
        value = self._resolver.values.evaluate(elements.value, scope, base.syntax, base.scope)
        if base.word == "INTEGER" and isinstance(value, int):
            return Region(values=(Interval(value, value),))
        text = _permitted_text(value)
        return Region(permitted=(text,)) if text is not None else EVERYTHING

    def _range(self, elements: ValueRange, base: Base, scope: Scope) -> Region:
        if base.word == "REAL":
            return EVERYTHING  # no codec here reads REAL
        if base.word != "INTEGER":
            message = f"{base.word} cannot be limited to a range of values"
            raise failure("ASN052", message, elements.span)
        limits = intervals.bounds(base.constraints.values)
        low = self._end(elements.low, limits.low, base, scope)
        high = self._end(elements.high, limits.high, base, scope)
        if elements.low_open and low is not None:
            low += 1
        if elements.high_open and high is not None:
            high -= 1
        if low is not None and high is not None and low > high:
            raise failure("ASN053", f"range {low}..{high} is empty", elements.span)
        return Region(values=(Interval(low, high),))

    def _end(
        self, written: ValueSyntax | None, limit: int | None, base: Base, scope: Scope
    ) -> int | None:
        if written is None:
            return limit
        value = self._resolver.values.evaluate(written, scope, base.syntax, base.scope)
        assert isinstance(value, int)
        return value

    def _size(self, elements: SizeOf, base: Base, scope: Scope) -> Region:
        if base.word not in _SIZED:
            raise failure("ASN052", f"{base.word} has no size", elements.span)
        counted = Base(
            "INTEGER",
            _COUNT,
            base.scope,
            False,
            Constraints(values=base.constraints.size or ANY_SIZE),
        )
        narrowed = self.narrow(counted, elements.constraint, scope)
        return Region(size=narrowed.values, extensible=narrowed.values_extensible)

    def _pattern(self, elements: Pattern, base: Base, scope: Scope) -> Region:
        if base.word not in _TEXT:
            raise failure("ASN052", f"{base.word} cannot follow a pattern", elements.span)
        value = self._resolver.values.evaluate(elements.value, scope, base.syntax, base.scope)
        if base.word in TIME_TYPES and base.word not in ("GeneralizedTime", "UTCTime"):
            return EVERYTHING  # SETTINGS of a time type; the two older ones are VisibleStrings
        return Region(patterns=(str(value),))

    def _except(self, elements: Except, base: Base, scope: Scope) -> Region:
        left_out = self._region(elements.left_out, base, scope)
        whole = EVERYTHING if elements.base is None else self._region(elements.base, base, scope)
        if left_out.limits == ("values",):
            rest = intervals.complement(left_out.values or ())
            values = intervals.intersection(whole.values or intervals.ALL, rest)
            return replace(whole, values=values)
        if left_out.limits == ("size",):
            rest = intervals.complement(left_out.size or ())
            return replace(whole, size=intervals.intersection(whole.size or intervals.ALL, rest))
        if left_out.limits == ("permitted",) and whole.permitted is not None:
            kept = tuple(v for v in whole.permitted if v not in (left_out.permitted or ()))
            return replace(whole, permitted=kept)
        return whole

    def _contained(self, elements: ContainedSubtype, base: Base, scope: Scope) -> Region:
        inside = self._resolver.bases.base(elements.type, scope, strict=True)
        # RFC 4120 limits GeneralString to IA5String: no rule for codecs follows from that.
        both_text = inside.word in STRING_TYPES and base.word in STRING_TYPES
        if inside.word != base.word and not both_text:
            message = f"{inside.word} is no subtype of {base.word}"
            raise failure("ASN052", message, elements.span)
        return _region_of(inside.constraints)

    # --- characters ---

    def _alphabet(self, elements: Alphabet, base: Base, scope: Scope) -> Region:
        if base.word not in STRING_TYPES:
            raise failure("ASN052", f"{base.word} has no alphabet", elements.span)
        body = elements.constraint.body
        if body is None:
            return Region(extensible=True)
        if isinstance(body, Contents | Table | UserDefined):
            raise failure("ASN052", "FROM needs characters", elements.span)
        characters = self._characters(body, base, scope)
        limited = characters is not None and not elements.constraint.extensible
        return Region(alphabet=characters if limited else None)

    def _characters(self, elements: Elements, base: Base, scope: Scope) -> frozenset[str] | None:
        """The characters of a FROM constraint; None when they are too many to list."""
        if isinstance(elements, SingleValue):
            value = self._resolver.values.evaluate(elements.value, scope, base.syntax, base.scope)
            return frozenset(str(value))
        if isinstance(elements, ValueRange):
            low = self._character(elements.low, 0, base, scope)
            high = self._character(elements.high, 0x10FFFF, base, scope)
            if low > high:
                raise failure("ASN053", "range of characters is empty", elements.span)
            if high - low >= _MAX_ALPHABET:
                return None
            return frozenset(map(chr, range(low, high + 1)))
        if isinstance(elements, Union):
            sets = [self._characters(part, base, scope) for part in elements.parts]
            known = [s for s in sets if s is not None]
            return frozenset().union(*known) if len(known) == len(sets) else None
        if isinstance(elements, Intersection):
            sets = [self._characters(part, base, scope) for part in elements.parts]
            known = [s for s in sets if s is not None]
            return frozenset.intersection(*known) if known else None
        if isinstance(elements, Except) and elements.base is not None:
            whole = self._characters(elements.base, base, scope)
            left_out = self._characters(elements.left_out, base, scope) or frozenset()
            return None if whole is None else whole - left_out
        if isinstance(elements, ContainedSubtype):
            return self._contained(elements, base, scope).alphabet
        return None

    def _character(self, written: ValueSyntax | None, limit: int, base: Base, scope: Scope) -> int:
        if written is None:
            return limit
        value = self._resolver.values.evaluate(written, scope, base.syntax, base.scope)
        text = str(value)
        if len(text) != 1:
            message = "end of a range of characters is one character"
            raise failure("ASN052", message, written.span)
        return ord(text)

    # --- inner subtyping ---

    def _inner(self, elements: Inner, base: Base, scope: Scope) -> None:
        """Nothing remains of it; names and nested constraints are checked."""
        if elements.element is not None:
            if not isinstance(base.syntax, ListOf):
                raise failure("ASN052", f"{base.word} has no element", elements.span)
            inside = self._resolver.bases.base(base.syntax.element, base.scope)
            self.narrow(inside, elements.element, scope)
            return
        if not isinstance(base.syntax, Structure):
            if base.word in ("REAL", "EXTERNAL", "EMBEDDED PDV", "CHARACTER STRING", "INSTANCE OF"):
                return  # their components are fixed by X.680 and of no use to a codec
            raise failure("ASN052", f"{base.word} has no components", elements.span)
        members = {m.name: (m, where) for m, where in self._resolver.types.members(base)}
        for name, span, constraint in elements.components:
            if name not in members:
                raise failure("ASN052", f'{base.word} has no component "{name}"', span)
            if constraint is not None:
                member, where = members[name]
                self.narrow(self._resolver.bases.base(member.type, where), constraint, scope)


# --- arithmetic of regions ---------------------------------------------------------------------


def _join(regions: list[Region]) -> Region:
    """The union, exact where all parts limit the same single dimension, else widened."""
    extensible = any(region.extensible for region in regions)
    limits = {region.limits for region in regions}
    if limits == {("values",)}:
        return Region(values=_all_of(r.values for r in regions), extensible=extensible)
    if limits == {("size",)}:
        return Region(size=_all_of(r.size for r in regions), extensible=extensible)
    if limits == {("permitted",)}:
        permitted = tuple(dict.fromkeys(v for r in regions for v in r.permitted or ()))
        return Region(permitted=permitted, extensible=extensible)
    return Region(extensible=extensible)  # FROM too: "aaa" and "bbb", but not "ab"


def _all_of(parts: Iterable[Intervals | None]) -> Intervals:
    return intervals.union(tuple(interval for part in parts for interval in part or ()), ())


def _both(one: Region, other: Region) -> Region:
    """The intersection, exact."""

    def meet(a: Intervals | None, b: Intervals | None) -> Intervals | None:
        if a is None or b is None:
            return b if a is None else a
        return intervals.intersection(a, b)

    alphabet = one.alphabet if other.alphabet is None else other.alphabet
    if one.alphabet is not None and other.alphabet is not None:
        alphabet = one.alphabet & other.alphabet
    permitted = one.permitted if other.permitted is None else other.permitted
    if one.permitted is not None and other.permitted is not None:
        permitted = tuple(v for v in one.permitted if v in other.permitted)
    patterns = one.patterns + tuple(p for p in other.patterns if p not in one.patterns)
    return Region(
        meet(one.values, other.values),
        meet(one.size, other.size),
        alphabet,
        permitted,
        patterns,
        one.extensible or other.extensible,
    )


def _region_of(constraints: Constraints) -> Region:
    return Region(
        values=constraints.values or None,
        size=constraints.size or None,
        alphabet=frozenset(constraints.alphabet) if constraints.alphabet is not None else None,
        permitted=constraints.permitted or None,
        patterns=constraints.patterns,
    )


def _meet(parent: Constraints, region: Region, extensible: bool, span: Span) -> Constraints:
    """Parent and own constraint together; only the last one's marker counts (X.680 50.8)."""
    result = _both(_region_of(parent), region)
    if result.values == () or result.size == () or result.permitted == ():
        raise failure("ASN053", "constraint permits no value", span)
    alphabet = "".join(sorted(result.alphabet)) if result.alphabet is not None else None
    values_extensible = extensible if region.values is not None else parent.values_extensible
    size_extensible = extensible if region.size is not None else parent.size_extensible
    return Constraints(
        values=() if result.values in (None, intervals.ALL) else result.values or (),
        values_extensible=values_extensible,
        size=() if result.size in (None, ANY_SIZE) else result.size or (),
        size_extensible=size_extensible,
        patterns=result.patterns,
        alphabet=alphabet,
        # With a marker other single values are legal, so a codec has nothing to check.
        permitted=() if extensible else result.permitted or (),
        containing=parent.containing,
    )


def _permitted_text(value: Value) -> str | None:
    """A single value as ``Constraints.permitted`` spells it; None for structured values."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str | OidValue):
        return str(value)
    if isinstance(value, Name):
        return value.name
    if isinstance(value, Null):
        return "NULL"
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, Bits):
        return f"{value.octets.hex()}/{value.length}"
    return None
