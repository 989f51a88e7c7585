"""Changing keys and releasing, with anything under way."""

from __future__ import annotations

import random

import pytest

from handlers.forgery import unwrap
from handlers.outcome import (
    DATA_STATES,
    assert_exchange,
    assert_open,
    last_told,
    numbered,
    scene_rekeys,
    states,
)
from handlers.scene import PROTECTIONS, REQUEST, RESPONSE, Scene, agreed, reach
from iec62351_4.handlers.outputs import Indication
from iec62351_4.handlers.vocabulary import Protection

REKEYED, RELEASED = Indication.REKEYED, Indication.RELEASED

# --- rekey ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_rekey_by_the_timer_of_the_client(protection: str) -> None:
    scene = Scene("native", protection).confirmed()
    salt = scene.client.session.salt
    for _ in range(3):
        scene_rekeys(scene)
        assert scene.client.session.salt != salt
        salt = scene.client.session.salt


@pytest.mark.parametrize("protection", PROTECTIONS)
def test_rekey_asked_for_by_the_server(protection: str) -> None:
    scene = Scene("native", protection).confirmed()
    name, pdu = unwrap(scene.ask_for_keys(scene.server))
    assert (name, pdu.tbp.token2.reqRekey) == (scene_form(protection), True)
    assert scene.server.state == "rekey-requested"
    scene.flow()
    assert states(scene) == ("stable", "rekey-requested")
    _, pdu = unwrap(scene.send(scene.client))
    assert [key.group for key in pdu.tbp.token2.rekey] == [23]
    scene.flow()
    _, pdu = unwrap(scene.send(scene.server, RESPONSE))
    assert pdu.tbp.token2.changedKey
    scene.flow()
    scene.exchange(scene.client, REQUEST)
    assert states(scene) == ("stable", "stable")
    assert_exchange(scene)


def scene_form(protection: str) -> str:
    """The name of a transfer under a protection."""
    return "ClearTransfer" if agreed(protection) is Protection.integrity else "EncrTransfer"


def test_time_and_seq_go_on_over_a_rekey() -> None:
    scene = Scene().confirmed()
    scene.ask_for_keys(scene.client)
    before = scene.client.session.send_time, scene.client.session.send_seq
    scene.call(scene.client, "send_data", REQUEST)
    assert (scene.client.session.send_time, scene.client.session.send_seq) == (
        before[0],
        before[1] + 1,
    )
    scene.flow()
    assert_open(scene)


def test_rekey_with_transfers_under_way_in_both_directions() -> None:
    """Finding V9: without the old receive key, and with reqRekey heeded twice, this aborts."""
    scene = Scene().confirmed()
    scene.timer(scene.server, "t-rekey")
    scene.timer(scene.client, "t-rekey")
    for octets in (numbered(1), numbered(2)):
        scene.send(scene.server, octets)  # the first one asks for new keys
        scene.send(scene.client, octets)  # the first one carries a new public key
    assert states(scene) == ("rekey-sent", "rekey-requested")
    scene.deliver(scene.client)
    scene.send(scene.server, numbered(3))  # announces the new keys
    assert states(scene) == ("rekey-sent", "rekey-confirming")
    scene.send(scene.client, numbered(3))  # still under the old ones
    scene.flow()
    assert states(scene) == ("stable", "rekey-confirming")
    scene.exchange(scene.client, numbered(4))
    assert states(scene) == ("stable", "stable")
    assert_open(scene)
    for party in (scene.client, scene.server):
        assert [octets[-1] for octets in party.delivered[1:]] in ([1, 2, 3], [1, 2, 3, 4])


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("protection", ["AE-128", "CBC-256+GMAC-256", "clear+HMAC"])
def test_rekeys_under_random_traffic_never_lose_anything(protection: str, seed: int) -> None:
    """Honest parties, an ordered wire with any delay, timers at any moment."""
    chance = random.Random(seed)
    scene = Scene("native", protection).confirmed()
    expected: dict[str, list[bytes]] = {"client": [], "server": []}
    for number in range(150):
        party = chance.choice((scene.client, scene.server))
        match chance.randrange(8):
            case 0:
                scene.timer(party, "t-rekey")
            case 1 | 2 | 3:
                octets = numbered(number)
                scene.tick(chance.randrange(2))
                scene.call(party, "send_data", octets)
                expected[scene.other(party).handler.ROLE].append(octets)
            case _ if party.queue:
                scene.deliver(party)
            case _:
                pass
    scene.flow()
    assert_open(scene)
    for party in (scene.client, scene.server):
        assert party.delivered[1:] == expected[party.handler.ROLE]
    assert scene.client.indications.count(REKEYED) >= 2


# --- release -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("machine", "state"), DATA_STATES)
def test_release_by_either_side(machine: str, state: str) -> None:
    scene, party = reach(machine, state)
    scene.tick()
    scene.call(party, "release")
    assert party.state in ("wait-rel", "wait-rlre")
    scene.flow()
    assert states(scene) == ("closed", "closed")
    assert last_told(party).kind is last_told(scene.other(party)).kind is RELEASED
    assert (scene.client.events, scene.server.events) == ([], [])


@pytest.mark.parametrize("mode", ["native", "compatibility"])
def test_release_by_both_sides_at_once(mode: str) -> None:
    scene = Scene(mode).associated()
    scene.tick()
    scene.call(scene.client, "release")
    scene.call(scene.server, "release")
    scene.tick()
    scene.flow()
    assert states(scene) == ("closed", "closed")
    assert scene.client.indications[-1] is scene.server.indications[-1] is RELEASED
    assert (scene.client.events, scene.server.events) == ([], [])


@pytest.mark.parametrize(("machine", "state"), DATA_STATES)
def test_data_under_way_are_delivered_after_a_release_request(machine: str, state: str) -> None:
    scene, party = reach(machine, state)
    partner = scene.other(party)
    scene.flow()
    scene.send(partner, numbered(7))
    scene.call(party, "release")
    scene.flow()
    assert party.delivered[-1] == numbered(7)
    assert states(scene) == ("closed", "closed")
    assert (scene.client.events, scene.server.events) == ([], [])


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("releaser", ["client", "server"])
def test_release_during_a_rekey_is_in_order(releaser: str, seed: int) -> None:
    """Whatever is under way, with old keys or new ones, honest parties part as friends."""
    chance = random.Random(seed)
    scene = Scene().confirmed()
    scene.timer(scene.client, "t-rekey")
    for _ in range(seed):
        party = chance.choice((scene.client, scene.server))
        if party.queue and chance.random() < 0.5:
            scene.deliver(party)
        else:
            scene.send(party)
    scene.call(scene.party(releaser), "release")
    scene.flow()
    assert (scene.client.events, scene.server.events) == ([], [])
    assert scene.client.indications[-1] is scene.server.indications[-1] is RELEASED
