"""The asyncio runner: one association handler on one connection, and many side by side.

The runner owns the socket, the timers, the clock and the limits, and decides nothing about the
protocol: octets go into an ``OSIEnvironment``, envelopes into the handler, and the handler's
outputs are carried out in the order given. Calls of the handler never overlap, because each one
and the carrying out of its outputs happen without an ``await``.

Back pressure: received octets are read only while fewer than ``max_queued_events`` events wait to
be taken and the write buffer has been drained; a peer that does not read is given
``drain_seconds`` before its association ends. One association's failure ends that association.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from iec62351_4.environment.envelope import Envelope
from iec62351_4.environment.events import (
    Connected,
    Disconnected,
    EnvironmentEvent,
    ProtocolFault,
    Received,
)
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.errors import AssociationError, TransportError
from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.handlers.outputs import (
    Close,
    Deliver,
    Indicate,
    Indication,
    Log,
    Output,
    Send,
    StartTimer,
    StopTimer,
)

READ_OCTETS = 16_384
DRAIN_ABOVE_OCTETS = 65_536

Clock = Callable[[], int]
EventSink = Callable[[SecurityEvent], None]


def utc_milliseconds() -> int:
    """Milliseconds since 1970-01-01T00:00:00Z: the default clock."""
    return time.time_ns() // 1_000_000


class Handler(Protocol):
    """What the runner needs of a generated association handler.

    ``now`` is milliseconds since the epoch, UTC.
    """

    def transport_ready(self, now: int) -> Sequence[Output]:
        """The transport connection is open."""

    def transport_lost(self, now: int) -> Sequence[Output]:
        """The transport connection is gone."""

    def receive(self, envelope: Envelope, now: int) -> Sequence[Output]:
        """An EnvPDU arrived."""

    def timer(self, name: str, now: int) -> Sequence[Output]:
        """A timer that ``StartTimer`` started has run out."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Time-outs in seconds and sizes; every one of them ends only the association concerned."""

    connect_seconds: float = 10.0
    """TCP and TLS together."""
    associate_seconds: float = 20.0
    """From the open stream to the association: COTP and the handshake."""
    idle_seconds: float | None = None
    """Longest silence of the peer once associated; None: no limit, MMS has no keep-alive."""
    drain_seconds: float = 10.0
    """Longest time in which the peer may refuse to read."""
    close_seconds: float = 5.0
    """Longest wait for an orderly close of the stream."""
    session_seconds: float | None = None
    """Longest life of a connection; a TLS configuration puts its own here (at most 24 h)."""
    max_queued_events: int = 64
    """Reading pauses while this many events wait for the user."""
    max_write_buffer_octets: int = 1 << 20
    """An association whose unsent octets pass this is ended."""
    max_connections: int = 64
    """Server: connections at the same time."""


UserEvent = Deliver | Indicate


@dataclass(slots=True)
class _Life:
    """The changing facts of one association's run."""

    closing: str | None = None
    """Why the connection is being closed; None while it is not."""
    is_associated: bool = False
    last_read: float = 0.0
    """Of the loop's clock."""
    timers: dict[str, asyncio.TimerHandle] = field(default_factory=dict)


class Association:
    """One handler on one connection.

    ``run`` does the work and returns when the association is over; meanwhile other tasks take
    events with ``next_event`` and call local primitives with ``perform``.
    """

    def __init__(
        self,
        handler: Handler,
        environment: OSIEnvironment,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        *,
        log: EventSink,
        limits: Limits | None = None,
        clock: Clock = utc_milliseconds,
    ) -> None:
        """Bind the parts together; nothing is sent before ``run``.

        Args:
            handler: Its calls never overlap.
            environment: Fresh, of the same role as the handler.
            reader: Stream from the peer; TLS, if any, is already up.
            writer: Stream to the peer; ``run`` closes it.
            log: Called for each security event; must not raise.
            limits: Time-outs and sizes.
            clock: Milliseconds since the epoch, UTC.
        """
        self._handler, self._environment = handler, environment
        self._reader, self._writer = reader, writer
        self._log, self._limits, self._clock = log, limits or Limits(), clock
        self._life = _Life()
        self._guards: list[asyncio.TimerHandle] = []
        self._events: deque[UserEvent] = deque()
        self._event_waiters: deque[asyncio.Future[None]] = deque()
        self._room = asyncio.Event()
        self._room.set()
        self._closed = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        address = writer.get_extra_info("peername")
        self._peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else ""

    @property
    def peer(self) -> str:
        """Address and port of the peer."""
        return self._peer

    @property
    def close_reason(self) -> str | None:
        """Why the association ended; None while it runs."""
        return self._life.closing

    @property
    def queued_events(self) -> int:
        """How many events wait to be taken."""
        return len(self._events)

    async def next_event(self) -> UserEvent | None:
        """Take the next event for the user, or None when the association is over."""
        while not self._events:
            if self._closed.is_set():
                return None
            waiter: asyncio.Future[None] = self._loop.create_future()
            self._event_waiters.append(waiter)
            await waiter
        event = self._events.popleft()
        if len(self._events) < self._limits.max_queued_events:
            self._room.set()
        return event

    async def perform(self, primitive: Callable[[int], Sequence[Output]]) -> None:
        """Call a local primitive of the handler with the time, and carry out its outputs.

        Raises:
            TransportError: The association is over, or the peer does not read.
            AssociationError: What the handler raised; its state is unchanged then.
        """
        if self._life.closing is not None:
            raise TransportError("the association is over")
        self._carry_out(primitive(self._clock()))
        await self._drain()

    def close(self, reason: str) -> None:
        """End the association from outside; what was written before is still sent.

        The handler is not called: use ``perform`` with its abort or release first.
        """
        if self._life.closing is not None:
            return
        self._life.closing = reason
        for handle in (*self._life.timers.values(), *self._guards):
            handle.cancel()
        self._life.timers.clear()
        self._room.set()
        # Flushes, then wakes a reader or writer that waits. The peer may refuse to read.
        self._writer.close()
        transport = self._writer.transport
        self._guards = [self._loop.call_later(self._limits.close_seconds, transport.abort)]

    async def run(self) -> None:
        """Drive the association until it is over. Cancelling closes the connection.

        Errors of the peer or the network end the association and are not raised; a fault in the
        handler itself is, after the connection is closed.
        """
        self._arm_guards()
        try:
            self._writer.transport.set_write_buffer_limits(DRAIN_ABOVE_OCTETS)
            if self._environment.is_client:
                self._writer.write(self._environment.connect())
            await self._read_until_closed()
        except (OSError, TransportError) as error:  # ssl.SSLError is an OSError
            self._end(f"transport failed: {type(error).__name__}")
        finally:
            try:
                self._end("cancelled")
            finally:
                self._environment.close()
                self._closed.set()
                self._wake_users()
                await close_writer(self._writer, self._limits.close_seconds)
                for handle in self._guards:
                    handle.cancel()

    def _arm_guards(self) -> None:
        limits, later = self._limits, self._loop.call_later
        self._guards.append(later(limits.associate_seconds, self._on_late))
        if limits.session_seconds is not None:
            reason = "session time is over"
            self._guards.append(later(limits.session_seconds, self._end, reason))
        if limits.idle_seconds is not None:
            self._life.last_read = self._loop.time()
            self._guards.append(later(limits.idle_seconds, self._on_idle, limits.idle_seconds))

    async def _read_until_closed(self) -> None:
        while self._life.closing is None:
            await self._room.wait()
            octets = await self._reader.read(READ_OCTETS)
            if not octets:
                self._end("peer closed the connection")
            self._life.last_read = self._loop.time()
            for event in self._environment.receive_data(octets):
                self._on_environment(event)
            self._flush()
            await self._drain()

    def _on_environment(self, event: EnvironmentEvent) -> None:
        if self._life.closing is not None:
            return
        now = self._clock()
        match event:
            case Connected():
                self._carry_out(self._handler.transport_ready(now))
            case Received(envelope):
                self._carry_out(self._handler.receive(envelope, now))
            case Disconnected(reason):
                self._flush()
                self._end(reason)
            case ProtocolFault(event_id, detail):
                self._log(
                    SecurityEvent(
                        id=f"IEC62351-4:{event_id}",
                        severity=Severity.ERROR,
                        text=detail,
                        time=now,
                        peer=self._peer,
                    )
                )
                self._flush()
                self._end(detail)

    def _carry_out(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            match output:
                case Send(envelope):
                    self._send(envelope)
                case Deliver() | Indicate():
                    self._queue(output)
                case Log(event):
                    self._log(event)
                case StartTimer(name, at_ms):
                    self._start_timer(name, at_ms)
                case StopTimer(name):
                    self._stop_timer(name)
                case Close():
                    self.close("closed by the handler")
        if self._unsent_octets() > self._limits.max_write_buffer_octets:
            self._end("too many unsent octets")

    def _unsent_octets(self) -> int:
        # A TLS transport that is being closed cannot be asked any more.
        if self._life.closing is not None:
            return 0
        return self._writer.transport.get_write_buffer_size()

    def _send(self, envelope: Envelope) -> None:
        try:
            octets = self._environment.send(envelope)
        except AssociationError as error:
            # The handler believes that this was sent, so the association cannot go on.
            self._end("an envelope cannot be sent")
            raise TransportError(f"an envelope cannot be sent: {error}") from error
        if self._life.closing is None:
            self._writer.write(octets)

    def _queue(self, event: UserEvent) -> None:
        if isinstance(event, Indicate) and event.kind is Indication.ASSOCIATED:
            self._life.is_associated = True
        self._events.append(event)
        if len(self._events) >= self._limits.max_queued_events:
            self._room.clear()
        self._wake_users()

    def _wake_users(self) -> None:
        while self._event_waiters:
            waiter = self._event_waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)

    def _start_timer(self, name: str, at_ms: int) -> None:
        self._stop_timer(name)
        delay = max(0, at_ms - self._clock()) / 1000
        self._life.timers[name] = self._loop.call_later(delay, self._on_timer, name)

    def _stop_timer(self, name: str) -> None:
        running = self._life.timers.pop(name, None)
        if running is not None:
            running.cancel()

    def _on_timer(self, name: str) -> None:
        self._life.timers.pop(name, None)
        is_done = False
        try:
            self._carry_out(self._handler.timer(name, self._clock()))
            is_done = True
        except TransportError:
            is_done = True  # the association has been ended where this was raised
        finally:
            # A fault of the handler goes on to the loop, but not with the association half alive.
            if not is_done:
                self._end(f"timer {name} failed")

    def _on_late(self) -> None:
        if not self._life.is_associated:
            self._end("no association in time")

    def _on_idle(self, seconds: float) -> None:
        silent = self._loop.time() - self._life.last_read
        if self._life.is_associated and silent >= seconds:
            self._end("peer was silent for too long")
        elif self._life.closing is None:
            again = self._loop.call_later(max(seconds - silent, 0.1), self._on_idle, seconds)
            self._guards[-1] = again

    def _flush(self) -> None:
        octets = self._environment.data_to_send()
        if octets and self._life.closing is None:
            self._writer.write(octets)

    async def _drain(self) -> None:
        if self._unsent_octets() <= DRAIN_ABOVE_OCTETS:
            return
        try:
            await asyncio.wait_for(self._writer.drain(), self._limits.drain_seconds)
        except TimeoutError:
            self._end("peer does not read")
            raise TransportError("the peer does not read") from None

    def _end(self, reason: str) -> None:
        """The connection is no use any more: close it and tell the handler, once."""
        if self._life.closing is not None:
            return
        self.close(reason)
        for output in self._handler.transport_lost(self._clock()):
            # Nothing can be sent any more; the user and the log still learn of it.
            match output:
                case Deliver() | Indicate():
                    self._queue(output)
                case Log(event):
                    self._log(event)
                case _:
                    pass


async def close_writer(writer: asyncio.StreamWriter, seconds: float) -> None:
    """Flush and close a stream, but wait no longer than ``seconds`` for the peer."""
    writer.close()
    try:
        # ssl.SSLError is an OSError. The peer may have gone first: nothing is left to do then.
        with contextlib.suppress(TimeoutError, OSError):
            await asyncio.wait_for(writer.wait_closed(), seconds)
    finally:
        writer.transport.abort()
