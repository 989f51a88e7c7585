"""The whole: overrides, several files, bounds, speed, hostile text."""

from __future__ import annotations

import random
import time

import pytest

from interlock.asn1 import flatten, load_modules
from interlock.asn1.lexer import Kind, tokenize
from interlock.asn1.types import OidValue, TaggingDefault
from interlock.core.diagnostics import Diagnostic
from interlock.core.errors import SpecificationError
from interlock.core.source import SourceFile
from unit.asn1.loading import FEATURES, components, findings, tags

ARCS = """M { iso standard 62351 arc(9) } DEFINITIONS IMPLICIT TAGS ::= BEGIN
arc INTEGER ::= 1
root OBJECT IDENTIFIER ::= { iso standard 62351 arc }
T ::= SEQUENCE { a [0] INTEGER, b [1] CHOICE { x NULL } } END"""


def test_tagging_override_changes_tags() -> None:
    source = SourceFile("m", ARCS)
    found = {
        tagging: [
            tags(c.type)
            for c in components(
                load_modules([source], tagging={"M": tagging}).types["M.T"].type
            ).values()
        ]
        for tagging in TaggingDefault
    }
    assert found[TaggingDefault.IMPLICIT] == ["[0]I", "[1]E"]
    assert found[TaggingDefault.EXPLICIT] == ["[0]E", "[1]E"]
    assert found[TaggingDefault.AUTOMATIC] == ["[0]I", "[1]E"]


def test_value_override_reaches_what_uses_the_value() -> None:
    model = load_modules([SourceFile("m", ARCS)], values={("M", "arc"): 5})
    assert model.values["M.arc"].value == 5
    assert model.values["M.root"].value == OidValue((1, 0, 62351, 5))


@pytest.mark.parametrize("values", [{("M", "root"): 1}, {("M", "T"): 1}, {("N", "arc"): 1}])
def test_overrides_that_name_no_integer(values: dict[tuple[str, str], int]) -> None:
    with pytest.raises(SpecificationError) as raised:
        load_modules([SourceFile("m", ARCS)], values=values)
    assert [d.code for d in raised.value.diagnostics] == ["ASN015"]


def test_all_files_are_read_before_stopping() -> None:
    sources = [
        SourceFile("a.asn", "A DEFINITIONS ::= BEGIN X ::= END"),
        SourceFile("b.asn", "B DEFINITIONS ::= BEGIN Y END"),
    ]
    with pytest.raises(SpecificationError) as raised:
        load_modules(sources)
    assert [(d.code, d.span.path) for d in raised.value.diagnostics] == [
        ("ASN001", "a.asn"),
        ("ASN001", "b.asn"),
    ]


def test_faults_in_one_structure_are_all_reported() -> None:
    text = "M DEFINITIONS ::= BEGIN\nT ::= SEQUENCE {\na A,\nb B,\nc CHOICE { d D, e NULL } } END"
    assert [(f.code, f.span.line) for f in findings(text)] == [
        ("ASN010", 3),
        ("ASN010", 4),
        ("ASN010", 5),
    ]


def test_nothing_is_a_model_too() -> None:
    assert not load_modules([]).modules


def test_instances_without_end_are_bounded() -> None:
    started = time.process_time()
    text = "P{T} ::= SEQUENCE { l P{SET OF T} OPTIONAL, r P{SEQUENCE OF T} OPTIONAL, v T }"
    found = findings(f"M DEFINITIONS AUTOMATIC TAGS ::= BEGIN {text} X ::= P{{NULL}} END")
    assert {f.code for f in found} <= {"ASN003", "ASN032"}
    assert time.process_time() - started < 30


def test_speed_on_a_standards_annex_worth_of_text() -> None:
    """Ten modules of 150 lines; the goal is well below half a second on the build machine."""
    body = "\n".join(
        f"T{i} ::= SEQUENCE {{ a [0] INTEGER (0..{i + 1}), b [1] UTF8String (SIZE (1..9)) OPTIONAL,"
        f"\n  c [2] SEQUENCE OF T{max(i - 1, 0)} OPTIONAL, ... }}"
        for i in range(75)
    )
    sources = [
        SourceFile(f"m{n}.asn", f"M{n} DEFINITIONS IMPLICIT TAGS ::= BEGIN\n{body}\nEND\n")
        for n in range(10)
    ]
    started = time.process_time()
    model = load_modules(sources)
    assert len(model.types) == 750
    assert time.process_time() - started < 2.0  # four times the goal, for slow machines


def _mutate(text: str, chance: random.Random) -> str:
    tokens, _ = tokenize(SourceFile("m", text))
    words = [(t.kind, text[t.start : t.end]) for t in tokens.items[:-1]]
    for _ in range(chance.choice((1, 1, 2, 3))):
        index = chance.randrange(len(words))
        kind = words[index][0]
        action = chance.randrange(5)
        if action == 0 and len(words) > 1:
            del words[index]
        elif action == 1:
            words.insert(index, words[index])
        else:  # another word of the same kind: the grammar mostly survives, the meaning not
            named = [i for i, word in enumerate(words) if word[0] is not Kind.SIGN]
            index = chance.choice(named or [index])
            kind = words[index][0]
            words[index] = chance.choice([word for word in words if word[0] is kind])
    return " ".join(word for _, word in words)


def _findings_or_flat(text: str) -> str | tuple[Diagnostic, ...]:
    try:
        return flatten(load_modules([SourceFile("m.asn1", text)]))
    except SpecificationError as problem:
        return problem.diagnostics


@pytest.mark.parametrize("seed", range(4))
def test_changed_modules_give_findings_never_a_traceback(seed: int) -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(FEATURES.glob("*.asn1"))]
    chance = random.Random(seed)
    accepted = refused = 0
    for _ in range(400):
        text = _mutate(chance.choice(texts), chance)
        found = _findings_or_flat(text)
        if isinstance(found, str):
            accepted += 1
            assert flatten(load_modules([SourceFile("f", found)])) == found, text
        else:
            refused += 1
            assert {d.span.path for d in found} <= {"m.asn1"}, text
    assert accepted
    assert refused
