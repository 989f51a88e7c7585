from __future__ import annotations

from dataclasses import dataclass

from interlock.codegen.artefacts import ARTEFACTS, TARGETS, context_of
from interlock.codegen.environment import TEMPLATES
from interlock.codegen.formatters import FORMATTERS


def test_every_row_names_a_target_and_a_template_that_exist() -> None:
    for artefact in ARTEFACTS:
        assert artefact.target in TARGETS
        assert (TEMPLATES / artefact.template).is_file()
        assert artefact.template.startswith(f"{artefact.target}/")


def test_every_target_has_a_formatter() -> None:
    assert {target.formatter for target in TARGETS.values()} <= FORMATTERS.keys()


def test_a_template_sees_the_fields_of_its_context() -> None:
    @dataclass(frozen=True)
    class Inner:
        x: int

    @dataclass(frozen=True)
    class Outer:
        header: str
        inner: Inner

    assert context_of(Outer("h", Inner(1))) == {"header": "h", "inner": Inner(1)}
