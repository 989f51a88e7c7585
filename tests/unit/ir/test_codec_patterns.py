from __future__ import annotations

import re

import pytest

from interlock.ir.codec_patterns import PatternError, common_pattern


@pytest.mark.parametrize(
    ("pattern", "common"),
    [
        (r"\d\d?(:\d)?", "[0-9][0-9]?(?::[0-9])?"),
        (r"\d#14[.,]\d#(3)Z", r"[0-9]{1}4[\.,][0-9]{3}Z"),
        (r"\w#(2,)x#(,4)y#(1,3)", "[0-9A-Za-z]{2,}x{0,4}y{1,3}"),
        (r"\d{1,3}", "[0-9]{1,3}"),
        (r"a|b*c+.", "a|b*c+."),
        (r"[^a-c\]]", r"[^a-c\]]"),
        (r"\.\#\t", r"\.\#\t"),
        ("[\\d.]", r"[0-9\.]"),
        ("a-b", r"a\-b"),
    ],
)
def test_translation(pattern: str, common: str) -> None:
    assert common_pattern(pattern) == common
    re.compile(common)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("\\", "backslash at the end"),
        (r"\N{x}", r'"\\N" is not supported'),
        ("[a", '"\\["? without "\\]"'),
        ("[]", "empty character class"),
        ("a]", '"]" without its opening counterpart'),
        ("a#x", "is not a repetition"),
        ("a#(,)", "repetition without a number"),
        ("(a", "missing \\)"),
        ("*", "nothing to repeat"),
    ],
)
def test_refusal(pattern: str, reason: str) -> None:
    with pytest.raises(PatternError, match=reason.replace('"\\["?', '"\\["')):
        common_pattern(pattern)
