"""Parsing of certificates, compared with `cryptography`, and hostile input."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace

import pytest
from cryptography import x509 as library
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates import der
from iec62351_4.certificates.certificate import MAX_CERTIFICATE_OCTETS, parse_certificate
from iec62351_4.certificates.issue import encode_name, make_serial, osi_subject
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.errors import CertificateError
from runtime.pki import AE_QUALIFIER, AP_TITLE, BEGIN, PROVIDER, make_pki


@pytest.mark.parametrize("kind", ["rsa", "secp256r1", "brainpoolP256r1"])
def test_fields_agree_with_a_second_parser(kind: str) -> None:
    """The text form of the subject, because OpenSSL cannot load the OBJECT IDENTIFIER form."""
    pki = make_pki(kind)
    subject = osi_subject(AP_TITLE, AE_QUALIFIER, as_text=True)
    ours = pki.issue(lambda fields: replace(fields, subject=subject))
    theirs = library.load_der_x509_certificate(ours.encoding)
    assert ours.tbs == theirs.tbs_certificate_bytes
    assert ours.serial == theirs.serial_number
    assert ours.signature == theirs.signature
    assert ours.inner_algorithm.oid == theirs.signature_algorithm_oid.dotted_string
    assert ours.issuer.encoding == theirs.issuer.public_bytes()
    assert ours.subject.encoding == theirs.subject.public_bytes()
    assert ours.not_before == theirs.not_valid_before_utc.timestamp() * 1000 == BEGIN
    assert ours.not_after == theirs.not_valid_after_utc.timestamp() * 1000
    public = theirs.public_key()
    assert ours.public_key.spki == public.public_bytes(
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    usage = theirs.extensions.get_extension_for_class(library.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert usage.value.key_agreement
    assert ours.key_usage == frozenset({x509.DIGITAL_SIGNATURE, x509.KEY_AGREEMENT})
    authority = theirs.extensions.get_extension_for_class(library.AuthorityKeyIdentifier).value
    assert ours.authority_key_identifier is not None
    assert ours.authority_key_identifier.key_identifier == authority.key_identifier
    own = theirs.extensions.get_extension_for_class(library.SubjectKeyIdentifier).value
    assert ours.subject_key_identifier == own.digest
    assert ours.subject_key_identifier == PROVIDER.sha256(ours.public_key.key_octets)[:20]
    points = theirs.extensions.get_extension_for_class(library.CRLDistributionPoints).value
    assert ours.distribution_points is not None
    names = points[0].full_name
    assert names is not None
    assert ours.distribution_points[0].uris == (names[0].value,) == ("http://ca.invalid/crl.der",)
    theirs.verify_directly_issued_by(
        library.load_der_x509_certificate(pki.intermediate.certificate.encoding)
    )


def test_ca_certificates_agree_with_a_second_parser() -> None:
    pki = make_pki()
    for authority, limit in ((pki.root, None), (pki.intermediate, 0)):
        ours = authority.certificate
        theirs = library.load_der_x509_certificate(ours.encoding)
        constraints = theirs.extensions.get_extension_for_class(library.BasicConstraints).value
        assert ours.is_ca
        assert constraints.ca
        assert ours.basic_constraints is not None
        assert ours.basic_constraints.path_length == constraints.path_length == limit


def test_object_identifier_subject_is_read() -> None:
    subject = make_pki().issue().subject
    ((attribute,),) = subject.rdns
    assert attribute.type == "2.5.4.106"
    assert attribute.tag == der.OBJECT_IDENTIFIER
    assert attribute.value == bytes.fromhex("29018767010c")


def test_the_library_cannot_read_that_subject() -> None:
    """Why the parser of this package exists; when this fails, it may be reconsidered."""
    encoding = make_pki().issue().encoding
    with pytest.raises(ValueError):
        _ = library.load_der_x509_certificate(encoding).subject


def test_every_truncation_and_extension_is_refused() -> None:
    encoding = make_pki().issue().encoding
    for length in range(len(encoding)):
        with pytest.raises(CertificateError):
            parse_certificate(encoding[:length])
    with pytest.raises(CertificateError):
        parse_certificate(encoding + b"\x00")


def test_surplus_elements_inside_are_refused() -> None:
    certificate = make_pki().issue()
    outer = der.read_whole(certificate.encoding)
    tbs = der.read_whole(certificate.tbs)
    longer_tbs = der.tlv(der.SEQUENCE, tbs.content, der.tlv(der.NULL))
    rest = outer.content[len(certificate.tbs) :]
    for content in (outer.content + der.tlv(der.NULL), longer_tbs + rest):
        with pytest.raises(CertificateError) as caught:
            parse_certificate(der.tlv(der.SEQUENCE, content))
        assert "unexpected element" in caught.value.detail


def test_every_single_octet_change_is_parsed_or_refused_with_a_typed_error() -> None:
    encoding = make_pki().issue().encoding
    choice = random.Random(1)
    refused = 0
    for offset in range(len(encoding)):
        for value in {0x00, 0x80, 0xFF, choice.randrange(256), encoding[offset] ^ 1}:
            changed = encoding[:offset] + bytes((value,)) + encoding[offset + 1 :]
            try:
                parse_certificate(changed)
            except CertificateError:
                refused += 1
    assert refused > len(encoding)


def test_random_octets_are_refused() -> None:
    choice = random.Random(2)
    for _ in range(2000):
        octets = b"\x30" + choice.randbytes(choice.randrange(60))
        with pytest.raises(CertificateError):
            parse_certificate(octets)


def test_oversized_certificate_is_refused_unread() -> None:
    with pytest.raises(CertificateError) as caught:
        parse_certificate(bytes(MAX_CERTIFICATE_OCTETS + 1))
    assert caught.value.reason == "too-large"


def test_versions() -> None:
    pki = make_pki()
    plain = replace(pki.fields(), extensions={})
    assert parse_certificate(pki.intermediate.issue(replace(plain, version=1))).version == 1
    assert parse_certificate(pki.intermediate.issue(replace(plain, version=2))).version == 2
    for version in (0, 4, 5):
        with pytest.raises(CertificateError):
            parse_certificate(pki.intermediate.issue(replace(plain, version=version)))
    for version in (1, 2):
        with pytest.raises(CertificateError):
            pki.issue(lambda fields, version=version: replace(fields, version=version))  # type: ignore[misc]


def test_unique_identifiers_are_seen() -> None:
    pki = make_pki()
    ids = der.tlv(0x81, b"\x00\x01") + der.tlv(0x82, b"\x00\x02")
    certificate = pki.issue(lambda fields: replace(fields, unique_ids=ids))
    assert certificate.has_issuer_unique_id
    assert certificate.has_subject_unique_id
    plain = replace(pki.fields(), extensions={}, version=1, unique_ids=ids)
    with pytest.raises(CertificateError):
        parse_certificate(pki.intermediate.issue(plain))


@pytest.mark.parametrize(
    ("oid", "value"),
    [
        (x509.BASIC_CONSTRAINTS, "3003010100"),  # default encoded
        (x509.BASIC_CONSTRAINTS, "3003020101"),  # length without cA
        (x509.BASIC_CONSTRAINTS, "30060101ff0201ff"),  # negative length
        (x509.BASIC_CONSTRAINTS, "3000" + "00"),
        (x509.KEY_USAGE, "0302078000"),
        (x509.AUTHORITY_KEY_IDENTIFIER, "3003820101"),  # serial without issuer
        (x509.AUTHORITY_KEY_IDENTIFIER, "3002a100"),  # issuer without serial
        (x509.AUTHORITY_KEY_IDENTIFIER, "3002" + "8300"),
        (x509.SUBJECT_KEY_IDENTIFIER, "0500"),
        (x509.CRL_DISTRIBUTION_POINTS, "3002" + "0500"),
        (x509.AUTHORITY_INFO_ACCESS, "3002" + "3000"),
        (x509.AUTHORITY_INFO_ACCESS, "300e300c06082b0601050507300186"),
    ],
)
def test_malformed_extension_values(oid: str, value: str) -> None:
    octets = bytes.fromhex(value)
    with pytest.raises(CertificateError) as caught:
        make_pki().issue(lambda fields: fields.with_extension(oid, octets))
    assert caught.value.reason == "malformed"


def test_extension_twice_default_encoded_or_none_at_all() -> None:
    one = "300906035504030402" + "0500"
    for extensions in (one + one, "300c0603550403010100" + "04020500", ""):
        content = der.tlv(der.context(3), der.tlv(der.SEQUENCE, bytes.fromhex(extensions)))
        with pytest.raises(CertificateError):
            x509.read_extensions(der.read_whole(content, der.context(3)))
    many = [der.tlv(der.SEQUENCE, der.write_oid(f"1.2.{n}"), b"\x04\x00") for n in range(65)]
    content = der.tlv(der.context(3), der.tlv(der.SEQUENCE, *many))
    with pytest.raises(CertificateError):
        x509.read_extensions(der.read_whole(content, der.context(3)))
    content = der.tlv(der.context(3), der.tlv(der.SEQUENCE, *many[1:]))
    assert len(x509.read_extensions(der.read_whole(content, der.context(3)))) == 64


def test_access_descriptions() -> None:
    def access(method: str, name: bytes) -> bytes:
        return der.tlv(der.SEQUENCE, der.write_oid(method), name)

    value = der.tlv(
        der.SEQUENCE,
        access(x509.OCSP, der.tlv(0x86, b"http://ocsp.invalid")),
        access(x509.OCSP, der.tlv(0x82, b"host.invalid")),
        access(x509.CA_ISSUERS, der.tlv(0x86, b"http://ca.invalid/ca.der")),
    )
    certificate = make_pki().issue(
        lambda fields: fields.with_extension(x509.AUTHORITY_INFO_ACCESS, value)
    )
    assert certificate.ocsp_uris == ("http://ocsp.invalid",)


def test_empty_relative_name_is_refused() -> None:
    name = der.tlv(der.SEQUENCE, der.tlv(der.SET))
    with pytest.raises(CertificateError):
        make_pki().issue(lambda fields: replace(fields, subject=name))


def test_names_are_equal_by_encoding() -> None:
    def name(text: str, tag: int = der.UTF8_STRING) -> x509.Name:
        encoded = encode_name("2.5.4.3", der.tlv(tag, text.encode()))
        return x509.read_name(der.read_whole(encoded))

    assert name("A") == name("A")
    assert name("A") != name("a")
    assert name("A") != name("A", der.PRINTABLE_STRING)


def test_unknown_kinds_of_key_are_read_but_not_understood() -> None:
    spki = der.tlv(
        der.SEQUENCE, der.tlv(der.SEQUENCE, der.write_oid("1.3.101.112")), der.write_bits(bytes(32))
    )
    key = make_pki().issue(lambda fields: replace(fields, public_key=spki)).public_key
    assert (key.algorithm, key.curve, key.bits) == ("1.3.101.112", None, None)
    explicit = der.tlv(der.SEQUENCE, der.write_oid(x509.EC_PUBLIC_KEY), der.tlv(der.SEQUENCE))
    spki = der.tlv(der.SEQUENCE, explicit, der.write_bits(bytes(65)))
    assert x509.read_public_key(der.read_whole(spki)).curve is None


@pytest.mark.parametrize("fill", [0x00, 0x80, 0xFF])
def test_serial_numbers_are_uuids_that_are_not_negative(fill: int) -> None:
    serial = make_serial(OpenSSLProvider(lambda n: bytes((fill,)) * n))
    assert 0 <= serial < 1 << 127
    identifier = uuid.UUID(int=serial)
    assert (identifier.version, identifier.variant) == (4, uuid.RFC_4122)
