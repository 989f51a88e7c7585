"""tshark dissects what really goes between the two halves, in every mode, from AARQ to RLRE."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from iec62351_4 import tables
from interlock.demo import mms
from interlock.demo.builtin import read_values
from interop.pair import MODES, Setting, Tap, gateway_pair, plain_backend, run
from oracles.tshark import Dissection, dissect

pytestmark = pytest.mark.requires("tshark")

READS = 10
ENDS_OF_LAYERS = {"acse", "mms", "pres"}
TPKT_HEADER, DT_HEADER = 4, 3


def spdus(octets: list[tuple[bool, bytes]]) -> Iterator[tuple[bool, bytes]]:
    """The SPDUs on a tapped connection, in order: TPKT and COTP taken off by hand.

    Deliberately not with the reader under test. Data TPDUs are complete here (EOT), because
    nothing is longer than a TPDU.
    """
    pending = {True: b"", False: b""}
    for is_from_client, piece in octets:
        rest = pending[is_from_client] + piece
        while len(rest) >= TPKT_HEADER:
            length = int.from_bytes(rest[2:4], "big")
            assert rest[:2] == b"\x03\x00"
            if len(rest) < length:
                break
            tpdu, rest = rest[TPKT_HEADER:length], rest[length:]
            if tpdu[1] == 0xF0:
                assert tpdu[:DT_HEADER] == b"\x02\xf0\x80"
                yield is_from_client, tpdu[DT_HEADER:]
        pending[is_from_client] = rest
    assert not any(pending.values())


def captured(mode: str, directory: Path) -> list[Dissection]:
    """One association with reads, as tshark sees it."""
    tap = Tap()

    async def work() -> None:
        setting = Setting(mode, rekey_interval=None if mode == "compat" else 5)
        async with plain_backend() as backend, gateway_pair(setting, backend, tap) as pair:
            timing = await read_values(pair.port, READS, pause=0.002)
            await pair.over()
            assert timing.failed == 0
            if mode != "compat":
                assert min(pair.rekeys["client"], pair.rekeys["server"]) >= 1

    run(work())
    return dissect(list(spdus(tap.octets)), directory)


@pytest.mark.parametrize("mode", MODES)
def test_tshark_dissects_a_whole_association(mode: str, tmp_path: Path) -> None:
    found = captured(mode, tmp_path)
    assert len(found) == 2 + 2 * READS + 2
    for item in found:
        assert not item.is_malformed
        assert item.complaints == []
        assert item.layers[-1] in ENDS_OF_LAYERS
    contexts = [v for item in found for v in item.fields.get("acse.aSO_context_name", [])]
    expected = tables.BASIC_AC if mode == "compat" else tables.E2E_MMS_AC
    assert contexts == [expected, expected]
    assert [item.layers[-1] for item in found[:2]] == (
        ["mms", "mms"] if mode == "compat" else ["acse", "acse"]
    )


@pytest.mark.parametrize("mode", MODES)
def test_only_encrypted_traffic_hides_names_and_values(mode: str) -> None:
    tap = Tap()

    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(Setting(mode), backend, tap) as pair:
            await read_values(pair.port, READS)
            await pair.over()

    run(work())
    octets = b"".join(piece for _, piece in tap.octets)
    is_hidden = mode in ("ae", "cbc")
    for secret in (mms.ITEM.encode("ascii"), mms.read_response(1)[-5:]):
        assert (secret not in octets) is is_hidden
