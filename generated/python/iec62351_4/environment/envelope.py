"""The typed view of one EnvPDU: what a handler sees of ACSE, presentation and session.

This module owns the vocabulary between the environment and the handlers and nothing else: no
encoding, no state. ``iec62351_4.environment.osi`` turns octets into an ``Envelope`` and back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, IntEnum

# Object identifiers of the upper layers, as captured.
# Source: 62351-4, 11.1 (A-profile); X.227 and X.226 for the rest.
ACSE_ABSTRACT_SYNTAX = "2.2.1.0.1"
MMS_ABSTRACT_SYNTAX = "1.0.9506.2.1"
MMS_APPLICATION_CONTEXT = "1.0.9506.2.3"
MMS_AUTHENTICATION_SYNTAX = "1.0.840.0.1.1.4.1"
BER_TRANSFER_SYNTAX = "2.1.1"


class Carrier(Enum):
    """Which APDU (or which other happening) carries an envelope."""

    AARQ = "AARQ"
    """A-ASSOCIATE request, in a CP-PPDU in a session CONNECT."""
    AARE = "AARE"
    """A-ASSOCIATE response; rejected when ``Envelope.result`` is not 0."""
    RLRQ = "RLRQ"
    """A-RELEASE request, in a session FINISH."""
    RLRE = "RLRE"
    """A-RELEASE response, in a session DISCONNECT."""
    ABRT = "ABRT"
    """An abort in any form. Without an ABRT APDU (ARP-PPDU, a bare session ABORT, a REFUSE that
    carries no AARE) ``abort_source`` and ``user_information`` are empty and ``reason`` may hold
    the provider's reason."""
    DATA = "DATA"
    """P-DATA: one presentation data value in a session DATA TRANSFER."""
    TRANSPORT_LOST = "TRANSPORT-LOST"
    """The transport went away without an abort; never sent, and everything else is empty."""


class AssociateResult(IntEnum):
    """``result`` of an AARE. Source: X.227."""

    ACCEPTED = 0
    REJECTED_PERMANENT = 1
    REJECTED_TRANSIENT = 2


class DiagnosticSource(IntEnum):
    """Which alternative of Associate-source-diagnostic is chosen. Source: X.227."""

    SERVICE_USER = 1
    SERVICE_PROVIDER = 2


class AbortSource(IntEnum):
    """``abort-source`` of an ABRT. Source: X.227."""

    SERVICE_USER = 0
    SERVICE_PROVIDER = 1


class ExternalEncoding(Enum):
    """Which alternative of EXTERNAL's ``encoding`` holds the octets."""

    SINGLE_ASN1_TYPE = "single-ASN1-type"
    OCTET_ALIGNED = "octet-aligned"
    ARBITRARY = "arbitrary"


@dataclass(frozen=True, slots=True)
class UserInformation:
    """One EXTERNAL of ``user-information``, or one presentation data value.

    When sending, ``abstract_syntax`` is enough: the environment finds the presentation context.
    """

    abstract_syntax: str | None
    """Dotted OID that ``indirect_reference`` stands for; None when it stands for nothing."""
    octets: bytes = field(repr=False)
    """The complete TLV (single-ASN1-type), or the content of the string for other encodings."""
    direct_reference: str | None = None
    """Dotted OID as on the wire."""
    indirect_reference: int | None = None
    """Presentation context identifier as on the wire; None lets the environment choose."""
    encoding: ExternalEncoding = ExternalEncoding.SINGLE_ASN1_TYPE


@dataclass(frozen=True, slots=True)
class Envelope:
    """One EnvPDU, received or to be sent.

    Absent fields are None (or an empty tuple). An AP-title is dotted; the empty string is an
    OBJECT IDENTIFIER of length zero, which one captured peer sends as called-AP-title.
    """

    carrier: Carrier
    application_context: str | None = None
    """``aSO-context-name`` as dotted OID (AARQ, AARE)."""
    requirements_authentication: bool = False
    """The authentication functional unit is in sender- or responder-acse-requirements."""
    mechanism_name: str | None = None
    """Dotted OID (AARQ, AARE)."""
    authentication_value: bytes | None = field(default=None, repr=False)
    """External: the complete TLV inside single-ASN1-type; otherwise the complete TLV of the
    alternative. None when the APDU has no authentication value."""
    authentication_value_is_external: bool = True
    """False when an authentication value of another alternative (e.g. a password) came, or one
    in an EXTERNAL that is not a single-ASN1-type."""
    user_information: tuple[UserInformation, ...] = ()
    """In wire order. DATA: exactly one, the presentation data value."""
    result: int | None = None
    """AARE: see ``AssociateResult``."""
    diagnostic_source: int | None = None
    """AARE: see ``DiagnosticSource``."""
    diagnostic: int | None = None
    """AARE: the number inside the chosen diagnostic alternative."""
    abort_source: int | None = None
    """ABRT: see ``AbortSource``."""
    abort_diagnostic: int | None = None
    """ABRT: 5 is authentication-failure."""
    reason: int | None = None
    """RLRQ, RLRE: release reason, 0 is normal. Provider abort: the provider's reason."""
    calling_ap_title: str | None = None
    calling_ae_qualifier: int | None = None
    calling_ap_invocation_id: int | None = None
    calling_ae_invocation_id: int | None = None
    called_ap_title: str | None = None
    called_ae_qualifier: int | None = None
    called_ap_invocation_id: int | None = None
    called_ae_invocation_id: int | None = None
    responding_ap_title: str | None = None
    responding_ae_qualifier: int | None = None
    responding_ap_invocation_id: int | None = None
    responding_ae_invocation_id: int | None = None
    offered_syntaxes: tuple[str, ...] = ()
    """AARQ received: every abstract syntax of the context definition list, in wire order.
    AARE received: those the responder accepted. Ignored when sending."""
