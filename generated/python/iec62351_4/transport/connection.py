"""Opening and accepting TCP and TLS streams, and a server that runs many associations.

Owns what happens before the first octet of TPKT: connecting, the TLS handshake and its security
events, and the limit on connections. What runs on a stream is the caller's.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from iec62351_4.errors import LocalProtocolError, TransportError
from iec62351_4.events import SecurityEvent, Severity
from iec62351_4.transport.runner import Clock, EventSink, Limits, close_writer, utc_milliseconds
from iec62351_4.transport.tls import (
    EVENT_HANDSHAKE,
    TLSPeer,
    TLSPeerError,
    event_of,
    peer_of,
)

# Incoming octets that asyncio may hold for a stream that nobody reads: twice this.
STREAM_LIMIT_OCTETS = 65_536


@dataclass(frozen=True, slots=True)
class Stream:
    """An open stream and what TLS, if any, knows of the other end."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    tls_peer: TLSPeer | None
    """None: the stream is not protected by TLS."""


@dataclass(frozen=True, slots=True)
class _Observer:
    """Where TLS events go."""

    log: EventSink
    clock: Clock
    peer: str

    def tls_failed(self, error: ssl.SSLError) -> None:
        """Log the event that a TLS failure stands for, if there is one."""
        event_id = event_of(error)
        if event_id is not None:
            self._log(event_id, Severity.ALARM, f"TLS failed: {error.reason or 'no reason'}")

    def tls_refused(self, error: TLSPeerError) -> None:
        """Log that the peer's certificate or key was refused after the handshake."""
        self._log(error.event_id, Severity.ALARM, str(error))

    def tls_succeeded(self, peer: TLSPeer) -> None:
        """Log a handshake."""
        self._log(EVENT_HANDSHAKE, Severity.NOTICE, f"TLS handshake: {peer.version} {peer.suite}")

    def _log(self, event_id: str, severity: Severity, text: str) -> None:
        self.log(
            SecurityEvent(
                id=event_id, severity=severity, text=text, time=self.clock(), peer=self.peer
            )
        )


def _checked_peer(writer: asyncio.StreamWriter, observer: _Observer) -> TLSPeer:
    try:
        peer = peer_of(writer.get_extra_info("ssl_object"))
    except TLSPeerError as error:
        observer.tls_refused(error)
        raise
    observer.tls_succeeded(peer)
    return peer


async def open_stream(
    host: str,
    port: int,
    tls: ssl.SSLContext | None,
    *,
    log: EventSink,
    limits: Limits | None = None,
    clock: Clock = utc_milliseconds,
) -> Stream:
    """Connect to a server, with TLS when a context is given.

    With TLS 1.3 a server's refusal of our certificate shows only at the first read.

    Raises:
        TransportError: Not reachable in time, TLS failed, or the peer's certificate is unusable.
    """
    limits = limits or Limits()
    observer = _Observer(log, clock, f"{host}:{port}")
    try:
        reader, writer = await asyncio.wait_for(
            asyncio.open_connection(
                host,
                port,
                ssl=tls,
                server_hostname=host if tls else None,
                limit=STREAM_LIMIT_OCTETS,
            ),
            limits.connect_seconds,
        )
    except TimeoutError:
        raise TransportError(f"no connection to {host}:{port} in time") from None
    except ssl.SSLError as error:
        observer.tls_failed(error)
        raise TransportError(f"TLS to {host}:{port} failed: {error.reason}") from error
    except OSError as error:
        raise TransportError(f"no connection to {host}:{port}: {error.strerror}") from error
    if tls is None:
        return Stream(reader, writer, None)
    try:
        return Stream(reader, writer, _checked_peer(writer, observer))
    except TLSPeerError:
        await close_writer(writer, limits.close_seconds)
        raise


StreamUser = Callable[[Stream], Awaitable[None]]


class StreamServer:
    """Listens, does the TLS handshake, and runs one user task per connection.

    The user task owns the stream until it returns; then the stream is closed. A fault in one task
    is reported to the loop's exception handler and reaches no other task.
    """

    def __init__(
        self,
        user: StreamUser,
        tls: ssl.SSLContext | None,
        *,
        log: EventSink,
        limits: Limits | None = None,
        clock: Clock = utc_milliseconds,
    ) -> None:
        self._user, self._tls = user, tls
        self._log, self._limits, self._clock = log, limits or Limits(), clock
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def connections(self) -> int:
        """How many connections are being served."""
        return len(self._tasks)

    @property
    def port(self) -> int:
        """The port listened on.

        Raises:
            LocalProtocolError: The server is not started.
        """
        if self._server is None or not self._server.sockets:
            raise LocalProtocolError("stopped", "port")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self, host: str, port: int) -> None:
        """Listen on an address; port 0 picks a free one.

        Raises:
            TransportError: The address cannot be used.
        """
        try:
            self._server = await asyncio.start_server(
                self._accept, host, port, limit=STREAM_LIMIT_OCTETS
            )
        except OSError as error:
            raise TransportError(f"cannot listen on {host}:{port}: {error.strerror}") from error

    async def close(self) -> None:
        """Stop listening and end every connection."""
        if self._server is not None:
            self._server.close()
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.wait_closed()
            self._server = None

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._tasks) >= self._limits.max_connections:
            # Nothing is read and nothing is said: the cheapest answer to a flood.
            writer.transport.abort()
            return
        # A task of our own: asyncio 3.11 reports a cancelled callback task as a fault.
        task = asyncio.get_running_loop().create_task(self._serve(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._on_done)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            # No await may come before the handshake starts: until then the reader would take the
            # first octets of TLS for itself.
            peer = await self._handshake(writer)
            if self._tls is None or peer is not None:
                await self._user(Stream(reader, writer, peer))
        finally:
            await close_writer(writer, self._limits.close_seconds)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            task.get_loop().call_exception_handler(
                {"message": "a connection ended with a fault", "exception": fault, "task": task}
            )

    async def _handshake(self, writer: asyncio.StreamWriter) -> TLSPeer | None:
        if self._tls is None:
            return None
        address = writer.get_extra_info("peername")
        peer = f"{address[0]}:{address[1]}" if isinstance(address, tuple) else ""
        observer = _Observer(self._log, self._clock, peer)
        try:
            await writer.start_tls(self._tls, ssl_handshake_timeout=self._limits.connect_seconds)
            return _checked_peer(writer, observer)
        except ssl.SSLError as error:
            observer.tls_failed(error)
        except (OSError, TLSPeerError):
            # The peer went away, was too slow, or was refused and logged: nothing to add.
            pass
        return None
