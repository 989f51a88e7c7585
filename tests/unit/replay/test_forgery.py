"""Messages that the attacker makes, and signed contents under another label."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.model.project import Project, load_project
from interlock.replay.perform import perform
from interlock.verification.results import Step, Trace
from verification.replay import traces as t
from verification.replay.courses import INSIDER, attempt, took

ROOT = Path(__file__).parents[3]

CBC = (
    ("expects", "insider"),
    ("encr-mode", "EncrMode.non-aea"),
    ("encryption-algorithms", "{EncryptionAlgorithm.aes128-CBC}"),
    ("icv-algorithms", "{IcvAlgorithm.hmacWithSHA256}"),
)

ONE_GROUP = (("expects", "insider"), ("dh-groups", "{DHGroup.secp256r1}"))
BOTH_ICV = "{IcvAlgorithm.hmacWithSHA256, IcvAlgorithm.aes128-GCM}"
CBC_OR_GMAC = (*CBC[:-1], ("icv-algorithms", BOTH_ICV))


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


# --- who signs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("signer", "request_check", "accept_check"),
    [
        ("revoked", "HR-07", "HA-06"),
        ("unusable", "HR-06", "HA-05"),
        ("untrusted", "HR-06p", "HA-05p"),
    ],
)
def test_faulty_certificate_of_the_attacker(
    signer: str, request_check: str, accept_check: str, project: Project
) -> None:
    origin = t.attacker(signer)
    expected = f"refuse-handshake/{request_check}"
    replay = attempt(project, ("server", "transport"), "HandshakeReq", expected, origin)
    assert took(replay, expected), replay.words
    expected = f"abort-handshake/{accept_check}"
    replay = attempt(project, ("client", "wait-rsp"), "HandshakeAcc", expected, origin)
    assert took(replay, expected), replay.words


@pytest.mark.parametrize("signer", ["revoked", "unusable", "untrusted"])
def test_faulty_certificate_of_the_attacker_in_the_a_profile(signer: str, project: Project) -> None:
    origin = t.attacker(signer)
    for where, message, check in (
        (("plain", "transport"), "AARQ", "AP-04"),
        (("second", "wait-aare"), "AARE", "AP-84"),
    ):
        expected = f"p-abort/{check}"
        replay = attempt(project, where, message, expected, origin)
        assert took(replay, expected), replay.words


def test_insider_is_accepted_as_himself_only(project: Project) -> None:
    where, origin = ("server", "transport"), t.attacker()
    assert took(attempt(project, where, "HandshakeReq", "NS-06", origin), "NS-06")
    expected = "refuse-handshake/HR-08"
    assert took(attempt(project, where, "HandshakeReq", expected, origin), expected)
    where = ("client", "wait-rsp")
    expected = "abort-handshake/HA-07"
    assert took(attempt(project, where, "HandshakeAcc", expected, origin), expected)
    replay = attempt(project, where, "HandshakeAcc", "NC-03", origin, client=INSIDER)
    assert took(replay, "NC-03"), replay.words


def test_insider_signs_in_the_a_profile(project: Project) -> None:
    for where, message, row in (
        (("plain", "transport"), "AARQ", "CS-02"),
        (("second", "wait-aare"), "AARE", "CC-04"),
    ):
        replay = attempt(project, where, message, row, t.attacker())
        assert took(replay, row), replay.words


def test_nobody_signs(project: Project) -> None:
    for where, message, expected in (
        (("server", "transport"), "HandshakeReq", "refuse-handshake/HR-03"),
        (("client", "wait-rsp"), "HandshakeAcc", "abort-handshake/HA-03"),
        (("client", "wait-rsp"), "HandshakeSecReject", "close-silently/SJ-03"),
        (("server", "unconfirmed"), "ReleaseReq", "abort-transfer/RQ-03"),
        (("server", "unconfirmed"), "EncrTransfer", "abort-transfer/DT-06e"),
        (("server", "unconfirmed"), "ClearTransfer", "abort-transfer/DT-02"),
        (("plain", "transport"), "AARQ", "p-abort/AP-07"),
        (("second", "wait-aare"), "AARE", "p-abort/AP-87"),
    ):
        replay = attempt(project, where, message, expected, t.anybody())
        assert took(replay, expected), (message, replay.words)


def test_pdu_that_cannot_be_decoded(project: Project) -> None:
    fields = (("m.well-formed", "false"),)
    for where, message, expected in (
        (("server", "transport"), "HandshakeReq", "refuse-handshake/HR-05"),
        (("client", "wait-rsp"), "HandshakeAcc", "abort-handshake/HA-04"),
        (("client", "stable"), "DtSecAbort", "close-silently/DA-04"),
        (("server", "unconfirmed"), "EncrTransfer", "abort-transfer/DT-01e"),
        (("server", "unconfirmed"), "ClearTransfer", "abort-transfer/DT-01c"),
        (("server", "unconfirmed"), "ReleaseReq", "abort-transfer/RQ-04"),
        (("second", "wait-aare"), "AARE", "p-abort/AP-08v"),
    ):
        replay = attempt(project, where, message, expected, t.attacker(), fields)
        assert took(replay, expected), (message, replay.words)


# --- what a trace fixes --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("check", "configuration", "fields"),
    [
        ("HA-01", (), (("m.sign-algorithm", "SignatureAlgorithm.other"),)),
        ("HA-02", (), (("m.sig-alg", "SignatureAlgorithm.sha256WithRSAEncryption"),)),
        ("HA-08", (), (("m.version-1", "false"),)),
        ("HA-09", (), ()),
        ("HA-22", (), (("m.asso-id", "other"),)),
        ("HA-22", (), (("m.protected-protocol", "ProtectedProtocol.other"),)),
        ("HA-11", ONE_GROUP, (("m.dh-groups", "{DHGroup.brainpoolP256r1}"),)),
        ("HA-12", (), (("m.hmac", "MacAlgorithm.other"),)),
        (
            "HA-14",
            (),
            (("m.aead-algorithms", "{AeadAlgorithm.aes128-GCM, AeadAlgorithm.aes256-GCM}"),),
        ),
        ("HA-15", (), (("m.encr-mode", "EncrMode.non-aea"),)),
        (
            "HA-16",
            CBC,
            (("m.encryption-algorithms", "{EncryptionAlgorithm.aes256-CBC}"),),
        ),
        (
            "HA-17",
            CBC,
            (("m.encryption-algorithms", "{}"), ("m.appl-protected", "true")),
        ),
        ("HA-18", CBC, (("m.icv-algorithms", "{IcvAlgorithm.aes128-GCM}"),)),
        ("HA-19", CBC_OR_GMAC, (("m.icv-algorithms", BOTH_ICV),)),
        (
            "HA-21",
            (*CBC, ("encryption-demand", "EncryptionDemand.required")),
            (("m.appl-protected", "false"), ("m.encryption-algorithms", "{}")),
        ),
        ("HA-23", CBC, (("m.appl-protected", "false"), ("m.encryption-algorithms", "{}"))),
    ],
)
def test_fields_of_an_accept_are_what_its_checks_see(
    check: str, configuration: t.Fields, fields: t.Fields, project: Project
) -> None:
    client = t.configured(t.CLIENT, *configuration) if configuration else INSIDER
    expected = f"abort-handshake/{check}"
    where = ("client", "wait-rsp")
    replay = attempt(project, where, "HandshakeAcc", expected, t.attacker(), fields, client=client)
    assert took(replay, expected), replay.words


@pytest.mark.parametrize(
    ("check", "configuration", "fields"),
    [
        ("HR-04", (), (("m.protected-protocol", "ProtectedProtocol.other"),)),
        ("HR-10", (), ()),
        ("HR-12", ONE_GROUP[1:], (("m.dh-groups", "{DHGroup.brainpoolP256r1}"),)),
        ("HR-13", (), (("m.hmac", "MacAlgorithm.other"),)),
        ("HR-14", (("ae-supported", "false"),), (("m.encr-mode", "EncrMode.aea"),)),
        ("HR-17", (("ae-required", "true"),), (("m.encr-mode", "EncrMode.non-aea"),)),
        ("HR-23", (), (("m.has-att-cert", "true"),)),
        ("HR-24", (), (("m.appl-protected", "false"),)),
    ],
)
def test_fields_of_a_request_are_what_its_checks_see(
    check: str, configuration: t.Fields, fields: t.Fields, project: Project
) -> None:
    server = t.configured(t.SERVER, *configuration)
    expected = f"refuse-handshake/{check}"
    replay = attempt(
        project,
        ("server", "transport"),
        "HandshakeReq",
        expected,
        t.attacker(),
        fields,
        server=server,
    )
    assert took(replay, expected), replay.words


# --- the insider as a partner --------------------------------------------------------------------


def test_insider_goes_on_with_the_keys_that_he_agreed_on(project: Project) -> None:
    told = Step(
        4,
        "client",
        "receive EncrTransfer",
        "NC-12e",
        before="stable",
        after="stable",
        delivers=True,
        origin=t.attacker(),
    )
    answered = t.answered(3, t.attacker())
    trace = Trace((INSIDER,), (*t.asking(), answered, told))
    assert perform(trace, project).words == ""


def test_insider_as_a_client_sends_under_his_keys(project: Project) -> None:
    first = t.asked(1, t.attacker())
    then = t.taking(4, t.attacker(), row="NS-10e", before="unconfirmed")
    offer = Step(
        5,
        "server",
        "receive EncrTransfer",
        "NS-13e",
        before="stable",
        after="rekey-received",
        delivers=True,
        origin=t.attacker(),
        fields=(("m.has-rekey", "true"),),
    )
    assert perform(Trace((t.SERVER,), (*first, then, offer)), project).words == ""


# --- one signed SecPDU taken for another ---------------------------------------------------------

LABELS = {"DtSecAbort": "NC-20d", "ApplAbort": "NC-20a", "ReleaseReq": "NC-25"}


@pytest.mark.parametrize("message", LABELS)
@pytest.mark.parametrize(
    "sent_as", ["HandshakeSecReject", "DtSecAbort", "ApplAbort", "ReleaseReq", "ReleaseRsp"]
)
def test_contents_without_optional_members_are_those_of_every_other(
    sent_as: str, message: str, project: Project
) -> None:
    row = LABELS[message]
    replay = attempt(project, ("client", "stable"), message, row, t.other_run("server", sent_as))
    assert took(replay, row), replay.words


@pytest.mark.parametrize(
    ("sent_as", "where", "message", "row"),
    [
        ("ApplicationReject", ("client", "wait-rsp"), "HandshakeSecReject", "NC-06"),
        ("ApplAbort", ("client", "stable"), "DtSecAbort", "NC-20d"),
    ],
)
def test_data_of_the_user_are_read_as_a_diagnostic(
    sent_as: str, where: tuple[str, str], message: str, row: str, project: Project
) -> None:
    """``applData`` may be any element, also one that stands for a diagnostic elsewhere."""
    fields = (("m.has-diag", "true"),)
    replay = attempt(project, where, message, row, t.other_run("server", sent_as), fields)
    assert took(replay, row), replay.words
    assert "no PDU of MMS" in dict(replay.observed)["data of the user"]


def test_diagnostic_is_read_as_data_of_the_user(project: Project) -> None:
    origin = t.other_run("server", "HandshakeSecReject")
    where = ("client", "wait-rsp")
    replay = attempt(project, where, "ApplicationReject", "NC-05", origin)
    assert took(replay, "NC-05"), replay.words


def test_value_of_the_a_profile_is_request_and_answer(project: Project) -> None:
    """A client takes its own request for the answer: nothing in it says who is who."""
    origin = t.peer(2, "client", "AARQ")
    replay = attempt(project, ("second", "wait-aare"), "AARE", "CC-04", origin)
    assert took(replay, "CC-04"), replay.words
    assert dict(replay.observed)["second.peer"] == "client"


def test_contents_with_data_are_nothing_else(project: Project) -> None:
    origin = t.other_run("server", "ApplicationReject")
    replay = attempt(project, ("client", "stable"), "ReleaseReq", "NC-25", origin)
    assert replay.words.startswith("no recipe: the contents of ApplicationReject are none of")
