"""A small certification authority for demonstrations and tests.

Assembles TBSCertificate itself, because the builder of ``cryptography`` cannot write the X.520
attribute objectIdentifier as an OBJECT IDENTIFIER; signatures come from the provider. Every
field can be set to a wrong value (``CertificateFields``), so that tests can make each
deviation. Not a product: keys lie in memory, and there is no record of what was issued.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates import der
from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.names import JID_ATTRIBUTE, OBJECT_IDENTIFIER_ATTRIBUTE
from iec62351_4.crypto.provider import CryptoProvider, PrivateKey
from iec62351_4.errors import ConfigurationError
from iec62351_4.times import format_time_stamp

DAY_MS = 86_400_000
_COMMON_NAME = "2.5.4.3"
_CRL_NUMBER = "2.5.29.20"


@dataclass(frozen=True, slots=True)
class ExtensionFields:
    """One extension to write."""

    oid: str
    value: bytes
    """The encoding inside extnValue."""
    is_critical: bool = False


@dataclass(frozen=True, slots=True)
class CertificateFields:
    """Everything that stands in a certificate except the signature."""

    version: int
    serial: int
    algorithm: str
    """Name of the signature algorithm."""
    issuer: bytes
    """Encoded name."""
    not_before: int
    """Milliseconds since the epoch; whole seconds are written."""
    not_after: int
    """Milliseconds since the epoch; whole seconds are written."""
    subject: bytes
    """Encoded name."""
    public_key: bytes
    """DER SubjectPublicKeyInfo."""
    extensions: Mapping[str, ExtensionFields] = field(default_factory=dict)
    """By object identifier, in the order of writing."""
    unique_ids: bytes = b""
    """Encoded issuerUniqueID and subjectUniqueID, if any."""
    outer_algorithm: str | None = None
    """None repeats ``algorithm``; only tests of the mismatch set it."""

    def with_extension(
        self, oid: str, value: bytes, *, is_critical: bool = False
    ) -> CertificateFields:
        """Return the fields with one extension added or replaced."""
        changed = ExtensionFields(oid, value, is_critical)
        return replace(self, extensions={**self.extensions, oid: changed})

    def without_extension(self, oid: str) -> CertificateFields:
        """Return the fields without one extension."""
        left = {key: value for key, value in self.extensions.items() if key != oid}
        return replace(self, extensions=left)


@dataclass(frozen=True, slots=True)
class Authority:
    """A CA: its certificate, and the key to sign with."""

    provider: CryptoProvider
    key: PrivateKey
    certificate: Certificate
    crl_uri: str = "http://ca.invalid/crl.der"
    """Written into certificates as the place of the revocation list."""

    def end_entity_fields(
        self,
        subject: bytes,
        public_key: bytes,
        not_before: int,
        *,
        days: int = 730,
    ) -> CertificateFields:
        """Return the fields of a certificate that conforms to Annex G.

        Source: 62351-4, G.

        Args:
            subject: ``osi_subject(...)`` or ``jid_subject(...)``.
            public_key: DER SubjectPublicKeyInfo of the subject.
            not_before: Milliseconds since the epoch.
            days: Length of the validity period; two years by default.
        """
        fields = _common_fields(self.provider, self.key, public_key, subject, not_before, days)
        usage = frozenset({x509.DIGITAL_SIGNATURE, x509.KEY_AGREEMENT})
        location = der.tlv(der.context(6, constructed=False), self.crl_uri.encode("ascii"))
        name = der.tlv(der.context(0), der.tlv(der.context(0), location))
        return (
            replace(fields, issuer=self.certificate.subject.encoding)
            .with_extension(x509.KEY_USAGE, der.write_named_bits(usage), is_critical=True)
            .with_extension(x509.BASIC_CONSTRAINTS, der.tlv(der.SEQUENCE), is_critical=True)
            .with_extension(x509.AUTHORITY_KEY_IDENTIFIER, self._authority_key_identifier())
            .with_extension(
                x509.CRL_DISTRIBUTION_POINTS,
                der.tlv(der.SEQUENCE, der.tlv(der.SEQUENCE, name)),
            )
        )

    def subordinate(
        self,
        common_name: str,
        key: PrivateKey,
        not_before: int,
        *,
        days: int = 3650,
        path_length: int | None = 0,
    ) -> Authority:
        """Return a CA below this one, with its own key."""
        fields = _authority_fields(
            self.provider, key, self.key, common_name, not_before, days, path_length
        )
        fields = replace(fields, issuer=self.certificate.subject.encoding).with_extension(
            x509.AUTHORITY_KEY_IDENTIFIER, self._authority_key_identifier()
        )
        return replace(self, key=key, certificate=parse_certificate(self.issue(fields)))

    def issue(self, fields: CertificateFields) -> bytes:
        """Sign a certificate with these fields, whatever they are; returns DER."""
        return _sign(self.provider, self.key, fields)

    def issue_crl(
        self,
        revoked: Mapping[int, int],
        this_update: int,
        next_update: int | None,
        *,
        number: int = 1,
        extensions: tuple[ExtensionFields, ...] = (),
    ) -> bytes:
        """Sign a revocation list.

        Args:
            revoked: Revocation time by serial number, milliseconds since the epoch.
            this_update: Milliseconds since the epoch.
            next_update: Milliseconds since the epoch; None leaves the field out.
            number: cRLNumber.
            extensions: Further extensions, for tests.

        Returns:
            DER CertificateList.
        """
        algorithm = _encode_algorithm(_algorithm_for(self.provider.public_key(self.key)))
        entries = [
            der.tlv(der.SEQUENCE, der.write_integer(serial), _encode_time(date))
            for serial, date in revoked.items()
        ]
        key_identifier = ExtensionFields(
            x509.AUTHORITY_KEY_IDENTIFIER, self._authority_key_identifier()
        )
        crl_number = ExtensionFields(_CRL_NUMBER, der.write_integer(number))
        written = (key_identifier, crl_number, *extensions)
        tbs = der.tlv(
            der.SEQUENCE,
            der.write_integer(1),
            algorithm,
            self.certificate.subject.encoding,
            _encode_time(this_update),
            b"" if next_update is None else _encode_time(next_update),
            der.tlv(der.SEQUENCE, *entries) if entries else b"",
            der.tlv(der.context(0), _encode_extensions(written)),
        )
        name = _algorithm_for(self.provider.public_key(self.key))
        signature = self.provider.sign(self.key, name, tbs)
        return der.tlv(der.SEQUENCE, tbs, algorithm, der.write_bits(signature))

    def _authority_key_identifier(self) -> bytes:
        identifier = self.certificate.subject_key_identifier or b""
        return der.tlv(der.SEQUENCE, der.tlv(der.context(0, constructed=False), identifier))


def make_authority(
    provider: CryptoProvider,
    common_name: str,
    key: PrivateKey,
    not_before: int,
    *,
    days: int = 3650,
    path_length: int | None = None,
) -> Authority:
    """Return a root CA with a self-signed certificate."""
    fields = _authority_fields(provider, key, key, common_name, not_before, days, path_length)
    return Authority(provider, key, parse_certificate(_sign(provider, key, fields)))


def osi_subject(ap_title: str, ae_qualifier: int, *, as_text: bool = False) -> bytes:
    """Return the encoded subject of an OSI party.

    Source: 62351-4, G.6.2.

    Args:
        ap_title: Dotted.
        ae_qualifier: Becomes the last arc.
        as_text: INTEROP (Q22): write a UTF8String, which OpenSSL can load, instead of the
            OBJECT IDENTIFIER that X.520 demands.
    """
    dotted = f"{ap_title}.{ae_qualifier}"
    value = der.tlv(der.UTF8_STRING, dotted.encode("ascii")) if as_text else der.write_oid(dotted)
    return encode_name(OBJECT_IDENTIFIER_ATTRIBUTE, value)


def jid_subject(jid: str) -> bytes:
    """Return the encoded subject of an XMPP party (62351-4, G.6.3)."""
    return encode_name(JID_ATTRIBUTE, der.tlv(der.UTF8_STRING, jid.encode("utf-8")))


def encode_name(attribute: str, value: bytes) -> bytes:
    """Return an encoded name of one RDN with one attribute; ``value`` is a complete element."""
    return der.tlv(
        der.SEQUENCE,
        der.tlv(der.SET, der.tlv(der.SEQUENCE, der.write_oid(attribute), value)),
    )


def make_serial(provider: CryptoProvider) -> int:
    """Return a random UUID (version 4) as a non-negative number of at most 127 bits.

    Source: 62351-4, G. The annex regenerates a UUID whose highest bit is set; clearing
    the bit gives the same distribution and always ends.
    """
    octets = bytearray(provider.random(16))
    octets[0] &= 0x7F
    octets[6] = octets[6] & 0x0F | 0x40
    octets[8] = octets[8] & 0x3F | 0x80
    return int.from_bytes(octets, "big")


def _authority_fields(
    provider: CryptoProvider,
    key: PrivateKey,
    signer: PrivateKey,
    common_name: str,
    not_before: int,
    days: int,
    path_length: int | None,
) -> CertificateFields:
    name = encode_name(_COMMON_NAME, der.tlv(der.UTF8_STRING, common_name.encode("utf-8")))
    public_key = provider.public_key(key)
    fields = _common_fields(provider, signer, public_key, name, not_before, days)
    limit = b"" if path_length is None else der.write_integer(path_length)
    constraints = der.tlv(der.SEQUENCE, der.tlv(der.BOOLEAN, b"\xff"), limit)
    usage = frozenset({x509.KEY_CERT_SIGN, x509.CRL_SIGN})
    return fields.with_extension(
        x509.BASIC_CONSTRAINTS, constraints, is_critical=True
    ).with_extension(x509.KEY_USAGE, der.write_named_bits(usage), is_critical=True)


def _common_fields(
    provider: CryptoProvider,
    signer: PrivateKey,
    public_key: bytes,
    subject: bytes,
    not_before: int,
    days: int,
) -> CertificateFields:
    key_octets = x509.read_public_key(der.read_whole(public_key)).key_octets
    identifier = provider.sha256(key_octets)[:20]  # RFC 7093, 2, method 1
    return CertificateFields(
        version=3,
        serial=make_serial(provider),
        algorithm=_algorithm_for(provider.public_key(signer)),
        issuer=subject,
        not_before=not_before,
        not_after=not_before + days * DAY_MS,
        subject=subject,
        public_key=public_key,
    ).with_extension(x509.SUBJECT_KEY_IDENTIFIER, der.tlv(der.OCTET_STRING, identifier))


def _sign(provider: CryptoProvider, key: PrivateKey, fields: CertificateFields) -> bytes:
    extensions = tuple(fields.extensions.values())
    tbs = der.tlv(
        der.SEQUENCE,
        b""
        if fields.version == 1
        else der.tlv(der.context(0), der.write_integer(fields.version - 1)),
        der.write_integer(fields.serial),
        _encode_algorithm(fields.algorithm),
        fields.issuer,
        der.tlv(der.SEQUENCE, _encode_time(fields.not_before), _encode_time(fields.not_after)),
        fields.subject,
        fields.public_key,
        fields.unique_ids,
        der.tlv(der.context(3), _encode_extensions(extensions)) if extensions else b"",
    )
    signature = provider.sign(key, _algorithm_for(provider.public_key(key)), tbs)
    outer = _encode_algorithm(fields.outer_algorithm or fields.algorithm)
    return der.tlv(der.SEQUENCE, tbs, outer, der.write_bits(signature))


def _algorithm_for(public_key: bytes) -> str:
    kind = x509.read_public_key(der.read_whole(public_key)).algorithm
    return "sha256WithRSAEncryption" if kind == x509.RSA_ENCRYPTION else "ecdsa-with-SHA256"


def _encode_algorithm(name: str) -> bytes:
    oids = {value: key for key, value in x509.SIGNATURE_ALGORITHMS.items()}
    if name not in oids:
        raise ConfigurationError(f'"{name}" is not a signature algorithm')
    # RFC 4055: NULL for RSA; RFC 5758: absent for ECDSA.
    parameters = der.tlv(der.NULL) if "RSA" in name else b""
    return der.tlv(der.SEQUENCE, der.write_oid(oids[name]), parameters)


def _encode_time(time: int) -> bytes:
    digits = format_time_stamp(time)[:14] + b"Z"
    # RFC 5280, 4.1.2.5: UTCTime up to 2049, GeneralizedTime from 2050 on.
    if b"1950" <= digits[:4] < b"2050":
        return der.tlv(der.UTC_TIME, digits[2:])
    return der.tlv(der.GENERALIZED_TIME, digits)


def _encode_extensions(extensions: tuple[ExtensionFields, ...]) -> bytes:
    return der.tlv(der.SEQUENCE, *map(_encode_extension, extensions))


def _encode_extension(extension: ExtensionFields) -> bytes:
    critical = der.tlv(der.BOOLEAN, b"\xff") if extension.is_critical else b""
    value = der.tlv(der.OCTET_STRING, extension.value)
    return der.tlv(der.SEQUENCE, der.write_oid(extension.oid), critical, value)
