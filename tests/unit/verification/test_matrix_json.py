"""The matrix as JSON and as text."""

from __future__ import annotations

import json

import pytest

from interlock.verification.matrix import (
    LargestSet,
    Matrix,
    MatrixCell,
    MatrixPolicy,
    RemedyEffect,
)
from interlock.verification.matrix_json import matrix_json, matrix_text, read_matrix

MATRIX = Matrix(
    "captured",
    ("native AE", "compatibility", "none"),
    (MatrixPolicy("B-any", "both modes", (("fallback", "any"),)),),
    (MatrixPolicy("both", "both modes", ()), MatrixPolicy("old", "compatibility only", ())),
    (
        MatrixCell("B-any", "both", "native AE", "compatibility", False, ("DS-1.any",)),
        MatrixCell("B-any", "old", "compatibility", "compatibility", True),
    ),
    LargestSet(4, 3, 2, ("pin: yes",), ("pin: no",), 0),
    (
        RemedyEffect("mark", "marks", ("native-mark",), (("B-any", "both"),), (), True),
        RemedyEffect("pin", "pins", (), (), (("B-any", "old"),), None, (("B-any", "both"),)),
    ),
)


def test_json_has_every_field_and_sorted_keys() -> None:
    text = matrix_json(MATRIX)
    data = json.loads(text)
    assert text == json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    assert data["cells"][0] == {
        "client": "B-any",
        "server": "both",
        "without": "native AE",
        "worst": "compatibility",
        "protected": False,
        "why": ["DS-1.any"],
    }
    assert data["remedies"][0]["protects"] == [["B-any", "both"]]


def test_json_is_read_again() -> None:
    assert read_matrix(matrix_json(MATRIX)) == MATRIX


@pytest.mark.parametrize("text", ["{}", "[]", "nothing"])
def test_other_texts_are_no_matrix(text: str) -> None:
    with pytest.raises(ValueError):
        read_matrix(text)


def test_text() -> None:
    assert matrix_text(MATRIX).splitlines() == [
        "policy matrix, captured",
        "server both: both modes",
        "  B-any  not protected  native AE -> compatibility  (DS-1.any)",
        "server old: compatibility only",
        "  B-any  protected      compatibility",
        "2 of 4 pairs of policies are protected; 3 associate; 0 undecided",
        "protected exactly when",
        "  - pin: yes",
        "not protected exactly when",
        "  - pin: no",
        "remedy mark: marks",
        "  protects 1: B-any x both",
        "  loses 0: -",
        "  a party with it still associates with one without in native mode",
        "remedy pin: pins",
        "  protects 0: -",
        "  loses 1: B-any x old",
        "  undecided 1: B-any x both",
    ]


def test_what_is_undecided_makes_the_matrix_undecided() -> None:
    assert not MATRIX.is_decided
    assert Matrix("captured", (), (), (), MATRIX.cells, MATRIX.largest).is_decided
    unknown = MatrixCell("B-any", "both", "native AE", "unknown", False)
    assert not Matrix("captured", (), (), (), (unknown,)).is_decided
