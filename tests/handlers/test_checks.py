"""Every check of every machine fails once, alone, and what follows is what the model says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from handlers.answer_cases import ANSWERS
from handlers.case import Case
from handlers.environment_cases import A_PROFILE, OSI
from handlers.forgery import unwrap
from handlers.handshake_cases import ACCEPTS, REQUESTS, UNREACHABLE
from handlers.scene import MACHINES
from handlers.transfer_cases import TRANSFERS
from iec62351_4.environment.envelope import Carrier, Envelope
from iec62351_4.handlers.outputs import Close, Deliver, Indicate, Indication, Log, Output, Send
from interlock.model.machine import Machine
from interlock.model.project import Project, load_project

ROOT = Path(__file__).parents[2]
CASES = (*REQUESTS, *ACCEPTS, *ANSWERS, *TRANSFERS, *OSI, *A_PROFILE)

ANSWERED = {
    "refuse-envelope": (Carrier.AARE, ""),
    "abort-envelope": (Carrier.ABRT, ""),
    "refuse-handshake": (Carrier.AARE, "HandshakeSecReject"),
    "abort-handshake": (Carrier.ABRT, "HandshakeSecAbort"),
    "abort-transfer": (Carrier.ABRT, "DtSecAbort"),
    "refuse-association": (Carrier.AARE, ""),
    "p-abort": (Carrier.ABRT, ""),
    "close-silently": None,
}
"""What each reaction sends: the carrier and the SecPDU in it."""


@pytest.fixture(scope="module")
def project() -> Project:
    """The one source."""
    return load_project(ROOT)


@pytest.fixture(scope="module")
def machines(project: Project) -> Mapping[str, Machine]:
    """The machines as loaded from ``models/``."""
    return project.models.machines


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_failing_check(case: Case) -> None:
    scene = case.scene()
    victim = scene.party(case.machine.partition("-")[2])
    envelope = case.spoilt(scene)
    before, delivered = len(victim.outputs), len(victim.delivered)
    remembered = len(victim.handler.services.station.handshakes)
    sent_before = len(victim.sent)

    scene.give(victim, envelope, raw=case.raw)

    outputs = victim.outputs[before:]
    assert logged_check(outputs) == case.check
    assert [o.event.id for o in outputs if isinstance(o, Log)] == [case.event_id]
    assert victim.handler.taken == (case.reaction,)
    assert victim.state == "closed"
    assert len(victim.delivered) == delivered
    assert len(victim.handler.services.station.handshakes) == remembered
    assert_order(outputs, answered=ANSWERED[case.reaction] is not None)
    assert_reason(case, outputs)
    assert_answer(case, victim.sent[sent_before:])


def logged_check(outputs: list[Output]) -> str:
    """The id of the check that the only security event names."""
    (event,) = [o.event for o in outputs if isinstance(o, Log)]
    return event.details["check"]


def assert_order(outputs: list[Output], *, answered: bool) -> None:
    """Log, answer, tell the user, close; nothing else and nothing delivered."""
    kinds = [type(output) for output in outputs]
    assert kinds == [Log, *([Send] if answered else []), Indicate, Close]
    assert Deliver not in kinds


def assert_reason(case: Case, outputs: list[Output]) -> None:
    """The user hears of a security abort, or of a fault of the environment."""
    (told,) = [o for o in outputs if isinstance(o, Indicate)]
    assert told.kind is Indication.ABORTED
    environment = case.reaction in ("refuse-envelope", "abort-envelope")
    assert told.details == {"reason": "environment" if environment else "security"}
    assert told.octets is None


def assert_answer(case: Case, sent: list[Envelope]) -> None:
    """The peer gets the SecPDU with the diagnostic, or without one for an alarm."""
    expected = ANSWERED[case.reaction]
    if expected is None:
        assert sent == []
        return
    (answer,) = sent
    name, pdu = unwrap(answer)
    assert (answer.carrier, name) == expected
    if name:
        assert pdu.tbs.diag == case.diagnostic
    if answer.carrier is Carrier.AARE:
        assert (answer.result, answer.diagnostic_source) == (1, 1)
        assert answer.diagnostic == (case.acse if not name else 1)
    elif case.reaction == "p-abort":
        assert (answer.abort_source, answer.abort_diagnostic) == (1, 5)
    else:
        assert (answer.abort_source, answer.abort_diagnostic) == (0, None)


# --- completeness --------------------------------------------------------------------------------


def uses(machine: Machine) -> Counter[tuple[str, str, str]]:
    """(machine, check, reaction) of every check list in every transition."""
    return Counter(
        (machine.name, check.id, use.reaction.name)
        for row in machine.transitions
        for use in row.checks
        for check in machine.check_lists[use.list].checks
    )


def test_every_check_has_a_case_or_a_reason(machines: Mapping[str, Machine]) -> None:
    assert set(machines) == set(MACHINES)
    wanted = {use for machine in machines.values() for use in uses(machine)}
    cases = {(case.machine, case.check, case.reaction) for case in CASES}
    assert wanted - cases - set(UNREACHABLE) == set()
    assert (cases | set(UNREACHABLE)) - wanted == set(), "cases of checks that no model has"
    assert cases & set(UNREACHABLE) == set()


def test_case_ids_are_unique() -> None:
    repeated = [name for name, count in Counter(case.id for case in CASES).items() if count > 1]
    assert repeated == []


def test_expectations_are_those_of_the_models(machines: Mapping[str, Machine]) -> None:
    """The tables of cases repeat the fact base; the models must say the same."""
    for case in CASES:
        machine = machines[case.machine]
        (check,) = {
            check.id: check
            for checks in machine.check_lists.values()
            for check in checks.checks
            if check.id == case.check
        }.values()
        assert (check.event or f"Interlock:{check.id}") == case.event_id, case.id
        if case.reaction in ("refuse-handshake", "abort-handshake", "abort-transfer"):
            told = check.diagnostic is not None
            assert told == (case.diagnostic is not None), case.id


def events_of(machine: Machine) -> set[tuple[str, str | None]]:
    """(check, event) of every check of a machine."""
    return {(c.id, c.event) for checks in machine.check_lists.values() for c in checks.checks}


def test_alarms_are_never_explained_to_the_peer(project: Project) -> None:
    """14.2: a diagnostic for an alarm condition would be an oracle (invariant I9)."""
    alarms = {
        event.id for event in project.spec.tables.events.values() if event.severity.value == "alarm"
    }
    raised = {e for m in project.models.machines.values() for _, e in events_of(m)}
    assert len(alarms & raised) > 20, "the ids of the table and of the checks do not meet"
    for machine in project.models.machines.values():
        for checks in machine.check_lists.values():
            told = {c.id for c in checks.checks if c.diagnostic and c.event in alarms}
            assert told == set(), (machine.name, checks.name)
