"""Diagnostics: what is wrong with an input, where, and what to do about it.

One ``Diagnostic`` type, three printers (``text`` with excerpt, ``short``, ``json``). A message
is a fragment: lower case, no full stop, identifiers in double quotes, the fact first.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from interlock.core.source import SourceFile, Span


class Severity(Enum):
    """How bad a finding is; only ``ERROR`` stops generation."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Label:
    """A second place that explains the finding, with a short text."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One finding about an input file.

    ``code`` is stable and never reused (``ASN012``, ``SM004``); ``clause`` names the clause of
    the standard that the faulty line claims to express; ``help`` says what to write instead.
    """

    code: str
    severity: Severity
    message: str
    span: Span
    labels: tuple[Label, ...] = ()
    clause: str | None = None
    help: str | None = None

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Order of output: path, line, column, code, message."""
        return (self.span.path, self.span.line, self.span.column, self.code, self.message)


def error(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Iterable[Label] = (),
    clause: str | None = None,
    help: str | None = None,
) -> Diagnostic:
    """Make an error diagnostic."""
    return Diagnostic(code, Severity.ERROR, message, span, tuple(labels), clause, help)


def warning(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Iterable[Label] = (),
    clause: str | None = None,
    help: str | None = None,
) -> Diagnostic:
    """Make a warning diagnostic."""
    return Diagnostic(code, Severity.WARNING, message, span, tuple(labels), clause, help)


def similar_name_help(name: str, known: Iterable[str]) -> str | None:
    """The help line for an unknown name: the closest known one, if any is close."""
    match = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f'did you mean "{match[0]}"?' if match else None


# --- printers --------------------------------------------------------------------------------

Printer = Callable[[Iterable[Diagnostic], Mapping[str, SourceFile]], str]


def _excerpt(diagnostic: Diagnostic, sources: Mapping[str, SourceFile]) -> list[str]:
    marks = [(diagnostic.span, None)] + [(label.span, label.text) for label in diagnostic.labels]
    here = [m for m in marks if m[0].path == diagnostic.span.path]
    elsewhere = [m for m in marks if m[0].path != diagnostic.span.path]
    source = sources.get(diagnostic.span.path)
    note = f" ({source.note})" if source is not None and source.note else ""
    lines = [f" --> {diagnostic.span}{note}"]
    if source is not None and diagnostic.span.line > 0:
        width = len(str(max(m[0].line for m in here)))
        lines.append(f"{' ' * width} |")
        previous = None
        for span, text in sorted(here, key=lambda m: m[0]):
            if previous is not None and span.line > previous + 1:
                lines.append("...")
            if span.line != previous:
                content = source.lines[span.line - 1] if span.line <= len(source.lines) else ""
                lines.append(f"{span.line:>{width}} | {content.expandtabs(1)}")
            sign = "^" if text is None else "-"
            mark = " " * (span.column - 1) + sign * max(1, span.end_column - span.column)
            lines.append(f"{' ' * width} | {mark}{'' if text is None else ' ' + text}")
            previous = span.line
    lines.extend(f" ::: {span}: {text}" for span, text in elsewhere)
    return lines


def render_text(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """Render with excerpts, in the manner of rustc."""
    blocks = []
    for diagnostic in sorted(diagnostics, key=lambda d: d.sort_key):
        lines = [f"{diagnostic.severity.value}[{diagnostic.code}]: {diagnostic.message}"]
        lines.extend(_excerpt(diagnostic, sources))
        if diagnostic.clause:
            lines.append(f"  = clause: {diagnostic.clause}")
        if diagnostic.help:
            lines.append(f"  = help: {diagnostic.help}")
        blocks.append("\n".join(lines))
    return "\n\n".join(blocks)


def render_short(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """Render one line each: ``path:line:column: severity[CODE]: message``."""
    del sources
    return "\n".join(
        f"{d.span}: {d.severity.value}[{d.code}]: {d.message}"
        for d in sorted(diagnostics, key=lambda d: d.sort_key)
    )


def render_json(diagnostics: Iterable[Diagnostic], sources: Mapping[str, SourceFile]) -> str:
    """Render as a JSON array, one object per finding."""
    del sources

    def place(span: Span) -> dict[str, object]:
        return {
            "path": span.path,
            "line": span.line,
            "column": span.column,
            "end_column": span.end_column,
        }

    return json.dumps(
        [
            {
                "code": d.code,
                "severity": d.severity.value,
                "message": d.message,
                **place(d.span),
                "labels": [{**place(label.span), "text": label.text} for label in d.labels],
                "clause": d.clause,
                "help": d.help,
            }
            for d in sorted(diagnostics, key=lambda d: d.sort_key)
        ],
        indent=2,
        ensure_ascii=False,
    )


PRINTERS: Mapping[str, Printer] = {
    "text": render_text,
    "short": render_short,
    "json": render_json,
}
