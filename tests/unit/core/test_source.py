"""Positions in source files."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.source import Overlay, SourceFile, Span

TEXT = "first\n\nthird line\n"


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 5, (1, 1, 6)),
        (0, None, (1, 1, 2)),
        (3, 99, (1, 4, 6)),  # clipped to the line
        (6, None, (2, 1, 2)),  # an empty line still shows one column
        (7, 12, (3, 1, 6)),
        (13, 17, (3, 7, 11)),
        (99, None, (4, 1, 2)),  # behind the end
        (-5, None, (1, 1, 2)),
    ],
)
def test_span_of_offsets(start: int, end: int | None, expected: tuple[int, int, int]) -> None:
    span = SourceFile("a.txt", TEXT).span(start, end)
    assert (span.line, span.column, span.end_column) == expected
    assert span.path == "a.txt"


def test_columns_count_code_points() -> None:
    span = SourceFile("a.txt", "äöü x").span(4, 5)
    assert (span.column, span.end_column) == (5, 6)


def test_spans_are_ordered_by_place_and_printed_for_editors() -> None:
    early, late = Span("a", 2, 9, 10), Span("a", 10, 1, 2)
    assert sorted([late, early]) == [early, late]
    assert str(early) == "a:2:9"


def test_reading_shows_the_given_path(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    assert SourceFile.read(path, "models/x.yaml").path == "models/x.yaml"
    assert SourceFile.read(path).path == str(path)


def test_reading_something_else_than_utf_8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        SourceFile.read(path)


def test_the_built_in_place() -> None:
    assert Span.nowhere().line == 0


def test_an_overlay_stands_in_for_files(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: 1\n", encoding="utf-8")
    overlay = Overlay({"models/x.yaml": "a: 2\n"}, {"models/x.yaml": "amended"})
    changed, kept = overlay.read(path, "models/x.yaml"), overlay.read(path, "models/y.yaml")
    assert (changed.path, changed.text, changed.note) == ("models/x.yaml", "a: 2\n", "amended")
    assert (kept.text, kept.note) == ("a: 1\n", "")


def test_the_upper_of_two_overlays_wins() -> None:
    both = Overlay({"a": "1", "b": "1"}).under(Overlay({"b": "2"}, {"b": "note"}))
    assert both == Overlay({"a": "1", "b": "2"}, {"b": "note"})
