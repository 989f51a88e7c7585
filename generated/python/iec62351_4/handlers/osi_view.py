"""An EnvPDU of the OSI environment, as the machines see it and as they send it.

``OSIView`` has exactly the fields of ``models/environments/osi.yaml``; ``compose`` makes the
envelope that a model's ``send`` or ``send-envelope`` asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from iec62351_4 import tables
from iec62351_4.environment.envelope import Carrier, DiagnosticSource, Envelope, UserInformation
from iec62351_4.handlers.services import Services
from iec62351_4.handlers.vocabulary import (
    ABORT_DIAGNOSTIC_BY_NUMBER,
    ABORT_DIAGNOSTIC_NUMBERS,
    ABORT_SOURCE_NUMBERS,
    ACSE_DIAGNOSTIC_BY_NUMBER,
    ACSE_DIAGNOSTIC_NUMBERS,
    AbortDiagnostic,
    AbortSource,
    AcseDiagnostic,
    ApplicationContext,
    AssociateResult,
    AuthenticationValue,
    Mechanism,
)

_RESULTS = {
    AssociateResult.accepted: 0,
    AssociateResult.rejected_permanent: 1,
    AssociateResult.rejected_transient: 2,
}
_RESULTS_BY_NUMBER = {number: member for member, number in _RESULTS.items()}
_CONTEXTS = {
    tables.BASIC_AC: ApplicationContext.basic_AC,
    tables.E2E_MMS_AC: ApplicationContext.e2eMmsAC,
}


@dataclass(frozen=True, slots=True)
class OSIView:
    """What the upper layers say about a received message. Nothing here is protected."""

    envelope: Envelope
    services: Services

    @property
    def application_context(self) -> ApplicationContext:
        """The application context."""
        return _CONTEXTS.get(self.envelope.application_context or "", ApplicationContext.other)

    @property
    def acse_authentication(self) -> bool:
        """Whether the authentication functional unit is selected."""
        return self.envelope.requirements_authentication

    @property
    def mechanism(self) -> Mechanism:
        """The mechanism-name."""
        if self.envelope.mechanism_name is None:
            return Mechanism.absent
        known = self.envelope.mechanism_name == tables.A_PROFILE_MECHANISM
        return Mechanism.a_profile if known else Mechanism.other

    @property
    def authentication_value(self) -> AuthenticationValue:
        """The form of the authentication value."""
        if self.envelope.authentication_value is None:
            return AuthenticationValue.absent
        external = self.envelope.authentication_value_is_external
        return AuthenticationValue.external if external else AuthenticationValue.other

    @property
    def information_count(self) -> int:
        """Number of user-information elements."""
        return len(self.envelope.user_information)

    @property
    def _first(self) -> UserInformation | None:
        return self.envelope.user_information[0] if self.envelope.user_information else None

    @property
    def has_direct_reference(self) -> bool:
        """Whether any element has a direct-reference."""
        return any(u.direct_reference is not None for u in self.envelope.user_information)

    @property
    def has_indirect_reference(self) -> bool:
        """Whether the first element has an indirect-reference."""
        return self._first is not None and self._first.indirect_reference is not None

    @property
    def context_is_e2e(self) -> bool:
        """Whether the first element is of e2eSecurityAS."""
        return self._first is not None and self._first.abstract_syntax == tables.E2E_SECURITY_AS

    @property
    def context_is_mms(self) -> bool:
        """Whether the first element is of the MMS abstract syntax."""
        return self._first is not None and self._first.abstract_syntax == tables.MMS_SYNTAX

    @property
    def e2e_context_offered(self) -> bool:
        """Whether e2eSecurityAS is among the presentation contexts."""
        return tables.E2E_SECURITY_AS in self.envelope.offered_syntaxes

    @property
    def has_calling_ap_title(self) -> bool:
        """Whether a calling AP-title is there."""
        return bool(self.envelope.calling_ap_title)

    @property
    def has_calling_ae_qualifier(self) -> bool:
        """Whether a calling AE-qualifier is there."""
        return self.envelope.calling_ae_qualifier is not None

    @property
    def has_responding_ap_title(self) -> bool:
        """Whether a responding AP-title is there."""
        return bool(self.envelope.responding_ap_title)

    @property
    def has_responding_ae_qualifier(self) -> bool:
        """Whether a responding AE-qualifier is there."""
        return self.envelope.responding_ae_qualifier is not None

    @property
    def called_is_us(self) -> bool:
        """Whether called AP-title and AE-qualifier are absent or ours."""
        own = self.services.station.identity.address
        title, qualifier = self.envelope.called_ap_title, self.envelope.called_ae_qualifier
        return title in (None, "", own.ap_title) and qualifier in (None, own.ae_qualifier)

    @property
    def result(self) -> AssociateResult:
        """The result of an AARE."""
        if self.envelope.result is None:
            return AssociateResult.absent
        return _RESULTS_BY_NUMBER.get(self.envelope.result, AssociateResult.other)

    @property
    def acse_diagnostic(self) -> AcseDiagnostic:
        """The result-source-diagnostic of an AARE."""
        return ACSE_DIAGNOSTIC_BY_NUMBER.get(self.envelope.diagnostic or 0, AcseDiagnostic.other)

    @property
    def abort_diagnostic(self) -> AbortDiagnostic:
        """The abort-diagnostic of an ABRT."""
        return ABORT_DIAGNOSTIC_BY_NUMBER.get(
            self.envelope.abort_diagnostic or 0, AbortDiagnostic.other
        )

    @property
    def user_data(self) -> bytes:
        """The content of the first user-information element; empty if there is none."""
        return b"" if self._first is None else self._first.octets


def compose(
    carrier: Carrier,
    mode: str,
    services: Services,
    *,
    secpdu: bytes | None = None,
    authentication_value: bytes | None = None,
    user_data: bytes = b"",
    result: AssociateResult | None = None,
    acse_diagnostic: AcseDiagnostic | None = None,
    abort_source: AbortSource | None = None,
    abort_diagnostic: AbortDiagnostic | None = None,
    reason: int | None = None,
) -> Envelope:
    """Make the envelope of an EnvPDU to be sent.

    Source: 62351-4, Clauses 11 and 15, Table 4.

    Args:
        carrier: The APDU.
        mode: ``native`` or ``compatibility``.
        services: Whose addresses are put in.
        secpdu: The SecPDU (in its CHOICE where there is one), as a TLV.
        authentication_value: The A-profile's authentication value, as a TLV.
        user_data: A protected-protocol PDU in clear (compatibility mode).
        result: AARE only.
        acse_diagnostic: AARE only; absent means ``null`` for an acceptance, else
            ``no-reason-given``.
        abort_source: ABRT only.
        abort_diagnostic: ABRT only.
        reason: RLRQ and RLRE only.
    """
    envelope = Envelope(carrier, user_information=_information(secpdu, user_data))
    if carrier in (Carrier.AARQ, Carrier.AARE):
        envelope = _associate(envelope, mode, services, authentication_value)
    if carrier is Carrier.AARE:
        accepted = result is AssociateResult.accepted
        default = AcseDiagnostic.null if accepted else AcseDiagnostic.no_reason_given
        return replace(
            envelope,
            result=_RESULTS[result or AssociateResult.rejected_permanent],
            diagnostic_source=int(DiagnosticSource.SERVICE_USER),
            diagnostic=ACSE_DIAGNOSTIC_NUMBERS[acse_diagnostic or default],
        )
    if carrier is Carrier.ABRT:
        number = ABORT_DIAGNOSTIC_NUMBERS[abort_diagnostic or AbortDiagnostic.absent]
        return replace(
            envelope,
            abort_source=ABORT_SOURCE_NUMBERS[abort_source or AbortSource.service_user],
            abort_diagnostic=number or None,
        )
    if carrier in (Carrier.RLRQ, Carrier.RLRE):
        return replace(envelope, reason=0 if reason is None else reason)
    return envelope


def _information(secpdu: bytes | None, user_data: bytes) -> tuple[UserInformation, ...]:
    if secpdu is not None:
        return (UserInformation(tables.E2E_SECURITY_AS, secpdu),)
    if user_data:
        return (UserInformation(tables.MMS_SYNTAX, user_data),)
    return ()


def _associate(
    envelope: Envelope, mode: str, services: Services, authentication_value: bytes | None
) -> Envelope:
    own = services.station.identity.address
    if mode == "native":
        envelope = replace(envelope, application_context=tables.E2E_MMS_AC)
    else:
        envelope = replace(envelope, application_context=tables.BASIC_AC)
    if authentication_value is not None:
        envelope = replace(
            envelope,
            requirements_authentication=True,
            mechanism_name=tables.A_PROFILE_MECHANISM,
            authentication_value=authentication_value,
        )
    if envelope.carrier is Carrier.AARQ:
        peer = services.expected_peer
        return replace(
            envelope,
            calling_ap_title=own.ap_title,
            calling_ae_qualifier=own.ae_qualifier,
            called_ap_title=None if peer is None else peer.ap_title,
            called_ae_qualifier=None if peer is None else peer.ae_qualifier,
        )
    return replace(
        envelope, responding_ap_title=own.ap_title, responding_ae_qualifier=own.ae_qualifier
    )
