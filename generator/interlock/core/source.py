"""Source files, positions in them, and texts that stand in for files.

Owns line and column arithmetic. Lines and columns are 1-based; columns count code points.
Refuses to know what the text means.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one line of one file: where a construct stands.

    ``path`` is as the user would write it (relative to the project where possible).
    ``end_column`` is exclusive; a construct of several lines is marked on its first.
    """

    path: str
    line: int
    column: int
    end_column: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}"

    @classmethod
    def nowhere(cls) -> Span:
        """The position of things that no file declares (built-ins)."""
        return cls("<built-in>", 0, 0, 0)


@dataclass(frozen=True)
class SourceFile:
    """The text of one input file, with offset-to-position arithmetic.

    ``note`` is shown beside the path where the text is not that of the file on disk.
    """

    path: str
    text: str = field(repr=False)
    note: str = field(default="", repr=False)

    @classmethod
    def read(cls, path: Path, shown_as: str | None = None) -> SourceFile:
        """Read a UTF-8 file; ``shown_as`` is the path that diagnostics show.

        Raises:
            OSError: The file cannot be read.
            UnicodeDecodeError: The file is not UTF-8.
        """
        return cls(shown_as or str(path), path.read_text(encoding="utf-8"))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their line ends."""
        return tuple(self.text.split("\n"))

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        starts = [0]
        for line in self.lines[:-1]:
            starts.append(starts[-1] + len(line) + 1)
        return tuple(starts)

    def span(self, start: int, end: int | None = None) -> Span:
        """The span of the code points ``start`` to ``end`` (exclusive, clipped to the line)."""
        start = max(0, min(start, len(self.text)))
        line = bisect_right(self._line_starts, start)
        line_start = self._line_starts[line - 1]
        column = start - line_start + 1
        line_end = line_start + len(self.lines[line - 1])
        stop = max(start + 1, min(end if end is not None else start + 1, line_end))
        return Span(self.path, line, column, stop - line_start + 1)


@dataclass(frozen=True)
class Overlay:
    """Texts that stand in for files of the repository, by the path that diagnostics show.

    Nothing is written: whoever reads a source file asks ``read``. A text can replace a file, it
    cannot add one.
    """

    texts: Mapping[str, str] = field(default_factory=dict, repr=False)
    notes: Mapping[str, str] = field(default_factory=dict)

    def read(self, path: Path, shown: str) -> SourceFile:
        """The file ``path``, or the text that stands in for it.

        Raises:
            OSError: The file cannot be read.
            UnicodeDecodeError: The file is not UTF-8.
        """
        text = self.texts.get(shown)
        if text is None:
            return SourceFile.read(path, shown)
        return SourceFile(shown, text, self.notes.get(shown, ""))

    def under(self, other: Overlay) -> Overlay:
        """Both; where they hold the same path, the text of ``other``."""
        return Overlay({**self.texts, **other.texts}, {**self.notes, **other.notes})
