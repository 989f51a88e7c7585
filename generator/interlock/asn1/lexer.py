"""From text to tokens.

Owns white space, comments, the forms of names, numbers and strings (X.680 clause 12).
Refuses to know grammar: reserved words are names here, and ``[[`` is two tokens, because
``]]`` also closes two nested optional groups of a WITH SYNTAX clause.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from interlock.asn1.rules import asn1_error
from interlock.core.diagnostics import Diagnostic
from interlock.core.source import SourceFile, Span


class Kind(Enum):
    """Kinds of tokens."""

    UPPER = "a name with a capital"  # type, class, module and reserved words
    LOWER = "an identifier"
    FIELD_UPPER = "a field name with a capital"  # &Type
    FIELD_LOWER = "a field name"  # &id
    NUMBER = "a number"
    REAL = "a real number"
    STRING = "a character string"
    BITS = "a binary string"
    HEX = "a hexadecimal string"
    SIGN = "a sign"
    END = "the end of the file"


class Token(NamedTuple):
    """A token: ``text`` is its value (strings without quotes); offsets are code points."""

    kind: Kind
    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that stands alone on its lines; ``text`` is all between the marks."""

    first_line: int
    last_line: int
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Tokens:
    """The tokens of one file, ending with ``Kind.END``; ``comments`` by their last line."""

    source: SourceFile
    items: tuple[Token, ...]
    comments: Mapping[int, Comment]


_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n\v\f\u00a0]+)
  | (?P<line>--(?:[^-\n]|-(?!-))*(?:---(?!-)|--)?)
  | (?P<block>/\*)
  | (?P<name>[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)
  | (?P<field>&[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*)
  | (?P<real>[0-9]+(?:\.[0-9]+(?:[eE]-?[0-9]+)?|[eE]-?[0-9]+|\.(?:(?=\.\.)|(?![0-9.]))))
  | (?P<number>[0-9]+)
  | (?P<string>"(?:[^"]|"")*")
  | (?P<binary>'[^'"]*'[BH])
  | (?P<sign>::=|\.\.\.|\.\.|[{}()\[\],;:|^!<>@*.\-=&/])
    """,
    re.VERBOSE,
)
# (In "line": by the letter of X.680 12.6.3 an odd ruler such as ``-----`` leaves a hyphen that
# fits nowhere; authors draw such rulers, so the hyphen is taken into the comment.)
_BLOCK_MARK = re.compile(r"/\*|\*/")
_STRING_FOLD = re.compile(r"[ \t\r]*\n[ \t\r]*")


class _Lexer:
    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.tokens: list[Token] = []
        self.comments: dict[int, Comment] = {}
        self.findings: list[Diagnostic] = []

    def run(self) -> None:
        text, position = self.source.text, 0
        match = _TOKEN.match
        while position < len(text):
            found = match(text, position)
            if found is None:
                position = self._illegal(position)
                continue
            group, start, end = found.lastgroup, position, found.end()
            position = end
            if group == "space":
                continue
            if group == "line":
                self._comment(start, end, found.group()[2:].rstrip("-"))
            elif group == "block":
                position = self._block_comment(start)
            else:
                self._token(str(group), found.group(), start, end)
        self.tokens.append(Token(Kind.END, "", len(text), len(text)))

    def _token(self, group: str, text: str, start: int, end: int) -> None:
        if group == "name":
            kind = Kind.UPPER if text[0].isupper() else Kind.LOWER
        elif group == "field":
            kind = Kind.FIELD_UPPER if text[1].isupper() else Kind.FIELD_LOWER
        elif group == "string":
            kind, text = Kind.STRING, _STRING_FOLD.sub("", text[1:-1].replace('""', '"'))
        elif group == "binary":
            kind = Kind.BITS if text[-1] == "B" else Kind.HEX
            text = self._digits(text, start, end)
        else:
            kind = {"number": Kind.NUMBER, "real": Kind.REAL}.get(group, Kind.SIGN)
        self.tokens.append(Token(kind, text, start, end))

    def _digits(self, text: str, start: int, end: int) -> str:
        digits = "".join(text[1:-2].split())
        permitted = "01" if text[-1] == "B" else "0123456789ABCDEF"
        wrong = sorted(set(digits) - set(permitted))
        if wrong:
            form = "binary" if text[-1] == "B" else "hexadecimal"
            self._report(f'"{wrong[0]}" is not a digit of a {form} string', start, end)
            return ""
        return digits

    def _comment(self, start: int, end: int, text: str) -> None:
        first, last = self.source.span(start).line, self.source.span(end - 1).line
        line_start = self.source.text.rfind("\n", 0, start) + 1
        if self.source.text[line_start:start].strip():
            return  # it follows a token on the same line: it says nothing about what is below
        self.comments[last] = Comment(first, last, text, self.source.span(start, end))

    def _block_comment(self, start: int) -> int:
        depth, position = 0, start
        while found := _BLOCK_MARK.search(self.source.text, position):
            depth += 1 if found.group() == "/*" else -1
            position = found.end()
            if depth == 0:
                self._comment(start, position, self.source.text[start + 2 : position - 2])
                return position
        self._report('comment opened with "/*" is not closed', start, start + 2)
        return len(self.source.text)

    def _illegal(self, position: int) -> int:
        character = self.source.text[position]
        if character == '"':
            self._report("character string is not closed", position, position + 1)
            return len(self.source.text)
        if character == "'":
            self._report("binary or hexadecimal string has no end 'B or 'H", position, position + 1)
            return len(self.source.text)
        if character != "\ufeff" or position > 0:  # a byte order mark is no part of the text
            shown = character if character.isprintable() else f"U+{ord(character):04X}"
            self._report(f'"{shown}" cannot stand in a module', position, position + 1)
        return position + 1

    def _report(self, message: str, start: int, end: int) -> None:
        self.findings.append(asn1_error("ASN002", message, self.source.span(start, end)))


def tokenize(source: SourceFile) -> tuple[Tokens, list[Diagnostic]]:
    """Split a file into tokens; malformed ones are left out and reported.

    Source: X.680 clause 12. Lower-case ``a``-``f`` in a hexadecimal string is refused (12.12).
    """
    lexer = _Lexer(source)
    lexer.run()
    return Tokens(source, tuple(lexer.tokens), lexer.comments), lexer.findings
