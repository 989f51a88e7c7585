"""Cases of the checks on rejects, aborts and releases (14.5): one pattern for each use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handlers.case import Case
from handlers.forgery import Edit, algorithm, corrupted, resigned, signed_answer, with_secpdu
from handlers.handshake_cases import WINDOW, unsigned_algorithm
from handlers.scene import INSIDER_ADDRESS, SIGN_RSA, Scene, WatchedParty, stations
from iec62351_4.environment.envelope import Envelope

MALFORMED = {
    "ApplicationReject": b"\xa1\x00",
    "HandshakeSecReject": b"\xa2\x00",
    "HandshakeSecAbort": b"\xa0\x00",
    "DtSecAbort": b"\xa1\x00",
    "ApplAbort": b"\xa2\x00",
    "ReleaseReq": b"\x30\x00",
    "ReleaseRsp": b"\x30\x00",
}


@dataclass(frozen=True)
class Use:
    """Where a machine receives one of these SecPDUs, and what the failure of a check leads to."""

    machine: str
    secpdu: str
    prefix: str
    group: int
    reaction: str
    course: Callable[[Scene], object]

    @property
    def role(self) -> str:
        """Of the receiver."""
        return self.machine.partition("-")[2]

    def scene(self) -> Scene:
        """The receiver waits for the SecPDU."""
        scene = Scene()
        self.course(scene)
        return scene

    def honest(self, scene: Scene) -> Envelope:
        """The SecPDU as an honest partner sends it."""
        fields: dict[str, Any] = {}
        if self.secpdu == "ApplicationReject":
            fields["appl_data"] = b"\xaa\x00"
        elif self.secpdu == "ApplAbort":
            fields["appl_data"] = b""
        return signed_answer(scene, self.sender(scene), self.secpdu, self.asso_id(scene), **fields)

    def sender(self, scene: Scene) -> WatchedParty:
        """The partner."""
        return scene.other(scene.party(self.role))

    def asso_id(self, scene: Scene) -> str:
        """As the receiver knows it."""
        text: str = scene.party(self.role).session.asso_id
        return text


def _released(role: str, scene: Scene) -> None:
    scene.confirmed()
    scene.call(scene.party(role), "release")


_SERVER, _CLIENT = "native-server", "native-client"
USES = (
    Use(_SERVER, "HandshakeSecAbort", "SA", 5, "close-silently", Scene.associated),
    Use(_SERVER, "DtSecAbort", "DA", 6, "close-silently", Scene.confirmed),
    Use(_SERVER, "ApplAbort", "AA", 7, "close-silently", Scene.confirmed),
    Use(_SERVER, "ReleaseReq", "RQ", 12, "abort-transfer", Scene.confirmed),
    Use(_SERVER, "ReleaseReq", "RQ", 12, "close-silently", partial(_released, "server")),
    Use(_SERVER, "ReleaseRsp", "RS", 13, "close-silently", partial(_released, "server")),
    Use(_CLIENT, "ApplicationReject", "AJ", 3, "close-silently", Scene.requested),
    Use(_CLIENT, "HandshakeSecReject", "SJ", 4, "close-silently", Scene.requested),
    Use(_CLIENT, "DtSecAbort", "DA", 6, "close-silently", Scene.confirmed),
    Use(_CLIENT, "ApplAbort", "AA", 7, "close-silently", Scene.confirmed),
    Use(_CLIENT, "ReleaseReq", "RQ", 12, "abort-transfer", Scene.confirmed),
    Use(_CLIENT, "ReleaseReq", "RQ", 12, "close-silently", partial(_released, "client")),
    Use(_CLIENT, "ReleaseRsp", "RS", 13, "close-silently", partial(_released, "client")),
)


def _nothing(pdu: Any) -> None:
    del pdu


def _setting(**fields: Any) -> Edit:
    def edit(pdu: Any) -> None:
        for name, value in fields.items():
            setattr(pdu.tbs.token3, name, value)

    return edit


def _bad_signature(pdu: Any) -> None:
    pdu.sign.sign = corrupted(pdu.sign.sign)


def _forged(
    use: Use, scene: Scene, edit: Edit, after: Edit = _nothing, signer: Any = None
) -> Envelope:
    return resigned(use.honest(scene), signer or use.sender(scene), edit, after)


def _certificate(use: Use, scene: Scene, **how: Any) -> bytes:
    """Another certificate for the key of the sender."""
    address = use.sender(scene).handler.services.station.identity.address
    return scene.pki.certificate(address, **how)


def _certified(use: Use, scene: Scene, certificate: bytes) -> Envelope:
    return _forged(use, scene, _setting(pkCert=certificate))


def _expired(use: Use, scene: Scene) -> Envelope:
    # The handshake went through with the usual certificate; this one has just run out.
    def ended(fields: Any) -> Any:
        return replace(fields, not_after=scene.now - 60_000)

    return _certified(use, scene, _certificate(use, scene, change=ended))


def _unknown_ca(use: Use, scene: Scene) -> Envelope:
    return _certified(use, scene, _certificate(use, scene, authority=scene.pki.stranger))


def _revoked(use: Use, scene: Scene) -> Envelope:
    spare = _certificate(use, scene)
    scene.party(use.role).handler.services.station.trust = scene.pki.trust(spare)
    return _certified(use, scene, spare)


def _another_certificate(use: Use, scene: Scene) -> Envelope:
    """Valid, of the right party, but not the one of the handshake."""
    return _certified(use, scene, _certificate(use, scene))


def _insider(use: Use, scene: Scene) -> Envelope:
    certificate = scene.pki.certificate(INSIDER_ADDRESS)
    key = scene.pki.keys[INSIDER_ADDRESS]
    return _forged(use, scene, _setting(pkCert=certificate), signer=key)


def _late(use: Use, scene: Scene) -> Envelope:
    envelope = use.honest(scene)
    scene.tick(WINDOW + 1)
    return envelope


def _replay_scene(use: Use) -> Scene:
    """An association whose number comes back, and the SecPDU that ended the earlier one."""
    shared = stations()
    first = Scene(shared=shared)
    use.course(first)
    recorded = use.honest(first)
    first.give(first.party(use.role), recorded)
    assert not first.party(use.role).events or use.secpdu in ("HandshakeSecReject", *_REPORTED)
    for one in shared:
        one._numbers = 0  # as after 999 further associations
    second = Scene(shared=shared, now=first.now + 1000)
    use.course(second)
    use.sender(second).queue.appendleft(recorded)
    return second


_REPORTED = ("HandshakeSecAbort", "DtSecAbort")
"""SecPDUs whose absent diagnostic is an event of its own."""


def _replayed(use: Use, scene: Scene) -> Envelope:
    return use.sender(scene).queue[0]


def _cases_of(use: Use) -> Iterator[Case]:
    def case(
        number: str,
        event: int,
        spoilt: Callable[[Use, Scene], Envelope],
        variant: str = "",
        scene: Callable[[], Scene] = use.scene,
    ) -> Case:
        return Case(
            machine=use.machine,
            check=f"{use.prefix}-{number}",
            reaction=use.reaction,
            event=f"{use.group}.{event}",
            scene=scene,
            spoilt=partial(spoilt, use),
            variant=variant,
        )

    def edit(edit: Edit, after: Edit = _nothing) -> Callable[[Use, Scene], Envelope]:
        return lambda use, scene: _forged(use, scene, edit, after)

    yield case("04", 4, lambda use, s: with_secpdu(use.honest(s), MALFORMED[use.secpdu]))
    yield case("01", 1, edit(_nothing, unsigned_algorithm))
    yield case("02", 2, edit(_setting(sigAlg=algorithm(SIGN_RSA))))
    yield case("03", 3, edit(_nothing, _bad_signature), "signature")
    yield case("03", 3, edit(_nothing, _setting(assoID="8:8")), "tbs")
    yield case("05", 5, _expired, "expired")
    yield case("05", 5, _unknown_ca, "path")
    yield case("06", 6, _revoked)
    yield case("07", 7, _insider)
    if use.secpdu not in ("ApplicationReject", "HandshakeSecReject"):
        yield case("07", 7, _another_certificate, "certificate")
    yield case("08", 8, edit(_setting(version=0)))
    yield case("11a", 4, edit(_setting(assoID="998:998")))
    yield case("09", 9, _late)
    yield case("10", 10, _replayed, scene=partial(_replay_scene, use))
    if use.secpdu not in ("ApplicationReject", "HandshakeSecReject", "HandshakeSecAbort"):
        # Once associated, both sides know the identifier, so that it must be there.
        yield case("11a", 4, edit(_setting(assoID=None)), "absent")


ANSWERS = tuple(case for use in USES for case in _cases_of(use))
