"""A plain MMS server and client of our own, for machines without a third-party stack.

Both speak through ``PlainMMS`` and know one read, which is all that a demonstration needs.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

from iec62351_4.environment.config import Role
from iec62351_4.errors import AssociationError
from iec62351_4.events import SecurityEvent
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.plain_mms import PlainMMS
from interlock.demo import mms

HOST = "127.0.0.1"
MAX_INVOKE_ID = 0x7FFF
ANSWER_SECONDS = 10.0


def no_log(event: SecurityEvent) -> None:
    """Plain legs have no security events; those of TCP are reported as exceptions."""
    del event


class PlainServer:
    """Answers the one read with the one value, for any number of clients."""

    def __init__(self) -> None:
        self._server = StreamServer(self._serve, None, log=no_log)

    async def start(self, port: int = 0) -> int:
        """Listen on 127.0.0.1 and return the port."""
        await self._server.start(HOST, port)
        return self._server.port

    async def close(self) -> None:
        """Stop and end every association."""
        await self._server.close()

    async def _serve(self, stream: Stream) -> None:
        plain = PlainMMS(Role.SERVER, stream)
        try:
            await plain.accept_request()
            await plain.accept(mms.INITIATE_RESPONSE)
            while (pdu := await plain.receive()) is not None:
                if pdu == mms.CONCLUDE_REQUEST:
                    await plain.send(mms.CONCLUDE_RESPONSE)
                elif (invoke_id := mms.invoke_id_of(pdu)) is not None:
                    await plain.send(mms.read_response(invoke_id))
                else:
                    await plain.abort()
        except AssociationError:
            pass  # a client that breaks off is no fault of the server
        await plain.close()


@dataclass(frozen=True, slots=True)
class Timing:
    """How long the steps of one association took, in seconds."""

    associate: float
    """From opening TCP to the initiate-Response."""
    reads: tuple[float, ...]
    """Each from request to response."""
    failed: int
    """Reads whose answer was not the expected one."""


async def read_values(port: int, reads: int, *, pause: float = 0.0) -> Timing:
    """Associate with a plain server on 127.0.0.1, read a number of times, release.

    Args:
        port: Of the server, or of a gateway's client half.
        reads: How many, one after the other.
        pause: Seconds between them.

    Raises:
        AssociationError: No association.
        TimeoutError: A read was not answered.
    """
    begin = time.perf_counter()
    stream = await open_stream(HOST, port, None, log=no_log)
    plain = PlainMMS(Role.CLIENT, stream)
    try:
        await plain.associate(mms.INITIATE_REQUEST)
        associated = time.perf_counter() - begin
        times, failed = [], 0
        for number in range(reads):
            invoke_id = number % MAX_INVOKE_ID
            request, expected = mms.read_request(invoke_id), mms.read_response(invoke_id)
            start = time.perf_counter()
            await plain.send(request)
            answer = await asyncio.wait_for(plain.receive(), ANSWER_SECONDS)
            times.append(time.perf_counter() - start)
            failed += answer != expected
            if answer is None:
                break
            if pause:
                await asyncio.sleep(pause)
        await plain.release()
    finally:
        await plain.close()
    return Timing(associated, tuple(times), failed)
