"""Component paths: from a PDU inward by the identifiers of its ASN.1 type."""

from __future__ import annotations

from interlock.asn1.types import (
    Asn1Model,
    ChoiceType,
    ClassFieldType,
    ReferenceType,
    StructureType,
    Type,
)


class UnknownStep(Exception):
    """A path leads nowhere: ``step`` is not among ``known`` at that point."""

    def __init__(self, step: str, known: tuple[str, ...]) -> None:
        self.step, self.known = step, known
        super().__init__(step)


def resolve_path(model: Asn1Model, key: str, path: str) -> Type:
    """The type at ``path`` inside the definition ``key``, references followed.

    Steps name components of a SEQUENCE or SET and alternatives of a CHOICE; lists cannot be
    entered. The empty path is the definition itself.

    Raises:
        KeyError: There is no definition ``key``.
        UnknownStep: A step names nothing.
    """
    here = dereference(model, model.types[key].type)
    for step in path.split(".") if path else ():
        inner = members(here)
        if step not in inner:
            raise UnknownStep(step, tuple(inner))
        here = dereference(model, inner[step])
    return here


def members(type_: Type) -> dict[str, Type]:
    """The components or alternatives of a type by identifier; empty for other types."""
    if isinstance(type_, StructureType):
        return {component.name: component.type for component in type_.components}
    if isinstance(type_, ChoiceType):
        return {alternative.name: alternative.type for alternative in type_.alternatives}
    return {}


def dereference(model: Asn1Model, type_: Type) -> Type:
    """The type itself behind names and class fields; the front end refuses circular ones."""
    while isinstance(type_, (ReferenceType, ClassFieldType)):
        if isinstance(type_, ReferenceType):
            type_ = model.types[type_.definition].type
        else:
            type_ = type_.actual
    return type_
