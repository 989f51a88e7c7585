"""Messages as the machines see them: typed fields over ASN.1 components, and their carriers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from interlock.asn1 import types as a
from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import Span
from interlock.model import types as t
from interlock.model.vocabulary import Vocabulary
from interlock.spec import Specification


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a path: into a component of a structure or an alternative of a CHOICE."""

    name: str
    is_alternative: bool
    is_optional: bool


@dataclass(frozen=True, slots=True)
class Field:
    """A typed name for a component of a PDU.

    ``projection`` says how the component is read and written (``algorithm``, ``time``, ``bit``
    ...); ``argument`` is the bit's name. ``send`` is what an honest sender puts there; it is
    typed where a machine sends the message, because it may name the machine's variables.
    """

    name: str
    type: t.Type
    steps: tuple[Step, ...]
    projection: str
    argument: str | None
    send: d.Scalar | None
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)

    @property
    def path(self) -> str:
        """The path as written."""
        return ".".join(step.name for step in self.steps)


@dataclass(frozen=True, slots=True)
class Message:
    """A message that machines receive or send. ``pdu`` is a key of the ASN.1 model, or None."""

    name: str
    pdu: str | None
    protection: str | None  # "signature", "icv", "encryption"
    fields: Mapping[str, Field]
    clause: str
    words: str
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class CarrierRule:
    """Which message a carrier brings.

    ``choice``: the SecPDU is an alternative of that type. ``carries`` alone: it is that message.
    ``octet_string_at``: it is ``carries`` when that component is an OCTET STRING, else
    ``carries_else``. ``otherwise``: there is no SecPDU.
    """

    carrier: str
    choice: str | None = None
    alternatives: tuple[tuple[str, str], ...] = ()
    carries: str | None = None
    carries_else: str | None = None
    octet_string_at: tuple[Step, ...] = ()
    in_authentication_value: bool = False
    otherwise: str | None = None

    @property
    def messages(self) -> tuple[str, ...]:
        """Every message this carrier may bring."""
        names = [name for _, name in self.alternatives]
        names += [n for n in (self.carries, self.carries_else, self.otherwise) if n]
        return tuple(names)


@dataclass(frozen=True)
class MessageSet:
    """All messages of one mode."""

    mode: str
    messages: Mapping[str, Message]
    carriers: Mapping[str, CarrierRule]

    def carrier_of(self, message: str) -> str:
        """The carrier that brings ``message``."""
        return next(c.carrier for c in self.carriers.values() if message in c.messages)


_PROJECTIONS = (
    "algorithm", "algorithms", "bit", "boolean", "branch", "certificates", "enumerated", "groups",
    "integer", "kept", "octets", "present", "protected-protocol", "shares", "size", "text", "time",
)  # fmt: skip
_DEFAULT_BY_OPAQUE = {"CertificateOctets": "octets", "CertPathOctets": "certificates"}


def load_messages(data: d.Data, words: Vocabulary, spec: Specification) -> MessageSet:
    """Read one file of ``models/messages``.

    Raises:
        InputError: With every finding.
    """
    top = d.as_mapping(
        data, "message file", required=("mode", "carriers", "messages"), optional=("field-groups",)
    )
    return _Loader(words, spec).load(top)


class _Loader:
    def __init__(self, words: Vocabulary, spec: Specification) -> None:
        self._words = words
        self._asn1 = spec.asn1
        self._findings: list[Diagnostic] = []

    def load(self, top: d.Mapping) -> MessageSet:
        mode_node = top.need("mode")
        group_node = top.get("field-groups")
        groups = {
            e.key.text: d.as_mapping(e.value, "field group")
            for e in (d.as_mapping(group_node, "field-groups") if group_node else ())
        }
        messages = {}
        for entry in _mapping(top, "messages"):
            try:
                messages[entry.key.text] = self._message(entry, groups)
            except InputError as problem:
                self._findings.extend(problem.diagnostics)
        if self._findings:  # or carriers of a faulty message would be faulty as well
            raise ModelError(self._findings)
        carriers = {}
        for entry in _mapping(top, "carriers"):
            try:
                carriers[entry.key.text] = self._carrier(entry, messages)
            except InputError as problem:
                self._findings.extend(problem.diagnostics)
        carried = {name for rule in carriers.values() for name in rule.messages}
        if not self._findings:
            self._findings.extend(
                error("MDL124", f'no carrier brings "{message.name}"', message.span)
                for message in messages.values()
                if message.name not in carried
            )
        if self._findings:
            raise ModelError(self._findings)
        return MessageSet(d.as_text(mode_node, "mode"), messages, carriers)

    # --- messages --------------------------------------------------------------------------

    def _message(self, entry: d.Entry, groups: Mapping[str, d.Mapping]) -> Message:
        body = d.as_mapping(
            entry.value,
            f'message "{entry.key.text}"',
            required=("clause", "words"),
            optional=("pdu", "protect", "groups", "fields"),
        )
        pdu_node, protect = body.get("pdu"), body.get("protect")
        pdu = d.as_text(pdu_node, "pdu") if pdu_node else None
        if pdu is not None and pdu_node is not None and pdu not in self._asn1.types:
            raise _unknown("type", pdu, self._asn1.types, pdu_node.span)
        fields: dict[str, Field] = {}
        for source in self._field_sources(body, groups):
            for item in source:
                try:
                    fields[item.key.text] = self._field(item, pdu or "")
                except InputError as problem:
                    self._findings.extend(problem.diagnostics)
        return Message(
            entry.key.text,
            pdu,
            d.as_choice(protect, "protect", ("signature", "icv", "encryption"))
            if protect
            else None,
            fields,
            body.text("clause"),
            body.text("words"),
            entry.key.span,
        )

    def _field_sources(self, body: d.Mapping, groups: Mapping[str, d.Mapping]) -> list[d.Mapping]:
        sources = []
        names = body.get("groups")
        for item in d.as_sequence(names, "groups") if names else ():
            name = d.as_scalar(item, "group")
            if name.text not in groups:
                raise _unknown("field group", name.text, groups, name.span)
            sources.append(groups[name.text])
        own = body.get("fields")
        if own:
            sources.append(d.as_mapping(own, "fields"))
        return sources

    def _field(self, entry: d.Entry, pdu: str) -> Field:
        body = d.as_mapping(
            entry.value,
            f'field "{entry.key.text}"',
            required=("type", "path", "words"),
            optional=("as", "send"),
        )
        type_node, path_node = body.need("type"), body.need("path")
        kind = self._words.type_named(d.as_text(type_node, "type"), type_node.span)
        steps, target = self.resolve(pdu, d.as_scalar(path_node, "path"))
        as_node, send = body.get("as"), body.get("send")
        projection, argument = self._projection(kind, as_node, body.span)
        if projection == "bit" and as_node is not None:
            self._check_bit(argument or "", target, as_node.span)
        return Field(
            entry.key.text,
            kind,
            steps,
            projection,
            argument,
            d.as_scalar(send, "send") if send else None,
            body.text("words"),
            entry.key.span,
        )

    def _projection(self, kind: t.Type, node: d.Data | None, span: Span) -> tuple[str, str | None]:
        if node is not None:
            name, _, argument = d.as_text(node, "as").partition(" ")
            if name not in _PROJECTIONS:
                raise _unknown("projection", name, _PROJECTIONS, node.span)
            return name, argument or None
        match kind:
            case t.Enum(name="ProtectedProtocol"):
                return "protected-protocol", None
            case t.Enum(name=name):
                source = self._words.enumerations[name].source
                return ("algorithm" if source == "algorithms" else "enumerated"), None
            case t.ListOf() | t.SetOf():
                return "algorithms", None
            case t.Bool():
                return "boolean", None
            case t.Int():
                return "integer", None
            case t.Opaque(name=name) if name in _DEFAULT_BY_OPAQUE:
                return _DEFAULT_BY_OPAQUE[name], None
            case t.Time() | t.Octets() | t.Text():
                return str(kind), None
            case _:
                raise ModelError([error("MDL121", f'a field of type {kind} needs an "as"', span)])

    def _check_bit(self, name: str, target: a.Type, span: Span) -> None:
        target = self._definition(target)
        names = [n for n, _ in target.names] if isinstance(target, a.BitStringType) else []
        if name not in names:
            raise _unknown("bit", name, names, span)

    # --- paths -----------------------------------------------------------------------------

    def resolve(self, pdu: str, path: d.Scalar) -> tuple[tuple[Step, ...], a.Type]:
        """Follow a path of component names from the type ``pdu``."""
        if pdu not in self._asn1.types:
            raise ModelError([error("MDL122", "a message with fields needs a pdu", path.span)])
        here: a.Type = self._asn1.types[pdu].type
        steps = []
        for name in path.text.split("."):
            here = self._definition(here)
            if isinstance(here, a.StructureType):
                component = next((c for c in here.components if c.name == name), None)
                if component is None:
                    raise _unknown("component", name, [c.name for c in here.components], path.span)
                optional = component.presence is not a.Presence.MANDATORY
                steps.append(Step(name, is_alternative=False, is_optional=optional))
                here = component.type
            elif isinstance(here, a.ChoiceType):
                chosen = next((c for c in here.alternatives if c.name == name), None)
                if chosen is None:
                    raise _unknown(
                        "alternative", name, [c.name for c in here.alternatives], path.span
                    )
                steps.append(Step(name, is_alternative=True, is_optional=False))
                here = chosen.type
            else:
                raise ModelError(
                    [error("MDL123", f'nothing named "{name}" inside this type', path.span)]
                )
        return tuple(steps), here

    def _definition(self, kind: a.Type) -> a.Type:
        while isinstance(kind, a.ReferenceType):
            kind = self._asn1.types[kind.definition].type
        return kind

    # --- carriers --------------------------------------------------------------------------

    def _carrier(self, entry: d.Entry, messages: Mapping[str, Message]) -> CarrierRule:
        body = d.as_mapping(
            entry.value,
            f'carrier "{entry.key.text}"',
            optional=(
                "choice", "alternatives", "carries", "else", "octet-string-at", "in", "otherwise",
            ),
        )  # fmt: skip

        def message(key: str) -> str | None:
            node = body.get(key)
            if node is None:
                return None
            name = d.as_text(node, key)
            if name not in messages:
                raise _unknown("message", name, messages, node.span)
            return name

        choice = self._choice(body)
        known = [] if choice is None else [c.name for c in choice[1].alternatives]
        alternatives = []
        table = body.get("alternatives")
        for item in d.as_mapping(table, "alternatives") if table else ():
            if item.key.text not in known:
                raise _unknown("alternative", item.key.text, known, item.key.span)
            name = d.as_text(item.value, "message")
            if name not in messages:
                raise _unknown("message", name, messages, item.value.span)
            alternatives.append((item.key.text, name))
        carries = message("carries")
        at = body.get("octet-string-at")
        steps: tuple[Step, ...] = ()
        if at is not None and carries is not None:
            steps, _ = self.resolve(messages[carries].pdu or "", d.as_scalar(at, "path"))
        return CarrierRule(
            entry.key.text,
            choice[0] if choice else None,
            tuple(alternatives),
            carries,
            message("else"),
            steps,
            body.get("in") is not None,
            message("otherwise"),
        )

    def _choice(self, body: d.Mapping) -> tuple[str, a.ChoiceType] | None:
        node = body.get("choice")
        if node is None:
            return None
        name = d.as_text(node, "choice")
        definition = self._asn1.types.get(name)
        if definition is None or not isinstance(definition.type, a.ChoiceType):
            known = [k for k, v in self._asn1.types.items() if isinstance(v.type, a.ChoiceType)]
            raise _unknown("CHOICE type", name, known, node.span)
        return name, definition.type


def _mapping(top: d.Mapping, key: str) -> d.Mapping:
    return d.as_mapping(top.need(key), key)


def _unknown(what: str, name: str, known: object, span: Span) -> ModelError:
    names = list(known) if isinstance(known, Mapping | list | tuple) else []
    return ModelError(
        [error("MDL120", f'unknown {what} "{name}"', span, help=similar_name_help(name, names))]
    )
