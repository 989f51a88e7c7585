"""What can happen to a party, legal or not: the alphabet of the tour and of the illegal events."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial
from typing import Any

from handlers.forgery import TOKEN3, corrupted, edited, signed_answer, transfer
from handlers.scene import PROVIDER, REQUEST, Scene, WatchedParty
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.errors import LocalProtocolError
from iec62351_4.handlers.services import DHShare
from iec62351_4.handlers.vocabulary import DtDiagnostics, HandshakeDiagnostics
from iec62351_4.tables import E2E_MMS_AC, MMS_SYNTAX
from iec62351_4.testing import CLIENT_ADDRESS, INITIATE_REQUEST

Stimulus = Callable[[Scene, WatchedParty], None]

ARGUMENTS: dict[str, tuple[tuple[Any, ...], ...]] = {
    "associate": ((INITIATE_REQUEST,),),
    "accept": ((b"\xa9\x00",),),
    "refuse": ((b"\xaa\x00", True), (b"\xaa\x00", False)),
    "send-data": ((REQUEST,),),
    "release": ((),),
    "abort": ((b"",),),
}
"""Arguments of the user's calls, one tuple for each way to call."""


def call(name: str, arguments: tuple[Any, ...], scene: Scene, party: WatchedParty) -> None:
    """Call a primitive under its name in the model."""
    scene.call(party, name.replace("-", "_"), *arguments)


# --- messages of another association --------------------------------------------------------------


@cache
def foreign_messages(mode: str) -> dict[str, Envelope]:
    """One envelope for every message of a mode, from associations of the same stations' kinds."""
    return _native_messages() if mode == "native" else _compatibility_messages()


def _native_messages() -> dict[str, Envelope]:
    clear, encrypted = Scene("native", "clear+HMAC").confirmed(), Scene().confirmed()
    found = {
        "HandshakeReq": clear.client.sent[0],
        "HandshakeAcc": clear.server.sent[0],
        "ClearTransfer": clear.client.sent[-1],
        "EncrTransfer": encrypted.client.sent[-1],
    }
    for name in TOKEN3:
        found[name] = answer_of(clear, clear.server, name)
    plain = (UserInformation(MMS_SYNTAX, b"\xa8\x00"),)
    for carrier in (Carrier.AARQ, Carrier.AARE, Carrier.ABRT, Carrier.RLRQ, Carrier.RLRE):
        found[f"{carrier.value}-without-SecPDU"] = Envelope(carrier)
    found["DATA-without-SecPDU"] = Envelope(Carrier.DATA, user_information=plain)
    return found


def _compatibility_messages() -> dict[str, Envelope]:
    scene = Scene("compatibility").associated()
    scene.call(scene.client, "send_data", REQUEST)
    return {
        "AARQ": scene.client.sent[0],
        "AARE": scene.server.sent[0],
        "DATA": scene.client.sent[-1],
        "ABRT": Envelope(Carrier.ABRT, abort_source=0),
        "RLRQ": Envelope(Carrier.RLRQ, reason=0),
        "RLRE": Envelope(Carrier.RLRE, reason=0),
    }


def answer_of(scene: Scene, sender: WatchedParty, name: str, **fields: Any) -> Envelope:
    """A signed answer with whatever members its type needs, for the receiver's association."""
    if name in ("ApplicationReject", "ApplAbort"):
        fields.setdefault("appl_data", b"\xaa\x00")
    asso_id = scene.other(sender).session.asso_id or sender.session.asso_id
    return signed_answer(scene, sender, name, asso_id, **fields)


# --- stimuli -------------------------------------------------------------------------------------


def local_stimuli(party: WatchedParty) -> Iterator[Stimulus]:
    """Everything that the user, a timer or the transport can do to a party."""
    for name, ways in ARGUMENTS.items():
        if hasattr(party.handler, name.replace("-", "_")):
            for arguments in ways:
                yield partial(call, name, arguments)
    yield _send_later
    for name in _timers(party):
        yield partial(_timer, name)
    if party.handler.MODE == "native":
        yield _due
        yield _send_without_tick
        yield _due_without_tick
    yield lambda scene, party: scene.call(party, "transport_ready")
    yield lambda scene, party: scene.call(party, "transport_lost")


def _timers(party: WatchedParty) -> tuple[str, ...]:
    common = ("t-association", "t-release")
    if party.handler.MODE == "compatibility":
        return common
    more = ("t-rekey", "t-rekey-limit", "t-key-lifetime")
    return (*common, *more, "t-confirm") if party.handler.ROLE == "server" else (*common, *more)


def _timer(name: str, scene: Scene, party: WatchedParty) -> None:
    scene.timer(party, name)


def _send_later(scene: Scene, party: WatchedParty) -> None:
    scene.send(party)


def _due(scene: Scene, party: WatchedParty) -> None:
    """The keys are due, then data are sent."""
    scene.timer(party, "t-rekey")
    scene.send(party)


def _send_without_tick(scene: Scene, party: WatchedParty) -> None:
    """Data are sent in the same millisecond as the last ones."""
    if party.session.send_time:
        scene.now = party.session.send_time
    scene.call(party, "send_data", REQUEST)


def _due_without_tick(scene: Scene, party: WatchedParty) -> None:
    scene.timer(party, "t-rekey")
    _send_without_tick(scene, party)


def partner_stimuli(party: WatchedParty) -> Iterator[Stimulus]:
    """What the partner, or somebody on the wire, can send to a party."""
    for name in foreign_messages(party.handler.MODE):
        yield partial(_foreign, name)
    yield _waiting
    yield _waiting_spoilt
    yield _waiting_unaddressed
    if party.handler.MODE == "compatibility":
        yield _rejected
        yield _sec_pdu_as_data
        return
    yield _accepted_reject
    yield _plain_request
    for name in TOKEN3:
        yield partial(_answer, name, None)
        yield partial(_answer, name, _spoil_signature)
    for with_diagnostic in ("HandshakeSecReject", "HandshakeSecAbort", "DtSecAbort"):
        yield partial(_diagnosed, with_diagnostic)
    for keys in ("send_keys", "pending_keys"):
        yield partial(_transfer, keys, {})
        yield partial(_transfer, keys, {"seq": 77})
        yield partial(_transfer, keys, {"req_rekey": True})
        yield partial(_transfer, keys, {"changed_key": True})
        yield partial(_rekey, keys)
    yield _catch_up


def _foreign(name: str, scene: Scene, party: WatchedParty) -> None:
    scene.give(party, foreign_messages(party.handler.MODE)[name])


def _waiting(scene: Scene, party: WatchedParty) -> None:
    """What the partner has already sent arrives, all of it."""
    partner = scene.other(party)
    while partner.queue:
        scene.deliver(partner)


def _waiting_spoilt(scene: Scene, party: WatchedParty) -> None:
    partner = scene.other(party)
    if not partner.queue:
        return
    envelope = partner.queue.popleft()
    if envelope.authentication_value is not None:
        spoilt = replace(envelope, authentication_value=corrupted(envelope.authentication_value))
    else:
        spoilt = edited(envelope, _spoil_signature)
    scene.give(party, spoilt)


def _waiting_unaddressed(scene: Scene, party: WatchedParty) -> None:
    """The envelope says too much, or too little, about authentication."""
    partner = scene.other(party)
    if partner.queue:
        envelope = partner.queue.popleft()
        has_one = envelope.mechanism_name is not None
        scene.give(party, replace(envelope, mechanism_name=None if has_one else "1.2.3"))


def _spoil_signature(pdu: Any) -> None:
    if hasattr(pdu, "sign"):
        pdu.sign.sign = corrupted(pdu.sign.sign)


def _rejected(scene: Scene, party: WatchedParty) -> None:
    scene.give(party, replace(foreign_messages("compatibility")["AARE"], result=1))


def _sec_pdu_as_data(scene: Scene, party: WatchedParty) -> None:
    scene.give(party, foreign_messages("native")["ClearTransfer"])


def _accepted_reject(scene: Scene, party: WatchedParty) -> None:
    for name in ("ApplicationReject", "HandshakeSecReject"):
        if party.state != "closed":
            envelope = answer_of(scene, scene.other(party), name)
            scene.give(party, replace(envelope, result=0))


def _plain_request(scene: Scene, party: WatchedParty) -> None:
    """AARQ and AARE in perfect upper layers, around octets that are no SecPDU of theirs."""
    own = scene.server.handler.services.station.identity.address
    nothing = (UserInformation(_syntax(), b""),)
    addressed = Envelope(
        Carrier.AARQ if party is scene.server else Carrier.AARE,
        application_context=E2E_MMS_AC,
        user_information=nothing,
        result=None if party is scene.server else 0,
        calling_ap_title=CLIENT_ADDRESS.ap_title,
        calling_ae_qualifier=CLIENT_ADDRESS.ae_qualifier,
        called_ap_title=own.ap_title,
    )
    scene.give(party, addressed)


def _syntax() -> str:
    return foreign_messages("native")["HandshakeReq"].user_information[0].abstract_syntax or ""


def _answer(
    name: str, spoil: Callable[[Any], None] | None, scene: Scene, party: WatchedParty
) -> None:
    envelope = answer_of(scene, scene.other(party), name)
    scene.give(party, envelope if spoil is None else edited(envelope, spoil))


def _diagnosed(name: str, scene: Scene, party: WatchedParty) -> None:
    kind = DtDiagnostics if name == "DtSecAbort" else HandshakeDiagnostics
    scene.give(party, answer_of(scene, scene.other(party), name, diag=kind.protocol_error))


def _transfer(keys: str, fields: dict[str, Any], scene: Scene, party: WatchedParty) -> None:
    partner = scene.other(party)
    chosen = getattr(partner.session, keys)
    if chosen is not None:
        scene.give(party, transfer(partner, REQUEST, keys=chosen, **fields))


def _rekey(keys: str, scene: Scene, party: WatchedParty) -> None:
    group = scene.other(party).session.dh_group
    share = DHShare(group, PROVIDER.generate_agreement_key(group.value)[1])
    _transfer(keys, {"rekey_shares": (share,)}, scene, party)


def _catch_up(scene: Scene, party: WatchedParty) -> None:
    """Everything under way arrives, then the partner sends, then the party answers."""
    scene.flow()
    for sender in (scene.other(party), party, scene.other(party)):
        try:
            scene.send(sender)
        except LocalProtocolError:
            return
        scene.flow()
