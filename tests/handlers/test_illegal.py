"""Everything that has no place in a state: calls, messages, timers, transport; and failed steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from handlers.forgery import signed_answer, transfer
from handlers.scene import MACHINES, REQUEST, Scene, WatchedParty, drive, reach, stations
from handlers.stimuli import ARGUMENTS, foreign_messages, local_stimuli, partner_stimuli
from iec62351_4.crypto.openssl import OpenSSLProvider
from iec62351_4.environment.envelope import Carrier, Envelope
from iec62351_4.errors import ConfigurationError, LocalProtocolError
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from iec62351_4.handlers.outputs import Close, Indicate, Indication, Log, Send
from iec62351_4.handlers.services import Services
from iec62351_4.handlers.vocabulary import (
    ApplicationSecurity,
    EncrMode,
    EncryptionDemand,
    SignatureAlgorithm,
    TransportSecurity,
)
from iec62351_4.testing import INITIATE_REQUEST
from interlock.model.machine import Event, EventKind, Machine
from interlock.model.project import load_project

ROOT = Path(__file__).parents[2]


@cache
def machines() -> Mapping[str, Machine]:
    """The machines as loaded from ``models/``."""
    return load_project(ROOT).models.machines


def alphabet(machine: Machine) -> Iterator[Event]:
    """Every event there is in a mode, whether or not the machine's table has it."""
    yield from (Event(EventKind.LOCAL, name) for name in machine.primitives)
    yield from (Event(EventKind.RECEIVE, name) for name in machine.messages.messages)
    yield from (Event(EventKind.TIMER, name) for name in machine.timers)
    yield from (Event(EventKind.TRANSPORT, name) for name in ("ready", "lost"))


def outside_the_table(kind: EventKind) -> list[tuple[str, str, str]]:
    """(machine, state, event) of one kind without a row; the final state is apart."""
    return [
        (name, state, event.name)
        for name, machine in machines().items()
        for state, written in machine.states.items()
        for event in alphabet(machine)
        if event.kind is kind
        and not written.is_final
        and not machine.transitions_from(state, event)
    ]


def snapshot(party: WatchedParty) -> tuple[Any, ...]:
    """Everything that a step may change."""
    handler, station = party.handler, party.handler.services.station
    session = tuple(getattr(handler._session, f.name) for f in fields(handler._session))
    memory = handler.services._memory
    return (
        handler.state,
        session,
        (memory.certificate, memory.address),
        dict(station.handshakes._inserted),
        dict(station.times._inserted),
    )


# --- events without a row -------------------------------------------------------------------------


def test_the_alphabet_has_an_envelope_for_every_message() -> None:
    for machine in machines().values():
        assert set(foreign_messages(machine.mode)) == set(machine.messages.messages)


@pytest.mark.parametrize(("machine", "state", "event"), outside_the_table(EventKind.LOCAL))
def test_call_without_a_place(machine: str, state: str, event: str) -> None:
    for arguments in ARGUMENTS[event]:
        _, party = reach(machine, state)
        before, outputs = snapshot(party), len(party.outputs)
        with pytest.raises(LocalProtocolError) as caught:
            getattr(party.handler, event.replace("-", "_"))(*arguments, 1)
        assert (caught.value.state, caught.value.event) == (state, event)
        assert snapshot(party) == before
        assert party.handler.taken == ()
        assert len(party.outputs) == outputs


@pytest.mark.parametrize(("machine", "state", "event"), outside_the_table(EventKind.RECEIVE))
def test_message_without_a_place(machine: str, state: str, event: str) -> None:
    scene, party = reach(machine, state)
    delivered, seen = list(party.delivered), len(party.outputs)
    memory = snapshot(party)[2:]

    scene.give(party, foreign_messages(machine.partition("-")[0])[event])

    assert party.state == "closed"
    assert party.handler.taken == ("fault",)
    log, send, told, close = party.outputs[seen:]
    assert isinstance(log, Log)
    assert log.event.id == "IEC62351-4:15.4"
    assert isinstance(send, Send)
    assert_bare_abort(machine, send.envelope)
    assert isinstance(told, Indicate)
    assert (told.kind, told.details) == (Indication.ABORTED, {"reason": "protocol-error"})
    assert isinstance(close, Close)
    assert party.delivered == delivered
    assert snapshot(party)[2:] == memory, "nobody vouched for it, so nothing is remembered"


def assert_bare_abort(machine: str, envelope: Envelope) -> None:
    """An ABRT without SecPDU: of the user in native mode, of the provider in the A-profile."""
    assert envelope.carrier is Carrier.ABRT
    assert envelope.user_information == ()
    expected = (0, None) if machine.startswith("native") else (1, 2)
    assert (envelope.abort_source, envelope.abort_diagnostic) == expected


@pytest.mark.parametrize(("machine", "state", "event"), outside_the_table(EventKind.TIMER))
def test_timer_without_a_place_is_ignored(machine: str, state: str, event: str) -> None:
    _, party = reach(machine, state)
    before = snapshot(party)
    assert party.handler.timer(event, 1) == ()
    assert snapshot(party) == before
    assert party.handler.taken == ()


@pytest.mark.parametrize(("machine", "state", "event"), outside_the_table(EventKind.TRANSPORT))
def test_transport_without_a_place_is_ignored(machine: str, state: str, event: str) -> None:
    _, party = reach(machine, state)
    before = snapshot(party)
    assert getattr(party.handler, f"transport_{event}")(1) == ()
    assert snapshot(party) == before


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_has_an_effect_after_the_end(machine: str) -> None:
    _, party = reach(machine, "closed")
    before = snapshot(party)
    for stimulus in (*partner_stimuli(party), *local_stimuli(party)):
        scene, party = reach(machine, "closed")
        outputs, delivered = len(party.outputs), len(party.delivered)
        # A call is refused; a stimulus may need keys that its sender does not have.
        with suppress(LocalProtocolError, ConfigurationError):
            stimulus(scene, party)
        assert party.state == "closed"
        assert snapshot(party) == before
        assert (len(party.outputs), len(party.delivered)) == (outputs, delivered)


@pytest.mark.parametrize("machine", MACHINES)
def test_unknown_timer_is_a_wrong_call(machine: str) -> None:
    state = machines()[machine].initial
    _, party = reach(machine, state)
    before = snapshot(party)
    with pytest.raises(LocalProtocolError, match="timer t-coffee"):
        party.handler.timer("t-coffee", 1)
    assert snapshot(party) == before


@pytest.mark.parametrize("machine", MACHINES)
def test_loss_of_transport_does_not_come_as_a_message(machine: str) -> None:
    for state in machines()[machine].states:
        scene, party = reach(machine, state)
        before = snapshot(party)
        scene.give(party, Envelope(Carrier.TRANSPORT_LOST))
        assert snapshot(party) == before


# --- guards --------------------------------------------------------------------------------------


def test_data_beyond_the_last_sequence_number_wait_for_the_clock() -> None:
    scene = Scene(client={"max_seq": 1}).associated()
    scene.tick()
    scene.call(scene.client, "send_data", REQUEST)
    scene.call(scene.client, "send_data", REQUEST)
    before = snapshot(scene.client)
    with pytest.raises(LocalProtocolError):
        scene.call(scene.client, "send_data", REQUEST)
    assert snapshot(scene.client) == before
    scene.tick()
    scene.call(scene.client, "send_data", REQUEST)
    scene.flow()
    assert scene.server.delivered == [REQUEST] * 3
    assert scene.client.session.send_seq == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"application_security": ApplicationSecurity.SECURE},
        {"transport_security": TransportSecurity.SECURE, "uses_tls": False},
        {"encryption_demand": EncryptionDemand.required, "wants_encryption": False},
        {"encryption_demand": EncryptionDemand.forbidden},
        {"encr_mode": EncrMode.other, "wants_encryption": False, "encryption_algorithms": ()},
        {"signature_algorithms": frozenset({SignatureAlgorithm.other})},
        {"hmacs": frozenset()},
    ],
    ids=lambda wrong: ",".join(wrong),
)
def test_client_refuses_a_contradictory_configuration(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="the configuration must say"):
        NativeClient(NativeConfig(**wrong), Services(stations()[0], "client"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"application_security": ApplicationSecurity.NON_SECURE},
        {"ae_required": True, "ae_supported": False},
        {"aead_algorithms": ()},
        {"icv_algorithms": ()},
    ],
    ids=lambda wrong: ",".join(wrong),
)
def test_server_refuses_a_contradictory_configuration(wrong: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="the configuration must say"):
        NativeServer(NativeConfig(**wrong), Services(stations()[1], "server"))


def test_a_profile_refuses_a_configuration_of_another_mode() -> None:
    with pytest.raises(ConfigurationError):
        Scene("compatibility", client={"application_security": ApplicationSecurity.NON_SECURE})
    assert CompatibilityConfig().application_security is ApplicationSecurity.SECURE


# --- steps that fail half-way --------------------------------------------------------------------


class BrokenProvider(OpenSSLProvider):
    """A provider one of whose operations fails while ``broken`` is set."""

    broken = ""

    def __getattribute__(self, name: str) -> Any:
        if name != "broken" and name == object.__getattribute__(self, "broken"):
            raise OSError("the hardware module does not answer")
        return super().__getattribute__(name)


OPERATIONS = (
    "sign",
    "verify",
    "generate_agreement_key",
    "check_agreement_public",
    "agree",
    "sha256",
    "hkdf_extract",
    "hkdf_expand",
    "aead_seal",
    "aead_open",
    "random",
)


def _with(provider: BrokenProvider, machine: str, state: str) -> tuple[Scene, WatchedParty]:
    """A scene in which the party under test, and only it, uses the provider."""
    client, server = stations()
    broken = replace(client if machine.endswith("client") else server, provider=provider)
    both = (broken, server) if machine.endswith("client") else (client, broken)
    scene = drive(machine, state, shared=both)
    return scene, scene.party(machine.partition("-")[2])


def _steps(scene: Scene, party: WatchedParty, machine: str, state: str) -> list[Envelope | str]:
    """What an honest course can do next in a state: envelopes received, or calls."""
    partner = scene.other(party)
    steps: list[Envelope | str] = [*list(partner.queue)[:1]]
    if state in ("stable", "unconfirmed", "rekey-sent", "rekey-received", "wait-rel"):
        steps += [signed_answer(scene, partner, name) for name in ("ReleaseReq", "DtSecAbort")]
        steps += [transfer(partner, REQUEST)]
    local = {
        "transport": "transport_ready",
        "wait-app": "accept",
        "stable": "send_data",
        "rekey-received": "send_data",
    }
    if machine == "native-client" or state != "transport":
        steps += [local[state]] if state in local else []
    return steps


def _run(party: WatchedParty, scene: Scene, step: Envelope | str) -> None:
    if isinstance(step, Envelope):
        scene.give(party, step)
    elif step == "transport_ready":
        scene.call(party, step)
    else:
        scene.call(party, step, REQUEST if step == "send_data" else INITIATE_REQUEST)


@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("machine", ["native-client", "native-server"])
def test_step_that_fails_half_way_changes_nothing(machine: str, operation: str) -> None:
    failures = 0
    for state in machines()[machine].states:
        number = len(_steps(*_with(BrokenProvider(), machine, state), machine, state))
        for index in range(number):
            provider = BrokenProvider()
            scene, party = _with(provider, machine, state)
            step = _steps(scene, party, machine, state)[index]
            scene.tick()
            before, outputs = snapshot(party), len(party.outputs)
            provider.broken = operation
            try:
                _run(party, scene, step)
            except OSError:
                failures += 1
            else:
                continue  # the step does without this operation
            assert snapshot(party) == before, (state, step)
            assert (party.handler.taken, len(party.outputs)) == ((), outputs)
            provider.broken = ""
            _run(party, scene, step)  # and then it goes through, as if nothing had happened
            assert not [e for e in party.events if e.startswith("Interlock")]
            assert party.handler.taken[-1] in party.handler.ROWS, (state, step)
    # A server has no use for hashing or drawing in the steps above unless it accepts: all do.
    assert failures, "no step uses this operation, so nothing was tested"


def test_call_from_within_a_step_is_refused() -> None:
    scene = Scene().associated()

    class Reentrant(OpenSSLProvider):
        def aead_seal(self, *arguments: Any) -> bytes:
            scene.client.handler.send_data(REQUEST, scene.now)
            raise AssertionError("the inner call went through")

    before = snapshot(scene.client)
    scene.client.session.send_keys.sender._provider = Reentrant()
    with pytest.raises(LocalProtocolError, match="call from within a step"):
        scene.call(scene.client, "send_data", REQUEST)
    assert snapshot(scene.client) == before
