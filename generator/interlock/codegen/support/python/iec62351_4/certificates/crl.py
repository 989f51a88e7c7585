"""Certificate revocation lists: parse, verify, look up.

A list that is absent, expired or unusable does not mean that a certificate is revoked: the
association goes on and a warning is reported (62351-3; 62351-9). Not supported, and therefore
reported as unusable, are delta lists, indirect lists and lists restricted by a critical
issuingDistributionPoint.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates import der
from iec62351_4.certificates.certificate import AlgorithmIdentifier, Certificate, Extension, Name
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.errors import CertificateError, IntegrityError
from iec62351_4.events import SecurityEvent, Severity

MAX_CRL_OCTETS = 4 << 20
"""Largest list that is read at all: bounds memory, and allows about 100,000 entries."""

WarningReason = Literal["crl-unavailable", "crl-expired", "crl-unusable"]
"""Why revocation could not be looked up in a current list."""

_WARNING_TEXTS: dict[WarningReason, str] = {
    "crl-unavailable": "no revocation list of the issuer is at hand",
    "crl-expired": "the revocation list of the issuer has expired",
    "crl-unusable": "the revocation list of the issuer cannot be used",
}

_KNOWN_EXTENSIONS = frozenset({x509.AUTHORITY_KEY_IDENTIFIER, "2.5.29.20"})  # cRLNumber
_REASON_CODE = "2.5.29.21"


@dataclass(frozen=True, slots=True)
class CRL:
    """One certificate revocation list; made by ``parse_crl``."""

    tbs: bytes = field(repr=False)
    """The complete TBSCertList, what the signature covers."""
    inner_algorithm: AlgorithmIdentifier
    issuer: Name
    this_update: int
    """Milliseconds since the epoch."""
    next_update: int | None
    """Milliseconds since the epoch; None if absent."""
    revoked: Mapping[int, int] = field(repr=False)
    """Revocation time in milliseconds since the epoch, by serial number."""
    extensions: tuple[Extension, ...]
    outer_algorithm: AlgorithmIdentifier
    signature: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class CertificateWarning:
    """Something to report that does not make a certificate unusable."""

    reason: WarningReason
    serial: int
    """Serial number of the certificate concerned."""

    def to_event(
        self, time: int, *, association: str | None = None, peer: str | None = None
    ) -> SecurityEvent:
        """Return the warning as a security event.

        Source: 62351-9, events of group 4 (revocation). Which number of the group belongs to
        which situation is not captured, so the identifier is that of the group.
        """
        return SecurityEvent(
            id="IEC62351-9:4",
            severity=Severity.WARNING,
            text=_WARNING_TEXTS[self.reason],
            time=time,
            association=association,
            peer=peer,
            details={"reason": self.reason, "serial": f"{self.serial:x}"},
        )


def parse_crl(octets: bytes) -> CRL:
    """Parse one DER certificate list.

    Source: RFC 5280, 5.1.

    Raises:
        CertificateError: ``too-large`` or ``malformed``.
    """
    if len(octets) > MAX_CRL_OCTETS:
        raise CertificateError("too-large", f"{len(octets)} octets")
    outer = der.read_whole(octets).children()
    tbs = outer.read(der.SEQUENCE)
    outer_algorithm = x509.read_algorithm(outer.read(der.SEQUENCE))
    signature = outer.read(der.BIT_STRING).whole_octets()
    outer.finish()

    body = tbs.children()
    version = body.read_optional(der.INTEGER)
    if version is not None and version.integer() != 1:
        raise version.error("unknown version")
    inner_algorithm = x509.read_algorithm(body.read(der.SEQUENCE))
    issuer = x509.read_name(body.read(der.SEQUENCE))
    this_update = body.read().time()
    has_next = body.next_tag in (der.UTC_TIME, der.GENERALIZED_TIME)
    next_update = body.read().time() if has_next else None
    entries = body.read_optional(der.SEQUENCE)
    extensions = x509.read_extensions(body.read_optional(der.context(0)))
    body.finish()
    return CRL(
        tbs=tbs.encoding,
        inner_algorithm=inner_algorithm,
        issuer=issuer,
        this_update=this_update,
        next_update=next_update,
        revoked={} if entries is None else _read_entries(entries),
        extensions=extensions,
        outer_algorithm=outer_algorithm,
        signature=signature,
    )


def verify_crl(crl: CRL, issuer: Certificate, provider: CryptoProvider) -> None:
    """Demand that a list was signed by the CA that issued the certificates in question.

    Raises:
        CertificateError: ``crl-unusable``: another issuer or algorithm, no right to sign
            lists, a bad signature, or an unknown critical extension.
    """
    algorithm = crl.inner_algorithm.name
    if crl.issuer != issuer.subject or algorithm is None:
        raise CertificateError("crl-unusable", "issuer or algorithm")
    if crl.inner_algorithm != crl.outer_algorithm:
        raise CertificateError("crl-unusable", "inner and outer algorithm differ")
    if issuer.key_usage is not None and x509.CRL_SIGN not in issuer.key_usage:
        raise CertificateError("crl-unusable", "the CA may not sign lists")
    if any(e.is_critical and e.oid not in _KNOWN_EXTENSIONS for e in crl.extensions):
        raise CertificateError("crl-unusable", "unknown critical extension")
    try:
        provider.verify(algorithm, issuer.public_key.spki, crl.signature, crl.tbs)
    except IntegrityError as error:
        raise CertificateError("crl-unusable", "signature") from error


def check_revocation(
    certificate: Certificate,
    issuer: Certificate,
    crls: Iterable[CRL],
    now: int,
    provider: CryptoProvider,
) -> CertificateWarning | None:
    """Look a certificate up in all lists of its issuer.

    Source: 62351-4, G; 62351-9 (unreachable does not mean revoked).

    A certificate that a list of the past names stays revoked after that list has expired.

    Args:
        certificate: The one in question.
        issuer: Its issuer, already verified to be that.
        crls: All lists at hand, in any order, of any issuer.
        now: Milliseconds since the epoch.
        provider: Verifies the lists' signatures.

    Returns:
        None if a current list was consulted, else a warning that says why not.

    Raises:
        CertificateError: ``revoked`` (an alarm).
    """
    reason: WarningReason = "crl-unavailable"
    is_current = False
    for crl in crls:
        if crl.issuer != certificate.issuer:
            continue
        try:
            verify_crl(crl, issuer, provider)
        except CertificateError:
            reason = "crl-unusable"
            continue
        if crl.this_update > now:
            reason = "crl-unusable"
            continue
        if certificate.serial in crl.revoked:
            raise CertificateError("revoked", is_alarm=True)
        if crl.next_update is not None and now <= crl.next_update:
            is_current = True
        else:
            reason = "crl-expired"
    return None if is_current else CertificateWarning(reason, certificate.serial)


def _read_entries(entries: der.Element) -> dict[int, int]:
    revoked: dict[int, int] = {}
    for entry in entries.children().read_all(der.SEQUENCE):
        reader = entry.children()
        serial = reader.read(der.INTEGER).integer()
        date = reader.read().time()
        extensions = reader.read_optional(der.SEQUENCE)
        reader.finish()
        if extensions is not None:
            for extension in x509.read_extension_list(extensions):
                # e.g. certificateIssuer: the entry may concern another CA's certificate
                if extension.is_critical and extension.oid != _REASON_CODE:
                    raise entry.error("unknown critical extension of an entry")
        revoked[serial] = date
    return revoked
