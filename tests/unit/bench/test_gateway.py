"""The benchmark measures every route and reports what it measured."""

from __future__ import annotations

from typing import Any

import pytest

from interlock.bench import gateway
from interlock.gateway.choices import Mode, Protection

NATIVE = gateway.Route(Mode.NATIVE, Protection.AE, tls=True)


def test_there_is_a_route_for_each_mode_and_protection() -> None:
    assert len(gateway.ROUTES) == len(set(gateway.ROUTES)) == 8
    assert {route.protection for route in gateway.ROUTES} == {None, *Protection}


def test_a_small_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway, "SERVERS", ())  # our own server, which is always there
    result: dict[str, Any] = gateway.run(rounds=2, reads=5, associations=2, routes=(NATIVE,))
    (route,) = result["routes"]
    assert (route["mode"], route["protection"], route["tls"]) == ("native", "ae", True)
    for figures in (result["direct"], route):
        assert figures["failed_reads"] == 0
        assert figures["reads_per_second"] > 0
        assert 0 < figures["read_ms"]["median"] <= figures["read_ms"]["p95"]
    # two handshakes, four certificates and two more processes cannot be for nothing
    assert route["added_read_ms"]["median"] > 0
    assert route["added_associate_ms"] > 0


def test_what_is_added_is_a_median_over_rounds() -> None:
    direct, through = gateway._Samples(), gateway._Samples()
    direct.reads, direct.associations = [[1.0] * 20, [2.0] * 20, [3.0] * 20], [1.0, 2.0, 3.0]
    through.reads, through.associations = [[3.0] * 20, [9.0] * 20, [4.0] * 20], [5.0, 9.0, 4.0]
    assert gateway._added(through, direct) == {
        "added_read_ms": {"median": 2.0, "p95": 2.0},
        "added_associate_ms": 4.0,
    }
