"""Rules on calls; the plain case of each is its sample under tests/diagnostics."""

from __future__ import annotations

import pytest

from unit.model.small_models import Damaged

FILE = "machines/small.yaml"
CALL = '{id: %s, from: [%s], on: local start, when: %s, clause: "13", confidence: A, to: same}'


def test_both_halves_of_a_distinction(damaged: Damaged) -> None:
    damaged.add_row(CALL % ("S-08", "idle", "not has-groups"))
    assert damaged.findings() == ()


def test_a_limit_is_no_distinction(damaged: Damaged) -> None:
    damaged.add_row(CALL % ("S-08", "open", "has-groups and session.asso-id == session.asso-id"))
    assert damaged.messages("SM048") == []


def test_a_row_that_does_not_distinguish_is_the_counterpart_of_all(damaged: Damaged) -> None:
    damaged.add_row(CALL % ("S-08", "idle", "not has-groups"))
    damaged.add_row(
        '{id: S-09, from: [open], on: local start, clause: "13", confidence: A, to: same}'
    )
    damaged.add_row(CALL % ("S-10", "open", "has-groups"))
    assert damaged.messages("SM048") == []


def test_a_missing_counterpart_is_told_by_its_condition(damaged: Damaged) -> None:
    damaged.add_row(CALL % ("S-08", "idle", "not has-groups"))
    damaged.add_row(CALL % ("S-09", "open", "not has-groups"))
    (found,) = damaged.findings()
    assert found.message == '"S-09" has no counterpart in state "open"'
    assert found.help == 'no row there is for the case that "has-groups" holds'


def test_a_call_that_may_be_refused_is_no_way_out(damaged: Damaged) -> None:
    damaged.edit(FILE, "on: local stop", "on: local stop\n    when: has-groups")
    damaged.add_row(
        '{id: S-08, from: [open], on: local start, clause: "13", confidence: A, '
        "do: [{send-envelope: ABRT}, {close: transport}], to: closed}"
    )
    assert damaged.messages("SM049") == []
    damaged.edit(FILE, "[{send-envelope: ABRT}, {close: transport}], to: closed", "[], to: same")
    assert damaged.messages("SM049") == ['no call is sure to end the association in state "open"']


@pytest.mark.parametrize(
    ("first", "second", "missing"),
    [
        ("{send-envelope: ABRT}", "{send-envelope: ABRT}", []),
        ("{stop: t-limit}", "{start: t-limit}", ['start "t-limit"', 'stop "t-limit"']),
        ("{send: ReleaseReq}", "{send-envelope: RLRQ}", []),
        (
            "{send: ReleaseReq}",
            "{indicate: rekeyed}",
            ['indicate "rekeyed"', "send an envelope RLRQ"],
        ),
        (
            "{send: ReleaseReq}",
            "{send: ReleaseReq, with: {asso-id: session.asso-id}}",
            ['give "asso-id"'],
        ),
        (
            "{stop: t-limit}",
            "{set: {session.asso-id: new-asso-id()}}",
            ['set "session.asso-id"', 'stop "t-limit"'],
        ),
    ],
)
def test_counterparts_do_the_same(
    damaged: Damaged, first: str, second: str, missing: list[str]
) -> None:
    damaged.add_row(CALL % ("S-08", "idle", "not has-groups"))
    row = CALL.replace("to: same", "do: [%s], to: same")
    damaged.add_row(row % ("S-09", "open", "has-groups", first))
    damaged.add_row(row % ("S-10", "open", "not has-groups", second))
    expected = [
        f'"{row}" does not {what}, unlike "{other}"'
        for row, other in (("S-10", "S-09"), ("S-09", "S-10"))
        for what in missing
    ]
    found = damaged.messages("SM050")
    assert len(found) == len(missing)
    assert set(found) <= set(expected)
