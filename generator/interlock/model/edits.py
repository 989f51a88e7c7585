"""Edits of texts: replace, insert or delete at a place that is named by what stands there.

An edit that does not fit is refused and never guessed at: its anchor occurs exactly once, or the
source is not the one the edit was written for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from interlock.core.diagnostics import Label, error
from interlock.core.errors import ModelError
from interlock.core.source import Overlay, SourceFile, Span

_SHOWN_CHARACTERS = 60
_SHOWN_HITS = 8


class How(Enum):
    """What an edit does at its anchor; the value is the key in an amendment file."""

    REPLACE = "find"
    AFTER = "after"
    BEFORE = "before"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit of one file.

    ``anchor`` is replaced by ``put`` (``find``), or ``put`` is inserted as lines of its own
    after or before the lines that hold it, or those lines are deleted. With ``within``, a text
    that occurs once, the anchor is the first one from there on.
    """

    file: str
    how: How
    anchor: str
    put: str = ""
    within: str | None = None
    why: str = ""
    span: Span = field(default_factory=Span.nowhere, compare=False)
    within_span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """An edit at its place in a text: ``put`` takes the place of the characters in between."""

    start: int
    end: int
    put: str

    def apply(self, text: str) -> str:
        """The changed text."""
        return text[: self.start] + self.put + text[self.end :]


def locate(text: str, edit: Edit) -> Change:
    """Where an edit applies in the present text of its file.

    Raises:
        ModelError: AMD003, the anchor is not there; AMD004, it is there more than once.
    """
    begin = 0
    if edit.within is not None:
        begin = _only(text, edit.within, edit.within_span, edit.file)
        start = text.find(edit.anchor, begin)
        if start < 0:
            raise _missing(edit.anchor, edit.span, edit.file, f' from "{_shown(edit.within)}" on')
    else:
        start = _only(text, edit.anchor, edit.span, edit.file)
    end = start + len(edit.anchor)
    if edit.how is How.REPLACE:
        return Change(start, end, edit.put)
    # a line is what it holds and its line end; an anchor may end with one
    first = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", max(start, end - 1))
    behind = len(text) if line_end < 0 else line_end + 1
    lines = edit.put if edit.put.endswith("\n") or not edit.put else edit.put + "\n"
    if edit.how is How.DELETE:
        return Change(first, behind, "")
    if edit.how is How.BEFORE:
        return Change(first, first, lines)
    return Change(behind, behind, lines)


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text after edits of one file, made one after the other.

    Raises:
        ModelError: An edit does not fit the text as it is by then.
    """
    for edit in edits:
        text = locate(text, edit).apply(text)
    return text


def overlay_of(root: Path, edits: Iterable[Edit], base: Overlay | None = None) -> Overlay:
    """What edits make of the files below ``root``, or of the texts of ``base``; nothing is written.

    Raises:
        ModelError: An edit does not fit.
        OSError: A file cannot be read.
    """
    base = base or Overlay()
    texts: dict[str, str] = {}
    for edit in edits:
        before = texts.get(edit.file)
        if before is None:
            before = base.read(root / edit.file, edit.file).text
        texts[edit.file] = locate(before, edit).apply(before)
    return base.under(Overlay(texts))


def _only(text: str, anchor: str, span: Span, file: str) -> int:
    hits = _hits(text, anchor)
    if not hits:
        raise _missing(anchor, span, file)
    if len(hits) > 1:
        source = SourceFile(file, text)
        places = [source.span(hit, hit + len(anchor.rstrip("\n"))) for hit in hits]
        lines = ", ".join(dict.fromkeys(str(place.line) for place in places[:_SHOWN_HITS]))
        lines += " ..." if len(hits) > _SHOWN_HITS else ""
        raise ModelError(
            [
                error(
                    "AMD004",
                    f'"{_shown(anchor)}" occurs {len(hits)} times in "{file}", in lines {lines}',
                    span,
                    labels=[Label(place, "here") for place in places[:_SHOWN_HITS]],
                    help='name more of the text, or where to start with "within"',
                )
            ]
        )
    return hits[0]


def _hits(text: str, anchor: str) -> list[int]:
    hits, at = [], text.find(anchor)
    while at >= 0:
        hits.append(at)
        at = text.find(anchor, at + 1)
    return hits


def _missing(anchor: str, span: Span, file: str, where: str = "") -> ModelError:
    return ModelError(
        [
            error(
                "AMD003",
                f'"{_shown(anchor)}" is not in "{file}"{where}: the source has changed',
                span,
                help="write the edit anew for the present text of the file",
            )
        ]
    )


def _shown(text: str) -> str:
    """The first line of a text, shortened."""
    line, more, _ = text.strip("\n").partition("\n")
    line = line.strip()
    if len(line) > _SHOWN_CHARACTERS or more:
        return line[:_SHOWN_CHARACTERS].rstrip() + " ..."
    return line
