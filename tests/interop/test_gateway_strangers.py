"""A client half in front of unmodified stacks that know nothing of 62351-4: it must refuse each.

What each stack does with the requests is its own affair; that it ends in a refusal, and why, is
ours.
"""

from __future__ import annotations

import pytest

from iec62351_4.environment.session import UserDataForm
from iec62351_4.errors import AssociationError
from interlock.demo import mms
from interop.pair import MODES, Pair, Setting, client_half, plain_client, run
from interop.process import LIBIEC61850_SERVER, OPEN61850_SERVER, free_port, running

Server = tuple[str, ...]

LIBIEC61850: Server = (LIBIEC61850_SERVER,)
OPEN61850: Server = (OPEN61850_SERVER,)
HAT: Server = ("hat_server.py",)


async def refused_by_us(server: Server, setting: Setting) -> Pair:
    """Associate through a client half with a stranger; fails unless that is refused."""
    port = free_port()
    program, *rest = server
    async with running(program, str(port), *rest), client_half(setting, port) as pair:
        plain = await plain_client(pair.port)
        with pytest.raises(AssociationError):
            await plain.associate(mms.INITIATE_REQUEST)
        await plain.close()
        await pair.over()
        return pair


@pytest.mark.requires("pyiec61850")
@pytest.mark.parametrize("mode", MODES)
def test_libiec61850_closes_the_connection(mode: str) -> None:
    """Its session layer does not read a CONNECT of more than 254 octets."""

    async def work() -> None:
        pair = await refused_by_us(LIBIEC61850, Setting(mode))
        lost = "CC-10l" if mode == "compat" else "NC-20l"
        assert pair.rows[lost] == 1, pair.rows

    run(work())


@pytest.mark.requires("open61850")
def test_open61850_accepts_the_a_profile_without_authenticating_itself() -> None:
    async def work() -> None:
        pair = await refused_by_us(OPEN61850, Setting("compat", form=UserDataForm.C1))
        assert pair.failed_checks == ["AP-08m"], pair.events
        assert pair.rows["CC-04"] == 0

    run(work())


@pytest.mark.requires("open61850")
def test_open61850_and_the_native_mode() -> None:
    """It wants an MMS initiate in the first EXTERNAL and closes the connection."""

    async def work() -> None:
        pair = await refused_by_us(OPEN61850, Setting(form=UserDataForm.C1))
        assert pair.rows["NC-20l"] == 1, pair.rows

    run(work())


@pytest.mark.requires("hat")
def test_hat_accepts_the_native_request_and_answers_with_an_echo() -> None:
    """ACSE accepts; what comes back is not a HandshakeAcc, under another application context."""

    async def work() -> None:
        pair = await refused_by_us(HAT, Setting(form=UserDataForm.C1))
        assert pair.failed_checks == ["OE-12"], pair.events

    run(work())


@pytest.mark.requires("hat")
def test_hat_accepts_the_a_profile_without_authenticating_itself() -> None:
    async def work() -> None:
        pair = await refused_by_us(HAT, Setting("compat", form=UserDataForm.C1))
        assert pair.failed_checks == ["AP-08m"], pair.events

    run(work())
