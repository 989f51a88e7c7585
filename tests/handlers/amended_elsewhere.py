"""Attacks that amendments end, run in another process on the package under test.

Prints one JSON object, as ``generated_elsewhere`` does. Every task works on packages with and
without its amendment, so that the difference is the amendment's.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from handlers.forgery import corrupted, edited, signed_answer, unwrap, with_secpdu
from handlers.generated_elsewhere import Result, associate
from handlers.scene import (
    INSIDER_ADDRESS,
    REQUEST,
    RESPONSE,
    Scene,
    WatchedParty,
    identity,
    nothing_revoked,
    pki,
    station,
)
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec import object_identifiers
from iec62351_4.environment.envelope import Carrier, Envelope
from iec62351_4.handlers.projections import element
from iec62351_4.handlers.services import Address, Station
from iec62351_4.testing import CLIENT_ADDRESS, SERVER_ADDRESS

OTHER_SERVER = Address("1.1.999.4", 45)
NULL = b"\x05\x00"


def _outcome(party: WatchedParty) -> Result:
    return {
        "state": party.state,
        "told": party.indications[-1].value if party.indications else "",
        "events": party.events,
    }


def recorded_accept() -> Result:
    """V1: an accept held back is given to a later request with the same number."""
    server = station("secp256r1", SERVER_ADDRESS)
    first = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server))
    held_back = first.answer()
    second = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server), now=first.now + 1000)
    second.request()
    second.give(second.client, held_back)
    return _outcome(second.client)


def recorded_reject() -> Result:
    """V2: a signed reject, provoked by the attacker, is given to a later request."""
    server = station("secp256r1", SERVER_ADDRESS)
    first = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server))

    def spoil(pdu: Any) -> None:
        pdu.sign.sign = corrupted(pdu.sign.sign)

    first.give(first.server, edited(first.request(), spoil))
    reject = first.server.sent[-1]
    second = Scene(shared=(station("secp256r1", CLIENT_ADDRESS), server), now=first.now + 1000)
    second.request()
    second.give(second.client, reject)
    return _outcome(second.client)


def own_reject() -> Result:
    """The reject of one's own request counts, the protected protocol's as well."""
    security = Scene(server={"ae_supported": False})
    security.requested()
    security.flow()
    application = Scene()
    application.requested()
    application.call(application.server, "refuse", RESPONSE, False)
    application.flow()
    return {
        "security": _outcome(security.client),
        "application": _outcome(application.client),
    }


def another_protocol() -> Result:
    """V4: ``pp`` is changed on the path; whether the server notices by the signature."""
    scene = Scene()

    def change(pdu: Any) -> None:
        holder = pdu if hasattr(pdu, "pp") else pdu.tbs
        holder.pp = "IEC 61850-8-2"

    scene.give(scene.server, edited(scene.request(), change))
    return _outcome(scene.server)


def forwarded_request() -> Result:
    """V5: an insider forwards a request that was meant for somebody else."""
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
    return _outcome(other.server)


def _other_server() -> Station:
    certificate = pki("secp256r1").certificate(INSIDER_ADDRESS, subject=OTHER_SERVER)
    own = replace(
        identity("secp256r1", INSIDER_ADDRESS), address=OTHER_SERVER, certificate=certificate
    )
    trust = nothing_revoked("secp256r1")
    return replace(station("secp256r1", INSIDER_ADDRESS), identity=own, trust=trust)


def deleted_transfer() -> Result:
    """V8: the second of two transfers of one millisecond is deleted, and a third comes later."""
    scene = Scene().confirmed()
    scene.tick()
    scene.call(scene.client, "send_data", REQUEST)
    scene.call(scene.client, "send_data", REQUEST)
    scene.tick()
    scene.call(scene.client, "send_data", REQUEST)
    scene.deliver(scene.client)
    scene.deliver(scene.client, lambda envelope: None)
    scene.deliver(scene.client)
    return _outcome(scene.server)


def relabelled_abort() -> Result:
    """V10c: a signed DtSecAbort without diagnostic is shown as a ReleaseReq."""
    scene = Scene().confirmed()
    scene.tick()
    abort = signed_answer(scene, scene.server, "DtSecAbort", None)
    _, pdu = unwrap(abort)
    signed = element(0x30, pdu.tbs_octets) + e2e.encode_Signature(pdu.sign)
    shown = with_secpdu(Envelope(Carrier.RLRQ), element(0x30, signed))
    scene.give(scene.client, shown)
    return _outcome(scene.client)


def native_mark() -> Result:
    """V3: compatibility mode with a server whose certificate says that it has native mode."""
    oid: str = getattr(object_identifiers, "ID_NATIVE_MODE", "1.0.62351.4.99")
    certificate = pki("rsa").certificate(
        SERVER_ADDRESS, lambda fields: fields.with_extension(oid, NULL)
    )
    plain = station("rsa", SERVER_ADDRESS)
    marked = replace(plain, identity=replace(plain.identity, certificate=certificate))
    outcomes: Result = {}
    for name, server, capable in (
        ("marked", marked, True),
        ("unmarked", plain, True),
        ("not-capable", marked, False),
    ):
        shared = (station("rsa", CLIENT_ADDRESS), replace(server))  # memories of their own
        config = {"native_capable": True} if capable else {}
        try:
            scene = Scene("compatibility", client=config, shared=shared)
        except TypeError:
            outcomes[name] = "no such configuration"
            continue
        scene.associated()
        outcomes[name] = scene.client.state, scene.client.events
    return outcomes


ATTACKS: dict[str, Callable[[], Result]] = {
    task.__name__: task
    for task in (
        recorded_accept,
        recorded_reject,
        own_reject,
        another_protocol,
        forwarded_request,
        deleted_transfer,
        relabelled_abort,
        native_mark,
    )
}
TASKS = {**ATTACKS, "associate": associate}

if __name__ == "__main__":
    json.dump({name: TASKS[name]() for name in sys.argv[1:]}, sys.stdout)
