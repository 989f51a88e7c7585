"""``interlock decode``."""

from __future__ import annotations

import io
import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from interlock.cli.cmd_decode import octets_of
from interlock.core.errors import UsageError
from unit.cli.running import ROOT, interlock
from unit.decode.recording import record

Capture = pytest.CaptureFixture[str]
TIME = ROOT / "tests" / "captures" / "a-profile-time.hex"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"05 00\n", b"\x05\x00"),
        (b"05:00", b"\x05\x00"),
        (b"# NULL\n0500 # here\n", b"\x05\x00"),
        (b"aB\r\nCd", b"\xab\xcd"),
        (b"\x05\x00", b"\x05\x00"),
        (b"05 0x", b"05 0x"),  # not hexadecimal: taken as it is
        (b"", b""),
        (b"\n\n", b"\n\n"),
    ],
)
def test_hexadecimal_or_binary(data: bytes, expected: bytes) -> None:
    assert octets_of(data) == expected


def test_an_odd_number_of_digits() -> None:
    with pytest.raises(UsageError, match="odd number of digits"):
        octets_of(b"050")


def test_a_tree(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "association.bin"
    file.write_bytes(record("compatibility").stream)
    run = interlock(capsys, "decode", file)
    assert run.code == 0
    assert run.err == ""
    assert "AARQ-apdu  [X.227]" in run.out
    assert "signature of MMS-Authentication-value at offset" in run.out
    assert "assumption Q3 = content" in run.out


def test_json(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "association.hex"
    file.write_text(record().stream.hex(" "), encoding="utf-8")
    run = interlock(capsys, "decode", file, "--json")
    data = json.loads(run.out)
    assert run.code == 0
    assert data["clean"]
    assert [s["verdict"] for s in data["signatures"]] == ["valid"] * 4


def test_another_reading_of_the_signature(capsys: Capture, tmp_path: Path) -> None:
    file = tmp_path / "association.bin"
    file.write_bytes(record("compatibility").stream)
    run = interlock(capsys, "decode", file, "--assume", "Q3=implicit-tlv")
    assert run.code == 1
    assert "verifies only so; in force is the reading: whole encoding" in run.out


def test_a_definition_by_name(capsys: Capture) -> None:
    run = interlock(capsys, "decode", TIME, "--as", "IEC62351-4-AProfile.AProfileTime")
    assert run.code == 0
    assert "2026-09-29 14:14:04 (no zone)" in run.out


def test_malformed_input_shows_what_could_be_read(capsys: Capture, tmp_path: Path) -> None:
    packet = record().messages[2]
    file = tmp_path / "cut.bin"
    file.write_bytes(packet[7:200])
    run = interlock(capsys, "decode", file, "--as", "session")
    assert run.code == 1
    assert "malformed at offset" in run.out
    data = json.loads(interlock(capsys, "decode", file, "--as", "session", "--json").out)
    assert data["fault"]["offset"] <= 193
    assert data["fault"]["path"]
    assert data["nodes"]


def test_standard_input(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    stdin = SimpleNamespace(buffer=io.BytesIO(b"0500"))
    monkeypatch.setattr("interlock.cli.cmd_decode.sys.stdin", stdin)
    run = interlock(capsys, "decode", "-", "--as", "secpdu")
    assert run.code == 1  # NULL is no SecPDU
    assert "malformed at offset 0" in run.out


@pytest.mark.parametrize(
    "arguments",
    [["no-such-file"], [str(ROOT)], [str(TIME), "--as", "aces"], [str(TIME), "--as", "A.B"]],
)
def test_wrong_usage_is_one_line(capsys: Capture, arguments: list[str]) -> None:
    run = interlock(capsys, "decode", *arguments)
    assert run.code == 2
    assert run.out == ""
    assert run.err.startswith("error: ")
    assert run.err.count("\n") == 1
