"""The rules of Annex G for end-entity certificates, as one ordered table.

Each rule answers for one certificate alone; trust, revocation and the comparison of the subject
with the sender's address are elsewhere (``path``, ``crl``, ``names``). All deviations are
reported, in the order of the table.

The annex's recommendation on validity periods (2 to 3 years, up to 10) is no rule here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates.certificate import Certificate
from iec62351_4.certificates.names import subject_address
from iec62351_4.errors import CertificateError

MINIMUM_RSA_BITS = 2048
"""Smallest RSA key (62351-4, 8)."""

_STRONG_SIGNATURES = frozenset(x509.SIGNATURE_ALGORITHMS) | {
    "1.2.840.113549.1.1.12",  # sha384WithRSAEncryption
    "1.2.840.113549.1.1.13",  # sha512WithRSAEncryption
    "1.2.840.10045.4.3.3",  # ecdsa-with-SHA384
    "1.2.840.10045.4.3.4",  # ecdsa-with-SHA512
}
"""SHA-256 or stronger. Those beyond SHA-256 conform, but no path with them can be verified."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One requirement of the annex."""

    id: str
    """``G-`` and two digits; never reused."""
    clause: str
    text: str
    """What a conforming certificate satisfies."""
    is_alarm: bool
    """Whether a deviation is an alarm rather than an error."""
    is_satisfied: Callable[[Certificate], bool]


@dataclass(frozen=True, slots=True)
class Deviation:
    """A rule that a certificate breaks."""

    rule: Rule

    def error(self) -> CertificateError:
        """Return the deviation as an exception with reason ``annex-g``."""
        text = f"{self.rule.id} {self.rule.text}"
        return CertificateError("annex-g", text, is_alarm=self.rule.is_alarm)


def deviations(certificate: Certificate) -> tuple[Deviation, ...]:
    """Return every rule that the certificate breaks, in the order of ``RULES``.

    Source: 62351-4, G; 62351-9 for the authority key identifier.
    """
    return tuple(Deviation(rule) for rule in RULES if not rule.is_satisfied(certificate))


def is_separate(certificate: Certificate, tls_certificate: bytes | None) -> bool:
    """Say whether application and TLS certificates differ, as both must when both are used.

    Source: 62351-4, G (separation).

    Args:
        certificate: The one in the SecPDU.
        tls_certificate: DER of the peer's TLS certificate; None without TLS.

    Returns:
        False also for two certificates with the same key: separation is about keys.
    """
    if tls_certificate is None:
        return True
    tls = x509.parse_certificate(tls_certificate)
    return tls.public_key.spki != certificate.public_key.spki


def _is_uuid(certificate: Certificate) -> bool:
    """Check version and variant of a UUID; a sequential number fails with high probability."""
    if not 0 <= certificate.serial < 1 << 128:
        return False
    octets = certificate.serial.to_bytes(16, "big")
    return 1 <= octets[6] >> 4 <= 8 and octets[8] >> 6 == 0b10


def _has_known_curve(certificate: Certificate) -> bool:
    key = certificate.public_key
    return key.algorithm != x509.EC_PUBLIC_KEY or key.curve in x509.CURVES


def _has_long_rsa_key(certificate: Certificate) -> bool:
    key = certificate.public_key
    return key.algorithm != x509.RSA_ENCRYPTION or (key.bits or 0) >= MINIMUM_RSA_BITS


def _has_one_revocation_method(certificate: Certificate) -> bool:
    return (certificate.distribution_points is not None) != bool(certificate.ocsp_uris)


def _has_sound_distribution_points(certificate: Certificate) -> bool:
    points = certificate.distribution_points
    if points is None:
        return True
    return bool(points) and all(
        not point.has_reasons and (point.has_name or point.has_crl_issuer) for point in points
    )


def _states_address(certificate: Certificate) -> bool:
    try:
        subject_address(certificate)
    except CertificateError:
        return False
    return True


def _has_authority_key_identifier(certificate: Certificate) -> bool:
    identifier = certificate.authority_key_identifier
    return identifier is not None and identifier.key_identifier is not None


RULES: tuple[Rule, ...] = (
    Rule("G-01", "G", "version is 3", False, lambda c: c.version == 3),
    Rule(
        "G-02",
        "G",
        "serial number is not negative and has at most 128 bits",
        False,
        lambda c: 0 <= c.serial < 1 << 128,
    ),
    Rule("G-03", "G", "serial number is a UUID", False, _is_uuid),
    Rule(
        "G-04",
        "G",
        "inner and outer signature algorithm are equal",
        # An alarm, like the mismatch of sign.algo and sigAlg in a SecPDU: the outer algorithm
        # is not covered by the signature.
        True,
        lambda c: c.inner_algorithm == c.outer_algorithm,
    ),
    Rule(
        "G-05",
        "G",
        "signature uses SHA-256 or stronger with RSA or ECDSA",
        False,
        lambda c: c.inner_algorithm.oid in _STRONG_SIGNATURES,
    ),
    Rule(
        "G-06",
        "G",
        "public key is rsaEncryption or id-ecPublicKey",
        False,
        lambda c: c.public_key.algorithm in (x509.RSA_ENCRYPTION, x509.EC_PUBLIC_KEY),
    ),
    Rule("G-07", "G", "RSA key has at least 2048 bits", False, _has_long_rsa_key),
    Rule("G-08", "G", "EC key is on secp256r1 or brainpoolP256r1", False, _has_known_curve),
    Rule(
        "G-09",
        "G",
        "unique identifiers are absent",
        False,
        lambda c: not (c.has_issuer_unique_id or c.has_subject_unique_id),
    ),
    Rule("G-10", "G", "keyUsage is present", False, lambda c: c.key_usage is not None),
    Rule(
        "G-11",
        "G",
        "keyUsage is digitalSignature and keyAgreement",
        False,
        lambda c: c.key_usage in (None, {x509.DIGITAL_SIGNATURE, x509.KEY_AGREEMENT}),
    ),
    Rule("G-12", "G", "subject is not a CA", False, lambda c: not c.is_ca),
    Rule(
        "G-13",
        "G",
        "authority key identifier is present",
        False,
        _has_authority_key_identifier,
    ),
    Rule(
        "G-14",
        "G",
        "exactly one revocation method, CRL or OCSP, is named",
        False,
        _has_one_revocation_method,
    ),
    Rule(
        "G-15",
        "G",
        "CRL distribution points have a name or a CRL issuer, and no reasons",
        False,
        _has_sound_distribution_points,
    ),
    Rule(
        "G-16",
        "G.6",
        "subject is one RDN with an objectIdentifier or a jid",
        False,
        _states_address,
    ),
)
"""All rules, in the order in which deviations are reported."""
