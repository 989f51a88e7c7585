"""The contexts of vocabulary, configuration and message modules in Python."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from interlock.codegen.contexts.python_expressions import empty_value, python, python_type
from interlock.codegen.names.python import (
    attribute_name,
    class_name,
    constant_name,
    member_name,
    module_name,
)
from interlock.ir import handler as ir
from interlock.model import types as t

# --- vocabulary ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MemberView:
    """A member of an enumeration."""

    name: str
    value: str
    number: int
    has_number: bool
    oid: str


@dataclass(frozen=True, slots=True)
class EnumerationView:
    """An enumeration and the tables beside it."""

    name: str
    constant: str
    words: str
    clause: str
    members: tuple[MemberView, ...]
    has_numbers: bool
    has_oids: bool
    has_names: bool


@dataclass(frozen=True, slots=True)
class PairView:
    """A name and a value."""

    name: str
    value: object


@dataclass(frozen=True, slots=True)
class VocabularyContext:
    """Context of ``handlers/vocabulary.py``."""

    header: str
    enumerations: tuple[EnumerationView, ...]
    oids: tuple[PairView, ...]
    parameters: tuple[PairView, ...]
    protected_protocols: tuple[PairView, ...]


def vocabulary_context(source: ir.VocabularyIR) -> VocabularyContext:
    """The context of the enumerations."""
    oids = {a.name: a.oid for a in source.algorithms}
    return VocabularyContext(
        header="",
        enumerations=tuple(_enumeration(e, oids) for e in source.enumerations),
        oids=tuple(PairView(a.name, a.oid) for a in source.algorithms),
        parameters=tuple(
            PairView(a.name, a.parameters) for a in source.algorithms if a.parameters is not None
        ),
        protected_protocols=tuple(
            PairView(f"ProtectedProtocol.{member_name(name)}", text)
            for name, text in source.protected_protocols
        ),
    )


def _enumeration(source: ir.Enumeration, oids: dict[str, str]) -> EnumerationView:
    from_algorithms = source.source == "algorithms"
    members = tuple(
        MemberView(
            member_name(m.name),
            m.name,
            m.number or 0,
            m.number is not None,
            oids.get(m.name, "") if from_algorithms else "",
        )
        for m in source.members
    )
    if source.has_other:
        members += (MemberView("other", "other", 0, False, ""),)
    return EnumerationView(
        source.name,
        constant_name(source.name),
        source.words,
        source.clause,
        members,
        any(m.has_number for m in members),
        from_algorithms,
        not from_algorithms and not any(m.has_number for m in members),
    )


# --- configuration -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfigFieldView:
    """A field of a configuration class."""

    name: str
    annotation: str
    default: str
    words: str
    clause: str


@dataclass(frozen=True, slots=True)
class ConfigView:
    """A configuration class."""

    name: str
    mode: str
    fields: tuple[ConfigFieldView, ...]


@dataclass(frozen=True, slots=True)
class ConfigurationContext:
    """Context of ``handlers/configuration.py``."""

    header: str
    configs: tuple[ConfigView, ...]
    enumerations: tuple[str, ...]


def configuration_context(source: ir.HandlersIR) -> ConfigurationContext:
    """The context of the configuration classes."""
    configs = tuple(
        ConfigView(
            config_name(mode),
            mode,
            tuple(
                ConfigFieldView(
                    attribute_name(f.name),
                    python_type(f.type),
                    _default(f),
                    f.words,
                    _clause_and(f.clause, f.assumption),
                )
                for f in fields
                if f.default is not None
            ),
        )
        for mode, fields in source.configs.items()
        if mode in source.messages
    )
    used = {
        name
        for mode, fields in source.configs.items()
        if mode in source.messages
        for f in fields
        for name in enumerations_of(f.type)
    }
    return ConfigurationContext("", configs, tuple(sorted(used)))


def _default(field: ir.ConfigFieldIR) -> str:
    return "" if field.default is None else python(field.default)


def _clause_and(clause: str, assumption: str | None) -> str:
    return f"{clause}; assumption {assumption}" if assumption else clause


def config_name(mode: str) -> str:
    """Name of the configuration class of a mode."""
    return f"{class_name((mode,))}Config"


def enumerations_of(kind: t.Type) -> tuple[str, ...]:
    """Names of the enumerations in a type."""
    match kind:
        case t.Enum(name=name):
            return (name,)
        case t.SetOf(element=element) | t.ListOf(element=element):
            return (element.name,)
        case _:
            return ()


# --- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of a view class, and how it is read."""

    name: str
    annotation: str
    default: str
    words: str
    read: str


@dataclass(frozen=True, slots=True)
class ParameterView:
    """A parameter of a builder."""

    name: str
    annotation: str
    default: str
    words: str


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message: its view class, its reader and its builder."""

    view: str
    base: str
    words: str
    clause: str
    suffix: str
    has_pdu: bool
    decode: str
    encode: str
    pdu_class: str
    fields: tuple[FieldView, ...]
    extra: tuple[PairView, ...]
    parameters: tuple[ParameterView, ...]
    covered: str
    covered_value: str
    content: str
    whole: str
    is_signed: bool
    is_icv: bool
    is_encrypted: bool
    signer_algorithm: str
    wrapped_encode: str
    alternative: str
    is_wrapped: bool


@dataclass(frozen=True, slots=True)
class CarrierView:
    """How the messages of a carrier are told apart."""

    carrier: str
    is_wrapped: bool
    is_discriminated: bool
    is_direct: bool
    is_authentication: bool
    alternatives: tuple[PairView, ...]
    decode: str
    suffix: str
    else_suffix: str
    otherwise: str
    path: str


@dataclass(frozen=True, slots=True)
class ImportView:
    """A from-import."""

    module: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessagesContext:
    """Context of ``handlers/<mode>_messages.py``."""

    header: str
    mode: str
    imports: tuple[ImportView, ...]
    messages: tuple[MessageView, ...]
    carriers: tuple[CarrierView, ...]


def view_name(message: str) -> str:
    """Name of the view class of a message."""
    return f"{class_name((message,))}View"


def suffix(message: str) -> str:
    """What functions about a message end in."""
    return attribute_name(message)


def imports_of(pairs: Iterable[tuple[str, str]]) -> tuple[ImportView, ...]:
    """Group (module, name) pairs into import statements."""
    modules: dict[str, set[str]] = {}
    for module, name in pairs:
        modules.setdefault(module, set()).add(name)
    return tuple(ImportView(m, tuple(sorted(modules[m]))) for m in sorted(modules))


def codec_module(module: str) -> str:
    """Import path of the codec of an ASN.1 module."""
    return f"iec62351_4.codec.{module_name(module)}"


def empty_of(enumerations: tuple[ir.Enumeration, ...]) -> dict[str, tuple[str, ...]]:
    """Members by enumeration, for ``empty_value``."""
    return {e.name: e.names for e in enumerations}


__all__ = [
    "CarrierView",
    "ConfigurationContext",
    "FieldView",
    "MessageView",
    "MessagesContext",
    "PairView",
    "ParameterView",
    "VocabularyContext",
    "codec_module",
    "config_name",
    "configuration_context",
    "empty_of",
    "empty_value",
    "enumerations_of",
    "imports_of",
    "suffix",
    "view_name",
    "vocabulary_context",
]
