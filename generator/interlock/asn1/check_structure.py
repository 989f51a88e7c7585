"""Checks on the resolved model: distinct tags, and types that have a finite value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from interlock.asn1.external import universal_tag
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

    def clash(self, other: TagSet) -> str | None:
        """What both have in common, in words; None when they are distinct."""
        if self.is_open or other.is_open:
            return "an open type, which has every tag,"
        common = self.tags & other.tags
        return f"tag {min(common)}" if common else None


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
        if type_.prefixes:
            return TagSet(frozenset((type_.prefixes[0].tag,)))
        if isinstance(type_, ReferenceType):
            return self._tags_of(type_.definition)
        if isinstance(type_, ClassFieldType):
            return self.tags(type_.actual)
        if isinstance(type_, OpenType):
            return TagSet(is_open=True)
        if isinstance(type_, ChoiceType):
            sets = [self.tags(alternative.type) for alternative in type_.alternatives]
            all_tags = frozenset(tag for tags in sets for tag in tags.tags)
            return TagSet(all_tags, any(tags.is_open for tags in sets))
        return TagSet(frozenset((Tag(TagClass.UNIVERSAL, universal_number(type_)),)))

    def _tags_of(self, key: str) -> TagSet:
        if key not in self._known:
            self._known[key] = TagSet()  # a CHOICE inside itself adds no tag
            self._known[key] = self.tags(self._types[key].type)
        return self._known[key]

    def _check(self, type_: Type) -> None:
        if isinstance(type_, ChoiceType):
            self._all_distinct(type_.alternatives, "alternatives")
        elif isinstance(type_, StructureType) and type_.is_set:
            self._all_distinct(type_.components, "components of a SET")
        elif isinstance(type_, StructureType):
            self._check_runs(type_)

    def _all_distinct(self, members: Iterable[Component | Alternative], what: str) -> None:
        before: list[tuple[Component | Alternative, TagSet]] = []
        for member in members:
            tags = self.tags(member.type)
            for other, other_tags in before:
                clash = tags.clash(other_tags)
                if clash is not None:
                    message = f'{what} "{other.name}" and "{member.name}" share {clash}'
                    self._report("ASN024", message.rstrip(","), member, other)
                    break
            before.append((member, tags))

    def _check_runs(self, type_: StructureType) -> None:
        """X.680 25.6. To a sender of an earlier version every addition is absent."""
        added = {c.name for group in type_.additions for c in group}
        run: list[tuple[Component, TagSet]] = []
        for component in type_.components:
            tags = self.tags(component.type)
            for other, other_tags in run:
                clash = tags.clash(other_tags)
                if clash is not None:
                    message = f'"{other.name}" may be absent and shares {clash}'
                    message = f'{message.rstrip(",")} with "{component.name}"'
                    self._report("ASN025", message, component, other)
                    break
            may_be_absent = component.presence is not Presence.MANDATORY
            if may_be_absent or component.name in added:
                run.append((component, tags))
            else:
                run = []

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
        finite: set[str] = set()
        waiting = set(self._types)
        while waiting:
            ready = {key for key in waiting if self._is_finite(self._types[key].type, finite)}
            if not ready:
                break
            finite |= ready
            waiting -= ready
        return waiting

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
