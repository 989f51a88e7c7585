"""The rule on variables read too early; its plain case is its sample under tests/diagnostics."""

from __future__ import annotations

import pytest

from unit.model.small_models import Damaged

FILE = "machines/small.yaml"
FIRST = '{set: {session.asso-id: new-asso-id(), session.keys: "make-keys(only(config.groups))"}}'
NUMBER = "{set: {session.asso-id: new-asso-id()}}"


def test_the_order_within_a_step_counts(damaged: Damaged) -> None:
    read = "      - {do: forget(session.keys)}\n"
    damaged.edit(FILE, f"      - {FIRST}\n", f"      - {FIRST}\n{read}")
    assert damaged.messages("SM045") == []
    damaged.edit(FILE, f"      - {FIRST}\n{read}", f"{read}      - {FIRST}\n")
    assert damaged.messages("SM045") == [
        '"S-01" reads "session.keys", and a way to it does not set it'
    ]


@pytest.mark.parametrize(
    ("second", "found"), [("", True), (f", do: [{NUMBER}]", False)], ids=["one way", "both ways"]
)
def test_every_branch_sets_it(damaged: Damaged, second: str, found: bool) -> None:
    damaged.edit(FILE, "session.asso-id: new-asso-id(), ", "")
    ways = f"{{id: a, when: has-groups, do: [{NUMBER}]}}, {{id: b, when: not has-groups{second}}}"
    damaged.edit(FILE, "    claim: running\n", f"    claim: running\n    branches: [{ways}]\n")
    assert bool(damaged.messages("SM045")) is found


def test_none_is_no_value(damaged: Damaged) -> None:
    damaged.edit(FILE, "{start: t-limit}", "{set: {session.keys: none}}\n      - {start: t-limit}")
    assert '"S-03" reads "session.keys", and a way to it does not set it' in damaged.messages(
        "SM045"
    )
