"""ACSE APDUs over the generated codec: ``Envelope`` to octets and back.

Owns AARQ, AARE, RLRQ, RLRE and ABRT. Which APDU may come when is decided in ``osi``; what the
fields must hold is decided by the handlers.

Source: X.227, 9; 62351-4, 11.1 (A-profile) and 15 (native mode, kernel only).
"""

from __future__ import annotations

from iec62351_4.codec import acse_1 as codec
from iec62351_4.codec.external import External
from iec62351_4.environment.envelope import (
    ACSE_ABSTRACT_SYNTAX,
    MMS_AUTHENTICATION_SYNTAX,
    Carrier,
    Envelope,
    ExternalEncoding,
    UserInformation,
)
from iec62351_4.environment.presentation import ContextTable
from iec62351_4.errors import DecodeError, TransportError

AUTHENTICATION = 0x01
"""Bit authentication(0) of ACSE-requirements."""
EMPTY_OBJECT_IDENTIFIER = b"\x06\x00"


class UnknownContextError(DecodeError):
    """An indirect-reference names no presentation context in use (event 15.2)."""


# --- EXTERNAL ----------------------------------------------------------------------------------


def _information(
    externals: list[External] | None, contexts: ContextTable
) -> tuple[UserInformation, ...]:
    found = []
    for external in externals or ():
        syntax = None
        if external.indirect_reference is not None:
            syntax = contexts.abstract_syntax(external.indirect_reference)
            if syntax is None:
                raise UnknownContextError("indirect-reference is unknown", 0, ("user-information",))
        encoding, octets = external.encoding
        if not isinstance(octets, bytes):
            raise DecodeError("EXTERNAL is a bit string", 0, ("user-information",))
        found.append(
            UserInformation(
                abstract_syntax=syntax,
                octets=octets,
                direct_reference=external.direct_reference,
                indirect_reference=external.indirect_reference,
                encoding=ExternalEncoding(encoding),
            )
        )
    return tuple(found)


def _externals(
    information: tuple[UserInformation, ...], contexts: ContextTable
) -> list[External] | None:
    result = []
    for item in information:
        identifier = item.indirect_reference
        if identifier is None and item.abstract_syntax is not None:
            identifier = contexts.identifier(item.abstract_syntax)
            if identifier is None:
                raise TransportError(f"no presentation context for {item.abstract_syntax}")
        result.append(_external(identifier, item.direct_reference, item.octets))
    return result or None


def _external(indirect: int | None, direct: str | None, octets: bytes) -> External:
    return External(
        direct_reference=direct,
        indirect_reference=indirect,
        encoding=("single-ASN1-type", octets),
    )


# --- names -------------------------------------------------------------------------------------


def _title(octets: bytes | None, tolerates_empty: bool) -> str | None:
    """AP-title as text: dotted (form 2), empty, or ``#`` and the hexadecimal TLV (other forms)."""
    if octets is None:
        return None
    if octets == EMPTY_OBJECT_IDENTIFIER:
        # INTEROP: one commercial conformance tester sends a called-AP-title of length zero.
        if not tolerates_empty:
            raise DecodeError("AP-title is an OBJECT IDENTIFIER of length zero", 0, ("AP-title",))
        return ""
    if octets[0] == 0x06:
        return codec.decode_APTitleForm2(octets)
    return "#" + octets.hex()


def _title_octets(title: str | None) -> bytes | None:
    if title is None:
        return None
    if not title:
        return EMPTY_OBJECT_IDENTIFIER
    if title.startswith("#"):
        return bytes.fromhex(title[1:])
    return codec.encode_APTitleForm2(title)


def _qualifier(value: codec.AEQualifier | None) -> int | None:
    """AE-qualifier of form 2; a directory name (form 1) is no number and gives None."""
    if value is None or not isinstance(value[1], int):
        return None
    return value[1]


def _qualifier_value(number: int | None) -> codec.AEQualifier | None:
    return None if number is None else ("ae-qualifier-form2", number)


# --- authentication ----------------------------------------------------------------------------


def _authentication(value: codec.AuthenticationValue | None) -> tuple[bytes | None, bool]:
    """Return (octets, is external) of an authentication value; see ``Envelope``."""
    if value is None:
        return None, True
    content = value[1]
    if isinstance(content, External):
        kind, octets = content.encoding
        if kind == "single-ASN1-type" and isinstance(octets, bytes):
            return octets, True
    return codec.encode_AuthenticationValue(value), False


def _authentication_value(
    envelope: Envelope, contexts: ContextTable
) -> codec.AuthenticationValue | None:
    octets = envelope.authentication_value
    if octets is None:
        return None
    if not envelope.authentication_value_is_external:
        return codec.decode_AuthenticationValue(octets)
    # The context may be missing when the partner offered none (62351-4, 11.1): then the EXTERNAL
    # names the abstract syntax itself.
    identifier = contexts.identifier(MMS_AUTHENTICATION_SYNTAX)
    direct = MMS_AUTHENTICATION_SYNTAX if identifier is None else None
    return ("external", _external(identifier, direct, octets))


def _has_authentication(requirements: int | None) -> bool:
    return bool((requirements or 0) & AUTHENTICATION)


# --- APDUs -------------------------------------------------------------------------------------


def encode_apdu(envelope: Envelope, contexts: ContextTable) -> bytes:
    """Encode the APDU of an envelope (not DATA).

    Raises:
        TransportError: No presentation context for an abstract syntax, or no such APDU.
        EncodeError: A value is missing or out of range.
    """
    match envelope.carrier:
        case Carrier.AARQ:
            return codec.encode_AARQApdu(_aarq(envelope, contexts))
        case Carrier.AARE:
            return codec.encode_AAREApdu(_aare(envelope, contexts))
        case Carrier.RLRQ:
            return codec.encode_RLRQApdu(
                codec.RLRQApdu(
                    reason=envelope.reason,
                    user_information=_externals(envelope.user_information, contexts),
                )
            )
        case Carrier.RLRE:
            return codec.encode_RLREApdu(
                codec.RLREApdu(
                    reason=envelope.reason,
                    user_information=_externals(envelope.user_information, contexts),
                )
            )
        case Carrier.ABRT:
            return codec.encode_ABRTApdu(
                codec.ABRTApdu(
                    abort_source=envelope.abort_source or 0,
                    abort_diagnostic=envelope.abort_diagnostic,
                    user_information=_externals(envelope.user_information, contexts),
                )
            )
        case _:
            raise TransportError(f"{envelope.carrier.value} is no ACSE APDU")


def _context_name(envelope: Envelope) -> str:
    if envelope.application_context is None:
        raise TransportError(f"{envelope.carrier.value} needs an application context name")
    return envelope.application_context


def _aarq(envelope: Envelope, contexts: ContextTable) -> codec.AARQApdu:
    return codec.AARQApdu(
        application_context_name=_context_name(envelope),
        called_AP_title=_title_octets(envelope.called_ap_title),
        called_AE_qualifier=_qualifier_value(envelope.called_ae_qualifier),
        called_AP_invocation_identifier=envelope.called_ap_invocation_id,
        called_AE_invocation_identifier=envelope.called_ae_invocation_id,
        calling_AP_title=_title_octets(envelope.calling_ap_title),
        calling_AE_qualifier=_qualifier_value(envelope.calling_ae_qualifier),
        calling_AP_invocation_identifier=envelope.calling_ap_invocation_id,
        calling_AE_invocation_identifier=envelope.calling_ae_invocation_id,
        sender_acse_requirements=AUTHENTICATION if envelope.requirements_authentication else None,
        mechanism_name=envelope.mechanism_name,
        calling_authentication_value=_authentication_value(envelope, contexts),
        user_information=_externals(envelope.user_information, contexts),
    )


def _aare(envelope: Envelope, contexts: ContextTable) -> codec.AAREApdu:
    number = envelope.diagnostic or 0
    diagnostic: codec.AssociateSourceDiagnostic
    if envelope.diagnostic_source == 2:
        diagnostic = ("acse-service-provider", number)
    else:
        diagnostic = ("acse-service-user", number)
    return codec.AAREApdu(
        application_context_name=_context_name(envelope),
        result=envelope.result or 0,
        result_source_diagnostic=diagnostic,
        responding_AP_title=_title_octets(envelope.responding_ap_title),
        responding_AE_qualifier=_qualifier_value(envelope.responding_ae_qualifier),
        responding_AP_invocation_identifier=envelope.responding_ap_invocation_id,
        responding_AE_invocation_identifier=envelope.responding_ae_invocation_id,
        responder_acse_requirements=(
            AUTHENTICATION if envelope.requirements_authentication else None
        ),
        mechanism_name=envelope.mechanism_name,
        responding_authentication_value=_authentication_value(envelope, contexts),
        user_information=_externals(envelope.user_information, contexts),
    )


def decode_apdu(
    octets: bytes, contexts: ContextTable, *, tolerates_empty_ap_title: bool = True
) -> Envelope:
    """Decode one APDU.

    Args:
        octets: The presentation data value of the ACSE context.
        contexts: Resolves indirect-references.
        tolerates_empty_ap_title: Accept an AP-title of length zero; the envelope then has "".

    Raises:
        UnknownContextError: An EXTERNAL of user-information names no context in use.
        DecodeError: Not an ACSE APDU.
    """
    _, apdu = codec.decode_ACSEApdu(octets)
    match apdu:
        case codec.AARQApdu():
            return _from_aarq(apdu, contexts, tolerates_empty_ap_title)
        case codec.AAREApdu():
            return _from_aare(apdu, contexts, tolerates_empty_ap_title)
        case codec.RLRQApdu() | codec.RLREApdu():
            is_request = isinstance(apdu, codec.RLRQApdu)
            return Envelope(
                Carrier.RLRQ if is_request else Carrier.RLRE,
                reason=apdu.reason,
                user_information=_information(apdu.user_information, contexts),
            )
        case codec.ABRTApdu():
            return Envelope(
                Carrier.ABRT,
                abort_source=apdu.abort_source,
                abort_diagnostic=apdu.abort_diagnostic,
                user_information=_information(apdu.user_information, contexts),
            )
        case _:
            raise DecodeError("unknown APDU", 0, ("ACSE-apdu",))


def _from_aarq(apdu: codec.AARQApdu, contexts: ContextTable, tolerates_empty: bool) -> Envelope:
    value, is_external = _authentication(apdu.calling_authentication_value)
    return Envelope(
        Carrier.AARQ,
        application_context=apdu.application_context_name,
        requirements_authentication=_has_authentication(apdu.sender_acse_requirements),
        mechanism_name=apdu.mechanism_name,
        authentication_value=value,
        authentication_value_is_external=is_external,
        user_information=_information(apdu.user_information, contexts),
        calling_ap_title=_title(apdu.calling_AP_title, tolerates_empty),
        calling_ae_qualifier=_qualifier(apdu.calling_AE_qualifier),
        calling_ap_invocation_id=apdu.calling_AP_invocation_identifier,
        calling_ae_invocation_id=apdu.calling_AE_invocation_identifier,
        called_ap_title=_title(apdu.called_AP_title, tolerates_empty),
        called_ae_qualifier=_qualifier(apdu.called_AE_qualifier),
        called_ap_invocation_id=apdu.called_AP_invocation_identifier,
        called_ae_invocation_id=apdu.called_AE_invocation_identifier,
        offered_syntaxes=tuple(context.abstract_syntax for context in contexts.offered),
    )


def _from_aare(apdu: codec.AAREApdu, contexts: ContextTable, tolerates_empty: bool) -> Envelope:
    value, is_external = _authentication(apdu.responding_authentication_value)
    source, diagnostic = apdu.result_source_diagnostic
    return Envelope(
        Carrier.AARE,
        application_context=apdu.application_context_name,
        requirements_authentication=_has_authentication(apdu.responder_acse_requirements),
        mechanism_name=apdu.mechanism_name,
        authentication_value=value,
        authentication_value_is_external=is_external,
        user_information=_information(apdu.user_information, contexts),
        result=apdu.result,
        diagnostic_source=1 if source == "acse-service-user" else 2,
        diagnostic=diagnostic,
        responding_ap_title=_title(apdu.responding_AP_title, tolerates_empty),
        responding_ae_qualifier=_qualifier(apdu.responding_AE_qualifier),
        responding_ap_invocation_id=apdu.responding_AP_invocation_identifier,
        responding_ae_invocation_id=apdu.responding_AE_invocation_identifier,
        offered_syntaxes=contexts.accepted_syntaxes,
    )


def acse_identifier(contexts: ContextTable) -> int:
    """Identifier of the ACSE context.

    Raises:
        DecodeError: The peer did not offer or accept it.
    """
    identifier = contexts.identifier(ACSE_ABSTRACT_SYNTAX)
    if identifier is None:
        raise DecodeError("no presentation context for ACSE", 0, ("presentation",))
    return identifier
