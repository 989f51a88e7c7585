"""Attacks on associations that are stopped; a name says the attack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.forgery import edited, resigned, unwrap, with_secpdu
from handlers.outcome import assert_refused, assert_unharmed
from handlers.scene import (
    INSIDER_ADDRESS,
    REQUEST,
    RESPONSE,
    Scene,
    reach,
    stations,
)
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.handlers.outputs import Indication
from iec62351_4.handlers.services import Address
from iec62351_4.handlers.vocabulary import AeadAlgorithm, DHGroup
from iec62351_4.tables import BASIC_AC, E2E_MMS_AC, MMS_SYNTAX
from iec62351_4.testing import INITIATE_RESPONSE, SERVER_ADDRESS

OTHER_SERVER = Address("1.1.999.4", 45)
PLAIN_MMS = (UserInformation(MMS_SYNTAX, INITIATE_RESPONSE, indirect_reference=3),)


# --- downgrade -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("context", "information", "event"),
    [
        (BASIC_AC, PLAIN_MMS, "15.6"),
        (E2E_MMS_AC, PLAIN_MMS, "15.3"),
        (E2E_MMS_AC, (), "15.1"),
        (None, PLAIN_MMS, "15.6"),
    ],
    ids=["basic-AC", "echoed context", "echoed context without data", "no context"],
)
def test_downgrade_by_answering_with_plain_mms(
    context: str | None, information: tuple[UserInformation, ...], event: str
) -> None:
    """What most MMS stacks do with an application context that they do not know."""
    scene = Scene()
    scene.request()
    answer = Envelope(
        Carrier.AARE,
        application_context=context,
        user_information=information,
        result=0,
        diagnostic_source=1,
        diagnostic=0,
        responding_ap_title=SERVER_ADDRESS.ap_title,
        responding_ae_qualifier=SERVER_ADDRESS.ae_qualifier,
    )
    scene.give(scene.client, answer, raw=True)
    assert_refused(scene.client, event)
    assert scene.client.sent[-1].carrier is Carrier.ABRT
    assert [o.carrier for o in scene.client.sent] == [Carrier.AARQ, Carrier.ABRT], "no retry"


def test_downgrade_by_answering_with_the_a_profile() -> None:
    plain = Scene("compatibility")
    accept = plain.answer()
    native = Scene(kind="rsa")
    native.request()
    native.give(native.client, accept)
    assert_refused(native.client, "15.16")


def test_downgrade_of_the_a_profile_by_an_answer_without_it() -> None:
    scene = Scene("compatibility")
    scene.requested()
    bare = Envelope(
        Carrier.AARE, application_context=BASIC_AC, user_information=PLAIN_MMS, result=0
    )
    scene.give(scene.client, bare)
    assert_refused(scene.client)
    assert scene.client.events == ["Interlock:AP-08m"]


def _only_the_weaker(pdu: Any) -> None:
    pdu.tbs.token1.encr_mode = ("aea", pdu.tbs.token1.encr_mode[1][1:])


def _no_encryption(pdu: Any) -> None:
    mode, lists = pdu.tbs.token1.encr_mode
    lists.encr = None
    pdu.tbs.token1.confParams = 0
    pdu.tbs.token1.encr_mode = (mode, lists)


def test_downgrade_by_removing_an_offered_algorithm() -> None:
    scene = Scene(client={"aead_algorithms": (AeadAlgorithm.aes256_GCM, AeadAlgorithm.aes128_GCM)})
    scene.give(scene.server, edited(scene.request(), _only_the_weaker))
    assert_refused(scene.server, "1.3")


def test_downgrade_by_removing_encryption_from_the_offer() -> None:
    scene = Scene("native", "CBC-128+HMAC")
    scene.give(scene.server, edited(scene.request(), _no_encryption))
    assert_refused(scene.server, "1.3")


def test_downgrade_by_removing_encryption_from_the_accept() -> None:
    scene = Scene("native", "CBC-128+HMAC")
    scene.give(scene.client, edited(scene.answer(), _no_encryption))
    assert_refused(scene.client, "2.3")


def test_downgrade_by_removing_a_group() -> None:
    groups = (DHGroup.secp256r1, DHGroup.brainpoolP256r1)
    scene = Scene(client={"dh_groups": groups}, server={"dh_groups": groups})

    def trim(pdu: Any) -> None:
        del pdu.tbs.token1.dhKey[0]

    scene.give(scene.server, edited(scene.request(), trim))
    assert_refused(scene.server, "1.3")


@pytest.mark.parametrize("protection", ["AE-128", "CBC-128+HMAC"])
def test_clear_transfer_where_encryption_was_agreed(protection: str) -> None:
    """A clear transfer of another association of the same parties, with the right identifier."""
    clear = Scene("native", "clear+HMAC").confirmed()
    recorded = clear.send(clear.client)
    scene = Scene("native", protection).confirmed()
    delivered = list(scene.server.delivered)
    scene.tick(10)
    scene.give(scene.server, recorded)
    assert scene.server.state == "closed"
    assert scene.server.delivered == delivered
    assert scene.server.events == ["IEC62351-4:10.2"]


def test_encrypted_transfer_where_clear_was_agreed() -> None:
    encrypted = Scene().confirmed()
    recorded = encrypted.send(encrypted.client)
    scene = Scene("native", "clear+HMAC").confirmed()
    delivered = list(scene.server.delivered)
    scene.tick(10)
    scene.give(scene.server, recorded)
    assert scene.server.delivered == delivered
    assert scene.server.events == ["IEC62351-4:11.2"]


def test_second_association_after_a_failed_one_is_not_weaker() -> None:
    """DS-3: the handler has no fallback; a refused client has sent one request and an abort."""
    scene = Scene(server={"ae_supported": False})
    scene.request()
    scene.flow()
    assert [one.carrier for one in scene.client.sent] == [Carrier.AARQ]
    assert (scene.client.state, scene.client.indications) == ("closed", [Indication.REJECTED])


# --- replay --------------------------------------------------------------------------------------


def test_replay_of_a_handshake_request() -> None:
    shared = stations()
    first = Scene(shared=shared)
    first.associated()
    second = Scene(shared=shared)
    second.call(second.server, "transport_ready")
    second.give(second.server, first.client.sent[0])
    assert_refused(second.server, "1.11")
    assert_unharmed(first)


def test_replay_of_a_handshake_request_at_the_edge_of_the_window() -> None:
    """Finding V7: what is accepted early in the window must be remembered beyond ten minutes."""
    shared = stations()
    first = Scene(shared=shared)
    request = first.request()
    first.tick(-600_000)  # the server's clock is behind: accepted at the far edge
    first.deliver(first.client)
    assert first.server.state == "wait-app"
    second = Scene(shared=shared, now=first.now + 1_200_000)
    second.call(second.server, "transport_ready")
    second.give(second.server, request)
    assert_refused(second.server, "1.11")


def test_replay_of_a_handshake_accept() -> None:
    shared = stations()
    first = Scene(shared=shared)
    first.associated()
    for one in shared:
        one._numbers = 0
    second = Scene(shared=shared, now=first.now + 1000)
    second.request()
    second.give(second.client, first.server.sent[0])
    assert_refused(second.client, "2.10")


def test_replay_of_an_authentication_value() -> None:
    shared = stations("rsa")
    first = Scene("compatibility", shared=shared).associated()
    second = Scene("compatibility", shared=shared)
    second.call(second.server, "transport_ready")
    second.give(second.server, first.client.sent[0])
    assert_refused(second.server)
    assert second.server.events == ["Interlock:AP-06"]


@pytest.mark.parametrize("protection", ["AE-128", "CBC-128+HMAC", "clear+HMAC"])
def test_replay_of_a_transfer(protection: str) -> None:
    scene = Scene("native", protection).confirmed()
    delivered = list(scene.server.delivered)
    scene.give(scene.server, scene.client.sent[-1])
    assert scene.server.state == "closed"
    assert scene.server.delivered == delivered


@pytest.mark.parametrize("pause", [0, 1])
def test_reordered_transfers(pause: int) -> None:
    scene = Scene().confirmed()
    delivered = list(scene.server.delivered)
    scene.tick()
    for _ in range(2):
        scene.call(scene.client, "send_data", REQUEST)
        scene.tick(pause)
    scene.client.queue.reverse()
    while scene.client.queue:
        scene.deliver(scene.client)
    assert scene.server.state == "closed"
    assert len(scene.server.delivered) - len(delivered) <= pause, "the later one, at most"
    assert scene.server.events in (["IEC62351-4:11.8"], ["IEC62351-4:11.6"])


def test_transfer_reflected_to_its_sender() -> None:
    scene = Scene().confirmed()
    delivered = list(scene.client.delivered)
    scene.give(scene.client, scene.send(scene.client))
    assert scene.client.delivered == delivered
    assert scene.client.events == ["IEC62351-4:11.5"]


# --- every octet ---------------------------------------------------------------------------------


@pytest.mark.parametrize("mask", [0x01, 0x80])
@pytest.mark.parametrize("protection", ["AE-128", "CBC-128+GMAC-128", "clear+HMAC"])
def test_flipped_octet_of_a_transfer(protection: str, mask: int) -> None:
    base = Scene("native", protection).confirmed()
    envelope = base.send(base.client)
    octets = envelope.user_information[0].octets
    delivered = list(base.server.delivered)
    living = Scene("native", protection, shared=base.stations).confirmed()
    for position in range(len(octets)):
        scene = base.fork()
        scene.server.handler.services.station = base.stations[1]
        scene.give(scene.server, with_secpdu(envelope, _flipped(octets, position, mask)))
        assert scene.server.state == "closed", position
        assert scene.server.delivered == delivered, position
        assert len(scene.server.events) == 1, position
    assert_unharmed(living)
    base.give(base.server, envelope)
    assert base.server.delivered == [*delivered, REQUEST], "untouched, it is accepted"


def _flipped(octets: bytes, position: int, mask: int) -> bytes:
    return octets[:position] + bytes((octets[position] ^ mask,)) + octets[position + 1 :]


def test_flipped_octet_of_a_handshake_request() -> None:
    shared = stations()
    living = Scene(shared=shared).confirmed()
    waiting = Scene(shared=shared, now=living.now)
    envelope = waiting.request()
    octets = envelope.user_information[0].octets
    for position in range(len(octets)):
        victim = Scene(shared=shared, now=waiting.now)
        victim.call(victim.server, "transport_ready")
        victim.give(victim.server, with_secpdu(envelope, _flipped(octets, position, 0x01)))
        assert_refused(victim.server)
        assert Indication.ASSOCIATE_REQUESTED not in victim.server.indications, position
    assert_unharmed(living)
    waiting.deliver(waiting.client)
    assert waiting.server.state == "wait-app", (
        "untouched, it is accepted, so nothing was remembered"
    )


def test_flipped_octet_of_a_handshake_accept() -> None:
    base = Scene()
    envelope = base.answer()
    octets = envelope.user_information[0].octets
    for position in range(len(octets)):
        scene = base.fork()
        scene.give(scene.client, with_secpdu(envelope, _flipped(octets, position, 0x01)))
        assert_refused(scene.client)
    base.flow()
    assert_unharmed(base)


@pytest.mark.parametrize("name", ["HandshakeReq", "EncrTransfer"])
def test_truncated_secpdu(name: str) -> None:
    base = Scene()
    if name == "HandshakeReq":
        envelope = base.request()
    else:
        base.confirmed()
        envelope = base.send(base.client)
    octets = envelope.user_information[0].octets
    for length in range(1, len(octets)):
        scene = base.fork()
        scene.give(scene.server, with_secpdu(envelope, octets[:length]))
        assert scene.server.state == "closed"


# --- identity ------------------------------------------------------------------------------------


def test_request_at_the_wrong_recipient() -> None:
    scene = Scene()
    envelope = scene.request()
    elsewhere = replace(envelope, called_ap_title=OTHER_SERVER.ap_title)
    scene.give(scene.server, elsewhere)
    assert_refused(scene.server, "15.11")


def test_insider_who_takes_the_clients_address() -> None:
    scene = Scene()

    def own_certificate(pdu: Any) -> None:
        pdu.tbs.token1.pkCert = scene.pki.certificate(INSIDER_ADDRESS)

    envelope = resigned(scene.request(), scene.pki.keys[INSIDER_ADDRESS], own_certificate)
    scene.give(scene.server, envelope)
    assert_refused(scene.server, "1.8")


def test_insider_who_answers_for_the_server() -> None:
    scene = Scene()

    def own_certificate(pdu: Any) -> None:
        pdu.tbs.token1.pkCert = scene.pki.certificate(INSIDER_ADDRESS)

    envelope = resigned(scene.answer(), scene.pki.keys[INSIDER_ADDRESS], own_certificate)
    own_address = replace(envelope, responding_ap_title=INSIDER_ADDRESS.ap_title)
    for claimed in (envelope, own_address):
        victim = scene.fork()
        victim.give(victim.client, claimed)
        assert_refused(victim.client, "2.7")


def test_changed_pp_on_the_wire() -> None:
    """pp is not signed (finding V4); both sides compare it with their configuration."""

    def another(pdu: Any) -> None:
        pdu.pp = "IEC 60870-6"

    request = Scene()
    request.give(request.server, edited(request.request(), another))
    assert_refused(request.server, "1.4")
    accept = Scene()
    accept.give(accept.client, edited(accept.answer(), another))
    assert_refused(accept.client, "2.4")


@pytest.mark.parametrize("machine", ["native-client", "native-server"])
def test_unsigned_abort_costs_availability_only(machine: str) -> None:
    scene, party = reach(machine, "stable")
    delivered = list(party.delivered)
    scene.give(party, Envelope(Carrier.ABRT, abort_source=1, abort_diagnostic=5))
    assert (party.state, party.delivered) == ("closed", delivered)
    assert party.indications[-1] is Indication.ABORTED


# --- secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize("protection", ["AE-256", "CBC-128+HMAC", "clear+GMAC-128"])
def test_secrets_are_in_no_repr(protection: str) -> None:
    scene = Scene("native", protection).confirmed()
    scene.ask_for_keys(scene.client)
    scene.flow()
    secrets = set(_keys(scene))
    assert len(secrets) == (8 if protection.startswith("CBC") else 4), "old ones and new ones"
    scene.send(scene.server, RESPONSE)
    seen = []
    for party in (scene.client, scene.server):
        handler, session = party.handler, party.session
        seen += [repr(handler), repr(vars(handler)), repr(session), repr(handler.services)]
        seen += [repr(session.send_keys), repr(vars_of_slots(session.send_keys.sender))]
        seen += [repr(session.own_dh), repr(handler.services.station)]
        seen += [repr(party.outputs), str(party.outputs), repr(party.sent)]
    for secret in (*secrets, REQUEST, RESPONSE):
        for text in seen:
            assert secret.hex() not in text
            assert repr(secret)[2:-1] not in text


def vars_of_slots(value: object) -> dict[str, object]:
    """What ``vars`` is for an object without a dictionary."""
    return {name: getattr(value, name) for name in dir(value) if not name.startswith("__")}


def _keys(scene: Scene) -> Any:
    """Every symmetric key in use or waiting."""
    for party in (scene.client, scene.server):
        for keys in (party.session.send_keys, party.session.pending_keys):
            if keys is None:
                continue
            for direction in (keys.secret.client, keys.secret.server):
                yield from (
                    bytes(key) for key in (direction._icv, direction._encryption) if key is not None
                )


def test_nonces_of_one_key_never_repeat() -> None:
    scene = Scene().confirmed()
    for number in range(200):
        scene.tick(number % 2)
        scene.call(scene.client, "send_data", REQUEST)
        scene.call(scene.server, "send_data", RESPONSE)
    for party in (scene.client, scene.server):
        data = [one for one in party.sent if one.carrier is Carrier.DATA]
        nonces = [unwrap(one)[1].tbp.token2.iv for one in data]
        assert len(set(nonces)) == len(nonces) > 200


def test_directions_and_associations_have_different_keys() -> None:
    first, second = Scene().confirmed(), Scene().confirmed()
    keys = {key for scene in (first, second) for key in _keys(scene)}
    assert len(keys) == 4, "two directions of two associations, each known to both sides"
