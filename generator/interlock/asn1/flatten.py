"""Flattening: one plain module out of a resolved model, for compilers of X.680 alone.

What is rewritten:

* every tag is spelled out with IMPLICIT or EXPLICIT, under ``EXPLICIT TAGS``;
* instances of parameterised types become types of their own, fields of classes become their
  type, open types become ``ANY``, EXTERNAL and its kin are written out as X.680 defines them;
* types that asn1tools does not know (RELATIVE-OID and a few strings) become tagged octets;
* DEFAULT becomes OPTIONAL where the value is structured, of an open type or of such octets;
* PATTERN, CONTAINING, single values of strings, and constraints on open types are left out:
  asn1tools ignores or mistakes them, and the generated codecs check them in their own code.

Names: a definition keeps its name when no other definition printed has it, an instance appends
the names of its actual parameters (``AlgorithmIdentifier{E2E.SignatureAlgs}`` becomes
``AlgorithmIdentifier-SignatureAlgs``). Where that is still not unique, the module's name goes in
front, and a number behind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from interlock.asn1.external import universal_tag, written_out
from interlock.asn1.types import (
    UNCONSTRAINED,
    Asn1Model,
    Bits,
    BitStringType,
    BooleanType,
    ChoiceType,
    ClassFieldType,
    Component,
    Constraints,
    EnumeratedType,
    ExternalType,
    IntegerType,
    Interval,
    ListType,
    Name,
    NamedBits,
    Null,
    NullType,
    ObjectIdentifierType,
    OctetStringType,
    OidValue,
    OpenType,
    Presence,
    RealType,
    ReferenceType,
    StringType,
    StructureType,
    Tag,
    TagClass,
    TagPrefix,
    TimeType,
    Type,
    TypeDefinition,
    Value,
)

MODULE_NAME = "Flattened"

_SYNONYMS = {"ISO646String": "VisibleString", "T61String": "TeletexString"}
_UNKNOWN = frozenset(("VideotexString", "OID-IRI", "RELATIVE-OID-IRI", "TIME", "DURATION"))


def flatten(model: Asn1Model, roots: Iterable[str] | None = None) -> str:
    """Print a model as one self-contained module.

    Args:
        model: A model without faults.
        roots: Keys of the definitions wanted; they bring along what they refer to. None is all.

    Returns:
        The module, ending with a line end; definitions in the order of the model.

    Raises:
        KeyError: A root is no key of ``model.types``.
    """
    wanted = set(model.types) if roots is None else _reachable(model, roots)
    definitions = [d for key, d in model.types.items() if key in wanted]
    printer = _Printer(flat_names(definitions), model.types)
    lines = [f"{MODULE_NAME} DEFINITIONS EXPLICIT TAGS ::= BEGIN", ""]
    for definition in definitions:
        lines += [printer.definition(definition), ""]
    return "\n".join([*lines, "END", ""])


def flat_names(definitions: Iterable[TypeDefinition]) -> dict[str, str]:
    """The names in the flattened module by key; see the head of this file."""
    plain: dict[str, list[TypeDefinition]] = {}
    for definition in definitions:
        plain.setdefault(_plain_name(definition), []).append(definition)
    names: dict[str, str] = {}
    taken = {name for name, users in plain.items() if len(users) == 1}
    for name, users in plain.items():
        for definition in users:
            chosen = name
            if len(users) > 1:
                chosen = _unused(f"{definition.module}-{name}", taken)
                taken.add(chosen)
            names[definition.key] = chosen
    return names


def _plain_name(definition: TypeDefinition) -> str:
    words = [definition.name]
    for parameter in definition.parameters:
        # The last part of each qualified name: "E2E.Algs | E2E.More" becomes "Algs-More".
        words += [part for part in re.findall(r"(?:[\w-]+\.)*([\w-]+)", parameter) if part != "-"]
    return re.sub(r"-+", "-", "-".join(words)).strip("-").replace("_", "-")


def _unused(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name}-{number}" in taken:
        number += 1
    return f"{name}-{number}"


def references(type_: Type) -> Iterable[str]:
    """The keys that a type refers to, directly or in its parts; open types refer to nothing."""
    if isinstance(type_, ReferenceType):
        yield type_.definition
    elif isinstance(type_, ClassFieldType):
        yield from references(type_.actual)
    elif isinstance(type_, StructureType):
        for component in type_.components:
            yield from references(component.type)
    elif isinstance(type_, ChoiceType):
        for alternative in type_.alternatives:
            yield from references(alternative.type)
    elif isinstance(type_, ListType):
        yield from references(type_.element)


def _reachable(model: Asn1Model, roots: Iterable[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting.extend(references(model.types[key].type))
    return found


class _Printer:
    """Prints types; ``names`` gives the flat name of a key."""

    def __init__(self, names: Mapping[str, str], types: Mapping[str, TypeDefinition]) -> None:
        self.names = names
        self._types = types

        self._taken = set(names.values())
        self._helpers: list[str] = []

    def definition(self, definition: TypeDefinition) -> str:
        """One assignment, behind those of the types with two tags in it."""
        name = self.names[definition.key]
        self._helpers = []
        text = self.type(definition.type, 0, name)
        return "\n\n".join([*self._helpers, f"{name} ::= {text}"])

    def type(self, type_: Type, indent: int, owner: str) -> str:
        """A type with its tags; ``owner`` begins the names of types made for inner tags."""
        prefixes = merged(type_)
        if len(prefixes) > 1:
            # asn1tools cannot read two tags in a row.
            helper = _unused(f"{owner}-inner", self._taken)
            self._taken.add(helper)
            inner = _tag(prefixes[-1]) + self._untagged(type_, 0, helper)
            self._helpers.append(f"{helper} ::= {inner}")
            for prefix in prefixes[-2:0:-1]:
                outer = _unused(f"{owner}-inner", self._taken)
                self._taken.add(outer)
                self._helpers.append(f"{outer} ::= {_tag(prefix)}{helper}")
                helper = outer
            return _tag(prefixes[0]) + helper
        return "".join(map(_tag, prefixes)) + self._untagged(type_, indent, owner)

    def _untagged(self, type_: Type, indent: int, owner: str) -> str:
        if isinstance(type_, ReferenceType):
            inherited = self._types[type_.definition].type.constraints
            own = type_.constraints if type_.constraints != inherited else UNCONSTRAINED
            return self.names[type_.definition] + _constraint(own)
        if isinstance(type_, ClassFieldType):
            actual = replace(type_.actual, prefixes=(), constraints=type_.constraints)
            return self._untagged(actual, indent, owner)
        if isinstance(type_, OpenType):
            return "ANY"
        if _as_octets(type_) is not None:
            return "OCTET STRING"
        if isinstance(type_, ExternalType):
            return self._structure(written_out(type_), indent, owner)
        if isinstance(type_, StructureType):
            return self._structure(type_, indent, owner)
        if isinstance(type_, ChoiceType):
            return self._choice(type_, indent, owner)
        if isinstance(type_, ListType):
            word = "SET" if type_.is_set else "SEQUENCE"
            size = _size(type_.constraints)
            return (
                f"{word}{' ' + size if size else ''} OF {self.type(type_.element, indent, owner)}"
            )
        if isinstance(type_, EnumeratedType):
            return _enumeration(type_)
        return _simple(type_)

    def _structure(self, type_: StructureType, indent: int, owner: str) -> str:
        pad = "  " * (indent + 1)
        lines = [pad + self._component(c, indent, owner) for c in type_.root]
        if type_.extensible:
            lines.append(pad + "...")
            for group in type_.additions:
                inside = [self._component(c, indent, owner) for c in group]
                if len(group) == 1:
                    lines.append(pad + inside[0])
                else:
                    lines.append(f"{pad}[[ {', '.join(inside)} ]]")
            if type_.root_after:
                lines.append(pad + "...")
                lines += [pad + self._component(c, indent, owner) for c in type_.root_after]
        return _braces("SET" if type_.is_set else "SEQUENCE", lines, indent)

    def _component(self, component: Component, indent: int, owner: str) -> str:
        inner = f"{owner}-{component.name}"
        text = f"{component.name} {self.type(component.type, indent + 1, inner)}"
        if component.presence is Presence.OPTIONAL:
            return f"{text} OPTIONAL"
        if component.presence is Presence.DEFAULT:
            octets = _as_octets(component.type) is not None
            default = None if octets else _value(component.default)
            return f"{text} DEFAULT {default}" if default is not None else f"{text} OPTIONAL"
        return text

    def _choice(self, type_: ChoiceType, indent: int, owner: str) -> str:
        pad = "  " * (indent + 1)
        lines: list[str] = []
        marked = not type_.extensible
        for alternative in type_.alternatives:
            if alternative.is_addition and not marked:
                lines.append(pad + "...")
                marked = True
            inner = self.type(alternative.type, indent + 1, f"{owner}-{alternative.name}")
            lines.append(f"{pad}{alternative.name} {inner}")
        if not marked:
            lines.append(pad + "...")
        return _braces("CHOICE", lines, indent)


# --- tags ---------------------------------------------------------------------------------------


def merged(type_: Type) -> tuple[TagPrefix, ...]:
    """The tags of a type with those dropped that an implicit tag replaces.

    All but the last are explicit. The universal tag of EXTERNAL and its kin is among them.
    """
    prefixes = list(type_.prefixes)
    inner = type_
    while isinstance(inner, ClassFieldType):
        inner = inner.actual
        prefixes += inner.prefixes
    number = universal_tag(inner) if isinstance(inner, ExternalType) else _as_octets(inner)
    if number is not None:
        prefixes.append(TagPrefix(Tag(TagClass.UNIVERSAL, number), explicit=False))
    result: list[TagPrefix] = []
    for prefix in prefixes:
        if result and not result[-1].explicit:
            result[-1] = TagPrefix(result[-1].tag, prefix.explicit)
        else:
            result.append(prefix)
    return tuple(result)


def _as_octets(type_: Type) -> int | None:
    """The universal tag of a type that asn1tools does not know and that becomes octets."""
    if isinstance(type_, ObjectIdentifierType) and type_.relative:
        return 13
    if isinstance(type_, StringType | TimeType) and type_.name in _UNKNOWN:
        return type_.universal
    return None


def _tag(prefix: TagPrefix) -> str:
    cls = "" if prefix.tag.cls is TagClass.CONTEXT else prefix.tag.cls.name + " "
    return f"[{cls}{prefix.tag.number}] {'EXPLICIT' if prefix.explicit else 'IMPLICIT'} "


# --- what needs no names of types --------------------------------------------------------------


def _braces(word: str, lines: list[str], indent: int) -> str:
    if not lines:
        return f"{word} {{}}"
    return f"{word} {{\n" + ",\n".join(lines) + "\n" + "  " * indent + "}"


def _simple(type_: Type) -> str:
    constraint = _constraint(type_.constraints)
    if isinstance(type_, BooleanType):
        return "BOOLEAN"
    if isinstance(type_, NullType):
        return "NULL"
    if isinstance(type_, RealType):
        return "REAL"
    if isinstance(type_, IntegerType):
        return "INTEGER" + _named_numbers(type_.names) + constraint
    if isinstance(type_, BitStringType):
        return "BIT STRING" + _named_numbers(type_.names) + constraint
    if isinstance(type_, OctetStringType):
        return "OCTET STRING" + constraint
    if isinstance(type_, ObjectIdentifierType):
        return "OBJECT IDENTIFIER"
    assert isinstance(type_, StringType | TimeType), type_
    return _SYNONYMS.get(type_.name, type_.name) + constraint


def _named_numbers(names: tuple[tuple[str, int], ...]) -> str:
    if not names:
        return ""
    return " {" + ", ".join(f"{name}({number})" for name, number in names) + "}"


def _enumeration(type_: EnumeratedType) -> str:
    items = [f"{name}({number})" for name, number in type_.items]
    if type_.extensible:
        items += ["...", *(f"{name}({number})" for name, number in type_.additions)]
    return "ENUMERATED {" + ", ".join(items) + "}"


def _constraint(constraints: Constraints) -> str:
    """Range and size in parentheses, with a space in front; empty when there is neither."""
    text = ""
    if constraints.values:
        text += f" ({_intervals(constraints.values, constraints.values_extensible)})"
    size = _size(constraints)
    return f"{text} ({size})" if size else text


def _size(constraints: Constraints) -> str:
    if not constraints.size:
        return ""
    return f"SIZE ({_intervals(constraints.size, constraints.size_extensible)})"


def _intervals(intervals: tuple[Interval, ...], extensible: bool) -> str:
    parts: list[str] = []
    for interval in intervals:
        low = "MIN" if interval.low is None else str(interval.low)
        high = "MAX" if interval.high is None else str(interval.high)
        parts.append(low if low == high else f"{low}..{high}")
    return " | ".join(parts) + (", ..." if extensible else "")


def _value(value: Value | None) -> str | None:
    """A value in value notation; None for structured values and those of open types."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return _real(value)
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, bytes):
        return f"'{value.hex().upper()}'H"
    if isinstance(value, Bits):
        return f"'{''.join(f'{octet:08b}' for octet in value.octets)[: value.length]}'B"
    if isinstance(value, NamedBits):
        last = max(value.numbers, default=-1)
        return "'" + "".join("1" if n in value.numbers else "0" for n in range(last + 1)) + "'B"
    if isinstance(value, OidValue):
        return "{" + " ".join(map(str, value.arcs)) + "}"
    if isinstance(value, Null):
        return "NULL"
    if isinstance(value, Name):
        return value.name
    return None


def _real(value: float) -> str:
    if value != value:
        return "NOT-A-NUMBER"
    if value in (float("inf"), float("-inf")):
        return "PLUS-INFINITY" if value > 0 else "MINUS-INFINITY"
    mantissa, exponent = value.as_integer_ratio()[0], 1 - value.as_integer_ratio()[1].bit_length()
    return f"{{mantissa {mantissa}, base 2, exponent {exponent}}}"
