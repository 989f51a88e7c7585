"""Bodies of actions carried out on terms: what is sent, and what variables are worth after.

A body has one path per combination of branches. Where an operation (randomness, keys) gives a
value, the value is an unknown of its own: nothing is claimed about it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import z3

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.verification.terms import Members, Term, Terms


@dataclass(frozen=True)
class Sending:
    """What is sent on a path: a PDU with its fields, or an EnvPDU (``message`` is None).

    A field that an operation makes has no value here. ``stated`` is what the model says about
    the EnvPDU.
    """

    action: m.Send | m.SendEnvelope
    carrier: str
    message: str | None
    fields: Mapping[str, Term]
    stated: Mapping[str, x.Expression]


@dataclass(frozen=True)
class Path:
    """One way through a body.

    ``values`` are those of the session variables after it, as terms over the values before it;
    a variable that is not in it has kept its value. ``origins`` are the expressions last
    assigned to variables.
    """

    conditions: tuple[z3.BoolRef, ...] = ()
    values: Mapping[str, Term] = field(default_factory=dict)
    origins: Mapping[str, x.Expression] = field(default_factory=dict)
    actions: tuple[m.Action, ...] = ()
    sent: tuple[Sending, ...] = ()


def paths(
    machine: m.Machine, terms: Terms, body: m.Body, before: Path | None = None
) -> tuple[Path, ...]:
    """Every way through a body, after what ``before`` has done."""
    return tuple(_Walk(machine, terms).through(body, before or Path()))


def evaluate(
    machine: m.Machine,
    terms: Terms,
    node: x.Expression,
    path: Path,
    bound: Mapping[str, x.Expression] | None = None,
) -> Term:
    """The value of an expression where a path has got to; ``bound`` as in ``Terms.condition``."""
    return _Walk(machine, terms).value(node, path, bound)


def has_operation(node: x.Expression) -> bool:
    """Whether a value comes from an operation, so that nothing is known of it."""
    return any(isinstance(part, x.OperationCall) for part in x.walk(node))


class _Walk:
    def __init__(self, machine: m.Machine, terms: Terms) -> None:
        self._machine = machine
        self._terms = terms

    def through(self, body: m.Body, path: Path) -> Iterator[Path]:
        """Every way through a body from where a path has got to."""
        if not body:
            yield path
            return
        action, rest = body[0], body[1:]
        if isinstance(action, m.Choose):
            for branch in action.branches:
                chosen = self.value(branch.when, path)
                entered = replace(path, conditions=(*path.conditions, chosen))
                yield from self.through((*branch.body, *rest), entered)
        else:
            yield from self.through(rest, self._after(action, path))

    def _after(self, action: m.Action, path: Path) -> Path:
        path = replace(path, actions=(*path.actions, action))
        match action:
            case m.Set(variable=name, value=node):
                return replace(
                    path,
                    values={**path.values, name: self._assigned(name, node, path)},
                    origins={**path.origins, name: node},
                )
            case m.Send():
                fields = {
                    name: self.value(node, path)
                    for name, node in action.fields
                    if not (has_operation(node) or _names_failure(node))
                }
                sending = Sending(
                    action, action.carrier, action.message, fields, dict(action.envelope)
                )
            case m.SendEnvelope():
                sending = Sending(action, action.carrier, None, {}, dict(action.envelope))
            case _:
                return path
        return replace(path, sent=(*path.sent, sending))

    def _assigned(self, name: str, node: x.Expression, path: Path) -> Term:
        if not has_operation(node) and not _names_sent(node):
            return self.value(node, path)
        kind = self._machine.session[name].type
        return self._terms.variable(f"made:{name}:{len(path.actions)}", kind)

    def value(
        self, node: x.Expression, path: Path, bound: Mapping[str, x.Expression] | None = None
    ) -> Term:
        """The value of an expression after what the path has assigned."""
        term = self._terms.term(node, bound or {})
        pairs = list(self._pairs(path))
        if not pairs:
            return term
        if isinstance(term, Members):
            present = {name: z3.substitute(p, *pairs) for name, p in term.present.items()}
            return Members(present, z3.substitute(term.count, *pairs))
        return z3.substitute(term, *pairs)

    def _pairs(self, path: Path) -> Iterator[tuple[z3.ExprRef, z3.ExprRef]]:
        for name, new in path.values.items():
            old = self._terms.variable(f"session.{name}", self._machine.session[name].type)
            if isinstance(old, Members):
                assert isinstance(new, Members)
                yield from ((old.present[key], new.present[key]) for key in old.present)
                yield old.count, new.count
            else:
                yield old, new


def _names_failure(node: x.Expression) -> bool:
    return _has_root(node, x.Root.FAILURE)


def _names_sent(node: x.Expression) -> bool:
    return _has_root(node, x.Root.SENT)


def _has_root(node: x.Expression, root: x.Root) -> bool:
    return any(isinstance(part, x.Variable) and part.root is root for part in x.walk(node))


def is_finite(kind: t.Type) -> bool:
    """Whether the values of a type can be listed."""
    return isinstance(kind, t.Bool | t.Enum)
