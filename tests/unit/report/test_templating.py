from __future__ import annotations

import pytest
from jinja2 import TemplateNotFound, UndefinedError

from interlock.report.templating import TEMPLATES, render


def test_an_undefined_name_fails() -> None:
    with pytest.raises(UndefinedError):
        render("report.html.j2", {})


def test_an_unknown_template_fails() -> None:
    with pytest.raises(TemplateNotFound):
        render("no-such.html.j2", {})


def test_only_drawings_and_styles_are_exempt_from_escaping() -> None:
    exempt = {
        line.split("| safe")[0].split("{{")[-1].strip()
        for path in TEMPLATES.glob("*.j2")
        for line in path.read_text(encoding="utf-8").splitlines()
        if "| safe" in line
    }
    assert exempt == {
        "view.diagram", "diagram", "colours", "drawing_style", "fonts", "mono_fonts",
    }  # fmt: skip
