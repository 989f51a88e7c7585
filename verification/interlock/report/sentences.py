"""Texts as sentences: documents hold one per line, so that a change of one shows as one line."""

from __future__ import annotations

import re

_END = re.compile(r"(?<=[.!?])\s+(?=[A-Z(\"'0-9])")
_ABBREVIATIONS = ("e.g.", "i.e.", "cf.", "vs.", "resp.", "No.", "no.", "al.")


def sentences(text: str) -> list[str]:
    """The sentences of a text; the last one gets a full stop where it has no end."""
    found: list[str] = []
    for part in _END.split(" ".join(text.split())):
        if found and found[-1].endswith(_ABBREVIATIONS):
            found[-1] = f"{found[-1]} {part}"
        elif part:
            found.append(part)
    if found and found[-1][-1] not in ".!?:":
        found[-1] += "."
    return found


def markdown(text: str) -> str:
    """A text in which Markdown sees no markup."""
    return re.sub(r"([\\`*\[\]<>|]|(?<!\w)_|_(?!\w))", r"\\\1", text)
