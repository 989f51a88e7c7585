"""The Jinja2 environment of reports: everything is escaped, undefined names fail."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

TEMPLATES = Path(__file__).parent / "templates"


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        undefined=StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
        auto_reload=False,
    )


def render(template: str, context: Mapping[str, object]) -> str:
    """A template with its context.

    Markup that is already safe (an SVG made here) passes the filter ``safe`` in the template;
    every other text is escaped.
    """
    return _environment().get_template(template).render(context)
