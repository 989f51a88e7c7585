"""Key schedule: salts, plans, order, hiding."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest

from iec62351_4.crypto.key_schedule import (
    KeyPlan,
    KeyScheduleRules,
    derive_keys,
    first_salt,
    next_salt,
)
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.errors import ConfigurationError, LocalProtocolError

P = OpenSSLProvider()
SECRET = bytes(range(32))
SALT = bytes(range(32, 64))


def sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def expand(length: int) -> bytes:
    """HKDF written out with the standard library, as a second implementation."""
    key = hmac.digest(SALT, SECRET, "sha256")
    block, output = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(key, block + bytes((counter,)), "sha256")
        output += block
    return output[:length]


@pytest.mark.parametrize(
    ("form", "zero"), [("hash-length", bytes(32)), ("one-octet", b"\x00"), ("empty", b"")]
)
def test_first_salt(form: Any, zero: bytes) -> None:
    salt = first_salt(P, b"request", b"accept", KeyScheduleRules(zero_form=form))
    assert salt == sha256(b"accept" + sha256(b"request" + zero))


def test_first_salt_defaults_to_the_hash_length() -> None:
    assert first_salt(P, b"a", b"b") == sha256(b"b" + sha256(b"a" + bytes(32)))


def test_next_salt_continues_the_chain() -> None:
    assert next_salt(P, b"token2", SALT) == sha256(b"token2" + SALT)


def test_four_keys_in_the_default_order() -> None:
    keys = derive_keys(P, SECRET, SALT, KeyPlan(icv_octets=32, encryption_octets=16))
    okm = expand(96)
    assert keys.client.icv == okm[:32]
    assert keys.server.icv == okm[32:64]
    assert keys.client.encryption == okm[64:80]
    assert keys.server.encryption == okm[80:96]


def test_four_keys_in_another_order() -> None:
    rules = KeyScheduleRules(key_order="direction-first")
    keys = derive_keys(P, SECRET, SALT, KeyPlan(32, 16), rules)
    okm = expand(96)
    assert keys.client.icv == okm[:32]
    assert keys.client.encryption == okm[32:48]
    assert keys.server.icv == okm[48:80]
    assert keys.server.encryption == okm[80:96]


@pytest.mark.parametrize("order", ["purpose-first", "direction-first"])
@pytest.mark.parametrize(("icv", "encryption"), [(32, 0), (16, 0), (0, 16), (0, 32)])
def test_two_keys_are_client_before_server(icv: int, encryption: int, order: Any) -> None:
    rules = KeyScheduleRules(key_order=order)
    keys = derive_keys(P, SECRET, SALT, KeyPlan(icv, encryption), rules)
    size = icv or encryption
    okm = expand(2 * size)
    pairs = [(d.icv if icv else d.encryption) for d in (keys.client, keys.server)]
    assert pairs == [okm[:size], okm[size:]]
    with pytest.raises(LocalProtocolError):
        _ = keys.client.encryption if icv else keys.client.icv


@pytest.mark.parametrize(("icv", "encryption"), [(0, 0), (-1, 16), (32, -16)])
def test_senseless_plans_are_refused(icv: int, encryption: int) -> None:
    with pytest.raises(ConfigurationError):
        KeyPlan(icv, encryption)


@pytest.mark.parametrize(
    "options",
    [
        {"zero_form": "two-octets"},
        {"key_order": "server-first"},
    ],
)
def test_senseless_rules_are_refused(options: Any) -> None:
    with pytest.raises(ConfigurationError):
        KeyScheduleRules(**options)


def test_unknown_hmac_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        derive_keys(P, SECRET, SALT, KeyPlan(32, 0), hmac="hmacWithSHA1")


def test_forgetting_overwrites_and_is_final() -> None:
    keys = derive_keys(P, SECRET, SALT, KeyPlan(32, 16))
    kept = [keys.client._icv, keys.server._encryption]
    keys.forget()
    keys.forget()
    assert kept == [bytearray(32), bytearray(16)]
    for direction in (keys.client, keys.server):
        for use in ("icv", "encryption"):
            with pytest.raises(LocalProtocolError):
                getattr(direction, use)


def test_repr_and_str_hide_the_keys() -> None:
    keys = derive_keys(P, SECRET, SALT, KeyPlan(32, 16))
    shown = repr(keys) + str(keys) + repr(keys.client) + f"{keys.server}"
    assert "icv 32 octets, encryption 16 octets" in shown
    for secret in (keys.client.icv, keys.server.icv, keys.client.encryption):
        assert repr(secret) not in shown
        assert repr(bytearray(secret)) not in shown
        assert secret.hex() not in shown
