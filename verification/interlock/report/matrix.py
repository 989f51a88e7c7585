"""The policy matrix as an HTML table: which pairs are protected, and what a remedy changes."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.report.data import Cell, Configuration, MatrixText, Remedy
from interlock.report.templating import render

_SHORT = {
    "native AE": "AE",
    "native integrity": "integr.",
    "compatibility": "compat.",
    "none": "none",
}


@dataclass(frozen=True)
class CellView:
    """A cell as it is shown; ``worst`` is empty where it is the outcome without an attacker."""

    css: str
    sign: str
    without: str
    worst: str
    words: str
    remedies: str
    lost: str


@dataclass(frozen=True)
class RowView:
    """A row as it is shown."""

    head: Configuration
    cells: tuple[CellView, ...]


@dataclass(frozen=True)
class RemedyView:
    """A remedy with its letter and its effect in numbers."""

    letter: str
    remedy: Remedy
    protects: int
    loses: int


@dataclass(frozen=True)
class MatrixView:
    """The matrix as it is shown."""

    heads: tuple[Configuration, ...]
    columns: tuple[Configuration, ...]
    rows: tuple[RowView, ...]
    remedies: tuple[RemedyView, ...]
    protected: int
    open: int
    apart: int
    cells: tuple[Cell, ...]


def matrix_view(matrix: MatrixText) -> MatrixView:
    """What the template prints."""
    letters = {remedy.id: letter(number) for number, remedy in enumerate(matrix.remedies)}
    rows = tuple(
        RowView(row, tuple(_cell(matrix, row.id, col.id, letters) for col in matrix.columns))
        for row in matrix.rows
    )
    css = [cell.css for row in rows for cell in row.cells]
    return MatrixView(
        matrix.rows,
        matrix.columns,
        rows,
        tuple(
            RemedyView(letters[r.id], r, len(set(r.protects)), len(set(r.loses)))
            for r in matrix.remedies
        ),
        css.count("good"),
        css.count("bad"),
        css.count("apart"),
        matrix.cells,
    )


def matrix_html(matrix: MatrixText) -> str:
    """The matrix as HTML, for a page that has the style sheet of the report."""
    return render("matrix.html.j2", {"matrix": matrix_view(matrix)})


def letter(number: int) -> str:
    """``a``, ``b`` ... ``z``, ``a2`` ..."""
    round, place = divmod(number, 26)
    return "abcdefghijklmnopqrstuvwxyz"[place] + (str(round + 1) if round else "")


def _cell(matrix: MatrixText, row: str, column: str, letters: dict[str, str]) -> CellView:
    cell = matrix.cell(row, column)
    if cell is None:
        return CellView("apart", "", "", "", "not looked at", "", "")
    pair = (row, column)
    remedies = " ".join(letters[r.id] for r in matrix.remedies if pair in r.protects)
    lost = " ".join(letters[r.id] for r in matrix.remedies if pair in r.loses)
    if cell.protected:
        css, sign, words = "good", "✓", "protected"
    elif cell.without == "none":
        css, sign, words = "apart", "–", "no association"
    else:
        css, sign, words = "bad", "✗", "not protected"
    short = _SHORT.get(cell.without, cell.without)
    worst = "" if cell.worst == cell.without else _SHORT.get(cell.worst, cell.worst)
    why = f" ({', '.join(cell.why)})" if cell.why else ""
    return CellView(css, sign, short, worst, words + why, remedies, lost)
