"""Edits of texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import ModelError
from interlock.core.source import Overlay
from interlock.model.edits import Edit, How, apply_edits, overlay_of

TEXT = "one\n  two: a\n  three: a\nfour\n"
FILE = "models/x.yaml"


def edit(how: How, anchor: str, put: str = "", within: str | None = None) -> Edit:
    return Edit(FILE, how, anchor, put, within)


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (edit(How.REPLACE, "two", "deux"), "one\n  deux: a\n  three: a\nfour\n"),
        (edit(How.REPLACE, ": a", ": b", within="three"), "one\n  two: a\n  three: b\nfour\n"),
        (edit(How.REPLACE, "  two: a\n  three: a\n", "x\n"), "one\nx\nfour\n"),
        (edit(How.REPLACE, "two: a", ""), "one\n  \n  three: a\nfour\n"),
        (edit(How.AFTER, "two", "  new"), "one\n  two: a\n  new\n  three: a\nfour\n"),
        (edit(How.AFTER, "two: a\n", "  new\n"), "one\n  two: a\n  new\n  three: a\nfour\n"),
        (edit(How.AFTER, "one\n  two", "new"), "one\n  two: a\nnew\n  three: a\nfour\n"),
        (edit(How.AFTER, "four", "five\nsix"), TEXT + "five\nsix\n"),
        (edit(How.BEFORE, "one", "zero"), "zero\n" + TEXT),
        (edit(How.BEFORE, "a", "new", within="three"), "one\n  two: a\nnew\n  three: a\nfour\n"),
        (edit(How.DELETE, "two"), "one\n  three: a\nfour\n"),
        (edit(How.DELETE, "two: a\n  three"), "one\nfour\n"),
        (edit(How.DELETE, "four"), "one\n  two: a\n  three: a\n"),
    ],
)
def test_one_edit(one: Edit, expected: str) -> None:
    assert apply_edits(TEXT, [one]) == expected


def test_each_edit_sees_what_those_before_it_made() -> None:
    edits = [edit(How.REPLACE, "two", "deux"), edit(How.AFTER, "deux", "  new")]
    assert apply_edits(TEXT, edits) == "one\n  deux: a\n  new\n  three: a\nfour\n"


@pytest.mark.parametrize(
    ("one", "code", "message"),
    [
        (edit(How.REPLACE, "ten", ""), "AMD003", '"ten" is not in "models/x.yaml"'),
        (edit(How.REPLACE, "two", "", within="three"), "AMD003", 'from "three" on'),
        (edit(How.REPLACE, "two", "", within="ten"), "AMD003", '"ten" is not in'),
        (edit(How.DELETE, ": a"), "AMD004", "occurs 2 times"),
        (edit(How.AFTER, "two", "", within=": a"), "AMD004", "in lines 2, 3"),
    ],
)
def test_an_anchor_that_is_not_there_once(one: Edit, code: str, message: str) -> None:
    with pytest.raises(ModelError) as caught:
        apply_edits(TEXT, [one])
    (finding,) = caught.value.diagnostics
    assert finding.code == code
    assert message in finding.message


def test_hits_that_overlap_and_many_hits() -> None:
    with pytest.raises(ModelError, match="occurs 2 times"):
        apply_edits("aaa", [edit(How.DELETE, "aa")])
    with pytest.raises(ModelError, match=r"occurs 20 times .* in lines 1, 2, 3, .* \.\.\.") as many:
        apply_edits("x\n" * 20, [edit(How.DELETE, "x")])
    assert len(many.value.diagnostics[0].labels) == 8


def test_a_long_anchor_is_shortened() -> None:
    with pytest.raises(ModelError, match=f'"{"x" * 60} \\.\\.\\." is not in'):
        apply_edits(TEXT, [edit(How.DELETE, "x" * 99)])


def test_an_overlay_leaves_the_files_alone(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    path = tmp_path / FILE
    path.write_text(TEXT, encoding="utf-8")
    first = overlay_of(tmp_path, [edit(How.REPLACE, "two", "deux")])
    second = overlay_of(tmp_path, [edit(How.REPLACE, "deux", "zwei")], first)
    assert path.read_text(encoding="utf-8") == TEXT
    assert first.read(path, FILE).lines[1] == "  deux: a"
    assert second.read(path, FILE).lines[1] == "  zwei: a"
    assert Overlay().read(path, FILE).text == TEXT
