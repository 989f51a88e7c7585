"""The whole environment: captured octets, life of an association, faults."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from environment.captured import AARE, AARE_SPDU, AARQ, AARQ_SPDU, CONFIG
from environment.pair import EnvironmentPair
from iec62351_4.environment.acse import encode_apdu
from iec62351_4.environment.carriage import connect_spdu, finish_spdu, refuse_spdu
from iec62351_4.environment.config import (
    E2E_SECURITY_SYNTAX,
    Leniency,
    Mode,
    OSIConfig,
    Role,
    contexts_of,
)
from iec62351_4.environment.cotp import COTPConfig
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    Carrier,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.events import (
    Connected,
    Disconnected,
    EnvironmentEvent,
    ProtocolFault,
    Received,
)
from iec62351_4.environment.osi import OSIEnvironment, SessionState
from iec62351_4.environment.presentation import PresentationValue
from iec62351_4.environment.session import SI, SPDU, UserDataForm, encode_spdu
from iec62351_4.environment.tpkt import encode_packet
from iec62351_4.errors import LocalProtocolError, TransportError

NATIVE = OSIConfig(contexts=contexts_of(Mode.NATIVE), user_data_form=UserDataForm.C1)
SECPDU = b"\x30\x82\x08\x04\x04\x82\x08\x00" + bytes(2048)
E2E_CONTEXT = "1.0.62351.4.2.1"
NATIVE_AARQ = Envelope(
    Carrier.AARQ,
    application_context=E2E_CONTEXT,
    user_information=(UserInformation(E2E_SECURITY_SYNTAX, SECPDU),),
)
NATIVE_AARE = Envelope(
    Carrier.AARE,
    application_context=E2E_CONTEXT,
    result=0,
    diagnostic_source=1,
    diagnostic=0,
    user_information=(UserInformation(E2E_SECURITY_SYNTAX, SECPDU),),
)
ABRT = Envelope(
    Carrier.ABRT,
    abort_source=0,
    user_information=(UserInformation(E2E_SECURITY_SYNTAX, b"\xa0\x00"),),
)
RLRQ, RLRE = Envelope(Carrier.RLRQ, reason=0), Envelope(Carrier.RLRE, reason=0)


def packet(spdu: bytes) -> bytes:
    """One SPDU in one DT TPDU."""
    return encode_packet(b"\x02\xf0\x80" + spdu)


def data(octets: bytes, syntax: str = MMS_ABSTRACT_SYNTAX) -> Envelope:
    """A DATA envelope."""
    return Envelope(Carrier.DATA, user_information=(UserInformation(syntax, octets),))


def associated(config: OSIConfig = NATIVE) -> EnvironmentPair:
    """A pair in the data phase."""
    pair = EnvironmentPair(config)
    pair.exchange(True, NATIVE_AARQ if config is NATIVE else AARQ)
    pair.exchange(False, NATIVE_AARE if config is NATIVE else AARE)
    assert pair.client.state is pair.server.state is SessionState.DATA
    return pair


def without_references(envelope: Envelope) -> Envelope:
    """The envelope as its sender would write it."""
    information = tuple(replace(i, indirect_reference=None) for i in envelope.user_information)
    return replace(envelope, user_information=information, offered_syntaxes=())


def test_captured_aarq_is_reproduced_octet_for_octet() -> None:
    pair = EnvironmentPair(CONFIG)
    wire = pair.client.send(AARQ)
    assert len(AARQ_SPDU) == 1405
    assert wire == packet(AARQ_SPDU)
    assert pair.deliver(True, wire) == [Received(AARQ)]


def test_captured_aare_is_reproduced_octet_for_octet() -> None:
    pair = EnvironmentPair(CONFIG)
    pair.exchange(True, AARQ)
    wire = pair.server.send(AARE)
    assert len(AARE_SPDU) == 1268
    assert wire == packet(AARE_SPDU)
    assert pair.deliver(False, wire) == [Received(AARE)]


@pytest.mark.parametrize("octet_by_octet", [False, True])
@pytest.mark.parametrize("form", list(UserDataForm))
@pytest.mark.parametrize("size_code", [7, 13])
def test_native_association(octet_by_octet: bool, form: UserDataForm, size_code: int) -> None:
    config = replace(NATIVE, user_data_form=form, cotp=COTPConfig(tpdu_size_code=size_code))
    pair = EnvironmentPair(config, octet_by_octet=octet_by_octet)
    request = pair.exchange(True, NATIVE_AARQ)
    assert without_references(request) == NATIVE_AARQ
    assert request.user_information[0].indirect_reference == 5
    assert request.offered_syntaxes == (
        "2.2.1.0.1",
        MMS_ABSTRACT_SYNTAX,
        E2E_SECURITY_SYNTAX,
    )
    assert without_references(pair.exchange(False, NATIVE_AARE)) == NATIVE_AARE
    for is_from_client in (True, False):
        sent = data(SECPDU, E2E_SECURITY_SYNTAX)
        assert without_references(pair.exchange(is_from_client, sent)) == sent
    assert pair.exchange(True, RLRQ) == RLRQ
    assert pair.exchange(False, RLRE) == RLRE
    assert pair.client.state is pair.server.state is SessionState.CLOSED


def test_rejected_aare_travels_in_refuse() -> None:
    pair = EnvironmentPair(NATIVE)
    pair.exchange(True, NATIVE_AARQ)
    refusal = replace(NATIVE_AARE, result=1, diagnostic=1)
    wire = pair.server.send(refusal)
    assert wire[7] == SI.REFUSE
    (event,) = pair.deliver(False, wire)
    assert isinstance(event, Received)
    assert without_references(event.envelope) == refusal
    assert pair.client.state is pair.server.state is SessionState.CLOSED


def test_rejected_aare_in_an_accept_is_understood() -> None:
    pair = EnvironmentPair(NATIVE)
    pair.exchange(True, NATIVE_AARQ)
    wire = bytearray(pair.server.send(NATIVE_AARE))
    at = wire.index(bytes.fromhex("a203020100a305a103020100"))
    wire[at + 4] = 1
    (event,) = pair.deliver(False, bytes(wire))
    assert isinstance(event, Received)
    assert event.envelope.result == 1


@pytest.mark.parametrize("is_from_client", [False, True])
def test_abort_with_a_secpdu(is_from_client: bool) -> None:
    pair = associated()
    received = pair.exchange(is_from_client, ABRT)
    assert without_references(received) == ABRT
    assert pair.client.state is pair.server.state is SessionState.CLOSED


def test_server_aborts_instead_of_answering() -> None:
    pair = EnvironmentPair(NATIVE)
    pair.exchange(True, NATIVE_AARQ)
    abort = Envelope(Carrier.ABRT, abort_source=1, abort_diagnostic=5)
    assert pair.exchange(False, abort) == abort
    assert pair.client.state is SessionState.CLOSED


@pytest.mark.parametrize(
    ("spdu", "reason"),
    [
        (SPDU(SI.ABORT, transport_disconnect=1), None),
        (SPDU(SI.ABORT, user_data=bytes.fromhex("3006" + "800101" + "810107")), 1),
        (SPDU(SI.ABORT, user_data=bytes.fromhex("a000")), None),
    ],
)
def test_other_forms_of_abort(spdu: SPDU, reason: int | None) -> None:
    """A bare session ABORT, an ARP-PPDU, an ARU-PPDU without user data."""
    pair = associated()
    events = pair.client.receive_data(packet(encode_spdu(spdu)))
    assert events == [Received(Envelope(Carrier.ABRT, reason=reason))]
    assert pair.client.state is SessionState.CLOSED


@pytest.mark.parametrize(
    ("spdu", "reason"),
    [
        (SPDU(SI.REFUSE, reason=1), 1),
        (SPDU(SI.REFUSE, reason=2, user_data=bytes.fromhex("3003" + "8a0103")), 3),
    ],
)
def test_refuse_without_aare_is_an_abort(spdu: SPDU, reason: int) -> None:
    pair = EnvironmentPair(NATIVE)
    pair.exchange(True, NATIVE_AARQ)
    events = pair.client.receive_data(packet(encode_spdu(spdu)))
    assert events == [Received(Envelope(Carrier.ABRT, reason=reason))]


def test_data_crosses_our_release_request() -> None:
    pair = associated()
    late = pair.server.send(data(b"\xa1\x00"))
    pair.exchange(True, RLRQ)
    (event,) = pair.deliver(False, late)
    assert isinstance(event, Received)
    assert event.envelope.user_information[0].octets == b"\xa1\x00"
    pair.exchange(False, RLRE)
    assert pair.client.state is SessionState.CLOSED


def test_release_collision_is_answered_by_both() -> None:
    pair = associated()
    ours, theirs = pair.client.send(RLRQ), pair.server.send(RLRQ)
    assert pair.deliver(True, ours) == pair.deliver(False, theirs) == [Received(RLRQ)]
    assert pair.exchange(True, RLRE) == pair.exchange(False, RLRE) == RLRE
    assert pair.client.state is pair.server.state is SessionState.CLOSED


def test_unsupported_context_is_refused_and_the_rest_works() -> None:
    """A partner without mmsAuthenticationAS: its context gets a provider-rejection."""
    pair = EnvironmentPair(CONFIG, OSIConfig(contexts=contexts_of(Mode.PLAIN)))
    request = pair.exchange(True, AARQ)
    assert request.authentication_value == AARQ.authentication_value
    answer = pair.exchange(False, AARE)
    assert answer.offered_syntaxes == (MMS_ABSTRACT_SYNTAX, "2.2.1.0.1")
    assert answer.authentication_value == AARE.authentication_value
    assert pair.client.contexts.identifier("1.0.840.0.1.1.4.1") is None


def test_plain_connect_suits_libiec61850() -> None:
    plain = OSIConfig(contexts=contexts_of(Mode.PLAIN), user_data_form=UserDataForm.C1)
    pair = EnvironmentPair(plain)
    wire = pair.client.send(
        replace(
            without_references(AARQ),
            requirements_authentication=False,
            mechanism_name=None,
            authentication_value=None,
        )
    )
    spdu = wire[7:]
    assert len(spdu) <= 254
    assert spdu[1] == len(spdu) - 2
    assert spdu[22] == 0xC1
    assert spdu[23] == len(spdu) - 24
    (event,) = pair.deliver(True, wire)
    assert isinstance(event, Received)
    assert event.envelope.offered_syntaxes == ("2.2.1.0.1", MMS_ABSTRACT_SYNTAX)


def test_password_is_not_external() -> None:
    password = Envelope(
        Carrier.AARQ,
        application_context="1.0.9506.2.3",
        requirements_authentication=True,
        mechanism_name="2.2.3.1",
        authentication_value=b"\x80\x06secret",
        authentication_value_is_external=False,
    )
    received = EnvironmentPair(CONFIG).exchange(True, password)
    assert without_references(received) == password
    assert "secret" not in repr(received)


# --- faults ------------------------------------------------------------------------------------


def fault_of(events: list[EnvironmentEvent]) -> str:
    """The event id of the one fault that ends ``events``."""
    assert isinstance(events[-1], ProtocolFault)
    return events[-1].event_id


def test_empty_ap_title_is_refused_when_strict() -> None:
    strict = replace(CONFIG, leniency=Leniency(empty_ap_title=False))
    pair = EnvironmentPair(CONFIG, strict)
    (event,) = pair.send(True, AARQ)
    assert isinstance(event, ProtocolFault)
    assert event.event_id == "15.4"
    assert pair.server.state is SessionState.CLOSED


@pytest.mark.parametrize(
    ("change", "event"),
    [
        # EXTERNAL of the user information names context 9
        (lambda o: o.replace(bytes.fromhex("020103a028a8"), bytes.fromhex("020109a028a8")), "15.2"),
        # the AARQ comes in context 3
        (
            lambda o: o.replace(bytes.fromhex("020101a08204ff"), bytes.fromhex("020103a08204ff")),
            "15.3",
        ),
        # the APDU is no AARQ but has tag 65
        (lambda o: o.replace(bytes.fromhex("608204fb"), bytes.fromhex("658204fb")), "15.4"),
        # the application-context-name is missing: its tag is wrong
        (lambda o: o.replace(bytes.fromhex("a107060528ca"), bytes.fromhex("bd07060528ca")), "15.4"),
        # CP-type is not a SET
        (lambda o: o.replace(bytes.fromhex("3182055d"), bytes.fromhex("3082055d")), "15.1"),
        # mode selector says X.410
        (lambda o: o.replace(bytes.fromhex("a003800101"), bytes.fromhex("a003800100")), "15.1"),
        # context 3 twice, and an even one
        (lambda o: o.replace(bytes.fromhex("300f020101"), bytes.fromhex("300f020103")), "15.1"),
        (lambda o: o.replace(bytes.fromhex("300f020101"), bytes.fromhex("300f020102")), "15.1"),
        # no ACSE context
        (lambda o: o.replace(bytes.fromhex("060452010001"), bytes.fromhex("060452010002")), "15.3"),
    ],
)
def test_faults_in_the_association_request(change: Callable[[bytes], bytes], event: str) -> None:
    damaged = change(AARQ_SPDU)
    assert damaged != AARQ_SPDU
    pair = EnvironmentPair(CONFIG)
    assert fault_of(pair.server.receive_data(packet(damaged))) == event
    assert pair.server.state is SessionState.CLOSED
    # The session is not open yet: a transport disconnect is what is left to say.
    assert pair.server.data_to_send()[:6] == bytes.fromhex("0300000b0680")
    assert pair.server.receive_data(packet(AARQ_SPDU)) == []


def test_apdus_in_the_wrong_ppdu() -> None:
    pair = EnvironmentPair(CONFIG)
    pair.exchange(True, AARQ)
    contexts = pair.client.contexts
    for envelope, spdu_of in (
        (AARE, lambda values: connect_spdu(CONFIG, values)),
        (Envelope(Carrier.RLRE), finish_spdu),
    ):
        end = EnvironmentPair(CONFIG).server if envelope is AARE else associated(CONFIG).server
        spdu = spdu_of((PresentationValue(1, encode_apdu(envelope, contexts)),))
        assert fault_of(end.receive_data(packet(spdu))) == "15.4"


def test_accepting_aare_in_a_refuse() -> None:
    pair = EnvironmentPair(CONFIG)
    pair.exchange(True, AARQ)
    value = PresentationValue(1, encode_apdu(AARE, pair.server.contexts))
    spdu = refuse_spdu(CONFIG, (), (value,))
    assert fault_of(pair.client.receive_data(packet(spdu))) == "15.4"


def test_data_in_an_unknown_context() -> None:
    pair = associated()
    value = bytes.fromhex("6109" + "3007" + "020107" + "a0020500")
    events = pair.server.receive_data(packet(b"\x01\x00\x01\x00" + value))
    assert fault_of(events) == "15.3"
    answer = pair.server.data_to_send()
    assert pair.client.receive_data(answer) == [
        Received(Envelope(Carrier.ABRT, abort_source=1, abort_diagnostic=2))
    ]


def test_good_data_before_a_fault_is_delivered() -> None:
    pair = associated()
    good = pair.client.send(data(b"\xa0\x00"))
    events = pair.server.receive_data(good + good + packet(b"\x07\x00") + good)
    assert [type(event) for event in events] == [Received, Received, ProtocolFault]


def test_every_truncation_of_a_captured_request() -> None:
    for cut in range(1, len(AARQ_SPDU)):
        server = OSIEnvironment(Role.SERVER, CONFIG)
        server.receive_data(OSIEnvironment(Role.CLIENT, CONFIG).connect())
        assert fault_of(server.receive_data(packet(AARQ_SPDU[:cut]))) == "15.1"


def test_mutations_never_raise() -> None:
    generator = random.Random(62351)
    request = OSIEnvironment(Role.CLIENT, CONFIG).connect()
    faults = 0
    for _ in range(1500):
        octets = bytearray(AARQ_SPDU)
        for _ in range(generator.randrange(1, 4)):
            octets[generator.randrange(200)] = generator.randrange(256)
        server = OSIEnvironment(Role.SERVER, CONFIG)
        server.receive_data(request)
        events = server.receive_data(packet(bytes(octets)))
        assert len(events) == 1
        faults += isinstance(events[0], ProtocolFault)
    assert 700 < faults <= 1500


def test_memory_is_bounded_by_the_spdu_limit() -> None:
    server = OSIEnvironment(Role.SERVER, replace(CONFIG, cotp=COTPConfig(max_spdu_octets=20_000)))
    server.receive_data(OSIEnvironment(Role.CLIENT, CONFIG).connect())
    segment = encode_packet(b"\x02\xf0\x00" + bytes(4000))
    for _ in range(5):
        assert server.receive_data(segment) == []
    assert server.buffered_octets == 20_000
    assert fault_of(server.receive_data(segment)) == "15.1"
    assert server.buffered_octets == 0


def test_spdus_in_the_wrong_state() -> None:
    client, server = associated(), associated()
    assert fault_of(server.server.receive_data(packet(AARQ_SPDU))) == "15.1"
    assert fault_of(client.client.receive_data(packet(AARE_SPDU))) == "15.1"
    early = EnvironmentPair(NATIVE)
    assert fault_of(early.server.receive_data(packet(b"\x01\x00\x01\x00\x61\x00"))) == "15.1"
    fresh = EnvironmentPair(CONFIG)
    assert fault_of(fresh.client.receive_data(packet(AARQ_SPDU))) == "15.1"


def test_transport_disconnect() -> None:
    pair = associated()
    events = pair.client.receive_data(encode_packet(bytes.fromhex("06800001000180")))
    assert events == [Disconnected("transport disconnected, reason 128")]
    assert pair.client.state is SessionState.CLOSED


# --- our own caller ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "envelope",
    [
        NATIVE_AARE,
        data(b"\xa0\x00"),
        RLRQ,
        RLRE,
        ABRT,
        Envelope(Carrier.TRANSPORT_LOST),
    ],
)
def test_illegal_calls_change_nothing(envelope: Envelope) -> None:
    pair = EnvironmentPair(NATIVE)
    for end in (pair.client, pair.server):
        with pytest.raises(LocalProtocolError):
            end.send(envelope)
        assert end.state is SessionState.IDLE
    with pytest.raises(LocalProtocolError):
        pair.server.send(NATIVE_AARQ)
    pair.exchange(True, NATIVE_AARQ)
    with pytest.raises(LocalProtocolError):
        pair.client.send(NATIVE_AARQ)


def test_unsendable_envelopes_change_nothing() -> None:
    pair = EnvironmentPair(NATIVE)
    for bad in (
        replace(NATIVE_AARQ, application_context=None),
        replace(NATIVE_AARQ, user_information=(UserInformation("1.2.3", b"\x05\x00"),)),
        replace(
            NATIVE_AARQ,
            user_information=(
                UserInformation(E2E_SECURITY_SYNTAX, b"\x04\x82\x28\x00" + bytes(10240)),
            ),
        ),
    ):
        with pytest.raises(TransportError):
            pair.client.send(bad)
        assert pair.client.state is SessionState.IDLE
    pair.exchange(True, NATIVE_AARQ)
    pair.exchange(False, NATIVE_AARE)
    for bad in (data(b"\x05\x00", "1.2.3"), Envelope(Carrier.DATA)):
        with pytest.raises(TransportError):
            pair.client.send(bad)
    assert pair.exchange(True, data(b"\xa0\x00")).carrier is Carrier.DATA


def test_connected_is_told_once_per_side() -> None:
    client, server = OSIEnvironment(Role.CLIENT, NATIVE), OSIEnvironment(Role.SERVER, NATIVE)
    assert server.receive_data(client.connect()) == [Connected()]
    with pytest.raises(LocalProtocolError):
        server.send(NATIVE_AARE)  # which must not swallow the waiting answer
    assert client.receive_data(server.data_to_send()) == [Connected()]
    assert server.data_to_send() == b""
