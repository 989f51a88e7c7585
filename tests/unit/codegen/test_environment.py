from __future__ import annotations

from pathlib import Path

import pytest

from interlock.codegen.environment import make_environment, render
from interlock.core.errors import GenerationError


def rendered(tmp_path: Path, text: str, **context: object) -> str:
    (tmp_path / "t.j2").write_text(text)
    return render(make_environment({"up": str.upper}, tmp_path), "t.j2", context)


def test_tags_leave_no_trace(tmp_path: Path) -> None:
    text = "a\n  {% for x in xs %}\n  {{ x | up }}\n  {% endfor %}\nb\n"
    assert rendered(tmp_path, text, xs=("p", "q")) == "a\n  P\n  Q\nb\n"


@pytest.mark.parametrize("text", ["{{ nmae }}", "{% if nmae %}{% endif %}", "{{ o.nmae }}"])
def test_undefined_names_fail(tmp_path: Path, text: str) -> None:
    with pytest.raises(GenerationError, match="nmae") as caught:
        rendered(tmp_path, "\n\n" + text, o="x")
    assert caught.value.line == 3
    assert caught.value.template.endswith("t.j2")


@pytest.mark.parametrize("value", [None, b"x", 1.5, {1}, frozenset()])
def test_values_without_an_obvious_text_fail(tmp_path: Path, value: object) -> None:
    with pytest.raises(GenerationError, match=f"of type {type(value).__name__}"):
        rendered(tmp_path, "{{ x }}", x=value)


def test_only_the_short_list_of_filters_exists(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="No filter named 'upper'"):
        rendered(tmp_path, "{{ x | upper }}", x="a")


def test_globals_of_the_engine_are_gone(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="'range' is undefined"):
        rendered(tmp_path, "{{ range(3) }}")


def test_syntax_error_names_the_line(tmp_path: Path) -> None:
    with pytest.raises(GenerationError) as caught:
        rendered(tmp_path, "ok\n{% if %}\n")
    assert (caught.value.template, caught.value.line) == ("t.j2", 2)


def test_fault_of_a_filter_names_template_and_line(tmp_path: Path) -> None:
    with pytest.raises(GenerationError) as caught:
        rendered(tmp_path, "\n{{ x | up }}", x=3)
    assert caught.value.line == 2
