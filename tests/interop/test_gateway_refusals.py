"""What a gateway pair must not carry, and what must not disturb what it carries.

The plain peers are our own, so these tests run everywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from environment.pki import make_authority
from iec62351_4.environment.config import Mode, OSIConfig, Role, contexts_of
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    MMS_APPLICATION_CONTEXT,
    Carrier,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.events import Received
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.errors import AssociationError, ConfigurationError, TransportError
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.services import Address
from iec62351_4.transport.connection import Stream, StreamServer
from iec62351_4.transport.gateway import (
    EVENT_BACKEND,
    EVENT_REMOTE,
    INITIATE_ERROR,
    ClientGateway,
    Endpoint,
)
from iec62351_4.transport.plain_mms import AssociationRefusedError
from iec62351_4.transport.security import Security
from interlock.demo import mms
from interop.pair import (
    HOST,
    MODES,
    Pair,
    Setting,
    client_half,
    gateway_pair,
    no_log,
    plain_backend,
    plain_client,
    read_once,
    run,
    security,
    stations,
)
from interop.process import free_port


async def refused(pair: Pair) -> AssociationError:
    """Associate with a pair; fails unless that is refused."""
    plain = await plain_client(pair.port)
    try:
        with pytest.raises(AssociationError) as caught:
            await plain.associate(mms.INITIATE_REQUEST)
    finally:
        await plain.close()
    return caught.value


def assert_refused(setting: Setting, *checks: str) -> None:
    """The pair carries nothing; these checks failed, and no plain data got through."""

    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(setting, backend) as pair:
            await refused(pair)
            await pair.over()
            assert pair.failed_checks == list(checks), pair.events

    run(work())


# --- who may associate --------------------------------------------------------------------------


def test_server_with_the_certificate_of_another_address() -> None:
    """It claims the address that the client calls, with a certificate that says another one."""
    server = stations("secp256r1")[1]
    address = Address("1.1.999.2", 24)
    liar = replace(server, identity=replace(server.identity, address=address))
    assert_refused(Setting(server=liar, expected_peer=address), "HA-07")


def test_server_that_is_not_the_one_called() -> None:
    """It says so itself (OE-08), in a rejection without a SecPDU (OE-13)."""
    assert_refused(Setting(expected_peer=Address("1.1.999.2", 24)), "OE-08", "OE-13")


def test_client_that_is_not_among_the_allowed_peers() -> None:
    station = stations("secp256r1")[1]
    only = replace(station, allowed_peers=frozenset({Address("1.1.999.1", 13)}))

    async def work() -> None:
        setting = Setting()
        async with plain_backend() as backend, gateway_pair(setting, backend) as pair:
            inner = pair.gateways[0]
            inner.security = replace(inner.security, station=only)
            await refused(pair)
            await pair.over()
            assert pair.failed_checks == ["HR-08"], pair.events

    run(work())


@pytest.mark.parametrize(
    ("mode", "checks"),
    # Native: the client has no reason to trust the signed rejection either.
    [("ae", ("HR-06p", "SJ-05")), ("compat", ("AP-04",))],
)
def test_client_of_an_untrusted_authority(mode: str, checks: tuple[str, ...]) -> None:
    setting = Setting(mode)
    assert_refused(replace(setting, client=stations(setting.key, 1)[0]), *checks)


@pytest.mark.parametrize(
    ("mode", "check"),
    [("ae", "HA-05p"), ("compat", "AP-84")],
)
def test_server_of_an_untrusted_authority(mode: str, check: str) -> None:
    """The server trusts the client, the client does not trust the server."""
    setting = Setting(mode)
    ours, theirs = stations(setting.key), stations(setting.key, 1)
    server = replace(theirs[1], trust=ours[1].trust)
    assert_refused(replace(setting, server=server), check)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_tls_server_of_an_untrusted_authority(tls: str) -> None:
    setting = Setting(tls=tls, server_tls_authority=make_authority("stranger"))

    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(setting, backend) as pair:
            error = await refused(pair)
            assert isinstance(error, AssociationRefusedError)
            assert error.initiate_error == INITIATE_ERROR
            await pair.over()
            assert "IEC62351-3:2.3" in pair.complaints  # no trust anchor for the certificate
            assert EVENT_REMOTE in pair.complaints
            assert set(pair.rows) == {"NC-01"}, "no handler may have come to send anything"

    run(work())


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_client_without_tls_on_the_tls_port(tls: str) -> None:
    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(Setting(tls=tls), backend) as pair:
            plain = await plain_client(pair.server_port)
            with pytest.raises(TransportError):
                await plain.associate(mms.INITIATE_REQUEST)
            await plain.close()
            await pair.over()

    run(work())


def test_plain_client_on_the_protected_port() -> None:
    """Somebody who knows nothing of 62351-4 gets nowhere, in any mode."""

    async def work(mode: str) -> None:
        async with plain_backend() as backend, gateway_pair(Setting(mode), backend) as pair:
            plain = await plain_client(pair.server_port)
            with pytest.raises(AssociationError):
                await plain.associate(mms.INITIATE_REQUEST)
            await plain.close()
            await pair.over()
            assert pair.complaints != []

    for mode in MODES:
        run(work(mode))


# --- a peer that answers with plain MMS -----------------------------------------------------------


@contextlib.asynccontextmanager
async def lenient_server() -> AsyncIterator[int]:
    """Accepts any application context and answers as if MMS had been asked for, as most do."""
    contexts = (*contexts_of(Mode.NATIVE), *contexts_of(Mode.COMPAT))
    answer = Envelope(
        Carrier.AARE,
        application_context=MMS_APPLICATION_CONTEXT,
        result=0,
        diagnostic_source=1,
        diagnostic=0,
        user_information=(UserInformation(MMS_ABSTRACT_SYNTAX, mms.INITIATE_RESPONSE),),
    )

    async def serve(stream: Stream) -> None:
        environment = OSIEnvironment(Role.SERVER, OSIConfig(tuple(dict.fromkeys(contexts))))
        while octets := await stream.reader.read(65536):
            for event in environment.receive_data(octets):
                if isinstance(event, Received) and event.envelope.carrier is Carrier.AARQ:
                    stream.writer.write(environment.send(answer))
            stream.writer.write(environment.data_to_send())

    server = StreamServer(serve, None, log=no_log)
    await server.start(HOST, 0)
    try:
        yield server.port
    finally:
        await server.close()


@pytest.mark.parametrize(("mode", "checks"), [("ae", ["OE-12"]), ("compat", ["AP-08m"])])
def test_downgrade_by_an_answer_in_plain_mms(mode: str, checks: list[str]) -> None:
    async def work() -> None:
        async with lenient_server() as port, client_half(Setting(mode), port) as pair:
            await refused(pair)
            await pair.over()
            assert pair.failed_checks == checks, pair.events

    run(work())


# --- what is not there ----------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_backend_that_is_down(mode: str) -> None:
    async def work() -> None:
        async with gateway_pair(Setting(mode), free_port()) as pair:
            error = await refused(pair)
            assert isinstance(error, AssociationRefusedError)
            assert error.initiate_error == INITIATE_ERROR
            await pair.over()
            assert pair.complaints == [EVENT_BACKEND]

    run(work())


def test_remote_that_is_down() -> None:
    async def work() -> None:
        async with client_half(Setting(), free_port()) as pair:
            error = await refused(pair)
            assert isinstance(error, AssociationRefusedError)
            assert error.initiate_error == INITIATE_ERROR
            assert pair.complaints == [EVENT_REMOTE]

    run(work())


# --- isolation ------------------------------------------------------------------------------------

GARBAGE = (
    b"\x00" * 64,
    b"GET / HTTP/1.1\r\n\r\n",
    b"\x03\x00\xff\xff" + bytes(100),  # a TPKT that never ends
    bytes.fromhex("0300000b06e0000000000000") + bytes.fromhex("0300000802f08099"),
)


async def throw(port: int, octets: bytes) -> None:
    """Send octets to a port and go away."""
    _, writer = await asyncio.open_connection(HOST, port)
    writer.write(octets)
    with contextlib.suppress(OSError):
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("mode", MODES)
def test_garbage_and_broken_associations_disturb_nobody(mode: str) -> None:
    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(Setting(mode), backend) as pair:
            steady = await plain_client(pair.port)
            await steady.associate(mms.INITIATE_REQUEST)
            assert await read_once(steady)
            for octets in GARBAGE:
                await throw(pair.server_port, octets)
                await throw(pair.port, octets)
                assert await read_once(steady)
            for ending in ("garbage", "abort", "cut"):
                other = await plain_client(pair.port)
                await other.associate(mms.INITIATE_REQUEST)
                assert await read_once(other)
                if ending == "garbage":
                    other._writer.write(GARBAGE[0])
                elif ending == "abort":
                    await other.abort()
                else:
                    other._writer.transport.abort()
                assert await read_once(steady)
                await other.close()
            await steady.release()
            await pair.over()

    run(work())


def test_closing_a_half_aborts_what_it_carries() -> None:
    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(Setting(), backend) as pair:
            plain = await plain_client(pair.port)
            await plain.associate(mms.INITIATE_REQUEST)
            assert await read_once(plain)
            await pair.gateways[1].close()
            assert await plain.receive() is None
            assert plain.end_reason == "ABRT from the peer"
            await pair.over()
            # the server half was told, in a signed SecPDU
            assert pair.rows["NC-21"] == 1
            assert pair.rows["NS-20a"] == 1

    run(work())


def test_two_associations_within_a_second_in_compatibility_mode() -> None:
    """The time of the A-profile has seconds only, and a server refuses the same one twice."""

    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(Setting("compat"), backend) as pair:
            clients = [await plain_client(pair.port) for _ in range(2)]
            await asyncio.gather(*(c.associate(mms.INITIATE_REQUEST) for c in clients))
            assert all([await read_once(c) for c in clients])
            for client in clients:
                await client.release()
            await pair.over()
            assert pair.complaints == []

    run(work())


# --- configurations that cannot work --------------------------------------------------------------


def test_configuration_that_contradicts_the_transport() -> None:
    with pytest.raises(ConfigurationError):
        Security(CompatibilityConfig(uses_tls=True), stations("rsa")[0], tls=None)


def test_configuration_that_the_model_does_not_allow() -> None:
    sound = security(Setting(), Role.CLIENT, Pair())
    wrong = replace(sound, config=NativeConfig(uses_tls=False, wants_encryption=False))
    with pytest.raises(ConfigurationError):
        ClientGateway(Endpoint(HOST, 1), wrong)


def test_port_of_a_gateway_that_is_not_started() -> None:
    gateway = ClientGateway(Endpoint(HOST, 1), security(Setting(), Role.CLIENT, Pair()))
    with pytest.raises(ConfigurationError):
        _ = gateway.port
    assert gateway.connections == 0
    asyncio.run(gateway.close())
