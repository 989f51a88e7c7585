"""Rendering of diagnostics: whole texts, compared."""

from __future__ import annotations

import json

from interlock.core.diagnostics import (
    Label,
    Severity,
    error,
    render_json,
    render_short,
    render_text,
    similar_name_help,
    warning,
)
from interlock.core.source import SourceFile, Span

SOURCE = SourceFile("m.yaml", "one\ntwo\nthree\nfour\tx\nfive\n")
SOURCES = {"m.yaml": SOURCE}


def span(line: int, column: int, end: int, path: str = "m.yaml") -> Span:
    return Span(path, line, column, end)


def test_text_with_label_clause_and_help() -> None:
    finding = error(
        "SM999",
        'undeclared state "five"',
        span(5, 1, 5),
        labels=[Label(span(1, 1, 4), "declared here")],
        clause="13.3",
        help="write it",
    )
    assert render_text([finding], SOURCES) == (
        'error[SM999]: undeclared state "five"\n'
        " --> m.yaml:5:1\n"
        "  |\n"
        "1 | one\n"
        "  | --- declared here\n"
        "...\n"
        "5 | five\n"
        "  | ^^^^\n"
        "  = clause: 13.3\n"
        "  = help: write it"
    )


def test_text_with_a_label_in_another_file_and_on_the_same_line() -> None:
    finding = warning(
        "SM998",
        "twice",
        span(2, 1, 4),
        labels=[Label(span(2, 2, 3), "here"), Label(span(7, 1, 2, "other.yaml"), "and there")],
    )
    assert render_text([finding], SOURCES) == (
        "warning[SM998]: twice\n"
        " --> m.yaml:2:1\n"
        "  |\n"
        "2 | two\n"
        "  | ^^^\n"
        "  |  - here\n"
        " ::: other.yaml:7:1: and there"
    )


def test_text_without_a_source_has_no_excerpt() -> None:
    finding = error("DAT002", "file is empty", span(1, 1, 2, "gone.yaml"))
    assert render_text([finding], SOURCES) == "error[DAT002]: file is empty\n --> gone.yaml:1:1"


def test_a_tab_is_one_column() -> None:
    shown = render_text([error("X1", "tab", span(4, 6, 7))], SOURCES).splitlines()
    assert shown[3:] == ["4 | four x", "  |      ^"]


def test_short_is_sorted_by_place() -> None:
    findings = [error("B2", "late", span(3, 1, 2)), warning("A1", "early", span(1, 2, 3))]
    assert render_short(findings, {}) == (
        "m.yaml:1:2: warning[A1]: early\nm.yaml:3:1: error[B2]: late"
    )


def test_json_has_every_field() -> None:
    finding = error("A1", "bad", span(1, 2, 3), labels=[Label(span(2, 1, 2), "see")], clause="1")
    assert json.loads(render_json([finding], {})) == [
        {
            "code": "A1",
            "severity": "error",
            "message": "bad",
            "path": "m.yaml",
            "line": 1,
            "column": 2,
            "end_column": 3,
            "labels": [{"path": "m.yaml", "line": 2, "column": 1, "end_column": 2, "text": "see"}],
            "clause": "1",
            "help": None,
        }
    ]


def test_similar_names() -> None:
    assert similar_name_help("establishd", ["established", "closed"]) == (
        'did you mean "established"?'
    )
    assert similar_name_help("x", ["established"]) is None


def test_severities() -> None:
    assert error("A1", "", span(1, 1, 2)).severity is Severity.ERROR
    assert warning("A1", "", span(1, 1, 2)).severity is Severity.WARNING


def test_a_changed_source_is_named_as_such() -> None:
    sources = {"m.yaml": SourceFile("m.yaml", SOURCE.text, "amended by request-hash")}
    text = render_text([error("SM999", "wrong", span(2, 1, 4))], sources)
    assert text.splitlines()[1] == " --> m.yaml:2:1 (amended by request-hash)"
