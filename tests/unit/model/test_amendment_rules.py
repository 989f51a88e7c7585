"""The codes of amendments: each has a sample below ``tests/diagnostics``.

A sample holds ``spec/`` files that are laid over the small sources, and ``amend.txt`` with the ids
of the amendments to apply, a line each.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from interlock.core.diagnostics import render_text
from interlock.core.errors import InputError
from interlock.core.source import SourceFile
from interlock.model import amendments, edits
from interlock.model.amendment_rules import RULES
from interlock.model.amendments import amend_sources

SAMPLES = Path(__file__).parents[2] / "diagnostics"
SMALL_MODELS = Path(__file__).parent / "minimal"
SMALL_SPECIFICATION = Path(__file__).parents[1] / "spec" / "minimal"
RAISED = re.compile(r'"(AMD[0-9]{3})"')


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_code_has_a_sample_that_renders_as_expected(code: str, tmp_path: Path) -> None:
    sample = SAMPLES / code
    shutil.copytree(SMALL_MODELS, tmp_path / "models")
    shutil.copytree(SMALL_SPECIFICATION, tmp_path / "spec")
    shutil.copytree(sample / "spec", tmp_path / "spec", dirs_exist_ok=True)

    with pytest.raises(InputError) as caught:
        amend_sources(tmp_path, (sample / "amend.txt").read_text(encoding="utf-8").split())

    found = caught.value.diagnostics
    sources = {
        shown: SourceFile.read(path, shown)
        for path in tmp_path.rglob("*.yaml")
        for shown in (path.relative_to(tmp_path).as_posix(),)
    }
    assert {finding.code for finding in found} == {code}
    expected = (sample / "expected.txt").read_text(encoding="utf-8")
    assert render_text(found, sources) + "\n" == expected


def test_samples_without_a_code_are_noticed() -> None:
    assert {path.name for path in SAMPLES.glob("AMD*")} == set(RULES)


def test_every_code_that_is_raised_is_explained_and_the_other_way_round() -> None:
    files = [Path(str(module.__file__)) for module in (amendments, edits)]
    raised = {code for path in files for code in RAISED.findall(path.read_text(encoding="utf-8"))}
    assert raised == set(RULES)


def test_rules_are_in_order_and_explained() -> None:
    assert list(RULES) == sorted(RULES)
    for code, rule in RULES.items():
        assert rule.code == code
        assert not rule.title.endswith(".")
        assert rule.explanation.endswith(".")
