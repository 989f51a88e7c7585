"""Rules on what is told and recorded; the plain case of each is under tests/diagnostics."""

from __future__ import annotations

import pytest

from unit.model.small_models import Damaged

FILE = "machines/small.yaml"


def test_an_end_is_told_on_every_way(damaged: Damaged) -> None:
    old = "confidence: A, do: [{indicate: aborted}], to: closed"
    first = "{id: a, when: has-groups, do: [{indicate: aborted}]}"
    ways = f"branches: [{first}, {{id: b, when: not has-groups%s}}]"
    told, silent = ways % ", do: [{indicate: released}]", ways % ""
    damaged.edit(FILE, old, f"confidence: A, {told}, to: closed")
    assert damaged.messages("SM038") == []
    damaged.edit(FILE, told, silent)
    assert damaged.messages("SM038") == ['"S-07" ends and does not tell the user']


def test_a_reaction_tells_the_user_too_and_is_found_once(damaged: Damaged) -> None:
    damaged.edit(FILE, "      - {indicate: aborted, reason: protocol-error}\n", "")
    assert damaged.messages("SM038") == ['reaction "fault" ends and does not tell the user']


def test_a_step_that_does_not_end_need_not_be_told(damaged: Damaged) -> None:
    damaged.add_row(
        '{id: S-08, from: [open], on: receive RLRQ-without-SecPDU, clause: "15", '
        "confidence: A, to: same}",
    )
    assert damaged.messages("SM038") == []


def test_a_call_that_becomes_possible_is_told(damaged: Damaged) -> None:
    damaged.edit(
        FILE, "  closed: {final", '  asked: {clause: "13", words: asked}\n  closed: {final'
    )
    for row in ("S-05", "S-06", "S-07"):
        damaged.edit(FILE, f"{{id: {row}, from: [open]", f"{{id: {row}, from: [open, asked]")
    silent = '"15", confidence: A, to: asked}'
    damaged.add_row(f"{{id: S-08, from: [open], on: receive RLRQ-without-SecPDU, clause: {silent}")
    damaged.add_row(
        '{id: S-09, from: [asked], on: local start, clause: "13", confidence: A, to: open}'
    )
    assert damaged.messages("SM039") == ['"S-08" makes "start" possible and does not tell the user']
    told = silent.replace("to:", "do: [{indicate: associate-requested}], to:")
    damaged.edit(FILE, silent, told)
    assert damaged.messages("SM039") == []


@pytest.mark.parametrize(
    ("done", "why_not"),
    [
        ("{indicate: aborted}", "the peer has aborted"),
        ("{send-envelope: ABRT}, {indicate: released}", "an answer"),
        ('{log: "IEC62351-4:15.4"}, {send-envelope: ABRT}, {indicate: aborted}', "it is logged"),
        ("{send-envelope: ABRT}, {indicate: aborted}", ""),
    ],
)
def test_only_an_abort_that_is_sent_is_recorded(damaged: Damaged, done: str, why_not: str) -> None:
    on = 'on: receive RLRQ-without-SecPDU, clause: "15", confidence: A'
    damaged.add_row(
        f"{{id: S-08, from: [open], {on}, do: [{done}, {{close: transport}}], to: closed}}"
    )
    text = '"S-08" aborts on "RLRQ-without-SecPDU" and logs no event'
    assert damaged.messages("SM043") == ([] if why_not else [text])


def test_a_diagnostic_that_is_recorded_only_by_name_is_not(damaged: Damaged) -> None:
    damaged.edit(
        FILE, "{log-diagnostic: m.diag,", "{log-diagnostic: DtDiagnostics.no-reason-given,"
    )
    assert damaged.messages("SM044") == ['"S-03" does not record "m.diag"']


@pytest.mark.parametrize(
    ("on", "done", "found"),
    [
        ("receive RLRQ-without-SecPDU", "", True),
        ("receive RLRQ-without-SecPDU", "do: [{indicate: rekeyed}], ", False),
        ("local start", "", False),  # the user knows
    ],
)
def test_what_is_not_the_user_s_is_not_swallowed(
    damaged: Damaged, on: str, done: str, found: bool
) -> None:
    row = f'id: S-08, from: [open], on: {on}, clause: "13", confidence: A, {done}to: same'
    damaged.add_row(f"{{{row}}}")
    assert damaged.messages("SM052") == ([f'"S-08" does nothing on "{on}"'] if found else [])
