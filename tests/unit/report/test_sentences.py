from __future__ import annotations

import pytest

from interlock.report.sentences import markdown, sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("One", ["One."]),
        ("One.  Two\nthree? Four!", ["One.", "Two three?", "Four!"]),
        ("See e.g. The annex. It says so.", ["See e.g. The annex.", "It says so."]),
        ("Clause 13.3.2 says so. and goes on", ["Clause 13.3.2 says so. and goes on."]),
        ("As follows:", ["As follows:"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_markup_is_disarmed_and_names_stay() -> None:
    assert markdown("a|b *c* <d> [e](f) g_h _i_") == (r"a\|b \*c\* \<d\> \[e\](f) g_h \_i\_")
