"""Comparing a step of a handler with one of a trace; the whole is in tests/verification/replay."""

from __future__ import annotations

from dataclasses import replace

import pytest

from interlock.replay.perform import difference
from interlock.replay.stage import Outcome
from interlock.verification.results import Step

STEP = Step(
    6,
    "client",
    "receive HandshakeAcc",
    "NC-03",
    before="wait-rsp",
    after="stable",
    told=("associated",),
)
OUTCOME = Outcome("wait-rsp", "stable", ("NC-03.NC-03a", "NC-03"), (), ("associated",))
REFUSED = Outcome(
    "wait-rsp",
    "closed",
    ("abort-handshake",),
    (),
    ("aborted (security)",),
    failed_check="HA-09",
)


def test_the_same_is_no_difference() -> None:
    assert difference(STEP, OUTCOME, "native") == ""


def test_a_branch_may_be_named() -> None:
    assert difference(replace(STEP, row="NC-03.NC-03a"), OUTCOME, "native") == ""
    assert difference(replace(STEP, row="NC-03.NC-03b"), OUTCOME, "native") != ""


def test_words_name_the_check_that_failed() -> None:
    assert difference(STEP, REFUSED, "native") == (
        "expected NC-03 to 'stable', the handler took abort-handshake to 'closed' "
        "because check HA-09 failed"
    )


def test_words_name_the_check_that_was_expected_to_fail() -> None:
    step = replace(STEP, reaction="abort-handshake", failed_check="HA-10", after="closed")
    assert difference(step, REFUSED, "native").startswith(
        "expected abort-handshake of NC-03 because check HA-10 fails to 'closed'"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"after": "closed"}, "expected NC-03 to 'closed'"),
        ({"sends": ("ReleaseReq",)}, "expected it to send ReleaseReq, the handler sent nothing"),
        ({"told": ("aborted",)}, "expected it to say aborted, the handler said associated"),
        ({"delivers": True}, "expected a delivery, the handler delivered 0 PDU(s)"),
        ({"row": ""}, "expected nothing to be taken to 'stable'"),
    ],
)
def test_each_part_is_compared(change: dict[str, object], words: str) -> None:
    assert difference(replace(STEP, **change), OUTCOME, "native").startswith(words)  # type: ignore[arg-type]


def test_a_reason_may_be_left_out() -> None:
    step = Step(1, "client", "transport lost", "NC-20l", after="closed", told=("aborted",))
    outcome = Outcome("stable", "closed", ("NC-20l",), (), ("aborted (transport)",))
    assert difference(step, outcome, "native") == ""
    assert difference(replace(step, told=("aborted (peer)",)), outcome, "native") != ""
