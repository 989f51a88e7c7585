"""What an honest party's upper layers say around what it sends, and what the other side sees.

This is the small part of the environment that the machines' checks look at; the values follow
the profile of the sender's mode (``spec/osi.yaml``). Everything that is not stated here is left
to the solver.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.spec.types import Osi
from interlock.verification.steps import EnvelopeFacts

RESULTS = ("accepted", "rejected-permanent", "rejected-transient")
"""Results of an AARE, by number (X.227)."""

_KERNEL_ONLY: Mapping[str, str] = {  # 15.2
    "acse-authentication": "false",
    "mechanism": "absent",
    "authentication-value": "absent",
}
_AUTHENTICATED: Mapping[str, str] = {  # 11.1.4, 11.2
    "acse-authentication": "true",
    "mechanism": "a-profile",
    "authentication-value": "external",
}
_CALLING: Mapping[str, str] = {  # 10.5
    "has-calling-ap-title": "true",
    "has-calling-ae-qualifier": "true",
    "called-is-us": "true",
}
_SECPDU: Mapping[str, str] = {  # 15.3
    "information-count": "1",
    "has-direct-reference": "false",
    "has-indirect-reference": "true",
    "context-is-e2e": "true",
    "context-is-mms": "false",
}
_PROTECTED_PROTOCOL: Mapping[str, str] = {  # 11.1.3
    "information-count": "1",
    "context-is-e2e": "false",
    "context-is-mms": "true",
}
_NOTHING: Mapping[str, str] = {
    "information-count": "0",
    "has-direct-reference": "false",
    "has-indirect-reference": "false",
    "context-is-e2e": "false",
    "context-is-mms": "false",
}


def envelope_of(sender: m.Machine, action: m.Send | m.SendEnvelope, osi: Osi) -> EnvelopeFacts:
    """The fields of the EnvPDU around what a machine sends."""
    rule = sender.messages.carriers.get(action.carrier)
    has_pdu = isinstance(action, m.Send)
    in_acse = has_pdu and rule is not None and rule.in_authentication_value
    stated = dict(action.envelope)
    facts: dict[str, str] = {}
    if has_pdu and not in_acse:
        facts |= _SECPDU
    elif "user-data" in stated:
        facts |= _PROTECTED_PROTOCOL
    else:
        facts |= _NOTHING
    if action.carrier in ("AARQ", "AARE"):
        facts["application-context"] = osi.profiles[sender.mode].application_context
        facts |= _AUTHENTICATED if in_acse else _KERNEL_ONLY
    if action.carrier == "AARQ":
        facts |= _CALLING
    if action.carrier == "AARE":
        facts["result"] = _result(action, stated, osi)
    return facts


def _result(action: m.Send | m.SendEnvelope, stated: Mapping[str, x.Expression], osi: Osi) -> str:
    value = stated.get("result")
    if isinstance(value, x.EnumLiteral):
        return value.member
    if isinstance(action, m.SendEnvelope):
        return "rejected-permanent"
    carrier = osi.carriers.get(action.message)
    return RESULTS[carrier.results[0]] if carrier is not None and carrier.results else RESULTS[0]


def seen_as(sender: m.Machine, action: m.Send | m.SendEnvelope, receiver: m.Machine) -> str | None:
    """The message that a machine receives when another sends; None where it has none for it.

    A party of another mode does not find the SecPDU, or takes the carrier for its own message.
    """
    if isinstance(action, m.Send) and sender.mode == receiver.mode:
        return action.message
    rule = receiver.messages.carriers.get(action.carrier)
    if rule is None:
        return None
    return rule.carries if rule.in_authentication_value else rule.otherwise
