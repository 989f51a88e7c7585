"""A tour of all machines: every row in every state it starts from, every branch and reaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path

import pytest

from handlers.scene import MACHINES, Scene, Taken, WatchedParty, reach
from handlers.stimuli import Stimulus, local_stimuli, partner_stimuli
from iec62351_4.errors import AssociationError
from iec62351_4.handlers.association import Association
from iec62351_4.handlers.compatibility_client import CompatibilityClient
from iec62351_4.handlers.compatibility_server import CompatibilityServer
from iec62351_4.handlers.native_client import NativeClient
from iec62351_4.handlers.native_server import NativeServer
from interlock.model.machine import Choose, Machine, actions
from interlock.model.project import load_project

ROOT = Path(__file__).parents[2]
PROTECTIONS = {
    "native": ("AE-128", "CBC-128+HMAC", "clear+HMAC"),
    "compatibility": ("none",),
}
HANDLERS: Mapping[str, type[Association]] = {  # type: ignore[type-arg]
    "native-client": NativeClient,
    "native-server": NativeServer,
    "compatibility-client": CompatibilityClient,
    "compatibility-server": CompatibilityServer,
}

NEVER_TAKEN: Mapping[Taken, str] = {}
"""Rows, branches and reactions that no course reaches, and why. There is none."""


@cache
def machines() -> Mapping[str, Machine]:
    """The machines as loaded from ``models/``."""
    return load_project(ROOT).models.machines


@cache
def toured(machine: str) -> frozenset[Taken]:
    """What a tour of one machine takes: in every state, everything that can happen, once."""
    taken: set[Taken] = set()
    for protection in PROTECTIONS[machine.partition("-")[0]]:
        for state in machines()[machine].states:
            scene, party = reach(machine, state, protection)
            for stimulus in _all_stimuli(party):
                scene, party = reach(machine, state, protection)
                _apply(stimulus, scene, party)
                taken.update(scene.client.taken_in, scene.server.taken_in)
        if machine.startswith("native"):
            taken.update(_released_during_a_rekey(protection))
    return frozenset(entry for entry in taken if entry[0] == machine)


def _all_stimuli(party: WatchedParty) -> Iterator[Stimulus]:
    yield from local_stimuli(party)
    yield from partner_stimuli(party)


def _apply(stimulus: Stimulus, scene: Scene, party: WatchedParty) -> None:
    # A call without a place raises; what illegal events do is the business of test_illegal.
    # The partner of an early state has no keys to protect a transfer with.
    with suppress(AssociationError):
        stimulus(scene, party)


def _released_during_a_rekey(protection: str) -> Iterator[Taken]:
    """Two courses to a release request that meets transfers under the new keys."""
    scene, client = reach("native-client", "rekey-sent", protection)
    scene.deliver(client)
    scene.send(scene.server)
    scene.call(client, "release")
    scene.flow()
    yield from client.taken_in
    scene, server = reach("native-server", "rekey-confirming", protection)
    scene.deliver(server)
    scene.send(scene.client)
    scene.call(server, "release")
    scene.flow()
    yield from server.taken_in


@pytest.mark.parametrize("machine", MACHINES)
def test_every_row_is_taken_in_every_state_it_starts_from(machine: str) -> None:
    rows = {
        (machine, state, name)
        for name, row in HANDLERS[machine].ROWS.items()
        for state in row.sources
    }
    assert rows - toured(machine) - set(NEVER_TAKEN) == set()


@pytest.mark.parametrize("machine", MACHINES)
def test_every_branch_is_taken(machine: str) -> None:
    branches = {
        branch.id
        for row in machines()[machine].transitions
        for action in actions(row.body)
        if isinstance(action, Choose)
        for branch in action.branches
    }
    assert branches - {name for _, _, name in toured(machine)} == set()


@pytest.mark.parametrize("machine", MACHINES)
def test_every_reaction_is_taken_in_every_state_that_checks(machine: str) -> None:
    reactions = {
        (machine, state, use.reaction.name)
        for row in machines()[machine].transitions
        for use in row.checks
        for state in row.sources
    }
    assert reactions - toured(machine) == set()


@pytest.mark.parametrize("machine", MACHINES)
def test_table_is_that_of_the_model(machine: str) -> None:
    rows = HANDLERS[machine].ROWS
    model = machines()[machine]
    assert list(rows) == [row.id for row in model.transitions]
    for row in model.transitions:
        assert rows[row.id].sources == row.sources
        assert rows[row.id].event == str(row.event)
        assert rows[row.id].target == row.target
    assert {state.value for state in HANDLERS[machine].STATES} == set(model.states)


@pytest.mark.parametrize("machine", MACHINES)
def test_nothing_is_taken_that_the_table_does_not_have(machine: str) -> None:
    rows = HANDLERS[machine].ROWS
    for _, state, name in toured(machine):
        row = rows.get(name.partition(".")[0])
        if row is not None:
            assert state in row.sources, (state, name)
        else:
            reactions = {u.reaction.name for r in machines()[machine].transitions for u in r.checks}
            assert name in reactions | {"fault"}
