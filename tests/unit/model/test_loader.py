"""Reading all model files: what is missing, unreadable, or wrong in several files at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from interlock.model import expression as x
from interlock.model.loader import load_models
from interlock.spec import load_specification
from unit.model.small_models import ROOT, Damaged


def test_everything_is_there(damaged: Damaged) -> None:
    models = damaged.load()
    assert list(models.machines) == ["small"]
    assert set(models.check_lists) == {"release-request", "dt-sec-abort"}
    assert set(models.configs) == {"common", "native"}
    assert "limit" in models.configs["native"]  # included
    assert all(path.startswith("models/") for path in models.sources)


@pytest.mark.parametrize("name", ["vocabulary.yaml", "policies.yaml"])
def test_a_missing_file(damaged: Damaged, name: str) -> None:
    (damaged.root / name).unlink()
    (found,) = damaged.refusal()
    assert (found.code, found.span.path) == ("MDL162", f"models/{name}")


@pytest.mark.parametrize("folder", ["messages", "environments", "checks", "machines"])
def test_a_missing_folder(damaged: Damaged, folder: str) -> None:
    shutil.rmtree(damaged.root / folder)
    found = {(f.code, f.span.path) for f in damaged.refusal()}
    assert ("MDL162", f"models/{folder}") in found


def test_a_file_that_is_not_text(damaged: Damaged) -> None:
    (damaged.root / "machines" / "small.yaml").write_bytes(b"machine: \xff\n")
    (found,) = damaged.refusal()
    assert found.code == "MDL162"
    assert "not UTF-8" in found.message


def test_faults_of_several_files_are_reported_together(damaged: Damaged) -> None:
    damaged.edit("messages/native.yaml", "carries: ReleaseReq", "carries: RelaseReq")
    damaged.edit("environments/osi.yaml", "type: AssociateResult", "type: AssociateReslt")
    damaged.edit("policies.yaml", 'default: "30 s"', 'default: "30 seconds"')
    files = [place[1] for place in damaged.places()]
    assert files == ["environments/osi.yaml", "messages/native.yaml", "policies.yaml"]


def test_a_default_may_be_an_assumption(damaged: Damaged) -> None:
    damaged.edit("policies.yaml", 'default: "30 s"', "default: {assumption: Q18}")
    field = damaged.load().configs["native"]["limit"]
    assert isinstance(field.default, x.DurationLiteral)
    assert (field.default.value, field.assumption) == (600_000, "Q18")


def test_a_default_follows_the_chosen_assumption(damaged: Damaged) -> None:
    damaged.edit("policies.yaml", 'default: "30 s"', "default: {assumption: Q18}")
    switched = load_specification(ROOT / "spec", {"Q18": "300"})
    field = load_models(damaged.root, switched).configs["native"]["limit"]
    assert isinstance(field.default, x.DurationLiteral)
    assert field.default.value == 300_000


def test_the_shipped_models_load(tmp_path: Path) -> None:
    del tmp_path
    models = load_models(ROOT / "models", load_specification(ROOT / "spec"))
    assert len(models.machines) == 4
