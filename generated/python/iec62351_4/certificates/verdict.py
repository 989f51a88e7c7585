"""One answer for everything the checks of the handlers ask about a peer's certificate.

The checks distinguish faults with a diagnostic (unusable certificate, invalid path) from alarm
conditions without one (revoked, forged); a verdict keeps them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iec62351_4.certificates.annex_g import Deviation, deviations
from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.crl import CertificateWarning
from iec62351_4.certificates.path import (
    TrustStore,
    check_critical_extensions,
    check_validity,
    validate_path,
)
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.errors import CertificateError


@dataclass(frozen=True, slots=True)
class CertificateVerdict:
    """What is wrong with a certificate, by the check that it belongs to."""

    certificate: Certificate | None
    """The parsed certificate; None if it cannot be parsed."""
    usability: CertificateError | None
    """Malformed, against Annex G, outside its validity period (HR-06, diagnostic 8)."""
    path: CertificateError | None
    """No valid path to a trust anchor (HR-06, diagnostic 9)."""
    alarm: CertificateError | None
    """Revoked or forged (HR-07, no diagnostic)."""
    deviations: tuple[Deviation, ...]
    """All deviations from Annex G, also when it was not demanded."""
    warnings: tuple[CertificateWarning, ...]
    """Revocation information that was missing or stale."""

    @property
    def error(self) -> CertificateError | None:
        """The fault to report if only one is: the alarm, if there is one."""
        return self.alarm or self.usability or self.path


def examine_certificate(
    octets: bytes,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    now: int,
    provider: CryptoProvider,
    *,
    demand_annex_g: bool = True,
) -> CertificateVerdict:
    """Examine a peer's certificate; never raises because of what is in it.

    Source: 62351-4, 14.3 and G; 11.2 for the A-profile, where the captured certificates
    of deployed peers do not conform to Annex G.

    Args:
        octets: DER of the certificate.
        intermediates: DER certificates of ``certPath``, in any order.
        trust: Anchors and revocation lists.
        now: Milliseconds since the epoch.
        provider: Verifies signatures.
        demand_annex_g: Whether a deviation makes the certificate unusable.
    """
    try:
        certificate = parse_certificate(octets)
    except CertificateError as error:
        return CertificateVerdict(None, error, None, None, (), ())
    found = deviations(certificate)
    usability = _usability(certificate, found if demand_annex_g else (), now)
    path: CertificateError | None = None
    warnings: tuple[CertificateWarning, ...] = ()
    try:
        warnings = validate_path(certificate, intermediates, trust, now, provider).warnings
    except CertificateError as error:
        path = error
    faults = (usability, path)
    return CertificateVerdict(
        certificate=certificate,
        usability=_unless_alarm(usability),
        path=_unless_alarm(path),
        alarm=next((fault for fault in faults if fault and fault.is_alarm), None),
        deviations=found,
        warnings=warnings,
    )


def _usability(
    certificate: Certificate, found: tuple[Deviation, ...], now: int
) -> CertificateError | None:
    errors = [deviation.error() for deviation in found]
    try:
        check_validity(certificate, now)
        check_critical_extensions(certificate)
    except CertificateError as error:
        errors.append(error)
    return next((error for error in errors if error.is_alarm), errors[0] if errors else None)


def _unless_alarm(fault: CertificateError | None) -> CertificateError | None:
    return None if fault is None or fault.is_alarm else fault
