from __future__ import annotations

import pytest

from interlock.codegen.contexts.python_values import default_value
from interlock.core.errors import GenerationError
from unit.ir.asn1_text import lowered, structure


@pytest.mark.parametrize(
    ("component", "expression"),
    [
        ("BOOLEAN DEFAULT TRUE", "True"),
        ("INTEGER DEFAULT -3", "-3"),
        ("ENUMERATED { a(0), b-c(1) } DEFAULT b-c", "AX.b_c"),
        ("BIT STRING { p(0), q(3) } DEFAULT { p, q }", "9"),
        ("OBJECT IDENTIFIER DEFAULT {1 2 3}", "'1.2.3'"),
        ("OCTET STRING DEFAULT 'AB'H", r"b'\xab'"),
        ("SEQUENCE OF NULL DEFAULT {}", "[]"),
    ],
)
def test_expressions(component: str, expression: str) -> None:
    model = lowered(f"A ::= SEQUENCE {{ x {component} }}")
    tables = {t.key: t for m in model.modules for t in m.name_tables}
    assert default_value(structure(model, "A").fields[0], tables) == expression


def test_bits_without_names_have_none() -> None:
    model = lowered("A ::= SEQUENCE { x BIT STRING DEFAULT '1'B }")
    with pytest.raises(GenerationError, match='DEFAULT of "x" has no Python form'):
        default_value(structure(model, "A").fields[0], {})
