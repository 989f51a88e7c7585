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
from itertools import pairwise

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.crl import CRL, CertificateWarning, check_revocation
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.errors import CertificateError, IntegrityError

MAX_PATH_CERTIFICATES = 8
"""Longest path, end entity and trust anchor included; also the most certificates in certPath."""

MAX_LINKS = 32
"""Most pairs of subject and possible issuer examined, and so most certificate signatures
verified, in one search."""

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

    Source: 62351-4, G and 14.3; 62351-9; RFC 5280, 6.1 as far as stated above.

    Args:
        end_entity: The certificate in question.
        intermediates: DER certificates of ``certPath``, in any order; may be empty.
        trust: Anchors and revocation lists.
        now: Milliseconds since the epoch.
        provider: Verifies signatures.

    Returns:
        The first path found that has no error.

    Raises:
        CertificateError: ``malformed``, ``too-large``, ``no-path``, ``not-yet-valid``,
            ``expired``, ``critical-extension``, ``not-a-ca``, ``key-usage``, ``path-length``
            or ``algorithm`` (errors); ``forged``, ``revoked`` or ``algorithm-mismatch``
            (alarms). If several candidates fail, an alarm is preferred.
    """
    if len(intermediates) > MAX_PATH_CERTIFICATES:
        raise CertificateError("path-length", "too many certificates in certPath")
    candidates = tuple(map(parse_certificate, intermediates))
    return _Search(candidates, trust, now, provider).extend((end_entity,))


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


def check_critical_extensions(certificate: Certificate) -> None:
    """Demand that every critical extension is one of ``PROCESSED_EXTENSIONS``.

    Raises:
        CertificateError: ``critical-extension``.
    """
    for extension in certificate.extensions:
        if extension.is_critical and extension.oid not in PROCESSED_EXTENSIONS:
            raise CertificateError("critical-extension", extension.oid)


class _Search:
    """A depth-first search with a bounded number of links examined."""

    def __init__(
        self,
        candidates: tuple[Certificate, ...],
        trust: TrustStore,
        now: int,
        provider: CryptoProvider,
    ) -> None:
        # Anchors first: the shortest path is found before a peer's detours are examined.
        self._issuers = [(anchor, True) for anchor in trust.anchors]
        self._issuers += [(candidate, False) for candidate in candidates]
        self._crls = trust.crls
        self._now = now
        self._provider = provider
        self._links_left = MAX_LINKS

    def extend(self, path: tuple[Certificate, ...]) -> CertificationPath:
        """Return a complete valid path that begins with ``path``, or raise the worst failure."""
        failure = CertificateError("no-path")
        for issuer, is_anchor in self._issuers:
            if issuer in path or not _may_have_issued(issuer, path[-1]):
                continue
            try:
                self._check_link(path, issuer)
                longer = (*path, issuer)
                return self._finish(longer) if is_anchor else self.extend(longer)
            except CertificateError as error:
                failure = _worse(failure, error)
        raise failure

    def _check_link(self, path: tuple[Certificate, ...], issuer: Certificate) -> None:
        """Demand that ``issuer`` was entitled to sign the last certificate, and did."""
        if self._links_left == 0 or len(path) == MAX_PATH_CERTIFICATES:
            raise CertificateError("path-length", "too many candidates")
        self._links_left -= 1
        _check_signature(path[-1], issuer, self._provider)
        constraints = issuer.basic_constraints
        if constraints is None or not constraints.is_ca:
            raise CertificateError("not-a-ca")
        if issuer.key_usage is not None and x509.KEY_CERT_SIGN not in issuer.key_usage:
            raise CertificateError("key-usage", "the issuer may not sign certificates")
        # RFC 5280, 4.2.1.9: self-issued intermediates do not count.
        below = sum(certificate.subject != certificate.issuer for certificate in path[1:])
        if constraints.path_length is not None and below > constraints.path_length:
            raise CertificateError("path-length")

    def _finish(self, path: tuple[Certificate, ...]) -> CertificationPath:
        """Check what concerns each certificate of a path whose signatures are verified.

        Revocation comes before validity, so that a certificate with both faults is an alarm.
        """
        looked_up = [
            check_revocation(certificate, issuer, self._crls, self._now, self._provider)
            for certificate, issuer in pairwise(path)
        ]
        for certificate in path:
            check_validity(certificate, self._now)
            check_critical_extensions(certificate)
        return CertificationPath(path, tuple(w for w in looked_up if w is not None))


def _may_have_issued(issuer: Certificate, certificate: Certificate) -> bool:
    """Compare names, and key identifiers where both are there; no signature is verified."""
    if issuer.subject != certificate.issuer:
        return False
    authority = certificate.authority_key_identifier
    wanted = None if authority is None else authority.key_identifier
    return None in (wanted, issuer.subject_key_identifier) or (
        wanted == issuer.subject_key_identifier
    )


def _check_signature(
    certificate: Certificate, issuer: Certificate, provider: CryptoProvider
) -> None:
    if certificate.inner_algorithm != certificate.outer_algorithm:
        raise CertificateError("algorithm-mismatch", is_alarm=True)
    algorithm = certificate.inner_algorithm.name
    if algorithm is None:
        raise CertificateError("algorithm", "signature algorithm is not supported")
    try:
        provider.verify(algorithm, issuer.public_key.spki, certificate.signature, certificate.tbs)
    except IntegrityError as error:
        raise CertificateError("forged", is_alarm=True) from error


def _worse(first: CertificateError, second: CertificateError) -> CertificateError:
    """Return the failure to report: an alarm before an error, anything before no path."""
    if second.is_alarm > first.is_alarm or first.reason == "no-path":
        return second
    return first
