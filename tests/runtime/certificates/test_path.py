"""Certification paths: chains that hold, and every way to break one."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial

import pytest

from iec62351_4.certificates import certificate as x509
from iec62351_4.certificates import der
from iec62351_4.certificates.certificate import Certificate, parse_certificate
from iec62351_4.certificates.issue import DAY_MS, CertificateFields, make_authority
from iec62351_4.certificates.path import (
    MAX_LINKS,
    MAX_PATH_CERTIFICATES,
    TrustStore,
    check_validity,
    validate_path,
)
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.errors import CertificateError
from runtime.pki import BEGIN, NOW, PROVIDER, Change, make_pki

PKI = make_pki()
INTERMEDIATE = PKI.intermediate.certificate.encoding


def fault(
    certificate: Certificate,
    intermediates: list[bytes] | None = None,
    trust: TrustStore | None = None,
    now: int = NOW,
) -> tuple[str, bool]:
    """Return reason and alarm flag of the error that validation must raise."""
    path = [INTERMEDIATE] if intermediates is None else intermediates
    with pytest.raises(CertificateError) as caught:
        validate_path(certificate, path, trust or PKI.trust(), now, PROVIDER)
    return caught.value.reason, caught.value.is_alarm


@pytest.mark.parametrize("kind", ["rsa", "secp256r1", "brainpoolP256r1"])
def test_chain_of_three(kind: str) -> None:
    pki = make_pki(kind)
    end_entity = pki.issue()
    trust = pki.trust(*pki.fresh_crls())
    path = validate_path(end_entity, [pki.intermediate.certificate.encoding], trust, NOW, PROVIDER)
    assert path.certificates == (end_entity, pki.intermediate.certificate, pki.root.certificate)
    assert path.warnings == ()


def test_chain_of_two() -> None:
    end_entity = PKI.issue(authority=PKI.root)
    path = validate_path(end_entity, [], PKI.trust(*PKI.fresh_crls()), NOW, PROVIDER)
    assert path.certificates == (end_entity, PKI.root.certificate)
    assert path.warnings == ()


def test_intermediate_as_trust_anchor() -> None:
    trust = TrustStore((PKI.intermediate.certificate,))
    assert len(validate_path(PKI.issue(), [], trust, NOW, PROVIDER).certificates) == 2


def test_order_and_surplus_of_intermediates_do_not_matter() -> None:
    middle = PKI.root.subordinate("A", PKI.key, BEGIN, path_length=1)
    lower = middle.subordinate("B", PKI.key, BEGIN)
    end_entity = parse_certificate(lower.issue(PKI.fields(lower)))
    needed = [middle.certificate.encoding, lower.certificate.encoding]
    surplus = [PKI.root.certificate.encoding, INTERMEDIATE, end_entity.encoding]
    for order in itertools.permutations(needed + surplus):
        path = validate_path(end_entity, order, PKI.trust(), NOW, PROVIDER)
        assert len(path.certificates) == 4


def test_the_right_one_of_five_anchors_is_found() -> None:
    others = tuple(
        make_authority(PROVIDER, f"Other {n}", PKI.key, BEGIN).certificate for n in range(4)
    )
    trust = TrustStore((*others, PKI.root.certificate))
    assert validate_path(PKI.issue(), [INTERMEDIATE], trust, NOW, PROVIDER).certificates[-1] == (
        PKI.root.certificate
    )


def test_missing_intermediate_or_anchor() -> None:
    assert fault(PKI.issue(), []) == ("no-path", False)
    assert fault(PKI.issue(), trust=TrustStore(())) == ("no-path", False)


def test_wrong_issuer_name() -> None:
    end_entity = PKI.issue(lambda f: replace(f, issuer=f.subject))
    assert fault(end_entity) == ("no-path", False)


def test_wrong_authority_key_identifier() -> None:
    other = der.tlv(der.SEQUENCE, der.tlv(0x80, bytes(20)))
    end_entity = PKI.issue(lambda f: f.with_extension(x509.AUTHORITY_KEY_IDENTIFIER, other))
    assert fault(end_entity) == ("no-path", False)


def test_issuers_without_key_identifiers_are_found_by_name() -> None:
    end_entity = PKI.issue(lambda f: f.without_extension(x509.AUTHORITY_KEY_IDENTIFIER))
    validate_path(end_entity, [INTERMEDIATE], PKI.trust(), NOW, PROVIDER)


def test_self_signed_certificate_of_a_stranger() -> None:
    key = PROVIDER.generate_private_key("secp256r1")
    stranger = make_authority(PROVIDER, "Stranger", key, BEGIN).certificate
    assert fault(stranger, [stranger.encoding]) == ("no-path", False)


def test_forged_certificate_changed_after_signing() -> None:
    end_entity = PKI.issue()
    position = end_entity.encoding.index(end_entity.subject.encoding + end_entity.public_key.spki)
    position += len(end_entity.subject.encoding) - 1  # the last arc of the address
    changed = bytearray(end_entity.encoding)
    changed[position] ^= 1
    assert fault(parse_certificate(bytes(changed))) == ("forged", True)


def test_forged_certificate_signed_by_an_impostor_ca() -> None:
    """A CA of the same name and key identifier, with another key."""
    key = PROVIDER.generate_private_key("secp256r1")
    impostor = replace(PKI.intermediate, key=key)
    end_entity = parse_certificate(impostor.issue(PKI.fields(PKI.intermediate)))
    assert fault(end_entity) == ("forged", True)


def test_impostor_ca_in_cert_path_does_not_hide_the_right_one() -> None:
    key = PROVIDER.generate_private_key("secp256r1")
    impostor = make_authority(PROVIDER, "Test Intermediate", key, BEGIN)
    end_entity = PKI.issue(lambda f: f.without_extension(x509.AUTHORITY_KEY_IDENTIFIER))
    for intermediates in itertools.permutations([impostor.certificate.encoding, INTERMEDIATE]):
        validate_path(end_entity, intermediates, PKI.trust(), NOW, PROVIDER)


def test_outer_algorithm_changed() -> None:
    end_entity = PKI.issue(lambda f: replace(f, outer_algorithm="sha256WithRSAEncryption"))
    assert fault(end_entity) == ("algorithm-mismatch", True)


def test_signature_algorithm_that_cannot_be_verified() -> None:
    sha384 = x509.AlgorithmIdentifier("1.2.840.10045.4.3.3", None)
    end_entity = replace(PKI.issue(), inner_algorithm=sha384, outer_algorithm=sha384)
    assert fault(end_entity) == ("algorithm", False)


def test_validity_is_inclusive_at_both_ends() -> None:
    end_entity = PKI.issue()
    last = end_entity.not_after + 999
    for now in (end_entity.not_before, last):
        check_validity(end_entity, now)
    for now, reason in ((end_entity.not_before - 1, "not-yet-valid"), (last + 1, "expired")):
        with pytest.raises(CertificateError) as caught:
            check_validity(end_entity, now)
        assert (caught.value.reason, caught.value.is_alarm) == (reason, False)


def test_expired_and_not_yet_valid_end_entity() -> None:
    assert fault(PKI.issue(lambda f: replace(f, not_after=NOW - DAY_MS))) == ("expired", False)
    assert fault(PKI.issue(lambda f: replace(f, not_before=NOW + 1000))) == ("not-yet-valid", False)


def test_expired_intermediate_and_anchor() -> None:
    short = PKI.root.subordinate("Short", PKI.key, BEGIN, days=1)
    end_entity = parse_certificate(short.issue(PKI.fields(short)))
    assert fault(end_entity, [short.certificate.encoding]) == ("expired", False)
    root = make_authority(PROVIDER, "Short Root", PKI.key, BEGIN, days=1)
    end_entity = parse_certificate(root.issue(PKI.fields(root)))
    assert fault(end_entity, [], TrustStore((root.certificate,))) == ("expired", False)


def test_end_entity_that_signs_certificates() -> None:
    """basicConstraints keeps a certified insider from being a CA."""
    insider = replace(PKI.intermediate, key=PKI.key, certificate=PKI.issue())
    victim = parse_certificate(insider.issue(PKI.fields(insider)))
    intermediates = [insider.certificate.encoding, INTERMEDIATE]
    assert fault(victim, intermediates) == ("not-a-ca", False)
    plain = PKI.issue(lambda f: f.without_extension(x509.BASIC_CONSTRAINTS))
    insider = replace(insider, certificate=plain)
    victim = parse_certificate(insider.issue(PKI.fields(insider)))
    assert fault(victim, [plain.encoding, INTERMEDIATE]) == ("not-a-ca", False)


def reissued_intermediate(change: Change) -> bytes:
    """Return the intermediate's certificate, issued anew with changed fields."""
    old = PKI.intermediate.certificate
    fields = replace(
        PKI.fields(PKI.root), subject=old.subject.encoding, public_key=old.public_key.spki
    )
    for extension in old.extensions:
        fields = fields.with_extension(
            extension.oid, extension.value, is_critical=extension.is_critical
        )
    return PKI.root.issue(change(fields))


def test_ca_without_the_right_to_sign() -> None:
    usage = der.write_named_bits(frozenset({x509.CRL_SIGN}))
    ca = reissued_intermediate(lambda f: f.with_extension(x509.KEY_USAGE, usage))
    assert fault(PKI.issue(), [ca]) == ("key-usage", False)
    ca = reissued_intermediate(lambda f: f.without_extension(x509.KEY_USAGE))
    validate_path(PKI.issue(), [ca], PKI.trust(), NOW, PROVIDER)


def test_alarm_is_reported_before_an_error_of_another_candidate() -> None:
    """One CA of the right name may not sign, the other one did not."""
    usage = der.write_named_bits(frozenset({x509.CRL_SIGN}))
    powerless = reissued_intermediate(lambda f: f.with_extension(x509.KEY_USAGE, usage))
    key = PROVIDER.generate_private_key("secp256r1")
    impostor = make_authority(PROVIDER, "Test Intermediate", key, BEGIN).certificate.encoding
    end_entity = PKI.issue(lambda f: f.without_extension(x509.AUTHORITY_KEY_IDENTIFIER))
    for candidates in itertools.permutations([powerless, impostor]):
        assert fault(end_entity, list(candidates)) == ("forged", True)


def test_path_length_constraint() -> None:
    lower = PKI.intermediate.subordinate("Lower", PKI.key, BEGIN)  # the one above allows none
    end_entity = parse_certificate(lower.issue(PKI.fields(lower)))
    intermediates = [lower.certificate.encoding, INTERMEDIATE]
    assert fault(end_entity, intermediates) == ("path-length", False)


@pytest.mark.parametrize("oid", ["2.5.29.30", "2.5.29.37", "1.2.3.4"])
def test_critical_extension_that_is_not_processed(oid: str) -> None:
    """Name constraints, extended key usage, something unknown; harmless when not critical."""
    for is_critical in (True, False):
        change = partial(
            CertificateFields.with_extension, oid=oid, value=b"\x30\x00", is_critical=is_critical
        )
        for end_entity, ca in (
            (PKI.issue(change), INTERMEDIATE),
            (PKI.issue(), reissued_intermediate(change)),
        ):
            if is_critical:
                assert fault(end_entity, [ca]) == ("critical-extension", False)
            else:
                validate_path(end_entity, [ca], PKI.trust(), NOW, PROVIDER)


def test_too_many_certificates_in_cert_path() -> None:
    surplus = [INTERMEDIATE] * (MAX_PATH_CERTIFICATES + 1)
    assert fault(PKI.issue(), surplus) == ("path-length", False)


def test_malformed_certificate_in_cert_path() -> None:
    assert fault(PKI.issue(), [INTERMEDIATE, b"\x30\x00"]) == ("malformed", False)


class CountingProvider(OpenSSLProvider):
    """Counts verifications."""

    verifications = 0

    def verify(self, algorithm: str, public_key: bytes, signature: bytes, data: bytes) -> None:
        self.verifications += 1
        super().verify(algorithm, public_key, signature, data)


def test_work_that_a_peer_can_cause_is_bounded() -> None:
    """Eight certificates that all issued each other: 8! paths, none of which ends well."""
    key = PROVIDER.generate_private_key("secp256r1")
    clique = [
        make_authority(PROVIDER, "Clique", key, BEGIN + 1000 * n).certificate.encoding
        for n in range(MAX_PATH_CERTIFICATES)
    ]
    ca = replace(PKI.root, key=key, certificate=parse_certificate(clique[0]))
    end_entity = parse_certificate(ca.issue(PKI.fields(ca)))
    provider = CountingProvider()
    with pytest.raises(CertificateError) as caught:
        validate_path(end_entity, clique, PKI.trust(), NOW, provider)
    assert caught.value.reason == "path-length"
    assert provider.verifications == MAX_LINKS


def test_longest_path_is_accepted_and_a_longer_one_is_not() -> None:
    authorities = [make_authority(PROVIDER, "0", PKI.key, BEGIN)]
    for n in range(1, MAX_PATH_CERTIFICATES):
        authorities.append(authorities[-1].subordinate(str(n), PKI.key, BEGIN, path_length=None))
    trust = TrustStore((authorities[0].certificate,))
    for last, is_accepted in (
        (MAX_PATH_CERTIFICATES - 2, True),
        (MAX_PATH_CERTIFICATES - 1, False),
    ):
        issuer = authorities[last]
        end_entity = parse_certificate(issuer.issue(PKI.fields(issuer)))
        intermediates = [a.certificate.encoding for a in authorities[1 : last + 1]]
        if is_accepted:
            path = validate_path(end_entity, intermediates, trust, NOW, PROVIDER)
            assert len(path.certificates) == MAX_PATH_CERTIFICATES
        else:
            assert fault(end_entity, intermediates, trust) == ("path-length", False)
