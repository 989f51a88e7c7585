"""Expressions on concrete values: an interpreter that shares nothing with the solver's reading.

Values are Python's own: ``bool``, ``int``, names of members (``str``), ``frozenset`` for sets and
``tuple`` for lists (in order of preference). Opaque values, octets and texts are terms, nested
tuples that begin with what made them: ``("fresh", strand, step, operation)``, ``("derive-keys",
...)``; two of them are equal exactly where they were made alike. A key pair is the name of a
member of ``Share`` (``"attacker"``) or ``("pair", strand, step, groups)``.

What predicates and operations mean is read from ``verification/abstraction.yaml``. An expression
is compiled to a closure once and called often.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.vocabulary import OTHER
from interlock.verification.abstraction import TERM, Abstraction, OperationMeaning

Value = Any
"""``bool | int | str | frozenset | tuple``; nesting makes a closer type unwieldy."""
Values = Mapping[str, Value]

NOTHING: Value = ("nothing",)
"""``none`` of an opaque type that is a term; also empty octets and texts."""
ATTACKERS_SHARES = frozenset(("attacker", "weak"))
"""Public keys of which the attacker knows the secret, or the secret that follows from them."""
COMPLETED = "completed"
FREE = "free:"
"""Before the name of a predicate without a meaning: the message says how it is answered."""
_NO_VALUES: Values = {}


@dataclass(slots=True)
class Scope:
    """Where an expression is evaluated: one party, with at most one received message.

    ``step`` tells fresh values of one strand apart. ``scene`` holds what properties name.
    """

    strand: str = ""
    step: str = ""
    now: int = 0
    message: Values = field(default_factory=dict)
    envelope: Values = field(default_factory=dict)
    config: Values = field(default_factory=dict)
    session: dict[str, Value] = field(default_factory=dict)
    party: Values = field(default_factory=dict)
    argument: Values = field(default_factory=dict)
    parameters: Values = field(default_factory=dict)
    sent: Values = field(default_factory=dict)
    failure: Values = field(default_factory=dict)
    scene: Values = field(default_factory=dict)


Reader = Callable[[Scope], Value]


def is_known_to_attacker(keys: Value) -> bool:
    """Whether one of the key pairs that keys were derived from is the attacker's."""
    if not isinstance(keys, tuple) or keys[0] != "derive-keys":
        return False
    return any(isinstance(share, str) and share in ATTACKERS_SHARES for share in keys[1])


def groups_of(share: Value) -> tuple[str, ...] | None:
    """The groups for which a key pair has keys; None where the attacker says what he likes."""
    return share[3] if isinstance(share, tuple) and share[0] == "pair" else None


def completes(answer: Value, request: Value) -> bool:
    """Whether an assoID is another one with a server's part."""
    if not isinstance(answer, tuple) or answer[0] != COMPLETED:
        return False
    return request[0] != COMPLETED and bool(answer[-1] == request)


def completed(strand: str, step: str, request: Value) -> Value:
    """An assoID with a part of that server."""
    return (COMPLETED, strand, step, request)


def derived(own: Value, theirs: Value, rest: tuple[Value, ...]) -> Value:
    """Keys; the secret is the same whoever of the two computes it."""
    return ("derive-keys", tuple(sorted((own, theirs), key=repr)), *rest)


class Evaluator:
    """Compiles expressions; what opaque words mean is that of an abstraction."""

    def __init__(self, abstraction: Abstraction) -> None:
        self.abstraction = abstraction
        self._readers: dict[int, Reader] = {}
        self._kept: list[x.Expression] = []

    def reader(self, node: x.Expression) -> Reader:
        """The closure of an expression."""
        found = self._readers.get(id(node))
        if found is None:
            found = self._compile(node)
            self._readers[id(node)] = found
            self._kept.append(node)  # an id names an object only while it is there
        return found

    def value(self, node: x.Expression, scope: Scope) -> Value:
        """The value of an expression."""
        return self.reader(node)(scope)

    def empty(self, kind: t.Type) -> Value:
        """What a variable holds before anything was assigned, and an absent component reads as."""
        match self.abstraction.seen_as(kind):
            case t.Bool():
                return False
            case t.Int() | t.Time() | t.Duration():
                return 0
            case t.Enum(name=name):
                names = self.abstraction.vocabulary.enumerations[name].names
                return OTHER if OTHER in names and name != "Share" else names[0]
            case t.SetOf():
                return frozenset()
            case t.ListOf():
                return ()
        return NOTHING

    # --- nodes -----------------------------------------------------------------------------

    def _compile(self, node: x.Expression) -> Reader:
        match node:
            case x.BoolLiteral(value=value) | x.IntLiteral(value=value):
                return lambda _: value
            case x.DurationLiteral(value=value):
                return lambda _: value
            case x.EnumLiteral(member=member):
                return lambda _: member
            case x.NoneLiteral(type=kind):
                nothing = self.empty(kind)
                return lambda _: nothing
            case x.SetLiteral():
                return self._literal(node)
            case x.NamedCondition(condition=condition):
                return self.reader(condition)
            case x.Variable():
                return _variable(node)
            case x.Not(operand=operand):
                inner = self.reader(operand)
                return lambda s: not inner(s)
            case x.AllOf(operands=operands):
                parts = [self.reader(o) for o in operands]
                return lambda s: all(part(s) for part in parts)
            case x.AnyOf(operands=operands):
                parts = [self.reader(o) for o in operands]
                return lambda s: any(part(s) for part in parts)
            case x.Implies(premise=premise, conclusion=conclusion):
                first, then = self.reader(premise), self.reader(conclusion)
                return lambda s: not first(s) or then(s)
            case x.Compare():
                return self._compare(node)
            case x.Member(element=element, collection=collection):
                one, many = self.reader(element), self.reader(collection)
                return lambda s: one(s) in many(s)
            case x.Sum(operator=operator, left=left, right=right):
                a, b = self.reader(left), self.reader(right)
                if operator == "+":
                    return lambda s: a(s) + b(s)
                return lambda s: a(s) - b(s)
            case x.BuiltinCall():
                return self._builtin(node)
            case x.PredicateCall():
                return self._predicate(node)
            case x.OperationCall():
                return self._operation(node)

    def _literal(self, node: x.SetLiteral) -> Reader:
        parts = [self.reader(e) for e in node.elements]
        if isinstance(node.type, t.SetOf):
            return lambda s: frozenset(part(s) for part in parts)
        return lambda s: tuple(part(s) for part in parts)

    def _compare(self, node: x.Compare) -> Reader:
        a, b = self.reader(node.left), self.reader(node.right)
        if isinstance(node.left.type, t.SetOf | t.ListOf):
            first, second = a, b
            a, b = lambda s: frozenset(first(s)), lambda s: frozenset(second(s))
        match node.operator:
            case "==":
                return lambda s: a(s) == b(s)
            case "!=":
                return lambda s: a(s) != b(s)
            case "<":
                return lambda s: a(s) < b(s)
            case "<=":
                return lambda s: a(s) <= b(s)
            case ">":
                return lambda s: a(s) > b(s)
        return lambda s: a(s) >= b(s)

    def _builtin(self, node: x.BuiltinCall) -> Reader:
        parts = [self.reader(argument) for argument in node.arguments]
        a, b = parts[0], parts[-1]
        match node.function:
            case "size":
                return lambda s: len(frozenset(a(s)))
            case "count":
                return lambda s: len(a(s))
            case "only":
                # total: what it is of other lists is never looked at
                nothing = self.empty(node.type)
                return lambda s: next(iter(a(s)), nothing)
            case "intersects":
                return lambda s: not frozenset(a(s)).isdisjoint(b(s))
            case "subset":
                return lambda s: frozenset(a(s)) <= frozenset(b(s))
            case "first-common":
                nothing = self.empty(node.type)
                return lambda s: _first_common(a(s), b(s), nothing)
            case "distance":
                return lambda s: abs(a(s) - b(s))
            case "later":
                return lambda s: max(a(s), b(s))
        raise ValueError(f"no meaning for {node.function}")

    # --- words -----------------------------------------------------------------------------

    def _arguments(self, arguments: tuple[x.Expression, ...]) -> list[Reader | None]:
        return [
            None if isinstance(node.type, t.Message) else self.reader(node) for node in arguments
        ]

    def _predicate(self, node: x.PredicateCall) -> Reader:
        name = node.predicate
        given = self._arguments(node.arguments)
        parts = [reader for reader in given if reader is not None]
        match name:
            case "same-keys":
                return lambda s: (k := parts[0](s)) != NOTHING and k == parts[1](s)
            case "completes":
                return lambda s: completes(parts[0](s), parts[1](s))
            case "known-to-attacker":
                return lambda s: is_known_to_attacker(parts[0](s))
            case "is-digest":
                return lambda s: parts[0](s) == ("digest", parts[1](s))
        meaning = self.abstraction.predicates[name].means
        if meaning is None:
            key = FREE + name
            return lambda s: s.message[key]
        declared = self.abstraction.vocabulary.predicates[name].parameters
        return self._inside(meaning, [p.name for p in declared], given)

    def _inside(
        self, meaning: x.Expression, names: list[str], given: list[Reader | None]
    ) -> Reader:
        """A meaning, with the arguments as its parameters."""
        inner = self.reader(meaning)
        handed = [(n, r) for n, r in zip(names, given, strict=True) if r is not None]
        if not handed:
            return inner

        def read(scope: Scope) -> Value:
            outer = scope.parameters
            values = {name: reader(scope) for name, reader in handed}
            scope.parameters = values
            try:
                return inner(scope)
            finally:
                scope.parameters = outer

        return read

    def _operation(self, node: x.OperationCall) -> Reader:
        name = node.operation
        meaning: OperationMeaning = self.abstraction.operations[name]
        declared = self.abstraction.vocabulary.operations[name]
        given = self._arguments(node.arguments)
        parts = [reader for reader in given if reader is not None]
        if meaning.value is not None:
            return self._inside(meaning.value, [p.name for p in declared.parameters], given)
        if meaning.completes is not None:
            position = [p.name for p in declared.parameters].index(meaning.completes)
            request = parts[position]
            return lambda s: completed(s.strand, s.step, request(s))
        if meaning.fresh:
            assert declared.result is not None
            if isinstance(self.abstraction.seen_as(declared.result), t.Enum):
                return lambda s: ("pair", s.strand, s.step, _as_list(parts[0](s)))
            return lambda s: ("fresh", s.strand, s.step, name)
        if name == "content-digest":
            return lambda s: ("digest", parts[0](s))
        if meaning.commutes:
            return lambda s: derived(parts[0](s), parts[1](s), tuple(p(s) for p in parts[2:]))
        if meaning.injective:
            return lambda s: (name, *(part(s) for part in parts))
        raise ValueError(f"{name} has no result")

    def ghosts_set(self, call: x.Expression, scope: Scope) -> dict[str, Value]:
        """The party ghosts that an operation called for its effect changes."""
        assert isinstance(call, x.OperationCall)
        meaning = self.abstraction.operations[call.operation]
        return {name: self.value(node, scope) for name, node in meaning.sets}


def _first_common(preferred: Value, others: Value, nothing: Value) -> Value:
    return next((member for member in preferred if member in others), nothing)


def _as_list(groups: Value) -> tuple[str, ...]:
    return (groups,) if isinstance(groups, str) else tuple(groups)


def _variable(node: x.Variable) -> Reader:
    name = node.name
    match node.root:
        case x.Root.MESSAGE:
            return lambda s: s.message[name]
        case x.Root.ENVELOPE:
            return lambda s: s.envelope[name]
        case x.Root.CONFIG:
            return lambda s: s.config[name]
        case x.Root.SESSION:
            return lambda s: s.session[name]
        case x.Root.ARGUMENT:
            return lambda s: s.argument.get(name, ("argument", s.strand, name))
        case x.Root.PARAMETER:
            return lambda s: s.parameters[name]
        case x.Root.SENT:
            return lambda s: s.sent[name]
        case x.Root.FAILURE:
            return lambda s: s.failure.get(name, OTHER)
        case x.Root.NOW:
            return lambda s: s.now
        case x.Root.SCENE:
            scene, _, ghost = name.partition(".")
            if scene == "party":
                return lambda s: s.session[ghost] if ghost in s.session else s.party[ghost]
            return lambda s: s.scene[name]


def default_config(evaluator: Evaluator, fields: Mapping[str, Any]) -> dict[str, Value]:
    """A configuration of defaults; what has none is left empty."""
    scope = Scope()
    return {
        f.name: evaluator.empty(f.type)
        if f.default is None
        else _in_type(evaluator.value(f.default, scope), f.type)
        for f in fields.values()
    }


def _in_type(value: Value, kind: t.Type) -> Value:
    return frozenset(value) if isinstance(kind, t.SetOf) else value


def is_term(abstraction: Abstraction, kind: t.Type) -> bool:
    """Whether values of a type are terms."""
    seen = abstraction.seen_as(kind)
    if isinstance(seen, t.Opaque):
        return abstraction.types.get(seen.name, TERM) == TERM
    return isinstance(seen, t.Octets | t.Text)
