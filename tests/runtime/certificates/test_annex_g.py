"""Every rule of Annex G is broken by exactly one small change, and only that rule reports it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates import der
from iec62351_4.certificates.annex_g import RULES, deviations, is_separate
from iec62351_4.certificates.certificate import AlgorithmIdentifier, Certificate
from iec62351_4.certificates.issue import encode_name, jid_subject, osi_subject
from iec62351_4.errors import CertificateError
from runtime.pki import AE_QUALIFIER, AP_TITLE, PROVIDER, Change, make_pki

UUID = 0x12345678_1234_4234_8234_123456789ABC


def ids(certificate: Certificate) -> list[str]:
    return [deviation.rule.id for deviation in deviations(certificate)]


def spki(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def points(*contents: bytes) -> bytes:
    return der.tlv(der.SEQUENCE, *(der.tlv(der.SEQUENCE, content) for content in contents))


NAME = der.tlv(0xA0, der.tlv(0xA0, der.tlv(0x86, b"http://ca.invalid")))
REASONS = der.tlv(0x81, b"\x06\x40")
CRL_ISSUER = der.tlv(0xA2, der.tlv(0xA4, osi_subject("1.2", 3)))
OCSP_ACCESS = der.tlv(
    der.SEQUENCE,
    der.tlv(der.SEQUENCE, der.write_oid(x509.OCSP), der.tlv(0x86, b"http://ocsp.invalid")),
)
ED25519 = der.tlv(
    der.SEQUENCE, der.tlv(der.SEQUENCE, der.write_oid("1.3.101.112")), der.write_bits(bytes(32))
)


def usage(*bits: int) -> bytes:
    return der.write_named_bits(frozenset(bits))


def subject_of(tag: int, value: bytes, attribute: str = "2.5.4.106") -> Change:
    return lambda f: replace(f, subject=encode_name(attribute, der.tlv(tag, value)))


TWO_RDNS = der.tlv(der.SEQUENCE, *(der.read_whole(osi_subject("1.2", n)).content for n in (3, 4)))
TWO_ATTRIBUTES = der.tlv(
    der.SEQUENCE,
    der.tlv(
        der.SET,
        *(
            der.read_whole(der.read_whole(osi_subject("1.2", n)).content, der.SET).content
            for n in (3, 4)
        ),
    ),
)

CASES: list[tuple[str, Change]] = [
    ("G-02", lambda f: replace(f, serial=UUID - (1 << 128))),
    ("G-02", lambda f: replace(f, serial=UUID + (1 << 128))),
    ("G-03", lambda f: replace(f, serial=1)),
    ("G-03", lambda f: replace(f, serial=UUID ^ 0x8000 << 48)),  # variant
    ("G-03", lambda f: replace(f, serial=UUID & ~(0xF << 76))),  # version 0
    ("G-04", lambda f: replace(f, outer_algorithm="sha256WithRSAEncryption")),
    ("G-06", lambda f: replace(f, public_key=ED25519)),
    ("G-07", lambda f: replace(f, public_key=spki(rsa.generate_private_key(65537, 1024)))),
    ("G-08", lambda f: replace(f, public_key=spki(ec.generate_private_key(ec.SECP384R1())))),
    ("G-09", lambda f: replace(f, unique_ids=der.tlv(0x81, b"\x00\x01"))),
    ("G-09", lambda f: replace(f, unique_ids=der.tlv(0x82, b"\x00\x01"))),
    ("G-10", lambda f: f.without_extension(x509.KEY_USAGE)),
    ("G-11", lambda f: f.with_extension(x509.KEY_USAGE, usage(0))),
    ("G-11", lambda f: f.with_extension(x509.KEY_USAGE, usage(4))),
    ("G-11", lambda f: f.with_extension(x509.KEY_USAGE, usage(0, 1, 4))),
    ("G-11", lambda f: f.with_extension(x509.KEY_USAGE, usage())),
    ("G-12", lambda f: f.with_extension(x509.BASIC_CONSTRAINTS, bytes.fromhex("30030101ff"))),
    ("G-13", lambda f: f.without_extension(x509.AUTHORITY_KEY_IDENTIFIER)),
    ("G-13", lambda f: f.with_extension(x509.AUTHORITY_KEY_IDENTIFIER, b"\x30\x00")),
    ("G-14", lambda f: f.without_extension(x509.CRL_DISTRIBUTION_POINTS)),
    ("G-14", lambda f: f.with_extension(x509.AUTHORITY_INFO_ACCESS, OCSP_ACCESS)),
    ("G-15", lambda f: f.with_extension(x509.CRL_DISTRIBUTION_POINTS, points(NAME + REASONS))),
    ("G-15", lambda f: f.with_extension(x509.CRL_DISTRIBUTION_POINTS, points(NAME, b""))),
    ("G-15", lambda f: f.with_extension(x509.CRL_DISTRIBUTION_POINTS, points())),
    ("G-16", subject_of(der.UTF8_STRING, b"1.2.3", "2.5.4.3")),
    ("G-16", subject_of(der.UTF8_STRING, b"1.2.x")),
    ("G-16", subject_of(der.UTF8_STRING, b"1.02")),
    ("G-16", subject_of(der.UTF8_STRING, b"\xff")),
    ("G-16", subject_of(der.PRINTABLE_STRING, b"1.2.3")),
    ("G-16", subject_of(der.OBJECT_IDENTIFIER, b"\x80\x01")),
    ("G-16", subject_of(der.PRINTABLE_STRING, b"a@b", "2.5.4.105")),
    ("G-16", lambda f: replace(f, subject=TWO_RDNS)),
    ("G-16", lambda f: replace(f, subject=TWO_ATTRIBUTES)),
    ("G-16", lambda f: replace(f, subject=der.tlv(der.SEQUENCE))),
]


@pytest.mark.parametrize("kind", ["rsa", "secp256r1", "brainpoolP256r1"])
def test_issued_certificates_conform(kind: str) -> None:
    assert ids(make_pki(kind).issue()) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda f: replace(f, subject=osi_subject(AP_TITLE, AE_QUALIFIER, as_text=True)),
        lambda f: replace(f, subject=jid_subject("ied@dso.example/IEC")),
        lambda f: f.without_extension(x509.BASIC_CONSTRAINTS),
        lambda f: f.without_extension(x509.CRL_DISTRIBUTION_POINTS).with_extension(
            x509.AUTHORITY_INFO_ACCESS, OCSP_ACCESS
        ),
        lambda f: f.with_extension(x509.CRL_DISTRIBUTION_POINTS, points(CRL_ISSUER)),
        lambda f: f.with_extension(x509.IEC_USER_ROLES, b"\x30\x00"),
    ],
)
def test_other_conforming_certificates(change: Change) -> None:
    assert ids(make_pki().issue(change)) == []


@pytest.mark.parametrize(("rule", "change"), CASES)
def test_one_change_breaks_one_rule(rule: str, change: Change) -> None:
    found = ids(make_pki().issue(change))
    # A serial number of a wrong size is no UUID either.
    assert found == (["G-02", "G-03"] if rule == "G-02" else [rule])


def test_version_and_signature_algorithm() -> None:
    """These two cannot be issued with one change: the library refuses to sign so."""
    good = make_pki().issue()
    assert ids(replace(good, version=2)) == ["G-01"]
    sha1 = AlgorithmIdentifier("1.2.840.10045.4.1", None)
    assert ids(replace(good, inner_algorithm=sha1, outer_algorithm=sha1)) == ["G-05"]
    sha512 = AlgorithmIdentifier("1.2.840.10045.4.3.4", None)
    assert ids(replace(good, inner_algorithm=sha512, outer_algorithm=sha512)) == []


def test_every_rule_is_broken_by_some_case() -> None:
    covered = {rule for rule, _ in CASES} | {"G-01", "G-05"}
    assert covered == {rule.id for rule in RULES}


def test_identifiers_rise_and_only_the_algorithm_mismatch_is_an_alarm() -> None:
    assert [rule.id for rule in RULES] == [f"G-{n:02d}" for n in range(1, len(RULES) + 1)]
    assert [rule.id for rule in RULES if rule.is_alarm] == ["G-04"]


def test_deviation_as_an_error() -> None:
    (deviation,) = deviations(make_pki().issue(lambda f: f.without_extension(x509.KEY_USAGE)))
    error = deviation.error()
    assert isinstance(error, CertificateError)
    assert str(error) == "annex-g: G-10 keyUsage is present"
    assert not error.is_alarm


def test_deviations_come_in_the_order_of_the_rules() -> None:
    certificate = make_pki().issue(
        lambda f: replace(f.without_extension(x509.KEY_USAGE), serial=1, subject=TWO_RDNS)
    )
    assert ids(certificate) == ["G-03", "G-10", "G-16"]


def test_application_and_tls_certificate_are_separate_keys() -> None:
    pki = make_pki()
    application, other = pki.issue(), pki.issue()
    assert application.encoding != other.encoding
    assert is_separate(application, None)
    assert is_separate(application, pki.root.certificate.encoding)
    assert not is_separate(application, application.encoding)
    assert not is_separate(application, other.encoding)  # another certificate for the same key
    assert PROVIDER.public_key(pki.key) == application.public_key.spki
