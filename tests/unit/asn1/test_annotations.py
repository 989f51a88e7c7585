"""Annotations above definitions."""

from __future__ import annotations

from interlock.asn1.types import Annotation
from unit.asn1.loading import faults, feature, load


def test_all_keys() -> None:
    model = feature("annotations")
    assert model.types["Annotations.Token"].annotation == Annotation(
        clause="13.4.2",
        confidence="C",
        assumptions=("Q13", "Q1"),
        notes=("tags are ours",),
        text="The token.",
    )
    assert model.values["Annotations.limit"].annotation.clause == "5"


def test_module_header() -> None:
    module = feature("annotations").modules["Annotations"]
    assert (module.annotation.clause, module.annotation.confidence) == ("Annex B", "D")
    assert module.annotation.text == "What the module is for."


def test_only_the_block_directly_above_counts() -> None:
    model = feature("annotations")
    assert model.types["Annotations.Bare"].annotation == Annotation()
    assert model.types["Annotations.Apart"].annotation == Annotation()


def test_a_block_comment_of_several_lines_is_one_of_the_block() -> None:
    annotation = load("--@clause 5\n/* two\nlines */\nA ::= NULL").types["M.A"].annotation
    assert (annotation.clause, annotation.text) == ("5", "two\nlines")


def test_marks_of_other_tools_are_text() -> None:
    model = load("--@brief A token.\nToken ::= NULL")
    assert model.types["M.Token"].annotation.text == "@brief A token."


def test_faults() -> None:
    body = "--@clause\n--@confidence X\n--@confidence C\n--@confidence D\n--@notes x\nA ::= NULL"
    assert faults(body) == [
        ("ASN005", 1, 1),
        ("ASN005", 2, 1),
        ("ASN005", 4, 1),
        ("ASN005", 5, 1),
    ]
