"""Every code of the front end has a sample, and every sample renders as committed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from interlock.asn1 import load_modules
from interlock.asn1.rules import RULES
from interlock.asn1.types import TaggingDefault
from interlock.core.diagnostics import render_text
from interlock.core.errors import SpecificationError
from interlock.core.source import SourceFile

SAMPLES = Path(__file__).parents[2] / "diagnostics"


def render(folder: Path) -> tuple[str, set[str]]:
    """What the sample's input gives, and the codes in it."""
    source = SourceFile.read(folder / "input.asn1", "input.asn1")
    tagging: dict[str, TaggingDefault] = {}
    values: dict[tuple[str, str], int] = {}
    overrides = folder / "overrides.json"
    if overrides.exists():
        data = json.loads(overrides.read_text(encoding="utf-8"))
        tagging = {name: TaggingDefault(word) for name, word in data["tagging"].items()}
        for name, number in data["values"].items():
            module, value = name.split(".")
            values[module, value] = number
    with pytest.raises(SpecificationError) as raised:
        load_modules([source], tagging=tagging, values=values)
    found = raised.value.diagnostics
    text = render_text(found, {source.path: source}) + "\n"
    return text, {diagnostic.code for diagnostic in found}


@pytest.mark.parametrize("code", sorted(RULES))
def test_sample_renders_as_committed(code: str) -> None:
    text, codes = render(SAMPLES / code)
    assert text == (SAMPLES / code / "expected.txt").read_text(encoding="utf-8")
    assert codes == {code}


def test_every_sample_has_a_code() -> None:
    folders = {folder.name for folder in SAMPLES.glob("ASN*")}
    assert folders == set(RULES)


def test_rules_are_in_order_and_explained() -> None:
    assert list(RULES) == sorted(RULES)
    for code, rule in RULES.items():
        assert rule.code == code
        assert rule.title
        assert rule.title[0].islower() or rule.title.startswith(("IMPLICIT", "COMPONENTS"))
        assert rule.explanation.endswith(".")
