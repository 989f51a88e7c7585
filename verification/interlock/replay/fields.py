"""Fields of the models in decoded PDUs and envelopes: whether they hold, and how to set them.

A field of a message is set along the path that the models give it, with the projection that they
name, so a new field needs nothing here. A field of the EnvPDU has no path in the models; each has
its line in a table below.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from iec62351_4 import tables
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.environment.envelope import Envelope, UserInformation
from iec62351_4.handlers import vocabulary
from iec62351_4.handlers.osi_view import OSIView
from iec62351_4.handlers.projections import (
    algorithm_identifier,
    diffie_hellman_set,
)
from iec62351_4.handlers.services import Address, DHShare, Services
from iec62351_4.handlers.vocabulary import PROTECTED_PROTOCOL_NAMES, DHGroup, ProtectedProtocol
from iec62351_4.testing import INITIATE_REQUEST
from interlock.model.machine import Machine
from interlock.model.messages import Field
from interlock.replay.stage import PROVIDER
from interlock.replay.values import CannotReplay, member, python_name, value

ANOTHER_OID = "1.3.9999.1"
"""An object identifier that no table has: what ``other`` stands for on the wire."""
ANOTHER_PROTOCOL = "another protected protocol"
ANOTHER_NUMBER = 99
SOMEBODY = Address("1.1.999.66", 66)
"""An address that no station has."""

ENCODERS: Mapping[str, tuple[str, str]] = {
    "HandshakeAcc": ("encode_HandshakeRsp", "assoAccept"),
    "ApplicationReject": ("encode_HandshakeRsp", "applReject"),
    "HandshakeSecReject": ("encode_HandshakeRsp", "secReject"),
    "HandshakeSecAbort": ("encode_AssoAbort", "handshakeSecAbort"),
    "DtSecAbort": ("encode_AssoAbort", "dtSecAbort"),
    "ApplAbort": ("encode_AssoAbort", "applAbort"),
}
"""SecPDUs that stand in a CHOICE: the encoder and the alternative."""


# --- SecPDUs -------------------------------------------------------------------------------------


def decode(name: str, octets: bytes) -> Any:
    """The PDU of a SecPDU whose type is known."""
    if name in ENCODERS:
        encoder, _ = ENCODERS[name]
        return getattr(e2e, encoder.replace("encode", "decode"))(octets)[1]
    return getattr(e2e, f"decode_{name}")(octets)


def encode(name: str, pdu: Any) -> bytes:
    """A SecPDU in its CHOICE, where it has one."""
    encoder, alternative = ENCODERS.get(name, (f"encode_{name}", ""))
    octets: bytes = getattr(e2e, encoder)((alternative, pdu) if alternative else pdu)
    return octets


def secpdu(envelope: Envelope) -> bytes:
    """The octets of the SecPDU in an envelope."""
    return envelope.user_information[0].octets


def with_secpdu(envelope: Envelope, octets: bytes) -> Envelope:
    """The envelope around another SecPDU."""
    return replace(envelope, user_information=(UserInformation(tables.E2E_SECURITY_AS, octets),))


def holds(view: Any, field: Field, text: str) -> bool | None:
    """Whether a field of a received message has the value of a trace; None where none is meant.

    Texts, octets, times and opaque values of a trace are symbols, not values.
    """
    try:
        wanted = value(text, field.type)
    except CannotReplay:
        return None
    actual = getattr(view, python_name(field.name))
    if isinstance(actual, tuple):
        return frozenset(actual) == frozenset(wanted)
    return bool(actual == wanted)


def write(pdu: Any, field: Field, text: str) -> None:
    """Set a field in a decoded PDU; signatures and ICVs are not made again.

    Raises:
        CannotReplay: The field is of a kind that cannot be set to a value of a trace.
    """
    if any(step.name == "encr-mode" for step in field.steps):
        _write_offer(pdu, field, text)
        return
    *above, last = (python_name(step.name) for step in field.steps)
    holder = pdu
    for name in above:
        holder = getattr(holder, name)
        if holder is None:
            raise CannotReplay(f"m.{field.name} lies in a component that is absent")
    projection = _PROJECTIONS.get(field.projection)
    if projection is None:
        raise CannotReplay(f"no recipe sets m.{field.name}, read as {field.projection}")
    setattr(holder, last, projection(getattr(holder, last), field, text))


def _algorithm(text: str, enumeration: str) -> AlgorithmIdentifier:
    found: Any = member(text, enumeration)
    if found.value == "other":
        return AlgorithmIdentifier(algorithm=ANOTHER_OID)
    return algorithm_identifier(found)


def _write_offer(pdu: Any, field: Field, text: str) -> None:
    """The CHOICE of encryption modes, with its lists."""
    token1 = pdu.tbs.token1
    mode, offer = token1.encr_mode
    if field.projection == "branch":
        wanted = member(text, "EncrMode").value
        if wanted == "other":
            raise CannotReplay("an unknown alternative of encr-mode cannot be encoded")
        if wanted != mode:
            icv = [algorithm_identifier(vocabulary.IcvAlgorithm.hmacWithSHA256)]
            none = e2e.ClearToken1EncrModeNonAea(encr=None, icvAlgID=icv)
            aead = [algorithm_identifier(vocabulary.AeadAlgorithm.aes128_GCM)]
            token1.encr_mode = ("aea", aead) if wanted == "aea" else ("non-aea", none)
        return
    kind: Any = field.type
    listed = [_algorithm(one.value, kind.element.name) for one in value(text, field.type)]
    at = [step.name for step in field.steps]
    if mode not in at:
        if listed:
            raise CannotReplay(f"m.{field.name} has no place in encryption mode {mode}")
    elif mode == "aea":
        token1.encr_mode = (mode, listed)
    else:
        setattr(offer, at[-1], listed or ([] if at[-1] == "icvAlgID" else None))


def _bit(present: Any, field: Field, text: str) -> int:
    flags = next(
        f for f in (e2e.Version, e2e.ConfidentialityParms) if field.argument in f.__members__
    )
    bit = int(flags[field.argument or ""])
    return int(present) | bit if text == "true" else int(present) & ~bit


def _present(present: Any, field: Field, text: str) -> Any:
    if text != "true":
        return None
    if present is not None:
        return present
    absent = {"attCert": b"\x30\x00", "assoID": "999:999", "diag": 0}
    name = field.steps[-1].name
    if name not in absent:
        raise CannotReplay(f"no recipe puts {field.path} into a PDU")
    return absent[name]


def _groups(present: Any, field: Field, text: str) -> Any:
    del present
    groups = value(text, field.type)
    shares = tuple(
        DHShare(group, PROVIDER.generate_agreement_key(group.value)[1])
        for group in groups
        if group is not DHGroup.other
    )
    unknown = e2e.DiffieHellmanKey(group=ANOTHER_NUMBER, dhPublicKey=bytes(32))
    return diffie_hellman_set(shares) + [unknown] * (DHGroup.other in groups)


def number_of(field: Field, text: str) -> int:
    """The number of a diagnostic, by its shown value."""
    kind: Any = field.type
    table: Any = {
        "HandshakeDiagnostics": vocabulary.HANDSHAKE_DIAGNOSTICS_NUMBERS,
        "DtDiagnostics": vocabulary.DT_DIAGNOSTICS_NUMBERS,
    }[kind.name]
    number: int = table.get(member(text, kind.name), ANOTHER_NUMBER)
    return number


def _protocol(present: Any, field: Field, text: str) -> str:
    del present, field
    found = member(text, "ProtectedProtocol")
    assert isinstance(found, ProtectedProtocol)
    return PROTECTED_PROTOCOL_NAMES.get(found, ANOTHER_PROTOCOL)


_PROJECTIONS: Mapping[str, Callable[[Any, Field, str], Any]] = {
    "algorithm": lambda present, field, text: _algorithm(text, getattr(field.type, "name", "")),
    "bit": _bit,
    "boolean": lambda present, field, text: text == "true",
    "integer": lambda present, field, text: value(text, field.type),
    "present": _present,
    "groups": _groups,
    "enumerated": lambda present, field, text: number_of(field, text),
    "protected-protocol": _protocol,
}
"""Projection to what makes the new value of the component of the old one."""


# --- envelopes -----------------------------------------------------------------------------------


def envelope_holds(
    envelope: Envelope, services: Services, machine: Machine, name: str, text: str
) -> bool | None:
    """Whether a field of the EnvPDU has the value of a trace; None where none is meant."""
    field = machine.envelope.get(name)
    if field is None:
        return None
    try:
        wanted = value(text, field.type)
    except CannotReplay:
        return None
    return bool(getattr(OSIView(envelope, services), python_name(name)) == wanted)


def write_envelope(envelope: Envelope, own: Address, name: str, text: str) -> Envelope:
    """Set a field of an EnvPDU; nothing protects any.

    Args:
        envelope: The EnvPDU.
        own: The address of the station that will receive it.
        name: Field of the models, or ``calling-ap-title``, ``responding-ap-title``.
        text: Its shown value.
    """
    is_set = text == "true"
    first, information = _first(envelope), envelope.user_information
    simple: Mapping[str, Mapping[str, Any]] = {
        "acse-authentication": {"requirements_authentication": is_set},
        "has-calling-ap-title": {"calling_ap_title": SOMEBODY.ap_title if is_set else None},
        "calling-ap-title": {"calling_ap_title": SOMEBODY.ap_title},
        "has-calling-ae-qualifier": {
            "calling_ae_qualifier": SOMEBODY.ae_qualifier if is_set else None
        },
        "has-responding-ap-title": {"responding_ap_title": SOMEBODY.ap_title if is_set else None},
        "responding-ap-title": {"responding_ap_title": SOMEBODY.ap_title},
        "has-responding-ae-qualifier": {
            "responding_ae_qualifier": SOMEBODY.ae_qualifier if is_set else None
        },
        "called-is-us": {
            "called_ap_title": own.ap_title if is_set else SOMEBODY.ap_title,
            "called_ae_qualifier": own.ae_qualifier if is_set else SOMEBODY.ae_qualifier,
        },
        "has-direct-reference": {
            "user_information": (
                replace(first, direct_reference=tables.MMS_SYNTAX if is_set else None),
            )
        },
        "has-indirect-reference": {
            "user_information": (replace(first, indirect_reference=1 if is_set else None),)
        },
        "context-is-e2e": {
            "user_information": (_of_syntax(first, tables.E2E_SECURITY_AS, is_set),)
        },
        "context-is-mms": {"user_information": (_of_syntax(first, tables.MMS_SYNTAX, is_set),)},
        "e2e-context-offered": {"offered_syntaxes": (tables.E2E_SECURITY_AS,) if is_set else ()},
        "user-data": {"user_information": (replace(first, octets=INITIATE_REQUEST[:-1] + b"\1"),)},
    }
    if name in simple:
        return replace(envelope, **simple[name])
    if name == "information-count":
        count = value_of_count(text)
        return replace(envelope, user_information=(information + (first,) * count)[:count])
    return _write_enumeration(envelope, name, text)


def value_of_count(text: str) -> int:
    """A number of elements."""
    if not text.isdigit():
        raise CannotReplay(f'"{text}" is no number of elements')
    return int(text)


def _first(envelope: Envelope) -> UserInformation:
    if envelope.user_information:
        return envelope.user_information[0]
    return UserInformation(tables.MMS_SYNTAX, INITIATE_REQUEST, indirect_reference=3)


def _of_syntax(information: UserInformation, syntax: str, is_set: bool) -> UserInformation:
    return replace(information, abstract_syntax=syntax if is_set else ANOTHER_OID)


def _write_enumeration(envelope: Envelope, name: str, text: str) -> Envelope:
    tail = text.rpartition(".")[2]
    known: Mapping[str, tuple[str, Mapping[str, Any]]] = {
        "application-context": (
            "application_context",
            {"basic-AC": tables.BASIC_AC, "e2eMmsAC": tables.E2E_MMS_AC, "other": ANOTHER_OID},
        ),
        "mechanism": (
            "mechanism_name",
            {"absent": None, "a-profile": tables.A_PROFILE_MECHANISM, "other": ANOTHER_OID},
        ),
        "result": (
            "result",
            {
                "absent": None,
                "accepted": 0,
                "rejected-permanent": 1,
                "rejected-transient": 2,
                "other": ANOTHER_NUMBER,
            },
        ),
        "acse-diagnostic": ("diagnostic", _numbers(vocabulary.ACSE_DIAGNOSTIC_NUMBERS)),
        "abort-diagnostic": ("abort_diagnostic", _numbers(vocabulary.ABORT_DIAGNOSTIC_NUMBERS)),
    }
    if name == "authentication-value":
        octets = envelope.authentication_value or b"\x30\x00"
        return replace(
            envelope,
            authentication_value=None if tail == "absent" else octets,
            authentication_value_is_external=tail != "other",
        )
    attribute, members = known.get(name, ("", {}))
    if tail not in members:
        raise CannotReplay(f"no recipe sets e.{name} to {text}")
    return replace(envelope, **{attribute: members[tail]})


def _numbers(table: Mapping[Any, int]) -> dict[str, int]:
    return {one.value: number for one, number in table.items()} | {"other": ANOTHER_NUMBER}
