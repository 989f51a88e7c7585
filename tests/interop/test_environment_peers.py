"""Our environment against ACSE stacks that nobody in this project wrote."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from typing import Any

import pytest

from environment.captured import AARQ, CONFIG
from iec62351_4.environment.config import (
    E2E_SECURITY_SYNTAX,
    Mode,
    OSIConfig,
    Role,
    contexts_of,
)
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    Carrier,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.events import Connected, EnvironmentEvent, Received
from iec62351_4.environment.osi import OSIEnvironment, SessionState
from iec62351_4.environment.session import UserDataForm
from interop.process import OPEN61850_SERVER, free_port, output_of, running

E2E_CONTEXT = "1.0.62351.4.2.1"
SECPDU = b"\x30\x82\x08\x04\x04\x82\x08\x00" + bytes(2048)
NATIVE = OSIConfig(contexts=contexts_of(Mode.NATIVE), user_data_form=UserDataForm.C1)
NATIVE_AARQ = Envelope(
    Carrier.AARQ,
    application_context=E2E_CONTEXT,
    user_information=(UserInformation(E2E_SECURITY_SYNTAX, SECPDU),),
)
TIME_LIMIT = 20.0


class Client:
    """A bare client: an environment on a socket."""

    def __init__(self, config: OSIConfig) -> None:
        self.environment = OSIEnvironment(Role.CLIENT, config)
        self._events: list[EnvironmentEvent] = []

    async def open(self, port: int) -> None:
        """Connect TCP and COTP."""
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", port)
        self._writer.write(self.environment.connect())
        assert await self._next() == Connected()

    async def exchange(self, envelope: Envelope) -> Envelope:
        """Send an envelope and return the next one that comes."""
        self._writer.write(self.environment.send(envelope))
        event = await self._next()
        assert isinstance(event, Received), event
        return event.envelope

    async def close(self) -> None:
        """Close the socket."""
        self._writer.close()
        await self._writer.wait_closed()

    async def _next(self) -> EnvironmentEvent:
        while not self._events:
            octets = await self._reader.read(65536)
            assert octets, "the peer closed the connection"
            self._events += self.environment.receive_data(octets)
        return self._events.pop(0)


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run with a limit, so that a silent peer fails the test."""
    asyncio.run(asyncio.wait_for(work, TIME_LIMIT))


@pytest.mark.requires("hat")
def test_native_shaped_association_with_hat() -> None:
    async def work() -> None:
        port = free_port()
        async with running("hat_server.py", str(port)):
            client = Client(NATIVE)
            await client.open(port)
            answer = await client.exchange(NATIVE_AARQ)
            assert (answer.carrier, answer.result) == (Carrier.AARE, 0)
            # INTEROP: hat answers with the abstract syntax as application context.
            assert answer.application_context == E2E_SECURITY_SYNTAX
            assert answer.user_information[0].abstract_syntax == E2E_SECURITY_SYNTAX
            assert answer.user_information[0].octets == SECPDU
            for syntax in (E2E_SECURITY_SYNTAX, MMS_ABSTRACT_SYNTAX):
                sent = UserInformation(syntax, SECPDU)
                echo = await client.exchange(Envelope(Carrier.DATA, user_information=(sent,)))
                assert echo.user_information[0].octets == SECPDU
                assert echo.user_information[0].abstract_syntax == syntax
            await client.close()

    run(work())


@pytest.mark.requires("hat")
def test_certificate_sized_aarq_with_hat() -> None:
    """hat takes the real A-profile AARQ with C1 once the empty called-AP-title is gone."""

    async def work() -> None:
        port = free_port()
        async with running("hat_server.py", str(port)):
            client = Client(replace(CONFIG, user_data_form=UserDataForm.C1))
            await client.open(port)
            answer = await client.exchange(replace(AARQ, called_ap_title=None))
            assert (answer.carrier, answer.result) == (Carrier.AARE, 0)
            await client.close()
            # With the empty title it answers with a session ABORT.
            client = Client(replace(CONFIG, user_data_form=UserDataForm.C1))
            await client.open(port)
            assert (await client.exchange(AARQ)).carrier is Carrier.ABRT
            assert client.environment.state is SessionState.CLOSED
            await client.close()

    run(work())


@pytest.mark.requires("open61850")
def test_certificate_sized_aarq_with_open61850() -> None:
    async def work() -> None:
        port = free_port()
        async with running(OPEN61850_SERVER, str(port)):
            client = Client(replace(CONFIG, user_data_form=UserDataForm.C1))
            await client.open(port)
            answer = await client.exchange(AARQ)
            assert (answer.carrier, answer.result) == (Carrier.AARE, 0)
            assert answer.authentication_value is None  # it ignores the A-profile
            assert answer.user_information[0].abstract_syntax == MMS_ABSTRACT_SYNTAX
            await client.close()

    run(work())


@pytest.mark.requires("hat")
def test_hat_client_associates_with_us() -> None:
    """hat writes direct-reference and indirect-reference, and other context identifiers."""

    async def work() -> None:
        received: list[Envelope] = []

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            server = OSIEnvironment(Role.SERVER, NATIVE)
            while octets := await reader.read(65536):
                for event in server.receive_data(octets):
                    if isinstance(event, Received):
                        received.append(event.envelope)
                        answer = answer_to(event.envelope)
                        writer.write(server.send(answer) if answer is not None else b"")
                writer.write(server.data_to_send())
            writer.close()

        listener = await asyncio.start_server(serve, "127.0.0.1", 0)
        port = listener.sockets[0].getsockname()[1]
        printed = await output_of("hat_client.py", str(port), E2E_SECURITY_SYNTAX, E2E_CONTEXT)
        assert printed == b"associated echoed\n"
        carriers = [envelope.carrier for envelope in received]
        assert carriers[:2] == [Carrier.AARQ, Carrier.DATA]
        assert received[0].application_context == E2E_CONTEXT
        assert received[0].user_information[0].abstract_syntax == E2E_SECURITY_SYNTAX
        listener.close()
        await listener.wait_closed()

    run(work())


def answer_to(envelope: Envelope) -> Envelope | None:
    """Accept, and echo data."""
    if envelope.carrier is Carrier.AARQ:
        return replace(envelope, carrier=Carrier.AARE, result=0, diagnostic_source=1, diagnostic=0)
    return envelope if envelope.carrier is Carrier.DATA else None
