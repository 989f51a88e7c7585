"""Changes of keys, searched to the end; and faults in the models that make it fail."""

from __future__ import annotations

import pytest

from interlock.explicit.evaluate import Value
from interlock.explicit.rekey import (
    CONFIGURATIONS,
    DEEPEST,
    PROPERTIES,
    Endless,
    RekeyResult,
    search_rekey,
)
from interlock.explicit.terms import Renaming
from interlock.model.edits import Edit, How, overlay_of
from interlock.model.project import load_project
from interlock.verification.abstraction import load_abstraction
from interlock.verification.composition import load_compositions
from support.repository import ROOT

CLIENT = "models/machines/native-client.yaml"
SERVER = "models/machines/native-server.yaml"


AE, INTEGRITY = CONFIGURATIONS


def searched(*edits: Edit, release: bool = False, config: str = AE) -> RekeyResult:
    """The search with the models changed."""
    project = load_project(ROOT, overlay=overlay_of(ROOT, edits) if edits else None)
    abstraction = load_abstraction(ROOT, project)
    compositions = load_compositions(ROOT, project)
    values = CONFIGURATIONS[config]
    return search_rekey(project, abstraction, compositions, values, release=release)


def test_everything_holds_and_the_search_ends_by_itself() -> None:
    found = searched()
    assert found.states > 1000
    assert ("rekey-sent", "rekey-confirming") in found.control_states
    assert all(found.holds(name) for name in PROPERTIES)


@pytest.mark.parametrize("config", CONFIGURATIONS)
def test_everything_holds_with_releases(config: str) -> None:
    found = searched(release=True, config=config)
    assert found.states > 4000
    assert all(found.holds(name) for name in PROPERTIES)


OLD_KEYS = Edit(
    SERVER,
    How.REPLACE,
    'when: "authentic(m, session.receive-keys)"',
    'when: "authentic(m, session.pending-keys) and not m.has-rekey"',
    within="- id: NS-16o",
)
WRONG_KEYS = Edit(
    CLIENT,
    How.REPLACE,
    "session.send-keys: session.pending-keys, ",
    "",
    within="- id: NC-15",
)
NEVER_CHANGED = Edit(SERVER, How.REPLACE, "to: rekey-confirming", "to: rekey-received",
                     within="- id: NS-14e")  # fmt: skip


@pytest.mark.parametrize(
    ("edit", "broken"),
    [(OLD_KEYS, "RK-2"), (WRONG_KEYS, "RK-4"), (NEVER_CHANGED, "RK-3")],
    ids=["old keys forgotten", "client goes on with old keys", "server never done"],
)
def test_fault_is_found(edit: Edit, broken: str) -> None:
    found = searched(edit)
    assert not found.holds(broken), sorted(found.violations)
    path = found.violations[broken]
    assert path
    assert {step.party for step in path} <= {"client", "server"}


@pytest.mark.parametrize(
    ("edit", "broken"),
    [
        (Edit(SERVER, How.REPLACE, ', changed-key: "true"', "", within="- id: NS-14c"), "RK-1"),
        (
            Edit(
                SERVER,
                How.REPLACE,
                "      - {set: {session.send-keys: session.pending-keys}}\n",
                "",
                within="- id: NS-14c",
            ),
            "RK-1",
        ),
    ],
    ids=["not announced", "not taken up"],
)
def test_fault_in_clear_transfers_is_found(edit: Edit, broken: str) -> None:
    """Only the second configuration comes to the rows of clear transfers."""
    assert searched(edit, config=AE).violations == {}
    assert broken in searched(edit, config=INTEGRITY).violations


NO_NEW_PAIR = Edit(
    CLIENT,
    How.REPLACE,
    "      - {set: {session.own-dh: generate-dh-for(session.dh-group)}}\n",
    "",
    within="- id: NC-14e",
)


def test_search_that_would_never_end_is_given_up() -> None:
    """With one key pair for ever, every salt contains the one before it, and all can be made."""
    with pytest.raises(Endless):
        searched(NO_NEW_PAIR)


def test_depth_of_a_name() -> None:
    pair: Value = ("pair", "client", "NC-02", ("secp256r1",))
    term: Value = ("first-salt", "request", "accept")
    for _ in range(DEEPEST):
        term = ("next-salt", ("token2", "client", pair), term)
    made = Renaming((pair,))
    assert made.of(term) != term, "the pair has a new name"
    assert made.deepest == DEEPEST + 2, "the innermost token2 has a pair within"
    lost = Renaming(())
    lost.of(term)
    assert lost.deepest == 1, "what can no more be made is as good as fresh"
