"""What the tests of verification share: the sources as they are, and what is said about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.model.project import load_project
from interlock.verification.verifier import Verifier

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def verifier() -> Verifier:
    """Every property of the sources as they are; worlds are made once."""
    return Verifier(ROOT, load_project(ROOT), second=False)
