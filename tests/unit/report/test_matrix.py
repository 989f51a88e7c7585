from __future__ import annotations

from interlock.report.data import Cell, Configuration, MatrixText, Remedy
from interlock.report.matrix import letter, matrix_html, matrix_view
from unit.report import sample

SIDES = tuple(Configuration(id, f"words of {id}", {"floor": id}) for id in ("A", "B"))
SMALL = MatrixText(
    SIDES,
    SIDES,
    (
        Cell("A", "A", "native AE", "native AE", True, ("DS-1",)),
        Cell("A", "B", "native AE", "compatibility", False, ("DS-1", "<b>")),
        Cell("B", "A", "none", "none", False),
    ),
    (
        Remedy("pin", "pins", "F-1 no more", "a store", ("F-1",), (("A", "B"),)),
        Remedy("none", "no fallback", loses=(("A", "B"),)),
    ),
)


def test_each_kind_of_cell_has_its_own_sign_and_words() -> None:
    view = matrix_view(SMALL)
    cells = [cell for row in view.rows for cell in row.cells]
    assert [(c.css, c.sign, c.without, c.worst) for c in cells] == [
        ("good", "✓", "AE", ""),
        ("bad", "✗", "AE", "compat."),
        ("apart", "–", "none", ""),
        ("apart", "", "", ""),
    ]
    assert [(c.remedies, c.lost) for c in cells] == [("", ""), ("a", "b"), ("", ""), ("", "")]
    assert cells[1].words == "not protected (DS-1, <b>)"
    assert cells[3].words == "not looked at"


def test_pairs_are_counted() -> None:
    view = matrix_view(sample.matrix())
    assert view.protected + view.open + view.apart == 100
    assert [remedy.letter for remedy in view.remedies] == ["a", "b", "c"]
    assert view.remedies[1].protects == view.open


def test_the_table_is_escaped_and_complete() -> None:
    text = matrix_html(SMALL)
    assert "<b>)" not in text
    assert "not protected (DS-1, &lt;b&gt;)" in text
    for remedy in SMALL.remedies:
        assert remedy.words in text
    for side in SIDES:
        assert text.count(side.words) >= 2


def test_a_matrix_without_remedies_has_no_table_of_them() -> None:
    assert "Remedies" not in matrix_html(MatrixText(SIDES, SIDES, SMALL.cells))


def test_letters_never_repeat() -> None:
    assert [letter(number) for number in (0, 25, 26)] == ["a", "z", "a2"]
    assert len({letter(number) for number in range(200)}) == 200
