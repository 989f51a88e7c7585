"""Small questions that the tables answer themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.spec.tables import load_tables


def test_equal_tables_are_equal_wherever_they_stand(spec: Path) -> None:
    before = load_tables(spec)
    path = spec / "groups.yaml"
    path.write_text("# moved down by a line\n" + path.read_text(encoding="utf-8"), encoding="utf-8")
    after = load_tables(spec)
    assert after == before
    assert after.groups["modp"].origin.span.line == before.groups["modp"].origin.span.line + 1


def test_every_row_has_an_origin(spec: Path) -> None:
    tables = load_tables(spec)
    places = {(o.span.path, o.span.line) for o in tables.origins()}
    assert len({path for path, _ in places}) == 8  # all files but the two registers
    assert {origin.clause for origin in tables.origins()} <= set(tables.clauses)


def test_a_family_is_what_stands_before_the_dot(spec: Path) -> None:
    assumptions = load_tables(spec).assumptions
    assert {a.id: a.family for a in assumptions.values()} == {
        "Q1": "Q1",
        "Q2.arc": "Q2",
        "Q3": "Q3",
        "Q5": "Q5",
    }


def test_an_unknown_assumption_is_a_key_error(spec: Path) -> None:
    with pytest.raises(KeyError):
        load_tables(spec).assumed("Q2")
