"""Certificates in a few lines, those that OpenSSL cannot load included."""

from __future__ import annotations

import pytest
from cryptography import x509

from iec62351_4.testing import make_stations
from interlock.decode.certificates import public_key, read_certificate, summary
from interlock.decode.tree import MalformedError
from interlock.decode.values import ValueReader

VALUES = ValueReader({})


@pytest.mark.parametrize("kind", ["rsa", "secp256r1", "brainpoolP256r1"])
def test_agrees_with_the_library_where_it_can_read(kind: str) -> None:
    der = make_stations(kind, as_text=True)[0].identity.certificate
    theirs = x509.load_der_x509_certificate(der)
    ours = read_certificate(der, VALUES)
    assert ours.serial == theirs.serial_number
    assert ours.issuer == theirs.issuer.rfc4514_string()
    assert ours.not_before == f"{theirs.not_valid_before_utc:%Y-%m-%d %H:%M:%S} UTC"
    assert ours.not_after == f"{theirs.not_valid_after_utc:%Y-%m-%d %H:%M:%S} UTC"
    key = public_key(ours)
    assert key is not None
    assert key == theirs.public_key()


def test_a_subject_that_is_an_object_identifier() -> None:
    der = make_stations("secp256r1")[0].identity.certificate
    assert any("1.1.999.1.12" in line for line in summary(der, VALUES))
    assert any(line == "key EC, secp256r1" for line in summary(der, VALUES))


def test_every_truncation_is_refused_with_a_place() -> None:
    der = make_stations("secp256r1")[0].identity.certificate
    for length in range(len(der)):
        with pytest.raises(MalformedError) as caught:
            read_certificate(der[:length], VALUES)
        assert 0 <= caught.value.offset <= length


def test_changed_octets_never_lead_to_anything_else() -> None:
    der = make_stations("secp256r1")[0].identity.certificate
    for at in range(0, len(der), 3):
        for value in (0x00, 0x30, 0x80, 0xFF):
            changed = der[:at] + bytes((value,)) + der[at + 1 :]
            assert summary(changed, VALUES)


@pytest.mark.parametrize("der", [b"", b"\x30\x00", b"\x05\x00", bytes(50)])
def test_something_else(der: bytes) -> None:
    (line,) = summary(der, VALUES)
    assert line.startswith("not a certificate that can be read: ")


def test_a_key_of_an_unknown_kind() -> None:
    der = make_stations("secp256r1")[0].identity.certificate
    prime256v1 = bytes.fromhex("06082a8648ce3d030107")
    changed = der.replace(prime256v1, bytes.fromhex("06082a8648ce3d03017f"))
    assert summary(changed, VALUES)[-1] == "key of a kind that is not known"
