"""Names and sizes of the algorithms of Clause 8, as one table for the whole package.

Algorithms are named as in the ASN.1 modules. What a local policy permits is not decided here.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from iec62351_4.errors import ConfigurationError

HASH_OCTETS = 32
"""Length of a SHA-256 value; no other hash may appear (Q26)."""

GCM_NONCE_OCTETS = 12
"""Length of a GCM or GMAC nonce; the recommended length is the only one used (Q9)."""

GCM_TAG_OCTETS = range(12, 17)
"""Permitted lengths of a GCM tag or GMAC value; the default of the parameter is the first."""

CBC_IV_OCTETS = 16
"""Length of an AES-CBC initialization vector."""


class Use(Enum):
    """What an algorithm is for."""

    SIGNATURE = "signature"
    MAC = "mac"
    CBC = "cbc"
    GCM = "gcm"  # authenticated encryption, and GMAC when the plaintext is empty
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Algorithm:
    """One row of the table."""

    name: str
    use: Use
    octets: int
    """Length in octets: of the key (CBC, GCM, MAC) or of the shared secret (GROUP); 0 for
    signatures, whose length the key decides."""


ALGORITHMS = {
    row.name: row
    for row in (
        Algorithm("sha256WithRSAEncryption", Use.SIGNATURE, 0),
        Algorithm("ecdsa-with-SHA256", Use.SIGNATURE, 0),
        Algorithm("hmacWithSHA256", Use.MAC, 32),
        Algorithm("aes128-CBC", Use.CBC, 16),
        Algorithm("aes256-CBC", Use.CBC, 32),
        Algorithm("aes128-GCM", Use.GCM, 16),
        Algorithm("aes256-GCM", Use.GCM, 32),
        Algorithm("modp14", Use.GROUP, 256),
        Algorithm("secp256r1", Use.GROUP, 32),
        Algorithm("brainpoolP256r1", Use.GROUP, 32),
    )
}
"""Every algorithm and key-agreement group by name."""


def find_algorithm(name: str, *uses: Use) -> Algorithm:
    """Return the table row of an algorithm.

    Raises:
        ConfigurationError: Unknown, or not for one of ``uses``. Negotiation offers and accepts
            only what the table has, so this is a local mistake, never the peer's.
    """
    row = ALGORITHMS.get(name)
    if row is None or (uses and row.use not in uses):
        wanted = " or ".join(use.value for use in uses)
        raise ConfigurationError(f'"{name}" is not a {wanted or "known"} algorithm')
    return row
