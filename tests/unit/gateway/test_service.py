"""From options to a half; running one is tested in ``end_to_end``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from iec62351_4.events import SecurityEvent
from iec62351_4.handlers.services import Address
from iec62351_4.transport.gateway import ClientGateway, Endpoint, ServerGateway
from interlock.core.errors import UsageError
from interlock.gateway.choices import Half, Mode, Protection
from interlock.gateway.identity import choose_files, read_party
from interlock.gateway.policy import Policy
from interlock.gateway.service import GatewayError, Plan, make_gateway, parse_endpoint, run

NO_FILES = (None, None, None, None)
CLIENT, SERVER = Address("1.1.999.1", 12), Address("1.1.999.2", 23)


def no_log(event: SecurityEvent) -> None:
    """Nothing is expected."""
    raise AssertionError(event)


def plan_of(halves: Path, half: Half) -> Plan:
    """A plan that works."""
    party = read_party(choose_files(halves / half.value, application=NO_FILES, tls=NO_FILES))
    return Plan(
        half=half,
        mode=Mode.NATIVE,
        protection=Protection.AE,
        listen=Endpoint("127.0.0.1", 0),
        connect=Endpoint("127.0.0.1", 1),
        party=party,
        policy=Policy(peers=(SERVER if half is Half.CLIENT else CLIENT,)),
    )


def test_a_client_half_calls_its_one_peer(halves: Path) -> None:
    plan = plan_of(halves, Half.CLIENT)
    gateway = make_gateway(plan, no_log)
    assert isinstance(gateway, ClientGateway)
    assert gateway.security.expected_peer == SERVER
    assert gateway.security.config.uses_tls
    # a TLS connection is renewed after a day at the latest
    assert gateway.security.limits.session_seconds == 86_400
    for peers in ((), (SERVER, CLIENT)):
        with pytest.raises(UsageError, match=rf"exactly one peer, not {len(peers)}"):
            make_gateway(replace(plan, policy=Policy(peers=peers)), no_log)


def test_a_server_half_admits_its_peers_only(halves: Path) -> None:
    plan = plan_of(halves, Half.SERVER)
    gateway = make_gateway(plan, no_log)
    assert isinstance(gateway, ServerGateway)
    assert gateway.security.station.allowed_peers == frozenset({CLIENT})
    assert gateway.security.expected_peer is None
    with pytest.raises(UsageError, match="admits nobody"):
        make_gateway(replace(plan, policy=Policy()), no_log)


def test_contradictions_are_usage_errors(halves: Path) -> None:
    plan = plan_of(halves, Half.CLIENT)
    with pytest.raises(UsageError, match=r"^cannot listen on 127\.0\.0\.1:1 and connect to it$"):
        make_gateway(replace(plan, listen=plan.connect), no_log)
    policy = replace(plan.policy, native={"encryption_algorithms": ()})
    wrong = replace(plan, protection=Protection.CBC, policy=policy)
    with pytest.raises(UsageError, match=r"^the configuration must say: encryption algorithms"):
        make_gateway(wrong, no_log)


def test_an_address_that_cannot_be_listened_on(halves: Path) -> None:
    plan = replace(plan_of(halves, Half.SERVER), listen=Endpoint("192.0.2.1", 0))
    with pytest.raises(GatewayError):
        run(plan, no_log, lambda at: pytest.fail(f"listens on {at}"))


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:3782", Endpoint("127.0.0.1", 3782)),
        ("host.example:0", Endpoint("host.example", 0)),
        ("[::1]:102", Endpoint("::1", 102)),
    ],
)
def test_endpoints(text: str, endpoint: Endpoint) -> None:
    assert parse_endpoint(text) == endpoint
    assert str(endpoint) == text


@pytest.mark.parametrize(
    "text", ["", "host", "host:", ":1", "host:65536", "host:-1", "::1:102", "h:²"]
)
def test_malformed_endpoints(text: str) -> None:
    with pytest.raises(UsageError):
        parse_endpoint(text)
