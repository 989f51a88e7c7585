"""Certification paths: from an end entity to a trust anchor.

The intermediate certificates may come in any order and may include ones that do not belong to
the path (the order of ``certPath`` is not captured, Q13). The search is bounded in depth and in
the number of signatures it verifies, so that a peer cannot buy much work with one PDU.

Supported is what the standard's profile needs. Name constraints, policies and every other
extension that is critical and not in ``PROCESSED_EXTENSIONS`` make a path invalid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.crl import CRL, CertificateWarning, check_revocation
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.errors import CertificateError, IntegrityError

MAX_PATH_CERTIFICATES = 8
"""Longest path, end entity and trust anchor included; also the most certificates in certPath."""

MAX_SIGNATURES = 32
"""Most signatures verified in one search."""

PROCESSED_EXTENSIONS = frozenset({x509.KEY_USAGE, x509.BASIC_CONSTRAINTS}) | {
    # These only help to find things; that we understand them makes them safe when critical.
    x509.SUBJECT_KEY_IDENTIFIER,
    x509.AUTHORITY_KEY_IDENTIFIER,
    x509.CRL_DISTRIBUTION_POINTS,
    x509.AUTHORITY_INFO_ACCESS,
    x509.IEC_USER_ROLES,
}
"""Extensions that may be critical."""


@dataclass(frozen=True, slots=True)
class TrustStore:
    """What the local party trusts, and what it knows about revocation."""

    anchors: tuple[Certificate, ...]
    """CA certificates trusted by configuration, in any order; 62351-9 demands room for five
    or more, there is no limit here."""
    crls: tuple[CRL, ...] = ()
    """Revocation lists at hand, in any order."""


@dataclass(frozen=True, slots=True)
class CertificationPath:
    """A path that was verified."""

    certificates: tuple[Certificate, ...]
    """End entity first, trust anchor last."""
    warnings: tuple[CertificateWarning, ...]
    """What is to be reported although the path is valid."""


def validate_path(
    end_entity: Certificate,
    intermediates: Sequence[bytes],
    trust: TrustStore,
    now: int,
    provider: CryptoProvider,
) -> CertificationPath:
    """Find and verify a path, and look up revocation of everything below the anchor.

    Source: 62351-4, Annex G and 14.3; 62351-9; RFC 5280, 6.1 as far as stated above.

    Args:
        end_entity: The certificate in question.
        intermediates: DER certificates of ``certPath``, in any order; may be empty.
        trust: Anchors and revocation lists.
        now: Milliseconds since the epoch.
        provider: Verifies signatures.

    Returns:
        The path. Two attempts at two paths prefer the one without an error.

    Raises:
        CertificateError: ``malformed``, ``too-large``, ``no-path``, ``not-yet-valid``,
            ``expired``, ``critical-extension``, ``not-a-ca``, ``key-usage``, ``path-length``
            or ``algorithm`` (errors); ``forged``, ``revoked`` or ``algorithm-mismatch``
            (alarms). If several candidates fail, an alarm is preferred.
    """
    if len(intermediates) > MAX_PATH_CERTIFICATES:
        raise CertificateError("path-length", "too many certificates in certPath")
    search = _Search(
        candidates=tuple(map(parse_certificate, intermediates)),
        trust=trust,
        now=now,
        provider=provider,
    )
    return search.run(end_entity)


def check_validity(certificate: Certificate, now: int) -> None:
    """Demand that ``now`` lies within the validity period, both ends included.

    Raises:
        CertificateError: ``not-yet-valid`` or ``expired`` (errors, not alarms).
    """
    if now < certificate.not_before:
        raise CertificateError("not-yet-valid")
    # The fields have whole seconds: the last one is valid until its end.
    if now >= certificate.not_after + 1000:
        raise CertificateError("expired")


class _Search:
    """A depth-first search with a bounded number of signature verifications."""

    def __init__(
        self,
        candidates: tuple[Certificate, ...],
        trust: TrustStore,
        now: int,
        provider: CryptoProvider,
    ) -> None:
        self._candidates = candidates
        self._trust = trust
        self._now = now
        self._provider = provider
        self._signatures_left = MAX_SIGNATURES
        self._failure: CertificateError | None = None

    def run(self, end_entity: Certificate) -> CertificationPath:
        path = self._extend((end_entity,))
        if path is None:
            raise self._failure or CertificateError("no-path")
        return path

    def _extend(self, path: tuple[Certificate, ...]) -> CertificationPath | None:
        """Return a complete valid path that begins with ``path``, or None and a failure."""
        last = path[-1]
        for anchor in self._trust.anchors:
            if _may_have_issued(anchor, last):
                complete = self._finish((*path, anchor))
                if complete is not None:
                    return complete
        if len(path) + 1 >= MAX_PATH_CERTIFICATES:
            return None
        for issuer in self._candidates:
            if issuer in path or not _may_have_issued(issuer, last):
                continue
            if self._try(lambda issuer=issuer: self._check_link(last, issuer)):  # type: ignore[misc]
                complete = self._extend((*path, issuer))
                if complete is not None:
                    return complete
        return None
