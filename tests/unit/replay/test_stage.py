"""The stage: certificates as their owners' names say, strands, the clock, comparing keys."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iec62351_4.certificates.verdict import examine_certificate
from iec62351_4.errors import LocalProtocolError
from iec62351_4.testing import START, as_received
from interlock.model.project import Project, load_project
from interlock.replay.stage import (
    EC,
    PROVIDER,
    RSA,
    Stage,
    have_same_keys,
    identity,
    message_name,
    peer_of,
)
from interlock.replay.values import CannotReplay
from interlock.verification.results import Party, Trace
from verification.replay import traces as t

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.fixture
def stage(project: Project) -> Stage:
    parties = (t.CLIENT, t.SERVER, t.SECOND, t.PLAIN)
    return Stage(Trace(parties, ()), project)


def associate(stage: Stage, client: str = "client", server: str = "server") -> None:
    """An association without anybody between."""
    first, second = stage.strands[client], stage.strands[server]
    stage.happen(second, "transport ready")
    stage.happen(first, "local associate")
    request = stage.happen(first, "transport ready").sent[0][1]
    stage.receive(second, as_received(request))
    stage.receive(first, as_received(stage.happen(second, "local accept").sent[0][1]))


@pytest.mark.parametrize("kind", [EC, RSA])
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("client", ""),
        ("insider", ""),
        ("revoked", "alarm"),
        ("unusable", "usability"),
        ("untrusted", "path"),
    ],
)
def test_certificates_have_the_fault_of_their_name(
    name: str, fault: str, kind: str, stage: Stage
) -> None:
    trust = stage.station("server", kind).trust
    verdict = examine_certificate(identity(name, kind).certificate, (), trust, START, PROVIDER)
    found = [one for one in ("usability", "path", "alarm") if getattr(verdict, one)]
    assert fault in found if fault else found == []


def test_native_association(stage: Stage) -> None:
    associate(stage)
    client, server = stage.strands["client"], stage.strands["server"]
    assert (client.state, server.state) == ("stable", "unconfirmed")
    assert have_same_keys(client, server) is True
    assert (peer_of(client, stage.stations), peer_of(server, stage.stations)) == (
        "server",
        "client",
    )


def test_compatibility_association_happens_in_whole_seconds(stage: Stage) -> None:
    associate(stage, "second", "plain")
    assert stage.strands["second"].state == "data"
    assert stage.now % 1000 == 0
    assert stage.now > START
    assert have_same_keys(stage.strands["second"], stage.strands["plain"]) is None


def test_keys_of_different_associations_differ(stage: Stage, project: Project) -> None:
    other = Stage(Trace((t.CLIENT, t.SERVER), ()), project)
    associate(stage)
    associate(other)
    assert have_same_keys(stage.strands["client"], other.strands["server"]) is False


def test_message_is_named_as_in_the_models(stage: Stage) -> None:
    client = stage.strands["client"]
    stage.happen(client, "local associate")
    name, envelope = stage.happen(client, "transport ready").sent[0]
    assert name == "HandshakeReq"
    bare = replace(envelope, user_information=())
    assert message_name("native", bare) == "AARQ-without-SecPDU"
    assert message_name("compatibility", bare) == "AARQ"


def test_retry_is_the_same_device_in_another_mode(stage: Stage) -> None:
    client, second = stage.strands["client"], stage.strands["second"]
    assert client.device == second.device
    assert client.station.identity.address == second.station.identity.address


def test_restart_forgets_what_was_received(stage: Stage) -> None:
    associate(stage)
    station = stage.strands["server"].station
    before = station.handshakes
    stage.restart(station)
    assert station.handshakes is not before


def test_each_payload_is_longer(stage: Stage) -> None:
    lengths = [len(stage.payload()) for _ in range(4)]
    assert lengths == [5, 6, 7, 8]


def test_call_without_a_place_is_refused(stage: Stage) -> None:
    with pytest.raises(LocalProtocolError):
        stage.happen(stage.strands["client"], "local release")


def test_unknown_machine(project: Project) -> None:
    with pytest.raises(CannotReplay, match="no machine"):
        Stage(Trace((Party("x", "native-robot", ""),), ()), project)
