"""Keys and private values are overwritten as soon as nothing needs them any more."""

from __future__ import annotations

from typing import Any

import pytest

from iec62351_4.errors import LocalProtocolError
from iec62351_4.handlers.services import DHKeyPairs, Keys
from iec62351_4.testing import AssociationPair, Party, make_stations

DATA = bytes.fromhex("a003020101")


@pytest.fixture
def pair() -> AssociationPair:
    made = AssociationPair("native", stations=make_stations())
    made.associate()
    made.exchange(made.client, DATA)
    return made


def session(party: Party) -> Any:
    """The session variables."""
    return party.handler._session


def is_forgotten(keys: Keys) -> bool:
    """Whether neither direction can be used any more."""
    forgotten = 0
    for direction in (keys.secret.client, keys.secret.server):
        try:
            assert direction.encryption
        except LocalProtocolError:
            forgotten += 1
    return forgotten == 2


def test_keys_in_use_are_kept(pair: AssociationPair) -> None:
    for party in (pair.client, pair.server):
        assert not is_forgotten(session(party).send_keys)


@pytest.mark.parametrize("ending", ["release", "abort", "transport_lost"])
def test_everything_is_forgotten_at_the_end(pair: AssociationPair, ending: str) -> None:
    held: list[tuple[Keys, DHKeyPairs]] = [
        (session(party).send_keys, session(party).own_dh) for party in (pair.client, pair.server)
    ]

    pair.call(pair.client, ending, *([b""] if ending == "abort" else []))
    pair.flow()
    if ending == "transport_lost":
        pair.call(pair.server, ending)

    for party, (keys, pairs) in zip((pair.client, pair.server), held, strict=True):
        assert party.state == "closed"
        assert is_forgotten(keys)
        for group, key, public in pairs._pairs:
            assert group
            with pytest.raises(LocalProtocolError):
                party.handler.services._provider.agree(key, public)
        for name in party.handler.SECRETS:
            assert getattr(session(party), name) is None


def test_replaced_keys_are_forgotten_after_a_rekey(pair: AssociationPair) -> None:
    old = [session(party).send_keys for party in (pair.client, pair.server)]
    old_pairs = session(pair.client).own_dh

    pair.call(pair.client, "timer", "t-rekey")
    pair.exchange(pair.client, DATA)
    assert not is_forgotten(old[1])  # the old receive key is needed until the change is confirmed
    for source in (pair.server, pair.client):
        pair.exchange(source, DATA)

    assert [is_forgotten(keys) for keys in old] == [True, True]
    assert not is_forgotten(session(pair.client).send_keys)
    with pytest.raises(LocalProtocolError):
        pair.client.handler.services._provider.agree(old_pairs._pairs[0][1], old_pairs._pairs[0][2])


def test_failed_step_forgets_nothing(pair: AssociationPair) -> None:
    with pytest.raises(LocalProtocolError):
        pair.call(pair.client, "associate", b"")

    assert not is_forgotten(session(pair.client).send_keys)
