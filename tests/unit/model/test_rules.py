"""The table of diagnostics of data files and models."""

from __future__ import annotations

import re
from pathlib import Path

from interlock.core import data
from interlock.model import rules
from interlock.model.rules import RULES

MODEL = Path(rules.__file__).parent
RAISED = re.compile(r'"((?:DAT|MDL)[0-9]{3})"')


def test_every_code_that_is_raised_is_explained_and_the_other_way_round() -> None:
    files = [*MODEL.glob("*.py"), Path(data.__file__)]
    files.remove(MODEL / "rules.py")
    raised = {code for path in files for code in RAISED.findall(path.read_text(encoding="utf-8"))}
    assert raised == set(RULES)


def test_rules_are_in_order_and_explained() -> None:
    assert list(RULES) == sorted(RULES)
    for code, rule in RULES.items():
        assert rule.code == code
        assert not rule.title.endswith(".")
        assert rule.explanation.endswith(".")
