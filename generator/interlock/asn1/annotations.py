"""Annotations: what the comments above a definition say of its origin."""

from __future__ import annotations

import re

from interlock.asn1.lexer import Comment, Tokens
from interlock.asn1.rules import asn1_error
from interlock.asn1.types import Annotation
from interlock.core.diagnostics import Diagnostic, similar_name_help

_FORMS = {
    "clause": re.compile(r"\S.*"),
    "confidence": re.compile(r"[CMDA]"),
    "assumption": re.compile(r"Q[0-9]+"),
    "note": re.compile(r"\S.*"),
}
_MARKED = re.compile(r"@([A-Za-z-]+)\s*(.*)", re.DOTALL)


class AnnotationReader:
    """Reads the comment block that ends on the line above a definition."""

    def __init__(self, tokens: Tokens) -> None:
        self.tokens = tokens
        self.findings: list[Diagnostic] = []

    def above(self, line: int) -> Annotation:
        """The annotation of the definition that starts on ``line`` (1-based)."""
        block: list[Comment] = []
        while (comment := self.tokens.comments.get(line - 1)) is not None:
            block.append(comment)
            line = comment.first_line
        if not block:
            return Annotation()
        marked: dict[str, list[str]] = {key: [] for key in _FORMS}
        text: list[str] = []
        for comment in reversed(block):
            found = _MARKED.fullmatch(comment.text)
            if found and self._is_ours(found[1]):
                self._read(comment, found[1], found[2].strip(), marked)
            elif any(map(str.isalnum, comment.text)):  # a ruler of hyphens says nothing
                text.append(comment.text.strip())
        return Annotation(
            clause=", ".join(marked["clause"]) or None,
            confidence=marked["confidence"][-1] if marked["confidence"] else None,
            assumptions=tuple(marked["assumption"]),
            notes=tuple(marked["note"]),
            text="\n".join(text),
        )

    def _is_ours(self, key: str) -> bool:
        # Other people's modules have marks for their own tools (``--@brief``): text to us. What
        # is nearly one of our words is taken for a slip of the pen.
        return key in _FORMS or similar_name_help(key, _FORMS) is not None

    def _read(self, comment: Comment, key: str, value: str, marked: dict[str, list[str]]) -> None:
        form = _FORMS.get(key)
        if form is None:
            help_ = similar_name_help(key, _FORMS)
            finding = asn1_error("ASN005", f'unknown annotation "@{key}"', comment.span, help=help_)
            self.findings.append(finding)
        elif not form.fullmatch(value):
            message = f'"{value}" does not fit "@{key}"' if value else f'"@{key}" says nothing'
            self.findings.append(asn1_error("ASN005", message, comment.span))
        elif key == "confidence" and marked[key]:
            message = 'second "@confidence" for one definition'
            self.findings.append(asn1_error("ASN005", message, comment.span))
        else:
            marked[key].append(value)
