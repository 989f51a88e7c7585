"""Checks on the resolved model: distinct tags, and types that have a finite value."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from interlock.asn1.external import universal_tag
from interlock.asn1.flatten import references
from interlock.asn1.rules import asn1_error
from interlock.asn1.types import (
    Alternative,
    Asn1Model,
    BitStringType,
    BooleanType,
    ChoiceType,
    ClassFieldType,
    Component,
    EnumeratedType,
    ExternalType,
    IntegerType,
    ListType,
    NullType,
    ObjectIdentifierType,
    OctetStringType,
    OpenType,
    Presence,
    RealType,
    ReferenceType,
    StringType,
    StructureType,
    Tag,
    TagClass,
    TimeType,
    Type,
)
from interlock.core.diagnostics import Diagnostic, Label

_UNIVERSAL: Mapping[type[Type], int] = {
    BooleanType: 1,
    IntegerType: 2,
    BitStringType: 3,
    OctetStringType: 4,
    NullType: 5,
    RealType: 9,
    EnumeratedType: 10,
}


@dataclass(frozen=True, slots=True)
class TagSet:
    """The tags that an encoding of a type can start with; an open type has all."""

    tags: frozenset[Tag] = frozenset()
    is_open: bool = False


class _Seen:
    """Members met so far, by their tags."""

    def __init__(self) -> None:
        self._by_tag: dict[Tag, Component | Alternative] = {}
        self._open: Component | Alternative | None = None
        self._first: Component | Alternative | None = None

    def clash(self, tags: TagSet) -> tuple[Component | Alternative, str] | None:
        """A member before that has a tag of these too, and what they share."""
        if self._open is not None:
            return self._open, "every tag of an open type"
        if tags.is_open and self._first is not None:
            return self._first, "a tag with an open type"
        common = sorted(tag for tag in tags.tags if tag in self._by_tag)
        return (self._by_tag[common[0]], f"tag {common[0]}") if common else None

    def add(self, member: Component | Alternative, tags: TagSet) -> None:
        """Remember a member."""
        self._first = self._first or member
        if tags.is_open:
            self._open = self._open or member
        for tag in tags.tags:
            self._by_tag.setdefault(tag, member)


class StructureChecker:
    """Checks all definitions of a model."""

    def __init__(self, model: Asn1Model) -> None:
        self._types = model.types
        self._known: dict[str, TagSet] = {}
        self.findings: list[Diagnostic] = []

    def run(self) -> list[Diagnostic]:
        """All findings."""
        endless = self._endless()
        for definition in self._types.values():
            if definition.key in endless:
                message = f'every value of "{definition.name}" contains another one'
                self.findings.append(asn1_error("ASN031", message, definition.span))
        if not endless:
            for definition in self._types.values():
                for type_ in _inside(definition.type):
                    self._check(type_)
        return list(dict.fromkeys(self.findings))

    # --- tags ---

    def tags(self, type_: Type) -> TagSet:
        """The outermost tags of a type, through references and CHOICEs."""
        self._know(type_)
        return self._combine(type_)

    def _know(self, type_: Type) -> None:
        """Compute the tags of every definition that decides those of ``type_``, inner ones first.

        With a stack of its own: chains of references may be longer than Python's.
        """
        waiting = [key for key in _deciding(type_) if key not in self._known]
        opened: set[str] = set()
        while waiting:
            key = waiting[-1]
            inner = self._types[key].type
            missing = [k for k in _deciding(inner) if k not in self._known and k not in opened]
            if key not in opened and missing:
                opened.add(key)
                waiting += missing
            else:  # a CHOICE inside itself adds no tag, so what is open counts as empty
                waiting.pop()
                self._known.setdefault(key, self._combine(inner))

    def _combine(self, type_: Type) -> TagSet:
        if type_.prefixes:
            return TagSet(frozenset((type_.prefixes[0].tag,)))
        if isinstance(type_, ReferenceType):
            return self._known.get(type_.definition, TagSet())
        if isinstance(type_, ClassFieldType):
            return self._combine(type_.actual)
        if isinstance(type_, OpenType):
            return TagSet(is_open=True)
        if isinstance(type_, ChoiceType):
            sets = [self._combine(alternative.type) for alternative in type_.alternatives]
            all_tags = frozenset(tag for tags in sets for tag in tags.tags)
            return TagSet(all_tags, any(tags.is_open for tags in sets))
        return TagSet(frozenset((Tag(TagClass.UNIVERSAL, universal_number(type_)),)))

    def _check(self, type_: Type) -> None:
        if isinstance(type_, ChoiceType):
            self._all_distinct(type_.alternatives, "alternatives")
        elif isinstance(type_, StructureType) and type_.is_set:
            self._all_distinct(type_.components, "components of a SET")
        elif isinstance(type_, StructureType):
            self._check_runs(type_)

    def _all_distinct(self, members: Iterable[Component | Alternative], what: str) -> None:
        before = _Seen()
        for member in members:
            tags = self.tags(member.type)
            clash = before.clash(tags)
            if clash is not None:
                other, shared = clash
                message = f'{what} "{other.name}" and "{member.name}" share {shared}'
                self._report("ASN024", message, member, other)
            before.add(member, tags)

    def _check_runs(self, type_: StructureType) -> None:
        """X.680 25.6. To a sender of an earlier version every addition is absent."""
        added = {c.name for group in type_.additions for c in group}
        run = _Seen()
        for component in type_.components:
            tags = self.tags(component.type)
            clash = run.clash(tags)
            if clash is not None:
                other, shared = clash
                message = (
                    f'"{other.name}" may be absent and shares {shared} with "{component.name}"'
                )
                self._report("ASN025", message, component, other)
            if component.presence is not Presence.MANDATORY or component.name in added:
                run.add(component, tags)
            else:
                run = _Seen()

    def _report(
        self,
        code: str,
        message: str,
        member: Component | Alternative,
        other: Component | Alternative,
    ) -> None:
        label = Label(other.span, "the other one")
        self.findings.append(asn1_error(code, message, member.span, labels=[label]))

    # --- finite values ---

    def _endless(self) -> set[str]:
        """Definitions without a finite value: the complement of the least fixed point."""
        users: dict[str, list[str]] = {key: [] for key in self._types}
        for key, definition in self._types.items():
            for used in set(references(definition.type)):
                users[used].append(key)
        finite: set[str] = set()
        waiting = deque(self._types)
        while waiting:
            key = waiting.popleft()
            if key not in finite and self._is_finite(self._types[key].type, finite):
                finite.add(key)
                waiting.extend(users[key])
        return set(self._types) - finite

    def _is_finite(self, type_: Type, finite: set[str]) -> bool:
        if isinstance(type_, ReferenceType):
            return type_.definition in finite
        if isinstance(type_, StructureType):
            needed = (*type_.root, *type_.root_after)
            return all(
                c.presence is not Presence.MANDATORY or self._is_finite(c.type, finite)
                for c in needed
            )
        if isinstance(type_, ChoiceType):
            return any(self._is_finite(a.type, finite) for a in type_.alternatives)
        if isinstance(type_, ListType):
            size = type_.constraints.size
            may_be_empty = not size or (size[0].low or 0) == 0
            return may_be_empty or self._is_finite(type_.element, finite)
        return True


def universal_number(type_: Type) -> int:
    """The universal tag number of a type that is no CHOICE, reference or open type.

    Source: X.680 table 1.
    """
    if isinstance(type_, StringType | TimeType):
        return type_.universal
    if isinstance(type_, StructureType | ListType):
        return 17 if type_.is_set else 16
    if isinstance(type_, ObjectIdentifierType):
        return 13 if type_.relative else 6
    if isinstance(type_, ExternalType):
        return universal_tag(type_)
    return _UNIVERSAL[type(type_)]


def _deciding(type_: Type) -> Iterator[str]:
    """The definitions whose outermost tags are among those of a type."""
    if type_.prefixes:
        return
    if isinstance(type_, ReferenceType):
        yield type_.definition
    elif isinstance(type_, ClassFieldType):
        yield from _deciding(type_.actual)
    elif isinstance(type_, ChoiceType):
        for alternative in type_.alternatives:
            yield from _deciding(alternative.type)


def _inside(type_: Type) -> Iterator[Type]:
    """A type and everything written inside it."""
    yield type_
    if isinstance(type_, StructureType):
        for component in type_.components:
            yield from _inside(component.type)
    elif isinstance(type_, ChoiceType):
        for alternative in type_.alternatives:
            yield from _inside(alternative.type)
    elif isinstance(type_, ListType):
        yield from _inside(type_.element)
    if type_.constraints.containing is not None:
        yield from _inside(type_.constraints.containing)


def check_structure(model: Asn1Model) -> list[Diagnostic]:
    """Check tags and recursion of every definition of a model without faults."""
    return StructureChecker(model).run()
