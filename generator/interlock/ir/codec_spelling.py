"""The ASN.1 notation of a type in one line, for comments in generated code."""

from __future__ import annotations

from collections.abc import Sequence

from interlock.asn1 import types as asn1
from interlock.asn1.types import Asn1Model, Component, Interval, Presence


def component_spelling(component: Component, model: Asn1Model) -> str:
    """A component as in the module: ``iv [0] OCTET STRING OPTIONAL``."""
    words = [component.name, type_spelling(component.type, model)]
    if component.presence is Presence.OPTIONAL:
        words.append("OPTIONAL")
    elif component.presence is Presence.DEFAULT:
        words.append(f"DEFAULT {value_spelling(component.default)}")
    return " ".join(words)


def type_spelling(type_: asn1.Type, model: Asn1Model) -> str:
    """A type with its tags; constraints are left to the code that checks them."""
    tags = "".join(f"{p.tag} {'EXPLICIT ' if p.explicit else ''}" for p in type_.prefixes)
    return tags + _bare(type_, model)


def value_spelling(value: object) -> str:
    """A default value."""
    match value:
        case bool():
            return str(value).upper()
        case asn1.NamedBits(numbers=numbers):
            return "{" + ", ".join(f"bit {n}" for n in numbers) + "}"
        case asn1.Name(name=name):
            return name
        case bytes():
            return f"'{value.hex().upper()}'H"
        case asn1.Structured():
            return "{...}" if value.fields or value.elements else "{}"
        case asn1.Null():
            return "NULL"
        case str():
            return f'"{value}"'
    return str(value)


def _bare(type_: asn1.Type, model: Asn1Model) -> str:
    match type_:
        case asn1.ReferenceType():
            definition = model.types[type_.definition]
            return definition.name + _actual(definition.parameters, model)
        case asn1.StructureType():
            return f"{'SET' if type_.is_set else 'SEQUENCE'} {{...}}"
        case asn1.ChoiceType():
            return "CHOICE {...}"
        case asn1.ListType():
            size = _intervals(type_.constraints.size)
            words = ["SET" if type_.is_set else "SEQUENCE", f"SIZE ({size})" if size else "", "OF"]
            return " ".join(filter(None, (*words, type_spelling(type_.element, model))))
        case asn1.ClassFieldType():
            name = f"{type_.class_name}.{type_.field_name}"
            in_set = f" ({{{type_.object_set.name}}})" if type_.object_set else ""
            return name + in_set
        case asn1.OpenType():
            return _open(type_)
        case asn1.ExternalType():
            return "EMBEDDED PDV" if type_.embedded else "EXTERNAL"
        case asn1.StringType() | asn1.TimeType():
            return type_.name
        case asn1.ObjectIdentifierType():
            return "RELATIVE-OID" if type_.relative else "OBJECT IDENTIFIER"
        case asn1.RealType():
            return "REAL"
    return _NAMES[type(type_)]


def _actual(parameters: Sequence[str], model: Asn1Model) -> str:
    """Actual parameters as they are written: an object set in braces of its own."""
    if not parameters:
        return ""
    words = [
        f"{{{p.rpartition('.')[2]}}}" if p in model.object_sets else p.rpartition(".")[2]
        for p in parameters
    ]
    return f" {{{', '.join(words)}}}"


_NAMES: dict[type[asn1.Type], str] = {
    asn1.BooleanType: "BOOLEAN",
    asn1.NullType: "NULL",
    asn1.IntegerType: "INTEGER",
    asn1.EnumeratedType: "ENUMERATED {...}",
    asn1.BitStringType: "BIT STRING",
    asn1.OctetStringType: "OCTET STRING",
}


def _open(type_: asn1.OpenType) -> str:
    if type_.class_name is None:
        return "ANY"
    text = f"{type_.class_name}.{type_.field_name or '&Type'}"
    if type_.object_set is not None and type_.object_set.name:
        text += f" ({{{type_.object_set.name}}}"
        text += f"{{@{type_.governor}}})" if type_.governor else ")"
    return text


def _intervals(intervals: Sequence[Interval]) -> str:
    def one(interval: Interval) -> str:
        if interval.low == interval.high and interval.low is not None:
            return str(interval.low)
        low = "MIN" if interval.low is None else interval.low
        high = "MAX" if interval.high is None else interval.high
        return f"{low}..{high}"

    return " | ".join(map(one, intervals))
