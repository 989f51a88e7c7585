"""The handler IR: messages and machines as a generator of any language needs them.

A machine is taken over as checked (``interlock.model.machine``): it is neutral already, and its
typed expressions are what every language prints. Added here is what ties it to the wire: how a
field is reached in a decoded PDU, how a PDU is built from fields, where its signature or ICV
stands, which octet of a carrier's contents tells messages apart, which ACSE values go with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interlock.model import types as t
from interlock.model.expression import Expression
from interlock.model.machine import Machine
from interlock.model.vocabulary import Enumeration as Enumeration

# --- reading and building PDUs -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Access:
    """One step from a value into it: a component, or an alternative of a CHOICE."""

    name: str
    is_alternative: bool
    is_optional: bool


@dataclass(frozen=True, slots=True)
class FieldIR:
    """A field of a message.

    ``mask`` is the bit of a ``bit`` projection. ``is_text`` tells that the component is a
    character string where octets or a time are read.
    """

    name: str
    type: t.Type
    words: str
    path: tuple[Access, ...]
    projection: str
    mask: int
    is_text: bool
    is_sendable: bool

    @property
    def dotted(self) -> str:
        """The path as written."""
        return ".".join(step.name for step in self.path)


@dataclass(frozen=True, slots=True)
class LeafIR:
    """A component whose value is a field of the message."""

    field: FieldIR
    is_optional: bool


@dataclass(frozen=True, slots=True)
class BitsIR:
    """A BIT STRING whose named bits are fields of the message."""

    fields: tuple[FieldIR, ...]


@dataclass(frozen=True, slots=True)
class ComputedIR:
    """A component that protection computes: ``signature``, ``authenticator``, ``ciphertext``."""

    what: str


@dataclass(frozen=True, slots=True)
class MemberIR:
    """A component of a structure under construction."""

    name: str
    value: ConstructIR


@dataclass(frozen=True, slots=True)
class StructureIR:
    """A structure to be built; ``names`` are the spec names of its type.

    ``is_covered`` marks what a signature or ICV covers. ``omit_unless`` is the field that must
    not be empty for an optional structure to be there.
    """

    key: str
    names: tuple[str, ...]
    module: str
    members: tuple[MemberIR, ...]
    is_covered: bool


@dataclass(frozen=True, slots=True)
class ChoiceIR:
    """A CHOICE to be built: by a field whose members are the alternatives' names, or fixed."""

    selector: FieldIR | None
    alternatives: tuple[MemberIR, ...]


ConstructIR = StructureIR | ChoiceIR | LeafIR | BitsIR | ComputedIR


@dataclass(frozen=True, slots=True)
class SignatureIR:
    """Where a signature is, what it covers, whose it is."""

    signature: tuple[Access, ...]
    covers: tuple[Access, ...]
    covers_text: bool  # the covered component is a character string, not a structure
    covers_tlv: bool  # with its tag and length (assumption Q3)
    covered_tag: int  # identifier octet of the covered component
    covered_names: tuple[str, ...]  # spec names of the covered structure
    covered_module: str
    fixed_algorithm: str | None


@dataclass(frozen=True, slots=True)
class WrapperIR:
    """The CHOICE that a SecPDU is sent in."""

    module: str
    name: str
    alternative: str
    tag: int  # identifier octet of the alternative


@dataclass(frozen=True, slots=True)
class MessageIR:
    """A message. ``module`` and ``pdu`` are empty where it carries no PDU."""

    name: str
    words: str
    clause: str
    module: str
    pdu: str
    protection: str | None
    fields: tuple[FieldIR, ...]
    construct: ConstructIR | None
    signature: SignatureIR | None
    wrapper: WrapperIR | None

    @property
    def sendable(self) -> tuple[FieldIR, ...]:
        """The fields a sender gives, in order."""
        return tuple(f for f in self.fields if f.is_sendable)


@dataclass(frozen=True, slots=True)
class CarrierIR:
    """How to tell the messages of one carrier apart.

    ``wrapped``: by the identifier octet of the user information. ``carries`` (with ``otherwise``
    for none): directly. ``discriminator``: indices of the elements to step into, to the one
    whose tag decides between ``carries`` (an OCTET STRING) and ``carries_else``.
    """

    carrier: str
    wrapped: tuple[tuple[int, str], ...]
    wrapper: str
    wrapper_module: str
    carries: str | None
    carries_else: str | None
    discriminator: tuple[int, ...]
    in_authentication_value: bool
    otherwise: str | None


@dataclass(frozen=True, slots=True)
class MessageSetIR:
    """All messages of a mode."""

    mode: str
    messages: tuple[MessageIR, ...]
    carriers: tuple[CarrierIR, ...]

    def named(self, name: str) -> MessageIR:
        """The message ``name``."""
        return next(m for m in self.messages if m.name == name)


# --- tables --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class EventIR:
    """A security event that a machine can raise."""

    id: str
    mnemonic: str | None
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class AssumptionIR:
    """A switchable assumption: the value in force and, for a closed list, all values."""

    id: str
    value: str
    alternatives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AlgorithmIR:
    """An algorithm: its OID and what its parameters look like when it is offered."""

    name: str
    oid: str
    parameters: bytes | None


@dataclass(frozen=True, slots=True)
class ConfigFieldIR:
    """A field of a configuration."""

    name: str
    type: t.Type
    default: Expression | None
    clause: str
    words: str
    assumption: str | None


@dataclass(frozen=True, slots=True)
class SendDefaultsIR:
    """ACSE values that go with a SecPDU (Table 4)."""

    result: int | None
    diagnostic: int | None
    abort_source: int | None
    reason: int | None


@dataclass(frozen=True, slots=True)
class VocabularyIR:
    """The enumerations with what stands on the wire for each member, and the tables behind them."""

    enumerations: tuple[Enumeration, ...]
    algorithms: tuple[AlgorithmIR, ...]
    groups: tuple[tuple[str, int], ...]
    protected_protocols: tuple[tuple[str, str], ...]
    assumptions: tuple[AssumptionIR, ...]


@dataclass(frozen=True, slots=True)
class MachineIR:
    """A machine with everything it needs from the tables."""

    machine: Machine
    messages: MessageSetIR
    events: Mapping[str, EventIR]
    defaults: Mapping[str, SendDefaultsIR]  # by SecPDU
    diagnostics: Mapping[str, tuple[tuple[str, str], ...]]  # event group -> (diagnostic, event id)


@dataclass(frozen=True)
class HandlersIR:
    """All handlers."""

    vocabulary: VocabularyIR
    configs: Mapping[str, tuple[ConfigFieldIR, ...]]  # by mode
    messages: Mapping[str, MessageSetIR]  # by mode
    machines: Mapping[str, MachineIR]
