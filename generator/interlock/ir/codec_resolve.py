"""Looking through references: from a written type to the built-in one with all its tags."""

from __future__ import annotations

from dataclasses import dataclass, replace

from interlock.asn1 import types as asn1
from interlock.asn1.external import written_out
from interlock.asn1.types import (
    UNCONSTRAINED,
    Asn1Model,
    Constraints,
    ObjectSet,
    Tag,
    TagClass,
    TagPrefix,
)

EXTERNAL = "EXTERNAL"
"""Module name and key prefix of the definition that stands for the built-in EXTERNAL."""

_CHOICES_AND_STRUCTURES = (asn1.StructureType, asn1.ListType, asn1.ChoiceType)


@dataclass(frozen=True)
class Resolved:
    """A type occurrence with its references looked through."""

    prefixes: tuple[TagPrefix, ...]
    """All tags, outermost first."""

    base: asn1.Type
    """The built-in type."""

    constraints: Constraints
    """All constraints of the occurrence and of the definitions behind it."""

    named: str | None
    """Key of the definition that ``base`` is written in; None when written in place."""

    object_set: ObjectSet | None = None
    """Table constraint on a class field."""

    @property
    def is_compound(self) -> bool:
        """Whether the type gets functions of its own."""
        return isinstance(self.base, _CHOICES_AND_STRUCTURES)


def resolve(type_: asn1.Type, model: Asn1Model) -> Resolved:
    """Look through references and class fields."""
    prefixes = list(type_.prefixes)
    constraints = type_.constraints
    named: str | None = None
    object_set: ObjectSet | None = None
    while isinstance(type_, asn1.ReferenceType | asn1.ClassFieldType):
        if isinstance(type_, asn1.ReferenceType):
            named = type_.definition
            type_ = model.types[named].type
        else:
            object_set = object_set or type_.object_set
            type_ = type_.actual
        prefixes.extend(type_.prefixes)
        constraints = merged(constraints, type_.constraints)
    if isinstance(type_, asn1.ExternalType) and not (type_.embedded or type_.character):
        named, type_ = f"{EXTERNAL}.{EXTERNAL}", EXTERNAL_TYPE
        prefixes.extend(type_.prefixes)
    return Resolved(tuple(prefixes), type_, constraints, named, object_set)


def merged(outer: Constraints, inner: Constraints) -> Constraints:
    """Constraints of a reference and of its definition together.

    A constraint of the reference is already intersected with the inherited one; what the
    reference does not constrain is inherited here.
    """
    if outer in (UNCONSTRAINED, inner):
        return inner
    if inner == UNCONSTRAINED:
        return outer
    values = outer if outer.values else inner
    size = outer if outer.size else inner
    return replace(
        outer,
        values=values.values,
        values_extensible=values.values_extensible,
        size=size.size,
        size_extensible=size.size_extensible,
        patterns=tuple(dict.fromkeys(inner.patterns + outer.patterns)),
        alphabet=outer.alphabet if outer.alphabet is not None else inner.alphabet,
        permitted=outer.permitted or inner.permitted,
        containing=outer.containing or inner.containing,
    )


EXTERNAL_TYPE = replace(
    written_out(asn1.ExternalType()),
    prefixes=(TagPrefix(Tag(TagClass.UNIVERSAL, 8), explicit=False),),
)
"""The type that EXTERNAL is associated with on the wire. Source: X.690 8.18.1."""
