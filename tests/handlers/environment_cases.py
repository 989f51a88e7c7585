"""Cases of the checks on the OSI environment (15.2, 15.3, 10.5) and of the A-profile (11.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from handlers.case import Case
from handlers.forgery import corrupted, edited_value, signed_answer
from handlers.handshake_cases import WINDOW, answering, requesting
from handlers.scene import INSIDER_ADDRESS, Scene, WatchedParty, expired, stations
from iec62351_4.environment.envelope import Envelope, UserInformation
from iec62351_4.handlers.services import Address
from iec62351_4.tables import BASIC_AC, E2E_MMS_AC, MMS_SYNTAX
from iec62351_4.testing import CLIENT_ADDRESS, SERVER_ADDRESS, as_received

MECHANISM = "1.0.840.0.1.0.1.1"
Spoil = Callable[[Envelope], Envelope]


def _with(**fields: Any) -> Spoil:
    return lambda envelope: replace(envelope, **fields)


def _information(**fields: Any) -> Spoil:
    """Change the one user-information element."""

    def spoil(envelope: Envelope) -> Envelope:
        (one,) = envelope.user_information
        return replace(envelope, user_information=(replace(one, **fields),))

    return spoil


def _two(envelope: Envelope) -> Envelope:
    return replace(envelope, user_information=envelope.user_information * 2)


def _clearly(envelope: Envelope) -> Envelope:
    """The SecPDU stands second, behind a plain MMSpdu."""
    plain = UserInformation(MMS_SYNTAX, b"\xa8\x00")
    return replace(envelope, user_information=(plain, *envelope.user_information))


KERNEL_ONLY: Mapping[str, Spoil] = {
    "requirements": _with(requirements_authentication=True),
    "mechanism": _with(mechanism_name=MECHANISM),
    "value": _with(authentication_value=b"\xa0\x00"),
}


# --- native mode ---------------------------------------------------------------------------------


def _oe_request(check: str, event: str, spoil: Spoil, acse: int = 1, variant: str = "") -> Case:
    return Case(
        machine="native-server",
        check=check,
        reaction="refuse-envelope",
        event=event,
        acse=acse,
        scene=requesting,
        spoilt=lambda scene: spoil(as_received(scene.client.queue[0])),
        raw=True,
        variant=variant,
    )


def _oe_response(check: str, event: str, spoil: Spoil, variant: str = "") -> Case:
    return Case(
        machine="native-client",
        check=check,
        reaction="abort-envelope",
        event=event,
        scene=answering,
        spoilt=lambda scene: spoil(as_received(scene.server.queue[0])),
        raw=True,
        variant=variant,
    )


def _accepted_reject(name: str, scene: Scene) -> Envelope:
    fields: dict[str, Any] = {"appl_data": b"\xaa\x00"} if name == "ApplicationReject" else {}
    return replace(signed_answer(scene, scene.server, name, **fields), result=0)


def _osi() -> Iterator[Case]:
    for variant, spoil in KERNEL_ONLY.items():
        yield _oe_request("OE-01", "15.15", spoil, variant=variant)
        yield _oe_response("OE-11", "15.16", spoil, variant)
    yield _oe_request("OE-02", "15.5", _with(application_context=BASIC_AC), 2)
    yield _oe_request("OE-02", "15.5", _with(application_context=None), 2, "absent")
    yield _oe_response("OE-12", "15.6", _with(application_context=BASIC_AC))
    direct = _information(direct_reference="2.1.1")
    for variant, spoil in {"two": _two, "behind-mms": _clearly, "direct": direct}.items():
        yield _oe_request("OE-03", "15.1", spoil, variant=variant)
        yield _oe_response("OE-13", "15.1", spoil, variant)
    unreferenced = _information(indirect_reference=None)
    yield _oe_request("OE-04", "15.2", unreferenced)
    yield _oe_response("OE-14", "15.2", unreferenced)
    # e2eSecurityAS under no presentation context, or a plain MMSpdu in its place
    for variant, syntax in {"unknown": None, "mms": MMS_SYNTAX}.items():
        elsewhere = _information(abstract_syntax=syntax, indirect_reference=3)
        yield _oe_request("OE-05", "15.3", elsewhere, variant=variant)
        yield _oe_response("OE-15", "15.3", elsewhere, variant)
    yield _oe_request("OE-06", "15.7", _with(calling_ap_title=None), variant="absent")
    yield _oe_request("OE-06", "15.7", _with(calling_ap_title=""), variant="empty")
    yield _oe_request("OE-07", "15.9", _with(calling_ae_qualifier=None))
    yield _oe_request("OE-08", "15.11", _with(called_ap_title="1.1.999.77"), variant="title")
    yield _oe_request("OE-08", "15.11", _with(called_ae_qualifier=77), variant="qualifier")
    yield _oe_response("OE-21", "15.4", _with(result=1))
    yield _oe_response("OE-21", "15.4", _with(result=None), "absent")
    for name in ("ApplicationReject", "HandshakeSecReject"):
        yield Case(
            machine="native-client",
            check="OE-22",
            reaction="close-silently",
            event="15.4",
            scene=_waiting,
            spoilt=partial(_accepted_reject, name),
            variant=name,
        )


def _waiting() -> Scene:
    scene = Scene()
    scene.requested()
    return scene


# --- the A-profile -------------------------------------------------------------------------------


def _ap(
    check: str,
    machine: str,
    spoilt: Callable[[Scene], Envelope],
    *,
    reaction: str = "p-abort",
    acse: int = 1,
    config: Mapping[str, Any] | None = None,
    scene: Callable[[], Scene] | None = None,
    variant: str = "",
) -> Case:
    role = machine.partition("-")[2]
    return Case(
        machine=machine,
        check=check,
        reaction=reaction,
        event=f"Interlock:{check}",
        acse=acse,
        scene=scene or partial(_compatibility, role, config or {}),
        spoilt=spoilt,
        variant=variant,
    )


def _compatibility(role: str, config: Mapping[str, Any]) -> Scene:
    if role == "server":
        scene = Scene("compatibility", server=config)
        scene.request()
    else:
        scene = Scene("compatibility", client=config)
        scene.answer()
    return scene


def _sender(scene: Scene, role: str) -> WatchedParty:
    return scene.other(scene.party(role))


def _value(role: str, edit: Callable[[Any], None], *, sign: bool) -> Callable[[Scene], Envelope]:
    def spoilt(scene: Scene) -> Envelope:
        sender = _sender(scene, role)
        return edited_value(sender.queue[0], edit, sender if sign else None)

    return spoilt


def _address(role: str) -> Address:
    """Of the partner of ``role``."""
    return CLIENT_ADDRESS if role == "server" else SERVER_ADDRESS


def _with_certificate(role: str, scene: Scene, certificate: bytes) -> Envelope:
    # The signature covers the time only, so another certificate for the same key fits.
    return edited_value(
        _plain(scene, role),
        lambda value: setattr(value, "authentication_Certificate", certificate),
    )


def _certified(role: str, **how: Any) -> Callable[[Scene], Envelope]:
    return lambda scene: _with_certificate(
        role, scene, scene.pki.certificate(_address(role), **how)
    )


def _stranger(role: str, scene: Scene) -> Envelope:
    """A certificate of a CA that nobody trusts."""
    return _certified(role, authority=scene.pki.stranger)(scene)


def _revoked(role: str, scene: Scene) -> Envelope:
    spare = scene.pki.certificate(_address(role))
    scene.party(role).handler.services.station.trust = scene.pki.trust(spare)
    return _with_certificate(role, scene, spare)


def _late(role: str, scene: Scene) -> Envelope:
    # Sent with full seconds, so that up to one second of the window is already used.
    scene.tick(WINDOW + 1000)
    return _sender(scene, role).queue[0]


def _replayed(role: str) -> Scene:
    """The value was accepted by the same station before."""
    shared = stations("rsa")
    first = Scene("compatibility", shared=shared)
    first.answer()
    first.flow()
    second = Scene("compatibility", shared=shared, now=first.now + 5000)
    if role == "server":
        second.request()
        second.client.queue[0] = first.client.sent[0]
    else:
        second.answer()
        second.server.queue[0] = first.server.sent[0]
    return second


def _plain(scene: Scene, role: str) -> Envelope:
    return _sender(scene, role).queue[0]


def _envelope(role: str, **fields: Any) -> Callable[[Scene], Envelope]:
    return lambda scene: replace(_plain(scene, role), **fields)


def _bad_signature(value: Any) -> None:
    value.signature = corrupted(value.signature)


def _other_time(value: Any) -> None:
    value.time = value.time[:13] + str((int(value.time[13]) + 1) % 10) + value.time[14:]


def _value_cases(role: str, ids: Mapping[str, str]) -> Iterator[Case]:
    """The checks that both sides make, under the ids that each side has for them."""
    machine = f"compatibility-{role}"
    case = partial(_ap, machine=machine)
    small = {"certificate_size_limit": 100}
    yield case(ids["size"], spoilt=partial(_plain, role=role), config=small)
    yield case(ids["time"], spoilt=partial(_late, role))
    yield case(ids["replay"], spoilt=partial(_plain, role=role), scene=partial(_replayed, role))
    yield case(ids["cert"], spoilt=_certified(role, change=expired), variant="expired")
    yield case(ids["cert"], spoilt=partial(_stranger, role), variant="path")
    yield case(ids["cert"], spoilt=partial(_revoked, role), variant="revoked")
    yield case(ids["signature"], spoilt=_value(role, _bad_signature, sign=False))
    yield case(ids["signature"], spoilt=_value(role, _other_time, sign=False), variant="time")
    yield case(
        ids["subject"],
        spoilt=_certified(role, subject=INSIDER_ADDRESS),
        config={"bind_subject": True},
    )


def _a_profile() -> Iterator[Case]:
    server = partial(_ap, machine="compatibility-server")
    refuse = partial(server, reaction="refuse-association")
    yield refuse("AP-00", spoilt=_envelope("server", application_context=E2E_MMS_AC), acse=2)
    yield refuse("AP-01", spoilt=_envelope("server", mechanism_name=None), acse=12)
    yield refuse("AP-02", spoilt=_envelope("server", mechanism_name="1.2.3"), acse=11)
    no_value = _envelope("server", authentication_value=None)
    yield refuse("AP-03", spoilt=no_value, acse=14, variant="value")
    no_unit = _envelope("server", requirements_authentication=False)
    yield refuse("AP-03", spoilt=no_unit, acse=14, variant="functional-unit")
    password = _envelope(
        "server", authentication_value=b"\x80\x01x", authentication_value_is_external=False
    )
    yield server("AP-03d", spoilt=password, variant="password")
    broken = _envelope("server", authentication_value=b"\xa0\x00")
    yield server("AP-03d", spoilt=broken, variant="malformed")
    yield from _value_cases(
        "server",
        {
            "size": "AP-04s",
            "time": "AP-05",
            "replay": "AP-06",
            "cert": "AP-04",
            "signature": "AP-07",
            "subject": "AP-09",
        },
    )
    client = partial(_ap, machine="compatibility-client")
    yield client("AP-08m", spoilt=_envelope("client", mechanism_name=None), variant="absent")
    yield client("AP-08m", spoilt=_envelope("client", mechanism_name="1.2.3"), variant="other")
    yield client("AP-08v", spoilt=_envelope("client", authentication_value=None), variant="absent")
    yield client(
        "AP-08v", spoilt=_envelope("client", authentication_value=b"\xa0\x00"), variant="malformed"
    )
    yield client("AP-08c", spoilt=_envelope("client", application_context=E2E_MMS_AC))
    yield from _value_cases(
        "client",
        {
            "size": "AP-84s",
            "time": "AP-85",
            "replay": "AP-86",
            "cert": "AP-84",
            "signature": "AP-87",
            "subject": "AP-89",
        },
    )


OSI = tuple(_osi())
A_PROFILE = tuple(_a_profile())
