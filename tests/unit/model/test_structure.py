"""All structural rules together."""

from __future__ import annotations

import pytest

from interlock.core.diagnostics import Severity
from interlock.model.project import Project, load_project
from interlock.model.structure import RULES, check_structure
from unit.model.small_models import ROOT, Damaged, specification


def test_the_small_models_are_clean(small: Project) -> None:
    assert check_structure(small) == ()


def test_the_shipped_models_have_no_errors() -> None:
    found = check_structure(load_project(ROOT))
    assert [f"{f.span}: {f.message}" for f in found if f.severity is Severity.ERROR] == []


def test_findings_are_sorted_and_stable(damaged: Damaged) -> None:
    damaged.edit("checks/native.yaml", "confidence: D", "confidence: E")
    damaged.edit("machines/small.yaml", 'open: {clause: "13"', 'open: {clause: "13.9"')
    project = Project(specification(), damaged.load())
    found = check_structure(project)
    assert [f.code for f in found] == ["SM004", "SM001"]
    assert check_structure(project) == found


@pytest.mark.parametrize("code", RULES)
def test_rules_are_explained(code: str) -> None:
    rule = RULES[code]
    assert rule.code == code
    assert rule.title[0].islower()
    assert not rule.title.endswith(".")
    assert rule.explanation.endswith((".", ")."))


def test_codes_are_in_order() -> None:
    assert list(RULES) == sorted(RULES)


def test_rules_of_the_standard_name_registered_clauses() -> None:
    register = specification().tables.clauses
    assert [r.clause for r in RULES.values() if r.clause and r.clause not in register] == []
