"""Faults in the text of a condition.

Texts and not trees, because a mutant is a text: what comes out is read and typed like anything that
somebody wrote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_OPEN, _CLOSE = "({", ")}"
_BOUNDS = {"<=": "<", ">=": ">", "<": "<=", ">": ">="}


@dataclass(frozen=True)
class Variation:
    """A changed condition; ``name`` tells it from the others, ``words`` say what was changed."""

    name: str
    text: str
    words: str


def parts(text: str, word: str) -> list[str]:
    """The operands of ``and`` or ``or`` outside all brackets; one if there is no such operator."""
    depth, start, found = 0, 0, []
    for token in re.finditer(rf"[(){{}}]|(?<=\s){word}(?=\s)", text):
        if token.group() in _OPEN:
            depth += 1
        elif token.group() in _CLOSE:
            depth -= 1
        elif depth == 0:
            found.append(text[start : token.start()].strip())
            start = token.end()
    return [*found, text[start:].strip()]


def without_disjunct(text: str) -> Iterator[Variation]:
    """Each operand of ``or`` left out, at the top and in brackets under ``and``."""
    if len(parts(text, "or")) > 1:
        yield from _without_each(text, "or", "no longer counts")
    else:
        yield from _inside(text, "and", without_disjunct)


def without_conjunct(text: str) -> Iterator[Variation]:
    """Each operand of ``and`` left out."""
    yield from _without_each(text, "and", "is no longer asked")


def _without_each(text: str, word: str, effect: str) -> Iterator[Variation]:
    operands = parts(text, word)
    for n, operand in enumerate(operands if len(operands) > 1 else ()):
        kept = f" {word} ".join(o for k, o in enumerate(operands) if k != n)
        yield Variation(str(n + 1), kept, f'"{operand}" {effect}')


def _inside(
    text: str, word: str, vary: Callable[[str], Iterator[Variation]]
) -> Iterator[Variation]:
    operands = parts(text, word)
    for n, operand in enumerate(operands):
        if operand.startswith("(") and operand.endswith(")") and len(operands) > 1:
            for found in vary(operand[1:-1]):
                changed = [*operands[:n], f"({found.text})", *operands[n + 1 :]]
                yield Variation(f"{n + 1}.{found.name}", f" {word} ".join(changed), found.words)


def moved_bounds(text: str) -> Iterator[Variation]:
    """Each comparison of sizes with the other decision about equality."""
    for number, token in enumerate(re.finditer(r"(?<=\s)(<=|>=|<|>)(?=\s)", text), 1):
        other = _BOUNDS[token.group()]
        changed = text[: token.start()] + other + text[token.end() :]
        yield Variation(str(number), changed, f'"{token.group()}" became "{other}"')


def accepting_more(
    text: str, members: Callable[[str], tuple[str, ...]], allowed: str = ""
) -> Iterator[Variation]:
    """Each inequality and each ``not in`` with one more value that is taken as good.

    Args:
        text: A condition under which a check fails.
        members: What an operand can be, as ``Type.member``; nothing where it is no enumeration.
        allowed: A member that is not chosen as the additional one.
    """
    pattern = r"(?P<left>[mes][\w.-]*\.[\w-]+) (?P<how>!=|not in) (?P<right>[\w.-]+)"
    for number, token in enumerate(re.finditer(pattern, text), 1):
        left, right = token["left"], token["right"]
        others = [m for m in members(left) if m not in (right, allowed)]
        if others:
            changed = f"({token.group()} and {left} != {others[0]})"
            yield Variation(
                str(number), text[: token.start()] + changed + text[token.end() :],
                f'"{left}" may also be {others[0]}',
            )  # fmt: skip
    for number, token in enumerate(re.finditer(r"(count\([^)]*\)|[\w.-]+-count) != 1", text), 1):
        changed = text[: token.start()] + f"{token[1]} > 1" + text[token.end() :]
        yield Variation(f"count{number}", changed, f'"{token[1]}" may also be 0')
