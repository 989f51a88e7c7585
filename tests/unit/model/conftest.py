"""Fixtures of the model tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.model.project import Project
from interlock.spec import Specification
from unit.model.small_models import Damaged, small_project, specification


@pytest.fixture(scope="session")
def spec() -> Specification:
    """The specification of the project."""
    return specification()


@pytest.fixture(scope="session")
def small() -> Project:
    """Specification and the small models, undamaged."""
    return small_project()


@pytest.fixture
def damaged(tmp_path: Path) -> Damaged:
    """A copy of the small models that a test may damage."""
    return Damaged.copy(tmp_path)
