"""One folder per code below ``tests/diagnostics``: damaged models and their rendering.

A folder holds ``edits.yaml`` (file, old text, new text), whole files below ``models/`` that
replace those of the small models, and ``remove.txt``; any of the three.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from interlock.core.diagnostics import render_text
from interlock.core.source import SourceFile
from interlock.model.rules import RULES as READING
from interlock.model.structure import RULES as STRUCTURE
from unit.model.small_models import Damaged

SAMPLES = Path(__file__).parents[2] / "diagnostics"
CODES = sorted({*READING, *STRUCTURE})


def damage(damaged: Damaged, sample: Path) -> None:
    """Apply what a sample folder says."""
    if (sample / "models").is_dir():
        shutil.copytree(sample / "models", damaged.root, dirs_exist_ok=True)
    edits = sample / "edits.yaml"
    for edit in yaml.safe_load(edits.read_text(encoding="utf-8")) if edits.exists() else ():
        damaged.edit(edit["file"], edit["old"], edit["new"])
    removed = sample / "remove.txt"
    for name in removed.read_text(encoding="utf-8").split() if removed.exists() else ():
        (damaged.root / name).unlink()


def rendered(damaged: Damaged) -> tuple[str, set[str]]:
    """The findings as text, and their codes."""
    found = damaged.findings()
    sources = {
        f"models/{path.relative_to(damaged.root).as_posix()}": path
        for path in damaged.root.rglob("*.yaml")
    }
    read = {shown: SourceFile.read(path, shown) for shown, path in sources.items()}
    return render_text(found, read) + "\n", {diagnostic.code for diagnostic in found}


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sample_that_renders_as_expected(code: str, damaged: Damaged) -> None:
    damage(damaged, SAMPLES / code)
    text, codes = rendered(damaged)
    assert codes == {code}
    assert text == (SAMPLES / code / "expected.txt").read_text(encoding="utf-8")


def test_samples_without_a_code_are_noticed() -> None:
    folders = {path.name for prefix in ("DAT", "MDL", "SM") for path in SAMPLES.glob(f"{prefix}*")}
    assert folders == set(CODES)
