"""Protection of ClearTransfer and EncrTransfer with the keys of an association.

Theory of operation
    ======================== ============== ===================== ==========================
    protection               applData       ``iv`` of ClearToken2 Authenticator
    ======================== ============== ===================== ==========================
    integrity                clear          absent                ICV over ``tbp`` (+ nonce)
    encrypt-then-mac         AES-CBC        16 random octets      ICV over ``tbp`` (+ nonce)
    authenticated-encryption AES-GCM, tag   12-octet nonce (Q9)   absent
    ======================== ============== ===================== ==========================

    The nonce of the Authenticator is present exactly when the ICV algorithm is GMAC. The
    additional data of AES-GCM are the content octets of ClearToken2, so the nonce has to be
    drawn (``TransferSender.next_iv``) before the token is encoded.

    Nothing here encodes or decodes a PDU: callers pass content octets, on receipt exactly those
    that came in. Each failure of a received transfer is the one ``IntegrityError``.
"""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from iec62351_4.crypto.algorithm import (
    CBC_IV_OCTETS,
    GCM_NONCE_OCTETS,
    GCM_TAG_OCTETS,
    HASH_OCTETS,
    Use,
    find_algorithm,
)
from iec62351_4.crypto.key_schedule import DirectionKeys, KeyPlan
from iec62351_4.crypto.provider import CryptoProvider
from iec62351_4.errors import ConfigurationError, IntegrityError, LocalProtocolError


@dataclass(frozen=True, slots=True)
class ProtectionSuite:
    """The agreed algorithms of data transfer.

    Source: 62351-4, 13.3.1.2 (``encr-mode``).
    """

    encryption: str | None
    """``aes128-GCM``/``aes256-GCM``: authenticated encryption; ``aes128-CBC``/``aes256-CBC``:
    encryption with an ICV; None: clear transfers with an ICV."""
    icv: str | None
    """``hmacWithSHA256``, or ``aes128-GCM``/``aes256-GCM`` for GMAC; None with
    authenticated encryption only."""
    tag_octets: int = GCM_TAG_OCTETS[0]
    """Length of a GCM tag or GMAC value: 12 to 16, the parameter ``aes-ICVlen``."""

    def __post_init__(self) -> None:
        if self.encryption is not None:
            find_algorithm(self.encryption, Use.CBC, Use.GCM)
        if self.icv is not None:
            find_algorithm(self.icv, Use.MAC, Use.GCM)
        if (self.icv is None) != self.is_authenticated_encryption:
            raise ConfigurationError("an ICV is used exactly without authenticated encryption")
        if self.tag_octets not in GCM_TAG_OCTETS:
            raise ConfigurationError("a GCM tag has 12 to 16 octets")

    @property
    def is_encrypted(self) -> bool:
        """Whether EncrTransfer is used, rather than ClearTransfer."""
        return self.encryption is not None

    @property
    def is_authenticated_encryption(self) -> bool:
        """Whether transfers carry no Authenticator."""
        return (
            self.encryption is not None
            and find_algorithm(self.encryption, Use.CBC, Use.GCM).use is Use.GCM
        )

    @property
    def is_gmac(self) -> bool:
        """Whether the Authenticator carries a nonce."""
        return self.icv is not None and find_algorithm(self.icv).use is Use.GCM

    @property
    def icv_octets(self) -> int:
        """Length of the ICV in the Authenticator; 0 if there is none."""
        if self.icv is None:
            return 0
        return self.tag_octets if self.is_gmac else HASH_OCTETS

    @property
    def plan(self) -> KeyPlan:
        """The keys that this suite needs."""
        return KeyPlan(
            icv_octets=find_algorithm(self.icv).octets if self.icv else 0,
            encryption_octets=find_algorithm(self.encryption).octets if self.encryption else 0,
        )


class NonceSequence:
    """Nonces for one key, no two of them equal.

    Source: SP 800-38D, 8.2.1 (deterministic construction). A nonce is a 4-octet prefix, drawn
    once, followed by an 8-octet counter that starts at zero and only rises. Uniqueness rests on
    the counter alone: each key is used by one direction of one association, and the sender that
    owns the key owns its only sequence. The random prefix is a second line of defence, should
    a caller ever make two sequences for one key.
    """

    __slots__ = ("_count", "_limit", "_prefix")

    LIMIT = 1 << 32
    """Most nonces per key. The counter has room for more; the limit bounds how often one key
    is used (SP 800-38D, 8.3), far above what a rekey interval of 24 hours can reach."""

    def __init__(self, provider: CryptoProvider, *, limit: int = LIMIT) -> None:
        """Draw the prefix.

        Args:
            provider: Source of the four random octets.
            limit: Most nonces that are given out.
        """
        if not 0 < limit <= 1 << 64:
            raise ConfigurationError("a nonce sequence has 1 to 2**64 members")
        self._prefix = provider.random(GCM_NONCE_OCTETS - 8)
        self._count = 0
        self._limit = limit

    def next(self) -> bytes:
        """Return the next nonce, 12 octets.

        Raises:
            LocalProtocolError: The sequence is used up; the association needs new keys.
        """
        if self._count >= self._limit:
            raise LocalProtocolError("nonces-exhausted", "protect")
        nonce = self._prefix + self._count.to_bytes(8, "big")
        self._count += 1
        return nonce


class TransferSender:
    """Protects what one side sends, under one set of keys; make a new one at each rekey.

    Call order per message: ``next_iv``, then ``encrypt`` if the suite encrypts, then
    ``authenticate`` if it has an ICV.
    """

    def __init__(
        self, provider: CryptoProvider, suite: ProtectionSuite, keys: DirectionKeys
    ) -> None:
        """Take over the keys of the sending direction; nobody else may send with them."""
        self._provider = provider
        self._suite = suite
        self._keys = keys
        self._nonces = NonceSequence(provider)
        self._pending_iv: bytes | None = None

    def next_iv(self) -> bytes | None:
        """Return the ``iv`` of the coming message's ClearToken2.

        Returns:
            12 octets for AES-GCM, 16 random octets for AES-CBC, None without encryption.

        Raises:
            LocalProtocolError: The nonces of this key are used up.
        """
        if not self._suite.is_encrypted:
            return None
        if self._suite.is_authenticated_encryption:
            self._pending_iv = self._nonces.next()
        else:
            self._pending_iv = self._provider.random(CBC_IV_OCTETS)
        return self._pending_iv

    def encrypt(self, token2: bytes, plaintext: bytes) -> bytes:
        """Encrypt one protected-protocol PDU with the ``iv`` last given out.

        Source: 62351-4, 13; padding and nonce are assumptions Q10 and Q9.

        Args:
            token2: Content octets of the ClearToken2 as sent; it carries the ``iv``.
            plaintext: The complete PDU, from its first tag octet on.

        Returns:
            The octets of ``applData``; with AES-GCM the tag is at the end.

        Raises:
            LocalProtocolError: No unused ``iv``, or clear transfers were agreed.
        """
        iv, self._pending_iv = self._pending_iv, None
        algorithm = self._suite.encryption
        if iv is None or algorithm is None:
            raise LocalProtocolError("no-unused-iv", "encrypt")
        key = self._keys.encryption
        if self._suite.is_authenticated_encryption:
            tag_octets = self._suite.tag_octets
            return self._provider.aead_seal(algorithm, key, iv, plaintext, token2, tag_octets)
        return self._provider.cbc_encrypt(algorithm, key, iv, plaintext)

    def authenticate(self, tbp: bytes) -> tuple[bytes | None, bytes]:
        """Compute the Authenticator's values.

        Source: 62351-4, 13. The ICV covers ``tbp`` with the ciphertext in it, where there
        is one (encrypt-then-MAC).

        Args:
            tbp: Content octets of ``tbp`` as sent, without tag and length.

        Returns:
            The ``nonce`` (12 octets for GMAC, else None) and the ``icv``.

        Raises:
            LocalProtocolError: The suite has no ICV, or the nonces are used up.
        """
        if self._suite.icv is None:
            raise LocalProtocolError("no-icv", "authenticate")
        nonce = self._nonces.next() if self._suite.is_gmac else None
        return nonce, _compute_icv(self._provider, self._suite, self._keys.icv, tbp, nonce)


class TransferReceiver:
    """Verifies what the other side sent, under one set of keys.

    During a rekey there are two receivers for a while; trying one and then the other is safe,
    because a failed attempt changes nothing.
    """

    def __init__(
        self, provider: CryptoProvider, suite: ProtectionSuite, keys: DirectionKeys
    ) -> None:
        """Use the keys of the receiving direction."""
        self._provider = provider
        self._suite = suite
        self._keys = keys

    def open_clear(self, tbp: bytes, nonce: bytes | None, icv: bytes) -> None:
        """Verify a ClearTransfer.

        Source: 62351-4, 13 and 14.4.

        Args:
            tbp: Content octets of ``tbp`` as received, without tag and length.
            nonce: From the Authenticator.
            icv: From the Authenticator.

        Raises:
            IntegrityError: The ICV does not verify.
            LocalProtocolError: Encryption was agreed: the transfer must be refused before.
        """
        if self._suite.is_encrypted:
            raise LocalProtocolError("encryption-agreed", "open clear transfer")
        self._verify_icv(tbp, nonce, icv)

    def open_encrypted(
        self,
        token2: bytes,
        iv: bytes | None,
        ciphertext: bytes,
        *,
        tbp: bytes = b"",
        nonce: bytes | None = None,
        icv: bytes | None = None,
    ) -> bytes:
        """Verify an EncrTransfer and return the protected-protocol PDU in it.

        Source: 62351-4, 13 and 14.4.

        Args:
            token2: Content octets of the ClearToken2 as received.
            iv: ``iv`` of that token, as decoded from ``tbp``.
            ciphertext: Octets of ``applData``, as decoded from ``tbp``.
            tbp: Content octets of ``tbp`` as received; used when the suite has an ICV.
            nonce: From the Authenticator.
            icv: From the Authenticator; None if there is none.

        Returns:
            The plaintext, in full; nothing is returned before everything is verified.

        Raises:
            IntegrityError: ICV, tag, padding or a length is wrong, an Authenticator is missing
                or superfluous.
            LocalProtocolError: Clear transfers were agreed.
        """
        algorithm = self._suite.encryption
        if algorithm is None:
            raise LocalProtocolError("no-encryption-agreed", "open encrypted transfer")
        if iv is None:
            raise IntegrityError
        key = self._keys.encryption
        if self._suite.is_authenticated_encryption:
            if icv is not None or nonce is not None:
                raise IntegrityError
            tag_octets = self._suite.tag_octets
            return self._provider.aead_open(algorithm, key, iv, ciphertext, token2, tag_octets)
        if icv is None:
            raise IntegrityError
        # Before decryption, or the padding would answer questions about the plaintext.
        self._verify_icv(tbp, nonce, icv)
        return self._provider.cbc_decrypt(algorithm, key, iv, ciphertext)

    def _verify_icv(self, tbp: bytes, nonce: bytes | None, icv: bytes) -> None:
        nonce_octets = None if nonce is None else len(nonce)
        if nonce_octets != (GCM_NONCE_OCTETS if self._suite.is_gmac else None):
            raise IntegrityError
        expected = _compute_icv(self._provider, self._suite, self._keys.icv, tbp, nonce)
        if not compare_digest(expected, icv):  # False for a truncated ICV, too
            raise IntegrityError


def _compute_icv(
    provider: CryptoProvider, suite: ProtectionSuite, key: bytes, tbp: bytes, nonce: bytes | None
) -> bytes:
    if suite.icv is None:
        raise ConfigurationError("the suite has no ICV")
    if nonce is not None and suite.is_gmac:
        return provider.gmac(suite.icv, key, nonce, tbp, suite.tag_octets)
    return provider.hmac(suite.icv, key, tbp)
