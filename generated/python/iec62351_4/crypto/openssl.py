"""The provider on the ``cryptography`` package (OpenSSL).

Randomness is a constructor argument, so that test vectors can reproduce whole associations;
with the default source nothing is reproducible. Private agreement keys are derived from the
random octets in a documented way (``_random_scalar``), the same with either source.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from cryptography.exceptions import InvalidSignature, InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.hmac import HMAC
from cryptography.hazmat.primitives.kdf.hkdf import HKDF, HKDFExpand
from cryptography.hazmat.primitives.padding import PKCS7

from iec62351_4.crypto.algorithm import (
    ALGORITHMS,
    CBC_IV_OCTETS,
    GCM_NONCE_OCTETS,
    GCM_TAG_OCTETS,
    HASH_OCTETS,
    Use,
    find_algorithm,
)
from iec62351_4.crypto.modp import agree_modp14, check_public_modp14, public_modp14
from iec62351_4.crypto.provider import AgreementKey, PrivateKey
from iec62351_4.errors import ConfigurationError, IntegrityError, LocalProtocolError

RSA_BITS = range(2048, 8193)
"""Accepted RSA sizes. The lower bound is the standard's; the upper one bounds the work that a
peer's certificate can cause."""

_CURVES: dict[str, ec.EllipticCurve] = {
    "secp256r1": ec.SECP256R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
}
_ORDERS = {
    "secp256r1": 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551,
    "brainpoolP256r1": 0xA9FB57DBA1EEA9BC3E660A909D838D718C397AA3B561A6F7901E0E82974856A7,
    # RFC 3526, 8: a 320-bit exponent is at the upper end of what matches the group's strength.
    "modp14": 1 << 320,
}


class OpenSSLPrivateKey(PrivateKey):
    """Handle of an RSA or EC private key held in memory."""

    __slots__ = ("_key",)

    def __init__(self, key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> None:
        self._key = key

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: secret>"


class OpenSSLAgreementKey(AgreementKey):
    """Handle of an ephemeral private value of one group."""

    __slots__ = ("_group", "_secret")

    def __init__(self, group: str, secret: int) -> None:
        self._group = group
        self._secret: int | None = secret

    def forget(self) -> None:
        """Drop the private value (Python cannot overwrite an integer in place)."""
        self._secret = None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._group}: secret>"


class OpenSSLProvider:
    """``CryptoProvider`` on the ``cryptography`` package."""

    def __init__(
        self,
        random: Callable[[int], bytes] = secrets.token_bytes,
        *,
        deterministic_signatures: bool = False,
    ) -> None:
        """Make a provider.

        Args:
            random: Returns as many octets as asked for, cryptographically secure. Only test
                vectors replace it.
            deterministic_signatures: Use RFC 6979 for ECDSA. Needed for reproducible vectors;
                off otherwise, because a fresh random nonce resists fault attacks better.
        """
        self._random = random
        self._deterministic = deterministic_signatures

    @property
    def capabilities(self) -> frozenset[str]:
        """See ``CryptoProvider``. Curves that this OpenSSL build leaves out are missing."""
        missing = {name for name, curve in _CURVES.items() if not _has_curve(curve)}
        return frozenset(ALGORITHMS) - missing

    def random(self, count: int) -> bytes:
        """See ``CryptoProvider``."""
        octets = self._random(count)
        if len(octets) != count:
            raise ConfigurationError("the random source returned a wrong number of octets")
        return octets

    def sha256(self, data: bytes) -> bytes:
        """See ``CryptoProvider``."""
        digest = hashes.Hash(hashes.SHA256())
        digest.update(data)
        return digest.finalize()

    # --- signatures -----------------------------------------------------------------------

    def load_private_key(self, octets: bytes, password: bytes | None = None) -> PrivateKey:
        """Read a PEM or DER private key (PKCS#8 or traditional).

        Raises:
            ConfigurationError: Unreadable, wrong password, or not a key that Clause 8 permits.
        """
        load = (
            serialization.load_pem_private_key
            if octets.lstrip().startswith(b"-----BEGIN")
            else serialization.load_der_private_key
        )
        try:
            key = load(octets, password)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # "from None": the library's text must not carry key material or the password on.
            raise ConfigurationError("the private key cannot be read") from None
        return _usable_private_key(key)

    def generate_private_key(self, kind: str, *, bits: int = 2048) -> PrivateKey:
        """Make a signature key from OpenSSL's own randomness (never the injected source).

        Args:
            kind: ``rsa``, ``secp256r1`` or ``brainpoolP256r1``.
            bits: Size of an RSA key.
        """
        if kind == "rsa":
            return OpenSSLPrivateKey(rsa.generate_private_key(65537, bits))
        if kind not in _CURVES:
            raise ConfigurationError(f'"{kind}" is not a kind of signature key')
        return OpenSSLPrivateKey(ec.generate_private_key(_CURVES[kind]))

    def export_private_key(self, key: PrivateKey) -> bytes:
        """Return an unencrypted PKCS#8 PEM text, for demonstrations; guard it like the key."""
        return _private_key(key).private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def public_key(self, key: PrivateKey) -> bytes:
        """See ``CryptoProvider``."""
        return (
            _private_key(key)
            .public_key()
            .public_bytes(
                serialization.Encoding.DER,
                serialization.PublicFormat.SubjectPublicKeyInfo,
            )
        )

    def sign(self, key: PrivateKey, algorithm: str, data: bytes) -> bytes:
        """See ``CryptoProvider``."""
        find_algorithm(algorithm, Use.SIGNATURE)
        private = _private_key(key)
        if algorithm == "sha256WithRSAEncryption" and isinstance(private, rsa.RSAPrivateKey):
            return private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        if algorithm == "ecdsa-with-SHA256" and isinstance(private, ec.EllipticCurvePrivateKey):
            ecdsa = ec.ECDSA(hashes.SHA256(), deterministic_signing=self._deterministic)
            return private.sign(data, ecdsa)
        raise ConfigurationError(f"the private key does not fit {algorithm}")

    def verify(self, algorithm: str, public_key: bytes, signature: bytes, data: bytes) -> None:
        """See ``CryptoProvider``."""
        find_algorithm(algorithm, Use.SIGNATURE)
        try:
            key = serialization.load_der_public_key(public_key)
            if algorithm == "sha256WithRSAEncryption":
                if isinstance(key, rsa.RSAPublicKey) and key.key_size in RSA_BITS:
                    key.verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
                    return
            elif isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _CURVES:
                key.verify(signature, data, ec.ECDSA(hashes.SHA256()))
                return
        except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
            raise IntegrityError from None
        raise IntegrityError

    # --- key agreement --------------------------------------------------------------------

    def generate_agreement_key(self, group: str) -> tuple[AgreementKey, bytes]:
        """See ``CryptoProvider``."""
        find_algorithm(group, Use.GROUP)
        secret = self._random_scalar(group)
        if group == "modp14":
            public = public_modp14(secret)
        else:
            private = ec.derive_private_key(secret, _CURVES[group])
            public = private.public_key().public_bytes(
                serialization.Encoding.X962,
                serialization.PublicFormat.UncompressedPoint,
            )
        return OpenSSLAgreementKey(group, secret), public

    def check_agreement_public(self, group: str, public: bytes) -> None:
        """See ``CryptoProvider``."""
        find_algorithm(group, Use.GROUP)
        if group == "modp14":
            check_public_modp14(public)
        else:
            _curve_point(group, public)

    def agree(self, key: AgreementKey, peer_public: bytes) -> bytes:
        """See ``CryptoProvider``."""
        if not isinstance(key, OpenSSLAgreementKey):
            raise ConfigurationError("the agreement key belongs to another provider")
        group, secret = key._group, key._secret
        if secret is None:
            raise LocalProtocolError("key-forgotten", "agree")
        if group == "modp14":
            return agree_modp14(secret, peer_public)
        peer = _curve_point(group, peer_public)
        try:
            return ec.derive_private_key(secret, _CURVES[group]).exchange(ec.ECDH(), peer)
        except ValueError:
            raise IntegrityError from None

    def _random_scalar(self, group: str) -> int:
        """Derive a private value from 64 more random bits than the group's order has.

        Source: FIPS 186-5, A.2.1 (extra random bits). The value is
        ``int(octets, big-endian) mod (order - 1) + 1`` with 40 octets for a curve; for
        ``modp14``, 48 octets and 2**320 in place of the order.
        """
        order = _ORDERS[group]
        count = ((order - 1).bit_length() + 64) // 8
        return int.from_bytes(self.random(count), "big") % (order - 1) + 1

    # --- hash, MAC, key derivation ----------------------------------------------------------

    def hmac(self, algorithm: str, key: bytes, data: bytes) -> bytes:
        """See ``CryptoProvider``."""
        find_algorithm(algorithm, Use.MAC)
        mac = HMAC(key, hashes.SHA256())
        mac.update(data)
        return mac.finalize()

    def hkdf_extract(self, algorithm: str, salt: bytes, key_material: bytes) -> bytes:
        """See ``CryptoProvider``."""
        find_algorithm(algorithm, Use.MAC)
        return HKDF.extract(hashes.SHA256(), salt, key_material)

    def hkdf_expand(self, algorithm: str, key: bytes, info: bytes, length: int) -> bytes:
        """See ``CryptoProvider``."""
        find_algorithm(algorithm, Use.MAC)
        if not 0 < length <= 255 * HASH_OCTETS:
            raise ConfigurationError("HKDF cannot make a key of that length")
        return HKDFExpand(hashes.SHA256(), length, info).derive(key)

    # --- encryption -------------------------------------------------------------------------

    def aead_seal(
        self,
        algorithm: str,
        key: bytes,
        nonce: bytes,
        plaintext: bytes,
        additional_data: bytes,
        tag_octets: int,
    ) -> bytes:
        """See ``CryptoProvider``."""
        _check_gcm(algorithm, key, tag_octets)
        if len(nonce) != GCM_NONCE_OCTETS:
            raise ConfigurationError("a GCM nonce has 12 octets")
        encryptor = Cipher(algorithms.AES(key), modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(additional_data)
        ciphertext = encryptor.update(plaintext) + encryptor.finalize()
        # SP 800-38D, 7.1: a shorter tag is the leftmost octets of the full one.
        return ciphertext + encryptor.tag[:tag_octets]

    def aead_open(
        self,
        algorithm: str,
        key: bytes,
        nonce: bytes,
        sealed: bytes,
        additional_data: bytes,
        tag_octets: int,
    ) -> bytes:
        """See ``CryptoProvider``."""
        _check_gcm(algorithm, key, tag_octets)
        if len(nonce) != GCM_NONCE_OCTETS or len(sealed) < tag_octets:
            raise IntegrityError
        ciphertext, tag = sealed[:-tag_octets], sealed[-tag_octets:]
        mode = modes.GCM(nonce, tag, min_tag_length=tag_octets)
        decryptor = Cipher(algorithms.AES(key), mode).decryptor()
        decryptor.authenticate_additional_data(additional_data)
        plaintext = decryptor.update(ciphertext)
        try:
            return plaintext + decryptor.finalize()
        except InvalidTag:
            raise IntegrityError from None

    def gmac(self, algorithm: str, key: bytes, nonce: bytes, data: bytes, tag_octets: int) -> bytes:
        """See ``CryptoProvider``."""
        return self.aead_seal(algorithm, key, nonce, b"", data, tag_octets)

    def cbc_encrypt(self, algorithm: str, key: bytes, iv: bytes, plaintext: bytes) -> bytes:
        """See ``CryptoProvider``."""
        _check_key(algorithm, Use.CBC, key)
        if len(iv) != CBC_IV_OCTETS:
            raise ConfigurationError("an AES-CBC initialization vector has 16 octets")
        padder = PKCS7(128).padder()
        padded = padder.update(plaintext) + padder.finalize()
        encryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        return encryptor.update(padded) + encryptor.finalize()

    def cbc_decrypt(self, algorithm: str, key: bytes, iv: bytes, ciphertext: bytes) -> bytes:
        """See ``CryptoProvider``."""
        _check_key(algorithm, Use.CBC, key)
        if len(iv) != CBC_IV_OCTETS:
            raise IntegrityError
        decryptor = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
        unpadder = PKCS7(128).unpadder()
        try:
            padded = decryptor.update(ciphertext) + decryptor.finalize()
            return unpadder.update(padded) + unpadder.finalize()
        except ValueError:
            raise IntegrityError from None


def _curve_point(group: str, public: bytes) -> ec.EllipticCurvePublicKey:
    if len(public) != 65 or public[0] != 0x04:
        raise IntegrityError
    try:
        # from_encoded_point refuses points that are not on the curve; both curves have
        # cofactor 1, so every other point has the full order.
        return ec.EllipticCurvePublicKey.from_encoded_point(_CURVES[group], public)
    except ValueError:
        raise IntegrityError from None


def _usable_private_key(key: object) -> OpenSSLPrivateKey:
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size in RSA_BITS:
        return OpenSSLPrivateKey(key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVES:
        return OpenSSLPrivateKey(key)
    raise ConfigurationError("the private key is of a type or size that is not permitted")


def _private_key(key: PrivateKey) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if not isinstance(key, OpenSSLPrivateKey):
        raise ConfigurationError("the private key belongs to another provider")
    return key._key


def _has_curve(curve: ec.EllipticCurve) -> bool:
    try:
        ec.derive_private_key(1, curve)
    except (UnsupportedAlgorithm, ValueError):
        return False
    return True


def _check_key(algorithm: str, use: Use, key: bytes) -> None:
    if len(key) != find_algorithm(algorithm, use).octets:
        raise ConfigurationError(f"the key has a wrong length for {algorithm}")


def _check_gcm(algorithm: str, key: bytes, tag_octets: int) -> None:
    _check_key(algorithm, Use.GCM, key)
    if tag_octets not in GCM_TAG_OCTETS:
        raise ConfigurationError("a GCM tag has 12 to 16 octets")
