"""Assumptions are switched within what they declare; everything else is a positioned error."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import load_tables
from interlock.spec.types import CoveredOctets

from .conftest import Edit


def _codes(spec: Path, assume: dict[str, str]) -> list[tuple[str, int]]:
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec, assume=assume)
    return [(d.code, d.span.line) for d in caught.value.diagnostics]


def test_a_choice_follows_its_assumption(spec: Path) -> None:
    def octets(assume: dict[str, str]) -> CoveredOctets:
        rule = load_tables(spec, assume=assume).protection["Signed"].signature
        assert rule is not None
        return rule.octets

    assert octets({}) is CoveredOctets.CONTENT
    assert octets({"Q3": "with-tag"}) is CoveredOctets.TLV


def test_the_value_of_the_file_is_remembered(spec: Path) -> None:
    assumption = load_tables(spec, assume={"Q2.arc": "99"}).assumptions["Q2.arc"]
    assert (assumption.value, assumption.as_int, assumption.default) == ("99", 99, "1")


@pytest.mark.parametrize(
    "value", ["100", "-1", "", " 1", "1_0", "0x1", "\N{ARABIC-INDIC DIGIT ONE}", "9" * 5000]
)
def test_an_integer_outside_its_range_is_refused(value: str, spec: Path) -> None:
    assert _codes(spec, {"Q2.arc": value}) == [("SPC011", 3)]


def test_an_assumption_that_is_not_switchable_keeps_its_answer(spec: Path) -> None:
    assert _codes(spec, {"Q5": "something"}) == [("SPC012", 5)]
    assert load_tables(spec, assume={"Q5": "nothing"}).assumed("Q5") == "nothing"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("alternatives: [content, with-tag], ", ""),
        ("alternatives: [content, with-tag]", "alternatives: [content, with-tag], minimum: 0"),
        (
            "value: content, alternatives: [content, with-tag]",
            "value: 1, maximum: 2, minimum: 0, alternatives: [x]",
        ),
        ("[IMPLICIT, EXPLICIT, AUTOMATIC]", "[IMPLICIT, OTHER]"),
        ("value: nothing", "value: nothing, alternatives: [nothing]"),
    ],
)
def test_a_contradictory_declaration_is_refused(old: str, new: str, spec: Path, edit: Edit) -> None:
    edit("assumptions.yaml", old, new)
    assert "SPC013" in {code for code, _ in _codes(spec, {})}


def test_a_default_outside_the_alternatives_is_refused(spec: Path, edit: Edit) -> None:
    edit("assumptions.yaml", "value: content", "value: contents")
    assert ("SPC011", 4) in _codes(spec, {})
