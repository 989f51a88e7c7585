"""Between components of decoded PDUs and the typed fields of the models.

Reading is total: what a table does not know becomes ``other``. Writing takes only what reading
can give back.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from iec62351_4 import assumptions
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.codec.iec62351_4_e2e import DiffieHellmanKey
from iec62351_4.environment.envelope import Envelope
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

Algorithm = SignatureAlgorithm | MacAlgorithm | EncryptionAlgorithm | AeadAlgorithm | IcvAlgorithm


def algorithm_identifier(algorithm: Algorithm) -> AlgorithmIdentifier:
    """The AlgorithmIdentifier of an algorithm as it is offered or stated."""
    return AlgorithmIdentifier(
        ALGORITHM_OIDS[algorithm.value], ALGORITHM_PARAMETERS.get(algorithm.value)
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
    return [DiffieHellmanKey(DH_GROUP_NUMBERS[s.group], s.public) for s in shares or ()]


def a_profile_time(time: int) -> str:
    """The A-profile's time, in the form of assumption Q4."""
    full = assumptions.Q4 == "full"
    return format_a_profile_time(time, full=full).decode("ascii")


def secpdu_of(envelope: Envelope) -> bytes | None:
    """The SecPDU in an envelope: its first user information of e2eSecurityAS, if there is one."""
    for information in envelope.user_information:
        if information.abstract_syntax == E2E_SECURITY_AS:
            return information.octets
    return None


def tag_at(octets: bytes, path: Sequence[int]) -> int | None:
    """The identifier octet of an element inside constructed ones.

    Args:
        octets: One TLV.
        path: For each level, how many elements to pass over.

    Returns:
        None where the octets do not lead that far.
    """
    position = 0
    for index in path:
        header = _header(octets, position)
        if header is None:
            return None
        position = header[0]
        for _ in range(index):
            inner = _header(octets, position)
            if inner is None or inner[1] is None:
                return None
            position = inner[1]
    return octets[position] if position < len(octets) else None


def _header(octets: bytes, position: int) -> tuple[int, int | None] | None:
    """Where contents start, and where the element ends (None for an indefinite length)."""
    if position + 2 > len(octets):
        return None
    first = octets[position + 1]
    if first < 0x80:
        return position + 2, position + 2 + first
    if first == 0x80:
        return position + 2, None
    count = first & 0x7F
    if count > 4 or position + 2 + count > len(octets):
        return None
    length = int.from_bytes(octets[position + 2 : position + 2 + count], "big")
    return position + 2 + count, position + 2 + count + length
