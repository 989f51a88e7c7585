"""Templates print; they do not think."""

from __future__ import annotations

from interlock.codegen.artefacts import ARTEFACTS, TARGETS
from interlock.codegen.environment import make_environment
from interlock.codegen.lint import lint
from interlock.codegen.provenance import templates_of
from support.repository import ROOT

TEMPLATES = ROOT / "generator" / "interlock" / "codegen" / "templates"


def test_templates_break_no_rule() -> None:
    for name, target in TARGETS.items():
        found = lint(make_environment(target.filters), TEMPLATES / name)
        assert [str(finding) for finding in found] == []


def test_every_template_is_used() -> None:
    used = {
        template
        for artefact in ARTEFACTS
        for template in templates_of(
            make_environment(TARGETS[artefact.target].filters), artefact.template
        )
    }
    present = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.j2")}
    assert present == used
