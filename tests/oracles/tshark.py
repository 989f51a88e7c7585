"""tshark as an independent dissector: many SPDUs in one start.

Each SPDU becomes one TCP segment (TPKT, COTP DT, SPDU) of one capture; text2pcap writes the capture
and ``tshark -T json`` reads it back. Needs the Debian package ``tshark`` (which has text2pcap).
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PORT = 102
COTP_DATA = b"\x02\xf0\x80"
TIME_LIMIT_SECONDS = 60
UNKNOWN_SYNTAX = "BER: Dissector for OID not implemented"
"""Said of every abstract syntax that tshark does not know, such as those of 62351-4."""


class TsharkError(Exception):
    """tshark could not be run or gave no usable answer."""


@dataclass(frozen=True, slots=True)
class Dissection:
    """What tshark says of one SPDU."""

    layers: tuple[str, ...]
    """Protocols from the frame upwards, e.g. ``..., tpkt, cotp, ses, pres, acse``."""
    fields: dict[str, list[str]]
    """Every displayed field with all of its values, in order of appearance."""

    @property
    def is_malformed(self) -> bool:
        """A dissector gave up."""
        return "_ws.malformed" in self.fields

    @property
    def complaints(self) -> list[str]:
        """Expert messages of any severity, except that a syntax has no dissector."""
        messages = self.fields.get("_ws.expert.message", [])
        return [text for text in messages if not text.startswith(UNKNOWN_SYNTAX)]


def dissect(spdus: Sequence[tuple[bool, bytes]], directory: Path) -> list[Dissection]:
    """Dissect SPDUs of one connection.

    Args:
        spdus: (sent by the client, octets of the SPDU), in order.
        directory: Where the intermediate files go.

    Raises:
        TsharkError: A tool failed, or did not see every SPDU.
    """
    text, capture = directory / "spdus.txt", directory / "spdus.pcap"
    text.write_text("".join(_packet(*item) for item in spdus), encoding="ascii")
    # -T source,destination: with -D the direction letter swaps them.
    _run("text2pcap", "-D", "-q", "-T", f"50000,{PORT}", str(text), str(capture))
    packets = json.loads(_run("tshark", "-r", str(capture), "-T", "json", "--no-duplicate-keys"))
    if len(packets) != len(spdus):
        raise TsharkError(f"{len(packets)} packets instead of {len(spdus)}")
    return [_dissection(packet["_source"]["layers"]) for packet in packets]


def _packet(is_from_client: bool, spdu: bytes) -> str:
    octets = COTP_DATA + spdu
    octets = b"\x03\x00" + (len(octets) + 4).to_bytes(2, "big") + octets
    lines = [f"{at:06x} {octets[at : at + 16].hex(' ')}" for at in range(0, len(octets), 16)]
    return ("O" if is_from_client else "I") + "\n" + "\n".join(lines) + "\n"


def _run(*command: str) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TsharkError(f"{command[0]}: {error}") from error
    if done.returncode:
        raise TsharkError(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout


def _dissection(layers: dict[str, Any]) -> Dissection:
    fields: dict[str, list[str]] = {}
    for name, value in _walk(layers):
        fields.setdefault(name, []).append(value)
    protocols = fields.get("frame.protocols", [""])[0].split(":")
    return Dissection(tuple(protocols), fields)


def _walk(node: Any) -> Iterator[tuple[str, str]]:
    """Yield every (field name, value) of tshark's nested JSON."""
    if isinstance(node, list):
        for item in node:
            yield from _walk(item)
    elif isinstance(node, dict):
        for name, child in node.items():
            leaves = child if isinstance(child, list) else [child]
            for leaf in leaves:
                if isinstance(leaf, str):
                    yield name, leaf
                else:
                    yield name, ""
                    yield from _walk(leaf)
