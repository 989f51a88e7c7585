"""Literal syntax of Python: the only thing filters are for."""

from __future__ import annotations

import textwrap
from collections.abc import Callable

from interlock.asn1.types import Interval


def literal(value: object) -> str:
    """A literal of a simple value; the formatter settles the quotes.

    Raises:
        TypeError: Not a bool, int, str, bytes or None.
    """
    if value is None or isinstance(value, bool | int | str | bytes):
        return repr(value)
    raise TypeError(f"no Python literal for {type(value).__name__}")


def octets(value: bytes | tuple[int, ...]) -> str:
    """A bytes literal in hexadecimal escapes, which reads better than mixed text."""
    return 'b"' + "".join(f"\\x{octet:02x}" for octet in bytes(value)) + '"'


def raw_string(value: str) -> str:
    """A raw string literal, for regular expressions."""
    quote = '"' if '"' not in value else "'"
    if quote in value or value.endswith("\\"):
        return repr(value)
    return f"r{quote}{value}{quote}"


def raw_bytes(value: str) -> str:
    """A raw bytes literal, for regular expressions on octets."""
    text = raw_string(value)
    return "b" + text if text.startswith("r") else repr(value.encode("ascii"))


def inside(intervals: tuple[Interval, ...], name: str) -> str:
    """The condition that ``name`` lies in one of the intervals."""
    return " or ".join(_inside(interval, name) for interval in intervals)


def _inside(interval: Interval, name: str) -> str:
    low, high = interval.low, interval.high
    if low is None and high is None:
        return "True"
    if low == high:
        return f"{name} == {low}"
    if low is None:
        return f"{name} <= {high}"
    if high is None:
        return f"{name} >= {low}"
    return f"{low} <= {name} <= {high}"


def range_text(intervals: tuple[Interval, ...]) -> str:
    """Intervals as ASN.1 writes them, for messages."""

    def one(interval: Interval) -> str:
        if interval.low == interval.high and interval.low is not None:
            return str(interval.low)
        low = "MIN" if interval.low is None else interval.low
        high = "MAX" if interval.high is None else interval.high
        return f"{low}..{high}"

    return " | ".join(map(one, intervals))


def comment(text: str, width: int = 96) -> str:
    """Comment lines; empty text gives none."""
    return "\n".join(
        "# " + line
        for paragraph in text.splitlines()
        for line in textwrap.wrap(paragraph, width) or [""]
    )


def docstring(text: str, width: int = 92) -> str:
    """Text that may stand between triple quotes, wrapped; closing quotes on their own line."""
    safe = text.replace("\\", "\\\\").replace('"""', "'''")
    whole = "\n\n".join(
        textwrap.fill(" ".join(p.split()), width, break_long_words=False, break_on_hyphens=False)
        for p in safe.split("\n\n")
    )
    if "\n" in whole:
        return whole + "\n"
    return whole + " " if whole.endswith('"') else whole


def block(text: str, width: int) -> str:
    """Statements of a macro at an indentation: no blank lines, the first line stays in place."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    return textwrap.indent("\n".join(lines), " " * width).lstrip(" ")


def indented(text: str, width: int = 4) -> str:
    """Every line at an indentation."""
    return textwrap.indent(text, " " * width)


FILTERS: dict[str, Callable[..., str]] = {
    "block": block,
    "comment": comment,
    "docstring": docstring,
    "indented": indented,
    "inside": inside,
    "literal": literal,
    "octets": octets,
    "range_text": range_text,
    "raw_bytes": raw_bytes,
    "raw_string": raw_string,
}
"""What templates of this language may call."""
