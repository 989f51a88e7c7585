"""The one Jinja2 environment of the generator.

Templates print and do not think: undefined names fail, only the filters given per target and
``indent`` exist, and values without an obvious text (None, octets, floats, sets) are refused.
A failure names the template and line.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError
from jinja2.exceptions import TemplateSyntaxError, UndefinedError

from interlock.core.errors import GenerationError

TEMPLATES = Path(__file__).parent / "templates"

BUILT_IN_FILTERS = ("indent",)
"""Filters of Jinja2 that stay available."""


def _finalize(value: object) -> object:
    if value is None or isinstance(value, bytes | float | set | frozenset):
        raise GenerationError(f"a template printed a value of type {type(value).__name__}")
    return value


def make_environment(
    filters: Mapping[str, Callable[..., str]], templates: Path = TEMPLATES
) -> Environment:
    """The environment for one target language."""
    environment = Environment(
        loader=FileSystemLoader(templates, encoding="utf-8"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,  # program text, not markup
        newline_sequence="\n",
        auto_reload=False,
        finalize=_finalize,
    )
    kept = {name: environment.filters[name] for name in BUILT_IN_FILTERS}
    environment.filters.clear()
    environment.filters.update({**kept, **filters})
    environment.globals.clear()
    return environment


def render(environment: Environment, template: str, context: Mapping[str, object]) -> str:
    """Render one template.

    Raises:
        GenerationError: Anything that goes wrong, with template and line.
    """
    try:
        return environment.get_template(template).render(context)
    except TemplateSyntaxError as problem:
        raise GenerationError(
            problem.message or "syntax error",
            template=problem.name or template,
            line=problem.lineno,
        ) from problem
    except (
        GenerationError,
        TemplateError,
        UndefinedError,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        TypeError,
        ValueError,
    ) as problem:
        name, line = _place(problem, template)
        raise GenerationError(str(problem), template=name, line=line) from problem


def _place(problem: BaseException, template: str) -> tuple[str, int]:
    """The innermost frame of the traceback that stands in a template."""
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        if frame.filename.endswith(".j2"):
            path = Path(frame.filename)
            name = path.relative_to(TEMPLATES) if path.is_relative_to(TEMPLATES) else path
            return name.as_posix(), frame.lineno or 0
    return template, 0
