"""What the tests of verification share: the sources as they are, and what is said about them."""

from __future__ import annotations

import pytest

from interlock.explicit.rekey import search
from interlock.model.project import load_project
from interlock.verification.verifier import Verifier
from support.repository import ROOT


@pytest.fixture(scope="session")
def verifier() -> Verifier:
    """Every property of the sources as they are; worlds are made once."""
    found = Verifier(ROOT, load_project(ROOT), second=False)
    found.search_rekey_with(lambda: search(found.project, found.abstraction, found.compositions))
    return found
