"""The checked machine: look-ups over its table."""

from __future__ import annotations

from interlock.model import machine as m
from interlock.model.project import Project


def test_initial_state_and_events(small: Project) -> None:
    machine = small.models.machines["small"]
    assert machine.initial == "idle"
    assert [str(event) for event in machine.events] == [
        "local start",
        "receive ReleaseReq",
        "receive DtSecAbort",
        "local stop",
        "timer t-limit",
        "receive ABRT-without-SecPDU",
        "transport lost",
    ]


def test_rows_of_a_state(small: Project) -> None:
    machine = small.models.machines["small"]
    lost = m.Event(m.EventKind.TRANSPORT, "lost")
    assert [row.id for row in machine.transitions_from("open", lost)] == ["S-07"]
    assert machine.transitions_from("idle", lost) == ()


def test_actions_are_found_inside_branches() -> None:
    from interlock.model import expression as x

    close = m.Close()
    branch = m.Branch("b", x.BoolLiteral(value=True), (close,))
    choose = m.Choose((branch,))
    assert list(m.actions((choose, close))) == [choose, close, close]
