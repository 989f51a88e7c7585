"""The report as a whole: what it says of the shipped models, and its form."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.core.diagnostics import Severity
from interlock.model.project import Project, load_project
from interlock.verification.outcomes import REASONS
from interlock.verification.rules import RULES
from interlock.verification.structure import StructureReport, structure_report

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


@pytest.fixture(scope="module")
def report(project: Project) -> StructureReport:
    return structure_report(project)


def test_shipped_models_have_no_errors(report: StructureReport) -> None:
    others = [finding for finding in report.findings if finding.code != "VER028"]
    assert len(report.findings) - len(others) == 6, "see test_reading"
    assert [(f.code, f.severity, f.message) for f in others] == [
        ("VER019", Severity.NOTE, 'no machine sends "no-reason-given" of HandshakeDiagnostics'),
        ("VER019", Severity.NOTE, 'no machine sends "unexpected-version" of DtDiagnostics'),
    ]


def test_every_pair_is_there(report: StructureReport) -> None:
    assert len(report.machines) == 4
    assert len(report.products) == 4
    assert [matrix.agrees for matrix in report.capabilities] == [True, True]


def test_every_diagnostic_says_which_checks_send_it(report: StructureReport) -> None:
    values = {v.name: v.given_by for v in report.outcomes.diagnostics["HandshakeDiagnostics"]}

    assert values["dhGroup-not-supported"] == (
        "native-server: NS-06/HR-12",
        "native-server: NS-06/HR-12s",
    )
    assert values["no-reason-given"] == ()


def test_every_event_is_logged_or_has_a_reason(project: Project, report: StructureReport) -> None:
    events = [event for group in report.outcomes.events.values() for event in group]

    known = [id for id in project.spec.tables.events if id.startswith("IEC62351-4:")]
    assert sorted(event.name for event in events) == sorted(known)
    assert all(bool(event.given_by) != bool(event.reason) for event in events)
    unlogged = {event.name for event in events if event.reason}
    assert {id.rpartition(".")[0] for id in unlogged} == {
        "IEC62351-4:2",  # HA-20 is said to be unreachable
        "IEC62351-4:15",
        "IEC62351-4:18",
    }
    # a reason that no event needs is a reason too many
    groups = {id.rpartition(".")[0] for id in unlogged}
    assert set(REASONS) <= unlogged | groups


def test_event_that_no_check_has_any_more_is_noted(project: Project) -> None:
    machines = {
        name: replace(
            machine,
            check_lists={
                key: replace(
                    checks, checks=tuple(c for c in checks.checks if c.id not in ("HR-13", "HA-12"))
                )
                for key, checks in machine.check_lists.items()
            },
        )
        for name, machine in project.models.machines.items()
    }
    changed = replace(project, models=replace(project.models, machines=machines))

    messages = [f.message for f in structure_report(changed).findings if f.code != "VER024"]

    assert 'no machine sends "hmac-algorithm-not-supported" of HandshakeDiagnostics' in messages
    assert 'no machine logs "IEC62351-4:1.13" (HMAC algorithm not supported)' in messages


def test_json_is_plain_and_always_the_same(project: Project, report: StructureReport) -> None:
    text = json.dumps(report.as_json())

    assert text == json.dumps(structure_report(project).as_json())
    assert str(ROOT) not in text
    assert json.loads(text)["machines"][0]["machine"] == "compatibility-client"


def test_every_code_has_a_test() -> None:
    texts = "".join(p.read_text(encoding="utf-8") for p in Path(__file__).parent.glob("test_*.py"))
    expected = set(RULES) - {"VER020"}
    assert expected <= set(re.findall(r"VER\d{3}", texts))
