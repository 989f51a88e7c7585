from __future__ import annotations

import pytest

from interlock.codegen.artefacts import TARGETS
from interlock.codegen.environment import TEMPLATES, make_environment
from interlock.codegen.lint import RULES, lint, lint_text

ENVIRONMENT = make_environment({"up": str.upper})

SAMPLES = {
    "TPL001": ["{{ a + 1 }}", '{{ a ~ "x" }}', "{{ -a }}"],
    "TPL002": ['{% if a == "x" %}{% endif %}', "{{ a < b }}"],
    "TPL003": ["{% if a and b %}{% endif %}", "{{ a or b }}"],
    "TPL004": ["{{ a[0] }}", "{{ a[1:] }}"],
    "TPL005": ["{{ a.b() }}", "{{ f(x) }}"],
    "TPL006": ["{% set a = b %}"],
    "TPL007": ["{% for x in [a, b] %}{% endfor %}", "{{ f({}) }}"],
    "TPL008": ['{{ "text" }}', '{{ ("a", b) }}'],
    "TPL009": ["{% if a %}{% if b %}{% if c %}{% endif %}{% endif %}{% endif %}"],
    "TPL010": ["{% macro m(a, b, c, d) %}\n{% endmacro %}"],
    "TPL011": ["x\n" * 200],
    "TPL012": ["{% if a is defined %}{% endif %}"],
    "TPL013": ["{% include a %}"],
}


def test_every_rule_has_a_sample() -> None:
    assert sorted(SAMPLES) == sorted(RULES)


@pytest.mark.parametrize(
    ("code", "text"), [(code, text) for code, texts in SAMPLES.items() for text in texts]
)
def test_what_is_refused(code: str, text: str) -> None:
    assert code in {finding.code for finding in lint_text(ENVIRONMENT, "t.j2", text)}


@pytest.mark.parametrize(
    "text",
    [
        "{% macro m(a) %}\n{{ a.b }}\n{% endmacro %}\n{{ m(x) | up }}",
        '{% from "p.j2" import q %}{{ q(x, "b[k:i]") }}',
        "{% if a %}{% if b %}x{% elif c %}y{% endif %}{% else %}z{% endif %}",
        "{% for x in xs %}{{ x }}{% if not x.last %}, {% endif %}{% endfor %}",
        "{{ a | indent(4) }}",
    ],
)
def test_what_is_allowed(text: str) -> None:
    assert [str(f) for f in lint_text(ENVIRONMENT, "t.j2", text)] == []


def test_elif_does_not_nest() -> None:
    text = "{% if a %}{% elif b %}{% elif c %}{% if d %}{% endif %}{% endif %}"
    assert list(lint_text(ENVIRONMENT, "t.j2", text)) == []


def test_the_templates_follow_the_rules() -> None:
    environment = make_environment(TARGETS["python"].filters)
    assert [str(finding) for finding in lint(environment, TEMPLATES)] == []
