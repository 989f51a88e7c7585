"""Cross-checks against the `openssl` command line: a second build, and a second interface."""

from __future__ import annotations

import base64
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from iec62351_4.certificates import der
from iec62351_4.certificates.issue import osi_subject
from runtime.pki import AE_QUALIFIER, AP_TITLE, NOW, PROVIDER, make_pki

pytestmark = pytest.mark.requires("openssl")

DATA = b"content octets of tbp" * 7


def openssl(*arguments: str, data: bytes = b"", fails: bool = False) -> bytes:
    """Run the command; return standard output, or standard error when it must fail."""
    program = shutil.which("openssl")
    assert program is not None
    run = subprocess.run(
        [program, *arguments], input=data, capture_output=True, timeout=30, check=False
    )
    assert (run.returncode != 0) == fails, run.stderr.decode(errors="replace")
    return run.stderr if fails else run.stdout


def pem(octets: bytes, label: str) -> bytes:
    text = base64.encodebytes(octets).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()


@pytest.mark.parametrize("length", [32, 96, 192])
def test_hkdf(length: int) -> None:
    key, salt = bytes(range(32)), bytes(range(64, 96))
    output = openssl(
        "kdf", "-binary", "-keylen", str(length), "-kdfopt", "digest:SHA256",
        "-kdfopt", f"hexkey:{key.hex()}", "-kdfopt", f"hexsalt:{salt.hex()}", "HKDF",
    )  # fmt: skip
    extracted = PROVIDER.hkdf_extract("hmacWithSHA256", salt, key)
    assert PROVIDER.hkdf_expand("hmacWithSHA256", extracted, b"", length) == output


@pytest.mark.parametrize(("algorithm", "octets"), [("aes128-GCM", 16), ("aes256-GCM", 32)])
def test_gmac(algorithm: str, octets: int, tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    key, nonce = bytes(range(octets)), bytes(range(12))
    output = openssl(
        "mac", "-macopt", f"cipher:AES-{8 * octets}-GCM", "-macopt", f"hexkey:{key.hex()}",
        "-macopt", f"hexiv:{nonce.hex()}", "-in", str(tmp_path / "data"), "GMAC",
    )  # fmt: skip
    assert PROVIDER.gmac(algorithm, key, nonce, DATA, 16) == bytes.fromhex(output.decode().strip())


def test_hmac(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(DATA)
    key = bytes(range(32))
    output = openssl(
        "mac", "-digest", "SHA256", "-macopt", f"hexkey:{key.hex()}",
        "-in", str(tmp_path / "data"), "HMAC",
    )  # fmt: skip
    expected = bytes.fromhex(output.decode().strip())
    assert PROVIDER.hmac("hmacWithSHA256", key, DATA) == expected


@pytest.mark.parametrize(("algorithm", "octets"), [("aes128-CBC", 16), ("aes256-CBC", 32)])
def test_cbc(algorithm: str, octets: int) -> None:
    key, iv = bytes(range(octets)), bytes(range(16, 32))
    output = openssl("enc", f"-aes-{8 * octets}-cbc", "-K", key.hex(), "-iv", iv.hex(), data=DATA)
    assert PROVIDER.cbc_encrypt(algorithm, key, iv, DATA) == output


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("rsa", "sha256WithRSAEncryption"),
        ("secp256r1", "ecdsa-with-SHA256"),
        ("brainpoolP256r1", "ecdsa-with-SHA256"),
    ],
)
def test_signatures_both_ways(kind: str, algorithm: str, tmp_path: Path) -> None:
    key = PROVIDER.generate_private_key(kind)
    spki = PROVIDER.public_key(key)
    (tmp_path / "key.pem").write_bytes(PROVIDER.export_private_key(key))
    (tmp_path / "public.pem").write_bytes(pem(spki, "PUBLIC KEY"))
    (tmp_path / "signature").write_bytes(PROVIDER.sign(key, algorithm, DATA))
    verify = (
        "dgst", "-sha256", "-verify", str(tmp_path / "public.pem"),
        "-signature", str(tmp_path / "signature"),
    )  # fmt: skip
    assert openssl(*verify, data=DATA) == b"Verified OK\n"
    signature = openssl("dgst", "-sha256", "-sign", str(tmp_path / "key.pem"), data=DATA)
    PROVIDER.verify(algorithm, spki, signature, DATA)


def test_group_14(tmp_path: Path) -> None:
    """The command line makes one key pair; both sides compute the same secret."""
    openssl(
        "genpkey", "-algorithm", "DH", "-pkeyopt", "group:modp_2048",
        "-out", str(tmp_path / "theirs.pem"),
    )  # fmt: skip
    encoded = openssl("pkey", "-in", str(tmp_path / "theirs.pem"), "-pubout", "-outform", "DER")
    reader = der.read_whole(encoded).children()
    algorithm = reader.read(der.SEQUENCE).encoding
    their_public = der.read_whole(reader.read(der.BIT_STRING).whole_octets(), der.INTEGER)
    key, public = PROVIDER.generate_agreement_key("modp14")
    ours = PROVIDER.agree(key, their_public.integer().to_bytes(256, "big"))
    number = der.write_integer(int.from_bytes(public, "big"))
    (tmp_path / "ours.der").write_bytes(der.tlv(der.SEQUENCE, algorithm, der.write_bits(number)))
    theirs = openssl(
        "pkeyutl", "-derive", "-inkey", str(tmp_path / "theirs.pem"),
        "-peerkey", str(tmp_path / "ours.der"), "-peerform", "DER",
    )  # fmt: skip
    assert ours == theirs.rjust(256, b"\x00")


@pytest.mark.parametrize("kind", ["rsa", "secp256r1", "brainpoolP256r1"])
def test_issued_path_and_list_verify(kind: str, tmp_path: Path) -> None:
    """With the text form of the subject, which OpenSSL can load."""
    pki = make_pki(kind)
    subject = osi_subject(AP_TITLE, AE_QUALIFIER, as_text=True)
    good, revoked = (pki.issue(lambda f: replace(f, subject=subject)) for _ in range(2))
    root_list, intermediate_list = pki.fresh_crls({revoked.serial: NOW - 1000})
    (tmp_path / "trust.pem").write_bytes(
        pem(pki.root.certificate.encoding, "CERTIFICATE")
        + pem(root_list, "X509 CRL")
        + pem(intermediate_list, "X509 CRL")
    )
    (tmp_path / "path.pem").write_bytes(pem(pki.intermediate.certificate.encoding, "CERTIFICATE"))
    for certificate, fails in ((good, False), (revoked, True)):
        (tmp_path / "end.pem").write_bytes(pem(certificate.encoding, "CERTIFICATE"))
        output = openssl(
            "verify", "-x509_strict", "-crl_check_all", "-attime", str(NOW // 1000),
            "-CAfile", str(tmp_path / "trust.pem"), "-untrusted", str(tmp_path / "path.pem"),
            str(tmp_path / "end.pem"), fails=fails,
        )  # fmt: skip
        assert (b"certificate revoked" in output) == fails
