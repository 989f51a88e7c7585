from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from iec62351_4.codec import iec62351_4_e2e
from interlock.bench import codec, samples
from interlock.spec import load_specification

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def model() -> Any:
    return load_specification(ROOT / "spec").asn1


def test_result(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "ROUND_SECONDS", 0.001)
    result: Any = codec.run(3, model)
    assert list(result["pdus"]) == ["HandshakeReq", "ClearTransfer", "AARQ-apdu"]
    for pdu in result["pdus"].values():
        for figures in (pdu["encode"], pdu["decode"]):
            assert figures["ratio_min"] <= figures["ratio"] <= figures["ratio_max"]
            assert figures["ops_per_second"] > 0


def test_a_disagreement_is_no_measurement(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    other = samples.clear_transfer()
    monkeypatch.setattr(iec62351_4_e2e, "decode_ClearTransfer", lambda octets: other.tbp)
    with pytest.raises(ValueError, match="do not agree on ClearTransfer"):
        codec.run(1, model)
