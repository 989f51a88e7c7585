"""The exception tree of the tool."""

from __future__ import annotations

import pytest

from interlock.core.diagnostics import error
from interlock.core.errors import (
    DriftError,
    GenerationError,
    InputError,
    InterlockError,
    ModelError,
    SpecificationError,
    UsageError,
)
from interlock.core.source import Span


@pytest.mark.parametrize("kind", [InputError, ModelError, SpecificationError])
def test_input_errors_carry_their_findings_sorted_and_once(kind: type[InputError]) -> None:
    late, early = error("B", "late", Span("a", 2, 1, 2)), error("A", "early", Span("a", 1, 1, 2))
    problem = kind([late, early, late])
    assert problem.diagnostics == (early, late)
    assert str(problem) == "a:1:1: error[A]: early\na:2:1: error[B]: late"


def test_a_generation_error_names_template_and_artefact() -> None:
    problem = GenerationError("no such name", artefact="x.py", template="x.j2", line=3)
    assert str(problem) == "x.j2:3: no such name (artefact x.py)"
    assert (problem.artefact, problem.template, problem.line) == ("x.py", "x.j2", 3)
    assert str(GenerationError("no formatter")) == "no formatter"


def test_drift_lists_its_paths() -> None:
    problem = DriftError(["a.py", "b.py"])
    assert problem.paths == ("a.py", "b.py")
    assert str(problem) == "2 generated file(s) differ: a.py, b.py"


def test_everything_has_one_base() -> None:
    for kind in (InputError, UsageError, GenerationError, DriftError):
        assert issubclass(kind, InterlockError)
