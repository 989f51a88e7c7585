"""No private key stands in the repository; tests make theirs when they run."""

from __future__ import annotations

import re

import pytest

from support.repository import ROOT, files, shown

# Spelled so that this file does not match itself.
_BLOCK = re.compile(rb"-----BEGIN [A-Z0-9 ]*PRIVATE " + rb"KEY-----")
_RSA_PKCS8_DER = bytes.fromhex("020100300d06092a864886f70d0101010500")
_EC_PKCS8_DER = bytes.fromhex("020100301306072a8648ce3d0201")
_NAMES = re.compile(r"\.(key|p12|pfx|jks)$|^(id_rsa|id_ecdsa|id_ed25519|\.env|\.netrc|\.pypirc)$")


def secrets_in(octets: bytes) -> list[str]:
    """Kinds of private keys that some octets hold, in clear or as hexadecimal digits."""
    as_hex = re.sub(rb"[^0-9a-f]", b"", octets.lower())
    found = ["PEM"] if _BLOCK.search(octets) else []
    for kind, mark in (("RSA", _RSA_PKCS8_DER), ("EC", _EC_PKCS8_DER)):
        if mark in octets or mark.hex().encode() in as_hex:
            found.append(kind)
    return found


def test_no_file_holds_a_private_key() -> None:
    found = {
        shown(path): kinds
        for path in files(ROOT)
        if path.name != "test_secrets.py" and (kinds := secrets_in(path.read_bytes()))
    }
    assert found == {}


def test_no_file_is_named_like_a_key() -> None:
    assert [shown(path) for path in files(ROOT) if _NAMES.search(path.name)] == []


@pytest.mark.parametrize("kind", ["", "RSA ", "EC ", "ENCRYPTED "])
def test_a_planted_block_is_found(kind: str) -> None:
    assert secrets_in(f"x\n-----BEGIN {kind}PRIVATE ".encode() + b"KEY-----\n") == ["PEM"]


def test_a_planted_key_in_hexadecimal_is_found() -> None:
    assert secrets_in(b"30 82 04 bd " + _RSA_PKCS8_DER.hex(" ").encode()) == ["RSA"]
    assert secrets_in(_EC_PKCS8_DER) == ["EC"]
