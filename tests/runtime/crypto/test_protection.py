"""Protection of transfers: every suite, both directions, and what must fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iec62351_4.crypto.key_schedule import AssociationKeys, DirectionKeys, derive_keys
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.protection import (
    NonceSequence,
    ProtectionSuite,
    TransferReceiver,
    TransferSender,
)
from iec62351_4.errors import ConfigurationError, IntegrityError, LocalProtocolError

P = OpenSSLProvider()
CLEAR = [
    ProtectionSuite(None, "hmacWithSHA256"),
    ProtectionSuite(None, "aes128-GCM"),
    ProtectionSuite(None, "aes256-GCM", 16),
]
CBC = [
    ProtectionSuite("aes128-CBC", "hmacWithSHA256"),
    ProtectionSuite("aes256-CBC", "aes128-GCM", 13),
]
AEAD = [ProtectionSuite("aes128-GCM", None), ProtectionSuite("aes256-GCM", None, 16)]
PLAIN = b"\xa0\x03\x02\x01\x07"


def keys_of(suite: ProtectionSuite) -> AssociationKeys:
    return derive_keys(P, bytes(32), bytes(32), suite.plan)


def pair(suite: ProtectionSuite) -> tuple[TransferSender, TransferReceiver]:
    keys = keys_of(suite)
    return TransferSender(P, suite, keys.client), TransferReceiver(P, suite, keys.client)


@pytest.mark.parametrize("suite", CLEAR)
def test_clear_transfer(suite: ProtectionSuite) -> None:
    sender, receiver = pair(suite)
    assert sender.next_iv() is None
    nonce, icv = sender.authenticate(b"tbp")
    assert (nonce is not None) == suite.is_gmac
    assert len(icv) == suite.icv_octets
    receiver.open_clear(b"tbp", nonce, icv)
    other = b"\x00" * 12 if suite.is_gmac else None
    attempts = [
        (b"tbq", nonce, icv),
        (b"tbp", nonce, icv[:-1]),
        (b"tbp", nonce, icv + b"\x00"),
        (b"tbp", nonce, b""),
        (b"tbp", nonce, bytes((icv[0] ^ 1,)) + icv[1:]),
        (b"tbp", None if suite.is_gmac else b"", icv),
        (b"tbp", b"\x00" * 13, icv),
    ]
    if suite.is_gmac:
        attempts.append((b"tbp", other, icv))
    for tbp, given, value in attempts:
        with pytest.raises(IntegrityError):
            receiver.open_clear(tbp, given, value)


@pytest.mark.parametrize("suite", CBC)
def test_encrypt_then_mac(suite: ProtectionSuite) -> None:
    sender, receiver = pair(suite)
    iv = sender.next_iv()
    assert iv is not None
    assert len(iv) == 16
    token2 = b"token2" + iv
    ciphertext = sender.encrypt(token2, PLAIN)
    assert PLAIN not in ciphertext
    tbp = token2 + ciphertext
    nonce, icv = sender.authenticate(tbp)

    def attempt(
        iv: bytes | None = iv,
        ciphertext: bytes = ciphertext,
        tbp: bytes = tbp,
        nonce: bytes | None = nonce,
        icv: bytes | None = icv,
    ) -> bytes:
        return receiver.open_encrypted(token2, iv, ciphertext, tbp=tbp, nonce=nonce, icv=icv)

    assert attempt() == PLAIN
    failing: list[Callable[[], bytes]] = [
        lambda: attempt(iv=None),
        lambda: attempt(iv=b"short"),
        lambda: attempt(icv=None),
        lambda: attempt(icv=bytes(len(icv))),
        lambda: attempt(tbp=tbp + b"x"),
        lambda: attempt(nonce=b"x"),
    ]
    for call in failing:
        with pytest.raises(IntegrityError):
            call()


class CountingProvider(OpenSSLProvider):
    """Counts decryptions."""

    decryptions = 0

    def cbc_decrypt(self, algorithm: str, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        self.decryptions += 1
        return super().cbc_decrypt(algorithm, key, iv, ciphertext)


def test_padding_oracle_is_closed_because_the_icv_comes_first() -> None:
    suite = CBC[0]
    provider = CountingProvider()
    receiver = TransferReceiver(provider, suite, keys_of(suite).client)
    with pytest.raises(IntegrityError) as caught:
        receiver.open_encrypted(b"", bytes(16), bytes(32), tbp=bytes(32), icv=bytes(32))
    assert provider.decryptions == 0
    assert str(caught.value) == "integrity check failed"


@pytest.mark.parametrize("suite", AEAD)
def test_authenticated_encryption(suite: ProtectionSuite) -> None:
    sender, receiver = pair(suite)
    iv = sender.next_iv()
    assert iv is not None
    token2 = b"token2" + iv
    sealed = sender.encrypt(token2, PLAIN)
    assert len(sealed) == len(PLAIN) + suite.tag_octets
    assert receiver.open_encrypted(token2, iv, sealed) == PLAIN
    for other_token2, other_iv, other in (
        (b"Token2" + iv, iv, sealed),
        (token2, bytes(12), sealed),
        (token2, iv[:11], sealed),
        (token2, None, sealed),
        (token2, iv, sealed[:-1]),
        (token2, iv, b""),
        (token2, iv, bytes((sealed[0] ^ 1,)) + sealed[1:]),
    ):
        with pytest.raises(IntegrityError):
            receiver.open_encrypted(other_token2, other_iv, other)
    for nonce, icv in ((b"", None), (None, b"")):
        with pytest.raises(IntegrityError):  # an Authenticator has no place here
            receiver.open_encrypted(token2, iv, sealed, nonce=nonce, icv=icv)


@pytest.mark.parametrize("suite", [*CLEAR, *CBC, *AEAD])
def test_reflection_of_own_transfers(suite: ProtectionSuite) -> None:
    """What the client sent does not verify as sent by the server."""
    keys = keys_of(suite)
    sender = TransferSender(P, suite, keys.client)
    mirror = TransferReceiver(P, suite, keys.server)
    iv = sender.next_iv()
    if not suite.is_encrypted:
        with pytest.raises(IntegrityError):
            mirror.open_clear(b"tbp", *sender.authenticate(b"tbp"))
        return
    sealed = sender.encrypt(b"t", PLAIN)
    nonce: bytes | None = None
    icv: bytes | None = None
    if suite.icv is not None:
        nonce, icv = sender.authenticate(sealed)
    with pytest.raises(IntegrityError):
        mirror.open_encrypted(b"t", iv, sealed, tbp=sealed, nonce=nonce, icv=icv)


@pytest.mark.parametrize("suite", [CLEAR[1], AEAD[0], CBC[1]])
def test_no_nonce_occurs_twice_under_one_key(suite: ProtectionSuite) -> None:
    """Also with a random source that always returns the same octets."""
    provider = OpenSSLProvider(bytes)
    sender = TransferSender(provider, suite, keys_of(suite).client)
    seen = set()
    for _ in range(1000):
        if suite.is_authenticated_encryption:
            nonce = sender.next_iv()
        else:
            nonce, _icv = sender.authenticate(b"tbp")
        assert nonce is not None
        seen.add(nonce)
    assert len(seen) == 1000


def test_abandoned_iv_is_not_given_out_again() -> None:
    sender, receiver = pair(AEAD[0])
    abandoned = sender.next_iv()
    iv = sender.next_iv()
    assert iv != abandoned
    sealed = sender.encrypt(b"t", PLAIN)
    assert receiver.open_encrypted(b"t", iv, sealed) == PLAIN


@pytest.mark.parametrize("suite", [AEAD[0], CBC[0]])
def test_an_iv_encrypts_once(suite: ProtectionSuite) -> None:
    sender, _ = pair(suite)
    with pytest.raises(LocalProtocolError):
        sender.encrypt(b"t", PLAIN)
    sender.next_iv()
    sender.encrypt(b"t", PLAIN)
    with pytest.raises(LocalProtocolError):
        sender.encrypt(b"t", PLAIN)


def test_exhausted_nonces_raise_and_stay_exhausted() -> None:
    nonces = NonceSequence(P, limit=3)
    assert len({nonces.next() for _ in range(3)}) == 3
    for _ in range(2):
        with pytest.raises(LocalProtocolError) as caught:
            nonces.next()
        assert caught.value.state == "nonces-exhausted"


@pytest.mark.parametrize("limit", [0, -1, (1 << 64) + 1])
def test_senseless_limits_are_refused(limit: int) -> None:
    with pytest.raises(ConfigurationError):
        NonceSequence(P, limit=limit)


def test_calls_that_do_not_fit_the_suite() -> None:
    clear_sender, clear_receiver = pair(CLEAR[0])
    aead_sender, aead_receiver = pair(AEAD[0])
    with pytest.raises(LocalProtocolError):
        clear_sender.encrypt(b"t", PLAIN)
    with pytest.raises(LocalProtocolError):
        aead_sender.authenticate(b"tbp")
    with pytest.raises(LocalProtocolError):
        clear_receiver.open_encrypted(b"t", bytes(12), PLAIN)
    with pytest.raises(LocalProtocolError):
        aead_receiver.open_clear(b"tbp", None, bytes(32))


def test_keys_that_were_forgotten_protect_nothing() -> None:
    keys = keys_of(CLEAR[0])
    sender = TransferSender(P, CLEAR[0], keys.client)
    keys.forget()
    with pytest.raises(LocalProtocolError):
        sender.authenticate(b"tbp")


@pytest.mark.parametrize(
    ("encryption", "icv", "tag_octets"),
    [
        (None, None, 12),
        ("aes128-GCM", "hmacWithSHA256", 12),
        ("aes128-CBC", None, 12),
        (None, "aes128-CBC", 12),
        (None, "sha256WithRSAEncryption", 12),
        ("hmacWithSHA256", "hmacWithSHA256", 12),
        ("aes192-CBC", "hmacWithSHA256", 12),
        ("aes128-GCM", None, 8),
        ("aes128-GCM", None, 17),
    ],
)
def test_contradictory_suites_are_refused(
    encryption: str | None, icv: str | None, tag_octets: int
) -> None:
    with pytest.raises(ConfigurationError):
        ProtectionSuite(encryption, icv, tag_octets)


def test_plans() -> None:
    def octets(suite: ProtectionSuite) -> tuple[int, int]:
        return suite.plan.icv_octets, suite.plan.encryption_octets

    assert [octets(suite) for suite in CLEAR] == [(32, 0), (16, 0), (32, 0)]
    assert [octets(suite) for suite in CBC] == [(32, 16), (16, 32)]
    assert [octets(suite) for suite in AEAD] == [(0, 16), (0, 32)]
    assert [suite.icv_octets for suite in (*CLEAR, *CBC, *AEAD)] == [32, 12, 16, 32, 13, 0, 0]


def test_sender_with_a_missing_key() -> None:
    sender = TransferSender(P, CLEAR[0], DirectionKeys(None, None))
    with pytest.raises(LocalProtocolError):
        sender.authenticate(b"tbp")
