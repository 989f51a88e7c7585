"""A bump in the wire: plain MMS on one side, IEC 62351-4 on the other.

The client half listens for plain MMS clients and associates onwards, protected; the server half
terminates the protection and associates with a plain MMS server. Two halves carry the traffic
of applications that know nothing of 62351-4.

Each plain association has one protected association of its own. When either ends, the other is
ended the same way (release or abort); nothing else is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from iec62351_4.environment.config import Mode, OSIConfig, Role, contexts_of
from iec62351_4.environment.envelope import Envelope
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.errors import AssociationError, ConfigurationError, TransportError
from iec62351_4.events import SecurityEvent
from iec62351_4.handlers.association import Association as Machine
from iec62351_4.handlers.compatibility_client import CompatibilityClient
from iec62351_4.handlers.compatibility_server import CompatibilityServer
from iec62351_4.handlers.configuration import CompatibilityConfig, NativeConfig
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from iec62351_4.handlers.outputs import Deliver, Indicate, Indication, Output
from iec62351_4.handlers.services import Address, Services, Station
from iec62351_4.tables import E2E_SECURITY_AS
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.plain_mms import AssociationRefusedError, PlainMMS
from iec62351_4.transport.runner import Association, Clock, Limits, utc_milliseconds


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host and a port."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a handler, for whoever watches: what came, which rows it took, what went."""

    role: str
    cause: str
    """``receive AARE``, ``send-data`` ..."""
    rows: tuple[str, ...]
    """Ids of the transitions taken; see ``ROWS`` of the handler for their clauses."""
    state: str
    received: Envelope | None
    outputs: tuple[Output, ...]
    machine: Machine[Any, Any, Any] = field(repr=False)


Observer = Callable[[Step], None]


def _ignore_event(event: SecurityEvent) -> None:
    del event


@dataclass(frozen=True, slots=True)
class Security:
    """How the protected side is protected.

    ``config`` decides the mode. ``tls`` is None for port 102 without TLS. ``expected_peer`` is
    the address that the other end must have; a client half should always give it.
    """

    config: NativeConfig | CompatibilityConfig
    station: Station
    tls: ssl.SSLContext | None = None
    expected_peer: Address | None = None
    log: Callable[[SecurityEvent], None] = _ignore_event
    observer: Observer | None = None
    limits: Limits = field(default_factory=Limits)
    clock: Clock = utc_milliseconds

    def make_handler(self, role: Role) -> Observed:
        """A fresh handler of the mode and role."""
        services = Services(self.station, role.value, self.expected_peer)
        machine: Machine[Any, Any, Any]
        if isinstance(self.config, NativeConfig):
            native = NativeClient if role is Role.CLIENT else NativeServer
            machine = native(self.config, services)
        else:
            compatible = CompatibilityClient if role is Role.CLIENT else CompatibilityServer
            machine = compatible(self.config, services)
        return Observed(machine, role.value, self.observer)

    def make_environment(self, role: Role) -> OSIEnvironment:
        """A fresh OSI environment of the mode and role."""
        mode = Mode.NATIVE if isinstance(self.config, NativeConfig) else Mode.COMPAT
        return OSIEnvironment(role, OSIConfig(contexts_of(mode, e2e_syntax=E2E_SECURITY_AS)))


class Observed:
    """A handler whose steps are shown to an observer."""

    def __init__(
        self, machine: Machine[Any, Any, Any], role: str, observer: Observer | None
    ) -> None:
        self.machine = machine
        self._role = role
        self._observer = observer

    def _shown(
        self, cause: str, outputs: Sequence[Output], received: Envelope | None = None
    ) -> tuple[Output, ...]:
        if self._observer is not None:
            state = str(self.machine.state.value)
            self._observer(
                Step(
                    self._role,
                    cause,
                    self.machine.taken,
                    state,
                    received,
                    tuple(outputs),
                    self.machine,
                )
            )
        return tuple(outputs)

    def receive(self, envelope: Envelope, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        outputs = self.machine.receive(envelope, now)
        return self._shown(f"receive {envelope.carrier.value}", outputs, envelope)

    def transport_ready(self, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        return self.call("transport_ready", now)

    def transport_lost(self, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        return self.call("transport_lost", now)

    def timer(self, name: str, now: int) -> tuple[Output, ...]:
        """See ``Handler``."""
        return self.call("timer", name, now)

    def call(self, name: str, *arguments: Any) -> tuple[Output, ...]:
        """Call a method of the handler by name; the time is the last argument."""
        outputs: tuple[Output, ...] = getattr(self.machine, name)(*arguments)
        shown = name.replace("_", "-")
        return self._shown(f"timer {arguments[0]}" if name == "timer" else shown, outputs)


class _Half:
    """What both halves share: a server, and the pumping of data."""

    def __init__(self, security: Security) -> None:
        self.security = security
        self._server: StreamServer | None = None

    @property
    def port(self) -> int:
        """The port listened on."""
        if self._server is None:
            raise ConfigurationError("the gateway is not started")
        return self._server.port

    @property
    def connections(self) -> int:
        """How many associations are being carried."""
        return 0 if self._server is None else self._server.connections

    async def _listen(
        self,
        endpoint: Endpoint,
        serve: Callable[[Stream], Awaitable[None]],
        tls: ssl.SSLContext | None,
    ) -> None:
        self._server = StreamServer(
            serve,
            tls,
            log=self.security.log,
            limits=self.security.limits,
            clock=self.security.clock,
        )
        await self._server.start(endpoint.host, endpoint.port)

    async def close(self) -> None:
        """Stop listening and end every association."""
        if self._server is not None:
            await self._server.close()

    def _associate(self, role: Role, handler: Observed, stream: Stream) -> Association:
        security = self.security
        return Association(
            handler,
            security.make_environment(role),
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
        try:
            await asyncio.wait((outwards, inwards), return_when=asyncio.FIRST_COMPLETED)
            if outwards.done():
                await self._end_protected(plain, association, handler)
                # The answer to a release is the last thing to come.
                await asyncio.wait((inwards,), timeout=self.security.limits.close_seconds)
        finally:
            for task in (outwards, inwards):
                task.cancel()
            ends = await asyncio.gather(outwards, inwards, return_exceptions=True)
        if ends[1] is True:
            await plain.release()
        else:
            await plain.abort()
        for end in ends:
            if isinstance(end, Exception) and not isinstance(end, AssociationError):
                raise end  # a fault of this program, not of a peer

    async def _outwards(self, plain: PlainMMS, association: Association, handler: Observed) -> None:
        """Carry what the plain side sends, until it ends."""
        while (pdu := await plain.receive()) is not None:
            await association.perform(lambda now, pdu=pdu: handler.call("send_data", pdu, now))  # type: ignore[misc]

    async def _inwards(self, plain: PlainMMS, association: Association) -> bool:
        """Carry what the protected side sends; True when it ended with a release."""
        while (event := await association.next_event()) is not None:
            if isinstance(event, Deliver):
                await plain.send(event.octets)
            elif event.kind in _ENDS:
                return event.kind is Indication.RELEASED
        return False

    async def _end_protected(
        self, plain: PlainMMS, association: Association, handler: Observed
    ) -> None:
        """End the protected side as the plain side ended.

        A client of MMS that has concluded may just close; that is an orderly end, too.
        """
        ended = plain.end_reason or ""
        with contextlib.suppress(AssociationError):
            if "released" in ended or "closed by the peer" in ended:
                await association.perform(lambda now: handler.call("release", now))
            else:
                await association.perform(lambda now: handler.call("abort", b"", now))


_ENDS = (Indication.RELEASED, Indication.ABORTED, Indication.REJECTED)


class ClientGateway(_Half):
    """Takes plain MMS clients in and associates onwards, protected.

    Args:
        remote: Where the server half (or a 62351-4 server) listens.
        security: How to protect.
    """

    def __init__(self, remote: Endpoint, security: Security) -> None:
        super().__init__(security)
        self._remote = remote

    async def start(self, listen: Endpoint) -> None:
        """Listen for plain MMS clients; port 0 picks a free one."""
        await self._listen(listen, self._serve, None)

    async def _serve(self, stream: Stream) -> None:
        plain = PlainMMS(Role.SERVER, stream, limits=self.security.limits)
        try:
            request = await plain.accept_request()
            onward = await open_stream(
                self._remote.host,
                self._remote.port,
                self.security.tls,
                log=self.security.log,
                limits=self.security.limits,
                clock=self.security.clock,
            )
        except TransportError:
            await plain.abort()
            return
        handler = self.security.make_handler(Role.CLIENT)
        # The stream is open already, so the wish to connect is met.
        handler.call("associate", request, self.security.clock())
        association = self._associate(Role.CLIENT, handler, onward)
        running = asyncio.create_task(association.run())
        try:
            if await self._answered(plain, association):
                await self._pump(plain, association, handler)
        finally:
            association.close("the plain side is over")
            await running

    async def _answered(self, plain: PlainMMS, association: Association) -> bool:
        while (event := await association.next_event()) is not None:
            if not isinstance(event, Indicate):
                continue
            if event.kind is Indication.ASSOCIATED:
                await plain.accept(event.octets or b"")
                return True
            if event.kind is Indication.REJECTED:
                await plain.refuse(event.octets)
                return False
            break
        await plain.abort()
        return False


class ServerGateway(_Half):
    """Terminates the protection and associates with a plain MMS server.

    Args:
        backend: Where the plain MMS server listens.
        security: How to protect.
    """

    def __init__(self, backend: Endpoint, security: Security) -> None:
        super().__init__(security)
        self._backend = backend

    async def start(self, listen: Endpoint) -> None:
        """Listen for protected clients; port 0 picks a free one."""
        await self._listen(listen, self._serve, self.security.tls)

    async def _serve(self, stream: Stream) -> None:
        handler = self.security.make_handler(Role.SERVER)
        association = self._associate(Role.SERVER, handler, stream)
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
            stream = await open_stream(
                self._backend.host,
                self._backend.port,
                None,
                log=self.security.log,
                limits=self.security.limits,
                clock=self.security.clock,
            )
            plain = PlainMMS(Role.CLIENT, stream, limits=self.security.limits)
            answer = await plain.associate(request)
        except (AssociationRefusedError, TransportError) as error:
            initiate_error = getattr(error, "initiate_error", None) or INITIATE_ERROR
            with contextlib.suppress(AssociationError):
                await association.perform(
                    lambda now: handler.call("refuse", initiate_error, True, now)
                )
            return None
        try:
            await association.perform(lambda now: handler.call("accept", answer, now))
        except AssociationError:
            await plain.abort()
            return None
        return plain


INITIATE_ERROR = bytes.fromhex("aa05a003880100")
"""MMS initiate-Error with errorClass initiate [8], other (0): the backend gave none."""
