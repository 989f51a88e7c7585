"""Rules on use; the plain case of each is its sample under tests/diagnostics."""

from __future__ import annotations

import pytest

from unit.model.small_models import Damaged


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "vocabulary.yaml",
            "opaque:\n",
            'opaque:\n  Salt: {words: salt, clause: "13"}\n',
            'opaque type "Salt" is never used',
        ),
        (
            "vocabulary.yaml",
            "enumerations:\n",
            'enumerations:\n  Mood: {members: [good], clause: "13", words: mood}\n',
            'enumeration "Mood" is never used',
        ),
        (
            "vocabulary.yaml",
            "operations:\n",
            'operations:\n  sing: {parameters: {}, clause: "13", words: sing}\n',
            'operation "sing" is never used',
        ),
        (
            "machines/small.yaml",
            "conditions:\n",
            'conditions:\n  always:\n    when: "true"\n    words: always\n',
            'condition "always" is never used',
        ),
        (
            "machines/small.yaml",
            "reactions:\n",
            "reactions:\n  sulk:\n    words: sulk\n    do: []\n    to: closed\n",
            'reaction "sulk" is never used',
        ),
    ],
)
def test_what_is_declared_and_not_used(
    damaged: Damaged, file: str, old: str, new: str, message: str
) -> None:
    damaged.edit(file, old, new)
    assert [finding.message for finding in damaged.findings()] == [message]


def test_a_word_used_only_by_a_type_is_used(damaged: Damaged) -> None:
    word = '  Mood: {members: [good], clause: "13", words: mood}\n'
    damaged.edit("vocabulary.yaml", "enumerations:\n", f"enumerations:\n{word}")
    field = '  mood: {type: Mood, clause: "15", words: mood}\n'
    damaged.edit("environments/osi.yaml", "fields:\n", f"fields:\n{field}")
    assert damaged.findings() == ()
