"""Clause labels and assumption ids in code exist in the registers.

Docstrings and comments say ``Source: 62351-4, 13.4.1`` or, in generated code,
``Source: 13.4.1 (C; Q6).``; ``INTERPRETATION`` names an assumption or an ADR.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from interlock.spec import load_specification
from support.repository import GENERATED, ROOT, files, shown

_SOURCE = re.compile(r"Source: (?:62351-4, )?(?P<label>\d+(?:\.\d+)*|G(?:\.\d+)*)(?=[ .,;:)\n]|$)")
_ASSUMPTION = re.compile(r"\bQ(?P<number>[1-9]\d?)\b")
_INTERPRETATION = re.compile(r"INTERPRETATION\b(?P<names>[^:]*):")
_ADR = re.compile(r"ADR-(?P<number>\d{4})")

CODE = (ROOT / "generator", ROOT / "verification", GENERATED, ROOT / "tests" / "support")


def places(pattern: re.Pattern[str], *folders: Path) -> Iterator[tuple[str, re.Match[str]]]:
    """Where a pattern occurs in Python files and templates, with the match."""
    for path in files(*folders):
        if path.suffix in (".py", ".j2"):
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for match in pattern.finditer(line):
                    yield f"{shown(path)}:{number}", match


@pytest.fixture(scope="module")
def clauses() -> set[str]:
    return set(load_specification(ROOT / "spec").tables.clauses)


@pytest.fixture(scope="module")
def assumptions() -> set[str]:
    tables = load_specification(ROOT / "spec").tables
    return {name.partition(".")[0] for name in tables.assumptions}


def test_clauses_named_as_sources_are_registered(clauses: set[str]) -> None:
    found = [(place, match["label"]) for place, match in places(_SOURCE, *CODE)]
    assert len(found) > 50
    assert [f"{place}: {label}" for place, label in found if label not in clauses] == []


def test_assumptions_named_in_code_exist(assumptions: set[str]) -> None:
    found = [(place, f"Q{match['number']}") for place, match in places(_ASSUMPTION, *CODE)]
    assert len(found) > 20
    assert [f"{place}: {name}" for place, name in found if name not in assumptions] == []


def test_interpretations_say_which(assumptions: set[str]) -> None:
    """A reading of the standard that is ours can be looked up and argued with."""
    found = list(places(_INTERPRETATION, *CODE))
    assert found
    for place, match in found:
        assert _ASSUMPTION.search(match["names"]) or _ADR.search(match["names"]), place


def test_named_decisions_exist() -> None:
    present = {path.name[:4] for path in (ROOT / "docs" / "adr").glob("[0-9]*.md")}
    every = [*CODE, ROOT / "spec", ROOT / "models", ROOT / "docs"]
    missing = [
        f"{shown(path)}: ADR-{match['number']}"
        for path in files(*every)
        if path.suffix in (".py", ".j2", ".yaml", ".asn", ".md")
        for match in _ADR.finditer(path.read_text(encoding="utf-8"))
        if match["number"] not in present
    ]
    assert missing == []


def test_the_pattern_reads_labels() -> None:
    def labels(text: str) -> list[str]:
        return [match["label"] for match in _SOURCE.finditer(text)]

    assert labels("Source: 62351-4, 13.3.1.2; RFC 5869") == ["13.3.1.2"]
    assert labels("Source: 15.2 (C; Q13).") == ["15.2"]
    assert labels("Source: 62351-4, G.6.2.") == ["G.6.2"]
    assert labels("Source: 62351-9, events") == []
    assert labels("Source: X.690 8.7.3") == []
