"""From handshake contents and a shared secret to the keys of one association.

Owns the salts, the derivation and the key objects. It does not negotiate algorithms and does
not verify anything: callers pass contents whose signatures are already verified.

What public sources leave open is gathered in ``KeyScheduleRules``; the generated configuration
fills it from the assumptions file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from iec62351_4.crypto.algorithm import HASH_OCTETS
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.errors import ConfigurationError, LocalProtocolError

KeyName = Literal["client-icv", "server-icv", "client-encryption", "server-encryption"]
"""A key by the role that *sends* with it, and by its use."""

ZeroForm = Literal["hash-length", "one-octet", "empty"]
"""What the trailing zero in the first salt is: 32 zero octets, one, or none."""

KeyOrder = Literal["purpose-first", "direction-first"]
"""How four keys are cut from the output of HKDF."""

_ZEROS = {"hash-length": bytes(HASH_OCTETS), "one-octet": bytes(1), "empty": b""}

_ORDERS: dict[KeyOrder, tuple[KeyName, ...]] = {
    "purpose-first": ("client-icv", "server-icv", "client-encryption", "server-encryption"),
    "direction-first": ("client-icv", "client-encryption", "server-icv", "server-encryption"),
}


@dataclass(frozen=True, slots=True)
class KeyScheduleRules:
    """Readings of the key schedule that the captured text does not settle.

    INTERPRETATION (Q12): the defaults are the recommended ones.
    """

    zero_form: ZeroForm = "hash-length"
    key_order: KeyOrder = "purpose-first"

    def __post_init__(self) -> None:
        if self.zero_form not in _ZEROS:
            raise ConfigurationError(f'"{self.zero_form}" is not a form of the zero')
        if self.key_order not in _ORDERS:
            raise ConfigurationError(f'"{self.key_order}" is not an order of the keys')

    @property
    def names(self) -> tuple[KeyName, ...]:
        """The keys in the order in which the output of HKDF is cut.

        A plan with two keys uses the two it needs, in this order: client before server.
        """
        return _ORDERS[self.key_order]


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """Which keys each direction needs, and how long they are.

    Source: 62351-4, 13.3.1.2. INTERPRETATION (Q12): two keys for authenticated encryption or
    for an ICV without encryption, four for encryption with an ICV.
    """

    icv_octets: int
    """Length of each ICV key; 0 if there is none."""
    encryption_octets: int
    """Length of each encryption key; 0 if there is none."""

    def __post_init__(self) -> None:
        if min(self.icv_octets, self.encryption_octets) < 0 or not (
            self.icv_octets or self.encryption_octets
        ):
            raise ConfigurationError("a key plan needs an ICV key or an encryption key")

    def octets(self, name: KeyName) -> int:
        """Return the length of one key; 0 if the plan does not have it."""
        return self.icv_octets if name.endswith("-icv") else self.encryption_octets


class DirectionKeys:
    """The keys of one direction; ``repr`` shows lengths only."""

    __slots__ = ("_encryption", "_icv")

    def __init__(self, icv: bytes | None, encryption: bytes | None) -> None:
        """Hold copies of the keys.

        Args:
            icv: Key of the ICV, or None.
            encryption: Key of the encryption or authenticated encryption, or None.
        """
        self._icv = None if icv is None else bytearray(icv)
        self._encryption = None if encryption is None else bytearray(encryption)

    @property
    def icv(self) -> bytes:
        """The key of the ICV; ``LocalProtocolError`` if there is none (any more)."""
        return self._key(self._icv, "icv")

    @property
    def encryption(self) -> bytes:
        """The key of the encryption; ``LocalProtocolError`` if there is none (any more)."""
        return self._key(self._encryption, "encryption")

    def forget(self) -> None:
        """Overwrite and drop the keys. May be called twice.

        Best effort: copies that the library made while using a key are out of reach.
        """
        for key in (self._icv, self._encryption):
            if key is not None:
                key[:] = bytes(len(key))
        self._icv = self._encryption = None

    def __repr__(self) -> str:
        return (
            f"<{type(self).__name__}: icv {len(self._icv or b'')} octets, "
            f"encryption {len(self._encryption or b'')} octets>"
        )

    @staticmethod
    def _key(key: bytearray | None, use: str) -> bytes:
        if key is None:
            raise LocalProtocolError("no-key", f"use {use} key")
        return bytes(key)


@dataclass(frozen=True, slots=True)
class AssociationKeys:
    """The keys of both directions."""

    client: DirectionKeys
    """What the client sends with."""
    server: DirectionKeys
    """What the server sends with."""

    def forget(self) -> None:
        """Overwrite and drop all keys. May be called twice."""
        self.client.forget()
        self.server.forget()


def first_salt(
    provider: CryptoProvider,
    data1: bytes,
    data2: bytes,
    rules: KeyScheduleRules = KeyScheduleRules(),
) -> bytes:
    """Compute the salt of the first key derivation: hash(data2 || hash(data1 || 0)).

    Source: 62351-4, 13.3.1.2; the zero is assumption Q12.

    Args:
        provider: Computes the hash.
        data1: Content octets of the ``tbs`` of HandshakeReq as sent, without tag and length.
        data2: The same of HandshakeAcc.
        rules: Form of the zero.

    Returns:
        32 octets.

    Security: Both signatures must have been verified over exactly these octets.
    """
    inner = provider.sha256(data1 + _ZEROS[rules.zero_form])
    return provider.sha256(data2 + inner)


def next_salt(provider: CryptoProvider, data: bytes, salt: bytes) -> bytes:
    """Compute the salt after a rekey: hash(data || salt).

    Source: 62351-4, 13.3.1.2. INTERPRETATION (Q11): the chain of the first salt goes on with
    the content of the token that carried the new public key.

    Args:
        provider: Computes the hash.
        data: Content octets of the ClearToken2 with ``rekey`` as sent, without tag and length.
        salt: The salt in use so far, 32 octets.

    Returns:
        32 octets.
    """
    return provider.sha256(data + salt)


def derive_keys(
    provider: CryptoProvider,
    shared_secret: bytes,
    salt: bytes,
    plan: KeyPlan,
    rules: KeyScheduleRules = KeyScheduleRules(),
    *,
    hmac: str = "hmacWithSHA256",
) -> AssociationKeys:
    """Derive both directions' keys with HKDF and an empty ``info``.

    Source: 62351-4, 13.3.1.2; RFC 5869; order and lengths are assumption Q12.

    Args:
        provider: Computes HKDF.
        shared_secret: Result of ``CryptoProvider.agree``, leading zeros kept.
        salt: Result of ``first_salt`` or ``next_salt``.
        plan: Which keys are needed.
        rules: Order of the keys.
        hmac: The agreed HMAC algorithm.

    Returns:
        The keys; ``repr`` hides them.

    Raises:
        ConfigurationError: The HMAC algorithm is not known.

    Security: The caller must have verified the peer's signature over the handshake contents
        behind ``salt``; this function cannot know.
    """
    pseudorandom_key = provider.hkdf_extract(hmac, salt, shared_secret)
    total = sum(plan.octets(name) for name in rules.names)
    output = provider.hkdf_expand(hmac, pseudorandom_key, b"", total)
    keys: dict[KeyName, bytes | None] = {}
    position = 0
    for name in rules.names:
        end = position + plan.octets(name)
        keys[name] = output[position:end] or None
        position = end
    return AssociationKeys(
        client=DirectionKeys(keys["client-icv"], keys["client-encryption"]),
        server=DirectionKeys(keys["server-icv"], keys["server-encryption"]),
    )
