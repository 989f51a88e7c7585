"""What tests look at after a course, and the one course that several of them share."""

from __future__ import annotations

from handlers.scene import REQUEST, RESPONSE, Scene, WatchedParty
from iec62351_4.handlers.outputs import Indicate, Indication

DATA_STATES = (
    ("native-client", "stable"),
    ("native-client", "rekey-sent"),
    ("native-server", "unconfirmed"),
    ("native-server", "stable"),
    ("native-server", "rekey-requested"),
    ("native-server", "rekey-received"),
    ("native-server", "rekey-confirming"),
    ("compatibility-client", "data"),
    ("compatibility-server", "data"),
)
"""Every state in which data may flow."""


def numbered(number: int) -> bytes:
    """A small complete MMSpdu with a number in it."""
    return b"\xa3\x04\x02\x02" + number.to_bytes(2, "big")


def states(scene: Scene) -> tuple[str, str]:
    """Of client and server."""
    return scene.client.state, scene.server.state


def last_told(party: WatchedParty) -> Indicate:
    """The latest indication."""
    return [output for output in party.outputs if isinstance(output, Indicate)][-1]


def assert_open(scene: Scene) -> None:
    """Nobody complained, and the association lives."""
    assert (scene.client.events, scene.server.events) == ([], [])
    assert "closed" not in states(scene)


def assert_exchange(scene: Scene) -> None:
    """Data flow in both directions, once each."""
    for source, octets in ((scene.client, REQUEST), (scene.server, RESPONSE)):
        target = scene.other(source)
        before = len(target.delivered)
        scene.exchange(source, octets)
        assert target.delivered[before:] == [octets]
    assert_open(scene)


def assert_refused(party: WatchedParty, event: str | None = None) -> None:
    """The association is over and nothing came through."""
    assert party.state == "closed"
    assert Indication.ASSOCIATED not in party.indications
    assert party.delivered == []
    if event is not None:
        assert party.events == [f"IEC62351-4:{event}"]


def assert_unharmed(scene: Scene) -> None:
    """Data flow in both directions and nobody complained."""
    scene.tick()
    for party, octets in ((scene.client, REQUEST), (scene.server, RESPONSE)):
        scene.exchange(party, octets)
        assert scene.other(party).delivered[-1] == octets
    assert (scene.client.events, scene.server.events) == ([], [])


def scene_rekeys(scene: Scene) -> None:
    """A change of keys started by the client's timer, from stable to stable."""
    old = scene.client.session.receive_keys
    scene.ask_for_keys(scene.client)
    assert scene.client.state == "rekey-sent"
    scene.flow()
    assert scene.server.state == "rekey-received"
    scene.send(scene.server, RESPONSE)
    assert scene.server.state == "rekey-confirming"
    scene.flow()
    assert states(scene) == ("stable", "rekey-confirming")
    assert last_told(scene.client).kind is Indication.REKEYED
    scene.exchange(scene.client, REQUEST)
    assert states(scene) == ("stable", "stable")
    assert last_told(scene.server).kind is Indication.REKEYED
    assert scene.client.session.receive_keys is not old
    assert scene.client.session.salt == scene.server.session.salt
    assert_exchange(scene)
