"""A small PKI for tests: two CAs, and end entities that are right or wrong in one respect."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.crl import parse_crl
from iec62351_4.certificates.issue import (
    DAY_MS,
    Authority,
    CertificateFields,
    make_authority,
    osi_subject,
)
from iec62351_4.certificates.path import TrustStore
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.provider import PrivateKey

PROVIDER = OpenSSLProvider()
BEGIN = 1_780_000_000_000
"""notBefore of everything, milliseconds since the epoch; a whole second."""
NOW = BEGIN + 30 * DAY_MS
AP_TITLE, AE_QUALIFIER = "1.1.1.999.1", 12

Change = Callable[[CertificateFields], CertificateFields]


@dataclass(frozen=True)
class PKI:
    """Root, intermediate, and the key of the end entity."""

    root: Authority
    intermediate: Authority
    key: PrivateKey

    def fields(self, authority: Authority | None = None) -> CertificateFields:
        """Return the fields of a conforming certificate."""
        subject = osi_subject(AP_TITLE, AE_QUALIFIER)
        issuer = authority or self.intermediate
        return issuer.end_entity_fields(subject, PROVIDER.public_key(self.key), BEGIN)

    def issue(
        self, change: Change = lambda fields: fields, authority: Authority | None = None
    ) -> Certificate:
        """Issue a certificate whose fields went through ``change``."""
        issuer = authority or self.intermediate
        return parse_certificate(issuer.issue(change(self.fields(issuer))))

    def trust(self, *crls: bytes) -> TrustStore:
        """Trust the root."""
        return TrustStore((self.root.certificate,), tuple(map(parse_crl, crls)))

    def fresh_crls(self, revoked: dict[int, int] | None = None) -> tuple[bytes, bytes]:
        """Return current lists of both CAs; ``revoked`` is on the intermediate's."""
        return (
            self.root.issue_crl({}, BEGIN, NOW + DAY_MS),
            self.intermediate.issue_crl(revoked or {}, BEGIN, NOW + DAY_MS),
        )


@cache
def make_pki(kind: str = "secp256r1") -> PKI:
    """Make keys of one kind (``rsa``, ``secp256r1``, ``brainpoolP256r1``) and both CAs."""
    root_key, intermediate_key, key = (PROVIDER.generate_private_key(kind) for _ in range(3))
    root = make_authority(PROVIDER, "Test Root", root_key, BEGIN)
    intermediate = root.subordinate("Test Intermediate", intermediate_key, BEGIN)
    return PKI(root, intermediate, key)
