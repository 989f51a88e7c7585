"""What a type comes down to: following names, tags and constraints to the built-in constructor.

This walk never looks inside a SEQUENCE, so it ends for every recursive type that is legal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interlock.asn1.resolve_names import Actual, Scope, Symbol, wrong_kind
from interlock.asn1.rules import Failure, failure
from interlock.asn1.syntax import (
    Braced,
    Builtin,
    ClassSyntax,
    Constrained,
    Constraint,
    Enumeration,
    FieldType,
    Form,
    InstanceOf,
    ListOf,
    Member,
    NumberedType,
    Selection,
    Structure,
    Tagged,
    TypeReference,
    TypeSyntax,
)
from interlock.asn1.types import UNCONSTRAINED, Constraints
from interlock.core.diagnostics import Label

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver

OPEN = "open type"

Place = tuple[TypeSyntax, Scope]


@dataclass(frozen=True, slots=True, eq=False)
class Base:
    """The end of a chain of names.

    ``word`` is ``INTEGER``, ``SEQUENCE``, ``SEQUENCE OF``, ``open type`` or another built-in
    name; ``tagged`` tells that a tag stands on the way; ``constraints`` are all on the way.
    """

    word: str
    syntax: TypeSyntax
    scope: Scope
    tagged: bool
    constraints: Constraints

    @property
    def is_open(self) -> bool:
        """Whether this is an untagged CHOICE or open type, which cannot be tagged IMPLICIT."""
        return not self.tagged and self.word in ("CHOICE", OPEN)


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """From one place of a chain to the following one, with what it adds."""

    place: Place
    following: Place
    tagged: bool = False
    constraint: Constraint | None = None
    where: Scope | None = None  # of the constraint


class BaseResolver:
    """Finds bases; remembers them by place."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._known: dict[tuple[TypeSyntax, Scope], Base] = {}
        self._active: dict[tuple[TypeSyntax, Scope], int] = {}  # 2: entered from itself
        self._circular: set[tuple[TypeSyntax, Scope]] = set()

    def base(self, syntax: TypeSyntax, scope: Scope, *, strict: bool = False) -> Base:
        """The base of a type; ``strict`` where its constraints are needed, not only its kind.

        Raises:
            Failure: A name is unknown or no type, or the chain is a circle.
        """
        place = (syntax, scope)
        known = self._known.get(place)
        if known is not None:
            return known
        if self._active.get(place) == 2 or (strict and place in self._active):
            self._circular |= set(self._active)
            raise self._circle(syntax, syntax)
        # A constraint may refer to the type that it constrains (CONTAINING, or a value of the
        # type as an end of a range): seen from there the constraint is not yet in force.
        again = place in self._active
        self._active[place] = 2 if again else 1
        try:
            steps, end = self._walk(syntax, scope)
            return self._unwind(steps, end, constrained=not again)
        finally:
            if again:
                self._active[place] = 1
            else:
                del self._active[place]

    def _walk(self, syntax: TypeSyntax, scope: Scope) -> tuple[list[_Step], Base]:
        """Go to the end of the chain, or to where it is known already."""
        start = syntax
        seen: set[tuple[TypeSyntax, Scope]] = set()
        steps: list[_Step] = []
        while True:
            place = (syntax, scope)
            if place in self._circular:
                raise Failure(None)  # the circle was reported at its first member
            if place in seen:
                self._circular |= seen
                raise self._circle(start, syntax)
            if place in self._known:
                return steps, self._known[place]
            seen.add(place)
            step = self._step(syntax, scope)
            if step is None:
                return steps, self._end(syntax, scope)
            steps.append(step)
            syntax, scope = step.following

    def _step(self, syntax: TypeSyntax, scope: Scope) -> _Step | None:
        """One step of the chain; None at its end."""
        place = (syntax, scope)
        if isinstance(syntax, Tagged):
            return _Step(place, (syntax.type, scope), tagged=True)
        if isinstance(syntax, Constrained):
            return _Step(place, (syntax.type, scope), constraint=syntax.constraint, where=scope)
        if isinstance(syntax, TypeReference):
            inside, where, set_constraint = self.follow(syntax, scope)
            return _Step(place, (inside, where), constraint=set_constraint, where=where)
        if isinstance(syntax, Selection):
            member, where = self.selected(syntax, scope)
            return _Step(place, (member.type, where))
        if isinstance(syntax, FieldType):
            found = self._resolver.classes.type_of_field(syntax, scope)
            return _Step(place, found) if found is not None else None
        return None

    def _end(self, syntax: TypeSyntax, scope: Scope) -> Base:
        end = Base(word_of(syntax), syntax, scope, tagged=False, constraints=UNCONSTRAINED)
        if isinstance(syntax, ListOf) and syntax.constraint is not None:
            narrowed = self._resolver.constraints.narrow(end, syntax.constraint, scope)
            return replace(end, constraints=narrowed)
        return end

    def _unwind(self, steps: list[_Step], end: Base, *, constrained: bool) -> Base:
        """Put tags and constraints on from the inside; every place on the way becomes known."""
        result = end
        for step in reversed(steps):
            if step.tagged:
                result = replace(result, tagged=True)
            if step.constraint is not None and step.where is not None and constrained:
                narrow = self._resolver.constraints.narrow
                result = replace(result, constraints=narrow(result, step.constraint, step.where))
            if constrained:
                self._known[step.place] = result
        return result

    def _circle(self, start: TypeSyntax, again: TypeSyntax) -> Failure:
        labels = [Label(again.span, "leads back here")] if again is not start else []
        return failure("ASN030", "type is defined by itself", start.span, labels=labels)

    # --- single steps ---

    def follow(
        self, syntax: TypeReference, scope: Scope
    ) -> tuple[TypeSyntax, Scope, Constraint | None]:
        """One step through a name: the type behind it, and the constraint of a value set."""
        reference = syntax.reference
        found = self._resolver.names.lookup(reference, scope)
        if isinstance(found, Actual):
            return self._follow_actual(found, syntax)
        assignment = found.assignment
        if assignment.form is Form.TYPE and assignment.body is not None:
            if self._resolver.classes.of_symbol(found, scope) is not None:
                raise wrong_kind(found, "a type", syntax.span)
            inside = self._resolver.names.enter(found, reference, scope)
            body = assignment.body
            assert not isinstance(body, ClassSyntax)
            return body, inside, None
        if assignment.form is Form.SET and assignment.governor is not None:
            return self._follow_set(found, syntax, scope)
        raise wrong_kind(found, "a type", syntax.span)

    def _follow_actual(
        self, found: Actual, syntax: TypeReference
    ) -> tuple[TypeSyntax, Scope, Constraint | None]:
        governor = found.parameter.governor
        if governor is None:
            return found.as_type(), found.scope, None
        if not found.parameter.name[0].isupper():
            raise wrong_kind(found, "a type", syntax.span)
        written = found.as_set()
        if isinstance(written, TypeReference):
            return written, found.scope, None
        constraint = self._resolver.constraints.of_value_set(written)
        return governor, found.scope, constraint

    def _follow_set(
        self, found: Symbol, syntax: TypeReference, scope: Scope
    ) -> tuple[TypeSyntax, Scope, Constraint | None]:
        governor, right = found.assignment.governor, found.assignment.right
        assert governor is not None
        assert isinstance(right, Braced)
        inside = self._resolver.names.enter(found, syntax.reference, scope)
        if self._resolver.classes.find(governor, inside) is not None:
            raise wrong_kind(found, "a type", syntax.span)
        return governor, inside, self._resolver.constraints.of_value_set(right)

    def selected(self, syntax: Selection, scope: Scope) -> tuple[Member, Scope]:
        """The alternative that a selection type names, and where it was written."""
        choice = self.base(syntax.type, scope)
        if not isinstance(choice.syntax, Structure) or choice.word != "CHOICE":
            message = f'selection of "{syntax.alternative}" from a type that is no CHOICE'
            raise failure("ASN055", message, syntax.span)
        written = choice.syntax
        for member in (*written.root, *(m for group in written.additions for m in group)):
            if isinstance(member, Member) and member.name == syntax.alternative:
                return member, choice.scope
        message = f'the CHOICE has no alternative "{syntax.alternative}"'
        label = Label(written.span, "this CHOICE")
        raise failure("ASN055", message, syntax.span, labels=[label])


def word_of(syntax: TypeSyntax) -> str:
    """The name of a built-in type as diagnostics and rules call it."""
    if isinstance(syntax, FieldType) or (isinstance(syntax, Builtin) and syntax.name == "ANY"):
        return OPEN
    if isinstance(syntax, Builtin | NumberedType):
        return syntax.name
    if isinstance(syntax, Enumeration):
        return "ENUMERATED"
    if isinstance(syntax, Structure):
        return syntax.word
    if isinstance(syntax, ListOf):
        return "SET OF" if syntax.is_set else "SEQUENCE OF"
    assert isinstance(syntax, InstanceOf), syntax
    return "INSTANCE OF"
