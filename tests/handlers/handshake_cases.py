"""Cases of the checks on HandshakeReq and HandshakeAcc (14.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from handlers.case import Case
from handlers.forgery import (
    Edit,
    algorithm,
    corrupted,
    edited,
    resigned,
    with_secpdu,
)
from handlers.scene import INSIDER_ADDRESS, SIGN_RSA, Scene, expired, pki, stations
from iec62351_4.codec.iec62351_4_e2e import ClearToken1EncrModeNonAea, DiffieHellmanKey
from iec62351_4.environment.envelope import Envelope
from iec62351_4.handlers.vocabulary import (
    AeadAlgorithm,
    DHGroup,
    EncryptionAlgorithm,
    EncryptionDemand,
    IcvAlgorithm,
)
from iec62351_4.testing import CLIENT_ADDRESS, SERVER_ADDRESS

UNKNOWN = "1.3.101.112"
"""An algorithm that no table lists."""
CBC_128, CBC_256 = "2.16.840.1.101.3.4.1.2", "2.16.840.1.101.3.4.1.42"
GCM_128, GCM_256 = "2.16.840.1.101.3.4.1.6", "2.16.840.1.101.3.4.1.46"
HMAC = "1.2.840.113549.2.9"
APPL_PROTECTED = 0b10
WINDOW = 600_000
FORBIDDEN = {"encryption_demand": EncryptionDemand.forbidden}
REQUIRED = {"encryption_demand": EncryptionDemand.required}

Configs = Mapping[str, Any]


def token1(pdu: Any) -> Any:
    """The ClearToken1 of a handshake PDU."""
    return pdu.tbs.token1


def setting(**fields: Any) -> Edit:
    """Set fields of the ClearToken1."""

    def edit(pdu: Any) -> None:
        for name, value in fields.items():
            setattr(token1(pdu), name, value)

    return edit


def unsigned_algorithm(pdu: Any) -> None:
    """Put an unknown algorithm next to the signature."""
    pdu.sign.algo = algorithm(UNKNOWN)


def bad_signature(pdu: Any) -> None:
    """Change one octet of the signature."""
    pdu.sign.sign = corrupted(pdu.sign.sign)


def bad_public_key(pdu: Any) -> None:
    """Keep the group of the first public key and put a point off the curve."""
    key = token1(pdu).dhKey[0]
    token1(pdu).dhKey[0] = DiffieHellmanKey(group=key.group, dhPublicKey=corrupted(key.dhPublicKey))


def non_aea(encr: tuple[str, ...], icv: tuple[str, ...]) -> tuple[str, ClearToken1EncrModeNonAea]:
    """An ``encr-mode`` of the second alternative."""
    return "non-aea", ClearToken1EncrModeNonAea(
        encr=list(map(algorithm, encr)) or None, icvAlgID=list(map(algorithm, icv))
    )


# --- requests ------------------------------------------------------------------------------------


def requesting(
    protection: str = "AE-128", client: Configs | None = None, server: Configs | None = None
) -> Scene:
    """A scene in which the request waits in the client's queue."""
    scene = Scene("native", protection, client, server)
    scene.request()
    return scene


def request(scene: Scene, edit: Edit | None = None, after: Edit = lambda pdu: None) -> Envelope:
    """The client's request, changed by ``edit`` and signed again, then changed by ``after``."""
    envelope = scene.client.queue[0]
    return envelope if edit is None else resigned(envelope, scene.client, edit, after)


def _certified(scene: Scene, certificate: bytes) -> Envelope:
    return request(scene, setting(pkCert=certificate))


def _revoked_request(scene: Scene) -> Envelope:
    spare = scene.pki.certificate(CLIENT_ADDRESS)
    scene.server.handler.services.station.trust = scene.pki.trust(spare)
    return _certified(scene, spare)


def _late_request(scene: Scene) -> Envelope:
    scene.tick(WINDOW + 1)
    return request(scene)


def _replayed_request() -> Scene:
    """The request has been accepted in another association of the same server."""
    shared = stations()
    first = Scene(shared=shared)
    first.requested()
    replayed = Scene(shared=shared)
    replayed.request()
    replayed.client.queue[0] = first.client.sent[0]
    return replayed


def _hr(
    check: str,
    diagnostic: int | None,
    event: str,
    spoilt: Callable[[Scene], Envelope] = request,
    scene: Callable[[], Scene] = requesting,
    variant: str = "",
) -> Case:
    return Case(
        machine="native-server",
        check=check,
        reaction="refuse-handshake",
        event=event,
        diagnostic=diagnostic,
        scene=scene,
        spoilt=spoilt,
        variant=variant,
    )


def _edit(edit: Edit, after: Edit = lambda pdu: None) -> Callable[[Scene], Envelope]:
    return lambda scene: request(scene, edit, after)


def _nothing(pdu: Any) -> None:
    del pdu


def _malformed(octets: bytes) -> Callable[[Scene], Envelope]:
    return lambda scene: with_secpdu(scene.client.queue[0], octets)


def _unknown_mode(scene: Scene) -> Envelope:
    """A request whose ``encr-mode`` is an alternative [5] that this edition does not have."""
    envelope = scene.client.queue[0]
    octets = envelope.user_information[0].octets
    # The list, its one AlgorithmIdentifier, and the identifier of AES-128-GCM.
    at = octets.index(bytes.fromhex("0609608648016503040106")) - 4
    assert octets[at] == 0x30
    return with_secpdu(envelope, octets[:at] + b"\xa5" + octets[at + 1 :])


REQUESTS = (
    _hr("HR-05", 1, "1.5", _malformed(b"\x30\x00"), variant="empty"),
    _hr("HR-05", 1, "1.5", _malformed(b"\x30\x80" * 100), variant="nested"),
    _hr("HR-05", 1, "1.5", _unknown_mode, variant="unknown-encr-mode"),
    _hr("HR-01", 3, "1.1", _edit(_nothing, unsigned_algorithm)),
    _hr("HR-02", None, "1.2", _edit(setting(sigAlg=algorithm(SIGN_RSA)))),
    _hr("HR-03", None, "1.3", _edit(_nothing, bad_signature), variant="signature"),
    _hr("HR-03", None, "1.3", lambda s: edited(request(s), setting(assoID="9")), variant="tbs"),
    _hr("HR-04", 2, "1.4", _edit(_nothing, lambda pdu: setattr(pdu, "pp", "IEC 60870-6"))),
    _hr(
        "HR-06",
        8,
        "1.6",
        lambda s: _certified(s, s.pki.certificate(CLIENT_ADDRESS, expired)),
        variant="expired",
    ),
    _hr(
        "HR-06",
        8,
        "1.6",
        lambda s: _certified(
            s, s.pki.certificate(CLIENT_ADDRESS, lambda f: f.without_extension("2.5.29.15"))
        ),
        variant="annex-g",
    ),
    _hr(
        "HR-06p",
        9,
        "1.6",
        lambda s: _certified(s, s.pki.certificate(CLIENT_ADDRESS, authority=pki(s.kind).stranger)),
    ),
    _hr("HR-07", None, "1.7", _revoked_request),
    _hr(
        "HR-08",
        None,
        "1.8",
        lambda s: _certified(s, s.pki.certificate(CLIENT_ADDRESS, subject=INSIDER_ADDRESS)),
        variant="subject",
    ),
    _hr(
        "HR-08",
        None,
        "1.8",
        lambda s: replace(request(s), calling_ae_qualifier=99),
        variant="address",
    ),
    _hr("HR-09", 4, "1.9", _edit(setting(version=0b10))),
    _hr("HR-10", 10, "1.10", _late_request),
    _hr("HR-11", None, "1.11", scene=_replayed_request),
    _hr(
        "HR-12",
        11,
        "1.12",
        scene=partial(
            requesting,
            client={"dh_groups": (DHGroup.secp256r1,)},
            server={"dh_groups": (DHGroup.modp14,)},
        ),
    ),
    _hr("HR-12s", 11, "1.12", _edit(bad_public_key)),
    _hr("HR-13", 5, "1.13", _edit(setting(hmac=algorithm(UNKNOWN)))),
    _hr("HR-14", 17, "1.14", scene=partial(requesting, server={"ae_supported": False})),
    _hr("HR-15", 19, "1.15", scene=partial(requesting, server=FORBIDDEN)),
    _hr(
        "HR-16",
        15,
        "1.16",
        scene=partial(requesting, server={"aead_algorithms": (AeadAlgorithm.aes256_GCM,)}),
    ),
    _hr(
        "HR-17", 18, "1.17", scene=partial(requesting, "CBC-128+HMAC", server={"ae_required": True})
    ),
    _hr("HR-18", 6, "1.18", scene=partial(requesting, "CBC-128+HMAC", server=FORBIDDEN)),
    _hr(
        "HR-19",
        14,
        "1.19",
        scene=partial(
            requesting,
            "CBC-128+HMAC",
            server={"encryption_algorithms": (EncryptionAlgorithm.aes256_CBC,)},
        ),
    ),
    _hr(
        "HR-20",
        13,
        "1.20",
        scene=partial(
            requesting, "CBC-128+HMAC", server={"icv_algorithms": (IcvAlgorithm.aes128_GCM,)}
        ),
    ),
    _hr(
        "HR-21",
        6,
        "1.21",
        _edit(setting(confParams=APPL_PROTECTED)),
        partial(requesting, "clear+HMAC", server=FORBIDDEN),
    ),
    _hr("HR-22", 7, "1.22", scene=partial(requesting, "clear+HMAC", server=REQUIRED)),
    _hr("HR-23", 16, "1.6", _edit(setting(attCert=b"\x30\x00"))),
    _hr("HR-24", 1, "1.5", _edit(setting(confParams=0)), variant="cleared"),
    _hr(
        "HR-24",
        1,
        "1.5",
        _edit(setting(confParams=APPL_PROTECTED)),
        partial(requesting, "clear+HMAC"),
        "set",
    ),
)


# --- answers -------------------------------------------------------------------------------------


def answering(protection: str = "AE-128", client: Configs | None = None) -> Scene:
    """A scene in which the accept waits in the server's queue."""
    scene = Scene("native", protection, client)
    scene.answer()
    return scene


def accept(scene: Scene, edit: Edit, after: Edit = lambda pdu: None) -> Envelope:
    """The server's accept, changed by ``edit`` and signed again, then changed by ``after``."""
    return resigned(scene.server.queue[0], scene.server, edit, after)


def _late_accept(scene: Scene) -> Envelope:
    scene.tick(WINDOW + 1)
    return scene.server.queue[0]


def _replayed_accept() -> Scene:
    """The client gave the same number again, and gets the accept of the earlier association."""
    shared = stations()
    first = Scene(shared=shared)
    first.answer()
    first.flow()
    for one in shared:
        one._numbers = 0  # as after 999 further associations
    second = Scene(shared=shared, now=first.now + 1000)
    second.answer()
    second.server.queue[0] = first.server.sent[0]
    return second


def _revoked_accept(scene: Scene) -> Envelope:
    spare = scene.pki.certificate(SERVER_ADDRESS)
    scene.client.handler.services.station.trust = scene.pki.trust(spare)
    return accept(scene, setting(pkCert=spare))


def _twice(pdu: Any) -> None:
    token1(pdu).dhKey = token1(pdu).dhKey * 2


def _ha(
    check: str,
    diagnostic: int | None,
    event: str,
    edit: Edit = _nothing,
    after: Edit = _nothing,
    *,
    protection: str = "AE-128",
    client: Configs | None = None,
    scene: Callable[[], Scene] | None = None,
    spoilt: Callable[[Scene], Envelope] | None = None,
    variant: str = "",
) -> Case:
    return Case(
        machine="native-client",
        check=check,
        reaction="abort-handshake",
        event=event,
        diagnostic=diagnostic,
        scene=scene or partial(answering, protection, client),
        spoilt=spoilt or (lambda s: accept(s, edit, after)),
        variant=variant,
    )


ONLY_P256 = {"dh_groups": (DHGroup.secp256r1,)}
CBC_HMAC = "CBC-128+HMAC"

ACCEPTS = (
    _ha("HA-04", 1, "2.4", spoilt=lambda s: with_secpdu(s.server.queue[0], b"\xa0\x00")),
    _ha("HA-01", 3, "2.1", after=unsigned_algorithm),
    _ha("HA-02", None, "2.2", setting(sigAlg=algorithm(SIGN_RSA))),
    _ha("HA-03", None, "2.3", after=bad_signature, variant="signature"),
    _ha("HA-03", None, "2.3", after=setting(hmac=algorithm(UNKNOWN)), variant="tbs"),
    _ha(
        "HA-05",
        8,
        "2.5",
        spoilt=lambda s: accept(s, setting(pkCert=s.pki.certificate(SERVER_ADDRESS, expired))),
    ),
    _ha(
        "HA-05p",
        9,
        "2.5",
        spoilt=lambda s: accept(
            s, setting(pkCert=s.pki.certificate(SERVER_ADDRESS, authority=s.pki.stranger))
        ),
    ),
    _ha("HA-06", None, "2.6", spoilt=_revoked_accept),
    _ha(
        "HA-07",
        None,
        "2.7",
        spoilt=lambda s: accept(
            s, setting(pkCert=s.pki.certificate(SERVER_ADDRESS, subject=INSIDER_ADDRESS))
        ),
    ),
    _ha("HA-08", 4, "2.8", setting(version=0)),
    _ha("HA-09", 10, "2.9", spoilt=_late_accept),
    _ha("HA-10", None, "2.10", scene=_replayed_accept, spoilt=lambda s: s.server.queue[0]),
    _ha("HA-22", 1, "2.4", setting(assoID="2:1"), variant="other-number"),
    _ha("HA-22", 1, "2.4", setting(assoID="1"), variant="not-completed"),
    _ha("HA-22", 1, "2.4", after=lambda p: setattr(p, "pp", "IEC 60870-6"), variant="pp"),
    _ha("HA-11", 12, "2.11", _twice, variant="two"),
    _ha("HA-11", 12, "2.11", bad_public_key, variant="not-a-point"),
    _ha(
        "HA-11",
        12,
        "2.11",
        lambda pdu: setattr(token1(pdu).dhKey[0], "group", 28),
        client=ONLY_P256,
        variant="not-offered",
    ),
    _ha("HA-12", 5, "2.12", setting(hmac=algorithm(UNKNOWN))),
    _ha("HA-13", 20, "2.13", setting(encr_mode=("aea", [algorithm(GCM_256)]))),
    _ha("HA-14", 21, "2.14", setting(encr_mode=("aea", [algorithm(GCM_128)] * 2))),
    _ha("HA-15", 22, "2.15", setting(encr_mode=non_aea((CBC_128,), (HMAC,)))),
    _ha(
        "HA-15",
        22,
        "2.15",
        setting(encr_mode=("aea", [algorithm(GCM_128)])),
        protection=CBC_HMAC,
        variant="reverse",
    ),
    _ha("HA-16", 23, "2.16", setting(encr_mode=non_aea((CBC_256,), (HMAC,))), protection=CBC_HMAC),
    _ha(
        "HA-17",
        24,
        "2.17",
        setting(encr_mode=non_aea((CBC_128, CBC_128), (HMAC,))),
        protection=CBC_HMAC,
        variant="two",
    ),
    _ha(
        "HA-17",
        24,
        "2.17",
        setting(encr_mode=non_aea((), (HMAC,))),
        protection=CBC_HMAC,
        variant="none",
    ),
    _ha(
        "HA-18", 13, "2.18", setting(encr_mode=non_aea((CBC_128,), (GCM_128,))), protection=CBC_HMAC
    ),
    _ha(
        "HA-19",
        25,
        "2.19",
        setting(encr_mode=non_aea((), (HMAC, GCM_128))),
        protection="clear+HMAC",
        client={"icv_algorithms": (IcvAlgorithm.hmacWithSHA256, IcvAlgorithm.aes128_GCM)},
    ),
    # Why HA-20 cannot fail: every way to choose encryption where it is banned fails earlier.
    _ha(
        "HA-15",
        22,
        "2.15",
        setting(encr_mode=("aea", [algorithm(GCM_128)]), confParams=APPL_PROTECTED),
        protection="clear+HMAC",
        client=FORBIDDEN,
        variant="banned",
    ),
    _ha(
        "HA-16",
        23,
        "2.16",
        setting(encr_mode=non_aea((CBC_128,), (HMAC,)), confParams=APPL_PROTECTED),
        protection="clear+HMAC",
        client=FORBIDDEN,
        variant="banned",
    ),
    _ha(
        "HA-17",
        24,
        "2.17",
        setting(confParams=APPL_PROTECTED),
        protection="clear+HMAC",
        client=FORBIDDEN,
        variant="banned",
    ),
    _ha("HA-21", 7, "2.21", setting(confParams=0), client=REQUIRED),
    _ha("HA-23", 1, "2.4", setting(confParams=0), variant="cleared"),
    _ha(
        "HA-23",
        1,
        "2.4",
        setting(confParams=0, encr_mode=non_aea((), (HMAC,))),
        protection=CBC_HMAC,
        variant="encryption-dropped",
    ),
)

UNREACHABLE = {
    ("native-server", "HR-17o", "refuse-handshake"): (
        "the codec knows no third alternative of encr-mode, so that such a request is not "
        "well-formed and HR-05 refuses it with the same diagnostic and event"
    ),
    ("native-client", "HA-20", "abort-handshake"): (
        "where encryption is banned the configuration must offer none (requirements of the "
        "machine), so that an accept with authenticated encryption fails HA-15, one with an "
        "encryption algorithm HA-16, and one with applProtected and no algorithm HA-17"
    ),
}
"""Checks that no octets can make fail, and why.

The cases "unknown-encr-mode" and "banned" show it.
"""
