"""Every PDU against Erlang's asn1ct, which compiles the modules unflattened.

It enforces table constraints, as we do, and rewrites lengths inside open types; our samples hold
DER inside theirs, so that whole encodings can be compared.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from codec.asn1_values import ValueMaker
from codec.ber_forms import indefinite_lengths, long_lengths
from codec.test_asn1tools import codec_of
from iec62351_4.errors import DecodeError
from interlock.asn1.types import Asn1Model
from oracles.erlang import ErlangOracle, OracleError

pytestmark = pytest.mark.requires("erlang")

ROOT = Path(__file__).parents[2]

PDUS = (
    "IEC62351-4-E2E.HandshakeReq",
    "IEC62351-4-E2E.HandshakeRsp",
    "IEC62351-4-E2E.AssoAbort",
    "IEC62351-4-E2E.ReleaseReq",
    "IEC62351-4-E2E.ReleaseRsp",
    "IEC62351-4-E2E.ClearTransfer",
    "IEC62351-4-E2E.EncrTransfer",
    "IEC62351-4-AProfile.MMS-Authentication-value",
    "ACSE-1.ACSE-apdu",
    "ISO8823-PRESENTATION.CPR-PPDU",
    "ISO8823-PRESENTATION.Abort-type",
    "ISO8823-PRESENTATION.User-data",
    "IEC62351-4-OSI.AARQ-user-information",
    "ISO-9506-MMS-Subset.Initiate-RequestPDU",
)
"""No SET with several components: Erlang's DER does not sort it."""

_ERLANG_CRASH = re.compile(r"check_named_bitstring|e_object_identifier,\[asn1_NOVALUE\]")
"""Where Erlang's encoder fails on what its decoder made: no bits under a DEFAULT of named bits,
and an EXTERNAL without direct-reference."""


@pytest.fixture(scope="module")
def oracle(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ErlangOracle]:
    modules = (ROOT / "spec/asn1").glob("*.asn")
    with ErlangOracle(tmp_path_factory.mktemp("erlang"), modules) as running:
        yield running


def transcoded(oracle: ErlangOracle, module: str, name: str, octets: bytes) -> bytes | None:
    """Erlang's answer; None where its encoder fails on its own value."""
    try:
        return oracle.transcode(module, name, octets)
    except OracleError as problem:
        if _ERLANG_CRASH.search(str(problem)):
            return None
        raise


@pytest.mark.parametrize("key", PDUS)
def test_agrees_on_every_pdu(key: str, model: Asn1Model, oracle: ErlangOracle) -> None:
    module, _, name = key.partition(".")
    decode, encode = codec_of(model, key)
    maker = ValueMaker(model, seed=11)
    compared = 0
    for _ in range(30):
        octets = encode(maker.make(key)[0])
        assert decode(octets, der=True) == decode(octets)
        answer = transcoded(oracle, module, name, octets)
        assert answer in (octets, None)
        compared += answer is not None
    assert compared >= 10


@pytest.mark.parametrize("key", PDUS)
def test_agrees_on_other_forms_of_ber(key: str, model: Asn1Model, oracle: ErlangOracle) -> None:
    module, _, name = key.partition(".")
    decode, encode = codec_of(model, key)
    maker = ValueMaker(model, seed=12)
    compared = 0
    for _ in range(10):
        octets = encode(maker.make(key)[0])
        for other in (long_lengths(octets), indefinite_lengths(octets)):
            decode(other)
            answer = transcoded(oracle, module, name, other)
            assert answer in (octets, None)
            compared += answer is not None
    assert compared >= 4


def test_what_we_take_of_changed_octets_erlang_takes_too(
    model: Asn1Model, oracle: ErlangOracle
) -> None:
    """Differential: 600 changes of one octet in ClearTransfer, strict decoding on our side."""
    key = "IEC62351-4-E2E.ClearTransfer"
    module, _, name = key.partition(".")
    decode, encode = codec_of(model, key)
    changes = random.Random(13)
    octets = bytearray(encode(ValueMaker(model, seed=13).make(key)[0]))
    taken = 0
    for _ in range(600):
        place = changes.randrange(len(octets))
        before = octets[place]
        octets[place] ^= 1 << changes.randrange(8)
        try:
            value = decode(bytes(octets), der=True)
        except DecodeError:
            octets[place] = before
            continue
        taken += 1
        try:
            answer = oracle.transcode(module, name, bytes(octets))
        except OracleError as problem:
            pytest.fail(f"{octets.hex()}: {problem}")
        assert answer == encode(value)
        octets[place] = before
    assert taken > 20  # else nothing was compared
