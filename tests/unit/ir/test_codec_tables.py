from __future__ import annotations

from interlock.ir import codec
from unit.ir.asn1_text import lowered, structure

BODY = """
ALGORITHM ::= CLASS { &Type OPTIONAL, &id OBJECT IDENTIFIER UNIQUE }
  WITH SYNTAX { [PARMS &Type] IDENTIFIED BY &id }
Identifier {ALGORITHM:Set} ::= SEQUENCE {
  algorithm   ALGORITHM.&id ({Set}),
  parameters  ALGORITHM.&Type ({Set}{@algorithm}) OPTIONAL }
plain ALGORITHM ::= { IDENTIFIED BY {1 3 1} }
null  ALGORITHM ::= { PARMS NULL IDENTIFIED BY {1 3 2} }
sized ALGORITHM ::= { PARMS OCTET STRING (SIZE (16)) IDENTIFIED BY {1 3 3} }
Open ALGORITHM ::= { plain | null | sized, ... }
Closed ALGORITHM ::= { plain | null }
A ::= SEQUENCE { a Identifier {{Open}}, b Identifier {{Closed}} }
"""


def instance(model: codec.CodecModel, name: str) -> codec.Structure:
    (found,) = (
        d for m in model.modules for d in m.definitions if name in d.names and len(d.names) == 2
    )
    assert isinstance(found, codec.Structure)
    return found


def test_instances_share_the_class_of_the_parameterised_type() -> None:
    model = lowered(BODY)
    made = [instance(model, "Open"), instance(model, "Closed")]
    assert [i.class_names for i in made] == [("Identifier",), ("Identifier",)]
    assert [i.is_first_of_class for i in made] == [True, False]


def test_contents_that_the_table_fixes() -> None:
    fixed = instance(lowered(BODY), "Open").fixed
    assert [(f.octets.hex(), f.key, f.open_octets) for f in fixed] == [
        ("06022b01", "1.3.1", None),
        ("06022b02", "1.3.2", None),
        ("06022b020500", "1.3.2", b"\x05\x00"),
        ("06022b03", "1.3.3", None),
    ]


def test_rows_of_an_open_set() -> None:
    model = lowered(BODY)
    (table,) = (t for m in model.modules for t in m.object_tables if t.names == ("Open", "Type"))
    assert table.is_extensible
    assert [(r.name, str(r.key), r.definition) for r in table.rows] == [
        ("plain", "1.3.1", None),
        ("null", "1.3.2", "M.NULL"),
        ("sized", "1.3.3", "M.sized.&Type"),
    ]


def test_only_a_closed_set_limits_the_identifier() -> None:
    model = lowered(BODY)
    assert instance(model, "Open").fields[0].occurrence.table is None
    assert instance(model, "Closed").fields[0].occurrence.table is not None


def test_other_structures_have_no_fixed_contents() -> None:
    assert structure(lowered(BODY), "A").fixed == ()
