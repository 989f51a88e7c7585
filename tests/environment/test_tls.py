"""TLS profile: suites, mutual authentication, refusals; handshakes run in memory."""

from __future__ import annotations

import ssl
from base64 import b64decode
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from environment.pki import make_authority, make_key, pem_of
from iec62351_4.errors import ConfigurationError, TransportError
from iec62351_4.transport.tls import (
    FFDHE2048_PEM,
    NATIVE_SUITES,
    TLSConfig,
    TLSPeer,
    TLSSuite,
    available_suites,
    client_context,
    event_of,
    peer_of,
    server_context,
)

AUTHORITY = make_authority()
RSA_CBC, _, DHE, ECDSA = NATIVE_SUITES[:4]


def handshake(client: ssl.SSLContext, server: ssl.SSLContext) -> tuple[TLSPeer, TLSPeer]:
    """Run a handshake in memory; return what the client and the server know of each other."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [
        client.wrap_bio(to_client, to_server),
        server.wrap_bio(to_server, to_client, server_side=True),
    ]
    waiting = list(ends)
    for _ in range(20):
        for end in tuple(waiting):
            try:
                end.do_handshake()
                waiting.remove(end)
            except ssl.SSLWantReadError:
                continue
    assert not waiting
    return peer_of(ends[0]), peer_of(ends[1])


def pair(kind: str, **changes: object) -> tuple[TLSPeer, TLSPeer]:
    """Handshake of two parties of one authority."""
    client = AUTHORITY.config(kind, number=1, **changes)
    server = AUTHORITY.config(kind, number=2, **changes)
    return handshake(client_context(client), server_context(server))


@pytest.mark.parametrize(
    ("kind", "suite", "name"),
    [
        ("rsa2048", RSA_CBC, "AES128-SHA256"),
        ("rsa2048", DHE, "DHE-RSA-AES128-GCM-SHA256"),
        ("ec", ECDSA, "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ],
)
def test_mandatory_suites_of_table_10(kind: str, suite: TLSSuite, name: str) -> None:
    client, server = pair(kind, suites=(suite,), allows_tls13=False)
    assert (client.version, client.suite) == ("TLSv1.2", name)
    assert (server.version, server.suite) == ("TLSv1.2", name)


def test_tls13_and_certificates_are_returned() -> None:
    client, server = pair("ec")
    assert (client.version, client.is_resumed) == ("TLSv1.3", False)
    assert client.certificate != server.certificate
    assert b"party" in client.certificate


def test_static_dh_is_honestly_not_available() -> None:
    by_point = {item.suite.code_point: item for item in available_suites(NATIVE_SUITES)}
    assert [by_point[point].is_available for point in (0x3C, 0xA0, 0x9E, 0xC02B)] == [
        True,
        False,
        True,
        True,
    ]
    assert "not available in OpenSSL" in by_point[0xA0].reason
    with pytest.raises(ConfigurationError, match="none of the configured suites"):
        client_context(AUTHORITY.config(suites=(NATIVE_SUITES[1],)))


@pytest.mark.parametrize("code_point", [0x0005, 0x0034, 0x003A])
def test_disallowed_suites_are_never_available(code_point: int) -> None:
    (item,) = available_suites([TLSSuite("weak", code_point)])
    assert not item.is_available
    assert item.reason.startswith("disallowed")


def test_dh_parameters_are_the_group_of_rfc_7919() -> None:
    e = sum((Fraction(1, factorial(n)) for n in range(400)), Fraction(0))
    expected = 2**2048 - 2**1984 + (int(2**1918 * e) + 560316) * 2**64 - 1
    der = b64decode(b"".join(FFDHE2048_PEM.splitlines()[1:-1]))
    # SEQUENCE { prime INTEGER, base INTEGER 2 }
    prime = b"\x02\x82\x01\x01\x00" + expected.to_bytes(256, "big")
    assert der == b"\x30\x82\x01\x08" + prime + b"\x02\x01\x02"


def factorial(number: int) -> int:
    """number!"""
    result = 1
    for factor in range(2, number + 1):
        result *= factor
    return result


def test_client_without_certificate_is_refused() -> None:
    server = server_context(AUTHORITY.config("ec", allows_tls13=False))
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    with pytest.raises(ssl.SSLError) as caught:
        handshake(client, server)
    assert event_of(caught.value) == "IEC62351-3:1.6"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_tls_1_1_is_refused() -> None:
    server = server_context(AUTHORITY.config())
    client = client_context(AUTHORITY.config())
    client.set_ciphers("ALL:@SECLEVEL=0")
    client.minimum_version = client.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError) as caught:
        handshake(client, server)
    assert event_of(caught.value) == "IEC62351-3:1.4"


def with_certificate(**validity: int) -> TLSConfig:
    """A party whose certificate has an unusual validity."""
    chain = AUTHORITY.issue(make_key("ec", 3), **validity).public_bytes(Encoding.PEM)
    return AUTHORITY.config("ec", number=3, certificate_chain_pem=chain)


@pytest.mark.parametrize(
    ("server", "event"),
    [
        (with_certificate(start=-9, days=5), "IEC62351-3:2.8"),
        (with_certificate(start=2), "IEC62351-3:2.8"),
        (make_authority("stranger").config("ec"), "IEC62351-3:2.3"),
    ],
)
def test_bad_server_certificates(server: TLSConfig, event: str) -> None:
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(AUTHORITY.config("ec")), server_context(server))
    assert event_of(caught.value) == event


def test_revoked_certificate() -> None:
    key = make_key("ec", 4)
    certificate = AUTHORITY.issue(key)
    server = AUTHORITY.config(
        "ec", number=4, certificate_chain_pem=certificate.public_bytes(Encoding.PEM)
    )
    good = AUTHORITY.config("ec", crls_pem=AUTHORITY.revoke())
    handshake(client_context(good), server_context(server))
    strict = replace(good, crls_pem=AUTHORITY.revoke(certificate))
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        handshake(client_context(strict), server_context(server))
    assert event_of(caught.value) == "IEC62351-3:2.4"


def test_secrets_are_in_no_text() -> None:
    password = b"correct horse"
    key = pem_of(make_key("ec", 5), password)
    config = AUTHORITY.config("ec", number=5, private_key_pem=key, private_key_password=password)
    client_context(config)
    assert b"horse" not in repr(config).encode()
    assert "PRIVATE" not in repr(config)
    with pytest.raises(ConfigurationError) as caught:
        client_context(replace(config, private_key_password=b"wrong battery"))
    assert str(caught.value) == "the private key or its password is wrong"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"trust_anchors_pem": b"nothing"}, "the trust anchors cannot be read"),
        ({"crls_pem": b"nothing"}, "the CRLs cannot be read"),
        ({"private_key_pem": b"nothing"}, "the private key or its password is wrong"),
        (
            {"private_key_pem": pem_of(make_key("ec", 6))},
            "certificate chain and private key do not fit",
        ),
        ({"private_key_pem": pem_of(make_key("rsa1024"))}, "RSA key of 1024 bits is too short"),
        ({"maximum_session_seconds": 86401}, "maximum_session_seconds is not within 1..86400"),
        (
            {"allows_tls13": False, "requires_tls13": True},
            "TLS 1.3 is both required and not allowed",
        ),
    ],
)
def test_unusable_configurations(changes: dict[str, Any], text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        server_context(AUTHORITY.config("ec", **changes))
    assert str(caught.value) == text


def test_key_files_do_not_stay_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    server_context(AUTHORITY.config("ec", crls_pem=AUTHORITY.revoke()))
    with pytest.raises(ConfigurationError):
        client_context(AUTHORITY.config("ec", private_key_pem=pem_of(make_key("ec", 6))))
    assert list(tmp_path.iterdir()) == []


def test_short_peer_key_is_refused_after_the_handshake() -> None:
    certificate = AUTHORITY.issue(make_key("rsa1024")).public_bytes(Encoding.DER)

    class Finished:
        """What ``peer_of`` reads of a connection."""

        session_reused = False

        def getpeercert(self, binary_form: bool) -> bytes:
            return certificate

        def version(self) -> str:
            return "TLSv1.2"

        def cipher(self) -> tuple[str, str, int]:
            return ("AES128-SHA256", "TLSv1.2", 128)

    with pytest.raises(TransportError, match="RSA key of 1024 bits is too short"):
        peer_of(Finished())  # type: ignore[arg-type]
    certificate = b"0" * 8193
    with pytest.raises(TransportError, match="longer than 8192 octets"):
        peer_of(Finished())  # type: ignore[arg-type]
    certificate = b""
    with pytest.raises(TransportError, match="certificate is missing"):
        peer_of(Finished())  # type: ignore[arg-type]
