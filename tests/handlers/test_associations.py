"""Whole associations: both modes, every protection, group and key; rekey, release, abort, clock."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from handlers.forgery import resigned, signed_answer, unwrap
from handlers.scene import (
    KINDS,
    PROTECTIONS,
    REQUEST,
    RESPONSE,
    Scene,
    WatchedParty,
    agreed,
    reach,
    station,
)
from iec62351_4.environment.envelope import Carrier
from iec62351_4.errors import AssociationError, LocalProtocolError
from iec62351_4.handlers.outputs import Close, Connect, Indicate, Indication
from iec62351_4.handlers.vocabulary import (
    AeadAlgorithm,
    DHGroup,
    EncrMode,
    EncryptionAlgorithm,
    EncryptionDemand,
    HandshakeDiagnostics,
    IcvAlgorithm,
    Protection,
)
from iec62351_4.testing import INITIATE_REQUEST, INITIATE_RESPONSE, AssociationPair, make_stations

ASSOCIATED, REKEYED = Indication.ASSOCIATED, Indication.REKEYED
RELEASED, ABORTED, REJECTED = Indication.RELEASED, Indication.ABORTED, Indication.REJECTED
LIMITS = {
    "t-association": "association_limit",
    "t-confirm": "confirm_limit",
    "t-rekey-limit": "rekey_limit",
    "t-key-lifetime": "key_lifetime",
    "t-release": "release_limit",
}
"""The field of the configuration that says when a timer runs out."""
INITIATE_ERROR = b"\xaa\x03\x02\x01\x01"


def states(scene: Scene) -> tuple[str, str]:
    """Of client and server."""
    return scene.client.state, scene.server.state


def numbered(number: int) -> bytes:
    """A small complete MMSpdu with a number in it."""
    return b"\xa3\x04\x02\x02" + number.to_bytes(2, "big")


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


# --- native mode: establishment ------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("protection", PROTECTIONS)
def test_native_association_step_by_step(protection: str, kind: str) -> None:
    scene = Scene("native", protection, kind=kind)
    scene.call(scene.server, "transport_ready")
    assert states(scene) == ("idle", "transport")
    scene.call(scene.client, "associate", INITIATE_REQUEST)
    assert states(scene) == ("transport", "transport")
    assert scene.client.outputs == [Connect(secure=True)]
    scene.call(scene.client, "transport_ready")
    assert states(scene) == ("wait-rsp", "transport")
    scene.deliver(scene.client)
    assert states(scene) == ("wait-rsp", "wait-app")
    told = last_told(scene.server)
    assert (told.kind, told.octets) == (Indication.ASSOCIATE_REQUESTED, INITIATE_REQUEST)
    scene.call(scene.server, "accept", INITIATE_RESPONSE)
    assert states(scene) == ("wait-rsp", "unconfirmed")
    assert last_told(scene.server).kind is ASSOCIATED
    scene.deliver(scene.server)
    assert states(scene) == ("stable", "unconfirmed")
    told = last_told(scene.client)
    assert (told.kind, told.octets) == (ASSOCIATED, INITIATE_RESPONSE)
    assert_agreement(scene, protection)
    scene.exchange(scene.client, REQUEST)
    assert states(scene) == ("stable", "stable")
    assert_exchange(scene)
    assert_form(scene, protection)


def assert_agreement(scene: Scene, protection: str) -> None:
    """Both sides hold the same view of what was agreed, and it is what was asked for."""
    client, server = scene.client.session, scene.server.session
    assert client.protection is server.protection is agreed(protection)
    assert client.asso_id == server.asso_id == "1:1"
    assert client.dh_group is server.dh_group
    assert client.salt == server.salt
    config = scene.client.handler.config
    if client.protection is Protection.authenticated_encryption:
        assert client.aead is server.aead is config.aead_algorithms[0]
    else:
        assert client.icv_algorithm is server.icv_algorithm is config.icv_algorithms[0]
    if client.protection is Protection.encrypt_then_mac:
        assert client.encryption is server.encryption is config.encryption_algorithms[0]


def assert_form(scene: Scene, protection: str) -> None:
    """What is on the wire is what was agreed; what is encrypted cannot be read there."""
    clear = agreed(protection) is Protection.integrity
    for party, octets in ((scene.client, REQUEST), (scene.server, RESPONSE)):
        sent = party.sent[-1]
        name, pdu = unwrap(sent)
        assert sent.carrier is Carrier.DATA
        assert name == ("ClearTransfer" if clear else "EncrTransfer")
        assert (octets in sent.user_information[0].octets) == clear
        assert (pdu.auth is None) == protection.startswith("AE")
        if pdu.auth is not None:
            assert (pdu.auth.nonce is not None) == ("GMAC" in protection)


ALL_GROUPS = tuple(group for group in DHGroup if group is not DHGroup.other)


@pytest.mark.parametrize("group", ALL_GROUPS)
def test_every_group(group: DHGroup) -> None:
    scene = Scene(client={"dh_groups": (group,)}, server={"dh_groups": ALL_GROUPS}).confirmed()
    chosen = Scene(client={"dh_groups": ALL_GROUPS}, server={"dh_groups": (group,)}).confirmed()
    for one in (scene, chosen):
        assert one.client.session.dh_group is one.server.session.dh_group is group
        assert_exchange(one)
        scene_rekeys(one)


def test_server_prefers_in_its_own_order() -> None:
    scene = Scene(
        client={"aead_algorithms": (AeadAlgorithm.aes128_GCM, AeadAlgorithm.aes256_GCM)},
        server={"aead_algorithms": (AeadAlgorithm.aes256_GCM, AeadAlgorithm.aes128_GCM)},
    ).confirmed()
    assert scene.client.session.aead is AeadAlgorithm.aes256_GCM


def test_keys_of_different_kinds_at_the_two_ends() -> None:
    client, server = Scene(kind="rsa").stations[0], Scene(kind="secp256r1").stations[1]
    both = client.trust.anchors + server.trust.anchors
    for one in (client, server):
        one.trust = type(one.trust)(both)
    scene = Scene(shared=(client, server)).confirmed()
    assert unwrap(scene.client.sent[0])[1].sign.algo.algorithm == "1.2.840.113549.1.1.11"
    assert unwrap(scene.server.sent[0])[1].sign.algo.algorithm == "1.2.840.10045.4.3.2"
    assert_exchange(scene)


def test_pair_of_the_package_itself_associates() -> None:
    for mode, kind in (("native", "secp256r1"), ("compatibility", "rsa")):
        pair = AssociationPair(mode, stations=make_stations(kind))
        pair.associate()
        pair.exchange(pair.client, REQUEST)
        pair.exchange(pair.server, RESPONSE)
        assert (pair.server.delivered, pair.client.delivered) == ([REQUEST], [RESPONSE])


@pytest.mark.parametrize("transient", [True, False])
def test_refusal_by_the_protected_protocol(transient: bool) -> None:
    scene = Scene()
    scene.requested()
    scene.call(scene.server, "refuse", INITIATE_ERROR, transient)
    assert scene.server.queue[0].result == (2 if transient else 1)
    scene.flow()
    assert states(scene) == ("closed", "closed")
    told = last_told(scene.client)
    assert (told.kind, told.octets) == (REJECTED, INITIATE_ERROR)
    assert told.details == {"reason": "application"}
    assert scene.client.events == []


def test_security_refusal_tells_the_client_why_and_nothing_weaker_is_tried() -> None:
    scene = Scene(server={"encryption_demand": EncryptionDemand.forbidden})
    scene.request()
    sent = len(scene.client.sent)
    scene.flow()
    assert states(scene) == ("closed", "closed")
    assert scene.server.events == ["IEC62351-4:1.15"]
    told = last_told(scene.client)
    assert (told.kind, told.details) == (REJECTED, {"reason": "security"})
    (event,) = scene.client.events
    assert event.startswith("IEC62351-4:4.")
    assert isinstance(scene.client.outputs[-1], Close)
    assert len(scene.client.sent) == sent


@pytest.mark.parametrize("alarm", [False, True])
def test_refused_accept_reaches_the_server_as_a_signed_abort(alarm: bool) -> None:
    scene = Scene()
    accept = scene.answer()

    def worsen(pdu: object) -> None:
        pdu.tbs.token1.version = 0  # type: ignore[attr-defined]

    def spoil(pdu: object) -> None:
        pdu.sign.sign = bytes(64)  # type: ignore[attr-defined]

    changes = (lambda pdu: None, spoil) if alarm else (worsen, lambda pdu: None)
    scene.server.queue.clear()
    scene.give(scene.client, resigned(accept, scene.server, *changes))
    scene.flow()
    assert states(scene) == ("closed", "closed")
    assert scene.server.events == ["IEC62351-4:5.11" if alarm else "IEC62351-4:5.14"]
    assert last_told(scene.server).details == {"reason": "peer"}


def test_received_diagnostics_have_their_events() -> None:
    for diagnostic in HandshakeDiagnostics:
        if diagnostic is HandshakeDiagnostics.other:
            continue
        scene = Scene().associated()
        scene.give(
            scene.server, signed_answer(scene, scene.client, "HandshakeSecAbort", diag=diagnostic)
        )
        assert scene.server.state == "closed"
        assert all(event.startswith("IEC62351-4:5.") for event in scene.server.events)


# --- rekey ---------------------------------------------------------------------------------------


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
    assert last_told(scene.client).kind is REKEYED
    scene.exchange(scene.client, REQUEST)
    assert states(scene) == ("stable", "stable")
    assert last_told(scene.server).kind is REKEYED
    assert scene.client.session.receive_keys is not old
    assert scene.client.session.salt == scene.server.session.salt
    assert_exchange(scene)


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


# --- aborts and time-outs -------------------------------------------------------------------------


@pytest.mark.parametrize(("machine", "state"), DATA_STATES)
def test_abort_by_the_user(machine: str, state: str) -> None:
    scene, party = reach(machine, state)
    partner = scene.other(party)
    scene.tick()
    scene.call(party, "abort", b"")
    assert party.state == "closed"
    while party.queue:
        scene.deliver(party)
    assert partner.state == "closed"
    reason = "peer" if machine.startswith("native") else "unauthenticated-abort"
    assert last_told(partner).kind is ABORTED
    assert last_told(partner).details == {"reason": reason}
    assert partner.events == []


def test_abort_before_the_association_is_not_signed() -> None:
    for machine, state in (("native-client", "wait-rsp"), ("native-server", "wait-app")):
        _, party = reach(machine, state)
        party.take(party.handler.abort(b"", 1))
        assert party.sent[-1].carrier is Carrier.ABRT
        assert unwrap(party.sent[-1]) == ("", None)


TIME_OUTS = (
    ("native-client", "wait-rsp", "t-association", ""),
    ("native-client", "rekey-sent", "t-rekey-limit", "DtSecAbort"),
    ("native-client", "stable", "t-key-lifetime", "DtSecAbort"),
    ("native-client", "wait-rel", "t-release", ""),
    ("native-server", "transport", "t-association", ""),
    ("native-server", "unconfirmed", "t-confirm", "DtSecAbort"),
    ("native-server", "rekey-requested", "t-rekey-limit", "DtSecAbort"),
    ("native-server", "rekey-received", "t-rekey-limit", "DtSecAbort"),
    ("native-server", "stable", "t-key-lifetime", "DtSecAbort"),
    ("native-server", "wait-rel", "t-release", ""),
    ("compatibility-client", "wait-aare", "t-association", ""),
    ("compatibility-client", "wait-rlre", "t-release", ""),
    ("compatibility-server", "transport", "t-association", ""),
    ("compatibility-server", "wait-rlre", "t-release", ""),
)


@pytest.mark.parametrize(("machine", "state", "timer", "secpdu"), TIME_OUTS)
def test_time_out(machine: str, state: str, timer: str, secpdu: str) -> None:
    scene, party = reach(machine, state)
    limit = getattr(party.handler.config, LIMITS[timer])
    assert 0 <= scene.now + limit - party.timers[timer] <= 10, "started within the last steps"
    scene.now = party.timers[timer]
    scene.timer(party, timer)
    assert party.state == "closed"
    assert last_told(party).kind is ABORTED
    name, pdu = unwrap(party.sent[-1])
    assert (party.sent[-1].carrier, name) == (Carrier.ABRT, secpdu)
    if pdu is not None:
        assert pdu.tbs.diag == 0


def test_timers_that_no_longer_count_are_stopped() -> None:
    scene = Scene().associated()
    assert set(scene.client.timers) == {"t-rekey", "t-key-lifetime"}
    assert set(scene.server.timers) == {"t-confirm", "t-rekey", "t-key-lifetime"}
    scene.exchange(scene.client, REQUEST)
    assert set(scene.server.timers) == {"t-rekey", "t-key-lifetime"}
    scene_rekeys(scene)
    assert set(scene.client.timers) == set(scene.server.timers) == {"t-rekey", "t-key-lifetime"}


# --- the clock -----------------------------------------------------------------------------------


def stamps(party: WatchedParty) -> list[tuple[bytes | str, int]]:
    """(time, seq) of every transfer that a party has sent."""
    tokens = [unwrap(one)[1].tbp.token2 for one in party.sent if one.carrier is Carrier.DATA]
    return [(token.time, token.seq) for token in tokens]


def test_seq_counts_within_a_millisecond_and_restarts_with_the_next() -> None:
    scene = Scene().associated()
    scene.tick()
    for pause in (0, 0, 0, 1, 0, 5):
        scene.tick(pause)
        scene.call(scene.client, "send_data", REQUEST)
    scene.flow()
    assert [seq for _, seq in stamps(scene.client)] == [0, 1, 2, 0, 1, 0]
    assert len({time for time, _ in stamps(scene.client)}) == 3
    assert len(scene.server.delivered) == 6
    assert_open(scene)


def test_clock_that_steps_back_holds_the_last_time() -> None:
    """Finding V10f: a sender whose clock steps back must not be aborted by an honest peer."""
    scene = Scene().confirmed()
    for step in (-5000, 1, 10_000):
        scene.tick(step)
        scene.call(scene.client, "send_data", REQUEST)
    scene.flow()
    assert_open(scene)
    sent = stamps(scene.client)
    assert sent[1][0] == sent[2][0] == sent[0][0] != sent[3][0]
    assert [seq for _, seq in sent] == [0, 1, 2, 0]
    assert all(earlier < later for earlier, later in pairwise(sent))


@pytest.mark.parametrize(("drift", "accepted"), [(600_000, True), (600_001, False)])
@pytest.mark.parametrize("sign", [1, -1])
def test_window_includes_its_edges(drift: int, accepted: bool, sign: int) -> None:
    scene = Scene()
    scene.request()
    scene.tick(sign * drift)
    scene.deliver(scene.client)
    assert (scene.server.state == "wait-app") is accepted


# --- compatibility mode ---------------------------------------------------------------------------


def test_compatibility_association_step_by_step() -> None:
    scene = Scene("compatibility")
    scene.call(scene.server, "transport_ready")
    scene.call(scene.client, "associate", INITIATE_REQUEST)
    assert states(scene) == ("transport", "transport")
    scene.call(scene.client, "transport_ready")
    assert states(scene) == ("wait-aare", "transport")
    request = scene.client.queue[0]
    assert request.requirements_authentication
    assert request.mechanism_name == "1.0.840.0.1.0.1.1"
    scene.deliver(scene.client)
    assert states(scene) == ("wait-aare", "wait-app")
    scene.call(scene.server, "accept", INITIATE_RESPONSE)
    assert states(scene) == ("wait-aare", "data")
    scene.flow()
    assert states(scene) == ("data", "data")
    assert last_told(scene.client).octets == INITIATE_RESPONSE
    assert_exchange(scene)
    assert unwrap(scene.client.sent[-1]) == ("", None)


@pytest.mark.parametrize("transient", [True, False])
def test_compatibility_refusal(transient: bool) -> None:
    scene = Scene("compatibility")
    scene.requested()
    scene.call(scene.server, "refuse", INITIATE_ERROR, transient)
    assert scene.server.queue[0].result == (2 if transient else 1)
    scene.flow()
    assert states(scene) == ("closed", "closed")
    assert (last_told(scene.client).kind, last_told(scene.client).octets) == (
        REJECTED,
        INITIATE_ERROR,
    )


def test_a_profile_has_rsa_only() -> None:
    """11.2 fixes the algorithm, so a station with another key cannot even ask."""
    scene = Scene("compatibility", kind="secp256r1")
    scene.call(scene.client, "associate", INITIATE_REQUEST)
    with pytest.raises(AssociationError):
        scene.call(scene.client, "transport_ready")
    assert scene.client.state == "transport"


def test_modes_do_not_meet() -> None:
    """5.2: the application context decides; nobody falls back."""
    native, plain = Scene("native", kind="rsa"), Scene("compatibility")
    native.give(plain_server := _listening(plain), native.request())
    assert plain_server.state == "closed"
    assert plain_server.sent[-1].diagnostic == 2
    other = Scene("native", kind="rsa")
    native.give(native_server := _listening(other), plain.request())
    assert native_server.state == "closed"
    assert native_server.events == ["IEC62351-4:15.15"]


def _listening(scene: Scene) -> WatchedParty:
    scene.call(scene.server, "transport_ready")
    return scene.server


def test_configuration_of_a_server_admits_only_the_listed_peers() -> None:
    scene = Scene()
    scene.stations[1].allowed_peers = frozenset({scene.stations[1].identity.address})
    scene.request()
    scene.flow()
    assert scene.server.events == ["IEC62351-4:1.8"]
    assert states(scene) == ("closed", "closed")


def test_second_answer_of_the_user_is_refused() -> None:
    scene = Scene()
    scene.requested()
    scene.call(scene.server, "accept", INITIATE_RESPONSE)
    with pytest.raises(LocalProtocolError):
        scene.call(scene.server, "refuse", INITIATE_ERROR, False)
    scene.flow()
    scene.exchange(scene.client, REQUEST)
    assert_open(scene)


def test_two_associations_of_one_station_have_numbers_of_their_own() -> None:
    shared = (station("secp256r1", Scene().stations[0].identity.address), Scene().stations[1])
    scenes = [Scene(shared=shared).confirmed() for _ in range(3)]
    assert [one.client.session.asso_id for one in scenes] == ["1:1", "2:2", "3:3"]
    for one in scenes:
        assert_exchange(one)


def test_every_configured_alternative_is_covered() -> None:
    """The table of protections names every algorithm and mode that there is."""
    asked = [dict(fields) for fields in PROTECTIONS.values()]
    aead = {a for f in asked for a in f.get("aead_algorithms", ())}
    encryption = {a for f in asked for a in f.get("encryption_algorithms", ())}
    icv = {a for f in asked for a in f.get("icv_algorithms", ())}
    for used, kind in ((aead, AeadAlgorithm), (encryption, EncryptionAlgorithm)):
        assert used == set(kind) - {kind["other"]}
    assert icv == set(IcvAlgorithm) - {IcvAlgorithm.other}
    assert {f["encr_mode"] for f in asked} == set(EncrMode) - {EncrMode.other}
