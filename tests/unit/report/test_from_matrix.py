"""From the matrix that verification finds to the one that reports show."""

from __future__ import annotations

from interlock.model.amendments import Amendment
from interlock.report.data import Cell, Configuration, Remedy
from interlock.report.from_matrix import matrix_for_report
from interlock.report.matrix import matrix_html
from interlock.verification.matrix import Matrix, MatrixCell, MatrixPolicy, RemedyEffect

MARK = Amendment(
    "native-mark", "11.2", "marked", "", (), ("V2", "V3"), "a downgrade", "new certificates", True
)
MATRIX = Matrix(
    "captured",
    ("native AE", "compatibility", "none"),
    (MatrixPolicy("B-any", "both modes", (("fallback", "any"),)),),
    (MatrixPolicy("both", "both modes", (("modes", "both"),)),),
    (MatrixCell("B-any", "both", "native AE", "compatibility", False, ("DS-1.any",)),),
    None,
    (
        RemedyEffect("mark", "marks", ("native-mark",), (("B-any", "both"),), (), True),
        RemedyEffect("pin", "pins", (), (("B-any", "both"),), (), None),
    ),
)


def test_rows_columns_and_cells() -> None:
    found = matrix_for_report(MATRIX)
    assert found.rows == (Configuration("B-any", "both modes", {"fallback": "any"}),)
    assert found.columns == (Configuration("both", "both modes", {"modes": "both"}),)
    assert found.cells == (
        Cell("B-any", "both", "native AE", "compatibility", False, ("DS-1.any",)),
    )


def test_a_remedy_has_the_words_of_its_amendments() -> None:
    found = matrix_for_report(MATRIX, [MARK])
    assert found.remedies == (
        Remedy(
            "mark", "marks", "a downgrade", "new certificates", ("V2", "V3"), (("B-any", "both"),)
        ),
        Remedy("pin", "pins", protects=(("B-any", "both"),)),
    )


def test_the_report_shows_it() -> None:
    page = matrix_html(matrix_for_report(MATRIX, [MARK]))
    assert "B-any" in page
    assert "not protected (DS-1.any)" in page
