"""The asyncio runner over loopback: order, limits, time-outs, isolation, cancelling."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import wraps
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from environment.parties import (
    CONFIG,
    FAST,
    FakeHandler,
    Hall,
    connected,
    sending,
    until,
)
from environment.pki import make_authority, make_key
from iec62351_4.environment.config import Role
from iec62351_4.environment.cotp import COTPConfig
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.errors import TransportError
from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.handlers.outputs import (
    Close,
    Deliver,
    Indicate,
    Indication,
    Log,
    StartTimer,
    StopTimer,
)
from iec62351_4.transport.connection import open_stream
from iec62351_4.transport.runner import Association, Limits
from iec62351_4.transport.tls import client_context, server_context

AUTHORITY = make_authority()


def asynchronous(
    test: Callable[..., Coroutine[Any, Any, None]],
) -> Callable[..., None]:
    """Run a coroutine test with a time limit."""

    @wraps(test)
    def run(*arguments: object, **named: object) -> None:
        asyncio.run(asyncio.wait_for(test(*arguments, **named), 20))

    return run


def assert_indicated(event: object, kind: Indication) -> None:
    """The event is an indication of this kind."""
    assert isinstance(event, Indicate), event
    assert event.kind is kind


async def associate(association: Association) -> None:
    """Take events up to ASSOCIATED."""
    event = await association.next_event()
    assert_indicated(event, Indication.ASSOCIATED)


async def echo(association: Association, octets: bytes) -> None:
    """Send one value and take its echo."""
    await association.perform(sending(octets))
    assert await association.next_event() == Deliver(octets)


async def send_many(
    association: Association, octets: bytes, calls: int, *, at_once: int = 1
) -> None:
    """Send a value over and over without taking events."""
    for _ in range(calls):
        await association.perform(sending(octets, at_once))


@asynchronous
async def test_values_arrive_in_order() -> None:
    hall, handler = Hall(), FakeHandler(is_client=True)
    async with hall.open() as server, connected(server.port, handler) as association:
        await associate(association)
        values = [b"\x04\x81\x80" + bytes((n,)) * 128 for n in range(200)]
        for value in values:
            await echo(association, value)
        assert hall.received == values
        assert handler.calls[:2] == ["ready", "AARE"]


@asynchronous
async def test_mutual_tls() -> None:
    hall = Hall(tls=server_context(AUTHORITY.config("ec", number=1)))
    client = client_context(AUTHORITY.config("ec", number=2))
    events: list[SecurityEvent] = []
    handler = FakeHandler(is_client=True)
    async with (
        hall.open() as server,
        connected(server.port, handler, tls=client, events=events) as association,
    ):
        await associate(association)
        await echo(association, b"\x04\x82\x80\x00" + bytes(32768))
    assert [event.id for event in events] == ["IEC62351-3:1.1"]
    assert [event.id for event in hall.events] == ["IEC62351-3:1.1"]
    peer = hall.streams[0].tls_peer
    assert peer is not None
    assert peer.version == "TLSv1.3"


@asynchronous
async def test_plain_client_on_the_tls_port_and_stranger() -> None:
    hall = Hall(tls=server_context(AUTHORITY.config("ec", number=1)))
    async with hall.open() as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(bytes.fromhex("0300001611e00000000100c0010dc2020001c1020001"))
        assert await reader.read() in (b"", b"\x15\x03\x01\x00\x02\x02\x46")
        writer.close()
        stranger = client_context(make_authority("stranger").config("ec", number=7))
        events: list[SecurityEvent] = []
        with pytest.raises(TransportError, match=r"^TLS to 127\.0\.0\.1:\d+ failed: "):
            await open_stream("127.0.0.1", server.port, stranger, log=events.append)
        assert [event.id for event in events] == ["IEC62351-3:2.3"]
        await until(lambda: server.connections == 0)
    assert hall.handlers == []


@asynchronous
async def test_nobody_listens() -> None:
    hall = Hall()
    async with hall.open() as server:
        port = server.port
    with pytest.raises(TransportError, match=r"^no connection to 127\.0\.0\.1:\d+: "):
        await open_stream("127.0.0.1", port, None, log=hall.events.append)


@asynchronous
async def test_timers_use_the_given_clock() -> None:
    start = 1_000_000
    handler = FakeHandler(is_client=True)
    handler.after_ready = (
        StartTimer("second", start + 60),
        StartTimer("first", start + 20),
        StartTimer("never", start + 30),
        StartTimer("first", start + 10),
        StopTimer("never"),
        StopTimer("unknown"),
    )
    hall = Hall()
    async with (
        hall.open() as server,
        connected(server.port, handler, clock=lambda: start) as association,
    ):
        await associate(association)
        await until(lambda: "timer second" in handler.calls)
    timers = [call for call in handler.calls if call.startswith("timer")]
    assert timers == ["timer first", "timer second"]


@asynchronous
async def test_timer_outputs_are_carried_out_and_close_ends() -> None:
    handler = FakeHandler(is_client=True)
    handler.after_ready = (StartTimer("end", 0),)
    handler.on_timer = lambda name: (Deliver(b"last"), Close())
    hall = Hall()
    async with hall.open() as server, connected(server.port, handler) as association:
        assert await association.next_event() == Deliver(b"last")
        assert await association.next_event() is None
        assert association.close_reason == "closed by the handler"
        with pytest.raises(TransportError, match="the association is over"):
            await association.perform(lambda now: ())
    assert "lost" not in handler.calls


@asynchronous
async def test_timers_die_with_the_association() -> None:
    start = 5_000
    handler = FakeHandler(is_client=True)
    handler.after_ready = (StartTimer("late", start + 100),)
    hall = Hall()
    async with (
        hall.open() as server,
        connected(server.port, handler, clock=lambda: start) as association,
    ):
        await associate(association)
        association.close("enough")
        await asyncio.sleep(0.2)
    assert "timer late" not in handler.calls


@asynchronous
async def test_a_fault_in_a_timer_ends_the_association() -> None:
    def fail(name: str) -> tuple[()]:
        raise ZeroDivisionError("a fault of the handler")

    handler = FakeHandler(is_client=True, on_timer=fail, after_ready=(StartTimer("bad", 0),))
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
    hall = Hall()
    async with hall.open() as server, connected(server.port, handler) as association:
        while await association.next_event() is not None:
            pass
        assert association.close_reason == "timer bad failed"
    assert [type(context.get("exception")) for context in faults] == [ZeroDivisionError]


@asynchronous
async def test_oversized_certificate_is_refused_after_the_handshake() -> None:
    key = make_key("ec", 8)
    chain = AUTHORITY.issue(key, padding=8192).public_bytes(Encoding.PEM)
    big = AUTHORITY.config("ec", number=8, certificate_chain_pem=chain)
    hall = Hall(tls=server_context(AUTHORITY.config("ec", number=1)))
    async with hall.open() as server:
        events: list[SecurityEvent] = []
        tls = client_context(big)
        stream = await open_stream("127.0.0.1", server.port, tls, log=events.append)
        assert await refused(stream.reader)
        stream.writer.close()
        await until(lambda: server.connections == 0)
    assert [event.id for event in hall.events] == ["IEC62351-3:2.1"]
    hall = Hall(tls=server_context(big))
    async with hall.open() as server:
        events = []
        tls = client_context(AUTHORITY.config("ec"))
        with pytest.raises(TransportError, match="longer than 8192 octets"):
            await open_stream("127.0.0.1", server.port, tls, log=events.append)
    assert [event.id for event in events] == ["IEC62351-3:2.1"]


@asynchronous
async def test_silent_and_garbage_peers_harm_no_other_association() -> None:
    hall = Hall(limits=replace(FAST, associate_seconds=0.3))
    handler = FakeHandler(is_client=True)
    async with hall.open() as server, connected(server.port, handler) as association:
        await associate(association)
        silent = await asyncio.open_connection("127.0.0.1", server.port)
        garbage = await asyncio.open_connection("127.0.0.1", server.port)
        garbage[1].write(b"GET / HTTP/1.1\r\n\r\n")
        assert await garbage[0].read() == b""
        assert await silent[0].read() == b""
        for _, writer in (silent, garbage):
            writer.close()
        await echo(association, b"\x05\x00")
        await until(lambda: server.connections == 1)
    reasons = {item.close_reason for item in hall.associations}
    assert "no association in time" in reasons
    assert [event.id for event in hall.events] == ["IEC62351-4:15.1"]
    assert hall.events[0].peer is not None


@asynchronous
async def test_a_fault_of_one_handler_harms_no_other_association() -> None:
    handlers = iter([FakeHandler(False), FakeHandler(False, fails_on_data=True)])
    hall = Hall(make_handler=lambda: next(handlers))
    faults: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: faults.append(context))
    async with hall.open() as server:
        async with connected(server.port, FakeHandler(True)) as good:
            await associate(good)
            async with connected(server.port, FakeHandler(True)) as bad:
                await associate(bad)
                await bad.perform(sending(b"\x05\x00"))
                event = await bad.next_event()
                assert_indicated(event, Indication.ABORTED)
            await echo(good, b"\x05\x00")
        await until(lambda: server.connections == 0)
    gc.collect()
    assert [type(context.get("exception")) for context in faults] == [ZeroDivisionError]


async def refused(reader: asyncio.StreamReader) -> bool:
    """Whether the peer closes or resets without a word."""
    try:
        return await reader.read() == b""
    except ConnectionResetError:
        return True


@asynchronous
async def test_connection_limit() -> None:
    hall = Hall()
    async with hall.open() as server:
        waiting = [
            await asyncio.open_connection("127.0.0.1", server.port)
            for _ in range(FAST.max_connections)
        ]
        await until(lambda: server.connections == FAST.max_connections)
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        assert await refused(reader)
        writer.close()
        assert server.connections == FAST.max_connections
        for _, other in waiting:
            other.close()
        await until(lambda: server.connections == 0)


@asynchronous
async def test_reading_pauses_while_the_user_does_not_take_events() -> None:
    limits = replace(FAST, max_queued_events=5, drain_seconds=0.2, max_write_buffer_octets=1 << 24)
    hall = Hall(limits=limits, takes_events=False)
    value = b"\x04\x82\x40\x00" + bytes(16384)
    async with hall.open() as server:
        async with connected(server.port, FakeHandler(True), limits=limits) as association:
            await associate(association)
            with pytest.raises(TransportError, match=r"does not read|is over"):
                await send_many(association, value, 2000)
            assert association.close_reason == "peer does not read"
        (served,) = hall.associations
        assert served.queued_events < 20


@asynchronous
async def test_write_buffer_limit() -> None:
    limits = replace(FAST, max_write_buffer_octets=100_000)
    hall = Hall(takes_events=False, limits=replace(FAST, max_queued_events=1))
    value = b"\x04\x82\x40\x00" + bytes(16384)
    async with (
        hall.open() as server,
        connected(server.port, FakeHandler(True), limits=limits) as association,
    ):
        await associate(association)
        with pytest.raises(TransportError, match=r"does not read|is over"):
            await send_many(association, value, 100, at_once=20)
        assert association.close_reason == "too many unsent octets"


@asynchronous
async def test_peer_goes_away() -> None:
    hall, handler = Hall(), FakeHandler(is_client=True)
    async with hall.open() as server:
        async with connected(server.port, handler) as association:
            await associate(association)
        await until(lambda: server.connections == 0)
    assert hall.handlers[0].calls[-1] == "lost"
    assert hall.associations[0].close_reason in (
        "peer closed the connection",
        "transport failed: ConnectionResetError",
    )


@asynchronous
async def test_cancelling_tells_the_handler_and_closes() -> None:
    hall, handler = Hall(), FakeHandler(is_client=True)
    async with hall.open() as server:
        stream = await open_stream("127.0.0.1", server.port, None, log=hall.events.append)
        association = Association(
            handler,
            OSIEnvironment(Role.CLIENT, CONFIG),
            stream.reader,
            stream.writer,
            log=hall.events.append,
            limits=FAST,
        )
        task = asyncio.create_task(association.run())
        await associate(association)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert handler.calls[-1] == "lost"
        event = await association.next_event()
        assert_indicated(event, Indication.ABORTED)
        assert await association.next_event() is None
        await until(lambda: server.connections == 0)


@asynchronous
async def test_session_and_idle_time() -> None:
    for limits, reason in (
        (replace(FAST, session_seconds=0.1), "session time is over"),
        (replace(FAST, idle_seconds=0.1), "peer was silent for too long"),
    ):
        hall, handler = Hall(), FakeHandler(is_client=True)
        async with (
            hall.open() as server,
            connected(server.port, handler, limits=limits) as association,
        ):
            await associate(association)
            event = await association.next_event()
            assert_indicated(event, Indication.ABORTED)
            assert association.close_reason == reason
        assert handler.calls[-1] == "lost"


@asynchronous
async def test_unsendable_envelope_ends_the_association() -> None:
    hall, handler = Hall(), FakeHandler(is_client=True)
    async with hall.open() as server, connected(server.port, handler) as association:
        await associate(association)
        with pytest.raises(TransportError, match="cannot be sent"):
            await association.perform(sending(b"\x04\x83\x01\x80\x00"))
        assert association.close_reason == "an envelope cannot be sent"
        assert handler.calls[-1] == "lost"


@asynchronous
async def test_log_outputs_reach_the_sink() -> None:
    happening = SecurityEvent(id="IEC62351-4:1.1", severity=Severity.ERROR, text="x", time=0)
    hall, handler = Hall(), FakeHandler(is_client=True)
    events: list[SecurityEvent] = []
    handler.after_ready = (Log(happening),)
    async with (
        hall.open() as server,
        connected(server.port, handler, events=events) as association,
    ):
        await associate(association)
    assert events == [happening]


@asynchronous
async def test_oversized_spdu_ends_only_its_association() -> None:
    config = replace(CONFIG, cotp=COTPConfig(max_spdu_octets=5000))
    hall = Hall(config=config)
    async with hall.open() as server:
        async with connected(server.port, FakeHandler(True)) as association:
            await associate(association)
            await association.perform(sending(b"\x04\x82\x40\x00" + bytes(16384)))
            event = await association.next_event()
            assert_indicated(event, Indication.ABORTED)
        await until(lambda: server.connections == 0)
    assert [event.id for event in hall.events] == ["IEC62351-4:15.1"]


def test_limits_have_defaults_that_end() -> None:
    limits = Limits()
    assert limits.session_seconds is None
    assert limits.idle_seconds is None
    assert limits.max_connections > 0
    assert limits.max_queued_events > 0
