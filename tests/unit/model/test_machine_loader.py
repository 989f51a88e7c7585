"""Reading machine files."""

from __future__ import annotations

import pytest

from interlock.model import machine as m
from interlock.model.project import Project
from unit.model.small_models import Damaged

FILE = "machines/small.yaml"


def test_a_row(small: Project) -> None:
    row = small.models.machines["small"].transitions[1]
    assert (row.id, row.sources, str(row.event)) == ("S-02", ("open",), "receive ReleaseReq")
    assert (row.target, row.clause, row.confidence) == ("closed", "13", "C")
    use = row.checks[0]
    assert (use.list, use.reaction.name, use.reaction.target) == (
        "release-request",
        "refuse",
        "closed",
    )
    assert [name for name, _ in use.arguments] == ["known"]


def test_same_means_the_state_it_was_in(damaged: Damaged) -> None:
    damaged.edit(
        FILE, "do: [{indicate: aborted}], to: closed", "do: [{indicate: aborted}], to: same"
    )
    row = damaged.load().machines["small"].transitions[-1]
    assert row.target is None


def test_one_row_for_several_events(damaged: Damaged) -> None:
    damaged.edit(
        FILE,
        "on: receive ABRT-without-SecPDU",
        "on: {a: receive ABRT-without-SecPDU, r: receive RLRQ-without-SecPDU}",
    )
    ids = [row.id for row in damaged.load().machines["small"].transitions]
    assert ids[-3:] == ["S-06a", "S-06r", "S-07"]


def test_every_message_without_a_place_leads_to_the_fault(small: Project) -> None:
    machine = small.models.machines["small"]
    assert set(machine.faults) == set(machine.messages.messages)
    assert {reaction.name for reaction in machine.faults.values()} == {"fault"}


def test_what_is_not_used_is_noted(damaged: Damaged) -> None:
    damaged.edit(FILE, "procedures:", "procedures:\n  idle: {words: x, do: []}")
    (unused,) = damaged.load().machines["small"].unused
    assert (unused.kind, unused.name) == ("procedure", "idle")
    assert unused == m.Unused("procedure", "idle")


@pytest.mark.parametrize(
    ("old", "new", "code", "marked"),
    [
        ("mode: native", "mode: plain", "DAT014", "plain"),
        ("environment: osi", "environment: xmpp", "DAT014", "xmpp"),
        ("idle: {initial: true, ", "idle: {", "MDL150", None),
        ("open: {clause", "open: {final: true, clause", "MDL150", None),
        ("keys: {type: Keys", "keys: {type: Keyes", "MDL101", "Keyes"),
        ("after: config.limit", "after: config.hmac", "MDL113", "config.hmac"),
        ("arguments: {hard: bool}", "arguments: {hard: boolean}", "MDL101", "boolean"),
        ("{when: config.hmac ==", "{when: m.hmac ==", "MDL111", "m"),
        ("from: [idle]", "from: [idel]", "MDL131", "idel"),
        ("    to: open", "    to: opne", "MDL131", "opne"),
        ("on: local start", "on: local begin", "MDL131", "local begin"),
        ("on: local start", "on: remote start", "MDL131", "remote start"),
        ("on: transport lost", "on: transport gone", "MDL131", "transport gone"),
        (
            "confidence: C\n    claim: running",
            "confidence: C\n    claim: runing",
            "DAT014",
            "runing",
        ),
        ("confidence: C\n    claim", "confidence: X\n    claim", "DAT014", "X"),
        ("{list: dt-sec-abort, on", "{list: dt-sec-abrt, on", "MDL131", "dt-sec-abrt"),
        ("on-failure: refuse", "on-failure: refuze", "MDL131", "refuze"),
        ('with: {known: "true"}', 'with: {known: "true", more: "true"}', "MDL131", '"true"'),
        ('with: {known: "true"}', "with: {known: config.hmac}", "MDL113", "config.hmac"),
        ("  receive: fault", "  receive: ignore", "MDL131", "ignore"),
        ("  local: refuse ", "  local: ignore ", "DAT014", "ignore"),
    ],
)
def test_faults_have_their_place(
    damaged: Damaged, old: str, new: str, code: str, marked: str | None
) -> None:
    damaged.edit(FILE, old.rstrip() if old.endswith("refuse ") else old, new.rstrip())
    places = damaged.places()
    assert {place[0] for place in places} == {code}
    assert marked is None or marked in {place[3] for place in places}


def test_all_faulty_rows_are_reported(damaged: Damaged) -> None:
    damaged.edit(FILE, "from: [idle]", "from: [idel]")
    damaged.edit(FILE, "on: transport lost", "on: transport gone")
    assert [place[3] for place in damaged.places()] == ["idel", "transport gone"]


def test_a_mode_without_configuration(damaged: Damaged) -> None:
    damaged.edit("policies.yaml", "  native:", "  naive:")
    assert [place[0] for place in damaged.places()] == ["MDL131"]
