"""The order of checks: the shipped one is as given, and each fault in it is found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.model import machine as m
from interlock.model.project import Project, load_project
from interlock.verification.order import check_order

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def moved(project: Project, id: str, behind: str) -> Project:
    """The project with a check of native mode moved behind another one of its list."""

    def order(checks: Sequence[m.Check]) -> tuple[m.Check, ...]:
        found = {check.id: check for check in checks}
        if not {id, behind} <= found.keys():
            return tuple(checks)
        rest = [check for check in checks if check.id != id]
        at = rest.index(found[behind]) + 1
        return (*rest[:at], found[id], *rest[at:])

    machines = {
        name: replace(
            machine,
            check_lists={
                key: replace(one, checks=order(one.checks))
                for key, one in machine.check_lists.items()
            },
        )
        for name, machine in project.models.machines.items()
    }
    return replace(project, models=replace(project.models, machines=machines))


def test_shipped_order_is_as_given(project: Project) -> None:
    order = check_order(project)
    assert order.findings == ()
    assert "native-server: handshake-request" in order.lists
    assert "native-client: clear-transfer" in order.lists
    assert not any("osi-" in name or "a-profile" in name for name in order.lists)


@pytest.mark.parametrize(
    ("id", "behind", "code", "words"),
    [
        ("HR-05", "HR-01", "VER025", "check HR-01 is made too early: it is made before"),
        ("HR-03", "HR-09", "VER025", "m.version-1 is about what HR-03 has yet to authenticate"),
        ("HR-03", "HR-04", "VER026", "IEC62351-4:1.4 comes after IEC62351-4:1.3 of HR-03"),
        ("HA-03", "HA-05", "VER025", "certificate-usable is about what HA-03 has yet to"),
        ("HR-01", "HR-02", "VER026", "IEC62351-4:1.2 comes after IEC62351-4:1.1 of HR-01"),
        ("HR-10", "HR-11", "VER026", "IEC62351-4:1.11 comes after IEC62351-4:1.10 of HR-10"),
        ("SJ-06", "SJ-07", "VER026", "IEC62351-4:4.7 comes after IEC62351-4:4.6 of SJ-06"),
        ("DT-07c", "DT-09c", "VER026", "IEC62351-4:10.8 comes after IEC62351-4:10.6 of DT-07c"),
        ("DT-06c", "DT-07c", "VER025", "m.time is about what DT-06c has yet to authenticate"),
        ("DT-10", "DT-06e", "VER026", "IEC62351-4:11.9 comes after IEC62351-4:11.6 of DT-07e"),
    ],
)
def test_check_that_comes_too_early(
    project: Project, id: str, behind: str, code: str, words: str
) -> None:
    findings = check_order(moved(project, id, behind)).findings
    assert any(f.code == code and words in f.message for f in findings), findings
    assert all(f.span.path.startswith("models/checks/") for f in findings)


@pytest.mark.parametrize(
    ("id", "behind"),
    [
        ("HR-23", "HR-24"),  # HR-06 has the event of HR-23 before
        ("HR-17o", "HR-18"),  # as HR-05 has that of HR-17o
        ("AP-05", "AP-06"),  # nobody is told which
    ],
)
def test_order_that_is_open(project: Project, id: str, behind: str) -> None:
    found = check_order(moved(project, id, behind)).findings
    assert [f for f in found if id in f.message.split()] == []


def test_each_place_once(project: Project) -> None:
    # the template of signed answers is part of both machines
    findings = check_order(moved(project, "RQ-06", "RQ-07")).findings
    assert len(findings) == len(set(findings)) == 1
