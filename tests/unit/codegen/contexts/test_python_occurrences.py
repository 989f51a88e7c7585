from __future__ import annotations

import pytest

from interlock.codegen.contexts.python_occurrences import (
    OccurrenceBuilder,
    TableNames,
    guards,
    header_view,
)
from interlock.ir import codec
from unit.ir.asn1_text import lowered, structure


def identifier(octets: tuple[int, ...], *, string: bool = False) -> codec.Identifier:
    return codec.Identifier(octets, "x", is_constructed=False, may_be_constructed=string)


@pytest.mark.parametrize(
    ("octets", "string", "guard", "primitive"),
    [
        ((0x02,), False, "b[i] == 0x02", "b[i] == 0x02"),
        ((0x80,), True, "b[i] | 0x20 == 0xA0", "b[i] == 0x80"),
        ((0x9F, 0x48), False, r'b.startswith(b"\x9f\x48", i)', r'b.startswith(b"\x9f\x48", i)'),
    ],
)
def test_conditions_on_an_identifier(
    octets: tuple[int, ...], string: bool, guard: str, primitive: str
) -> None:
    view = header_view(identifier(octets, string=string), TableNames())
    assert (view.guard, view.primitive_guard) == (guard, primitive)


def test_conditions_on_several_identifiers() -> None:
    both = (identifier((0x04,), string=True), identifier((0x02,)))
    assert guards(both) == "b[i] in {0x02, 0x04, 0x24}"
    assert guards(both[1:]) == "b[i] == 0x02"
    assert guards((*both, identifier((0x9F, 0x20)))).startswith("b.startswith((")


def test_tables_are_collected_once_per_identifier() -> None:
    names = TableNames()
    header_view(identifier((0x02,)), names)
    header_view(identifier((0x02,)), names)
    assert names.headers == {"H_02": b"\x02"}


def test_one_name_for_one_pattern_and_another_for_another() -> None:
    names = TableNames()
    assert names.matcher(("TimeStamp",), "p") == "IS_TIME_STAMP"
    assert names.matcher(("TimeStamp",), "p") == "IS_TIME_STAMP"
    assert names.matcher(("TimeStamp",), "q") == "IS_TIME_STAMP_2"


@pytest.mark.parametrize(
    ("type_", "annotation"),
    [
        ("SEQUENCE OF INTEGER", "list[int]"),
        ("ENUMERATED { a, ... }", "AX | int"),
        ("ENUMERATED { a }", "AX"),
        ("BIT STRING", "BitString"),
        ("BIT STRING { a(0) }", "int"),
        ("CHOICE { a NULL }", "AX"),
        ("UTF8String", "str"),
        ("GeneralizedTime", "bytes"),
        ("NULL", "None"),
    ],
)
def test_annotations(type_: str, annotation: str) -> None:
    model = lowered(f"A ::= SEQUENCE {{ x {type_} }}")
    (module,) = (m for m in model.modules if m.name == "M")
    use = structure(model, "A").fields[0].occurrence
    assert OccurrenceBuilder(model, module).annotation(use) == annotation
