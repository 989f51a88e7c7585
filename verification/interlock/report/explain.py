"""A property, and an overview of all, for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from interlock.report import wording
from interlock.report.data import PropertyText, Results, VariantText
from interlock.report.metrics import wrap_columns
from interlock.report.text import LEGEND, WIDTH, sequence_text
from interlock.verification.results import Check, Obligation, Verdict

_INDENT = "  "


def explain(
    text: PropertyText,
    verdicts: Sequence[Verdict],
    variants: Sequence[VariantText] = (),
    width: int = WIDTH,
) -> str:
    """What a property says, what is known of it, and why.

    Args:
        text: The property.
        verdicts: On this property; others are left out.
        variants: Words for the variants, where they are wanted.
        width: No line is longer.
    """
    words = {variant.id: variant.words for variant in variants}
    lines = [*_statement(text, width)]
    for verdict in verdicts:
        if verdict.property == text.id:
            lines += ["", *_verdict(verdict, words.get(verdict.variant, ""), width)]
    return "\n".join(lines) + "\n"


def overview(results: Results, width: int = WIDTH) -> str:
    """One line per property: a sign per variant, in the order of the list above the lines."""
    lines = [f"{number}: {variant.id}" for number, variant in enumerate(results.variants, 1)]
    room = max((len(text.id) for text in results.properties), default=0)
    cells = "".join(f"{number:>4}" for number in range(1, len(results.variants) + 1))
    lines += ["", " " * room + cells]
    for text in results.properties:
        signs = ""
        for variant in results.variants:
            verdict = results.verdict(text.id, variant.id)
            sign = " " if verdict is None else wording.SIGNS[verdict.status]
            flag = "!" if verdict is not None and not verdict.is_as_expected else " "
            signs += f"  {sign}{flag}"
        head = f"{text.id:<{room}} {signs}  "
        lines.append((head + text.title)[:width].rstrip())
    total = [f"{results.count(status)} {status.value}" for status in wording.SIGNS]
    lines += ["", f"{', '.join(total)}; {len(results.unexpected)} not as expected (!)"]
    return "\n".join(lines) + "\n"


def _statement(text: PropertyText, width: int) -> Iterator[str]:
    yield from wrap_columns(f"{text.id}: {text.title} ({text.group}; {text.clause})", width)
    yield from _block("", text.words, width)
    for name, value in (
        ("given", text.given),
        ("at", text.at),
        ("formula", text.formula),
        ("twin", text.twin),
        ("expected because", text.reason),
        ("finding", text.finding),
        ("repair", text.repair),
    ):
        if value:
            yield from _block(f"{name}: ", value, width)


def _verdict(verdict: Verdict, words: str, width: int) -> Iterator[str]:
    sign = wording.SIGNS[verdict.status]
    yield from wrap_columns(f"{sign} {verdict.variant}: {wording.headline(verdict)}", width)
    if words:
        yield from _block("variant: ", words, width)
    yield from _block("method: ", wording.method(verdict), width)
    if verdict.twin is not Check.NOT_ASKED:
        yield from _block("twin: ", wording.TWINS[verdict.twin], width)
    for obligation in verdict.obligations:
        yield from _block("", _obligation(obligation), width)
    if verdict.trace is not None:
        yield ""
        yield from sequence_text(verdict.trace, width).splitlines()
        yield ""
        yield from wrap_columns(LEGEND, width)
        yield from _block("replay: ", wording.replay(verdict.replay), width)
        for name, value in verdict.replay.observed:
            yield from _block("", f"{name} = {value}", width)


def _obligation(obligation: Obligation) -> str:
    answers = f"z3 {obligation.first.value}, second solver {obligation.second.value}"
    return f"{obligation.name}: {obligation.words} ({answers}, work {obligation.work:,})"


def _block(name: str, text: str, width: int) -> list[str]:
    """An indented paragraph."""
    return [_INDENT + line for line in wrap_columns(name + text, width - len(_INDENT))]
