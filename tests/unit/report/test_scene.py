"""What becomes of each message of a trace, whoever draws it."""

from __future__ import annotations

import pytest

from interlock.report.scene import (
    Arrow,
    Aside,
    AsideKind,
    Box,
    Frame,
    Scene,
    Stroke,
    Tip,
    make_scene,
)
from interlock.verification.results import Origin, OriginKind, Party, Step, Trace
from unit.report import sample

PARTIES = (Party("client", "native-client", ""), Party("server", "native-server", ""))


def sends(number: int = 1, *messages: str) -> Step:
    return Step(number, "client", "transport ready", "NC-02", sends=messages or ("HandshakeReq",))


def receives(number: int, origin: Origin | None, message: str = "HandshakeReq") -> Step:
    return Step(number, "server", f"receive {message}", "NS-06", clause="14.3", origin=origin)


def scene(*steps: Step) -> Scene:
    return make_scene(Trace(PARTIES, steps), "")


def arrows(made: Scene) -> list[tuple[int, int, Stroke, Tip]]:
    return [
        (item.start, item.end, item.stroke, item.tip)
        for item in made.items
        if isinstance(item, Arrow)
    ]


def notes(made: Scene) -> list[str]:
    """What the attacker's boxes say."""
    return [
        line.text
        for item in made.items
        if isinstance(item, Box) and item.frame is Frame.ATTACKER
        for line in item.lines
    ]


PEER = Origin(OriginKind.PEER, "client", step=1)


def test_the_attacker_stands_between_the_two_sides() -> None:
    made = make_scene(sample.crowded(), "")
    assert [lane.title for lane in made.lanes] == [
        "client", "client-2", "attacker", "server", "server-2",
    ]  # fmt: skip
    assert [lane.side for lane in made.lanes] == [-1, -1, 0, 1, 1]


def test_a_message_delivered_unchanged_is_one_arrow() -> None:
    made = scene(sends(), receives(2, PEER))
    assert arrows(made) == [(0, 2, Stroke.HONEST, Tip.ARRIVES)]
    assert notes(made) == []


def test_a_message_delivered_later_is_held_by_the_attacker() -> None:
    between = Step(2, "client", "timer t-association", "NC-08")
    made = scene(sends(), between, receives(3, PEER))
    assert arrows(made) == [
        (0, 1, Stroke.HONEST, Tip.HELD),
        (1, 2, Stroke.HONEST, Tip.ARRIVES),
    ]
    assert notes(made) == ["passes it on, unchanged"]


def test_a_changed_message_is_two_arrows_and_says_what_is_changed() -> None:
    origin = Origin(OriginKind.PEER, "client", step=1, changed=(("m.pp", "other"),))
    made = scene(sends(), receives(2, origin))
    assert arrows(made) == [
        (0, 1, Stroke.HONEST, Tip.HELD),
        (1, 2, Stroke.CHANGED, Tip.ARRIVES),
    ]
    assert notes(made) == ["changes what nothing protects:", "m.pp := other"]


def test_a_relabelled_message_says_so() -> None:
    origin = Origin(OriginKind.PEER, "client", sent_as="DtSecAbort", step=1)
    made = scene(sends(1, "DtSecAbort"), receives(2, origin, "ReleaseReq"))
    assert notes(made) == ["re-labels it: sent as DtSecAbort, delivered as ReleaseReq"]
    assert arrows(made)[1][2] is Stroke.CHANGED


def test_a_dropped_message_ends_at_the_attacker() -> None:
    made = scene(sends(), Step(2, "client", "timer t-association", "NC-08"))
    assert arrows(made) == [(0, 1, Stroke.HONEST, Tip.LOST)]


def test_what_the_last_step_sends_is_not_called_dropped() -> None:
    assert arrows(scene(sends())) == [(0, 1, Stroke.HONEST, Tip.UNDER_WAY)]


def test_replay_within_the_run() -> None:
    made = scene(sends(), receives(2, PEER), receives(3, PEER))
    assert arrows(made) == [
        (0, 2, Stroke.HONEST, Tip.ARRIVES),
        (1, 2, Stroke.FORGED, Tip.ARRIVES),
    ]
    assert notes(made) == ["delivers it again"]


@pytest.mark.parametrize(
    ("kind", "signer", "first"),
    [
        (OriginKind.OTHER_RUN, "server", "replays a message from another run"),
        (OriginKind.ATTACKER, "insider", "makes and protects a message himself"),
        (OriginKind.UNPROTECTED, "", "injects a message that nothing protects"),
    ],
)
def test_a_message_from_elsewhere_starts_at_the_attacker(
    kind: OriginKind, signer: str, first: str
) -> None:
    made = scene(receives(1, Origin(kind, signer)))
    assert arrows(made) == [(1, 2, Stroke.FORGED, Tip.ARRIVES)]
    assert notes(made)[0] == first
    assert len(notes(made)) == (2 if signer else 1)


@pytest.mark.parametrize("origin", [None, Origin(OriginKind.PEER, "client")])
def test_a_message_whose_sending_is_not_in_the_trace_is_not_called_forged(
    origin: Origin | None,
) -> None:
    assert arrows(scene(receives(1, origin))) == [(1, 2, Stroke.HONEST, Tip.ARRIVES)]


def test_of_two_messages_of_a_step_each_goes_its_own_way() -> None:
    made = scene(sends(1, "ClearTransfer", "HandshakeReq"), receives(2, PEER))
    assert [tip for *_, tip in arrows(made)] == [Tip.LOST, Tip.ARRIVES]


def test_a_failing_check_is_a_box_of_its_own_kind() -> None:
    made = make_scene(sample.trace(), "")
    (box,) = (i for i in made.items if isinstance(i, Box) and i.frame is Frame.FAILURE)
    texts = [line.text for line in box.lines]
    assert "check DT-07 fails" in texts
    assert "reaction: abort-transfer" in texts


def test_states_are_boxes_where_they_change() -> None:
    steps = (
        Step(1, "client", "local a", "R", before="idle", after="open"),
        Step(2, "client", "local b", "R", before="open", after="open"),
    )
    made = scene(*steps)
    states = [i.lines[0].text for i in made.items if isinstance(i, Box) and i.frame is Frame.STATE]
    assert states == ["open"]
    assert made.lanes[0].state == "idle"


def test_what_passes_between_a_party_and_its_user_is_aside() -> None:
    step = Step(1, "client", "local associate", "R", told=("associated",), delivers=True)
    timer, lost = Step(2, "client", "timer t", "R"), Step(3, "client", "transport lost", "R")
    kinds = [item.kind for item in scene(step, timer, lost).items if isinstance(item, Aside)]
    assert kinds == [
        AsideKind.CALL,
        AsideKind.TOLD,
        AsideKind.DELIVERED,
        AsideKind.TIMER,
        AsideKind.TRANSPORT,
    ]


def test_the_description_tells_every_message() -> None:
    made = make_scene(sample.trace(), "")
    for step in sample.trace().steps:
        for message in step.sends:
            assert message in made.description
    assert made.description.endswith("neither saw an error.")
