"""Reading algorithm identifiers and finding the tag that tells transfers apart."""

from __future__ import annotations

import pytest

from iec62351_4.codec.iec62351_4_algorithms import (
    AlgorithmIdentifier,
    GCMParameters,
    encode_GCMParameters,
)
from iec62351_4.handlers.projections import read_algorithm, tag_at
from iec62351_4.handlers.vocabulary import (
    AEAD_ALGORITHM_BY_OID,
    ALGORITHM_OIDS,
    AeadAlgorithm,
)

GCM = ALGORITHM_OIDS["aes128-GCM"]


def read(parameters: bytes | None, algorithm: str = GCM) -> AeadAlgorithm:
    identifier = AlgorithmIdentifier(algorithm=algorithm, parameters=parameters)
    return read_algorithm(identifier, AEAD_ALGORITHM_BY_OID, AeadAlgorithm.other)


def test_gcm_without_parameters_has_the_default_length() -> None:
    assert read(None) is AeadAlgorithm.aes128_GCM


@pytest.mark.parametrize("octets", [12, 13, 14, 15, 16])
def test_gcm_with_another_icv_length_is_not_supported(octets: int) -> None:
    parameters = encode_GCMParameters(GCMParameters(aes_nonce=bytes(12), aes_ICVlen=octets))

    expected = AeadAlgorithm.aes128_GCM if octets == 12 else AeadAlgorithm.other
    assert read(parameters) is expected


def test_unknown_identifier_is_other() -> None:
    assert read(None, "1.2.3.4") is AeadAlgorithm.other


@pytest.mark.parametrize(
    ("octets", "tag"),
    [
        ("30083006300304013004 00", 0x04),  # definite lengths
        ("30803080308004013000000400 0000 0000", 0x04),  # indefinite lengths all the way
        ("3081083006 3003040130a000", 0xA0),  # a long form that DER would not use
    ],
)
def test_tag_inside_constructed_elements(octets: str, tag: int) -> None:
    assert tag_at(bytes.fromhex(octets), (0, 1)) == tag


@pytest.mark.parametrize("octets", ["", "30", "3000", "3002300030", "300430020500", "3084ffffffff"])
def test_tag_where_octets_do_not_lead_that_far(octets: str) -> None:
    assert tag_at(bytes.fromhex(octets), (0, 1)) is None
