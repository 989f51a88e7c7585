"""EnvPDUs that anybody makes, transfers that a partner may have sent, what nothing protects."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.model.project import Project, load_project
from interlock.replay.perform import perform
from interlock.verification.results import Step, Trace
from verification.replay import traces as t
from verification.replay.courses import attempt, took

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.mark.parametrize(
    ("where", "message", "expected"),
    [
        (("client", "wait-rsp"), "AARE-without-SecPDU", "NC-08"),
        (("client", "wait-rsp"), "AARE-without-SecPDU", "abort-envelope/OE-12"),
        (("client", "wait-rsp"), "ABRT-without-SecPDU", "NC-20p"),
        (("client", "stable"), "ABRT-without-SecPDU", "NC-20p"),
        (("server", "transport"), "AARQ-without-SecPDU", "NS-02x"),
        (("server", "transport"), "AARQ-without-SecPDU", "refuse-envelope/OE-02"),
        (("server", "unconfirmed"), "ABRT-without-SecPDU", "NS-20p"),
        (("second", "wait-aare"), "AARE", "CC-07"),
        (("second", "wait-aare"), "AARE", "p-abort/AP-08m"),
        (("second", "wait-aare"), "ABRT", "CC-10"),
        (("second", "data"), "DATA", "CC-09"),
        (("second", "data"), "RLRQ", "CC-12r"),
        (("plain", "transport"), "AARQ", "refuse-association/AP-01"),
        (("plain", "data"), "DATA", "CS-11"),
        (("plain", "data"), "RLRQ", "CS-11r"),
        (("plain", "data"), "ABRT", "CS-11a"),
    ],
)
def test_what_anybody_can_send(
    where: tuple[str, str], message: str, expected: str, project: Project
) -> None:
    replay = attempt(project, where, message, expected, t.anybody())
    assert took(replay, expected), replay.words


def test_pdus_without_a_place(project: Project) -> None:
    for message in ("RLRQ-without-SecPDU", "RLRE-without-SecPDU", "DATA-without-SecPDU"):
        step = Step(
            7,
            "client",
            f"receive {message}",
            "",
            "fault",
            before="stable",
            after="closed",
            sends=("ABRT",),
            told=("aborted (protocol-error)",),
            origin=t.anybody(),
        )
        trace = Trace((t.CLIENT, t.SERVER), (*t.associated(), step))
        assert perform(trace, project).words == ""


@pytest.mark.parametrize(
    ("check", "fields"),
    [
        ("OE-11", (("e.mechanism", "Mechanism.a-profile"),)),
        ("OE-12", (("e.application-context", "ApplicationContext.basic-AC"),)),
        ("OE-13", (("e.information-count", "2"),)),
        ("OE-13", (("e.has-direct-reference", "true"),)),
        ("OE-14", (("e.has-indirect-reference", "false"),)),
        ("OE-21", (("e.result", "AssociateResult.rejected-transient"),)),
    ],
)
def test_everything_around_a_secpdu_can_be_replaced(
    check: str, fields: t.Fields, project: Project
) -> None:
    expected = f"abort-envelope/{check}"
    steps = (*t.asking(), *t.asked(3, t.peer(2, "client")))
    last = Step(
        6,
        "client",
        "receive HandshakeAcc",
        "NC-03",
        reaction="abort-envelope",
        failed_check=check,
        before="wait-rsp",
        origin=t.peer(5, "server", changed=fields),
    )
    replay = perform(Trace((t.CLIENT, t.SERVER), (*steps, last)), project)
    assert took(replay, expected), replay.words


def test_what_is_signed_cannot_be_replaced(project: Project) -> None:
    origin = t.peer(2, "client", changed=(("m.version-1", "false"),))
    trace = Trace((t.CLIENT, t.SERVER), (*t.asking(), *t.asked(3, origin)))
    replay = perform(trace, project)
    assert replay.words == ("no recipe: m.version-1 is protected, so nobody can replace it unseen")


@pytest.mark.parametrize("known", ["m.certificate", "m.certificate-size"])
def test_certificate_of_an_authentication_value_stays_with_its_signature(
    known: str, project: Project
) -> None:
    origin = t.other_run("client", "AARQ", ((known, "0"),))
    assert took(attempt(project, ("plain", "transport"), "AARQ", "CS-02", origin), "CS-02")


# --- from the partner ----------------------------------------------------------------------------


def test_partner_may_have_sent_any_number_of_transfers(project: Project) -> None:
    steps = (
        *t.associated(),
        t.taking(7, t.peer(None), row="NS-10e", before="unconfirmed"),
        t.taking(8, t.peer(None)),
    )
    replay = perform(Trace((t.CLIENT, t.SERVER), steps), project)
    assert dict(replay.observed)["server.delivered"] == "5 octets, 6 octets"


def test_partner_cannot_send_before_it_is_associated(project: Project) -> None:
    step = t.taking(1, t.peer(None), row="fault", before="listen")
    replay = perform(Trace((t.CLIENT, t.SERVER), (step,)), project)
    assert replay.words.startswith("no recipe: client cannot send a transfer")


def test_both_release_and_both_answer(project: Project) -> None:
    """The answer of a partner who waits himself is no step of its own."""
    releases = (
        Step(7, "client", "local release", "NC-22", after="wait-rel", sends=("ReleaseReq",)),
        Step(8, "server", "local release", "NS-27", after="wait-rel", sends=("ReleaseReq",)),
        Step(
            9,
            "client",
            "receive ReleaseRsp",
            "NC-23",
            before="wait-rel",
            after="closed",
            told=("released",),
            origin=t.peer(None, "server"),
        ),
    )
    trace = Trace((t.CLIENT, t.SERVER), (*t.associated(), *releases))
    assert perform(trace, project).words == ""


def test_rekey_that_is_wanted_without_a_step(project: Project) -> None:
    """That keys are due is noted by a row that stays in its state, so a trace does not show it."""
    steps = (
        *t.associated(),
        Step(
            7,
            "client",
            "local send-data",
            "NC-14e",
            before="stable",
            after="rekey-sent",
            sends=("EncrTransfer",),
        ),
        Step(
            8,
            "server",
            "receive EncrTransfer",
            "NS-13e",
            before="unconfirmed",
            after="rekey-received",
            delivers=True,
            origin=t.peer(7, "client"),
        ),
        Step(
            9,
            "server",
            "local send-data",
            "NS-14e",
            before="rekey-received",
            after="rekey-confirming",
            sends=("EncrTransfer",),
        ),
        Step(
            10,
            "client",
            "receive EncrTransfer",
            "NC-15e",
            before="rekey-sent",
            after="stable",
            told=("rekeyed",),
            delivers=True,
            origin=t.peer(9, "server"),
        ),
    )
    assert perform(Trace((t.CLIENT, t.SERVER), steps), project).words == ""


def test_own_message_comes_back(project: Project) -> None:
    step = Step(
        3,
        "client",
        "receive HandshakeAcc",
        "NC-03",
        reaction="abort-handshake",
        failed_check="HA-07",
        before="wait-rsp",
        after="closed",
        sends=("HandshakeSecAbort",),
        told=("aborted (security)",),
        origin=t.peer(2, "client", "HandshakeReq"),
    )
    assert perform(Trace((t.CLIENT, t.SERVER), (*t.asking(), step)), project).words == ""
