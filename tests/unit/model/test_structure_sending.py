"""Rules on what the peer is told; the plain case of each is its sample under tests/diagnostics."""

from __future__ import annotations

import pytest

from interlock.model.project import load_project
from interlock.model.structure_steps import closing_states
from unit.model.small_models import ROOT, Damaged

FILE = "machines/small.yaml"


def test_an_argument_is_used_on_every_way(damaged: Damaged) -> None:
    damaged.edit(
        FILE, "stop: {arguments: {hard: bool}", "stop: {arguments: {hard: bool, soft: bool}"
    )
    damaged.edit(FILE, "{send: ReleaseReq}", "{send: ReleaseReq, with: {version-1: argument.soft}}")
    damaged.edit(FILE, "do: [{send-envelope: ABRT}]", "do: [{send: ReleaseReq}]")
    assert damaged.messages("SM041") == ['"S-04" need not use "argument.soft"']
    damaged.edit(FILE, "on: local stop", "on: local stop\n    when: argument.soft")
    assert damaged.messages("SM041") == []


@pytest.mark.parametrize("takes", [True, False])
def test_a_bare_envelope_without_room_need_not_use_it(damaged: Damaged, takes: bool) -> None:
    damaged.edit(FILE, "start: {arguments: {}", "start: {arguments: {data: octets}")
    damaged.edit(FILE, '- {connect: "true"}', "- {send-envelope: ABRT}")
    if takes:
        call = '{id: S-08, from: [open], on: local start, clause: "13", confidence: A, '
        damaged.add_row(
            call + "do: [{send-envelope: ABRT, with: {user-data: argument.data}}], to: same}",
        )
    found = ['"S-01" need not use "argument.data"'] if takes else []
    assert damaged.messages("SM041") == found


END = (
    '{id: S-08, from: [open], on: receive ReleaseReq, when: has-groups, clause: "13", '
    "confidence: A, %s, to: closed}"
)
TOLD = "do: [%s{indicate: aborted}, {close: transport}]"


@pytest.mark.parametrize(
    ("done", "found"),
    [
        ("{send-envelope: ABRT}, ", False),
        ("", False),  # who sends it ends with it
        ('{log: "IEC62351-4:15.4"}, ', True),
    ],
)
def test_an_end_on_a_message_whose_sender_has_ended(
    damaged: Damaged, done: str, found: bool
) -> None:
    damaged.add_row(END % (TOLD % done))
    expected = ['"S-08" ends and does not tell the peer'] if found else []
    assert damaged.messages("SM042") == expected


def test_an_end_on_a_message_whose_sender_goes_on(damaged: Damaged) -> None:
    damaged.edit(FILE, '{connect: "true"}', "{send: ReleaseReq}")
    assert damaged.messages("SM042") == ['"S-02" ends and does not tell the peer']
    damaged.edit(FILE, "{indicate: released}", "{indicate: rejected}")
    assert damaged.messages("SM042") == [], "the peer's decision"


def test_a_reaction_on_a_message_whose_sender_goes_on(damaged: Damaged) -> None:
    damaged.edit(FILE, "{send: DtSecAbort}", "{do: forget(session.keys)}")
    assert damaged.messages("SM042") == []
    damaged.edit(FILE, '{connect: "true"}', "{send: ReleaseReq}")
    damaged.edit(FILE, "{indicate: released}", "{indicate: rejected}")
    assert damaged.messages("SM042") == ['reaction "refuse" ends and does not tell the peer']


def test_who_has_asked_for_the_end_only_waits_for_it() -> None:
    machines = load_project(ROOT).models.machines
    assert {name: sorted(closing_states(machine)) for name, machine in machines.items()} == {
        "compatibility-client": ["wait-rlre"],
        "compatibility-server": ["wait-rlre"],
        "native-client": ["wait-rel"],
        "native-server": ["wait-rel"],
    }


def test_an_answer_is_owed_under_one_guard_only(damaged: Damaged) -> None:
    row = '{id: %s, from: [%s], on: receive RLRQ-without-SecPDU%s, clause: "15", confidence: A, %s}'
    damaged.add_row(
        row % ("S-08", "open", ", when: has-groups", "do: [{send-envelope: DATA}], to: same")
    )
    damaged.add_row(row % ("S-09", "open", ", when: not has-groups", "to: same"))
    assert damaged.messages("SM051") == []
    damaged.add_row(row % ("S-10", "idle", ", when: has-groups", "to: same"))
    text = '"S-10" does not answer "RLRQ-without-SecPDU", unlike "S-08"'
    assert damaged.messages("SM051") == [text]


def test_a_request_for_the_end_is_sent(damaged: Damaged) -> None:
    damaged.edit(FILE, "  closed: {final", '  late: {clause: "13", words: late}\n  closed: {final')
    damaged.edit(FILE, "{id: S-05, from: [open]", "{id: S-05, from: [open, late]")
    call = '{id: S-08, from: [open], on: local start, clause: "13", confidence: A%s, to: late}'
    damaged.add_row(call % "")
    text = '"S-08" asks for the end and does not tell the peer'
    assert damaged.messages("SM042") == [text]
    damaged.edit(FILE, call % "", call % ", do: [{send: ReleaseReq}]")
    assert text not in damaged.messages("SM042")
