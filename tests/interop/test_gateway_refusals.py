"""What a gateway pair must not carry, and what must not disturb what it carries.

The plain peers are our own, so these tests run everywhere.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from environment.pki import make_authority
from iec62351_4.environment.config import Mode, OSIConfig, Role, contexts_of
from iec62351_4.environment.envelope import (
    MMS_ABSTRACT_SYNTAX,
    MMS_APPLICATION_CONTEXT,
    Carrier,
    Envelope,
    UserInformation,
)
from iec62351_4.environment.events import Received
from iec62351_4.environment.osi import OSIEnvironment
from iec62351_4.errors import AssociationError, ConfigurationError, TransportError
from iec62351_4.handlers.configuration import CompatibilityConfig
from iec62351_4.handlers.services import Address
from iec62351_4.transport.connection import Stream, StreamServer
from iec62351_4.transport.gateway import (
    EVENT_BACKEND,
    EVENT_REMOTE,
    INITIATE_ERROR,
    ClientGateway,
    Endpoint,
)
from iec62351_4.transport.plain_mms import AssociationRefusedError
from iec62351_4.transport.security import Security
from interlock.demo import mms
from interop.pair import (
    HOST,
    MODES,
    Pair,
    Setting,
    client_half,
    gateway_pair,
    no_log,
    plain_backend,
    plain_client,
    read_once,
    run,
    security,
    stations,
)
from interop.process import free_port


async def refused(pair: Pair) -> AssociationError:
    """Associate with a pair; fails unless that is refused."""
    plain = await plain_client(pair.port)
    try:
        with pytest.raises(AssociationError) as caught:
            await plain.associate(mms.INITIATE_REQUEST)
    finally:
        await plain.close()
    return caught.value


def assert_refused(setting: Setting, *checks: str) -> None:
    """The pair carries nothing; these checks failed, and no plain data got through."""

    async def work() -> None:
        async with plain_backend() as backend, gateway_pair(setting, backend) as pair:
            await refused(pair)
            await pair.over()
            assert pair.failed_checks == list(checks), pair.events

    run(work())


# --- who may associate --------------------------------------------------------------------------


def test_server_with_the_certificate_of_another_address() -> None:
    assert_refused(Setting(expected_peer=Address("1.1.999.2", 24)), "HA-09")


def test_client_that_is_not_among_the_allowed_peers() -> None:
    station = stations("secp256r1")[1]
    only = replace(station, allowed_peers=frozenset({Address("1.1.999.1", 13)}))

    async def work() -> None:
        setting = Setting()
        async with plain_backend() as backend, gateway_pair(setting, backend) as pair:
            inner = pair.gateways[0]
            inner.security = replace(inner.security, station=only)
            await refused(pair)
            await pair.over()
            assert pair.failed_checks == ["HR-08"], pair.events

    run(work())


@pytest.mark.parametrize("mode", ["ae", "compat"])
def test_client_of_an_untrusted_authority(mode: str) -> None:
    setting = Setting(mode)
    stranger = stations(setting.key, 1)[0]
    assert_refused(replace(setting, client=stranger), "HR-06" if mode == "ae" else "AP-04")
