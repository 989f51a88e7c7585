"""One demonstration PKI for all tests of this folder: making keys takes a while."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from interlock.gateway.demonstration import write_demonstration


@pytest.fixture(scope="session")
def halves(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``client`` and ``server``; not to be changed."""
    folder = tmp_path_factory.mktemp("pki") / "halves"
    write_demonstration(folder, time.time_ns() // 1_000_000)
    return folder


@pytest.fixture
def own_halves(halves: Path, tmp_path: Path) -> Path:
    """A copy that a test may change."""
    for path in halves.rglob("*"):
        target = tmp_path / path.relative_to(halves)
        if path.is_dir():
            target.mkdir()
        else:
            target.write_bytes(path.read_bytes())
    return tmp_path
