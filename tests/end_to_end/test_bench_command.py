"""``interlock bench``: both benchmarks run and print what they measured."""

from __future__ import annotations

import json
from typing import Any

import pytest

from interlock.bench import gateway as bench_gateway
from interlock.cli.main import execute


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What a command writes to stdout; it must succeed."""
    assert execute(["bench", *arguments]) == 0
    return capsys.readouterr().out


def test_codec(capsys: pytest.CaptureFixture[str]) -> None:
    result: dict[str, Any] = json.loads(printed(capsys, "codec", "--rounds", "1", "--json"))
    assert set(result["pdus"]) == {"HandshakeReq", "ClearTransfer", "AARQ-apdu"}
    table = printed(capsys, "codec", "--rounds", "1").splitlines()
    assert len(table) == 2 + 2 * len(result["pdus"])


@pytest.mark.parametrize("is_json", [False, True])
def test_gateway(
    is_json: bool, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = {
        "reads_per_second": 1000,
        "read_ms": {"median": 1.0, "p95": 2.0},
        "associate_ms": 3.0,
        "failed_reads": 0,
    }
    added = {"added_read_ms": {"median": 0.5, "p95": 0.6}, "added_associate_ms": 0.7}
    route = {"mode": "compat", "protection": None, "tls": True, **figures, **added}
    result = {"server": "none", "direct": figures, "routes": [route]}
    asked = []

    def run(rounds: int, reads: int) -> dict[str, Any]:
        asked.append((rounds, reads))
        return result

    # measuring itself is tested in unit/bench
    monkeypatch.setattr(bench_gateway, "run", run)
    arguments = ["gateway", "--rounds", "2", "--reads", "9", *(["--json"] if is_json else [])]
    text = printed(capsys, *arguments)
    assert asked == [(2, 9)]
    if is_json:
        assert json.loads(text) == result
        return
    lines = [line.split() for line in text.splitlines()]
    assert lines[0] == ["plain", "server:", "none;", "2", "rounds", "of", "9", "reads"]
    assert lines[-2:] == [
        ["direct", "1000", "1.0", "2.0", "3.0"],
        ["compat", "yes", "1000", "1.0", "2.0", "0.5", "0.6", "3.0", "0.7"],
    ]
