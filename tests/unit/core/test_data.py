"""Data files: text stays text, everything has a position, wrong shapes are refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from interlock.core import data as d
from interlock.core.source import SourceFile


def read(text: str) -> d.Data:
    return d.read_data(SourceFile("x.yaml", text))


def mapping(text: str) -> d.Mapping:
    return d.as_mapping(read(text), "file")


def place(problem: d.DataFileError) -> list[tuple[str, int, int, int]]:
    return [(f.code, f.span.line, f.span.column, f.span.end_column) for f in problem.diagnostics]


@pytest.mark.parametrize("word", ["off", "no", "Yes", "1.0", "null", "~", "0x10", "2026-01-01"])
def test_nothing_is_guessed_from_its_spelling(word: str) -> None:
    top = mapping(f"{word}: {word}\n")
    assert top.keys == (word,)
    assert d.as_text(top.need(word), "value") == word


def test_positions_of_keys_and_values() -> None:
    top = mapping('a: 1\nlist:\n  - x\n  - {inner: "quoted"}\n')
    entry = top.entries[1]
    assert (entry.key.span.line, entry.key.span.column, entry.key.span.end_column) == (2, 1, 5)
    items = d.as_sequence(entry.value, "list").items
    inner = d.as_mapping(items[1], "item").need("inner")
    assert isinstance(inner, d.Scalar)
    assert inner.quoted
    assert (inner.span.line, inner.span.column, inner.span.end_column) == (4, 13, 21)


def test_order_of_keys_is_kept() -> None:
    assert mapping("z: 1\na: 2\nm: 3\n").keys == ("z", "a", "m")


def test_a_missing_key() -> None:
    top = mapping("a: 1\n")
    assert top.get("b") is None
    with pytest.raises(d.DataFileError) as caught:
        top.need("b", "machine")
    assert caught.value.diagnostics[0].message == 'machine lacks "b"'
    assert place(caught.value) == [("DAT011", 1, 1, 5)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: [1\n", ("DAT001", 2, 1, 2)),
        ("a: b: c\n", ("DAT001", 1, 5, 6)),
        ("\t- x\n", ("DAT001", 1, 1, 2)),
        ("a: \x00\n", ("DAT001", 1, 1, 2)),
        ("", ("DAT002", 1, 1, 2)),
        ("# only a comment\n", ("DAT002", 1, 1, 2)),
        ("a: &x [1]\nb: *x\n", ("DAT003", 2, 4, 6)),
        ("[a]: 1\n", ("DAT004", 1, 1, 4)),
        ("a: 1\nb: 2\na: 3\n", ("DAT005", 3, 1, 2)),
        ("a: " + "[" * 41 + "]" * 41, ("DAT006", 1, 43, 44)),
    ],
)
def test_files_that_cannot_be_read(text: str, expected: tuple[str, int, int, int]) -> None:
    with pytest.raises(d.DataFileError) as caught:
        read(text)
    assert place(caught.value) == [expected]


def test_depth_far_beyond_any_stack_is_refused_and_not_followed() -> None:
    with pytest.raises(d.DataFileError):
        read("[" * 100_000)


@pytest.mark.parametrize(
    ("reader", "text", "code"),
    [
        (d.as_scalar, "[1]", "DAT010"),
        (d.as_text, "{a: 1}", "DAT010"),
        (d.as_sequence, "{a: 1}", "DAT010"),
        (d.as_mapping, "[1]", "DAT010"),
        (d.as_int, "one", "DAT013"),
        (d.as_bool, "yes", "DAT014"),
    ],
)
def test_wrong_shapes(reader: Callable[[d.Data, str], object], text: str, code: str) -> None:
    with pytest.raises(d.DataFileError) as caught:
        reader(read(f"k: {text}\n").entries[0].value, "value")  # type: ignore[union-attr]
    assert place(caught.value) == [(code, 1, 4, 4 + len(text))]


def test_numbers_and_booleans() -> None:
    top = mapping("a: 12\nb: 0x1F\nc: true\nd: false\n")
    assert [d.as_int(top.need(key), key) for key in "ab"] == [12, 31]
    assert [d.as_bool(top.need(key), key) for key in "cd"] == [True, False]


def test_all_missing_and_unknown_keys_at_once() -> None:
    with pytest.raises(d.DataFileError) as caught:
        d.as_mapping(read("naem: x\nage: 1\n"), "person", required=("name",), optional=("age",))
    found = {f.code: f for f in caught.value.diagnostics}
    assert set(found) == {"DAT011", "DAT012"}
    assert found["DAT012"].help == 'did you mean "name"?'


def test_a_choice_shows_what_there_is() -> None:
    with pytest.raises(d.DataFileError) as caught:
        d.as_choice(read("k: cleint\n").entries[0].value, "role", ("client", "server"))  # type: ignore[union-attr]
    (found,) = caught.value.diagnostics
    assert found.message == 'role must be one of client, server, not "cleint"'
    assert found.help == 'did you mean "client"?'


def test_text_of_a_key() -> None:
    assert mapping("{id: HA-13}").text("id") == "HA-13"


@pytest.mark.parametrize(("written", "code"), [("{name: x}", "DAT011"), ("{id: [x]}", "DAT010")])
def test_text_of_a_key_that_has_none(written: str, code: str) -> None:
    with pytest.raises(d.DataFileError) as caught:
        mapping(written).text("id")
    assert [finding.code for finding in caught.value.diagnostics] == [code]
