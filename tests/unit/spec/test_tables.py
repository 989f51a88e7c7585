"""The tables load, and a fault in one row does not hide those in others."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import FILES, load_tables

from .conftest import Edit


def _short(problem: SpecificationError) -> list[str]:
    return [f"{d.span.path}:{d.span.line} {d.code}" for d in problem.diagnostics]


def test_the_minimal_tables_load(spec: Path) -> None:
    tables = load_tables(spec)
    assert set(tables.sources) == {f"spec/{name}.yaml" for name in FILES}
    assert tables.clauses["X.1"].document == "another standard"
    assert tables.events["D:1.2"].derived
    assert tables.events["D:1.2"].mnemonic is None


def test_faults_in_several_files_are_reported_together(spec: Path, edit: Edit) -> None:
    edit("suites.yaml", "native: m", "native: maybe")
    edit("groups.yaml", "number: 14", "number: many")
    edit("events.yaml", "severity: error", "severity: bad")
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert _short(caught.value) == [
        "spec/events.yaml:5 DAT014",
        "spec/groups.yaml:2 DAT013",
        "spec/suites.yaml:2 DAT014",
    ]


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_missing_file_is_reported(name: str, spec: Path) -> None:
    (spec / f"{name}.yaml").unlink()
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert _short(caught.value) == [f"spec/{name}.yaml:1 SPC001"]


@pytest.mark.parametrize("name", sorted(FILES))
@pytest.mark.parametrize("text", ["", "[]", "a: [", "\x00", "other: 1", "- - - -"])
def test_a_file_of_another_shape_is_an_error_with_its_path(
    name: str, text: str, spec: Path
) -> None:
    (spec / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert {d.span.path for d in caught.value.diagnostics} == {f"spec/{name}.yaml"}


def test_a_file_that_is_not_utf8_is_an_error(spec: Path) -> None:
    (spec / "groups.yaml").write_bytes(b"groups: \xff")
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert _short(caught.value) == ["spec/groups.yaml:1 SPC001"]


@pytest.mark.parametrize("name", sorted(FILES))
def test_every_truncation_is_refused_or_loads(name: str, spec: Path) -> None:
    """Cutting a file after any line never gives anything but a SpecificationError."""
    path = spec / f"{name}.yaml"
    lines = path.read_text(encoding="utf-8").splitlines()

    def loads(count: int) -> bool:
        path.write_text("\n".join(lines[:count]), encoding="utf-8")
        try:
            load_tables(spec)
        except SpecificationError:
            return False
        return True

    outcomes = [loads(count) for count in range(len(lines) + 1)]
    assert not outcomes[0]
    assert outcomes[-1]
