"""Documents say what is: links lead somewhere, examples are real, lists are complete."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from interlock.core.data import read_data
from interlock.core.source import SourceFile
from interlock.model.bodies import ENVELOPE_FIELDS, INDICATIONS
from interlock.model.builtins import BUILTINS
from interlock.model.expression import Root
from interlock.model.types import PLAIN
from support.repository import ROOT, files, shown

LANGUAGE = ROOT / "docs" / "model-language.md"
DECISIONS = ROOT / "docs" / "adr"

_LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?P<target>[^)#\s]+)")
_BLOCK = re.compile(r"^```(?P<kind>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_DECISION = re.compile(r"^\| \[(\d{4})\]\((?P<file>[^)]+)\)", re.MULTILINE)
_PARTS = ("## Context", "## Decision", "## Consequences")
_STATUS = re.compile(r"^Status: (proposed|accepted|superseded by \d{4})\b", re.MULTILINE)


def documents() -> list[Path]:
    """Every document written by hand."""
    return [
        *ROOT.glob("*.md"),
        *files(ROOT / "docs", ROOT / "spec", ROOT / "tests", suffix=".md"),
    ]


def language() -> str:
    return LANGUAGE.read_text(encoding="utf-8")


def blocks(kind: str) -> list[str]:
    """The blocks of one kind in the description of the language."""
    return [m["text"] for m in _BLOCK.finditer(language()) if m["kind"] == kind]


@pytest.mark.parametrize("path", documents(), ids=shown)
def test_links_lead_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    targets = [match["target"] for match in _LINK.finditer(text)]
    local = [target for target in targets if "://" not in target]
    assert [target for target in local if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("number", range(len(blocks("yaml"))))
def test_examples_are_data_files_in_small(number: int) -> None:
    read_data(SourceFile("example", blocks("yaml")[number]))


def test_examples_are_taken_from_the_models() -> None:
    """Each line of an example stands in a model file, indentation and comments aside."""
    lines = {
        line.split("  #")[0].strip()
        for path in files(ROOT / "models", suffix=".yaml")
        for line in path.read_text(encoding="utf-8").splitlines()
    }
    squeezed = {re.sub(r": +\{", ": {", line) for line in lines}
    strange = [
        line
        for block in blocks("yaml")
        for line in block.splitlines()
        if re.sub(r": +\{", ": {", line.split("  #")[0].strip()) not in squeezed
    ]
    assert strange == []


def test_the_grammar_is_described() -> None:
    grammar = (ROOT / "generator/interlock/model/expression.lark").read_text(encoding="utf-8")
    (described,) = blocks("ebnf")
    literals = {
        word
        for line in grammar.splitlines()
        if not line.startswith(("//", "%", "NAME", "PLUS", "MINUS", "NUMBER"))
        for word in re.findall(r'"([^"]+)"', line)
    }
    assert literals
    assert {word for word in literals if f'"{word}"' not in described} == set()


@pytest.mark.parametrize(
    ("what", "names"),
    [
        ("functions", list(BUILTINS)),
        ("roots", [root.value for root in Root if root is not Root.PARAMETER]),
        ("types", list(PLAIN)),
        ("indications", list(INDICATIONS)),
        ("fields of an EnvPDU", list(ENVELOPE_FIELDS)),
    ],
)
def test_lists_are_complete(what: str, names: list[str]) -> None:
    code = " ".join(re.findall(r"`([^`\n]+)`", _BLOCK.sub("", language())))
    missing = [n for n in names if not re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", code)]
    assert missing == [], what


def test_decisions_are_listed_and_have_their_parts() -> None:
    listed = [m["file"] for m in _DECISION.finditer((DECISIONS / "README.md").read_text("utf-8"))]
    present = sorted(path.name for path in DECISIONS.glob("[0-9]*.md"))
    assert listed == present
    assert [name[:4] for name in present] == [f"{n:04}" for n in range(1, len(present) + 1)]
    for name in present:
        text = (DECISIONS / name).read_text(encoding="utf-8")
        assert text.startswith(f"# {name[:4]}: "), name
        assert _STATUS.search(text), name
        assert [part for part in _PARTS if part not in text] == [], name


def test_commands_of_the_guide_exist() -> None:
    """``make`` targets named in documents are in the Makefile."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        target
        for path in documents()
        for target in re.findall(r"`make ([a-z]+)`", path.read_text(encoding="utf-8"))
    }
    assert named
    assert named <= targets
