"""Components and alternatives: COMPONENTS OF expanded, automatic tags given."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from interlock.asn1.resolve_names import Scope
from interlock.asn1.rules import Failure, asn1_error, failure
from interlock.asn1.syntax import ComponentsOf, Member, Structure, Tagged, TypeSyntax
from interlock.asn1.types import (
    Alternative,
    ChoiceType,
    Tag,
    TagClass,
    TaggingDefault,
    TagPrefix,
    Type,
)
from interlock.core.diagnostics import Label
from interlock.core.source import Span

if TYPE_CHECKING:
    from interlock.asn1.resolve import Resolver


MAX_COMPONENTS = 10_000  # of one structure: COMPONENTS OF can double them at every step


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A member, the scope that it was written in, and its automatic tag, if it gets one."""

    member: Member
    scope: Scope
    automatic: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """The members of a structure in their places, COMPONENTS OF expanded."""

    root: tuple[Item, ...]
    extensible: bool
    additions: tuple[tuple[Item, ...], ...]
    root_after: tuple[Item, ...]

    @property
    def added(self) -> tuple[Item, ...]:
        """All additions without their grouping."""
        return tuple(item for group in self.additions for item in group)


class StructureResolver:
    """What SEQUENCE, SET and CHOICE have in common; the base of the resolver of types."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._parts: dict[tuple[Structure, Scope], Parts] = {}
        self._expanding: set[tuple[Structure, Scope]] = set()

    def resolve(self, syntax: TypeSyntax, scope: Scope) -> Type:
        """Resolve a type; see ``TypeResolver``."""
        raise NotImplementedError

    def needs_explicit(self, syntax: TypeSyntax, scope: Scope) -> bool:
        """Whether a tag must be explicit; see ``TypeResolver``."""
        raise NotImplementedError

    # --- members ---

    def parts(self, syntax: Structure, scope: Scope) -> Parts:
        """The members of a structure.

        Raises:
            Failure: COMPONENTS OF an unsuitable type, or of the structure itself.
        """
        key = (syntax, scope)
        if key not in self._parts:
            if key in self._expanding:
                raise failure("ASN030", "structure has its own components", syntax.span)
            self._expanding.add(key)
            try:
                with self._resolver.deeper(syntax.span):
                    self._parts[key] = self._find_parts(syntax, scope)
            finally:
                self._expanding.discard(key)
        return self._parts[key]

    def _find_parts(self, syntax: Structure, scope: Scope) -> Parts:
        root = self._expand(syntax.root, syntax, scope)
        additions = tuple(self._expand(group, syntax, scope) for group in syntax.additions)
        root_after = self._expand(syntax.root_after, syntax, scope)
        extensible = syntax.extensible or scope.table.syntax.extensibility_implied
        if not self._is_automatic(syntax, scope):
            return Parts(root, extensible, additions, root_after)
        # The root is numbered first, on both sides of the additions (X.680 25.8).
        number = 0
        root, number = _number(root, number)
        root_after, number = _number(root_after, number)
        numbered: list[tuple[Item, ...]] = []
        for group in additions:
            group, number = _number(group, number)
            numbered.append(group)
        return Parts(root, extensible, tuple(numbered), root_after)

    def _is_automatic(self, syntax: Structure, scope: Scope) -> bool:
        """Decided before COMPONENTS OF is expanded, by the tags written here (X.680 25.3)."""
        if scope.table.tagging is not TaggingDefault.AUTOMATIC:
            return False
        written = (*syntax.root, *syntax.root_after)
        return not any(isinstance(m, Member) and isinstance(m.type, Tagged) for m in written)

    def _expand(
        self, members: Iterable[Member | ComponentsOf], around: Structure, scope: Scope
    ) -> tuple[Item, ...]:
        result: list[Item] = []
        for member in members:
            if isinstance(member, Member):
                result.append(Item(member, scope))
                continue
            base = self._resolver.bases.base(member.type, scope)
            if not isinstance(base.syntax, Structure) or base.word != around.word:
                message = f"COMPONENTS OF a type that is no {around.word}"
                raise failure("ASN055", message, member.span)
            inner = self.parts(base.syntax, base.scope)
            result.extend((*inner.root, *inner.root_after))
            if len(result) > MAX_COMPONENTS:
                message = f"leads to more than {MAX_COMPONENTS} components"
                raise failure("ASN003", message, member.span)
        return tuple(result)

    def check_names(self, syntax: Structure, items: Iterable[Item]) -> None:
        """Report identifiers that occur twice."""
        seen: dict[str, Span] = {}
        what = "alternative" if syntax.word == "CHOICE" else "component"
        for item in items:
            name, span = item.member.name, item.member.span
            if name in seen:
                message = f'{what} "{name}" occurs twice'
                labels = [Label(seen[name], "first here")]
                self._resolver.findings.append(asn1_error("ASN021", message, span, labels=labels))
            seen.setdefault(name, span)

    def item_type(self, item: Item) -> Type:
        """The type of a member with its automatic tag in front."""
        type_ = self.resolve(item.member.type, item.scope)
        if item.automatic is None:
            return type_
        explicit = self.needs_explicit(item.member.type, item.scope)
        prefix = TagPrefix(Tag(TagClass.CONTEXT, item.automatic), explicit)
        return replace(type_, prefixes=(prefix, *type_.prefixes))

    # --- CHOICE ---

    def choice(self, syntax: Structure, scope: Scope) -> ChoiceType:
        """Resolve the alternatives."""
        parts = self.parts(syntax, scope)
        items = [*parts.root, *parts.added]
        self.check_names(syntax, items)
        alternatives: list[Alternative] = []
        for index, item in enumerate(items):
            try:
                type_ = self.item_type(item)
            except Failure as problem:
                self._resolver.report(problem)
                continue
            alternatives.append(
                Alternative(
                    name=item.member.name,
                    type=type_,
                    is_addition=index >= len(parts.root),
                    span=item.member.span,
                )
            )
        return ChoiceType(alternatives=tuple(alternatives), extensible=parts.extensible)


def _number(items: tuple[Item, ...], first: int) -> tuple[tuple[Item, ...], int]:
    """Give automatic tags from ``first`` on; those given in another module are replaced."""
    numbered = tuple(
        Item(item.member, item.scope, number) for number, item in enumerate(items, first)
    )
    return numbered, first + len(items)
