"""Between components of decoded PDUs and the typed fields of the models.

Reading is total: what a table does not know becomes ``other``. Writing takes only what reading
can give back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from iec62351_4 import assumptions
from iec62351_4.codec._ber import header, nested, padded, skip
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier, decode_GCMParameters
from iec62351_4.codec.iec62351_4_e2e import DiffieHellmanKey
from iec62351_4.crypto.algorithm import GCM_TAG_OCTETS
from iec62351_4.environment.envelope import Envelope
from iec62351_4.errors import DecodeError
from iec62351_4.handlers.services import DHShare, DHShares
from iec62351_4.handlers.vocabulary import (
    ALGORITHM_OIDS,
    ALGORITHM_PARAMETERS,
    DH_GROUP_BY_NUMBER,
    DH_GROUP_NUMBERS,
    AeadAlgorithm,
    DHGroup,
    EncryptionAlgorithm,
    IcvAlgorithm,
    MacAlgorithm,
    SignatureAlgorithm,
)
from iec62351_4.tables import E2E_SECURITY_AS
from iec62351_4.times import format_a_profile_time

OCTET_STRING_TAGS = (0x04, 0x24)
"""Identifier octets of an OCTET STRING, primitive and in pieces."""

_GCM = (ALGORITHM_OIDS["aes128-GCM"], ALGORITHM_OIDS["aes256-GCM"])
AlgorithmT = TypeVar("AlgorithmT")
Algorithm = SignatureAlgorithm | MacAlgorithm | EncryptionAlgorithm | AeadAlgorithm | IcvAlgorithm


def read_algorithm(
    identifier: AlgorithmIdentifier, table: Mapping[str, AlgorithmT], other: AlgorithmT
) -> AlgorithmT:
    """The algorithm of an AlgorithmIdentifier.

    INTERPRETATION (Q41): one of GCM with another ICV length than the default is an algorithm
    that is not supported, like one whose object identifier is not in the table.
    """
    if identifier.algorithm in _GCM and _icv_octets(identifier) != GCM_TAG_OCTETS[0]:
        return other
    return table.get(identifier.algorithm, other)


def _icv_octets(identifier: AlgorithmIdentifier) -> int:
    if identifier.parameters is None:
        return GCM_TAG_OCTETS[0]
    return decode_GCMParameters(identifier.parameters).aes_ICVlen


def algorithm_identifier(algorithm: Algorithm) -> AlgorithmIdentifier:
    """The AlgorithmIdentifier of an algorithm as it is offered or stated."""
    return AlgorithmIdentifier(
        algorithm=ALGORITHM_OIDS[algorithm.value],
        parameters=ALGORITHM_PARAMETERS.get(algorithm.value),
    )


def algorithm_identifiers(algorithms: Iterable[Algorithm]) -> list[AlgorithmIdentifier]:
    """AlgorithmIdentifiers in the order given."""
    return [algorithm_identifier(algorithm) for algorithm in algorithms]


def read_groups(keys: Iterable[DiffieHellmanKey]) -> tuple[DHGroup, ...]:
    """The groups of a DiffieHellmanSet, in order."""
    return tuple(DH_GROUP_BY_NUMBER.get(key.group, DHGroup.other) for key in keys)


def read_shares(keys: Iterable[DiffieHellmanKey]) -> DHShares:
    """The public keys of a DiffieHellmanSet, in order."""
    return tuple(
        DHShare(DH_GROUP_BY_NUMBER.get(key.group, DHGroup.other), key.dhPublicKey) for key in keys
    )


def diffie_hellman_set(shares: DHShares | None) -> list[DiffieHellmanKey]:
    """A DiffieHellmanSet of public keys."""
    return [
        DiffieHellmanKey(group=DH_GROUP_NUMBERS[share.group], dhPublicKey=share.public)
        for share in shares or ()
    ]


def a_profile_time(time: int) -> str:
    """The A-profile's time, in the form of assumption Q4."""
    return format_a_profile_time(time, assumptions.Q4).decode("ascii")


def secpdu_of(envelope: Envelope) -> bytes | None:
    """The SecPDU in an envelope: its first user information of e2eSecurityAS, if there is one."""
    for information in envelope.user_information:
        if information.abstract_syntax == E2E_SECURITY_AS:
            return information.octets
    return None


def element(tag: int, content: bytes) -> bytes:
    """An element with a one-octet tag and a DER length, around contents octets."""
    return header(bytes((tag,)), len(content)) + content


def tag_at(octets: bytes, path: Sequence[int]) -> int | None:
    """The identifier octet of an element inside constructed ones.

    Args:
        octets: One TLV, in any form of BER.
        path: For each level, how many elements to pass over.

    Returns:
        None where the octets do not lead that far.
    """
    try:
        b = padded(octets)
        start, end = 0, len(octets)
        for index in path:
            start, end, _ = nested(b, start + 2, end, False)  # behind a one-octet tag and length
            for _ in range(index):
                start = skip(b, start, end, False)
    except DecodeError:
        return None
    return b[start] if start < end else None
