from __future__ import annotations

import random

import pytest

from interlock.report.metrics import Face, wrap_columns

FACES = [Face("a", 12), Face("b", 13, bold=True), Face("c", 11.5, mono=True)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("face", FACES, ids=lambda face: face.css)
def test_lines_fit_and_no_character_is_lost(face: Face, seed: int) -> None:
    chance = random.Random(seed)
    letters = "abcWil m-_/.:→✓Ω中"
    text = "".join(chance.choice(letters) for _ in range(chance.randint(1, 300)))
    lines = face.wrap(text, 60)
    assert all(face.width(line) <= 60 for line in lines)
    assert "".join(lines).replace(" ", "") == "".join(text.split())


def test_words_stay_whole_where_they_fit() -> None:
    assert wrap_columns("one two  three", 9) == ["one two", "three"]


def test_long_words_are_broken_after_a_hyphen_first() -> None:
    assert wrap_columns("HandshakeAcc-request-hash", 14) == ["HandshakeAcc-", "request-hash"]
    assert wrap_columns("abcdefgh", 3) == ["abc", "def", "gh"]


def test_nothing_is_one_empty_line() -> None:
    assert wrap_columns("", 10) == [""]
    assert FACES[0].wrap("   ", 10) == [""]


def test_bold_is_wider_and_a_fixed_pitch_has_one_width() -> None:
    assert FACES[1].width("text") > Face("b", 13).width("text")
    assert FACES[2].width("iiii") == FACES[2].width("WWWW")
