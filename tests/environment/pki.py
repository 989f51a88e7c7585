"""Certificates for tests of TLS, made at run time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from iec62351_4.transport.tls import TLSConfig

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
NOW = datetime.now(UTC)
DAY = timedelta(days=1)


@lru_cache
def make_key(kind: str, number: int = 0) -> Key:
    """A key of kind ``rsa2048``, ``rsa1024`` or ``ec``; ``number`` tells several apart."""
    if kind == "ec":
        return ec.generate_private_key(ec.SECP256R1())
    return rsa.generate_private_key(65537, int(kind.removeprefix("rsa")))


def pem_of(key: Key, password: bytes | None = None) -> bytes:
    """PKCS #8 PEM."""
    protection: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if password is not None:
        protection = serialization.BestAvailableEncryption(password)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection
    )


@dataclass(frozen=True)
class Authority:
    """A certification authority."""

    name: x509.Name
    key: Key
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """The CA certificate."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, key: Key, *, days: int = 30, start: int = -1, padding: int = 0
    ) -> x509.Certificate:
        """An end-entity certificate valid from ``start`` days after now for ``days`` days.

        ``padding`` is the size in octets of an extension that means nothing.
        """
        filler = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.9999.1"), bytes(padding))
        return (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "party")]))
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(NOW + start * DAY)
            .not_valid_after(NOW + (start + days) * DAY)
            .add_extension(x509.BasicConstraints(False, None), True)
            .add_extension(filler, False)
            .sign(self.key, hashes.SHA256())
        )

    def revoke(self, *certificates: x509.Certificate) -> bytes:
        """PEM of a CRL that lists ``certificates``."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.name)
            .last_update(NOW - DAY)
            .next_update(NOW + DAY)
        )
        for certificate in certificates:
            entry = x509.RevokedCertificateBuilder(certificate.serial_number, NOW - DAY).build()
            builder = builder.add_revoked_certificate(entry)
        crl = builder.sign(self.key, hashes.SHA256())
        return crl.public_bytes(serialization.Encoding.PEM)

    def config(self, kind: str = "rsa2048", *, number: int = 0, **changes: object) -> TLSConfig:
        """A TLS configuration of one party with a certificate of this authority."""
        key = make_key(kind, number)
        chain = self.issue(key).public_bytes(serialization.Encoding.PEM)
        values: dict[str, object] = {
            "certificate_chain_pem": chain,
            "private_key_pem": pem_of(key),
            "trust_anchors_pem": self.pem,
        }
        return TLSConfig(**(values | changes))  # type: ignore[arg-type]


@lru_cache
def make_authority(name: str = "authority") -> Authority:
    """A self-signed certification authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(NOW - 2 * DAY)
        .not_valid_after(NOW + 100 * DAY)
        .add_extension(x509.BasicConstraints(True, None), True)
        .sign(key, hashes.SHA256())
    )
    return Authority(subject, key, certificate)
