"""The plain side of a gateway against itself and against misbehaving peers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from environment.captured import INITIATE_REQUEST, INITIATE_RESPONSE
from environment.parties import until
from environment.test_runner import asynchronous
from iec62351_4.environment.config import Role
from iec62351_4.environment.envelope import AssociateResult, Carrier, Envelope
from iec62351_4.environment.events import Received
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.errors import EncodeError, TransportError
from iec62351_4.events import SecurityEvent
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.plain_mms import PLAIN_CONFIG, AssociationRefusedError, PlainMMS
from iec62351_4.transport.runner import Limits

FAST = Limits(connect_seconds=1, associate_seconds=0.5, close_seconds=0.3, drain_seconds=0.3)
INITIATE_ERROR = bytes.fromhex("aa03850101")
READ, ANSWER = bytes.fromhex("a003020101"), bytes.fromhex("a103020101")


def log(event: SecurityEvent) -> None:
    """Plain connections have no security events."""
    raise AssertionError(event.text)


@contextlib.asynccontextmanager
async def served(
    serve: Callable[[PlainMMS], Awaitable[None]],
) -> AsyncIterator[Callable[[], Awaitable[Stream]]]:
    """A plain server; gives a function that opens a stream to it."""

    async def accept(stream: Stream) -> None:
        await serve(PlainMMS(Role.SERVER, stream, limits=FAST))

    server = StreamServer(accept, None, log=log, limits=FAST)
    await server.start("127.0.0.1", 0)
    try:
        yield lambda: open_stream("127.0.0.1", server.port, None, log=log, limits=FAST)
        await until(lambda: server.connections == 0)
    finally:
        await server.close()


@asynchronous
async def test_association_data_and_release() -> None:
    seen: list[object] = []

    async def serve(plain: PlainMMS) -> None:
        seen.append(await plain.accept_request())
        await plain.accept(INITIATE_RESPONSE)
        while (mms := await plain.receive()) is not None:
            seen.append(mms)
            await plain.send(ANSWER)
        seen.append(plain.end_reason)
        await plain.close()

    async with served(serve) as connect:
        client = PlainMMS(Role.CLIENT, await connect(), limits=FAST)
        assert await client.associate(INITIATE_REQUEST) == INITIATE_RESPONSE
        for _ in range(3):
            await client.send(READ)
            assert await client.receive() == ANSWER
        with pytest.raises(EncodeError):
            await client.send(b"\xa0\x05\x02")
        await client.release()
        assert client.end_reason == "released by us"
        with pytest.raises(TransportError, match="the association is over"):
            await client.send(READ)
        assert await client.receive() is None
    assert seen == [INITIATE_REQUEST, READ, READ, READ, "released by the peer"]


@pytest.mark.parametrize("error", [None, INITIATE_ERROR])
@asynchronous
async def test_refusal(error: bytes | None) -> None:
    async def serve(plain: PlainMMS) -> None:
        await plain.accept_request()
        await plain.refuse(error)

    async with served(serve) as connect:
        client = PlainMMS(Role.CLIENT, await connect(), limits=FAST)
        with pytest.raises(AssociationRefusedError) as caught:
            await client.associate(INITIATE_REQUEST)
        assert caught.value.result == AssociateResult.REJECTED_PERMANENT
        assert caught.value.initiate_error == error
        await client.close()


@asynchronous
async def test_abort_in_both_directions() -> None:
    reasons: list[str | None] = []

    async def serve(plain: PlainMMS) -> None:
        await plain.accept_request()
        if not reasons:
            await plain.accept(INITIATE_RESPONSE)
            assert await plain.receive() is None
            reasons.append(plain.end_reason)
        else:
            await plain.abort()

    async with served(serve) as connect:
        client = PlainMMS(Role.CLIENT, await connect(), limits=FAST)
        await client.associate(INITIATE_REQUEST)
        await client.abort()
        await until(lambda: bool(reasons))
        client = PlainMMS(Role.CLIENT, await connect(), limits=FAST)
        with pytest.raises(AssociationRefusedError) as caught:
            await client.associate(INITIATE_REQUEST)
        assert (caught.value.result, caught.value.initiate_error) == (None, None)
        await client.close()
    assert reasons == ["ABRT from the peer"]


@asynchronous
async def test_silent_server_and_silent_client() -> None:
    failures: list[str] = []

    async def serve(plain: PlainMMS) -> None:
        try:
            await plain.accept_request()
        except TransportError as error:
            failures.append(str(error))
            return
        await asyncio.sleep(1)

    async with served(serve) as connect:
        silent = await connect()
        client = PlainMMS(Role.CLIENT, await connect(), limits=FAST)
        with pytest.raises(TransportError, match=r"^no answer to the association request in time$"):
            await client.associate(INITIATE_REQUEST)
        await client.close()
        await until(lambda: bool(failures))
        silent.writer.close()
    assert failures == ["no association request in time"]


@asynchronous
async def test_request_without_mms_is_aborted() -> None:
    failures: list[str] = []

    async def serve(plain: PlainMMS) -> None:
        with pytest.raises(TransportError) as caught:
            await plain.accept_request()
        failures.append(str(caught.value))

    async with served(serve) as connect:
        stream = await connect()
        environment = OSIEnvironment(Role.CLIENT, PLAIN_CONFIG)
        stream.writer.write(environment.connect())
        environment.receive_data(await stream.reader.read(100))
        aarq = Envelope(Carrier.AARQ, application_context="1.0.9506.2.3")
        stream.writer.write(environment.send(aarq))
        events = environment.receive_data(await stream.reader.read())
        assert events == [Received(Envelope(Carrier.ABRT, abort_source=0))]
        stream.writer.close()
    assert failures == ["the first APDU is not an AARQ with an MMS initiate-Request"]


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (b"GET / HTTP/1.1\r\n", "15.1: TPKT: version is 71, not 3 (at offset 0)"),
        (b"", "connection closed by the peer"),
    ],
)
@asynchronous
async def test_peers_that_speak_something_else(octets: bytes, reason: str) -> None:
    failures: list[str] = []

    async def serve(plain: PlainMMS) -> None:
        with pytest.raises(TransportError) as caught:
            await plain.accept_request()
        failures.append(str(caught.value))

    async with served(serve) as connect:
        stream = await connect()
        stream.writer.write(octets)
        stream.writer.write_eof()
        assert await stream.reader.read() == b""
        stream.writer.close()
    assert failures == [reason]
