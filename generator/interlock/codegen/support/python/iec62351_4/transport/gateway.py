"""A bump in the wire: plain MMS on one side, IEC 62351-4 on the other.

The client half listens for plain MMS clients and associates onwards, protected; the server half
terminates the protection and associates with a plain MMS server. Two halves carry the traffic
of applications that know nothing of 62351-4.

Each plain association has one protected association of its own. When either ends, the other is
ended the same way (release or abort); nothing else is touched. No check of the standard is made
here: what is refused, the handlers refuse.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from iec62351_4 import assumptions
from iec62351_4.environment.config import Mode, Role
from iec62351_4.errors import AssociationError, ConfigurationError, TransportError
from iec62351_4.events import Severity
from iec62351_4.handlers.outputs import Deliver, Indicate, Indication
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.plain_mms import AssociationRefusedError, PlainMMS
from iec62351_4.transport.runner import Association
from iec62351_4.transport.security import Observed, Security

INITIATE_ERROR = bytes.fromhex("aa05a003880100")
"""MMS initiate-Error with errorClass initiate [8], other (0), for a server that gave none."""

EVENT_REMOTE = "Interlock:gateway-remote"
"""The protected side cannot be reached."""
EVENT_BACKEND = "Interlock:gateway-backend"
"""The plain server cannot be reached, or refused."""
EVENT_PLAIN = "Interlock:gateway-plain"
"""A plain peer broke its protocol, or did not read, and its association was aborted."""

# How ``PlainMMS`` says that a plain peer went in order. MMS that has been concluded has no
# release: stock peers just close.
_ORDERLY_ENDS = ("released by the peer", "connection closed by the peer")
_ENDS_OF_PLAIN = (*_ORDERLY_ENDS, "ABRT from the peer", "closed by us", "released by us", None)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class _Half:
    """What both halves share: a listener, and the pumping of data."""

    def __init__(self, role: Role, security: Security) -> None:
        security.make_handler(role)  # a configuration that no handler takes fails now, not later
        self.security = security
        self._role = role
        self._server: StreamServer | None = None

    @property
    def port(self) -> int:
        """The port listened on.

        Raises:
            ConfigurationError: The gateway is not started.
        """
        if self._server is None:
            raise ConfigurationError("the gateway is not started")
        return self._server.port

    @property
    def connections(self) -> int:
        """How many associations are being carried."""
        return 0 if self._server is None else self._server.connections

    async def close(self) -> None:
        """Stop listening and abort every association; harmless when not started."""
        if self._server is not None:
            await self._server.close()

    async def _listen(
        self,
        endpoint: Endpoint,
        serve: Callable[[Stream], Awaitable[None]],
        tls: ssl.SSLContext | None,
    ) -> None:
        security = self.security
        server = StreamServer(
            serve, tls, log=security.log, limits=security.limits, clock=security.clock
        )
        await server.start(endpoint.host, endpoint.port)
        self._server = server

    async def _open(self, endpoint: Endpoint, tls: ssl.SSLContext | None) -> Stream:
        security = self.security
        return await open_stream(
            endpoint.host,
            endpoint.port,
            tls,
            log=security.log,
            limits=security.limits,
            clock=security.clock,
        )

    def _associate(self, handler: Observed, stream: Stream) -> Association:
        security = self.security
        return Association(
            handler,
            security.make_environment(self._role),
            stream.reader,
            stream.writer,
            log=security.log,
            limits=security.limits,
            clock=security.clock,
        )

    async def _pump(self, plain: PlainMMS, association: Association, handler: Observed) -> None:
        """Carry data both ways until either side ends, then end the other the same way."""
        outwards = asyncio.create_task(self._outwards(plain, association, handler))
        inwards = asyncio.create_task(self._inwards(plain, association))
        tasks = (outwards, inwards)
        has_protected_ended = False
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            has_protected_ended = _has_returned(inwards)
            if not has_protected_ended and _has_returned(outwards):
                # What the peer still sends, the answer to a release at last, is taken meanwhile.
                has_protected_ended = await self._end_as(plain, association, handler)
                await asyncio.wait((inwards,), timeout=self.security.limits.close_seconds)
        finally:
            # Also when cancelled: nobody is left with half an association.
            for task in tasks:
                task.cancel()
            ends = await asyncio.gather(*tasks, return_exceptions=True)
            if not has_protected_ended:
                await _perform(association, handler, "abort", b"")
            await (plain.release() if ends[1] is True else plain.abort())
        self._judge(ends, plain, association, has_protected_ended)

    async def _outwards(self, plain: PlainMMS, association: Association, handler: Observed) -> None:
        """Carry what the plain side sends, until it ends."""
        while (pdu := await plain.receive()) is not None:
            await association.perform(partial(handler.call, "send_data", pdu))

    async def _inwards(self, plain: PlainMMS, association: Association) -> bool:
        """Carry what the protected side sends; True when it ended with a release."""
        while (event := await association.next_event()) is not None:
            if isinstance(event, Deliver):
                await plain.send(event.octets)
            elif event.kind in _ENDS:
                return event.kind is Indication.RELEASED
        return False

    async def _end_as(self, plain: PlainMMS, association: Association, handler: Observed) -> bool:
        """End the protected side as the plain side ended; False when that is not possible."""
        if plain.end_reason in _ORDERLY_ENDS:
            return await _perform(association, handler, "release")
        return await _perform(association, handler, "abort", b"")

    def _judge(
        self,
        ends: Sequence[object],
        plain: PlainMMS,
        association: Association,
        has_protected_ended: bool,
    ) -> None:
        """Log what ended a pump out of order; raise what is a fault of this program."""
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, AssociationError):
                raise end
        fault = plain.end_reason if plain.end_reason not in _ENDS_OF_PLAIN else None
        if fault is None and not has_protected_ended:
            fault = next((str(end) for end in ends if isinstance(end, AssociationError)), None)
        if fault is not None:
            text = f"a carried association was aborted: {fault}"
            self.security.note(EVENT_PLAIN, Severity.WARNING, text, peer=association.peer)


_ENDS = (Indication.RELEASED, Indication.ABORTED, Indication.REJECTED)


def _has_returned(task: asyncio.Task[Any]) -> bool:
    """Whether a task has come to its own end: not cancelled, nothing raised."""
    return task.done() and not task.cancelled() and task.exception() is None


async def _perform(association: Association, handler: Observed, name: str, *values: Any) -> bool:
    """Call a primitive of the handler; False when the association does not take it any more."""
    try:
        await association.perform(partial(handler.call, name, *values))
    except AssociationError:
        return False
    return True


class ClientGateway(_Half):
    """Takes plain MMS clients in and associates onwards, protected.

    Args:
        remote: Where the server half (or a 62351-4 server) listens.
        security: How to protect.

    Raises:
        ConfigurationError: The model does not allow the configuration.
    """

    def __init__(self, remote: Endpoint, security: Security) -> None:
        super().__init__(Role.CLIENT, security)
        self._remote = remote
        self._turns = asyncio.Lock()
        self._next_time = 0

    async def start(self, listen: Endpoint) -> None:
        """Listen for plain MMS clients; port 0 picks a free one.

        Raises:
            TransportError: The address cannot be used.
        """
        await self._listen(listen, self._serve, None)

    async def _serve(self, stream: Stream) -> None:
        security = self.security
        plain = PlainMMS(Role.SERVER, stream, limits=security.limits)
        try:
            request = await plain.accept_request()
        except AssociationError as error:
            security.note(EVENT_PLAIN, Severity.WARNING, str(error), peer=_peer(stream))
            await plain.abort()
            return
        handler = security.make_handler(self._role)
        handler.call("associate", request, security.clock())  # asks for the stream opened next
        try:
            onward = await self._open(self._remote, security.tls)
        except TransportError as error:
            security.note(EVENT_REMOTE, Severity.ERROR, str(error), peer=str(self._remote))
            await plain.refuse(INITIATE_ERROR)
            return
        association = self._associate(handler, onward)
        running: asyncio.Task[None] | None = None
        try:
            async with self._turn():
                running = asyncio.create_task(association.run())
                is_carried = await self._answered(plain, association)
            if is_carried:
                await self._pump(plain, association, handler)
        finally:
            association.close("the plain side is over")
            if running is not None:
                await running

    @contextlib.asynccontextmanager
    async def _turn(self) -> AsyncIterator[None]:
        """Hold while an association is being established that needs a time of its own.

        Peers remember the times of the A-profile (check AP-06), and the captured form of time
        (assumption Q4) has seconds only: of two requests within a second the later one would be
        refused as a replay.
        """
        if self.security.mode is not Mode.COMPAT or assumptions.Q4 != "dot":
            yield
            return
        async with self._turns:
            wait_ms = self._next_time - self.security.clock()
            if wait_ms > 0:
                await asyncio.sleep(min(wait_ms, 1000) / 1000)  # a clock set back ends no service
            try:
                yield
            finally:
                self._next_time = (self.security.clock() // 1000 + 1) * 1000

    async def _answered(self, plain: PlainMMS, association: Association) -> bool:
        """Hand the answer to the association request to the plain client."""
        event = await association.next_event()
        kind = event.kind if isinstance(event, Indicate) else None
        octets = event.octets if isinstance(event, Indicate) else None
        try:
            if kind is Indication.ASSOCIATED and octets is not None:
                await plain.accept(octets)
                return True
            if kind is Indication.REJECTED:
                # A security refusal has no MMSpdu; the plain client is to learn no more than
                # that it cannot associate.
                await plain.refuse(octets or INITIATE_ERROR)
                return False
        except AssociationError as error:
            self.security.note(EVENT_PLAIN, Severity.WARNING, str(error), peer=association.peer)
        await plain.abort()
        return False


class ServerGateway(_Half):
    """Terminates the protection and associates with a plain MMS server.

    Args:
        backend: Where the plain MMS server listens.
        security: How to protect.

    Raises:
        ConfigurationError: The model does not allow the configuration.
    """

    def __init__(self, backend: Endpoint, security: Security) -> None:
        super().__init__(Role.SERVER, security)
        self._backend = backend

    async def start(self, listen: Endpoint) -> None:
        """Listen for protected clients; port 0 picks a free one.

        Raises:
            TransportError: The address cannot be used.
        """
        await self._listen(listen, self._serve, self.security.tls)

    async def _serve(self, stream: Stream) -> None:
        handler = self.security.make_handler(self._role)
        association = self._associate(handler, stream)
        running = asyncio.create_task(association.run())
        try:
            event = await association.next_event()
            if isinstance(event, Indicate) and event.kind is Indication.ASSOCIATE_REQUESTED:
                plain = await self._onwards(event.octets or b"", association, handler)
                if plain is not None:
                    await self._pump(plain, association, handler)
        finally:
            association.close("the plain side is over")
            await running

    async def _onwards(
        self, request: bytes, association: Association, handler: Observed
    ) -> PlainMMS | None:
        """Associate with the backend, and answer the client accordingly."""
        try:
            stream = await self._open(self._backend, None)
        except TransportError as error:
            await self._refuse(association, handler, error, INITIATE_ERROR)
            return None
        plain = PlainMMS(Role.CLIENT, stream, limits=self.security.limits)
        is_carried = False
        try:
            answer = await plain.associate(request)
            is_carried = await _perform(association, handler, "accept", answer)
        except AssociationRefusedError as error:
            initiate_error = error.initiate_error or INITIATE_ERROR
            await self._refuse(association, handler, error, initiate_error)
        except AssociationError as error:
            await self._refuse(association, handler, error, INITIATE_ERROR)
        finally:
            if not is_carried:
                await plain.abort()
        return plain if is_carried else None

    async def _refuse(
        self,
        association: Association,
        handler: Observed,
        error: AssociationError,
        initiate_error: bytes,
    ) -> None:
        """Tell the client, transiently, that the plain server is not to be had."""
        self.security.note(EVENT_BACKEND, Severity.ERROR, str(error), peer=str(self._backend))
        await _perform(association, handler, "refuse", initiate_error, True)


def _peer(stream: Stream) -> str | None:
    address = stream.writer.get_extra_info("peername")
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else None
