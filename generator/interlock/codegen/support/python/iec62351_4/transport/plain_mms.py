"""MMS without security: the plain side of a gateway.

Owns one association with an ordinary MMS client or server: COTP, session, presentation and ACSE
without authentication. MMSpdus are complete TLVs that pass through as octets.

INTEROP: stock libiec61850 reads only one-octet lengths and User Data (C1) in CONNECT and ACCEPT and
exactly two presentation contexts; more, and it closes the connection. So nothing that it does not
need is sent: no AP-titles, no invocation identifiers.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

from iec62351_4.environment.config import Mode, OSIConfig, Role, contexts_of
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    MMS_APPLICATION_CONTEXT,
    AbortSource,
    AssociateResult,
    Carrier,
    DiagnosticSource,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.events import Connected, Disconnected, ProtocolFault, Received
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.environment.session import UserDataForm
from iec62351_4.errors import (
    AssociationError,
    LocalProtocolError,
    RemoteProtocolError,
    TransportError,
)
from iec62351_4.transport.connection import Stream
from iec62351_4.transport.runner import DRAIN_ABOVE_OCTETS, READ_OCTETS, Limits, close_writer

PLAIN_CONFIG = OSIConfig(contexts=contexts_of(Mode.PLAIN), user_data_form=UserDataForm.C1)
NO_REASON_GIVEN = 1
RELEASE_NORMAL = 0


class AssociationRefusedError(RemoteProtocolError):
    """The plain server refused the association.

    Attributes:
        result: See ``AssociateResult``; None for an abort.
        initiate_error: The MMS initiate-Error, when the server sent one.
    """

    def __init__(self, result: int | None, initiate_error: bytes | None) -> None:
        self.result, self.initiate_error = result, initiate_error
        super().__init__("the association was refused")


class PlainMMS:
    """One plain MMS association over a stream."""

    def __init__(
        self,
        role: Role,
        stream: Stream,
        *,
        config: OSIConfig = PLAIN_CONFIG,
        limits: Limits | None = None,
    ) -> None:
        self._environment = OSIEnvironment(role, config)
        self._reader, self._writer = stream.reader, stream.writer
        self._writer.transport.set_write_buffer_limits(DRAIN_ABOVE_OCTETS)
        self._limits = limits or Limits()
        self._received: deque[Envelope] = deque()
        self._end: str | None = None
        self._is_connected = False

    @property
    def end_reason(self) -> str | None:
        """Why the association ended; None while it is open."""
        return self._end

    # --- establishing ---------------------------------------------------------------------------

    async def associate(self, initiate_request: bytes) -> bytes:
        """Client: associate with a plain server and return its initiate-Response.

        Raises:
            AssociationRefusedError: The server said no.
            TransportError: No answer in time, the connection was lost, or the peer broke the
                protocol.
        """
        self._writer.write(self._environment.connect())
        try:
            answer = await asyncio.wait_for(
                self._associate(initiate_request), self._limits.associate_seconds
            )
        except TimeoutError:
            raise TransportError("no answer to the association request in time") from None
        mms = _mms_of(answer)
        if answer.carrier is not Carrier.AARE or answer.result != AssociateResult.ACCEPTED:
            raise AssociationRefusedError(answer.result, mms)
        if mms is None:
            raise TransportError("the association was accepted without an initiate-Response")
        return mms

    async def _associate(self, initiate_request: bytes) -> Envelope:
        while not self._is_connected:
            await self._read()
        self._write(
            Envelope(
                Carrier.AARQ,
                application_context=MMS_APPLICATION_CONTEXT,
                user_information=(UserInformation(MMS_ABSTRACT_SYNTAX, initiate_request),),
            )
        )
        return await self._next()

    async def accept_request(self) -> bytes:
        """Server: wait for the client's association request and return its initiate-Request.

        Answer with ``accept`` or ``refuse``.

        Raises:
            TransportError: No request in time, the connection was lost, or the peer broke the
                protocol.
        """
        try:
            request = await asyncio.wait_for(self._next(), self._limits.associate_seconds)
        except TimeoutError:
            raise TransportError("no association request in time") from None
        mms = _mms_of(request)
        if request.carrier is not Carrier.AARQ or mms is None:
            await self.abort()
            raise TransportError("the first APDU is not an AARQ with an MMS initiate-Request")
        return mms

    async def accept(self, initiate_response: bytes) -> None:
        """Server: accept the association."""
        await self._send(
            Envelope(
                Carrier.AARE,
                application_context=MMS_APPLICATION_CONTEXT,
                result=AssociateResult.ACCEPTED,
                diagnostic_source=DiagnosticSource.SERVICE_USER,
                diagnostic=0,
                user_information=(UserInformation(MMS_ABSTRACT_SYNTAX, initiate_response),),
            )
        )

    async def refuse(self, initiate_error: bytes | None = None) -> None:
        """Server: reject the association and close."""
        information: tuple[UserInformation, ...] = ()
        if initiate_error is not None:
            information = (UserInformation(MMS_ABSTRACT_SYNTAX, initiate_error),)
        await self._send(
            Envelope(
                Carrier.AARE,
                application_context=MMS_APPLICATION_CONTEXT,
                result=AssociateResult.REJECTED_PERMANENT,
                diagnostic_source=DiagnosticSource.SERVICE_USER,
                diagnostic=NO_REASON_GIVEN,
                user_information=information,
            )
        )
        await self.close()

    # --- data -----------------------------------------------------------------------------------

    async def send(self, mms: bytes) -> None:
        """Send one MMSpdu.

        Raises:
            TransportError: The association is over, or the peer does not read.
        """
        await self._send(
            Envelope(Carrier.DATA, user_information=(UserInformation(MMS_ABSTRACT_SYNTAX, mms),))
        )

    async def receive(self) -> bytes | None:
        """Return the next MMSpdu, or None when the association is over (see ``end_reason``)."""
        try:
            envelope = await self._next()
        except TransportError as error:
            self._end = self._end or str(error)
            return None
        if envelope.carrier is Carrier.DATA:
            return envelope.user_information[0].octets
        if envelope.carrier is Carrier.RLRQ:
            self._end = "released by the peer"
            with contextlib.suppress(TransportError):
                await self._send(Envelope(Carrier.RLRE, reason=RELEASE_NORMAL))
        else:
            self._end = f"{envelope.carrier.value} from the peer"
        return None

    async def release(self) -> None:
        """Release the association in order, then close; a peer that does not answer is left."""
        with contextlib.suppress(TransportError, TimeoutError):
            await self._send(Envelope(Carrier.RLRQ, reason=RELEASE_NORMAL))
            await asyncio.wait_for(self._await_release(), self._limits.close_seconds)
        await self.close()

    async def _await_release(self) -> None:
        # MMSpdus that crossed the request have no receiver any more.
        while (await self._next()).carrier is Carrier.DATA:
            pass
        self._end = "released by us"

    async def abort(self) -> None:
        """Send an abort if one can be sent, and close."""
        # Not associated (yet, or any more): closing is all that is left.
        with contextlib.suppress(AssociationError):
            self._write(Envelope(Carrier.ABRT, abort_source=AbortSource.SERVICE_USER))
        await self.close()

    async def close(self) -> None:
        """Close the stream; harmless when it is closed already."""
        self._end = self._end or "closed by us"
        self._environment.close()
        await close_writer(self._writer, self._limits.close_seconds)

    # --- inside ---------------------------------------------------------------------------------

    async def _next(self) -> Envelope:
        while not self._received:
            await self._read()
        return self._received.popleft()

    async def _read(self) -> None:
        """Read once and sort out what came."""
        if self._end is not None:
            raise TransportError(self._end)
        try:
            octets = await self._reader.read(READ_OCTETS)
        except OSError as error:
            self._end = self._end or f"connection lost: {type(error).__name__}"
            raise TransportError(self._end) from error
        if not octets:
            self._end = self._end or "connection closed by the peer"
            raise TransportError(self._end)
        for event in self._environment.receive_data(octets):
            match event:
                case Connected():
                    self._is_connected = True
                case Received(envelope):
                    self._received.append(envelope)
                case Disconnected(reason):
                    self._end = reason
                case ProtocolFault(event_id, detail):
                    self._end = f"{event_id}: {detail}"
        reply = self._environment.data_to_send()
        if reply:
            self._writer.write(reply)

    def _write(self, envelope: Envelope) -> None:
        self._writer.write(self._environment.send(envelope))

    async def _send(self, envelope: Envelope) -> None:
        try:
            self._write(envelope)
        except LocalProtocolError as error:
            raise TransportError("the association is over") from error
        if self._writer.transport.get_write_buffer_size() <= DRAIN_ABOVE_OCTETS:
            return
        try:
            await asyncio.wait_for(self._writer.drain(), self._limits.drain_seconds)
        except (TimeoutError, OSError) as error:
            self._end = "the peer does not read"
            raise TransportError(self._end) from error


def _mms_of(envelope: Envelope) -> bytes | None:
    """The MMSpdu among the user information, which is the first one in the MMS context."""
    for item in envelope.user_information:
        if item.abstract_syntax == MMS_ABSTRACT_SYNTAX:
            return item.octets
    return None
