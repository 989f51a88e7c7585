"""Specification and models, loaded together."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import InputError
from interlock.model.project import load_project
from unit.model.small_models import ROOT


def test_sources_of_both() -> None:
    project = load_project(ROOT)
    assert "spec/assumptions.yaml" in project.sources
    assert "models/vocabulary.yaml" in project.sources
    assert "spec/asn1/ACSE-1.asn" in project.sources


def test_assumptions_reach_the_specification() -> None:
    project = load_project(ROOT, {"Q1": "EXPLICIT"})
    assert project.spec.tables.assumed("Q1") == "EXPLICIT"


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_project(tmp_path)
    assert {found.code for found in caught.value.diagnostics} == {"SPC001"}
