"""Places in a YAML text, and changes of single ones."""

from __future__ import annotations

import pytest

from interlock.core.data import read_data
from interlock.core.source import SourceFile
from interlock.model.edits import Change
from interlock.mutation.texts import Place, exchanged, numbered, without_item

TEXT = """\
# a comment with – a dash that takes more than one octet
rows:
  - id: A
    do:
      - {close: transport}
    to: x
  - id: B
    do:
      - {set: {a: "1", b: f(x)}}
      - {log: failure}
    flow: [{log: a}, {log: b}]
    to: y
"""


def rows() -> list[Place]:
    found = Place.of(SourceFile("t.yaml", TEXT)).get("rows")
    assert found is not None
    return found.items


def after(change: Change) -> str:
    text = change.apply(TEXT)
    read_data(SourceFile("t.yaml", text))
    return text


def body(row: Place, key: str = "do") -> Place:
    found = row.get(key)
    assert found is not None
    return found


def test_places_are_in_characters_and_lines() -> None:
    target = rows()[1].get("to")
    assert target is not None
    assert target.written == "y"
    assert target.line == 12
    assert 'to: "z"\n' in after(target.replaced("z"))


def test_a_block_item_goes_with_its_lines() -> None:
    text = after(rows()[0].without_lines())
    assert "id: A" not in text
    assert text.splitlines()[1:3] == ["rows:", "  - id: B"]


@pytest.mark.parametrize(
    ("row", "key", "number", "gone", "there"),
    [
        (0, "do", 0, "{close: transport}", "    do:\n      []\n    to: x"),
        (1, "do", 1, "{log: failure}", '- {set: {a: "1", b: f(x)}}\n    flow'),
        (1, "flow", 0, "{log: a}", "flow: [{log: b}]"),
    ],
    ids=["the only one", "the last one", "in flow style"],
)
def test_an_item_is_left_out(row: int, key: str, number: int, gone: str, there: str) -> None:
    text = after(without_item(body(rows()[row], key), number))
    assert gone not in text
    assert there in text


def test_a_key_is_left_out_or_added() -> None:
    assigned = body(rows()[1]).items[0].get("set")
    assert assigned is not None
    assert "{set: {b: f(x)}}" in after(assigned.without("a"))
    assert '{set: {a: "1", b: f(x), c: d}}' in after(assigned.with_entry("c", "d"))


def test_two_items_change_places() -> None:
    first, second = body(rows()[1]).items
    text = after(exchanged(first, second))
    assert text.index("{log: failure}") < text.index("{set:")


def test_equal_names_are_numbered() -> None:
    assert numbered(["a", "b", "a", "a"]) == ["a", "b", "a#2", "a#3"]
