"""PATTERN texts of X.680 Annex A in the common subset of regular expression languages.

The result uses only literals (special characters escaped by a backslash), ``.``, classes
``[...]``, groups ``(?:...)``, ``|``, ``*``, ``+``, ``?`` and ``{n,m}``: the same text is legal
for Python, Java, Rust, Go and, with plain groups, for POSIX.
"""

from __future__ import annotations

import re

_REPEAT = re.compile(r"#(?:(\d)|\((\d*)(,?)(\d*)\))")
_BRACES = re.compile(r"\{(\d+)(,?)(\d*)\}")
_CLASS = {"d": "[0-9]", "w": "[0-9A-Za-z]"}
_CONTROL = {"t": "\\t", "n": "\\n", "r": "\\r"}
_SPECIAL = frozenset('\\.[]{}()*+?|^$#-&~"')


class PatternError(ValueError):
    """A PATTERN uses a construct that has no counterpart in the common subset."""


def common_pattern(text: str) -> str:
    """Translate a PATTERN.

    ``{n,m}`` is not X.680 notation but is how XML schema writes ``#(n,m)``; it is taken for
    that, because patterns of the XML form are often copied unchanged.

    Raises:
        PatternError: Named character sets, quadruples, or text that is not a pattern.
    """
    out: list[str] = []
    i = 0
    while i < len(text):
        c = text[i]
        if c == "\\":
            i, piece = _escape(text, i)
        elif c == "[":
            i, piece = _class(text, i)
        elif c == "#":
            i, piece = _repetition(_REPEAT, text, i)
        elif c == "{":
            i, piece = _repetition(_BRACES, text, i)
        elif c == "(":
            i, piece = i + 1, "(?:"
        elif c in ").*+?|":
            i, piece = i + 1, c
        elif c in "]}":
            raise PatternError(f'"{c}" without its opening counterpart')
        else:
            i, piece = i + 1, _literal(c)
        out.append(piece)
    result = "".join(out)
    try:
        re.compile(result)
    except re.error as problem:
        raise PatternError(str(problem)) from problem
    return result


def _literal(c: str) -> str:
    return "\\" + c if c in _SPECIAL else c


def _escape(text: str, i: int) -> tuple[int, str]:
    if i + 1 == len(text):
        raise PatternError("backslash at the end")
    c = text[i + 1]
    if c in _CLASS:
        return i + 2, _CLASS[c]
    if c in _CONTROL:
        return i + 2, _CONTROL[c]
    if c.isalnum():
        raise PatternError(f'"\\{c}" is not supported')
    return i + 2, _literal(c)


def _class(text: str, i: int) -> tuple[int, str]:
    out = ["["]
    i += 1
    if text[i : i + 1] == "^":
        out.append("^")
        i += 1
    while i < len(text) and text[i] != "]":
        c = text[i]
        if c == "\\":
            i, piece = _escape(text, i)
            out.append(piece.strip("[]") if piece in _CLASS.values() else piece)
            continue
        out.append(c if c == "-" or c not in _SPECIAL else "\\" + c)
        i += 1
    if i == len(text):
        raise PatternError('"[" without "]"')
    if out[-1] in ("[", "^"):
        raise PatternError("empty character class")
    return i + 1, "".join(out) + "]"


def _repetition(form: re.Pattern[str], text: str, i: int) -> tuple[int, str]:
    match = form.match(text, i)
    if match is None:
        raise PatternError(f'"{text[i:]}" is not a repetition')
    digits = [g for g in match.groups() if g is not None]
    if len(digits) == 1:
        return match.end(), f"{{{digits[0]}}}"
    low, comma, high = digits
    if not low and not high:
        raise PatternError("repetition without a number")
    return match.end(), f"{{{low or 0}{comma}{high if comma else ''}}}"
