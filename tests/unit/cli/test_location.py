"""Finding spec/ and models/."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.cli import location
from interlock.core.errors import UsageError
from unit.cli.running import ROOT


def project(folder: Path) -> Path:
    for name in ("spec", "models"):
        (folder / name).mkdir(parents=True)
    return folder


def test_the_given_folder_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given, here = project(tmp_path / "given"), project(tmp_path / "here")
    monkeypatch.chdir(here)
    assert location.find_root(given) == given
    assert location.find_root(None) == here


def test_a_given_folder_without_both_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spec").mkdir()
    with pytest.raises(UsageError, match="does not hold the folders spec and models"):
        location.find_root(tmp_path)


def test_elsewhere_the_checkout_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert location.checkout() == ROOT
    assert location.find_root(None) == ROOT


def test_without_a_checkout_the_installed_copy_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(location, "checkout", lambda: None)
    with pytest.raises(UsageError, match="name one with --root"):
        location.find_root(None)  # a checkout has no installed copy
    installed = project(tmp_path / "package" / "data")
    monkeypatch.setattr(location, "files", lambda _: tmp_path / "package")
    assert location.find_root(None) == installed
