"""Enumerations, opaque types, predicates and operations that the models use.

Read from ``models/vocabulary.yaml``; enumerations that a table of ``spec/`` or an ASN.1 type
already lists are taken from there, never written again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from interlock.asn1.types import EnumeratedType
from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import Span
from interlock.model import types as t
from interlock.spec import Specification
from interlock.spec.types import AlgorithmUse

OTHER = "other"
BUILT_IN = (
    "SignatureAlgorithm", "MacAlgorithm", "EncryptionAlgorithm", "AeadAlgorithm", "IcvAlgorithm",
    "HandshakeDiagnostics", "DtDiagnostics", "ProtectedProtocol", "AssociateResult",
    "AcseDiagnostic", "AbortSource", "AbortDiagnostic",
)  # fmt: skip
"""Enumerations that the rules of messages and actions refer to by name."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of an enumeration: its name, and the number it has on the wire, if it has one."""

    name: str
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Enumeration:
    """An enumeration. ``other`` stands for every value that is not listed."""

    name: str
    members: tuple[Member, ...]
    has_other: bool
    source: str  # "algorithms", "groups", "asn1" or "model"
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all members, ``other`` last."""
        return tuple(m.name for m in self.members) + ((OTHER,) if self.has_other else ())


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of a predicate, operation or check list."""

    name: str
    type: t.Type


@dataclass(frozen=True, slots=True)
class OpaqueType:
    """A type that only operations understand."""

    name: str
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Predicate:
    """A condition that the run-time support decides; without effect."""

    name: str
    parameters: tuple[Parameter, ...]
    clause: str
    words: str  # with "{parameter}" where the arguments go
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Operation:
    """Something the run-time support does or makes; ``result`` is None when it only acts."""

    name: str
    parameters: tuple[Parameter, ...]
    result: t.Type | None
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class Vocabulary:
    """All words of the models."""

    enumerations: Mapping[str, Enumeration]
    opaque: Mapping[str, OpaqueType]
    predicates: Mapping[str, Predicate]
    operations: Mapping[str, Operation]

    def type_named(self, text: str, span: Span) -> t.Type:
        """Parse a type: ``bool``, ``set of DHGroup``, ``Keys`` ...

        Raises:
            ModelError: MDL101, unknown type.
        """
        for prefix, build in (("set of ", t.SetOf), ("list of ", t.ListOf)):
            if text.startswith(prefix):
                name = text.removeprefix(prefix)
                if name in self.enumerations:
                    return build(t.Enum(name))
                raise self._unknown(name, span)
        if text in t.PLAIN:
            return t.PLAIN[text]
        if text in self.enumerations:
            return t.Enum(text)
        if text in self.opaque:
            return t.Opaque(text)
        raise self._unknown(text, span)

    def _unknown(self, name: str, span: Span) -> ModelError:
        known = [*t.PLAIN, *self.enumerations, *self.opaque]
        return ModelError(
            [error("MDL101", f'unknown type "{name}"', span, help=similar_name_help(name, known))]
        )


def load_vocabulary(data: d.Data, spec: Specification) -> Vocabulary:
    """Read ``vocabulary.yaml``.

    Raises:
        InputError: With every finding.
    """
    top = d.as_mapping(
        data, "vocabulary", required=("enumerations", "opaque", "predicates", "operations"),
        optional=(),
    )  # fmt: skip
    findings: list[Diagnostic] = []
    enumerations: dict[str, Enumeration] = {}
    for entry in _entries(top, "enumerations"):
        try:
            enumerations[entry.key.text] = _enumeration(entry, spec)
        except InputError as problem:
            findings.extend(problem.diagnostics)
    opaque = {
        entry.key.text: OpaqueType(
            entry.key.text,
            _text(entry.value, "clause"),
            _text(entry.value, "words"),
            entry.key.span,
        )
        for entry in _entries(top, "opaque")
    }
    findings.extend(
        error(
            "MDL103",
            f'enumeration "{name}" is missing',
            _entries(top, "enumerations").span,
            help="messages and actions refer to it by this name",
        )
        for name in BUILT_IN
        if name not in _entries(top, "enumerations").keys
    )
    if findings:  # or every use of a faulty one would be a fault of its own
        raise ModelError(findings)
    words = Vocabulary(enumerations, opaque, {}, {})
    predicates: dict[str, Predicate] = {}
    operations: dict[str, Operation] = {}
    for entry in _entries(top, "predicates"):
        try:
            body = d.as_mapping(
                entry.value, "predicate", required=("parameters", "clause", "words"), optional=()
            )
            predicates[entry.key.text] = Predicate(
                entry.key.text,
                parameters(body.get("parameters"), words),
                _text(body, "clause"),
                _text(body, "words"),
                entry.key.span,
            )
        except InputError as problem:
            findings.extend(problem.diagnostics)
    for entry in _entries(top, "operations"):
        try:
            body = d.as_mapping(
                entry.value,
                "operation",
                required=("parameters", "clause", "words"),
                optional=("result",),
            )
            result = body.get("result")
            operations[entry.key.text] = Operation(
                entry.key.text,
                parameters(body.get("parameters"), words),
                words.type_named(d.as_text(result, "result"), result.span) if result else None,
                _text(body, "clause"),
                _text(body, "words"),
                entry.key.span,
            )
        except InputError as problem:
            findings.extend(problem.diagnostics)
    if findings:
        raise ModelError(findings)
    return Vocabulary(enumerations, opaque, predicates, operations)


def parameters(data: d.Data | None, words: Vocabulary) -> tuple[Parameter, ...]:
    """Read a mapping of parameter names to types; nothing means none."""
    if data is None:
        return ()
    mapping = d.as_mapping(data, "parameters")
    return tuple(
        Parameter(e.key.text, words.type_named(d.as_text(e.value, "type"), e.value.span))
        for e in mapping
    )


def _entries(top: d.Mapping, key: str) -> d.Mapping:
    return d.as_mapping(top.need(key), key)


def _text(data: d.Data, key: str) -> str:
    return d.as_text(d.as_mapping(data, "entry").need(key, "entry"), key)


def _enumeration(entry: d.Entry, spec: Specification) -> Enumeration:
    body = d.as_mapping(
        entry.value,
        f'enumeration "{entry.key.text}"',
        required=("clause", "words"),
        optional=("from", "use", "type", "members", "other"),
    )
    source_node = body.get("from")
    source = (
        d.as_choice(source_node, "from", ("algorithms", "groups", "asn1"))
        if source_node
        else "model"
    )
    other = body.get("other")
    return Enumeration(
        entry.key.text,
        _members(body, source, spec),
        d.as_bool(other, "other") if other else False,
        source,
        _text(body, "clause"),
        _text(body, "words"),
        entry.key.span,
    )


def _members(body: d.Mapping, source: str, spec: Specification) -> tuple[Member, ...]:
    if source == "algorithms":
        uses = [use.value for use in AlgorithmUse]
        use = AlgorithmUse(d.as_choice(body.need("use", "enumeration"), "use", uses))
        return tuple(Member(a.name) for a in spec.tables.algorithms.values() if use in a.uses)
    if source == "groups":
        return tuple(Member(g.name, g.number) for g in spec.tables.groups.values())
    if source == "asn1":
        node = d.as_scalar(body.need("type", "enumeration"), "type")
        definition = spec.asn1.types.get(node.text)
        if definition is None or not isinstance(definition.type, EnumeratedType):
            raise ModelError(
                [
                    error(
                        "MDL102",
                        f'"{node.text}" is not an ENUMERATED type',
                        node.span,
                        help=similar_name_help(node.text, spec.asn1.types),
                    )
                ]
            )
        items = definition.type.items + definition.type.additions
        return tuple(Member(name, number) for name, number in items)
    members = body.need("members", "enumeration")
    if isinstance(members, d.Mapping):
        return tuple(Member(e.key.text, d.as_int(e.value, "number")) for e in members)
    return tuple(
        Member(d.as_text(item, "member"), None) for item in d.as_sequence(members, "members")
    )
