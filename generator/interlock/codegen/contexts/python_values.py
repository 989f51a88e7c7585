"""Default values of components as Python expressions."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.asn1 import types as asn1
from interlock.codegen.filters.python import literal
from interlock.codegen.names.python import class_name, member_name
from interlock.core.errors import GenerationError
from interlock.ir import codec


def default_value(item: codec.Field, enumerations: Mapping[str, codec.NameTable]) -> str:
    """The expression for the DEFAULT of a component.

    Raises:
        GenerationError: The value does not fit the component's type.
    """
    value, contents = item.default, item.occurrence.contents
    match value, contents:
        case asn1.NamedBits(numbers=numbers), codec.NamedBits():
            return str(sum(1 << n for n in numbers))
        case (asn1.Name(name=name), codec.Enumerated(names=key)) if name in dict(
            enumerations[key].items
        ):
            return f"{class_name(enumerations[key].names)}.{member_name(name)}"
        case int(), codec.Enumerated(names=key):
            name = {v: k for k, v in enumerations[key].items}[value]
            return f"{class_name(enumerations[key].names)}.{member_name(name)}"
        case asn1.OidValue(), codec.ObjectIdentifier():
            return literal(str(value))
        case asn1.Null(), codec.Null():
            return "None"
        case asn1.Structured(), codec.Call(is_choice=False):
            return "[]"
        case ((bool() | int() | str() | bytes()), _):
            return literal(value)
    raise GenerationError(f'DEFAULT of "{item.name}" has no Python form')
