"""Small hand-written handlers and a place to run them, for tests of the runner."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from iec62351_4.environment.config import (
    E2E_SECURITY_SYNTAX,
    Mode,
    OSIConfig,
    Role,
    contexts_of,
)
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.events import SecurityEvent
from iec62351_4.handlers.outputs import Close, Deliver, Indicate, Indication, Output, Send
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.runner import Association, Limits, utc_milliseconds

CONFIG = OSIConfig(contexts=contexts_of(Mode.NATIVE))
E2E_CONTEXT = "1.0.62351.4.2.1"
FAST = Limits(
    connect_seconds=2, associate_seconds=2, drain_seconds=0.3, close_seconds=0.3, max_connections=3
)


def data(octets: bytes) -> Envelope:
    """A DATA envelope of the end-to-end context."""
    return Envelope(Carrier.DATA, user_information=(UserInformation(E2E_SECURITY_SYNTAX, octets),))


def sending(octets: bytes, times: int = 1) -> Callable[[int], Sequence[Output]]:
    """A primitive that sends a value, several times in one go."""
    return lambda now: (Send(data(octets)),) * times


@dataclass
class FakeHandler:
    """Associates without security and delivers what comes; remembers every call."""

    is_client: bool
    calls: list[str] = field(default_factory=list)
    on_timer: Callable[[str], Sequence[Output]] = lambda name: ()
    after_ready: Sequence[Output] = ()
    fails_on_data: bool = False

    def transport_ready(self, now: int) -> Sequence[Output]:
        """Client: ask for the association."""
        self.calls.append("ready")
        if not self.is_client:
            return self.after_ready
        information = (UserInformation(E2E_SECURITY_SYNTAX, b"\x30\x00"),)
        aarq = Envelope(Carrier.AARQ, application_context=E2E_CONTEXT, user_information=information)
        return (Send(aarq), *self.after_ready)

    def transport_lost(self, now: int) -> Sequence[Output]:
        """Tell the user."""
        self.calls.append("lost")
        return (Indicate(Indication.ABORTED),)

    def receive(self, envelope: Envelope, now: int) -> Sequence[Output]:
        """Accept, deliver, close."""
        self.calls.append(envelope.carrier.value)
        match envelope.carrier:
            case Carrier.AARQ:
                aare = Envelope(
                    Carrier.AARE,
                    application_context=E2E_CONTEXT,
                    result=0,
                    diagnostic_source=1,
                    diagnostic=0,
                    user_information=envelope.user_information,
                )
                return (Send(aare), Indicate(Indication.ASSOCIATED))
            case Carrier.AARE:
                return (Indicate(Indication.ASSOCIATED, envelope.user_information[0].octets),)
            case Carrier.DATA:
                if self.fails_on_data:
                    raise ZeroDivisionError("a fault of the handler")
                return (Deliver(envelope.user_information[0].octets),)
            case _:
                return (Indicate(Indication.ABORTED), Close())

    def timer(self, name: str, now: int) -> Sequence[Output]:
        """Remember."""
        self.calls.append(f"timer {name}")
        return self.on_timer(name)


@dataclass
class Hall:
    """A server and everything that happened on it."""

    limits: Limits = FAST
    config: OSIConfig = CONFIG
    make_handler: Callable[[], FakeHandler] = lambda: FakeHandler(is_client=False)
    tls: ssl.SSLContext | None = None
    takes_events: bool = True
    events: list[SecurityEvent] = field(default_factory=list)
    handlers: list[FakeHandler] = field(default_factory=list)
    associations: list[Association] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)

    @contextlib.asynccontextmanager
    async def open(self) -> AsyncIterator[StreamServer]:
        """Listen while the block runs."""
        server = StreamServer(self._serve, self.tls, log=self.events.append, limits=self.limits)
        await server.start("127.0.0.1", 0)
        try:
            yield server
        finally:
            await server.close()

    async def _serve(self, stream: Stream) -> None:
        handler = self.make_handler()
        association = Association(
            handler,
            OSIEnvironment(Role.SERVER, self.config),
            stream.reader,
            stream.writer,
            log=self.events.append,
            limits=self.limits,
        )
        self.streams.append(stream)
        self.handlers.append(handler)
        self.associations.append(association)
        taking = asyncio.create_task(self._take(association))
        try:
            await association.run()
        finally:
            if not self.takes_events:
                taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)

    async def _take(self, association: Association) -> None:
        if not self.takes_events:
            await asyncio.Event().wait()
        while (event := await association.next_event()) is not None:
            if isinstance(event, Deliver):
                self.received.append(event.octets)
                await association.perform(sending(event.octets))


@contextlib.asynccontextmanager
async def connected(
    port: int,
    handler: FakeHandler,
    *,
    limits: Limits = FAST,
    tls: ssl.SSLContext | None = None,
    events: list[SecurityEvent] | None = None,
    clock: Callable[[], int] = utc_milliseconds,
) -> AsyncIterator[Association]:
    """A client association that runs while the block does."""
    log = [] if events is None else events
    stream = await open_stream("127.0.0.1", port, tls, log=log.append, limits=limits)
    environment = OSIEnvironment(Role.CLIENT, CONFIG)
    association = Association(
        handler,
        environment,
        stream.reader,
        stream.writer,
        log=log.append,
        limits=limits,
        clock=clock,
    )
    task = asyncio.create_task(association.run())
    try:
        yield association
    finally:
        association.close("end of the test")
        await asyncio.gather(task, return_exceptions=True)


async def until(condition: Callable[[], bool], seconds: float = 5.0) -> None:
    """Wait for a condition; fails when it does not come true."""
    deadline = asyncio.get_running_loop().time() + seconds
    while not condition():
        assert asyncio.get_running_loop().time() < deadline, "the condition did not come true"
        await asyncio.sleep(0.01)
