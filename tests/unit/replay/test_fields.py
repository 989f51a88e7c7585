"""Fields of the models in PDUs and envelopes; every one that a check sees can be set."""

from __future__ import annotations

from pathlib import Path

import pytest

from iec62351_4.environment.envelope import Envelope
from iec62351_4.handlers.osi_view import OSIView
from iec62351_4.testing import as_received
from interlock.model import types as m
from interlock.model.project import Project, load_project
from interlock.replay import fields as f
from interlock.replay.stage import Stage, read
from interlock.replay.values import CannotReplay, python_name, value
from interlock.verification.results import Trace
from verification.replay import traces as t

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.fixture(scope="module")
def stage(project: Project) -> Stage:
    return Stage(Trace((t.CLIENT, t.SERVER), ()), project)


@pytest.fixture(scope="module")
def request_of_client(stage: Stage) -> Envelope:
    client = stage.strands["client"]
    stage.happen(client, "local associate")
    return as_received(stage.happen(client, "transport ready").sent[0][1])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sign-algorithm", "SignatureAlgorithm.other"),
        ("protected-protocol", "ProtectedProtocol.other"),
        ("version-1", "false"),
        ("dh-groups", "{DHGroup.secp256r1, DHGroup.brainpoolP256r1}"),
        ("dh-groups", "{DHGroup.other, DHGroup.secp256r1}"),
        ("hmac", "MacAlgorithm.other"),
        ("aead-algorithms", "{AeadAlgorithm.other}"),
        ("encr-mode", "EncrMode.non-aea"),
        ("tls-protected", "false"),
        ("appl-protected", "false"),
        ("has-att-cert", "true"),
    ],
)
def test_field_of_a_message_is_set(
    name: str, text: str, project: Project, request_of_client: Envelope
) -> None:
    field = project.models.messages["native"].messages["HandshakeReq"].fields[name]
    envelope = request_of_client
    assert f.holds(read("native", envelope, 0), field, text) is False
    pdu = f.decode("HandshakeReq", f.secpdu(envelope))
    f.write(pdu, field, text)
    changed = f.with_secpdu(envelope, f.encode("HandshakeReq", pdu))
    assert f.holds(read("native", changed, 0), field, text) is True


def test_symbols_of_a_trace_are_no_values(project: Project, request_of_client: Envelope) -> None:
    known = project.models.messages["native"].messages["HandshakeReq"].fields
    view = read("native", request_of_client, 0)
    for name in ("asso-id", "certificate", "signed-content", "dh-shares", "time"):
        assert f.holds(view, known[name], "symbol 1") is None


def test_what_cannot_be_set_is_said(project: Project, request_of_client: Envelope) -> None:
    known = project.models.messages["native"].messages["HandshakeReq"].fields
    pdu = f.decode("HandshakeReq", f.secpdu(request_of_client))
    for name, text in (
        ("signed-content", "symbol"),
        ("encr-mode", "EncrMode.other"),
        ("icv-algorithms", "{IcvAlgorithm.hmacWithSHA256}"),
    ):
        with pytest.raises(CannotReplay):
            f.write(pdu, known[name], text)


def test_every_field_of_the_envelope_can_be_set(
    project: Project, stage: Stage, request_of_client: Envelope
) -> None:
    machine = project.models.machines["native-server"]
    services = stage.strands["server"].services
    own = stage.strands["server"].station.identity.address
    for name, field in machine.envelope.items():
        for text in _values(project, field.type):
            changed = f.write_envelope(request_of_client, own, name, text)
            actual = getattr(OSIView(changed, services), python_name(name))
            assert actual == value(text, field.type), (name, text)
            assert f.envelope_holds(changed, services, machine, name, text) is True


def _values(project: Project, kind: m.Type) -> list[str]:
    match kind:
        case m.Bool():
            return ["true", "false"]
        case m.Int():
            return ["0", "1", "2"]
        case m.Enum(name=name):
            members = project.models.vocabulary.enumerations[name].members
            return [f"{name}.{member.name}" for member in members]
        case _:
            return []


def test_unknown_field_of_the_envelope(stage: Stage, request_of_client: Envelope) -> None:
    own = stage.strands["server"].station.identity.address
    with pytest.raises(CannotReplay, match=r"no recipe sets e\.colour"):
        f.write_envelope(request_of_client, own, "colour", "red")
