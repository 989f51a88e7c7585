"""Action bodies: what each action becomes, and what is refused."""

from __future__ import annotations

import pytest

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.project import Project
from unit.model.small_models import Damaged

FILE = "machines/small.yaml"


def body(small: Project, row: str) -> m.Body:
    machine = small.models.machines["small"]
    return next(r.body for r in machine.transitions if r.id == row)


def test_actions_in_order(small: Project) -> None:
    assert [type(a) for a in body(small, "S-01")] == [m.Connect, m.Set, m.Set, m.StartTimer]
    assert [type(a) for a in body(small, "S-02")] == [
        m.Call,
        m.StopTimer,
        m.Indicate,
        m.Call,  # the procedure "end", written out
        m.Close,
    ]


def test_branches_come_before_the_actions(small: Project) -> None:
    choose, close = body(small, "S-04")
    assert isinstance(choose, m.Choose)
    assert [branch.id for branch in choose.branches] == ["S-04.h", "S-04.s"]
    assert isinstance(close, m.Close)


def test_a_message_is_sent_with_what_an_honest_sender_says(small: Project) -> None:
    choose = body(small, "S-04")[0]
    assert isinstance(choose, m.Choose)
    (send,) = choose.branches[1].body
    assert isinstance(send, m.Send)
    assert send.carrier == "RLRQ"
    assert {name for name, _ in send.fields} == {"version-1", "asso-id"}


def test_a_reaction_names_the_failed_check(small: Project) -> None:
    use = next(r for r in small.models.machines["small"].transitions if r.id == "S-02").checks[0]
    log, send, *_ = use.reaction.body
    assert log == m.Log(None)
    assert isinstance(send, m.Send)
    diagnostic = dict(send.fields)["diag"]
    assert isinstance(diagnostic, x.Variable)
    assert diagnostic.root is x.Root.FAILURE


@pytest.mark.parametrize(
    ("old", "new", "code", "marked"),
    [
        ("{start: t-limit}", "{start: t-limt}", "MDL131", "t-limt"),
        ("{start: t-limit}", "{begin: t-limit}", "MDL131", "begin"),
        ("{start: t-limit}", "{start: t-limit, now: true}", "DAT012", "now"),
        ("set: {session.asso-id:", "set: {session.assoid:", "MDL131", "session.assoid"),
        ("set: {session.asso-id:", "set: {config.hmac:", "MDL131", "config.hmac"),
        ("{send: ReleaseReq}", "{send: RelaseReq}", "MDL131", "RelaseReq"),
        ("{send: ReleaseReq}", "{send: RLRQ-without-SecPDU}", "MDL131", "RLRQ-without-SecPDU"),
        ("{send: ReleaseReq}", "{send: ReleaseReq, with: {seq: 1}}", "MDL131", "seq"),
        ("{send-envelope: ABRT}", "{send-envelope: ABORT}", "DAT014", "ABORT"),
        ("{send-envelope: ABRT}", "{send-envelope: ABRT, with: {why: x}}", "MDL131", "why"),
        ("{indicate: released}", "{indicate: relesed}", "DAT014", "relesed"),
        ("{indicate: released}", "{log: failure}", "MDL133", "failure"),
        ("{do: remember(m)}", "{do: session.asso-id}", "MDL113", "session.asso-id"),
        ("{do: remember(m)}", "{do: signature-valid(m)}", "MDL134", None),
        ("{do: forget(session.keys)}", "{run: finish}", "MDL131", "finish"),
        ('connect: "true"', "connect: maybe", "MDL111", "maybe"),
        ("present: m.has-diag, ", "", "DAT011", None),
        ("when: argument.hard,", "when: argument.soft,", "MDL111", "soft"),
        ("{id: h, when", "{wen: h, when", "DAT011", None),
    ],
)
def test_faults_have_their_place(
    damaged: Damaged, old: str, new: str, code: str, marked: str | None
) -> None:
    damaged.edit(FILE, old, new)
    places = damaged.places()
    assert code in {place[0] for place in places}
    assert marked is None or marked in {place[3] for place in places}


def test_a_procedure_that_runs_itself_by_a_detour(damaged: Damaged) -> None:
    damaged.edit(FILE, "      - {do: forget(session.keys)}", "      - {run: more}")
    damaged.edit(
        FILE, "procedures:", "procedures:\n  more:\n    words: more\n    do:\n      - {run: end}"
    )
    (found,) = {f.message for f in damaged.refusal()}
    assert found == "a procedure runs itself: end -> more -> end"
