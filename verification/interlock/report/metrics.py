"""How wide a text is, and where to break it, without a font at hand.

An SVG is shown with whatever fonts the reader has. Widths are therefore those of a wide font
(DejaVu Sans, Verdana), so that a text that fits here fits everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_NARROW = frozenset("iljI.,:;'|!()[]{}/\\ tfr-·")
_WIDE = frozenset("mwMW@%→←⇒—…✓✗⊘")
_BOLD = 1.12
_MONO = 0.62

_PARTS = re.compile(r"\S+")
_BREAKS = re.compile(r"[^-_/+.,:]*[-_/+.,:]+|[^-_/+.,:]+")


@dataclass(frozen=True)
class Face:
    """A size and style of letters: the CSS class and what it means for widths."""

    css: str
    size: float
    bold: bool = False
    mono: bool = False

    @property
    def line(self) -> float:
        """From one base line to the next."""
        return round(self.size * 1.36, 1)

    def width(self, text: str) -> float:
        """An upper bound of the width of a text in pixels."""
        if self.mono:
            return len(text) * self.size * _MONO
        ems = sum(_em(character) for character in text)
        return ems * self.size * (_BOLD if self.bold else 1.0)

    def wrap(self, text: str, width: float) -> list[str]:
        """Lines no wider than ``width``; long words are broken, at a hyphen where there is one."""
        return _wrap(text, width, self.width)


def wrap_columns(text: str, columns: int) -> list[str]:
    """Lines of at most ``columns`` characters."""
    return _wrap(text, columns, len)


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.42
    if character in _WIDE or ord(character) > 0x2E80:
        return 1.0
    return 0.78 if character.isupper() else 0.645


def _wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    lines: list[str] = []
    current = ""
    for word in _PARTS.findall(text):
        joined = f"{current} {word}" if current else word
        if measure(joined) <= width:
            current = joined
            continue
        if current:
            lines.append(current)
        *full, current = _pieces(word, width, measure)
        lines += full
    if current:
        lines.append(current)
    return lines or [""]


def _pieces(word: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    """A word in pieces that fit, never none."""
    current = ""
    for part in _BREAKS.findall(word):
        if measure(current + part) <= width:
            current += part
            continue
        if current:
            yield current
        current = ""
        for character in part:
            if current and measure(current + character) > width:
                yield current
                current = ""
            current += character
    yield current
