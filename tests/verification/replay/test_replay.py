"""Traces of known findings are carried out on the generated handlers, and do what they say."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from interlock.model.project import Project, load_project
from interlock.replay.perform import perform
from interlock.verification.results import Party, Replay, ReplayStatus, Step, Trace
from verification.replay import traces as t

ROOT = Path(__file__).parents[3]
AMENDMENTS = tuple((ROOT / "spec" / "amendments").glob("*.yaml"))


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def shown(replay: Replay) -> dict[str, str]:
    """What the handlers show, after it is clear that all went as in the trace."""
    assert replay.status is ReplayStatus.REPRODUCED, (replay.stops_at, replay.words)
    return dict(replay.observed)


def test_all_hand_written_traces_are_reproduced(project: Project) -> None:
    for name, trace in t.FINDINGS.items():
        replay = perform(trace, project)
        assert (replay.status, replay.words) == (ReplayStatus.REPRODUCED, ""), name


# --- what the findings show ----------------------------------------------------------------------


def test_recorded_accept_leaves_a_client_whose_keys_nobody_has(project: Project) -> None:
    seen = shown(perform(t.V1_RECORDED_ACCEPT, project))
    assert seen["client.state"] == "stable"
    assert seen["client.asso-id"] != seen["server.asso-id"]
    assert seen["keys of client and server"] == "different"
    assert "repeat" in seen["association identifiers"]


@pytest.mark.parametrize("trace", [t.V2_PROVOKED_REJECT, t.V3_UNSIGNED_ABORT], ids=["V2", "V3"])
def test_failed_association_is_followed_by_a_weaker_one(trace: Trace, project: Project) -> None:
    seen = shown(perform(trace, project))
    assert (seen["client.state"], seen["second.state"], seen["plain.state"]) == (
        "closed",
        "data",
        "data",
    )


def test_changed_pp_lets_both_sides_speak_of_different_protocols(project: Project) -> None:
    seen = shown(perform(t.V4_CHANGED_PP, project))
    assert seen["client.protected-protocol"] == "iec61850-8-1"
    assert seen["server.protected-protocol"] == "other"
    assert seen["keys of client and server"] == "the same"
    assert seen["server.delivered"]


def test_forwarded_request_makes_the_server_believe_in_a_client(project: Project) -> None:
    seen = shown(perform(t.V5_FORWARDED_REQUEST, project))
    assert (seen["client.expects"], seen["server.peer"]) == ("insider", "client")


def test_value_of_another_run_serves_another_caller(project: Project) -> None:
    seen = shown(perform(t.V6_VALUE_OF_ANOTHER_RUN, project))
    assert seen["plain.peer"] == "client"
    assert seen["plain.peer-address"].startswith("1.1.999.66"), "nobody has that address"


def test_value_serves_a_second_server(project: Project) -> None:
    seen = shown(perform(t.V6_SECOND_SERVER, project))
    assert (seen["plain.peer"], seen["other server.peer"]) == ("client", "client")
    assert "other server.peer-address" not in seen


@pytest.mark.parametrize(
    ("trace", "told"),
    [
        (t.V10C_ABORT_AS_RELEASE, "associated, released"),
        (t.V10C_REJECT_AS_ABORT, "associated, aborted (peer)"),
        (t.UNAUTHENTICATED_ABORT, "associated, aborted (unauthenticated-abort)"),
    ],
    ids=["abort as release", "reject as abort", "nobody signed"],
)
def test_association_ends_without_the_partners_wish(
    trace: Trace, told: str, project: Project
) -> None:
    seen = shown(perform(trace, project))
    assert (seen["client.state"], seen["client.told"]) == ("closed", told)


def test_deleted_transfer_is_not_noticed(project: Project) -> None:
    seen = shown(perform(t.V8_LOST_TRANSFER, project))
    assert seen["server.delivered"] == "5 octets, 7 octets", "the one of 6 octets is lost"


def test_nothing_observed_is_a_key_or_data(project: Project) -> None:
    replay = perform(t.V4_CHANGED_PP, project)
    assert all(len(text) < 120 for _, text in replay.observed)
    assert not any("a0" in text.lower() and "octets" not in text for _, text in replay.observed)


def test_replay_says_the_same_every_time(project: Project) -> None:
    for trace in (t.V1_RECORDED_ACCEPT, t.V8_LOST_TRANSFER, t.WRONG_ABOUT_A_CHECK):
        assert perform(trace, project) == perform(trace, project)


# --- divergence ----------------------------------------------------------------------------------


def test_trace_that_is_wrong_about_a_check_diverges_there(project: Project) -> None:
    replay = perform(t.WRONG_ABOUT_A_CHECK, project)
    assert (replay.status, replay.stops_at) == (ReplayStatus.DIVERGED, 6)
    assert replay.words == (
        "expected NC-03 to 'stable', the handler took abort-handshake to 'closed' "
        "because check HA-13 failed"
    )


def test_replayed_request_is_noticed_without_the_restart(project: Project) -> None:
    *before, last = t.REPLAY_AFTER_RESTART.steps
    trace = replace(t.REPLAY_AFTER_RESTART, steps=(*before, replace(last, fields=())))
    replay = perform(trace, project)
    assert replay.stops_at == 8
    assert "because check HR-11 failed" in replay.words


@pytest.mark.parametrize(
    ("step", "words"),
    [
        (Step(1, "nobody", "local associate", "NC-01"), 'there is no party "nobody"'),
        (Step(1, "client", "local dance", ""), "no recipe: no handler of native client has"),
        (Step(1, "client", "receive HandshakeAcc", "NC-03"), "no recipe: the step does not say"),
        (
            Step(1, "client", "receive Greeting", "", origin=t.anybody()),
            'no recipe: native mode has no message "Greeting"',
        ),
        (Step(1, "client", "receive HandshakeAcc", "", origin=t.peer(7)), "no recipe: there is no"),
        (
            Step(1, "client", "receive HandshakeAcc", "", origin=t.attacker("nobody")),
            "no recipe: the attacker has no certificate",
        ),
        (Step(1, "client", "local release", "NC-22", after="wait-rel"), "expected NC-22 to"),
        (Step(1, "client", "local associate", "NC-01", before="stable"), "expected client in"),
    ],
)
def test_what_cannot_be_carried_out_is_said(step: Step, words: str, project: Project) -> None:
    replay = perform(Trace((t.CLIENT, t.SERVER), (step,)), project)
    assert (replay.status, replay.stops_at) == (ReplayStatus.DIVERGED, 1)
    assert replay.words.startswith(words)


@pytest.mark.parametrize(
    ("party", "words"),
    [
        (t.configured(t.CLIENT, ("colour", "red")), "no field"),
        (t.configured(t.CLIENT, ("wants-encryption", "false")), "encryption algorithms are offer"),
        (Party("client", "native-robot", ""), "no machine"),
    ],
)
def test_impossible_party_is_said(party: Party, words: str, project: Project) -> None:
    replay = perform(Trace((party,), ()), project)
    assert (replay.status, replay.stops_at) == (ReplayStatus.DIVERGED, None)
    assert words in replay.words
