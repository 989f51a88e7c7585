"""Binding of a certificate's subject to the address of the party that sent it.

Source: 62351-4, G.6.2 (OSI) and G.6.3 (XMPP).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from iec62351_4.certificates import der
from iec62351_4.certificates.certificate import Certificate
from iec62351_4.errors import CertificateError

OBJECT_IDENTIFIER_ATTRIBUTE = "2.5.4.106"
"""X.520 id-at-objectIdentifier."""

JID_ATTRIBUTE = "2.5.4.105"
"""X.520 id-at-jid."""

_DOTTED = re.compile(r"[0-2](\.(0|[1-9][0-9]*))+", re.ASCII)


@dataclass(frozen=True, slots=True)
class SubjectAddress:
    """The address that a subject states."""

    attribute: str
    """``2.5.4.106`` (OSI) or ``2.5.4.105`` (XMPP)."""
    value: str
    """Dotted AE-title, or a jid."""
    is_strict: bool
    """Whether the value has the type that X.520 demands, an OBJECT IDENTIFIER for OSI. The
    UTF8String variant is what libraries that cannot load the other form issue."""


def subject_address(certificate: Certificate) -> SubjectAddress:
    """Read the address from a subject of exactly one RDN with exactly one attribute.

    Source: 62351-4, G.6.2 and G.6.3.

    Raises:
        CertificateError: ``subject``: more than one attribute, another attribute, or a value
            of a wrong type or form.
    """
    rdns = certificate.subject.rdns
    if len(rdns) != 1 or len(rdns[0]) != 1:
        raise CertificateError("subject", "not exactly one attribute")
    attribute = rdns[0][0]
    if attribute.type == OBJECT_IDENTIFIER_ATTRIBUTE:
        return _ae_title(attribute.tag, attribute.value)
    if attribute.type == JID_ATTRIBUTE and attribute.tag == der.UTF8_STRING:
        return SubjectAddress(attribute.type, _utf8(attribute.value), is_strict=True)
    raise CertificateError("subject", "neither an objectIdentifier nor a jid")


def bind_osi(
    certificate: Certificate,
    ap_title: str | None,
    ae_qualifier: int | None,
    *,
    accept_text: bool = True,
) -> None:
    """Demand that the subject is AP-title and AE-qualifier of the sender.

    Source: 62351-4, G.6.2. INTERPRETATION (Q22): the AE-qualifier is the last arc, as in
    an AE-title of form 2. INTEROP: the UTF8String variant is accepted by default, because
    OpenSSL cannot load the strict form.

    Args:
        certificate: The peer's.
        ap_title: calling-AP-title of a client, responding-AP-title of a server, dotted; None
            if it was absent.
        ae_qualifier: The AE-qualifier beside it; None if it was absent.
        accept_text: Whether the UTF8String variant is accepted.

    Raises:
        CertificateError: ``subject`` as above; ``address-mismatch`` (an alarm) for another
            address, or if the sender's is incomplete.
    """
    address = subject_address(certificate)
    if address.attribute != OBJECT_IDENTIFIER_ATTRIBUTE or not (address.is_strict or accept_text):
        raise CertificateError("subject", "not an objectIdentifier of the accepted form")
    if ap_title is None or ae_qualifier is None or address.value != f"{ap_title}.{ae_qualifier}":
        raise CertificateError("address-mismatch", is_alarm=True)


def bind_jid(certificate: Certificate, jid: str) -> None:
    """Demand that the subject is the sender's jid, character for character.

    Source: 62351-4, G.6.3. No normalization: the sender's jid comes from the XMPP server,
    which has normalized it, and the certificate is to state the same form.

    Raises:
        CertificateError: ``subject``, or ``address-mismatch`` (an alarm).
    """
    address = subject_address(certificate)
    if address.attribute != JID_ATTRIBUTE:
        raise CertificateError("subject", "not a jid")
    if address.value != jid:
        raise CertificateError("address-mismatch", is_alarm=True)


def _ae_title(tag: int, value: bytes) -> SubjectAddress:
    if tag == der.OBJECT_IDENTIFIER:
        try:
            dotted = der.decode_object_identifier(value)
        except ValueError as error:
            raise CertificateError("subject", str(error)) from error
        return SubjectAddress(OBJECT_IDENTIFIER_ATTRIBUTE, dotted, is_strict=True)
    if tag != der.UTF8_STRING:
        raise CertificateError("subject", "objectIdentifier of a wrong type")
    text = _utf8(value)
    if not _DOTTED.fullmatch(text):
        raise CertificateError("subject", "objectIdentifier is not dotted numbers")
    return SubjectAddress(OBJECT_IDENTIFIER_ATTRIBUTE, text, is_strict=False)


def _utf8(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CertificateError("subject", "illegal characters") from error
