"""The gateway pair between an unmodified libiec61850 client and server, in every mode."""

from __future__ import annotations

import json

import pytest

from interop.pair import MODES, Setting, gateway_pair, run
from interop.process import LIBIEC61850_SERVER, free_port, output_of, running

READS = 300
REKEY_INTERVAL = 40

RELEASED = {
    "compat": {"CC-11", "CS-11r", "CC-12"},
    "native": {"NC-22", "NS-25", "NC-23"},
}
RECEIVED = ("CC-09", "NC-12e", "NC-12c", "NC-12re", "NC-12rc", "NC-15e", "NC-15c")
"""Every way in which a client half takes data."""


@pytest.mark.requires("pyiec61850")
@pytest.mark.parametrize("tls", [None, "1.2", "1.3"])
@pytest.mark.parametrize("mode", MODES)
def test_libiec61850_reads_through_the_pair(mode: str, tls: str | None) -> None:
    setting = Setting(mode, tls, rekey_interval=None if mode == "compat" else REKEY_INTERVAL)

    async def work() -> None:
        port = free_port()
        async with running(LIBIEC61850_SERVER, str(port)), gateway_pair(setting, port) as pair:
            printed = await output_of(
                "libiec61850_client.py", str(pair.port), str(READS), "release"
            )
            await pair.over()
            result = json.loads(printed)
            assert result["connect"] == 0
            assert result["values"] == [3.5] * READS
            assert result["errors"] == [0] * READS
            assert pair.complaints == []
            assert sum(pair.rows[row] for row in RECEIVED) >= READS
            assert set(pair.rows) >= RELEASED["compat" if mode == "compat" else "native"]
            if mode != "compat":
                assert min(pair.rekeys["client"], pair.rekeys["server"]) >= 1, pair.rekeys
            handshakes = {event.text.split()[2] for event in pair.events}
            assert handshakes == ({f"TLSv{tls}"} if tls else set())

    run(work())
