"""Whole associations: both modes, every protection, group and key; rekey, release, abort, clock."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise

import pytest

from handlers.forgery import resigned, signed_answer, unwrap
from handlers.outcome import (
    DATA_STATES,
    assert_exchange,
    assert_open,
    last_told,
    scene_rekeys,
    states,
)
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
from iec62351_4.handlers.outputs import Close, Connect, Indication
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
from iec62351_4.testing import (
    CLIENT_ADDRESS,
    INITIATE_REQUEST,
    INITIATE_RESPONSE,
    AssociationPair,
    make_stations,
)

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


@pytest.mark.parametrize("releases", [False, True])
@pytest.mark.parametrize("alarm", [False, True])
def test_refused_accept_reaches_the_server_as_a_signed_abort(alarm: bool, releases: bool) -> None:
    scene = Scene()
    accept = scene.answer()
    if releases:  # before it hears of its client
        scene.call(scene.server, "release")

    def worsen(pdu: object) -> None:
        pdu.tbs.token1.version = 0  # type: ignore[attr-defined]

    def spoil(pdu: object) -> None:
        pdu.sign.sign = bytes(64)  # type: ignore[attr-defined]

    changes = (lambda pdu: None, spoil) if alarm else (worsen, lambda pdu: None)
    scene.client.queue.clear()
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
    scene.tick(1_000_000)
    scene_rekeys(scene)
    for party in (scene.client, scene.server):
        config = party.handler.config
        left = {name: at - scene.now for name, at in party.timers.items()}
        assert set(left) == {"t-rekey", "t-key-lifetime"}
        assert 0 <= config.rekey_interval - left["t-rekey"] < 10, "new keys, new time"
        assert 0 <= config.key_lifetime - left["t-key-lifetime"] < 10


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


def _requested_late(drift: int) -> WatchedParty:
    scene = Scene()
    scene.request()
    scene.tick(drift)
    scene.deliver(scene.client)
    return scene.server


def _answered_late(drift: int) -> WatchedParty:
    scene = Scene()
    scene.answer()
    scene.tick(drift)
    scene.deliver(scene.server)
    return scene.client


def _released_late(drift: int) -> WatchedParty:
    scene = Scene().confirmed()
    scene.tick()
    scene.call(scene.server, "release")
    scene.tick(drift)
    scene.deliver(scene.server)
    return scene.client


def _sent_late(protection: str, drift: int) -> WatchedParty:
    scene = Scene("native", protection).confirmed()
    scene.send(scene.client)
    scene.tick(drift)
    scene.deliver(scene.client)
    return scene.server


def _authenticated_late(drift: int) -> WatchedParty:
    # The A-profile sends whole seconds, and the start is one.
    scene = Scene("compatibility")
    scene.request()
    scene.tick(drift)
    scene.deliver(scene.client)
    return scene.server


@pytest.mark.parametrize(
    "course",
    [
        _requested_late,
        _answered_late,
        _released_late,
        partial(_sent_late, "AE-128"),
        partial(_sent_late, "clear+HMAC"),
        _authenticated_late,
    ],
    ids=["request", "accept", "release", "encrypted", "clear", "a-profile"],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_window_includes_its_edges(course: Callable[[int], WatchedParty], sign: int) -> None:
    """Assumption Q18: ten minutes in both directions, and a millisecond more is too much."""
    assert course(sign * 600_000).events == []
    refused = course(sign * 600_001)
    assert (refused.state, len(refused.events)) == ("closed", 1)


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
    assert scene.server.handler.services.peer_address == str(CLIENT_ADDRESS)
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
