"""The OpenSSL provider: known answers, and inputs it must refuse.

Sources of the known answers: RFC 4231 (HMAC), RFC 5869 (HKDF), SP 800-38A (CBC), the GCM
specification of McGrew and Viega (test cases 3 and 4), NIST CAVS (ECDH P-256), RFC 7027
(brainpool), RFC 6979 (deterministic ECDSA).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from iec62351_4.crypto.algorithm import ALGORITHMS
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.crypto.provider import AgreementKey, PrivateKey
from iec62351_4.errors import ConfigurationError, IntegrityError, LocalProtocolError

H = bytes.fromhex
P = OpenSSLProvider()
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


@pytest.fixture(scope="module")
def rsa_key() -> PrivateKey:
    return P.generate_private_key("rsa")


# --- hash, MAC, key derivation ------------------------------------------------------------------


def test_hmac_rfc4231_case_2() -> None:
    assert P.hmac("hmacWithSHA256", b"Jefe", b"what do ya want for nothing?") == H(
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    )


@pytest.mark.parametrize(
    ("material", "salt", "info", "pseudorandom_key", "output"),
    [
        (
            H("0b" * 22),
            H("000102030405060708090a0b0c"),
            H("f0f1f2f3f4f5f6f7f8f9"),
            "077709362c2e32df0ddc3f0dc47bba6390b6c73bb50f9c3122ec844ad7c2b3e5",
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
        ),
        (
            bytes(range(0x50)),
            bytes(range(0x60, 0xB0)),
            bytes(range(0xB0, 0x100)),
            "06a6b88c5853361a06104c9ceb35b45cef760014904671014a193f40c15fc244",
            "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c"
            "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71"
            "cc30c58179ec3e87c14c01d5c1f3434f1d87",
        ),
        (
            H("0b" * 22),
            b"",
            b"",
            "19ef24a32c717b167f33a91d6f648bdf96596776afdb6377ac434c1c293ccb04",
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
        ),
    ],
)
def test_hkdf_rfc5869(
    material: bytes, salt: bytes, info: bytes, pseudorandom_key: str, output: str
) -> None:
    extracted = P.hkdf_extract("hmacWithSHA256", salt, material)
    assert extracted.hex() == pseudorandom_key
    expanded = P.hkdf_expand("hmacWithSHA256", extracted, info, len(output) // 2)
    assert expanded.hex() == output


@pytest.mark.parametrize("length", [1, 32, 33, 255 * 32])
def test_hkdf_against_a_second_implementation(length: int) -> None:
    key, block, expected = bytes(range(32)), b"", b""
    for counter in range(1, 256):
        block = hmac.digest(key, block + bytes((counter,)), "sha256")
        expected += block
    assert P.hkdf_expand("hmacWithSHA256", key, b"", length) == expected[:length]


@pytest.mark.parametrize("length", [0, -1, 255 * 32 + 1])
def test_hkdf_refuses_impossible_lengths(length: int) -> None:
    with pytest.raises(ConfigurationError):
        P.hkdf_expand("hmacWithSHA256", bytes(32), b"", length)


def test_sha256() -> None:
    assert P.sha256(b"abc") == hashlib.sha256(b"abc").digest()


# --- AES ----------------------------------------------------------------------------------------

GCM_KEY = H("feffe9928665731c6d6a8f9467308308")
GCM_IV = H("cafebabefacedbaddecaf888")
GCM_PLAIN = H(
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
)
GCM_AAD = H("feedfacedeadbeeffeedfacedeadbeefabaddad2")
GCM_CIPHER = H(
    "42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e"
    "21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091"
)
GCM_TAG = H("5bc94fbc3221a5db94fae95ae7121a47")


@pytest.mark.parametrize("tag_octets", range(12, 17))
def test_gcm_specification_case_4_with_every_tag_length(tag_octets: int) -> None:
    sealed = P.aead_seal("aes128-GCM", GCM_KEY, GCM_IV, GCM_PLAIN, GCM_AAD, tag_octets)
    assert sealed == GCM_CIPHER + GCM_TAG[:tag_octets]
    opened = P.aead_open("aes128-GCM", GCM_KEY, GCM_IV, sealed, GCM_AAD, tag_octets)
    assert opened == GCM_PLAIN


def test_gcm_256_specification_case_16() -> None:
    sealed = P.aead_seal("aes256-GCM", GCM_KEY * 2, GCM_IV, GCM_PLAIN, GCM_AAD, 16)
    assert sealed[-16:] == H("76fc6ece0f4e1768cddf8853bb2d551b")
    assert sealed[:8] == H("522dc1f099567d07")


def test_gmac_is_the_tag_over_an_empty_plaintext() -> None:
    # GCM specification, test case 1: everything zero or empty.
    tag = H("58e2fccefa7e3061367f1d57a4e7455a")
    assert P.gmac("aes128-GCM", bytes(16), bytes(12), b"", 16) == tag
    assert P.gmac("aes128-GCM", bytes(16), bytes(12), b"", 12) == tag[:12]


@pytest.mark.parametrize("index", [0, 59, 60, 71])
def test_gcm_every_changed_part_is_refused(index: int) -> None:
    sealed = bytearray(GCM_CIPHER + GCM_TAG[:12])
    sealed[index] ^= 1
    with pytest.raises(IntegrityError):
        P.aead_open("aes128-GCM", GCM_KEY, GCM_IV, bytes(sealed), GCM_AAD, 12)


def test_gcm_truncated_tag_is_not_accepted_as_shorter_one() -> None:
    sealed = GCM_CIPHER + GCM_TAG
    for octets in range(len(sealed)):
        with pytest.raises(IntegrityError):
            P.aead_open("aes128-GCM", GCM_KEY, GCM_IV, sealed[:octets], GCM_AAD, 16)
    with pytest.raises(IntegrityError):  # the tag of 16 octets taken for one of 12
        P.aead_open("aes128-GCM", GCM_KEY, GCM_IV, sealed, GCM_AAD, 12)


def test_gcm_other_nonce_or_additional_data_is_refused() -> None:
    sealed = GCM_CIPHER + GCM_TAG
    for nonce, aad in ((bytes(12), GCM_AAD), (GCM_IV, GCM_AAD[:-1]), (GCM_IV[:11], GCM_AAD)):
        with pytest.raises(IntegrityError):
            P.aead_open("aes128-GCM", GCM_KEY, nonce, sealed, aad, 16)


@pytest.mark.parametrize("length", [8, 11, 13, 16])
def test_gcm_valid_tag_under_a_nonce_of_another_length_is_refused(length: int) -> None:
    sealed = AESGCM(GCM_KEY).encrypt(bytes(length), GCM_PLAIN, GCM_AAD)
    with pytest.raises(IntegrityError):
        P.aead_open("aes128-GCM", GCM_KEY, bytes(length), sealed, GCM_AAD, 16)


@pytest.mark.parametrize("tag_octets", [0, 4, 11, 17])
def test_gcm_refuses_other_tag_lengths(tag_octets: int) -> None:
    with pytest.raises(ConfigurationError):
        P.aead_seal("aes128-GCM", GCM_KEY, GCM_IV, b"", b"", tag_octets)
    with pytest.raises(ConfigurationError):
        P.aead_open("aes128-GCM", GCM_KEY, GCM_IV, bytes(32), b"", tag_octets)


def test_local_mistakes_in_sealing_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        P.aead_seal("aes128-GCM", GCM_KEY, GCM_IV[:8], b"", b"", 12)
    with pytest.raises(ConfigurationError):
        P.aead_seal("aes256-GCM", GCM_KEY, GCM_IV, b"", b"", 12)
    with pytest.raises(ConfigurationError):
        P.cbc_encrypt("aes128-CBC", GCM_KEY, GCM_IV, b"")
    with pytest.raises(ConfigurationError):
        P.cbc_encrypt("aes128-GCM", GCM_KEY, bytes(16), b"")


CBC_KEY = H("2b7e151628aed2a6abf7158809cf4f3c")
CBC_IV = bytes(range(16))
CBC_PLAIN = H("6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51")
CBC_CIPHER = H("7649abac8119b246cee98e9b12e9197d5086cb9b507219ee95db113a917678b2")


def test_cbc_sp800_38a() -> None:
    sealed = P.cbc_encrypt("aes128-CBC", CBC_KEY, CBC_IV, CBC_PLAIN)
    assert sealed[:32] == CBC_CIPHER
    assert len(sealed) == 48  # a whole block of padding
    assert P.cbc_decrypt("aes128-CBC", CBC_KEY, CBC_IV, sealed) == CBC_PLAIN


@pytest.mark.parametrize("length", [0, 1, 15, 16, 17])
def test_cbc_round_trip(length: int) -> None:
    plain = bytes(range(length))
    sealed = P.cbc_encrypt("aes256-CBC", bytes(32), CBC_IV, plain)
    assert len(sealed) % 16 == 0
    assert len(sealed) > length
    assert P.cbc_decrypt("aes256-CBC", bytes(32), CBC_IV, sealed) == plain


@pytest.mark.parametrize("ciphertext", [b"", bytes(15), bytes(17), CBC_CIPHER])
def test_cbc_refuses_wrong_lengths_and_padding(ciphertext: bytes) -> None:
    with pytest.raises(IntegrityError):
        P.cbc_decrypt("aes128-CBC", CBC_KEY, CBC_IV, ciphertext)
    with pytest.raises(IntegrityError):
        P.cbc_decrypt("aes128-CBC", CBC_KEY, CBC_IV[:8], ciphertext)


# --- key agreement ------------------------------------------------------------------------------


def scripted(scalar: int, octets: int) -> Callable[[int], bytes]:
    """Return a source from which ``generate_agreement_key`` derives exactly ``scalar``."""

    def source(count: int) -> bytes:
        assert count == octets
        return (scalar - 1).to_bytes(count, "big")

    return source


def test_ecdh_p256_nist_cavs() -> None:
    secret = int("7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534", 16)
    key, public = OpenSSLProvider(scripted(secret, 40)).generate_agreement_key("secp256r1")
    assert public == H(
        "04ead218590119e8876b29146ff89ca61770c4edbbf97d38ce385ed281d8a6b230"
        "28af61281fd35e2fa7002523acc85a429cb06ee6648325389f59edfce1405141"
    )
    peer = H(
        "04700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
        "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac"
    )
    assert P.agree(key, peer) == H(
        "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b"
    )


def test_ecdh_brainpool_rfc7027() -> None:
    secret = int("81DB1EE100150FF2EA338D708271BE38300CB54241D79950F77B063039804F1D", 16)
    key, public = OpenSSLProvider(scripted(secret, 40)).generate_agreement_key("brainpoolP256r1")
    assert public == H(
        "0444106E913F92BC02A1705D9953A8414DB95E1AAA49E81D9E85F929A8E3100BE5"
        "8AB4846F11CACCB73CE49CBDD120F5A900A69FD32C272223F789EF10EB089BDC"
    )
    peer = H(
        "048D2D688C6CF93E1160AD04CC4429117DC2C41825E1E9FCA0ADDD34E6F1B39F7B"
        "990C57520812BE512641E47034832106BC7D3E8DD0E4C7F1136D7006547CEC6A"
    )
    assert P.agree(key, peer) == H(
        "89AFC39D41D3B327814B80940B042590F96556EC91E6AE7939BCE31F3A18BF2B"
    )


@pytest.mark.parametrize(
    ("group", "octets", "secret_octets"),
    [("modp14", 256, 256), ("secp256r1", 65, 32), ("brainpoolP256r1", 65, 32)],
)
def test_both_sides_agree(group: str, octets: int, secret_octets: int) -> None:
    (key1, public1), (key2, public2) = (P.generate_agreement_key(group) for _ in range(2))
    assert len(public1) == len(public2) == octets
    assert public1 != public2
    secret = P.agree(key1, public2)
    assert len(secret) == secret_octets
    assert secret == P.agree(key2, public1)


@pytest.mark.parametrize("group", ["modp14", "secp256r1", "brainpoolP256r1"])
@pytest.mark.parametrize("fill", [0x00, 0x5A, 0xFF])
def test_injected_randomness_makes_keys_reproducible(group: str, fill: int) -> None:
    publics = {
        OpenSSLProvider(lambda n: bytes((fill,)) * n).generate_agreement_key(group)[1]
        for _ in range(2)
    }
    assert len(publics) == 1


def test_source_that_returns_too_little_is_refused() -> None:
    with pytest.raises(ConfigurationError):
        OpenSSLProvider(lambda n: bytes(n - 1)).generate_agreement_key("secp256r1")


@pytest.mark.parametrize("group", ["secp256r1", "brainpoolP256r1"])
def test_invalid_points_are_refused(group: str) -> None:
    key, public = P.generate_agreement_key(group)
    other = {"secp256r1": "brainpoolP256r1", "brainpoolP256r1": "secp256r1"}[group]
    off_curve = public[:-1] + bytes((public[-1] ^ 1,))
    compressed = bytes((2 + public[-1] % 2,)) + public[1:33]
    candidates = [
        b"",
        b"\x00",  # the point at infinity
        bytes(65),
        b"\x04" + bytes(64),
        b"\x04" + b"\xff" * 64,  # coordinates beyond the prime
        off_curve,
        compressed,
        public[:-1],
        public + b"\x00",
        b"\x06" + public[1:],  # hybrid form
        P.generate_agreement_key(other)[1],
    ]
    for candidate in candidates:
        with pytest.raises(IntegrityError):
            P.agree(key, candidate)


def test_forgotten_or_foreign_keys_are_refused() -> None:
    key, public = P.generate_agreement_key("secp256r1")
    key.forget()
    key.forget()
    with pytest.raises(LocalProtocolError):
        P.agree(key, public)
    with pytest.raises(ConfigurationError):
        P.agree(AgreementKey(), public)
    with pytest.raises(NotImplementedError):
        AgreementKey().forget()


# --- signatures ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "algorithm"),
    [
        ("rsa", "sha256WithRSAEncryption"),
        ("secp256r1", "ecdsa-with-SHA256"),
        ("brainpoolP256r1", "ecdsa-with-SHA256"),
    ],
)
def test_signature_round_trip_and_changes(kind: str, algorithm: str) -> None:
    key = P.generate_private_key(kind)
    spki = P.public_key(key)
    signature = P.sign(key, algorithm, b"data")
    P.verify(algorithm, spki, signature, b"data")
    changed = bytes((*signature[:-1], signature[-1] ^ 1))
    stranger = P.public_key(P.generate_private_key(kind))
    cases = [
        (spki, signature, b"Data"),
        (spki, changed, b"data"),
        (spki, signature[:-1], b"data"),
        (spki, signature + b"\x00", b"data"),
        (spki, b"", b"data"),
        (spki, bytes(len(signature)), b"data"),
        (stranger, signature, b"data"),
        (spki[:-1], signature, b"data"),
        (b"", signature, b"data"),
    ]
    for public, attempt, data in cases:
        with pytest.raises(IntegrityError):
            P.verify(algorithm, public, attempt, data)


def test_ecdsa_rfc6979_p256_sample() -> None:
    secret = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    private = ec.derive_private_key(secret, ec.SECP256R1())
    provider = OpenSSLProvider(deterministic_signatures=True)
    key = provider.load_private_key(pem(private))
    signature = provider.sign(key, "ecdsa-with-SHA256", b"sample")
    r = "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    s = "f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8"
    assert signature == H(f"3046022100{r}022100{s}")


def test_ecdsa_malformed_signature_values() -> None:
    """Zero, out-of-range, negative and non-DER values of r and s."""
    key = P.generate_private_key("secp256r1")
    spki = P.public_key(key)
    order = f"022100{P256_ORDER:064x}"
    for attempt in (
        "3006020100020100",
        "3006020101020100",
        "3006020100020101",
        f"3026{order}020101",
        "30060201ff0201ff",
        "308006020101020101",
        "3007020101020101" + "00",
        "30080202000102020001",
    ):
        with pytest.raises(IntegrityError):
            P.verify("ecdsa-with-SHA256", spki, H(attempt), b"data")


def test_ecdsa_long_form_of_a_valid_signature_is_refused() -> None:
    key = P.generate_private_key("secp256r1")
    spki = P.public_key(key)
    signature = P.sign(key, "ecdsa-with-SHA256", b"data")
    relabelled = signature[:1] + b"\x81" + signature[1:]
    with pytest.raises(IntegrityError):
        P.verify("ecdsa-with-SHA256", spki, relabelled, b"data")


def test_rsa_signature_with_forged_padding(rsa_key: PrivateKey) -> None:
    """Octets hidden behind the DigestInfo, and other kinds of RSA signature."""
    spki = P.public_key(rsa_key)
    public = serialization.load_der_public_key(spki)
    assert isinstance(public, rsa.RSAPublicKey)
    for attempt in (bytes(256), bytes(255) + b"\x01", b"\xff" * 256, public.public_numbers().n):
        octets = attempt if isinstance(attempt, bytes) else attempt.to_bytes(256, "big")
        with pytest.raises(IntegrityError):
            P.verify("sha256WithRSAEncryption", spki, octets, b"data")


def pem(private: object) -> bytes:
    return private.private_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def spki_of(private: object) -> bytes:
    return private.public_key().public_bytes(  # type: ignore[attr-defined, no-any-return]
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_valid_signatures_by_keys_that_clause_8_does_not_permit() -> None:
    short = rsa.generate_private_key(65537, 1024)
    other = ec.generate_private_key(ec.SECP384R1())
    edwards = ed25519.Ed25519PrivateKey.generate()
    for private, algorithm, signature in (
        (
            short,
            "sha256WithRSAEncryption",
            short.sign(b"data", padding.PKCS1v15(), hashes.SHA256()),
        ),
        (other, "ecdsa-with-SHA256", other.sign(b"data", ec.ECDSA(hashes.SHA256()))),
        (edwards, "ecdsa-with-SHA256", edwards.sign(b"data")),
    ):
        with pytest.raises(ConfigurationError):
            P.load_private_key(pem(private))
        with pytest.raises(IntegrityError):
            P.verify(algorithm, spki_of(private), signature, b"data")


def test_valid_rsa_signatures_of_another_scheme_or_hash(rsa_key: PrivateKey) -> None:
    private = serialization.load_pem_private_key(P.export_private_key(rsa_key), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)
    for signature in (
        private.sign(b"data", pss, hashes.SHA256()),
        private.sign(b"data", padding.PKCS1v15(), hashes.SHA512()),
        private.sign(b"data", padding.PKCS1v15(), hashes.SHA1()),
    ):
        with pytest.raises(IntegrityError):
            P.verify("sha256WithRSAEncryption", P.public_key(rsa_key), signature, b"data")


def test_algorithm_and_key_type_must_fit(rsa_key: PrivateKey) -> None:
    signature = P.sign(rsa_key, "sha256WithRSAEncryption", b"data")
    with pytest.raises(IntegrityError):
        P.verify("ecdsa-with-SHA256", P.public_key(rsa_key), signature, b"data")
    with pytest.raises(ConfigurationError):
        P.sign(rsa_key, "ecdsa-with-SHA256", b"data")
    with pytest.raises(ConfigurationError):
        P.sign(PrivateKey(), "ecdsa-with-SHA256", b"data")
    with pytest.raises(ConfigurationError):
        P.verify("md5WithRSAEncryption", P.public_key(rsa_key), signature, b"data")


def test_unreadable_private_keys_do_not_leak_the_password() -> None:
    encrypted = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(b"right"),
    )
    for octets, password in ((encrypted, b"w-r-o-n-g"), (encrypted, None), (b"\x30\x00", None)):
        with pytest.raises(ConfigurationError) as caught:
            P.load_private_key(octets, password)
        assert str(caught.value) == "the private key cannot be read"
        assert caught.value.__suppress_context__
    assert P.load_private_key(encrypted, b"right") is not None


def test_private_keys_survive_export(rsa_key: PrivateKey) -> None:
    again = P.load_private_key(P.export_private_key(rsa_key))
    assert P.public_key(again) == P.public_key(rsa_key)


def test_repr_hides_secrets(rsa_key: PrivateKey) -> None:
    key, _ = P.generate_agreement_key("modp14")
    assert repr(key) == "<OpenSSLAgreementKey modp14: secret>"
    assert repr(rsa_key) == "<OpenSSLPrivateKey: secret>"


# --- the table ----------------------------------------------------------------------------------


def test_capabilities_are_all_algorithms_of_the_table() -> None:
    assert P.capabilities == frozenset(ALGORITHMS)


@pytest.mark.parametrize("name", ["", "modp15", "aes128-CBC", "x25519"])
def test_unknown_groups_are_refused(name: str) -> None:
    with pytest.raises(ConfigurationError):
        P.generate_agreement_key(name)


def test_unknown_kinds_of_signature_key_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        P.generate_private_key("ed25519")
