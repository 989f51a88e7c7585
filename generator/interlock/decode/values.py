"""Primitive values: from contents octets to something to compare and something to read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from interlock.asn1 import types as a
from interlock.ir.codec_patterns import common_pattern

Raw = int | str | bytes | bool | None
MAX_SHOWN_OCTETS = 24
TIME_DIGITS = 14
_ENCODINGS = {"UTF8String": "utf-8", "BMPString": "utf-16-be", "UniversalString": "utf-32-be"}
_TIME = re.compile(
    r"(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:(\d\d))?)?(?:([.,])(\d*))?(Z|[+-]\d\d(?:\d\d)?)?"
)


class ValueFault(Exception):
    """Contents octets that no value of the type has."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value: ``raw`` for comparison and for naming others, ``text`` for people."""

    raw: Raw
    text: str


@dataclass(frozen=True)
class ValueReader:
    """Reads primitive values; knows the names of object identifiers."""

    oid_names: Mapping[str, str]

    def read(self, base: a.Type, content: bytes) -> Value:
        """The value of a built-in type other than a structure, list, choice or open type.

        Raises:
            ValueFault: There is no such value.
        """
        match base:
            case a.BooleanType():
                _demand(len(content) == 1, "BOOLEAN does not have one octet")
                return Value(content[0] != 0, "true" if content[0] else "false")
            case a.NullType():
                _demand(not content, "NULL has contents")
                return Value(None, "NULL")
            case a.IntegerType():
                return _integer(content, base.names)
            case a.EnumeratedType():
                return _enumerated(content, base)
            case a.BitStringType():
                return _bit_string(content, base.names)
            case a.OctetStringType():
                return Value(content, octets_text(content))
            case a.ObjectIdentifierType():
                return self._oid(content, relative=base.relative)
            case a.StringType():
                return _string(content, base.name)
            case a.TimeType():
                return _time(content)
            case _:
                return Value(content, octets_text(content))

    def _oid(self, content: bytes, *, relative: bool) -> Value:
        if not content:
            return Value("", "(of length zero)")
        arcs: list[int] = []
        number = 0
        _demand(not content[-1] & 0x80, "object identifier ends inside an arc")
        _demand(len(content) <= 128, "object identifier is too long")
        for octet in content:
            number = number << 7 | octet & 0x7F
            if not octet & 0x80:
                arcs.append(number)
                number = 0
        if not relative:
            first = min(arcs[0] // 40, 2)
            arcs[:1] = [first, arcs[0] - 40 * first]
        dotted = ".".join(map(str, arcs))
        name = self.oid_names.get(dotted)
        return Value(dotted, f"{dotted} ({name})" if name else dotted)


def oid_names(model: a.Asn1Model) -> dict[str, str]:
    """Dotted object identifier to the name that the modules give it."""
    return {
        str(definition.value): definition.name
        for definition in model.values.values()
        if isinstance(definition.value, a.OidValue)
    }


def octets_text(content: bytes) -> str:
    """Octets as hexadecimal digits, shortened where they are many."""
    if len(content) <= MAX_SHOWN_OCTETS:
        return content.hex() or "(empty)"
    return f"{content[:MAX_SHOWN_OCTETS].hex()}... ({len(content)} octets)"


def violations(constraints: a.Constraints, base: a.Type, value: Value, content: bytes) -> list[str]:
    """What constraints the value breaks, in words."""
    broken = []
    raw = value.raw
    bounded = constraints.values and not constraints.values_extensible
    if bounded and type(raw) is int and not _within(raw, constraints.values):
        broken.append(f"{raw} is outside {_shown(constraints.values)}")
    size = _size(base, raw, content)
    sized = constraints.size and not constraints.size_extensible
    if sized and size is not None and not _within(size, constraints.size):
        broken.append(f"size {size} is outside {_shown(constraints.size)}")
    if isinstance(raw, str) and isinstance(base, a.StringType | a.TimeType):
        broken.extend(
            f'"{raw}" does not match the PATTERN {pattern}'
            for pattern in constraints.patterns
            if not re.fullmatch(common_pattern(pattern), raw)
        )
        if constraints.alphabet is not None and not set(raw) <= set(constraints.alphabet):
            broken.append(f'"{raw}" has characters that are not permitted')
    return broken


def size_violation(constraints: a.Constraints, count: int) -> str | None:
    """Whether a list of ``count`` elements breaks its SIZE, in words."""
    if not constraints.size or constraints.size_extensible or _within(count, constraints.size):
        return None
    return f"{count} element(s) where SIZE is {_shown(constraints.size)}"


def _size(base: a.Type, raw: Raw, content: bytes) -> int | None:
    if isinstance(base, a.OctetStringType):
        return len(content)
    if isinstance(base, a.StringType) and isinstance(raw, str):
        return len(raw)
    return None


def _within(number: int, intervals: Iterable[a.Interval]) -> bool:
    return any(
        (i.low is None or i.low <= number) and (i.high is None or number <= i.high)
        for i in intervals
    )


def _shown(intervals: Iterable[a.Interval]) -> str:
    def end(number: int | None, name: str) -> str:
        return name if number is None else str(number)

    return " | ".join(f"{end(i.low, 'MIN')}..{end(i.high, 'MAX')}" for i in intervals)


def _demand(holds: bool, reason: str) -> None:
    if not holds:
        raise ValueFault(reason)


def _integer(content: bytes, names: Iterable[tuple[str, int]]) -> Value:
    _demand(bool(content), "INTEGER has no contents")
    number = int.from_bytes(content, "big", signed=True)
    name = next((name for name, n in names if n == number), None)
    if name is not None:
        return Value(number, f"{name} ({number})")
    return Value(number, str(number) if len(content) <= 8 else octets_text(content))


def _enumerated(content: bytes, base: a.EnumeratedType) -> Value:
    _demand(0 < len(content) <= 8, "ENUMERATED does not have one to eight octets")
    number = int.from_bytes(content, "big", signed=True)
    items = base.items + base.additions
    name = next((name for name, n in items if n == number), None)
    if name is None:
        _demand(base.extensible, f"{number} is no item of the ENUMERATED")
        return Value(number, f"{number} (not an item that is known)")
    return Value(number, f"{name} ({number})")


def _bit_string(content: bytes, names: Iterable[tuple[str, int]]) -> Value:
    _demand(bool(content) and content[0] < 8, "BIT STRING without a good count of unused bits")
    unused, bits = content[0], content[1:]
    _demand(bool(bits) or unused == 0, "empty BIT STRING with unused bits")
    length = 8 * len(bits) - unused
    number = int.from_bytes(bits, "big") >> unused
    # bit 0 of the notation is the first one, the highest of the number
    text = "".join(str(number >> (length - 1 - n) & 1) for n in range(min(length, 64)))
    named = {number: name for name, number in names}
    if named:
        set_bits = [n for n in range(min(length, 64)) if text[n] == "1"]
        return Value(text, "{" + ", ".join(named.get(n, f"bit {n}") for n in set_bits) + "}")
    if length > 64:
        return Value(content, f"{length} bits: {octets_text(bits)}")
    return Value(text, f"'{text}'B")


def _string(content: bytes, name: str) -> Value:
    try:
        text = content.decode(_ENCODINGS.get(name, "latin-1"))
    except UnicodeDecodeError as problem:
        raise ValueFault(f"octets are not {name}") from problem
    # repr: control characters of a peer must not reach a terminal
    shown = repr(text)
    if len(text) >= TIME_DIGITS and (match := _TIME.fullmatch(text)) is not None:
        shown += f"  {_time_text(match)}"  # the A-profile has its time in a string type
    return Value(text, shown)


def _time(content: bytes) -> Value:
    text = content.decode("latin-1")
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueFault(f"{text!r} is no time")
    return Value(text, f"{text}  {_time_text(match)}")


def _time_text(match: re.Match[str]) -> str:
    year, month, day, hour, minute, second, _, fraction, zone = match.groups()
    shown = f"{year}-{month}-{day} {hour}:{minute or '00'}:{second or '00'}"
    if fraction:
        shown += f".{fraction}"
    zone_text = {"Z": " UTC", None: " (no zone)"}.get(zone, f" {zone}")
    return shown + zone_text
