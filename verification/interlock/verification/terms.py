"""Typed expressions as z3 terms: one of the three readings of a condition.

How values become terms:

======================= ===========================================================
type                    term
======================= ===========================================================
bool                    Bool
int, time, duration     Int (milliseconds for the latter two)
enumeration             a constant of a finite sort, one value per member
set, list               a Boolean per member; a list also has its number of elements
octets, text, opaque    a constant of an uninterpreted sort: only equality is known
message                 a constant of its own sort, argument of predicates only
predicate               an uninterpreted function to Bool
======================= ===========================================================

The terms over-approximate: whatever a run of a handler can see is a model of them, but not every
model is a run (a solver may choose a predicate's truth freely). What is *unsatisfiable* here is
therefore impossible; what is satisfiable needs a look.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias

import z3

from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.vocabulary import Vocabulary


@dataclass(frozen=True)
class Members:
    """A set or list of enumeration values: which are in it, and how many elements it has."""

    present: Mapping[str, z3.BoolRef]
    count: z3.ArithRef

    @property
    def size(self) -> z3.ArithRef:
        """Number of distinct members."""
        return z3.Sum([z3.If(p, 1, 0) for p in self.present.values()])


Term: TypeAlias = z3.ExprRef | Members


@dataclass
class Terms:
    """Translates the expressions of one machine; equal names are equal terms.

    ``axioms`` grows with what is translated: facts that hold of every value (a list with no
    member has no elements ...). They belong to every query.
    """

    vocabulary: Vocabulary
    prefix: str = ""
    axioms: list[z3.BoolRef] = field(default_factory=list)
    _sorts: dict[str, z3.SortRef] = field(default_factory=dict)
    _variables: dict[str, Term] = field(default_factory=dict)
    _derived: dict[str, z3.ExprRef] = field(default_factory=dict)

    # --- sorts -------------------------------------------------------------------------------

    def enumeration(self, name: str) -> tuple[z3.DatatypeSortRef, dict[str, z3.ExprRef]]:
        """The sort of an enumeration and the value of each member."""
        return enumeration_sort(name, self.vocabulary.enumerations[name].names)

    def sort(self, kind: t.Type) -> z3.SortRef:
        """The sort of a scalar type."""
        match kind:
            case t.Bool():
                return z3.BoolSort()
            case t.Int() | t.Time() | t.Duration():
                return z3.IntSort()
            case t.Enum(name=name):
                return self.enumeration(name)[0]
            case t.Message():
                name = "Message"
            case _:
                name = str(kind)
        if name not in self._sorts:
            self._sorts[name] = z3.DeclareSort(name)
        return self._sorts[name]

    # --- variables ---------------------------------------------------------------------------

    def variable(self, name: str, kind: t.Type) -> Term:
        """The term of a variable, made on first use."""
        key = self.prefix + name
        if key not in self._variables:
            if isinstance(kind, t.SetOf | t.ListOf):
                self._variables[key] = self._members(key, kind)
            else:
                self._variables[key] = self._scalar(key, kind)
        return self._variables[key]

    def _scalar(self, key: str, kind: t.Type) -> z3.ExprRef:
        constant = z3.Const(key, self.sort(kind))
        if isinstance(kind, t.Duration):
            self.axioms.append(constant >= 0)
        return constant

    def _members(self, key: str, kind: t.SetOf | t.ListOf) -> Members:
        names = self.vocabulary.enumerations[kind.element.name].names
        present = {name: z3.Bool(f"{key}[{name}]") for name in names}
        members = Members(present, z3.Int(f"count({key})"))
        if isinstance(kind, t.SetOf):
            self.axioms.append(members.count == members.size)
        else:
            self.axioms.append(members.count >= members.size)
            self.axioms.append((members.count == 0) == (members.size == 0))
        return members

    # --- translation -------------------------------------------------------------------------

    def lookup(self, node: x.Variable) -> Term:
        """The term of a variable of an expression; here every name is one unknown value."""
        return self.variable(_variable_name(node), node.type)

    def none(self, kind: t.Opaque) -> Term:
        """The value of an opaque type that nothing accepts."""
        return self.variable(f"none:{kind}", kind)

    def condition(
        self, node: x.Expression, bound: Mapping[str, x.Expression] | None = None
    ) -> z3.BoolRef:
        """The term of a condition; ``bound`` gives the arguments of a check list."""
        term = self.term(node, bound or {})
        if not isinstance(term, z3.BoolRef):
            raise TypeError(f"not a condition: {node.type}")
        return term

    def term(self, node: x.Expression, bound: Mapping[str, x.Expression]) -> Term:
        """The term of an expression."""
        match node:
            case x.BoolLiteral(value=value):
                return z3.BoolVal(value)
            case x.IntLiteral(value=value) | x.DurationLiteral(value=value):
                return z3.IntVal(value)
            case x.EnumLiteral(member=member, type=kind):
                return self.enumeration(kind.name)[1][member]
            case x.NoneLiteral(type=kind):
                return self.none(kind)
            case x.Variable(root=x.Root.PARAMETER, name=name) if name in bound:
                return self.term(bound[name], {})
            case x.Variable():
                return self.lookup(node)
            case x.NamedCondition(condition=condition):
                return self.term(condition, bound)
            case x.SetLiteral():
                return self._literal(node, bound)
            case x.Not(operand=operand):
                return z3.Not(self.condition(operand, bound))
            case x.AllOf(operands=operands):
                return z3.And([self.condition(o, bound) for o in operands])
            case x.AnyOf(operands=operands):
                return z3.Or([self.condition(o, bound) for o in operands])
            case x.Implies(premise=premise, conclusion=conclusion):
                return z3.Implies(self.condition(premise, bound), self.condition(conclusion, bound))
            case x.Compare():
                return self._compare(node, bound)
            case x.Member():
                return self._member(node, bound)
            case x.Sum():
                left, right = self._scalars(bound, node.left, node.right)
                return left + right if node.operator == "+" else left - right
            case x.BuiltinCall():
                return self._builtin(node, bound)
            case x.PredicateCall(predicate=name, arguments=arguments):
                return self._call(name, arguments, z3.BoolSort(), bound)
            case x.OperationCall(operation=name, arguments=arguments, type=kind):
                return self._call(name, arguments, self.sort(kind), bound)

    def _scalars(
        self, bound: Mapping[str, x.Expression], *nodes: x.Expression
    ) -> tuple[z3.ExprRef, ...]:
        terms = tuple(self.term(node, bound) for node in nodes)
        for term in terms:
            if isinstance(term, Members):
                raise TypeError("a set where a single value is needed")
        return terms

    def _sets(self, bound: Mapping[str, x.Expression], *nodes: x.Expression) -> tuple[Members, ...]:
        terms = tuple(self.term(node, bound) for node in nodes)
        for term in terms:
            if not isinstance(term, Members):
                raise TypeError("a single value where a set is needed")
        return terms

    def _literal(self, node: x.SetLiteral, bound: Mapping[str, x.Expression]) -> Members:
        sort, values = self.enumeration(node.type.element.name)
        del sort
        elements = self._scalars(bound, *node.elements)
        return Members(
            {
                name: z3.Or([e == value for e in elements]) if elements else z3.BoolVal(False)
                for name, value in values.items()
            },
            z3.IntVal(len(elements)),
        )

    def _compare(self, node: x.Compare, bound: Mapping[str, x.Expression]) -> z3.BoolRef:
        if isinstance(node.left.type, t.SetOf):
            left, right = self._sets(bound, node.left, node.right)
            same = z3.And([left.present[n] == right.present[n] for n in left.present])
            return same if node.operator == "==" else z3.Not(same)
        a, b = self._scalars(bound, node.left, node.right)
        match node.operator:
            case "==":
                return a == b
            case "!=":
                return a != b
            case "<":
                return a < b
            case "<=":
                return a <= b
            case ">":
                return a > b
            case _:
                return a >= b

    def _member(self, node: x.Member, bound: Mapping[str, x.Expression]) -> z3.BoolRef:
        (members,) = self._sets(bound, node.collection)
        (element,) = self._scalars(bound, node.element)
        kind = node.element.type
        assert isinstance(kind, t.Enum)
        _, values = self.enumeration(kind.name)
        return z3.Or(
            [z3.And(element == value, members.present[name]) for name, value in values.items()]
        )

    def _builtin(self, node: x.BuiltinCall, bound: Mapping[str, x.Expression]) -> Term:
        match node.function:
            case "distance" | "later":
                a, b = self._scalars(bound, *node.arguments)
                return (
                    z3.If(a >= b, a - b, b - a)
                    if node.function == "distance"
                    else z3.If(a >= b, a, b)
                )
            case "size":
                return self._sets(bound, *node.arguments)[0].size
            case "count":
                return self._sets(bound, *node.arguments)[0].count
            case "only":
                return self._only(node, self._sets(bound, *node.arguments)[0])
        first, second = self._sets(bound, *node.arguments)
        both = {n: z3.And(p, second.present[n]) for n, p in first.present.items()}
        match node.function:
            case "intersects":
                return z3.Or(list(both.values()))
            case "subset":
                return z3.And([z3.Implies(p, second.present[n]) for n, p in first.present.items()])
            case "first-common":
                return self._chosen(node, both, z3.Or(list(both.values())))
            case other:
                raise ValueError(f"no term for {other}")

    def _only(self, node: x.BuiltinCall, members: Members) -> z3.ExprRef:
        return self._chosen(node, members.present, members.count == 1)

    def _chosen(
        self, node: x.BuiltinCall, candidates: Mapping[str, z3.BoolRef], when: z3.BoolRef
    ) -> z3.ExprRef:
        """A value that is one of the candidates where the function is defined."""
        assert isinstance(node.type, t.Enum)
        _, values = self.enumeration(node.type.name)
        key = f"{self.prefix}{node.function}({', '.join(map(_text, node.arguments))})"
        if key not in self._derived:
            value = z3.Const(key, self.sort(node.type))
            self._derived[key] = value
            inside = z3.Or(
                [z3.And(value == values[name], there) for name, there in candidates.items()]
            )
            self.axioms.append(z3.Implies(when, inside))
        return self._derived[key]

    def _call(
        self,
        name: str,
        arguments: tuple[x.Expression, ...],
        result: z3.SortRef,
        bound: Mapping[str, x.Expression],
    ) -> z3.ExprRef:
        if not arguments:
            return z3.Const(f"{name}()", result)
        terms = self._scalars(bound, *arguments)
        function = z3.Function(name, *[term.sort() for term in terms], result)
        return function(*terms)


@cache
def enumeration_sort(
    name: str, members: tuple[str, ...]
) -> tuple[z3.DatatypeSortRef, dict[str, z3.ExprRef]]:
    """One sort per enumeration and process: z3 knows sorts and constructors by global names."""
    variant = f"{name}/{len(members)}" if name in _DECLARED else name
    _DECLARED.add(name)
    sort, values = z3.EnumSort(variant, [f"{variant}.{member}" for member in members])
    return sort, dict(zip(members, values, strict=True))


_DECLARED: set[str] = set()


def _variable_name(node: x.Variable) -> str:
    return f"{node.root.value}.{node.name}" if node.name else node.root.value


def _text(node: x.Expression) -> str:
    """A name for an expression: equal expressions have equal names."""
    if isinstance(node, x.Variable):
        return _variable_name(node)
    return f"{type(node).__name__}({', '.join(map(_text, x.children(node)))})"
