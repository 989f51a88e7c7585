"""From checked models to the handler IR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from interlock.asn1 import types as a
from interlock.core.errors import GenerationError
from interlock.ir.codec_resolve import resolve
from interlock.ir.handler import (
    Access,
    AlgorithmIR,
    AssumptionIR,
    BitsIR,
    CarrierIR,
    ChoiceIR,
    ComputedIR,
    ConfigFieldIR,
    ConstructIR,
    EventIR,
    FieldIR,
    HandlersIR,
    LeafIR,
    MachineIR,
    MemberIR,
    MessageIR,
    MessageSetIR,
    SendDefaultsIR,
    SignatureIR,
    StructureIR,
    VocabularyIR,
    WrapperIR,
)
from interlock.model.loader import Models
from interlock.model.machine import Log, LogDiagnostic, Machine, actions
from interlock.model.messages import CarrierRule, Field, Message, MessageSet, Step
from interlock.spec import Specification
from interlock.spec.types import CoveredOctets, Protection

_UNIVERSAL = {a.StructureType: 0x30, a.ListType: 0x30, a.OctetStringType: 0x04}
_COMPUTED = frozenset({"auth"})  # components that protection fills in
_READ_ONLY = frozenset({"kept", "present", "groups", "size"})


def lower_handlers(spec: Specification, models: Models) -> HandlersIR:
    """Lower everything that handlers are generated from."""
    messages = {
        mode: _MessageLowering(spec, message_set).lower()
        for mode, message_set in models.messages.items()
    }
    return HandlersIR(
        vocabulary=_vocabulary(spec, models),
        configs={
            mode: tuple(
                ConfigFieldIR(f.name, f.type, f.default, f.clause, f.words, f.assumption)
                for f in fields.values()
            )
            for mode, fields in models.configs.items()
        },
        messages=messages,
        machines={
            name: _machine(spec, machine, messages[machine.mode])
            for name, machine in models.machines.items()
        },
    )


def _vocabulary(spec: Specification, models: Models) -> VocabularyIR:
    # In an offer the algorithms of GCM have no parameters (assumption Q28); the others have what
    # their information objects say: NULL, or nothing.
    null = bytes.fromhex("0500")
    parameters = {"sha256WithRSAEncryption": null, "hmacWithSHA256": null}
    return VocabularyIR(
        enumerations=tuple(models.vocabulary.enumerations.values()),
        algorithms=tuple(
            AlgorithmIR(name, spec.oid(name), parameters.get(name))
            for name in spec.tables.algorithms
        ),
        groups=tuple((g.name, g.number) for g in spec.tables.groups.values()),
        protected_protocols=(("iec61850-8-1", _protected_protocol(spec)),),
        assumptions=tuple(
            AssumptionIR(assumption.id, assumption.value, assumption.alternatives)
            for assumption in spec.tables.assumptions.values()
            if assumption.switchable
        ),
    )


def _protected_protocol(spec: Specification) -> str:
    """What ``pp`` says for MMS: the identifier of the object in the virtual API (Annex F)."""
    for object_set in spec.asn1.object_sets.values():
        if object_set.class_name.endswith("PROTECTED-PROTOCOL"):
            value = object_set.objects[0].values["&id"]
            if isinstance(value, str):
                return value
    raise GenerationError("no object set of class PROTECTED-PROTOCOL")


def _machine(spec: Specification, machine: Machine, messages: MessageSetIR) -> MachineIR:
    ids: set[str] = set()
    groups: set[str] = set()
    for check_list in machine.check_lists.values():
        ids.update(check.event for check in check_list.checks if check.event)
    bodies = [row.body for row in machine.transitions]
    bodies += [use.reaction.body for row in machine.transitions for use in row.checks]
    bodies += [fault.body for fault in machine.faults.values()]
    for body in bodies:
        for action in actions(body):
            if isinstance(action, Log) and action.event:
                ids.add(action.event)
            if isinstance(action, LogDiagnostic):
                groups.add(action.group)
    diagnostics: dict[str, tuple[tuple[str, str], ...]] = {}
    for group in sorted(groups):
        rows = [e for e in spec.tables.events.values() if e.group == group]
        named = tuple((e.diagnostic, e.id) for e in rows if e.diagnostic)
        diagnostics[group] = named
        ids.update(event for _, event in named)
        ids.add(f"{group}.11")
    return MachineIR(
        machine=machine,
        messages=messages,
        events={
            e.id: EventIR(e.id, e.mnemonic, e.severity.value, e.title)
            for e in spec.tables.events.values()
            if e.id in ids
        },
        defaults={
            carrier.pdu: SendDefaultsIR(
                carrier.results[0] if carrier.results else None,
                carrier.diagnostic,
                carrier.abort_source,
                carrier.reason,
            )
            for carrier in spec.tables.osi.carriers.values()
        },
        diagnostics=diagnostics,
    )


# --- messages ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Place:
    """A type at a path of a PDU, with the names a generator derives its class from."""

    type: a.Type
    key: str
    names: tuple[str, ...]
    module: str


class _MessageLowering:
    def __init__(self, spec: Specification, messages: MessageSet) -> None:
        self._spec = spec
        self._asn1 = spec.asn1
        self._set = messages

    def lower(self) -> MessageSetIR:
        """All messages and carriers of the mode."""
        return MessageSetIR(
            self._set.mode,
            tuple(self._message(m) for m in self._set.messages.values()),
            tuple(self._carrier(c) for c in self._set.carriers.values()),
        )

    # --- a message -------------------------------------------------------------------------

    def _message(self, message: Message) -> MessageIR:
        if message.pdu is None:
            return MessageIR(
                message.name, message.words, message.clause, "", "", None, (), None, None, None
            )
        definition = self._asn1.types[message.pdu]
        fields = tuple(self._field(message.pdu, f) for f in message.fields.values())
        protection = self._spec.tables.protection.get(definition.name)
        if protection is None:
            raise GenerationError(f'spec/protection.yaml has no entry for "{definition.name}"')
        return MessageIR(
            message.name,
            message.words,
            message.clause,
            definition.module,
            definition.name,
            message.protection,
            fields,
            self._construct(
                self._root(message.pdu), "", fields,
                protection,
            ),
            self._signature(message.pdu, protection),
            self._wrapper(message.name),
        )  # fmt: skip

    def _root(self, key: str) -> _Place:
        definition = self._asn1.types[key]
        return _Place(definition.type, key, (definition.name,), definition.module)

    def _field(self, pdu: str, field: Field) -> FieldIR:
        place = self._walk(pdu, [step.name for step in field.steps])
        base = resolve(place.type, self._asn1).base
        mask = 0
        if isinstance(base, a.BitStringType) and field.projection == "bit":
            mask = 1 << dict(base.names)[field.argument or ""]
        return FieldIR(
            field.name,
            field.type,
            field.words,
            _accesses(field.steps),
            field.projection,
            mask,
            isinstance(base, a.StringType),
            field.projection not in _READ_ONLY and field.steps[0].name not in _COMPUTED,
        )

    def _walk(self, pdu: str, names: Sequence[str]) -> _Place:
        place = self._root(pdu)
        for name in names:
            place = self._into(place, name)
        return place

    def _behind(self, place: _Place) -> tuple[a.Type, _Place]:
        """The built-in type at a place, and the place of the definition it is written in."""
        resolved = resolve(place.type, self._asn1)
        if resolved.named is None:
            return resolved.base, place
        return resolved.base, self._root(resolved.named)

    def _into(self, place: _Place, name: str) -> _Place:
        base, here = self._behind(place)
        if isinstance(base, a.StructureType):
            inside = {c.name: c.type for c in base.components}
        elif isinstance(base, a.ChoiceType):
            inside = {c.name: c.type for c in base.alternatives}
        else:
            raise GenerationError(f'nothing named "{name}" in {here.key}')
        return _Place(inside[name], f"{here.key}.{name}", (*here.names, name), here.module)

    # --- building --------------------------------------------------------------------------

    def _construct(
        self,
        place: _Place,
        path: str,
        fields: Sequence[FieldIR],
        protection: Protection,
    ) -> ConstructIR:
        sendable = tuple(f for f in fields if f.is_sendable)
        return self._node(place, path, sendable, protection)

    def _node(
        self, place: _Place, path: str, fields: Sequence[FieldIR], protection: Protection
    ) -> ConstructIR:
        base, here = self._behind(place)
        if isinstance(base, a.ChoiceType):
            return self._choice(place, base, path, fields, protection)
        if not isinstance(base, a.StructureType):
            raise GenerationError(f'"{path}" of {place.key} has no value to send')
        members = []
        for component in base.components:
            inner = f"{path}.{component.name}" if path else component.name
            value = self._member(place, component, inner, fields, protection)
            if value is not None:
                members.append(MemberIR(component.name, value))
        covered = protection.signature.covers if protection.signature else None
        if protection.icv:
            covered = protection.icv.covers
        return StructureIR(here.key, here.names, here.module, tuple(members), path == covered)

    def _member(
        self,
        place: _Place,
        component: a.Component,
        path: str,
        fields: Sequence[FieldIR],
        protection: Protection,
    ) -> ConstructIR | None:
        optional = component.presence is not a.Presence.MANDATORY
        if protection.signature and path == protection.signature.signature:
            return ComputedIR("signature")
        if protection.icv and path == protection.icv.icv.partition(".")[0]:
            return ComputedIR("authenticator")
        if protection.encryption and path == protection.encryption.ciphertext:
            return ComputedIR("ciphertext")
        inner = self._into(place, component.name)
        base = resolve(inner.type, self._asn1).base
        here = [f for f in fields if f.dotted == path]
        bits = [f for f in here if f.projection == "bit"]
        if bits:
            return BitsIR(tuple(bits))
        if here and not isinstance(base, a.ChoiceType):
            return LeafIR(here[0], optional)
        below = bool(here) or any(f.dotted.startswith(path + ".") for f in fields)
        signed = protection.signature and protection.signature.signature.startswith(path + ".")
        if not below and not signed:
            if optional:
                return None
            raise GenerationError(f'nothing is sent in mandatory "{path}" of {place.key}')
        return self._node(inner, path, fields, protection)

    def _choice(
        self,
        place: _Place,
        base: a.ChoiceType,
        path: str,
        fields: Sequence[FieldIR],
        protection: Protection,
    ) -> ChoiceIR:
        alternatives = []
        for alternative in base.alternatives:
            inner = f"{path}.{alternative.name}" if path else alternative.name
            target = self._into(place, alternative.name)
            here = [f for f in fields if f.dotted == inner]
            if here:
                alternatives.append(MemberIR(alternative.name, LeafIR(here[0], False)))
            elif any(f.dotted.startswith(inner + ".") for f in fields):
                node = self._node(target, inner, fields, protection)
                alternatives.append(MemberIR(alternative.name, node))
        selector = next((f for f in fields if f.dotted == path), None)
        return ChoiceIR(selector, tuple(alternatives))

    # --- protection ------------------------------------------------------------------------

    def _signature(self, pdu: str, protection: Protection) -> SignatureIR | None:
        rule = protection.signature
        if rule is None:
            return None
        covered = self._walk(pdu, rule.covers.split("."))
        resolved = resolve(covered.type, self._asn1)
        names, module = covered.names, covered.module
        if resolved.named is not None and not isinstance(resolved.base, a.StringType):
            definition = self._asn1.types[resolved.named]
            names, module = (definition.name,), definition.module
        return SignatureIR(
            self._accesses(pdu, rule.signature),
            self._accesses(pdu, rule.covers),
            isinstance(resolved.base, a.StringType),
            rule.octets is CoveredOctets.TLV,
            self._identifier(covered.type),
            names,
            module,
            rule.fixed_algorithm,
        )

    def _accesses(self, pdu: str, path: str) -> tuple[Access, ...]:
        out = []
        place = self._root(pdu)
        for name in path.split("."):
            base = resolve(place.type, self._asn1).base
            optional = isinstance(base, a.StructureType) and any(
                c.name == name and c.presence is not a.Presence.MANDATORY for c in base.components
            )
            out.append(Access(name, isinstance(base, a.ChoiceType), optional))
            place = self._into(place, name)
        return tuple(out)

    def _identifier(self, kind: a.Type) -> int:
        """The first identifier octet of an occurrence; tag numbers above 30 do not occur here."""
        resolved = resolve(kind, self._asn1)
        constructed = isinstance(resolved.base, a.StructureType | a.ListType | a.ChoiceType)
        if resolved.prefixes:
            outer = resolved.prefixes[0]
            if outer.tag.number > 30:
                raise GenerationError(f"tag {outer.tag} does not fit one octet")
            is_constructed = outer.explicit or constructed or len(resolved.prefixes) > 1
            return (outer.tag.cls << 6) | (0x20 if is_constructed else 0) | outer.tag.number
        if isinstance(resolved.base, a.StringType):
            return resolved.base.universal
        for base, tag in _UNIVERSAL.items():
            if isinstance(resolved.base, base):
                return tag
        raise GenerationError(f"no single tag for {type(resolved.base).__name__}")

    # --- carriers --------------------------------------------------------------------------

    def _wrapper(self, message: str) -> WrapperIR | None:
        for rule in self._set.carriers.values():
            for alternative, name in rule.alternatives:
                if name == message and rule.choice:
                    definition = self._asn1.types[rule.choice]
                    return WrapperIR(
                        definition.module,
                        definition.name,
                        alternative,
                        self._alternative_tag(rule.choice, alternative),
                    )
        return None

    def _alternative_tag(self, choice: str, alternative: str) -> int:
        base = resolve(self._asn1.types[choice].type, self._asn1).base
        if not isinstance(base, a.ChoiceType):
            raise GenerationError(f"{choice} is not a CHOICE")
        return self._identifier(next(x.type for x in base.alternatives if x.name == alternative))

    def _carrier(self, rule: CarrierRule) -> CarrierIR:
        wrapped: tuple[tuple[int, str], ...] = ()
        wrapper = module = ""
        if rule.choice:
            definition = self._asn1.types[rule.choice]
            wrapper, module = definition.name, definition.module
            wrapped = tuple(
                (self._alternative_tag(rule.choice, alternative), name)
                for alternative, name in rule.alternatives
            )
        return CarrierIR(
            rule.carrier,
            wrapped,
            wrapper,
            module,
            rule.carries,
            rule.carries_else,
            self._indices(rule),
            rule.in_authentication_value,
            rule.otherwise,
        )

    def _indices(self, rule: CarrierRule) -> tuple[int, ...]:
        """Positions of the elements on the way to the discriminating component.

        Everything before it must be mandatory, or the position would not be fixed.
        """
        if not rule.octet_string_at or rule.carries is None:
            return ()
        pdu = self._set.messages[rule.carries].pdu or ""
        out, place = [], self._root(pdu)
        for step in rule.octet_string_at:
            base = resolve(place.type, self._asn1).base
            if not isinstance(base, a.StructureType):
                raise GenerationError(f'"{step.name}" of {pdu} is not in a structure')
            names = [c.name for c in base.components]
            index = names.index(step.name)
            if any(c.presence is not a.Presence.MANDATORY for c in base.components[:index]):
                raise GenerationError(f'the position of "{step.name}" in {pdu} is not fixed')
            out.append(index)
            place = self._into(place, step.name)
        return tuple(out)


def _accesses(steps: Sequence[Step]) -> tuple[Access, ...]:
    return tuple(Access(s.name, s.is_alternative, s.is_optional) for s in steps)
