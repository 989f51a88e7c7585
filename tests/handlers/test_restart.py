"""What a restart does to the memory against replays (assumption Q17.restart, finding V7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iec62351_4.handlers.services import Station
from iec62351_4.testing import START, AssociationPair, make_stations

WINDOW_MS = 600_000


def restarted(station: Station, started: int | None) -> Station:
    """The same station with an empty memory."""
    return replace(station, started=started)


def replay_of(pair: AssociationPair, server: Station, now: int) -> AssociationPair:
    """The recorded request of ``pair`` at a restarted server."""
    again = AssociationPair("native", stations=(pair.stations[0], server), now=now)
    again.call(again.server, "transport_ready")
    again.client.queue.append(pair.client.sent[0])
    again.deliver(again.client)
    return again


@pytest.fixture
def recorded() -> AssociationPair:
    pair = AssociationPair("native", stations=make_stations())
    pair.associate()
    return pair


def test_replay_before_a_restart_is_refused(recorded: AssociationPair) -> None:
    again = replay_of(recorded, recorded.stations[1], START + 1000)
    assert again.server.events == ["IEC62351-4:1.11"]


def test_replay_after_a_restart_that_forgets_is_accepted(recorded: AssociationPair) -> None:
    again = replay_of(recorded, restarted(recorded.stations[1], None), START + 1000)
    assert again.server.state == "wait-app"  # the weakness that "started" closes


def test_replay_after_a_restart_is_refused_where_the_start_is_known(
    recorded: AssociationPair,
) -> None:
    again = replay_of(recorded, restarted(recorded.stations[1], START + 500), START + 1000)
    assert again.server.events == ["IEC62351-4:1.11"]


def test_honest_peer_waits_for_the_window_after_a_start(recorded: AssociationPair) -> None:
    server = restarted(recorded.stations[1], START)
    for now, state in ((START + WINDOW_MS, "closed"), (START + WINDOW_MS + 1, "stable")):
        pair = AssociationPair("native", stations=(recorded.stations[0], server), now=now)
        pair.associate()
        assert pair.client.state == state
