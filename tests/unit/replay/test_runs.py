"""Messages recorded from, or provoked in, other runs of honest parties."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.model.project import Project, load_project
from interlock.replay.runs import RECORDERS
from verification.replay import traces as t
from verification.replay.courses import attempt, took

ROOT = Path(__file__).parents[3]

RECORDED = [
    (("client", "wait-rsp"), "HandshakeAcc", "NC-03", "HA", "abort-handshake"),
    (("client", "wait-rsp"), "ApplicationReject", "NC-05", "AJ", "close-silently"),
    (("client", "wait-rsp"), "HandshakeSecReject", "NC-06", "SJ", "close-silently"),
    (("client", "stable"), "DtSecAbort", "NC-20d", "DA", "close-silently"),
    (("client", "stable"), "ApplAbort", "NC-20a", "AA", "close-silently"),
    (("client", "stable"), "ReleaseReq", "NC-25", "RQ", "abort-transfer"),
    (("client", "wait-rel"), "ReleaseRsp", "NC-23", "RS", "close-silently"),
    (("server", "transport"), "HandshakeReq", "NS-06", "HR", "refuse-handshake"),
    (("server", "unconfirmed"), "HandshakeSecAbort", "NS-09", "SA", "close-silently"),
    (("server", "unconfirmed"), "DtSecAbort", "NS-20d", "DA", "close-silently"),
    (("server", "unconfirmed"), "ApplAbort", "NS-20a", "AA", "close-silently"),
    (("server", "unconfirmed"), "ReleaseReq", "NS-25", "RQ", "abort-transfer"),
    (("server", "wait-rel"), "ReleaseRsp", "NS-23", "RS", "close-silently"),
    (("second", "wait-aare"), "AARE", "CC-04", "AP-8", "p-abort"),
    (("plain", "transport"), "AARQ", "CS-02", "AP-0", "p-abort"),
]
"""Where, message, the row that takes it, prefix of the checks and what their failure leads to."""
_SEEN = {"HA": "HA-10", "HR": "HR-11", "AP-8": "AP-86", "AP-0": "AP-06"}
_OLD = {"HA": "HA-09", "HR": "HR-10", "AP-8": "AP-85", "AP-0": "AP-05"}

Recorded = tuple[tuple[str, str], str, str, str, str]
each = pytest.mark.parametrize("case", RECORDED, ids=lambda case: f"{case[0][0]}-{case[1]}")


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def _signer(where: tuple[str, str]) -> str:
    return "server" if where[0] in ("client", "second") else "client"


@each
def test_recorded_message_is_taken(case: Recorded, project: Project) -> None:
    where, message, row, _, _ = case
    replay = attempt(project, where, message, row, t.other_run(_signer(where), message))
    assert took(replay, row), replay.words


@each
def test_message_that_was_received_in_its_own_run_is_a_replay(
    case: Recorded, project: Project
) -> None:
    where, message, _, prefix, reaction = case
    expected = f"{reaction}/{_SEEN.get(prefix, prefix + '-10')}"
    replay = attempt(project, where, message, expected, t.other_run(_signer(where), message))
    assert took(replay, expected), replay.words


@each
def test_message_of_a_run_long_ago_is_too_old(case: Recorded, project: Project) -> None:
    where, message, _, prefix, reaction = case
    expected = f"{reaction}/{_OLD.get(prefix, prefix + '-09')}"
    replay = attempt(project, where, message, expected, t.other_run(_signer(where), message))
    assert took(replay, expected), replay.words


def test_transfer_of_another_run_has_other_keys(project: Project) -> None:
    expected = "abort-transfer/DT-06e"
    origin = t.other_run("client", "EncrTransfer")
    replay = attempt(project, ("server", "unconfirmed"), "EncrTransfer", expected, origin)
    assert took(replay, expected), replay.words


def test_another_run_has_the_configuration_of_the_trace(project: Project) -> None:
    client = t.configured(t.CLIENT, *t.CLEAR)
    origin = t.other_run("server", "HandshakeAcc")
    where = ("client", "wait-rsp")
    replay = attempt(project, where, "HandshakeAcc", "NC-03.NC-03c", origin, client=client)
    assert took(replay, "NC-03.NC-03c"), replay.words


@pytest.mark.parametrize(
    ("fields", "is_possible"),
    [
        ((("m.encr-mode", "EncrMode.non-aea"),), True),
        ((("m.aead-algorithms", "{AeadAlgorithm.aes256-GCM}"),), True),
        ((("m.hmac", "MacAlgorithm.other"),), False),
    ],
)
def test_fields_choose_the_configuration_of_the_other_client(
    fields: t.Fields, is_possible: bool, project: Project
) -> None:
    origin = t.other_run("client", "HandshakeReq")
    replay = attempt(project, ("server", "transport"), "HandshakeReq", "NS-06", origin, fields)
    assert took(replay, "NS-06"), replay.words
    noted = dict(replay.observed).get("recorded HandshakeReq without", "")
    assert noted == ("" if is_possible else "m.hmac = MacAlgorithm.other")


def test_what_nothing_protects_in_a_recorded_message_is_replaced(project: Project) -> None:
    """A client of another protocol takes an accept that was recorded from the usual one."""
    client = t.configured(
        t.CLIENT,
        ("protected-protocol", "ProtectedProtocol.other"),
        ("encr-mode", "EncrMode.non-aea"),
        ("aead-algorithms", "{}"),
    )
    fields = (
        ("m.protected-protocol", "ProtectedProtocol.other"),
        ("m.encr-mode", "EncrMode.non-aea"),
        ("m.aead-algorithms", "{}"),
        ("m.encryption-algorithms", "{EncryptionAlgorithm.aes256-CBC}"),
        ("m.icv-algorithms", "{IcvAlgorithm.aes128-GCM}"),
        ("m.appl-protected", "true"),
    )
    origin = t.other_run("server", "HandshakeAcc")
    where = ("client", "wait-rsp")
    replay = attempt(project, where, "HandshakeAcc", "NC-03", origin, fields, client=client)
    assert took(replay, "NC-03"), replay.words
    assert dict(replay.observed)["client.algorithms"] == "aes256-CBC, aes128-GCM"


def test_offered_group_that_no_table_has_is_noted(project: Project) -> None:
    fields = (("m.dh-groups", "{DHGroup.secp256r1, DHGroup.other}"),)
    origin = t.other_run("client", "HandshakeReq")
    replay = attempt(project, ("server", "transport"), "HandshakeReq", "NS-06", origin, fields)
    assert took(replay, "NS-06"), replay.words
    assert "DHGroup.other" in dict(replay.observed)["recorded HandshakeReq without"]


@pytest.mark.parametrize(
    "diagnostic",
    [
        "invalid-time-value",
        "unexpected-version",
        "hmac-algorithm-not-supported",
        "protected-protocol-not-supported",
        "invalid-public-key-certificate",
        "invalid-certification-path",
    ],
)
def test_provoked_reject_has_the_diagnostic_of_the_trace(diagnostic: str, project: Project) -> None:
    fields = (("m.has-diag", "true"), ("m.diag", f"HandshakeDiagnostics.{diagnostic}"))
    origin = t.other_run("server", "HandshakeSecReject")
    replay = attempt(project, ("client", "wait-rsp"), "HandshakeSecReject", "NC-06", origin, fields)
    assert took(replay, "NC-06"), replay.words


def test_reject_that_nobody_can_provoke_gets_another_diagnostic(project: Project) -> None:
    fields = (("m.has-diag", "true"), ("m.diag", "HandshakeDiagnostics.ae-not-used"))
    origin = t.other_run("server", "HandshakeSecReject")
    replay = attempt(project, ("client", "wait-rsp"), "HandshakeSecReject", "NC-06", origin, fields)
    assert took(replay, "NC-06"), replay.words
    noted = dict(replay.observed)["recorded HandshakeSecReject without"]
    assert noted == "m.diag = HandshakeDiagnostics.ae-not-used"


def test_every_signed_message_has_a_recorder(project: Project) -> None:
    for messages in project.models.messages.values():
        signed = {name for name, one in messages.messages.items() if one.protection}
        assert signed <= set(RECORDERS)
