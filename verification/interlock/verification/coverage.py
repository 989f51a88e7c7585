"""What protection covers, from ``spec/protection.yaml`` and the paths of the messages.

The attacker's abilities follow from here and from nowhere else: a field that is not covered is
his to choose, and contents that fit two PDU types are his to re-label. Move a component out of
``tbs`` in the ASN.1 (and its path in ``models/messages``), and proofs that need it fail.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from interlock.asn1 import types as a
from interlock.ir.codec_resolve import Resolved, resolve
from interlock.ir.codec_tags import identifiers
from interlock.model.messages import Field, Message
from interlock.model.project import Project
from interlock.spec.types import Protection

_MAX_DEPTH = 6
"""How deep contents are compared; deeper ones count as alike, which errs to the safe side."""


@dataclass(frozen=True)
class Coverage:
    """What protects a message: ``kind`` is signature, transfer (ICV or AEAD) or None."""

    kind: str | None
    covered: tuple[str, ...] = ()
    """Paths of the components under the protection."""

    def covers(self, field: Field) -> bool:
        """Whether a change of the field would be noticed."""
        return any(_is_within(field.path, path) for path in self.covered)


def _is_within(path: str, area: str) -> bool:
    return path == area or path.startswith(f"{area}.")


class Protections:
    """Coverage of every message, and which signed contents can be taken for one another."""

    def __init__(self, project: Project) -> None:
        self._asn1 = project.spec.asn1
        self._rules = {
            f"{rule.module}.{rule.pdu}": rule for rule in project.spec.tables.protection.values()
        }
        self._confusable = lru_cache(maxsize=None)(self._decide_confusable)

    def rule(self, message: Message) -> Protection | None:
        """The row of ``protection.yaml`` for the PDU of a message."""
        return None if message.pdu is None else self._rules.get(message.pdu)

    def of(self, message: Message) -> Coverage:
        """What protects a message, and what that covers."""
        rule = self.rule(message)
        if rule is None:
            return Coverage(None)
        if rule.signature is not None:
            return Coverage("signature", (rule.signature.covers,))
        paths = [] if rule.icv is None else [rule.icv.covers]
        if rule.encryption is not None:
            paths += [rule.encryption.additional_data, rule.encryption.ciphertext]
        return Coverage("transfer", tuple(paths))

    def confusable(self, first: Message, second: Message) -> bool:
        """Whether some octets are the signed contents of both messages.

        The signature covers contents octets without tag and length (13.4.1), so what follows
        from the types alone decides. It errs to the side of yes.
        """
        if first.pdu is None or second.pdu is None:
            return False
        return first.pdu == second.pdu or self._confusable(first.pdu, second.pdu)

    # --- types -----------------------------------------------------------------------------

    def _decide_confusable(self, first: str, second: str) -> bool:
        one, other = self._rules.get(first), self._rules.get(second)
        if one is None or other is None or not (one.signature and other.signature):
            return False
        left = self._at(first, one.signature.covers)
        right = self._at(second, other.signature.covers)
        return self._same_contents(left, right, 0)

    def _at(self, pdu: str, path: str) -> Resolved:
        kind = resolve(self._asn1.types[pdu].type, self._asn1)
        for name in path.split("."):
            kind = resolve(_parts(kind.base)[name], self._asn1)
        return kind

    def _same_contents(self, left: Resolved, right: Resolved, depth: int) -> bool:
        """Whether contents octets of one can be contents octets of the other."""
        if left.named is not None and left.named == right.named:
            return True
        one, other = left.base, right.base
        if isinstance(one, a.StructureType) and isinstance(other, a.StructureType):
            return depth > _MAX_DEPTH or self._aligned(one.components, other.components, depth)
        if isinstance(one, a.TimeType) != isinstance(other, a.TimeType):
            # A time is digits. Read as TLVs, its first two octets announce more contents than a
            # time of at most 23 characters has: a tag, and a length from 48 to 57.
            other = other if isinstance(one, a.TimeType) else one
            return not isinstance(other, a.StructureType)
        return True  # contents of simple types overlap unless somebody proves otherwise

    def _aligned(
        self, left: tuple[a.Component, ...], right: tuple[a.Component, ...], depth: int
    ) -> bool:
        """Whether a series of TLVs fits both lists of components."""
        if not left or not right:
            return all(c.presence is not a.Presence.MANDATORY for c in (*left, *right))
        one, other = left[0], right[0]
        if one.presence is not a.Presence.MANDATORY and self._aligned(left[1:], right, depth):
            return True
        if other.presence is not a.Presence.MANDATORY and self._aligned(left, right[1:], depth):
            return True
        first, second = resolve(one.type, self._asn1), resolve(other.type, self._asn1)
        tags = self._tags(first), self._tags(second)
        if None not in tags and not (tags[0] or frozenset()) & (tags[1] or frozenset()):
            return False
        inside = self._same_contents(first, second, depth + 1)
        return inside and self._aligned(left[1:], right[1:], depth)

    def _tags(self, kind: Resolved) -> frozenset[tuple[int, ...]] | None:
        """First identifiers that a value can begin with; None for any (an open type)."""
        if isinstance(kind.base, a.ChoiceType) and not kind.prefixes:
            found: frozenset[tuple[int, ...]] = frozenset()
            for alternative in kind.base.alternatives:
                inside = self._tags(resolve(alternative.type, self._asn1))
                if inside is None:
                    return None
                found |= inside
            return found
        if isinstance(kind.base, a.OpenType) and not kind.prefixes:
            return None
        wrappers, own = identifiers(kind.prefixes, kind.base)
        first = wrappers[0] if wrappers else own
        return None if first is None else frozenset((first.octets,))


def _parts(kind: a.Type) -> dict[str, a.Type]:
    if isinstance(kind, a.ChoiceType):
        return {alternative.name: alternative.type for alternative in kind.alternatives}
    if isinstance(kind, a.StructureType):
        return {component.name: component.type for component in kind.components}
    raise TypeError(f"nothing is inside {type(kind).__name__}")
