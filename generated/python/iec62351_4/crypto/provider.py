"""The interface between the handlers and whatever computes the cryptography.

A vendor puts a hardware module or another library behind ``CryptoProvider``; nothing else in
this package calls cryptography directly, except the tool that makes demonstration certificates.
"""

from __future__ import annotations

from typing import Protocol


class PrivateKey:
    """Opaque handle of a private signature key; the provider that made it understands it."""

    __slots__ = ()


class AgreementKey:
    """Opaque handle of an ephemeral private key of one Diffie-Hellman group."""

    __slots__ = ()

    def forget(self) -> None:
        """Drop the key material; the handle is useless afterwards. May be called twice."""
        raise NotImplementedError


class CryptoProvider(Protocol):
    """Every cryptographic operation that a handler needs.

    Algorithms are named as in ``iec62351_4.crypto.algorithm.ALGORITHMS``; a name that the
    operation does not know raises ``ConfigurationError``. Every verification failure, whatever
    its cause, raises the one ``IntegrityError`` without details.
    """

    @property
    def capabilities(self) -> frozenset[str]:
        """Names of the algorithms and groups that can be used on this machine."""

    def random(self, count: int) -> bytes:
        """Return ``count`` octets from a cryptographically secure source."""

    def sha256(self, data: bytes) -> bytes:
        """Return the 32-octet SHA-256 value of ``data``."""

    def public_key(self, key: PrivateKey) -> bytes:
        """Return the DER SubjectPublicKeyInfo that belongs to a private key."""

    def sign(self, key: PrivateKey, algorithm: str, data: bytes) -> bytes:
        """Sign ``data``.

        Source: 62351-4, 8 and 13.4.1; the form of ECDSA signatures is assumption Q36.

        Args:
            key: Handle of a key whose type fits the algorithm.
            algorithm: ``sha256WithRSAEncryption`` (PKCS#1 v1.5) or ``ecdsa-with-SHA256``.
            data: The octets to hash and sign.

        Returns:
            RSA: as many octets as the modulus; ECDSA: a DER ``ECDSA-Sig-Value``.

        Raises:
            ConfigurationError: The key does not fit the algorithm.
        """

    def verify(self, algorithm: str, public_key: bytes, signature: bytes, data: bytes) -> None:
        """Verify a signature.

        Source: 62351-4, 8 and 13.4.1; the form of ECDSA signatures is assumption Q36.

        Args:
            algorithm: As for ``sign``.
            public_key: DER SubjectPublicKeyInfo of the signer: RSA of at least 2048 bits, or
                EC on secp256r1 or brainpoolP256r1.
            signature: As carried by the peer.
            data: The octets as received, never a re-encoding.

        Raises:
            IntegrityError: The signature is not valid, or the key is unusable or of another
                type than the algorithm's.
        """

    def generate_agreement_key(self, group: str) -> tuple[AgreementKey, bytes]:
        """Make an ephemeral Diffie-Hellman key.

        Source: 62351-4, 13.3.1.2; encodings are assumption Q7.

        Returns:
            The private handle and the public octets: ``modp14`` 256 octets, big-endian with
            leading zeros; curves 65 octets, 04 followed by X and Y.
        """

    def check_agreement_public(self, group: str, public: bytes) -> None:
        """Check that octets are a public key of a Diffie-Hellman group.

        Source: 62351-4, 13.3.1.2; encodings are assumption Q7.

        Raises:
            IntegrityError: Wrong length, out of range, outside the prime-order subgroup, or not
                a point of the curve.
        """

    def agree(self, key: AgreementKey, peer_public: bytes) -> bytes:
        """Compute the shared secret with a peer's public octets.

        Source: 62351-4, 13.3.1.2; encodings are assumption Q7.

        Returns:
            ``modp14``: 256 octets with leading zeros; curves: the 32-octet x coordinate.

        Raises:
            IntegrityError: The public value has a wrong length, is out of range, lies outside
                the prime-order subgroup, or is not a point of the curve.
            LocalProtocolError: The key was forgotten.
        """

    def hmac(self, algorithm: str, key: bytes, data: bytes) -> bytes:
        """Return the full-length HMAC of ``data`` (``hmacWithSHA256``: 32 octets)."""

    def hkdf_extract(self, algorithm: str, salt: bytes, key_material: bytes) -> bytes:
        """Return the 32-octet pseudorandom key of RFC 5869, 2.2."""

    def hkdf_expand(self, algorithm: str, key: bytes, info: bytes, length: int) -> bytes:
        """Return ``length`` octets (at most 255 times 32) as of RFC 5869, 2.3."""

    def aead_seal(
        self,
        algorithm: str,
        key: bytes,
        nonce: bytes,
        plaintext: bytes,
        additional_data: bytes,
        tag_octets: int,
    ) -> bytes:
        """Encrypt and authenticate with AES-GCM.

        Args:
            algorithm: ``aes128-GCM`` or ``aes256-GCM``.
            key: 16 or 32 octets.
            nonce: 12 octets, never used before with this key.
            plaintext: What to encrypt; may be empty.
            additional_data: What to authenticate only.
            tag_octets: 12 to 16.

        Returns:
            Ciphertext followed by the tag.
        """

    def aead_open(
        self,
        algorithm: str,
        key: bytes,
        nonce: bytes,
        sealed: bytes,
        additional_data: bytes,
        tag_octets: int,
    ) -> bytes:
        """Verify and decrypt what ``aead_seal`` made; no plaintext leaves on failure.

        Raises:
            IntegrityError: The tag does not verify, or nonce or input have a wrong length.
        """

    def gmac(self, algorithm: str, key: bytes, nonce: bytes, data: bytes, tag_octets: int) -> bytes:
        """Return the GMAC value of ``data``: the tag of AES-GCM over an empty plaintext."""

    def cbc_encrypt(self, algorithm: str, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """Encrypt with AES-CBC and PKCS#7 padding (Q10); ``iv`` is 16 unpredictable octets."""

    def cbc_decrypt(self, algorithm: str, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """Decrypt with AES-CBC and remove the padding.

        Raises:
            IntegrityError: Wrong length or padding.

        Security: Call only after the ICV over the ciphertext is verified; otherwise the peer
            gets a padding oracle.
        """
