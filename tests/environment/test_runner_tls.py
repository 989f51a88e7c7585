"""An association whose TLS connection is gone before its handler has taken what came last."""

from __future__ import annotations

import asyncio

from environment.parties import CONFIG, FakeHandler, until
from environment.pki import make_authority
from iec62351_4.environment.config import Role
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.events import SecurityEvent
from iec62351_4.handlers.outputs import Close
from iec62351_4.transport.connection import Stream, StreamServer, open_stream
from iec62351_4.transport.runner import Association
from iec62351_4.transport.tls import client_context, server_context

TIME_LIMIT = 20


def test_closing_after_the_peer_has_gone() -> None:
    """A TLS transport that was lost and is closed cannot be asked for its unsent octets."""
    events: list[SecurityEvent] = []
    reasons: list[str | None] = []

    async def serve(stream: Stream) -> None:
        await until(stream.writer.is_closing)
        environment = OSIEnvironment(Role.SERVER, CONFIG)
        handler = FakeHandler(is_client=False, after_ready=(Close(),))
        association = Association(
            handler, environment, stream.reader, stream.writer, log=events.append
        )
        await association.run()
        reasons.append(association.close_reason)

    async def work() -> None:
        authority = make_authority()
        tls = server_context(authority.config("ec", number=1))
        server = StreamServer(serve, tls, log=events.append)
        await server.start("127.0.0.1", 0)
        own = client_context(authority.config("ec", number=2))
        stream = await open_stream("127.0.0.1", server.port, own, log=events.append)
        stream.writer.write(OSIEnvironment(Role.CLIENT, CONFIG).connect())
        stream.writer.close()
        await until(lambda: reasons != [])
        await server.close()

    asyncio.run(asyncio.wait_for(work(), TIME_LIMIT))
    assert reasons == ["closed by the handler"]
