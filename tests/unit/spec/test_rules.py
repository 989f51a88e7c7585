"""One folder per code below ``tests/diagnostics``: a damaged specification and its rendering."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from interlock.core.diagnostics import Diagnostic, render_text
from interlock.core.errors import SpecificationError
from interlock.core.source import SourceFile
from interlock.spec.rules import RULES
from interlock.spec.specification import load_specification

SAMPLES = Path(__file__).parents[2] / "diagnostics"


def _findings(root: Path, assume: dict[str, str]) -> tuple[Diagnostic, ...]:
    try:
        return load_specification(root, assume).warnings
    except SpecificationError as problem:
        return problem.diagnostics


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_code_has_a_sample_that_renders_as_expected(code: str, spec: Path) -> None:
    sample = SAMPLES / code
    if (sample / "spec").is_dir():
        shutil.copytree(sample / "spec", spec, dirs_exist_ok=True)
    for name in _lines(sample / "remove.txt"):
        (spec / name).unlink()
    assume = dict(line.split("=", 1) for line in _lines(sample / "assume.txt"))

    findings = _findings(spec, assume)

    sources = {
        path.as_posix(): SourceFile.read(path, path.as_posix())
        for path in spec.rglob("*")
        if path.is_file()
    }
    assert {finding.code for finding in findings} == {code}
    expected = (sample / "expected.txt").read_text(encoding="utf-8")
    assert render_text(findings, sources) + "\n" == expected


def test_samples_without_a_code_are_noticed() -> None:
    assert {path.name for path in SAMPLES.glob("SPC*")} == set(RULES)


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
