"""Findings: attacks that the protocol as captured lets through, as far as it does.

A finding is a weakness of the standard, not of this code. Its test shows what happens, so that
an amendment that repairs it turns the test.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from handlers.forgery import edited, encode, signed_answer, unwrap, with_secpdu
from handlers.outcome import assert_refused
from handlers.scene import (
    INSIDER_ADDRESS,
    REQUEST,
    Scene,
    identity,
    nothing_revoked,
    station,
    stations,
)
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.handlers.outputs import Indication
from iec62351_4.handlers.projections import element
from iec62351_4.handlers.services import Address, Station
from iec62351_4.handlers.vocabulary import DtDiagnostics
from iec62351_4.tables import MMS_SYNTAX
from iec62351_4.testing import CLIENT_ADDRESS, INITIATE_RESPONSE, SERVER_ADDRESS

OTHER_SERVER = Address("1.1.999.4", 45)
PLAIN_MMS = (UserInformation(MMS_SYNTAX, INITIATE_RESPONSE, indirect_reference=3),)


def test_deleted_transfers_at_the_end_of_a_millisecond_finding_v8() -> None:
    """Finding V8: seq restarts with each time, so the loss of a time's last transfers is unseen."""
    scene = Scene().confirmed()
    scene.tick()
    scene.call(scene.client, "send_data", REQUEST)
    scene.call(scene.client, "send_data", b"\xa0\x03\x02\x01\x02")
    scene.tick()
    scene.call(scene.client, "send_data", b"\xa0\x03\x02\x01\x03")
    scene.deliver(scene.client)
    scene.deliver(scene.client, lambda envelope: None)
    scene.deliver(scene.client)
    assert [octets[-1] for octets in scene.server.delivered[1:]] == [1, 3]
    assert scene.server.events == []


@pytest.mark.parametrize("protection", ["AE-128", "CBC-128+HMAC", "clear+HMAC"])
def test_unknown_extension_put_into_a_transfer(protection: str) -> None:
    """Finding: with authenticated encryption the AAD is token2 alone, and ``tbp`` is extensible.

    So an outsider can add members to ``tbp`` of an EncrTransfer without Authenticator. This
    edition ignores them; a later one that gives them a meaning must protect them.
    """
    scene = Scene("native", protection).confirmed()
    envelope = scene.send(scene.client)
    octets = _with_extension(envelope.user_information[0].octets)
    scene.client.queue.clear()
    scene.give(scene.server, with_secpdu(envelope, octets))
    if protection.startswith("AE"):
        assert scene.server.delivered == [REQUEST, REQUEST]
        assert scene.server.events == []
    else:
        assert scene.server.delivered == [REQUEST]
        assert scene.server.state == "closed"


def _with_extension(octets: bytes) -> bytes:
    """The transfer with an element [9] at the end of its ``tbp``, lengths corrected."""
    _, pdu = unwrap(with_secpdu(Envelope(Carrier.DATA), octets))
    content: bytes = pdu.tbp_octets
    rest = octets[octets.index(content) + len(content) :]
    tbp = content + b"\x89\x01\x00"
    inner = element(0x30, tbp)
    return element(0x30, inner + rest)


def test_forwarded_request_is_accepted_by_another_server_finding_v5() -> None:
    """Finding V5: the request names no recipient, so an insider can forward it.

    The other server asks its user about an association with a client that never called it.
    Nobody but the client can go on: the insider does not know the keys.
    """
    scene = Scene()
    envelope = scene.request()
    other = Scene(shared=(scene.stations[0], _other_server()))
    other.call(other.server, "transport_ready")
    forwarded = replace(
        envelope,
        called_ap_title=OTHER_SERVER.ap_title,
        called_ae_qualifier=OTHER_SERVER.ae_qualifier,
    )
    other.give(other.server, forwarded)
    assert other.server.indications == [Indication.ASSOCIATE_REQUESTED]
    other.call(other.server, "accept", INITIATE_RESPONSE)
    scene.give(scene.client, other.server.sent[0])
    assert_refused(scene.client, "2.7")


def _other_server() -> Station:
    same_key = replace(
        identity("secp256r1", INSIDER_ADDRESS),
        address=OTHER_SERVER,
        certificate=Scene().pki.certificate(INSIDER_ADDRESS, subject=OTHER_SERVER),
    )
    own = station("secp256r1", INSIDER_ADDRESS)
    return replace(own, identity=same_key, trust=nothing_revoked("secp256r1"))


def test_recorded_accept_completes_a_handshake_finding_v1() -> None:
    """Finding V1: nothing but number, time and keys ties an accept to its request.

    An accept that the attacker held back is taken for the answer to a later request with the
    same number (after a restart of the client). The keys differ, so that no data pass.
    """
    server = station("secp256r1", SERVER_ADDRESS)
    first = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server))
    held_back = first.answer()
    second = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server), now=first.now + 1000)
    second.request()
    second.give(second.client, held_back)
    assert second.client.state == "stable"
    assert second.client.indications == [Indication.ASSOCIATED]
    transfer = second.send(second.client)
    first.give(first.server, transfer)
    assert first.server.delivered == []
    assert first.server.events == ["IEC62351-4:11.5"]


def test_recorded_reject_answers_a_later_request_finding_v2() -> None:
    """Finding V2: a signed reject is not tied to the request; there is no fallback to abuse."""
    server = station("secp256r1", SERVER_ADDRESS)
    first = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server))
    envelope = edited(first.request(), lambda pdu: setattr(pdu, "pp", "something else"))
    first.give(first.server, envelope)
    reject = first.server.sent[-1]
    assert unwrap(reject)[0] == "HandshakeSecReject"
    second = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server), now=first.now + 1000)
    second.request()
    second.give(second.client, reject)
    assert (second.client.state, second.client.indications) == ("closed", [Indication.REJECTED])
    assert [one.carrier for one in second.client.sent] == [Carrier.AARQ]


def test_authentication_value_works_in_another_request_finding_v6() -> None:
    """Finding V6: the A-profile signs the time and nothing else."""
    scene = Scene("compatibility")
    value = scene.request().authentication_value
    forged = replace(
        scene.client.queue[0],
        authentication_value=value,
        calling_ap_title="1.1.999.66",
        user_information=(UserInformation(MMS_SYNTAX, b"\xa8\x03\x80\x01\x01"),),
    )
    scene.give(scene.server, forged)
    assert scene.server.state == "wait-app"
    bound = Scene("compatibility", server={"bind_subject": True})
    bound.request()
    bound.give(bound.server, replace(bound.client.queue[0], calling_ap_title="1.1.999.66"))
    assert bound.server.events == ["Interlock:AP-09"]


# --- one signed SecPDU taken for another (finding V10c) -------------------------------------------

TAKEN_FOR = {
    ("DtSecAbort", "ReleaseReq"): "released",
    ("ApplAbort", "ReleaseReq"): "released",
    ("ReleaseReq", "DtSecAbort"): "aborted",
    ("ReleaseReq", "ApplAbort"): "aborted",
    ("DtSecAbort", "ApplAbort"): "aborted",
    ("ApplAbort", "DtSecAbort"): "aborted",
}
"""What a client in data transfer is told when the first is re-labelled as the second."""


def relabelled(envelope: Envelope, name: str) -> Envelope:
    """The same signed content under another type; only outer tags and the carrier change."""
    _, pdu = unwrap(envelope)
    token3 = pdu.tbs.token3
    covered = getattr(e2e, f"{name}Tbs")(token3=token3)
    other = getattr(e2e, name)(tbs=covered, sign=pdu.sign)
    carriers = {"ReleaseReq": Carrier.RLRQ, "ReleaseRsp": Carrier.RLRE}
    bare = Envelope(carriers.get(name, Carrier.ABRT))
    return with_secpdu(bare, encode(name, other))


@pytest.mark.parametrize(("signed", "shown"), TAKEN_FOR, ids="-as-".join)
def test_relabelled_secpdu_is_taken_at_face_value_finding_v10c(signed: str, shown: str) -> None:
    scene = Scene().confirmed()
    fields = {"appl_data": b""} if signed == "ApplAbort" else {}
    scene.tick()
    envelope = signed_answer(scene, scene.server, signed, None, **fields)
    scene.give(scene.client, relabelled(envelope, shown))
    assert scene.client.state == "closed"
    assert scene.client.indications[-1].value == TAKEN_FOR[signed, shown]


def test_diagnostic_keeps_an_abort_from_being_relabelled() -> None:
    scene = Scene().confirmed()
    scene.tick()
    envelope = signed_answer(
        scene, scene.server, "DtSecAbort", None, diag=DtDiagnostics.protocol_error
    )
    scene.give(scene.client, relabelled(envelope, "ReleaseReq"))
    assert scene.client.events == ["IEC62351-4:12.3"], "the content differs, so the signature fails"


def test_server_signs_an_identifier_of_the_attackers_choice_finding_v10c() -> None:
    """Finding V10c used by an outsider: the server's signed reject ends somebody else's data.

    The request is garbage with a valid form; it carries the identifier of a living association.
    The reject has no diagnostic (a wrong signature is an alarm), so its content is that of a
    ReleaseReq or DtSecAbort of that association. No key is needed.
    """
    shared = stations()
    living = Scene(shared=shared).confirmed()
    asso_id = living.client.session.asso_id
    garbage = Scene(shared=shared, now=living.now + 5)
    envelope = garbage.request()

    def aim(pdu: Any) -> None:
        pdu.tbs.token1.assoID = asso_id

    garbage.give(garbage.server, edited(envelope, aim))
    assert garbage.server.events == ["IEC62351-4:1.3"]
    reject = garbage.server.sent[-1]
    living.now = garbage.now
    living.give(living.client, relabelled(reject, "DtSecAbort"))
    assert living.client.state == "closed"
    assert living.client.events == ["IEC62351-4:6.11"]
    assert living.client.indications[-1] is Indication.ABORTED


def test_two_signed_secpdus_of_one_millisecond_collide_finding() -> None:
    """Finding: the replay memory knows (certificate, time, assoID), and none of them is the type.

    A party that asks for release and answers the other's request within one millisecond looks
    like a replay. The association ends all the same.
    """
    scene = Scene().confirmed()
    scene.tick()
    scene.call(scene.client, "release")
    scene.call(scene.server, "release")
    scene.flow()
    assert (scene.client.state, scene.server.state) == ("closed", "closed")
    assert "IEC62351-4:13.10" in scene.client.events + scene.server.events
