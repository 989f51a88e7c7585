"""From the text of an expression to typed nodes, with a position for every complaint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedInput

from interlock.core.data import Scalar
from interlock.core.diagnostics import error, similar_name_help
from interlock.core.errors import ModelError
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.builtins import BUILTINS
from interlock.model.vocabulary import Parameter, Vocabulary

_UNITS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}
NONE = "none"
MAX_DEPTH = 60
"""Nesting of an expression: far beyond what can be read, far below what a stack holds."""


@dataclass(frozen=True)
class Scope:
    """What an expression may name.

    ``roots`` gives the fields of each root; ``names`` are parameters that stand without a root
    (of check lists); ``conditions`` are named conditions of a machine. ``may_act`` allows
    operations. ``scenes`` gives the fields of each party of a composition, where a property
    speaks about several.
    """

    vocabulary: Vocabulary
    roots: Mapping[x.Root, Mapping[str, t.Type]]
    message: t.Message | None = None
    names: Mapping[str, t.Type] = field(default_factory=dict)
    conditions: Mapping[str, x.Expression] = field(default_factory=dict)
    may_act: bool = False
    scenes: Mapping[str, Mapping[str, t.Type]] = field(default_factory=dict)

    def acting(self) -> Scope:
        """The same scope with operations allowed."""
        return replace(self, may_act=True)


@cache
def _parser() -> Lark:
    grammar = (files("interlock.model") / "expression.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def check(text: Scalar, scope: Scope, expected: t.Type) -> x.Expression:
    """Parse and type an expression.

    Raises:
        ModelError: MDL110 (syntax) to MDL119, at the offending part.
    """
    return _Checker(text, scope).top(expected)


class _Checker:
    def __init__(self, text: Scalar, scope: Scope) -> None:
        self._text = text
        self._scope = scope
        self._depth = 0
        self._shift = text.span.column - 1 + (1 if text.quoted else 0)

    # --- positions and complaints ----------------------------------------------------------

    def _span(self, start: int, end: int) -> Span:
        at = self._text.span
        return Span(at.path, at.line, start + self._shift, end + self._shift)

    def _at(self, node: Tree[Any] | Token) -> Span:
        if isinstance(node, Token):
            return self._span(node.column or 1, node.end_column or 2)
        meta = node.meta
        return self._text.span if meta.empty else self._span(meta.column, meta.end_column)

    def _fail(
        self, code: str, message: str, node: Tree[Any] | Token, help: str | None = None
    ) -> ModelError:
        return ModelError([error(code, message, self._at(node), help=help)])

    def _mismatch(self, actual: t.Type, expected: t.Type, node: Tree[Any] | Token) -> ModelError:
        return self._fail("MDL113", f"expected {expected}, found {actual}", node)

    # --- entry -----------------------------------------------------------------------------

    def top(self, expected: t.Type) -> x.Expression:
        try:
            tree = _parser().parse(self._text.text)
        except UnexpectedInput as problem:
            raise self._unreadable(problem) from problem
        return self._typed(tree, expected)

    def _unreadable(self, problem: UnexpectedInput) -> ModelError:
        token = getattr(problem, "token", None)
        if isinstance(problem, UnexpectedEOF) or getattr(token, "type", "") == "$END":
            end = len(self._text.text) + 1
            at = self._span(end, end + 1)
            return ModelError([error("MDL110", "expression ends too early", at)])
        column = max(1, getattr(problem, "column", None) or 1)
        help = 'a minus needs spaces around it: "a - b"; "a-b" is one name'
        return ModelError(
            [
                error(
                    "MDL110",
                    "expression cannot be read" + (f' at "{token}"' if token else ""),
                    self._span(column, column + max(1, len(str(token or "")))),
                    help=help if "-" in self._text.text else None,
                )
            ]
        )

    def _typed(self, node: Tree[Any], expected: t.Type) -> x.Expression:
        result = self._node(node, expected)
        if not t.fits(result.type, expected):
            raise self._mismatch(result.type, expected, node)
        return result

    def _bool(self, node: Tree[Any]) -> x.Expression:
        return self._typed(node, t.BOOL)

    # --- nodes -----------------------------------------------------------------------------

    def _node(self, node: Tree[Any], expected: t.Type | None) -> x.Expression:
        handler: Callable[[Tree[Any], t.Type | None], x.Expression] = getattr(
            self, f"_on_{node.data}"
        )
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._fail("MDL118", "expression is nested too deeply", node)
        try:
            return handler(node, expected)
        finally:
            self._depth -= 1

    def _on_implies(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        left, right = node.children
        return x.Implies(
            premise=self._bool(left), conclusion=self._bool(right), span=self._at(node)
        )

    def _on_any_of(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return x.AnyOf(operands=tuple(map(self._bool, node.children)), span=self._at(node))

    def _on_all_of(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return x.AllOf(operands=tuple(map(self._bool, node.children)), span=self._at(node))

    def _on_not_(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return x.Not(operand=self._bool(node.children[0]), span=self._at(node))

    def _on_true(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return x.BoolLiteral(value=True, span=self._at(node))

    def _on_false(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return x.BoolLiteral(value=False, span=self._at(node))

    def _on_number(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return x.IntLiteral(value=int(str(node.children[0])), span=self._at(node))

    def _on_duration(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        number, unit = node.children
        return x.DurationLiteral(
            value=int(str(number)) * _UNITS[str(unit)], text=f"{number} {unit}", span=self._at(node)
        )

    def _on_compare(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        left_node, operator, right_node = node.children
        left, right = self._node(left_node, None), self._node(right_node, None)
        if type(left.type) is not type(right.type) or left.type != right.type:
            raise self._mismatch(right.type, left.type, right_node)
        ordered = (t.Int, t.Time, t.Duration)
        if operator not in ("==", "!=") and not isinstance(left.type, ordered):
            raise self._fail("MDL114", f'"{operator}" is not defined on {left.type}', operator)
        if isinstance(left.type, t.Opaque | t.Message | t.ListOf):
            raise self._fail("MDL114", f"values of type {left.type} cannot be compared", node)
        return x.Compare(operator=str(operator), left=left, right=right, span=self._at(node))

    def _on_is_in(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        element_node, collection_node = node.children
        collection = self._node(collection_node, None)
        if not isinstance(collection.type, t.SetOf | t.ListOf):
            raise self._fail(
                "MDL114", f'"in" needs a set, found {collection.type}', collection_node
            )
        element = self._typed(element_node, collection.type.element)
        return x.Member(element=element, collection=collection, span=self._at(node))

    def _on_is_not_in(self, node: Tree[Any], expected: t.Type | None) -> x.Expression:
        return x.Not(operand=self._on_is_in(node, expected), span=self._at(node))

    def _on_plus(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return self._sum(node, "+")

    def _on_minus(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        return self._sum(node, "-")

    def _sum(self, node: Tree[Any], operator: str) -> x.Expression:
        left_node, _, right_node = node.children
        left, right = self._node(left_node, None), self._node(right_node, None)
        allowed: dict[tuple[t.Type, t.Type], t.Type] = {
            (t.INT, t.INT): t.INT,
            (t.TIME, t.DURATION): t.TIME,
            (t.DURATION, t.DURATION): t.DURATION,
        }
        result = allowed.get((left.type, right.type))
        if result is None:
            raise self._fail(
                "MDL114", f'"{operator}" is not defined on {left.type} and {right.type}', node
            )
        return x.Sum(type=result, operator=operator, left=left, right=right, span=self._at(node))

    def _on_set_literal(self, node: Tree[Any], expected: t.Type | None) -> x.Expression:
        if not node.children:
            if not isinstance(expected, t.SetOf | t.ListOf):
                raise self._fail("MDL115", "the type of an empty set is not clear here", node)
            return x.SetLiteral(elements=(), type=expected, span=self._at(node))
        elements = [self._node(child, None) for child in node.children]
        first = elements[0].type
        if not isinstance(first, t.Enum):
            raise self._fail("MDL114", f"a set cannot hold values of type {first}", node)
        for child, element in zip(node.children, elements, strict=True):
            if element.type != first:
                raise self._mismatch(element.type, first, child)
        kind = t.ListOf if isinstance(expected, t.ListOf) else t.SetOf
        return x.SetLiteral(elements=tuple(elements), type=kind(first), span=self._at(node))

    # --- names -----------------------------------------------------------------------------

    def _on_path(self, node: Tree[Any], expected: t.Type | None) -> x.Expression:
        names = [str(child) for child in node.children]
        span = self._at(node)
        if names == ["now"]:
            return x.Variable(root=x.Root.NOW, name="", type=t.TIME, span=span)
        if names == [NONE] and isinstance(expected, t.Opaque):
            return x.NoneLiteral(type=expected, span=span)
        if names == ["m"] and self._scope.message is not None:
            return x.Variable(root=x.Root.MESSAGE, name="", type=self._scope.message, span=span)
        if len(names) == 1:
            return self._bare_name(node, names[0], span)
        if len(names) == 2 and names[0] in self._scope.vocabulary.enumerations:
            enumeration = self._scope.vocabulary.enumerations[names[0]]
            if names[1] not in enumeration.names:
                raise self._fail(
                    "MDL112",
                    f'"{names[1]}" is no member of {names[0]}',
                    node.children[1],
                    similar_name_help(names[1], enumeration.names),
                )
            return x.EnumLiteral(member=names[1], type=t.Enum(names[0]), span=span)
        if names[0] in self._scope.scenes:
            return self._scene_field(node, names, span)
        roots = {root.value: root for root in self._scope.roots}
        root = roots.get(names[0])
        if root is None:
            raise self._fail(
                "MDL111",
                f'unknown name "{names[0]}"',
                node.children[0],
                similar_name_help(
                    names[0],
                    [*roots, *self._scope.scenes, *self._scope.vocabulary.enumerations],
                )
                or f"known here: {', '.join(sorted([*roots, *self._scope.scenes]))}",
            )
        fields = self._scope.roots[root]
        self._demand_field(node, names, fields)
        return x.Variable(root=root, name=names[1], type=fields[names[1]], span=span)

    def _scene_field(self, node: Tree[Any], names: list[str], span: Span) -> x.Expression:
        fields = self._scope.scenes[names[0]]
        self._demand_field(node, names, fields)
        return x.Variable(
            root=x.Root.SCENE, name=f"{names[0]}.{names[1]}", type=fields[names[1]], span=span
        )

    def _demand_field(
        self, node: Tree[Any], names: list[str], fields: Mapping[str, t.Type]
    ) -> None:
        if len(names) != 2 or names[1] not in fields:
            raise self._fail(
                "MDL111",
                f'"{names[0]}" has no field "{".".join(names[1:])}"',
                node.children[1],
                similar_name_help(names[1], fields),
            )

    def _bare_name(self, node: Tree[Any], name: str, span: Span) -> x.Expression:
        if name in self._scope.names:
            return x.Variable(
                root=x.Root.PARAMETER, name=name, type=self._scope.names[name], span=span
            )
        if name in self._scope.conditions:
            return x.NamedCondition(name=name, condition=self._scope.conditions[name], span=span)
        known = [*self._scope.names, *self._scope.conditions, "now"]
        raise self._fail(
            "MDL111",
            f'unknown name "{name}"',
            node,
            similar_name_help(name, known) or 'enumeration members are written "Type.member"',
        )

    def _on_call(self, node: Tree[Any], _: t.Type | None) -> x.Expression:
        name, argument_nodes = str(node.children[0]), node.children[1:]
        words = self._scope.vocabulary
        if name in BUILTINS:
            arguments = tuple(self._node(child, None) for child in argument_nodes)
            result = BUILTINS[name]([a.type for a in arguments])
            if result is None:
                shown = ", ".join(str(a.type) for a in arguments)
                raise self._fail("MDL114", f'"{name}" is not defined on ({shown})', node)
            return x.BuiltinCall(
                function=name, arguments=arguments, type=result, span=self._at(node)
            )
        if name in words.predicates:
            predicate = words.predicates[name]
            return x.PredicateCall(
                predicate=name,
                arguments=self._arguments(node, argument_nodes, predicate.parameters),
                span=self._at(node),
            )
        if name in words.operations:
            operation = words.operations[name]
            if not self._scope.may_act:
                raise self._fail(
                    "MDL116", f'operation "{name}" is not allowed in a condition', node
                )
            return x.OperationCall(
                operation=name,
                arguments=self._arguments(node, argument_nodes, operation.parameters),
                type=operation.result or t.BOOL,
                acts_only=operation.result is None,
                span=self._at(node),
            )
        known = [*BUILTINS, *words.predicates, *words.operations]
        raise self._fail(
            "MDL111",
            f'unknown function "{name}"',
            node.children[0],
            similar_name_help(name, known),
        )

    def _arguments(
        self, node: Tree[Any], children: list[Any], declared: tuple[Parameter, ...]
    ) -> tuple[x.Expression, ...]:
        if len(children) != len(declared):
            wanted = ", ".join(f"{p.name}: {p.type}" for p in declared) or "nothing"
            raise self._fail(
                "MDL117",
                f"{len(children)} argument(s) given, {len(declared)} expected",
                node,
                f"it takes {wanted}",
            )
        return tuple(
            self._typed(child, parameter.type)
            for child, parameter in zip(children, declared, strict=True)
        )
