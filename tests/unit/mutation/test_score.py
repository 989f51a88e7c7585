"""Scores, arguments and the page of a campaign."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.core.errors import InputError
from interlock.mutation.kill import Layer, Verdict
from interlock.mutation.mutants import Mutant
from interlock.mutation.score import (
    EQUIVALENTS,
    Arguments,
    Campaign,
    campaign,
    campaign_json,
    load_arguments,
    overview,
)
from support.repository import ROOT

MUTANTS = tuple(
    Mutant(f"drop-check:{id}", "drop-check", "models/x.yaml", line, clause, f"{id}: not made")
    for line, (id, clause) in enumerate((("A", "14.10"), ("B", "14.9"), ("C", "14.9")), 1)
)


def found(equivalents: dict[str, str], *, is_all: bool = True) -> Campaign:
    verdicts = {
        "drop-check:A": Verdict("drop-check:A", Layer.STEP, "RX-1", "violated"),
        "drop-check:B": Verdict("drop-check:B", Layer.NOTHING),
        "drop-check:C": Verdict("drop-check:C", Layer.NOTHING),
    }
    return campaign(MUTANTS, verdicts, Arguments(equivalents, {}), is_all=is_all)


def test_arguments_count_apart() -> None:
    result = found({"drop-check:B": "nobody can tell"})
    assert [m.id for m in result.survivors] == ["drop-check:C"]
    assert [m.id for m in result.equivalent] == ["drop-check:B"]
    assert result.total.score == 0.5
    assert result.stale == ()


def test_clauses_are_in_order() -> None:
    assert list(found({}).by_clause()) == ["14.9", "14.10"]


@pytest.mark.parametrize("is_all", [True, False])
def test_an_argument_about_what_is_noticed_or_gone_is_wrong(is_all: bool) -> None:
    result = found({"drop-check:A": "x", "drop-check:gone": "y"}, is_all=is_all)
    assert result.stale == (("drop-check:A", "drop-check:gone") if is_all else ("drop-check:A",))
    assert "noticed or gone: drop-check:A" in overview(result)


def test_the_page_names_survivors_with_their_place() -> None:
    text = overview(found({}))
    assert "models/x.yaml:2  drop-check:B" in text
    assert "1 of 3 noticed (33.3%)" in text


def test_json_is_the_same_every_time() -> None:
    text = campaign_json(found({"drop-check:B": "why"}))
    assert text == campaign_json(found({"drop-check:B": "why"}))
    data = json.loads(text)
    assert data["total"]["killed"] == 1
    assert data["rows"][1]["equivalent"] == "why"


def test_arguments_are_read(tmp_path: Path) -> None:
    assert load_arguments(tmp_path) == Arguments()
    (tmp_path / "verification").mkdir()
    path = tmp_path / EQUIVALENTS
    entries = "equivalents:\n  - {reason: r, mutants: [a, b]}\n"
    path.write_text(f"{entries}explained:\n  - {{reason: s, mutants: [c]}}\n", encoding="utf-8")
    assert load_arguments(tmp_path) == Arguments({"a": "r", "b": "r"}, {"c": "s"})
    path.write_text("equivalents:\n  - mutants: [a]\nexplained: []\n", encoding="utf-8")
    with pytest.raises(InputError):
        load_arguments(tmp_path)


def test_survivors_are_explained_and_count() -> None:
    found_ = found({})
    arguments = Arguments({}, {"drop-check:B": "for want of a property"})
    result = campaign(found_.mutants, found_.verdicts, arguments, is_all=True)
    assert result.total.survivors == 2
    assert "for want of a property" in overview(result)


def test_without_runs_the_score_is_a_lower_bound() -> None:
    whole = found({})
    partial = campaign(whole.mutants, whole.verdicts, Arguments(), is_all=True, runs=False)
    assert "more may be noticed" in overview(partial)
    assert "more may be noticed" not in overview(whole)
    assert [json.loads(campaign_json(one))["runs"] for one in (whole, partial)] == [True, False]


def test_the_shipped_arguments_can_be_read() -> None:
    arguments = load_arguments(ROOT)
    assert all((*arguments.equivalents.values(), *arguments.explained.values()))
    assert not arguments.equivalents.keys() & arguments.explained.keys()
