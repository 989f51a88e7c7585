"""Coverage of assumptions and clauses."""

from __future__ import annotations

from interlock.model.coverage import assumption_uses, clause_uses
from interlock.model.project import Project, load_project
from unit.model.small_models import ROOT


def test_assumptions_in_force() -> None:
    uses = {use.id: use for use in assumption_uses(load_project(ROOT, {"Q3": "implicit-tlv"}))}
    assert uses["Q3"].is_switchable
    assert uses["Q3"].is_switched
    assert (uses["Q3"].value, uses["Q3"].default) == ("implicit-tlv", "content")
    assert uses["Q1"].choices == "IMPLICIT | EXPLICIT | AUTOMATIC"
    assert not uses["Q1"].is_switched
    assert uses["Q18"].choices == "1 .. 3600"
    assert not uses["Q5"].is_switchable


def test_clauses_are_counted_by_what_names_them(small: Project) -> None:
    uses = {use.id: use for use in clause_uses(small)}
    assert list(uses) == list(small.spec.tables.clauses)
    assert uses["14.3"].checks == 4
    assert uses["13.4.1"].elements == 1  # the predicate
    assert uses["13.4.1"].definitions > 0
    assert uses["13.3.2"].is_assumed
    assert not uses["13.3.2"].is_used
    assert uses["13"].is_used
