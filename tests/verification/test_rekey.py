"""Changes of keys, searched to the end; and faults in the models that make it fail."""

from __future__ import annotations

import pytest

from interlock.explicit.instance import AE
from interlock.explicit.rekey import PROPERTIES, RekeyResult, search_rekey
from interlock.model.edits import Edit, How, overlay_of
from interlock.model.project import load_project
from interlock.verification.abstraction import load_abstraction
from interlock.verification.composition import load_compositions
from support.repository import ROOT

CLIENT = "models/machines/native-client.yaml"
SERVER = "models/machines/native-server.yaml"


def searched(*edits: Edit, release: bool = False) -> RekeyResult:
    """The search with the models changed."""
    project = load_project(ROOT, overlay=overlay_of(ROOT, edits) if edits else None)
    abstraction = load_abstraction(ROOT, project)
    compositions = load_compositions(ROOT, project)
    return search_rekey(project, abstraction, compositions, AE, release=release)


def test_everything_holds_and_the_search_ends_by_itself() -> None:
    found = searched()
    assert found.states > 1000
    assert ("rekey-sent", "rekey-confirming") in found.control_states
    assert all(found.holds(name) for name in PROPERTIES)


def test_everything_holds_with_releases() -> None:
    found = searched(release=True)
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
