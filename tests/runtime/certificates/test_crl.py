"""Revocation: what revokes, what only warns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509 as library

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates import der
from iec62351_4.certificates.crl import MAX_CRL_OCTETS, CertificateWarning, parse_crl
from iec62351_4.certificates.issue import DAY_MS, ExtensionFields
from iec62351_4.certificates.path import CertificationPath, validate_path
from iec62351_4.errors import CertificateError
from iec62351_4.events import Severity
from runtime.pki import BEGIN, NOW, PROVIDER, make_pki

PKI = make_pki()
END_ENTITY = PKI.issue(authority=PKI.root)
INTERMEDIATE = PKI.intermediate.certificate


def validate(*crls: bytes) -> CertificationPath:
    return validate_path(END_ENTITY, [], PKI.trust(*crls), NOW, PROVIDER)


def warned(*crls: bytes) -> str:
    (warning,) = validate(*crls).warnings
    assert warning == CertificateWarning(warning.reason, END_ENTITY.serial)
    return warning.reason


def crl(
    revoked: tuple[int, ...] = (),
    this_update: int = BEGIN,
    next_update: int | None = NOW + DAY_MS,
    extensions: tuple[ExtensionFields, ...] = (),
) -> bytes:
    dates = dict.fromkeys(revoked, BEGIN)
    return PKI.root.issue_crl(dates, this_update, next_update, extensions=extensions)


def assert_revoked(*crls: bytes) -> None:
    with pytest.raises(CertificateError) as caught:
        validate(*crls)
    assert (caught.value.reason, caught.value.is_alarm) == ("revoked", True)


def test_current_list_without_the_certificate() -> None:
    assert validate(crl()).warnings == ()
    assert validate(crl((1, 2, 3))).warnings == ()


def test_revoked_certificate() -> None:
    assert_revoked(crl((1, END_ENTITY.serial)))


def test_revoked_intermediate() -> None:
    lists = (crl((INTERMEDIATE.serial,)), PKI.intermediate.issue_crl({}, BEGIN, NOW + DAY_MS))
    with pytest.raises(CertificateError) as caught:
        validate_path(PKI.issue(), [INTERMEDIATE.encoding], PKI.trust(*lists), NOW, PROVIDER)
    assert caught.value.reason == "revoked"


def test_revoked_and_expired_is_an_alarm() -> None:
    late = END_ENTITY.not_after + DAY_MS
    trust = PKI.trust(crl((END_ENTITY.serial,)))
    with pytest.raises(CertificateError) as caught:
        validate_path(END_ENTITY, [], trust, late, PROVIDER)
    assert caught.value.is_alarm


def test_absent_list_does_not_mean_revoked() -> None:
    assert warned() == "crl-unavailable"


def test_warning_as_an_event() -> None:
    (warning,) = validate().warnings
    event = warning.to_event(NOW, association="7", peer="192.0.2.1")
    assert (event.id, event.severity, event.time) == ("IEC62351-9:4", Severity.WARNING, NOW)
    assert (event.association, event.peer) == ("7", "192.0.2.1")
    assert event.details == {"reason": "crl-unavailable", "serial": f"{END_ENTITY.serial:x}"}
    assert event.text == "no revocation list of the issuer is at hand"


def test_list_of_another_ca_says_nothing() -> None:
    assert warned(PKI.intermediate.issue_crl({END_ENTITY.serial: BEGIN}, BEGIN, NOW + DAY_MS)) == (
        "crl-unavailable"
    )


def test_expired_list_warns_and_still_revokes() -> None:
    assert warned(crl(next_update=NOW - 1000)) == "crl-expired"
    assert warned(crl(next_update=None)) == "crl-expired"
    assert_revoked(crl((END_ENTITY.serial,), next_update=NOW - 1000))


def test_list_of_the_future_is_not_used() -> None:
    assert warned(crl((END_ENTITY.serial,), this_update=NOW + 1000)) == "crl-unusable"


def test_list_with_a_bad_signature_neither_revokes_nor_clears() -> None:
    for octets in (crl((END_ENTITY.serial,)), crl()):
        changed = octets[:-1] + bytes((octets[-1] ^ 1,))
        assert warned(changed) == "crl-unusable"


def test_a_bad_list_beside_a_good_one_does_no_harm() -> None:
    good, bad = crl(), crl()[:-1] + b"\x00"
    for lists in ((good, bad), (bad, good)):
        assert validate(*lists).warnings == ()
    assert_revoked(bad, good, crl((END_ENTITY.serial,)))


@pytest.mark.parametrize("oid", ["2.5.29.28", "2.5.29.27"])
def test_partitioned_and_delta_lists_are_not_used(oid: str) -> None:
    critical = ExtensionFields(oid, b"\x30\x00", is_critical=True)
    assert warned(crl((END_ENTITY.serial,), extensions=(critical,))) == "crl-unusable"


def test_ca_without_the_right_to_sign_lists() -> None:
    trust = PKI.trust(crl())
    usage = frozenset({x509.KEY_CERT_SIGN})
    root = replace(PKI.root.certificate, key_usage=usage)
    path = validate_path(END_ENTITY, [], replace(trust, anchors=(root,)), NOW, PROVIDER)
    assert [warning.reason for warning in path.warnings] == ["crl-unusable"]


def test_list_with_a_mismatch_of_algorithms_is_not_used() -> None:
    octets = bytearray(crl((END_ENTITY.serial,)))
    oid = der.write_oid("1.2.840.10045.4.3.2")
    inner = octets.index(oid)
    outer = octets.index(oid, inner + 1)
    for position in (outer, inner):
        octets[position + len(oid) - 1] = 3  # ecdsa-with-SHA384
        assert warned(bytes(octets)) == "crl-unusable"


def test_fields_agree_with_a_second_parser() -> None:
    octets = crl((5, END_ENTITY.serial))
    ours, theirs = parse_crl(octets), library.load_der_x509_crl(octets)
    assert ours.tbs == theirs.tbs_certlist_bytes
    assert ours.signature == theirs.signature
    assert ours.issuer.encoding == theirs.issuer.public_bytes()
    assert ours.this_update == theirs.last_update_utc.timestamp() * 1000
    assert theirs.next_update_utc is not None
    assert ours.next_update == theirs.next_update_utc.timestamp() * 1000
    assert {entry.serial_number for entry in theirs} == set(ours.revoked) == {5, END_ENTITY.serial}
    root = library.load_der_x509_certificate(PKI.root.certificate.encoding)
    assert theirs.is_signature_valid(root.public_key())  # type: ignore[arg-type]


def test_every_truncation_is_refused() -> None:
    octets = crl((1, 2))
    for length in range(len(octets)):
        with pytest.raises(CertificateError):
            parse_crl(octets[:length])
    with pytest.raises(CertificateError):
        parse_crl(octets + b"\x00")


def test_oversized_list_is_refused_unread() -> None:
    with pytest.raises(CertificateError) as caught:
        parse_crl(bytes(MAX_CRL_OCTETS + 1))
    assert caught.value.reason == "too-large"


def entry(*extensions: bytes) -> bytes:
    written = der.tlv(der.SEQUENCE, *extensions) if extensions else b""
    return der.tlv(
        der.SEQUENCE, der.write_integer(7), der.tlv(der.UTC_TIME, b"260101000000Z"), written
    )


def unsigned(*entries: bytes, version: int = 1) -> bytes:
    algorithm = der.tlv(der.SEQUENCE, der.write_oid("1.2.840.10045.4.3.2"))
    tbs = der.tlv(
        der.SEQUENCE,
        der.write_integer(version) if version else b"",
        algorithm,
        PKI.root.certificate.subject.encoding,
        der.tlv(der.UTC_TIME, b"260101000000Z"),
        der.tlv(der.SEQUENCE, *entries) if entries else b"",
    )
    return der.tlv(der.SEQUENCE, tbs, algorithm, der.write_bits(b"\x00"))


def extension(oid: str, is_critical: bool) -> bytes:
    critical = der.tlv(der.BOOLEAN, b"\xff") if is_critical else b""
    return der.tlv(
        der.SEQUENCE, der.write_oid(oid), critical, der.tlv(der.OCTET_STRING, b"\x05\x00")
    )


def test_entries() -> None:
    assert dict(parse_crl(unsigned()).revoked) == {}
    reason = entry(extension("2.5.29.21", False))
    assert dict(parse_crl(unsigned(reason, version=0)).revoked) == {7: 1_767_225_600_000}
    parse_crl(unsigned(entry(extension("2.5.29.21", True))))
    with pytest.raises(CertificateError):  # the entry may be about another CA's certificate
        parse_crl(unsigned(entry(extension("2.5.29.29", True))))
    with pytest.raises(CertificateError):
        parse_crl(unsigned(version=2))
