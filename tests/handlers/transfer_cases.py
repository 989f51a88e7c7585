"""Cases of the checks on ClearTransfer and EncrTransfer (14.4), with valid ICVs throughout."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from handlers.case import Case
from handlers.forgery import algorithm, corrupted, edited, transfer, with_secpdu
from handlers.handshake_cases import GCM_256, HMAC, WINDOW
from handlers.scene import PROVIDER, REQUEST, Scene, WatchedParty
from iec62351_4.codec.iec62351_4_e2e import Authenticator
from iec62351_4.environment.envelope import Envelope
from iec62351_4.handlers.services import DHShare
from iec62351_4.handlers.vocabulary import DHGroup, IcvAlgorithm, Protection

Spoil = Callable[[Scene], Envelope]
CLEAR, AE, CBC = "clear+HMAC", "AE-128", "CBC-128+HMAC"
GMAC, CBC_GMAC = "clear+GMAC-128", "CBC-128+GMAC-128"


@dataclass(frozen=True)
class Side:
    """Who receives what in which form."""

    role: str
    name: str
    protection: str

    @property
    def letter(self) -> str:
        """That ends the check ids."""
        return "c" if self.name == "ClearTransfer" else "e"

    @property
    def group(self) -> int:
        """Of the security events."""
        return 10 if self.name == "ClearTransfer" else 11

    def scene(self, protection: str | None = None) -> Scene:
        """Associated, and one transfer in each direction."""
        return Scene("native", protection or self.protection).confirmed()

    def sender(self, scene: Scene) -> WatchedParty:
        """The partner of the receiver."""
        return scene.other(scene.party(self.role))

    def case(
        self,
        check: str,
        diagnostic: int | None,
        event: int,
        spoilt: Spoil,
        *,
        protection: str | None = None,
        scene: Callable[[], Scene] | None = None,
        variant: str = "",
    ) -> Case:
        """A case of this side."""
        return Case(
            machine=f"native-{self.role}",
            check=check,
            reaction="abort-transfer",
            event=f"{self.group}.{event}",
            diagnostic=diagnostic,
            scene=scene or partial(self.scene, protection),
            spoilt=spoilt,
            variant=variant,
        )

    def sent(self, **fields: Any) -> Spoil:
        """A transfer of the partner that differs in these fields."""
        return lambda scene: transfer(self.sender(scene), REQUEST, self.name, **fields)

    def changed(self, edit: Callable[[Any], None]) -> Spoil:
        """An honest transfer, changed on the way."""
        return lambda scene: edited(transfer(self.sender(scene), REQUEST), edit)


def _bad_icv(pdu: Any) -> None:
    pdu.auth.icv = corrupted(pdu.auth.icv)


def _bad_appl_data(pdu: Any) -> None:
    pdu.tbp.applData = corrupted(pdu.tbp.applData)


def _other_algorithm(pdu: Any) -> None:
    pdu.auth.algorithm = algorithm(GCM_256)


def _no_nonce(pdu: Any) -> None:
    pdu.auth.nonce = None


def _no_iv(pdu: Any) -> None:
    pdu.tbp.token2.iv = None


def _short_iv(pdu: Any) -> None:
    pdu.tbp.token2.iv = pdu.tbp.token2.iv[:-1]


def _add_auth(pdu: Any) -> None:
    pdu.auth = Authenticator(algorithm=algorithm(HMAC), icv=bytes(32))


def _no_auth(pdu: Any) -> None:
    pdu.auth = None


def _late(side: Side, scene: Scene) -> Envelope:
    envelope = transfer(side.sender(scene), REQUEST)
    scene.tick(WINDOW + 1000)
    return envelope


def _replayed(side: Side, scene: Scene) -> Envelope:
    return side.sender(scene).sent[-1]


def _past(side: Side, scene: Scene) -> Envelope:
    sender = side.sender(scene)
    return transfer(sender, REQUEST, time=sender.session.send_time - 1, seq=0)


def _new_time_old_seq(side: Side, scene: Scene) -> Envelope:
    sender = side.sender(scene)
    return transfer(sender, REQUEST, time=sender.session.send_time + 1)


def _gap(side: Side, scene: Scene) -> Envelope:
    sender = side.sender(scene)
    return transfer(sender, REQUEST, seq=sender.session.send_seq + 2)


def _half_a_pdu(side: Side, scene: Scene) -> Envelope:
    return transfer(side.sender(scene), REQUEST[:-1])


def _share(group: DHGroup = DHGroup.secp256r1) -> DHShare:
    return DHShare(group, PROVIDER.generate_agreement_key(group.value)[1])


def _not_a_point(pdu_share: DHShare) -> DHShare:
    return replace(pdu_share, public=corrupted(pdu_share.public))


def _rekeying(shares: Callable[[], tuple[DHShare, ...]], side: Side, scene: Scene) -> Envelope:
    return transfer(side.sender(scene), REQUEST, side.name, rekey_shares=shares())


def _rekey_open(side: Side) -> Scene:
    """The server has received one public key and has not changed the keys."""
    scene = side.scene()
    scene.ask_for_keys(scene.client)
    scene.flow()
    return scene


def _wrong_form(side: Side, scene: Scene) -> Envelope:
    """A transfer in the form that was not agreed, under keys that the sender makes up for it."""
    sender = side.sender(scene)
    services, session = sender.handler.services, sender.session
    protection = Protection.integrity if side.letter == "c" else Protection.encrypt_then_mac
    keys = services.derive_keys(
        services.generate_dh((session.dh_group,)),
        (_share(session.dh_group),),
        bytes(32),
        scene.server.session.hmac,
        protection,
        session.aead,
        scene.server.handler.config.encryption_algorithms[0],
        IcvAlgorithm.hmacWithSHA256,
    )
    extra = {} if side.letter == "c" else {"protection": protection}
    return transfer(
        sender,
        REQUEST,
        side.name,
        keys=keys,
        icv_algorithm=IcvAlgorithm.hmacWithSHA256,
        **extra,
    )


def _common(side: Side) -> Iterator[Case]:
    c = side.letter
    yield side.case(
        f"DT-01{c}",
        1,
        1,
        lambda s: with_secpdu(transfer(side.sender(s), REQUEST), _broken(side)),
        variant="malformed",
    )
    yield side.case(f"DT-01{c}", 1, 1, side.sent(asso_id="7:7"), variant="asso-id")
    yield side.case(f"DT-07{c}", 10, 6, partial(_late, side), variant="late")
    yield side.case(f"DT-07{c}", 10, 6, partial(_past, side), variant="back")
    yield side.case(f"DT-08{c}", None, 7, partial(_replayed, side))
    yield side.case(f"DT-09{c}", 6, 8, partial(_gap, side), variant="gap")
    yield side.case(f"DT-09{c}", 6, 8, partial(_new_time_old_seq, side), variant="not-0")


def _broken(side: Side) -> bytes:
    # What decides between the two forms is the tag of applData, so it must be there.
    return bytes.fromhex("300630043000" + ("0400" if side.letter == "e" else "a000"))


def _client_only(side: Side) -> Iterator[Case]:
    c, first = side.letter, 9 if side.letter == "c" else 10
    yield side.case(f"DT-11{c}", 1, first, partial(_rekeying, lambda: (_share(),), side))
    yield side.case(f"DT-14{c}", 9, first + 1, side.sent(changed_key=True))


def _server_only(side: Side) -> Iterator[Case]:
    c, first = side.letter, 9 if side.letter == "c" else 10
    more = {"c": ("DT-13r", "DT-13g"), "e": ("DT-13q", "DT-13h")}[c]
    yield side.case(f"DT-12{c}", 1, first + 1, side.sent(changed_key=True))
    yield side.case(more[0], 1, first, side.sent(req_rekey=True))
    yield side.case(
        f"DT-13{c}",
        8,
        first,
        partial(_rekeying, lambda: (_share(),), side),
        scene=partial(_rekey_open, side),
    )
    wrong: dict[str, Callable[[], tuple[DHShare, ...]]] = {
        "group": lambda: (_share(DHGroup.brainpoolP256r1),),
        "two": lambda: (_share(), _share()),
        "not-a-point": lambda: (_not_a_point(_share()),),
    }
    for variant, shares in wrong.items():
        yield side.case(more[1], 8, first, partial(_rekeying, shares, side), variant=variant)


def _clear(side: Side) -> Iterator[Case]:
    yield side.case("DT-02", 4, 2, partial(_wrong_form, side), protection=AE, variant="AE")
    yield side.case("DT-02", 4, 2, partial(_wrong_form, side), protection=CBC, variant="CBC")
    yield side.case("DT-04c", None, 3, side.changed(_other_algorithm))
    yield side.case("DT-05c", 5, 4, side.changed(_no_nonce), protection=GMAC)
    yield side.case("DT-06c", None, 5, side.changed(_bad_icv), variant="icv")
    yield side.case("DT-06c", None, 5, side.changed(_bad_appl_data), variant="payload")


def _encrypted(side: Side) -> Iterator[Case]:
    yield side.case("DT-03", 3, 2, partial(_wrong_form, side), protection=CLEAR)
    yield side.case("DT-16", 1, 1, side.changed(_add_auth), variant="superfluous")
    yield side.case("DT-16", 1, 1, side.changed(_no_auth), protection=CBC, variant="missing")
    yield side.case("DT-04e", None, 3, side.changed(_other_algorithm), protection=CBC)
    yield side.case("DT-05e", 5, 4, side.changed(_no_nonce), protection=CBC_GMAC)
    for spoil, what in ((_no_iv, "none"), (_short_iv, "short")):
        spoilt = side.changed(spoil)
        for form in (AE, CBC):
            yield side.case("DT-10", 7, 9, spoilt, protection=form, variant=f"{what}-{form}")
    yield side.case("DT-06e", None, 5, side.changed(_bad_appl_data), variant="AE")
    yield side.case("DT-06e", None, 5, side.changed(_bad_icv), protection=CBC, variant="icv")
    for form in (AE, CBC):
        # Rightly encrypted by the partner, but not one complete MMSpdu.
        half = partial(_half_a_pdu, side)
        yield side.case("DT-06e", None, 5, half, protection=form, variant=f"half-{form}")
    yield side.case("DT-06e", None, 5, side.changed(_bad_appl_data), protection=CBC, variant="CBC")


def _all() -> Iterator[Case]:
    for role, only in (("client", _client_only), ("server", _server_only)):
        for side in (Side(role, "ClearTransfer", CLEAR), Side(role, "EncrTransfer", AE)):
            yield from _common(side)
            yield from only(side)
            yield from (_clear if side.letter == "c" else _encrypted)(side)


TRANSFERS = tuple(_all())
