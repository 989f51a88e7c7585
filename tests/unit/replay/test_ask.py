"""What a step asks for, read off its fields and off the check that is to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from iec62351_4.environment.envelope import Carrier
from interlock.model.project import Project, load_project
from interlock.replay.ask import Ask
from interlock.replay.stage import Stage
from interlock.verification.results import Step, Trace
from verification.replay import traces as t

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def stage() -> Stage:
    project: Project = load_project(ROOT)
    return Stage(Trace((t.CLIENT, t.SERVER), ()), project)


def ask(stage: Stage, check: str = "", fields: t.Fields = ()) -> Ask:
    """A step of the client that receives an accept."""
    step = Step(
        6,
        "client",
        "receive HandshakeAcc",
        "NC-03",
        failed_check=check,
        origin=t.peer(5, changed=(("e.result", "AssociateResult.accepted"),)),
        fields=fields,
    )
    return Ask(stage, step, stage.strands["client"])


def test_message_and_carrier(stage: Stage) -> None:
    found = ask(stage)
    assert (found.message, found.sent_as, found.carrier) == (
        "HandshakeAcc",
        "HandshakeAcc",
        Carrier.AARE,
    )


def test_encryption_mode_comes_before_its_lists(stage: Stage) -> None:
    fields = (
        ("m.aead-algorithms", "{AeadAlgorithm.aes128-GCM}"),
        ("m.encr-mode", "EncrMode.aea"),
        ("m.no-such-field", "1"),
    )
    names = [field.name for field, _ in ask(stage, fields=fields).message_fields()]
    assert names == ["encr-mode", "aead-algorithms"]


def test_fields_without_a_place_are_left_out(stage: Stage) -> None:
    """A solver gives a value also to what stands in the other alternative, or is absent."""
    fields = (
        ("m.encr-mode", "EncrMode.aea"),
        ("m.icv-algorithms", "{IcvAlgorithm.other}"),
        ("m.has-att-cert", "false"),
        ("m.att-cert", "symbol"),
    )
    names = [field.name for field, _ in ask(stage, fields=fields).message_fields()]
    assert names == ["encr-mode", "has-att-cert"]


def test_known_signature_algorithm_is_of_no_interest(stage: Stage) -> None:
    """Keys are of the kind that is fast; only a difference matters."""
    rsa, other = "SignatureAlgorithm.sha256WithRSAEncryption", "SignatureAlgorithm.other"
    alike = (("m.sign-algorithm", rsa), ("m.sig-alg", rsa))
    assert ask(stage, fields=alike).message_fields() == []
    assert len(ask(stage, "HA-02", alike).message_fields()) == 2
    unlike = (("m.sign-algorithm", other), ("m.sig-alg", rsa))
    assert len(ask(stage, fields=unlike).message_fields()) == 2


def test_values_of_a_root(stage: Stage) -> None:
    found = ask(stage, fields=(("m.version-1", "true"), ("argument.x", "1")))
    assert found.of_root("m") == {"version-1": "true"}
    assert found.of_root("e") == {"result": "AssociateResult.accepted"}


@pytest.mark.parametrize(
    ("check", "question"),
    [
        ("HA-04", "is_malformed"),
        ("HA-09", "is_outside_window"),
        ("HA-10", "is_replay"),
        ("HA-22", "is_of_other_association"),
    ],
)
def test_failing_check_tells_what_is_wrong(check: str, question: str, stage: Stage) -> None:
    questions = ("is_malformed", "is_outside_window", "is_replay", "is_of_other_association")
    found = ask(stage, check)
    assert [one for one in questions if getattr(found, one)] == [question]
    assert not any(getattr(ask(stage), one) for one in questions)


def test_another_explanation_goes_first(stage: Stage) -> None:
    fields = (("m.protected-protocol", "ProtectedProtocol.other"),)
    assert not ask(stage, "HA-22", fields).is_of_other_association


def test_what_a_check_is_about(stage: Stage) -> None:
    assert ask(stage, "HA-07").fails_on("subject-matches")
    assert ask(stage, "HA-12").fails_on("hmac")
    assert not ask(stage, "HA-12").fails_on("time")
    assert ask(stage, "OE-21").fails_on_envelope("result")
