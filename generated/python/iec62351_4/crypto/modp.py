"""Finite-field Diffie-Hellman in the 2048-bit MODP group (group 14).

``cryptography`` marks its finite-field Diffie-Hellman as deprecated, to be removed; the standard
demands this group. While the library has it, the exponentiation is OpenSSL's, which takes the
same time for every exponent. Without it Python's ``pow`` gives the same results (a test compares
them), but not in constant time: keys here are ephemeral, used for one association, so that a
timing observer gets few measurements of each.
"""

from __future__ import annotations

import warnings
from types import ModuleType

from iec62351_4.errors import IntegrityError

MODP14_OCTETS = 256
"""Length of a public value and of the shared secret, leading zeros included (Q7)."""

MODP14_GENERATOR = 2

# RFC 3526, 3.
MODP14_PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74"
    "020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F1437"
    "4FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF05"
    "98DA48361C55D39A69163FA8FD24CF5F83655D23DCA3AD961C62F356208552BB"
    "9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF695581718"
    "3995497CEA956AE515D2261898FA051015728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)


def public_modp14(secret: int) -> bytes:
    """Return the public value of a private exponent: 256 octets, big-endian."""
    return power_modp14(MODP14_GENERATOR, secret).to_bytes(MODP14_OCTETS, "big")


def agree_modp14(secret: int, peer_public: bytes) -> bytes:
    """Return the shared secret: 256 octets, big-endian, leading zeros kept.

    Source: 62351-4, 13.3.1.2; RFC 3526, 3; validation after SP 800-56A rev. 3, 5.6.2.3.1.

    Raises:
        IntegrityError: The peer's value has not 256 octets, is not within 2 .. p-2, or does
            not lie in the subgroup of prime order.
    """
    value = check_public_modp14(peer_public)
    return power_modp14(value, secret).to_bytes(MODP14_OCTETS, "big")


def check_public_modp14(public: bytes) -> int:
    """Return a public value after validation (SP 800-56A rev. 3, 5.6.2.3.1).

    Raises:
        IntegrityError: It has not 256 octets, is not within 2 .. p-2, or does not lie in the
            subgroup of prime order.
    """
    if len(public) != MODP14_OCTETS:
        raise IntegrityError
    value = int.from_bytes(public, "big")
    if not 1 < value < MODP14_PRIME - 1 or not is_in_subgroup(value):
        raise IntegrityError
    return value


def is_in_subgroup(value: int) -> bool:
    """Say whether a value has order q = (p-1)/2, for 1 < value < p-1.

    The prime is a safe prime, so the elements of the subgroup are the quadratic residues, and
    the Jacobi symbol answers what ``pow(value, q, p) == 1`` would, many times faster. Values
    outside the subgroup would reveal the lowest bit of the private exponent.
    """
    top, bottom, symbol = value, MODP14_PRIME, 1
    while top:
        twos = (top & -top).bit_length() - 1
        top >>= twos
        if twos & 1 and bottom & 7 in (3, 5):
            symbol = -symbol
        if top & 3 == 3 and bottom & 3 == 3:
            symbol = -symbol
        top, bottom = bottom % top, top
    return bottom == 1 and symbol == 1


def power_modp14(base: int, exponent: int) -> int:
    """Return ``base ** exponent mod p`` for a base within 2 .. p-2, by OpenSSL if possible."""
    if _dh is None:
        return pow(base, exponent, MODP14_PRIME)
    with warnings.catch_warnings():
        _ignore_deprecation()
        group = _dh.DHParameterNumbers(MODP14_PRIME, MODP14_GENERATOR)
        # OpenSSL's exchange is the exponentiation we want. Our own public value is a mandatory
        # member that it does not use, so any element of the group will do.
        own = _dh.DHPublicNumbers(MODP14_GENERATOR, group)
        private = _dh.DHPrivateNumbers(exponent, own).private_key()
        octets: bytes = private.exchange(_dh.DHPublicNumbers(base, group).public_key())
    return int.from_bytes(octets, "big")


def _load_library() -> ModuleType | None:
    """Return the library's module, or None once it has been removed."""
    try:
        with warnings.catch_warnings():
            _ignore_deprecation()
            from cryptography.hazmat.primitives.asymmetric import dh

            # The deprecation speaks when the names are looked up, and so would the removal.
            names = (dh.DHParameterNumbers, dh.DHPublicNumbers, dh.DHPrivateNumbers)
    except (ImportError, AttributeError):
        return None
    return dh if all(names) else None


def _ignore_deprecation() -> None:
    """Silence exactly one warning, inside the caller's ``catch_warnings`` block."""
    warnings.filterwarnings("ignore", message="Diffie-Hellman over finite fields")


_dh = _load_library()
