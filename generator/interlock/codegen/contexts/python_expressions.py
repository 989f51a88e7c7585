"""Typed expressions as Python: one of the three readings of a condition.

Names in the printed text: ``m`` the received message, ``e`` its envelope, ``c`` the
configuration, ``s`` the session, ``now``, ``services``, ``failure``, ``sent``; parameters of
primitives and check lists stand under their own names.
"""

from __future__ import annotations

from interlock.codegen.names.python import attribute_name, member_name
from interlock.model import expression as x
from interlock.model import types as t

_ROOTS = {
    x.Root.MESSAGE: "m.",
    x.Root.ENVELOPE: "e.",
    x.Root.CONFIG: "c.",
    x.Root.SESSION: "s.",
    x.Root.ARGUMENT: "",
    x.Root.PARAMETER: "",
    x.Root.FAILURE: "failure.",
    x.Root.SENT: "sent.",
}
_SERVED = ("certificate", "certification-path")  # config that the station's identity answers

_OPPOSITES = {"==": "!=", "!=": "=="}

# How tightly Python binds, loosest first: conditional, or, and, not, comparison, sum, atom.
_OR, _AND, _NOT, _COMPARE, _SUM, _ATOM = range(1, 7)


def python(node: x.Expression) -> str:
    """The expression as Python text, with the parentheses it needs and no others."""
    return _print(node)[0]


def python_type(kind: t.Type) -> str:
    """The annotation of a value of a type."""
    match kind:
        case t.Bool():
            return "bool"
        case t.Int() | t.Time() | t.Duration():
            return "int"
        case t.Octets():
            return "bytes"
        case t.Text():
            return "str"
        case t.Enum(name=name):
            return name
        case t.SetOf(element=element):
            return f"frozenset[{element.name}]"
        case t.ListOf(element=element):
            return f"tuple[{element.name}, ...]"
        case t.Opaque(name="CertificateOctets"):
            return "bytes"
        case t.Opaque(name="CertPathOctets"):
            return "tuple[bytes, ...]"
        case t.Opaque(name=name):
            return f"{name} | None"
        case t.Message():
            return "ReceivedMessage"


def empty_value(kind: t.Type, enumerations: dict[str, tuple[str, ...]]) -> str:
    """The value of something absent: false, zero, nothing, ``other`` or the first member."""
    match kind:
        case t.Bool():
            return "False"
        case t.Int() | t.Time() | t.Duration():
            return "0"
        case t.Octets() | t.Opaque(name="CertificateOctets"):
            return 'b""'
        case t.Text():
            return '""'
        case t.Enum(name=name):
            members = enumerations[name]
            return f"{name}.{member_name('other' if 'other' in members else members[0])}"
        case t.SetOf():
            return "frozenset()"
        case t.ListOf() | t.Opaque(name="CertPathOctets"):
            return "()"
        case _:
            return "None"


def _print(node: x.Expression) -> tuple[str, int]:
    match node:
        case x.BoolLiteral(value=value):
            return str(value), _ATOM
        case x.IntLiteral(value=value):
            return str(value), _ATOM
        case x.DurationLiteral(value=value):
            return f"{value:_}", _ATOM
        case x.EnumLiteral(member=member, type=kind):
            return f"{kind.name}.{member_name(member)}", _ATOM
        case x.SetLiteral():
            return _set(node), _ATOM
        case x.NoneLiteral():
            return "None", _ATOM
        case x.Variable():
            return _variable(node), _ATOM
        case x.NamedCondition(name=name):
            return f"self._{attribute_name(name)}(now)", _ATOM
        case x.Not(operand=operand):
            return _negated(operand)
        case x.AllOf(operands=operands):
            return " and ".join(_wrap(o, _AND + 1) for o in operands), _AND
        case x.AnyOf(operands=operands):
            # "a and b or c" is the same without parentheses, and harder to read
            return " or ".join(_wrap(o, _AND + 1) for o in operands), _OR
        case x.Implies(premise=premise, conclusion=conclusion):
            return f"{_negated(premise)[0]} or {_wrap(conclusion, _AND + 1)}", _OR
        case x.Compare():
            return _comparison(node, node.operator), _COMPARE
        case x.Member(element=element, collection=collection):
            return f"{_wrap(element, _SUM)} in {_wrap(collection, _SUM)}", _COMPARE
        case x.Sum(operator=operator, left=left, right=right):
            if isinstance(left, x.IntLiteral) and left.value == 0 and operator == "-":
                return f"-{_wrap(right, _ATOM)}", _SUM
            return f"{_wrap(left, _SUM)} {operator} {_wrap(right, _SUM + 1)}", _SUM
        case x.BuiltinCall():
            return _builtin(node)
        case x.PredicateCall(predicate=name, arguments=arguments):
            return f"services.{attribute_name(name)}({_list(arguments)})", _ATOM
        case x.OperationCall(operation=name, arguments=arguments):
            return f"services.{attribute_name(name)}({_list(arguments)})", _ATOM


def _wrap(node: x.Expression, at_least: int) -> str:
    text, binding = _print(node)
    return text if binding >= at_least else f"({text})"


def _list(arguments: tuple[x.Expression, ...]) -> str:
    return ", ".join(python(argument) for argument in arguments)


def _comparison(node: x.Compare, operator: str) -> str:
    if isinstance(node.left.type, t.Enum):
        operator = {"==": "is", "!=": "is not"}[operator]
    return f"{_wrap(node.left, _SUM)} {operator} {_wrap(node.right, _SUM)}"


def _negated(operand: x.Expression) -> tuple[str, int]:
    if isinstance(operand, x.Member):
        return (
            f"{_wrap(operand.element, _SUM)} not in {_wrap(operand.collection, _SUM)}",
            _COMPARE,
        )
    if isinstance(operand, x.Compare) and operand.operator in _OPPOSITES:
        return _comparison(operand, _OPPOSITES[operand.operator]), _COMPARE
    return f"not {_wrap(operand, _NOT)}", _NOT


def _variable(node: x.Variable) -> str:
    if node.root is x.Root.NOW:
        return "now"
    if node.root is x.Root.MESSAGE and not node.name:
        return "m"
    if node.root is x.Root.CONFIG and node.name in _SERVED:
        return f"services.{attribute_name(node.name)}"
    return _ROOTS[node.root] + attribute_name(node.name)


def _set(node: x.SetLiteral) -> str:
    inside = _list(node.elements)
    if isinstance(node.type, t.ListOf):
        return f"({inside},)" if node.elements else "()"
    return f"frozenset({{{inside}}})" if node.elements else "frozenset()"


def _builtin(node: x.BuiltinCall) -> tuple[str, int]:
    texts = [python(argument) for argument in node.arguments]
    match node.function:
        case "size":
            return f"len(set({texts[0]}))", _ATOM
        case "count":
            return f"len({texts[0]})", _ATOM
        case "intersects":
            return f"not set({texts[0]}).isdisjoint({texts[1]})", _NOT
        case "subset":
            return f"set({texts[0]}) <= set({texts[1]})", _COMPARE
        case "distance":
            return f"abs({texts[0]} - {texts[1]})", _ATOM
        case "later":
            return f"max({texts[0]}, {texts[1]})", _ATOM
        case "only":
            return f"{texts[0]}[0]", _ATOM
        case "first-common":
            return f"next(one for one in {texts[0]} if one in {texts[1]})", _ATOM
        case other:
            raise ValueError(f"no Python for {other}")
