"""PDUs that show a finding: what the generated code reads in them is what the solver said."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import z3

from iec62351_4.codec.iec62351_4_aprofile import decode_MMSAuthenticationValue
from iec62351_4.codec.iec62351_4_e2e import decode_ClearTransfer, decode_HandshakeReq
from iec62351_4.environment.envelope import Carrier, Envelope
from iec62351_4.handlers import native_messages
from iec62351_4.times import parse_time_stamp
from interlock.codegen.names.python import attribute_name, member_name
from interlock.model import types as t
from interlock.model.machine import Event, EventKind, Machine
from interlock.model.messages import Field
from interlock.model.project import Project, load_project
from interlock.replay.witness import MALFORMED, witness
from interlock.verification.guards import decide
from interlock.verification.questions import context, new_solver
from interlock.verification.solutions import FieldValue, has_octets, message_values
from interlock.verification.terms import Terms

ROOT = Path(__file__).parents[2]
SIGNED_AND_TRANSFERS = (
    "HandshakeReq", "HandshakeAcc", "ApplicationReject", "HandshakeSecReject", "HandshakeSecAbort",
    "DtSecAbort", "ApplAbort", "ReleaseReq", "ReleaseRsp", "ClearTransfer", "EncrTransfer",
)  # fmt: skip


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def with_rows(machine: Machine, **guards: Any) -> Machine:
    """The machine with other guards for some rows; "remove" takes a row away."""
    changed = []
    for row in machine.transitions:
        guard = guards.get(row.id.replace("-", "_"), row.when)
        if guard != "remove":
            changed.append(replace(row, when=guard))
    return replace(machine, transitions=tuple(changed))


def octets_in(help_: str | None) -> bytes:
    found = re.search(r"a PDU that shows it: ([0-9a-f]+)", help_ or "")
    assert found is not None, help_
    return bytes.fromhex(found.group(1))


def test_overlap_is_shown_as_a_pdu(project: Project) -> None:
    machine = with_rows(project.models.machines["native-client"], NC_12rc=None)

    finding = decide(machine, project.models.vocabulary, witness).findings[0]

    assert finding.code == "VER001"
    pdu = decode_ClearTransfer(octets_in(finding.help))
    assert pdu.tbp.token2.changedKey is True  # the guard of the other row


def test_hole_is_shown_as_a_pdu(project: Project) -> None:
    machine = with_rows(project.models.machines["native-server"], NS_13c="remove")

    finding = decide(machine, project.models.vocabulary, witness).findings[0]

    assert finding.code == "VER002"
    pdu = decode_ClearTransfer(octets_in(finding.help))
    assert pdu.tbp.token2.rekey is not None


def test_a_finding_about_no_message_has_no_pdu(project: Project) -> None:
    machine = with_rows(project.models.machines["native-server"], NS_08a=None)

    findings = decide(machine, project.models.vocabulary, witness).findings

    assert findings
    assert all("PDU" not in (finding.help or "") for finding in findings)


def test_without_a_witness_the_help_is_as_before(project: Project) -> None:
    machine = with_rows(project.models.machines["native-client"], NC_12rc=None)

    finding = decide(machine, project.models.vocabulary).findings[0]

    assert "PDU" not in (finding.help or "")


def test_values_of_the_a_profile(project: Project) -> None:
    machine = project.models.machines["compatibility-server"]

    octets = witness(machine, "AARQ", {"certificate-size": 17, "time": 1_767_225_661_000})

    assert octets is not None
    _, value = decode_MMSAuthenticationValue(octets)
    assert len(value.authentication_Certificate) == 17
    assert value.time == "20260101000101."


def test_message_that_is_not_well_formed(project: Project) -> None:
    machine = project.models.machines["native-server"]

    assert witness(machine, "HandshakeReq", {"well-formed": False}) == MALFORMED


def test_message_without_a_pdu_has_none(project: Project) -> None:
    machine = project.models.machines["native-server"]

    assert witness(machine, "AARQ-without-SecPDU", {}) is None


def test_values_that_no_pdu_has(project: Project) -> None:
    machine = project.models.machines["native-server"]

    assert witness(machine, "HandshakeReq", {"time": -(10**15)}) is None
    assert witness(machine, "HandshakeReq", {"encr-mode": "aea", "aead-algorithms": ()}) is None


def test_other_stands_for_something_that_is_not_listed(project: Project) -> None:
    machine = project.models.machines["native-server"]

    octets = witness(machine, "HandshakeReq", {"hmac": "other", "dh-groups": ("other",)})

    assert octets is not None
    token = decode_HandshakeReq(octets).tbs.token1
    assert token.hmac.algorithm == "1.0.62351.4.99"
    assert token.dhKey[0].group == 99


def test_times_are_those_of_the_solution(project: Project) -> None:
    machine = project.models.machines["native-server"]

    octets = witness(machine, "ClearTransfer", {"time": 1_800_000_000_123, "seq": 7})

    assert octets is not None
    token = decode_ClearTransfer(octets).tbp.token2
    assert (parse_time_stamp(token.time), token.seq) == (1_800_000_000_123, 7)


@pytest.mark.parametrize("message", SIGNED_AND_TRANSFERS)
def test_what_is_read_is_what_the_solver_said(project: Project, message: str) -> None:
    """Random solutions of the solver, through the codec, into the views of the handlers."""
    rng = random.Random(62351)
    role = (
        "client"
        if message in ("HandshakeAcc", "ApplicationReject", "HandshakeSecReject")
        else "server"
    )
    machine = project.models.machines[f"native-{role}"]
    read = getattr(native_messages, f"read_{message}")
    for _ in range(25):
        values = solution(project, machine, message, rng)
        octets = witness(machine, message, values)
        assert octets is not None, values
        view = read(Envelope(Carrier.DATA), octets, 0)
        assert view.well_formed, (view.fault, values)
        for name, value in values.items():
            if name == "well-formed":
                continue
            field = machine.messages.messages[message].fields[name]
            if is_told(field, values):
                expected = tuple(sorted(value)) if isinstance(value, tuple) else value
                assert shown(getattr(view, attribute_name(name)), field) == expected, name


def solution(
    project: Project, machine: Machine, message: str, rng: random.Random
) -> dict[str, FieldValue]:
    terms = Terms(project.models.vocabulary)
    event = Event(EventKind.RECEIVE, message)
    formulas = [*context(machine, terms, event), *has_octets(machine, terms, message)]
    solver = new_solver(*terms.axioms, *formulas)
    for field in machine.messages.messages[message].fields.values():
        for wish in wishes(terms, field, rng):
            if solver.check(wish) == z3.sat:
                solver.add(wish)
    assert solver.check() == z3.sat
    return dict(message_values(machine, terms, message, solver.model()))


def wishes(terms: Terms, field: Field, rng: random.Random) -> list[Any]:
    value: Any = terms.variable(f"m.{field.name}", field.type)
    match field.type:
        case t.Bool():
            return [value == rng.choice((True, False))]
        case t.Int():
            return [value == rng.choice((0, 1, 300))]
        case t.Time():
            return [value == rng.randrange(4_000_000_000_000)]
        case t.Enum(name=name):
            return [value == rng.choice(list(terms.enumeration(name)[1].values()))]
        case t.ListOf() | t.SetOf():
            some = [present == rng.choice((True, False)) for present in value.present.values()]
            return [*some, value.count == rng.choice((1, 2, 3))]
        case _:
            return []


def is_told(field: Field, values: dict[str, FieldValue]) -> bool:
    """Whether the PDU has a place for the value, given what else is in it."""
    if field.projection == "enumerated":
        return values.get("has-diag") is True
    if any(step.name == "auth" for step in field.steps) and "has-auth" in values:
        return field.name == "has-auth" or values["has-auth"] is True
    return True


def shown(value: Any, field: Field) -> FieldValue:
    if isinstance(value, tuple):
        return tuple(sorted(one.value for one in value))
    if isinstance(field.type, t.Enum):
        assert member_name(value.value) == value.name
        return str(value.value)
    assert isinstance(value, bool | int)
    return value
