"""A gateway half as a service: from options to a running half, until a signal ends it."""

from __future__ import annotations

import asyncio
import signal
import ssl
from collections.abc import Callable
from dataclasses import dataclass, replace

from iec62351_4.errors import ConfigurationError, TransportError
from iec62351_4.events import SecurityEvent
from iec62351_4.transport.gateway import ClientGateway, Endpoint, ServerGateway
from iec62351_4.transport.security import Security
from iec62351_4.transport.tls import client_context, server_context
from interlock.core.errors import InterlockError, UsageError
from interlock.gateway.choices import Half, Mode, Protection
from interlock.gateway.identity import Party
from interlock.gateway.policy import Policy, make_config

_SIGNALS = (signal.SIGINT, signal.SIGTERM)

Log = Callable[[SecurityEvent], None]


class GatewayError(InterlockError):
    """A gateway half cannot run, e.g. because its port is taken."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a half is told."""

    half: Half
    mode: Mode
    protection: Protection
    listen: Endpoint
    connect: Endpoint
    party: Party
    policy: Policy


def parse_endpoint(text: str) -> Endpoint:
    """Read ``host:port`` (``[::1]:102`` for IPv6); port 0 is for listening only.

    Raises:
        UsageError: It has another form.
    """
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_port = port.isascii() and port.isdigit() and int(port) < 65536
    if not (colon and bare and is_port) or (":" in bare and bare == host):
        raise UsageError(f'an endpoint is host:port, for example 127.0.0.1:3782, not "{text}"')
    return Endpoint(bare, int(port))


def make_gateway(plan: Plan, log: Log) -> ClientGateway | ServerGateway:
    """Make a half, not started yet.

    Raises:
        UsageError: Options and policy contradict each other or the model, TLS files are
            unusable, or a client half does not know whom it calls.
    """
    peers = plan.policy.peers
    if plan.listen == plan.connect:
        raise UsageError(f"cannot listen on {plan.listen} and connect to it")
    if plan.half is Half.CLIENT and len(peers) != 1:
        raise UsageError(f"a client half calls exactly one peer, not {len(peers)}: give --peer")
    if plan.half is Half.SERVER and not peers:
        raise UsageError("a server half admits nobody without a --peer")
    try:
        security = _security(plan, log)
        if plan.half is Half.CLIENT:
            return ClientGateway(plan.connect, security)
        return ServerGateway(plan.connect, security)
    except ConfigurationError as error:
        raise UsageError(str(error)) from error


def _security(plan: Plan, log: Log) -> Security:
    party, policy = plan.party, plan.policy
    config = make_config(
        plan.mode,
        plan.protection,
        policy,
        uses_tls=party.tls is not None,
        signature_algorithm=party.signature_algorithm,
    )
    limits = policy.limits
    if party.tls is not None and limits.session_seconds is None:
        limits = replace(limits, session_seconds=party.tls.maximum_session_seconds)
    is_client = plan.half is Half.CLIENT
    station = party.station
    if not is_client:
        station = replace(station, allowed_peers=frozenset(policy.peers))
    return Security(
        config,
        station,
        tls=_tls_context(party, is_client),
        expected_peer=policy.peers[0] if is_client else None,
        log=log,
        user_data_form=policy.user_data_form,
        limits=limits,
    )


def _tls_context(party: Party, is_client: bool) -> ssl.SSLContext | None:
    if party.tls is None:
        return None
    return client_context(party.tls) if is_client else server_context(party.tls)


def run(plan: Plan, log: Log, announce: Callable[[Endpoint], None]) -> None:
    """Run a half until SIGINT or SIGTERM; its associations are aborted then.

    Args:
        plan: What to run.
        log: Sink of the security events.
        announce: Called with the address listened on.

    Raises:
        UsageError: See ``make_gateway``.
        GatewayError: The address to listen on cannot be used.
    """
    gateway = make_gateway(plan, log)
    try:
        asyncio.run(_serve(gateway, plan.listen, announce))
    except TransportError as error:
        raise GatewayError(str(error)) from error


async def _serve(
    gateway: ClientGateway | ServerGateway,
    listen: Endpoint,
    announce: Callable[[Endpoint], None],
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        await gateway.start(listen)
        announce(Endpoint(listen.host, gateway.port))
        await stop.wait()
    finally:
        await gateway.close()
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
