from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

import pytest

from interlock.codegen.artefacts import TARGETS, context_of
from interlock.codegen.contexts.python_codec import module_context
from interlock.codegen.environment import make_environment, render
from interlock.core.errors import GenerationError
from unit.ir.asn1_text import lowered


def codec(body: str) -> Any:
    """The generated codec of a module with ``body``, imported."""
    model = lowered(body)
    (module,) = (m for m in model.modules if m.name == "M")
    context = context_of(module_context(model, module, "# header"))
    text = render(make_environment(TARGETS["python"].filters), "python/codec/codec.py.j2", context)
    loaded = ModuleType("generated_m")
    sys.modules["generated_m"] = loaded  # where the dataclasses look for their names
    try:
        exec(compile(text, "m.py", "exec"), loaded.__dict__)
    finally:
        del sys.modules["generated_m"]
    return loaded


def test_high_tag_numbers() -> None:
    m = codec(
        "A ::= SEQUENCE { x [72] INTEGER, y [128] OCTET STRING OPTIONAL, z [31] EXPLICIT NULL }"
    )
    value = m.A(x=5, y=b"ab", z=None)
    octets = m.encode_A(value)
    assert octets.hex() == "300f" + "9f480105" + "9f8100026162" + "bf1f020500"
    assert m.decode_A(octets, der=True) == value
    pieces = bytes.fromhex("3013" + "9f480105" + "bf8100" + "06" + "040161040162" + "bf1f020500")
    assert m.decode_A(pieces) == value


def test_defaults_of_every_kind() -> None:
    m = codec(
        """A ::= SEQUENCE {
             a [0] BOOLEAN DEFAULT TRUE, b [1] INTEGER DEFAULT -3,
             c [2] ENUMERATED { x(0), y(1) } DEFAULT y,
             d [3] BIT STRING { p(0), q(2) } DEFAULT { q },
             e [4] UTF8String DEFAULT "é", f [5] OCTET STRING DEFAULT 'AB'H,
             g [6] OBJECT IDENTIFIER DEFAULT {1 2 3}, h [7] SEQUENCE OF NULL DEFAULT {} }"""
    )
    value = m.A()
    assert (value.a, value.b, value.c, value.d) == (True, -3, 1, 0b100)
    assert (value.e, value.f, value.g, value.h) == ("é", b"\xab", "1.2.3", [])
    assert m.encode_A(value) == b"\x30\x00"
    assert m.decode_A(b"\x30\x00", der=True) == value
    assert m.A().h is not m.A().h
    other = m.A(a=False, b=4, c=m.AC.x, d=1, e="", f=b"", g="2.1", h=[None])
    assert m.decode_A(m.encode_A(other), der=True) == other


def test_default_that_python_has_no_form_for() -> None:
    with pytest.raises(GenerationError, match='DEFAULT of "x" has no Python form'):
        codec("A ::= SEQUENCE { x BIT STRING DEFAULT '0101'B }")


def test_choice_inside_choice() -> None:
    m = codec("A ::= CHOICE { x B, y [9] NULL }\nB ::= CHOICE { p [0] NULL, q [1] INTEGER }")
    assert m.decode_A(b"\x81\x01\x07") == ("x", ("q", 7))
    assert m.encode_A(("x", ("q", 7))) == b"\x81\x01\x07"
    with pytest.raises(m.DecodeError, match="identifier octet 82 where x or y is due"):
        m.decode_A(b"\x82\x00")


def test_additions_before_a_tail() -> None:
    m = codec("A ::= SEQUENCE { x INTEGER, ..., ..., z [5] NULL }")
    octets = bytes.fromhex("3009" + "020107" + "890201ff" + "8500")
    assert m.decode_A(octets) == m.A(x=7, z=None)
    with pytest.raises(m.DecodeError, match=r"A\.z: \[5\] is missing"):
        m.decode_A(bytes.fromhex("3007" + "020107" + "890201ff"))


def test_closed_object_set_limits_the_key() -> None:
    m = codec(
        """C ::= CLASS { &id INTEGER UNIQUE, &Type OPTIONAL } WITH SYNTAX { &id [IS &Type] }
           S C ::= { { 1 IS BOOLEAN } | { 2 } }
           A ::= SEQUENCE { id C.&id ({S}), v C.&Type ({S}{@id}) OPTIONAL }"""
    )
    assert m.decode_A(bytes.fromhex("30060201010101ff")).v == b"\x01\x01\xff"
    for octets, reason in [
        ("3003020103", "not an object of the set"),
        ("30060201020101ff", "must be absent for 2"),
        ("3005020101" + "0500", "identifier octet 05 where BOOLEAN is due"),
    ]:
        with pytest.raises(m.DecodeError, match=reason):
            m.decode_A(bytes.fromhex(octets))
    with pytest.raises(m.EncodeError, match="not an object of the set"):
        m.encode_A(m.A(id=3))


def test_containing_is_decoded() -> None:
    m = codec("A ::= OCTET STRING (CONTAINING B)\nB ::= SEQUENCE { x INTEGER }")
    assert m.decode_A(bytes.fromhex("0405300302010 7".replace(" ", ""))) == bytes.fromhex(
        "3003020107"
    )
    with pytest.raises(m.DecodeError, match="identifier octet 02 where SEQUENCE is due") as caught:
        m.decode_A(bytes.fromhex("0403020107"))
    assert caught.value.offset == 2
    with pytest.raises(m.EncodeError):
        m.encode_A(b"\x02\x01\x07")


@pytest.mark.parametrize(
    ("type_", "good", "bad"),
    [
        ("BIT STRING (SIZE (4..8))", "030204f0", "030205e0"),
        ("BIT STRING { a(0), b(9) } (SIZE (0..8))", "03020780", "0303064040"),
        ("UTF8String (SIZE (2))", "0c04c3a9c3a9", "0c02c3a9"),
        ("PrintableString", "130141", "13012a"),
        ('IA5String (FROM ("a".."c"))', "1602" + "6163", "160164"),
        ("BMPString", "1e020041", "1e0141"),
        ("UTCTime", "170d3236303932393134313430345a", "170c323630393239313431343034"),
        ("GeneralizedTime", "180f32303236303932393134313430345a", "180832303236303932" + "39"),
        ("RELATIVE-OID", "0d02" + "8101", "0d0181"),
        ("ENUMERATED { a(1), b(2) }", "0a0102", "0a0103"),
        ("OCTET STRING (SIZE (1 | 3))", "0403010203", "04020102"),
    ],
)
def test_leaves_and_their_constraints(type_: str, good: str, bad: str) -> None:
    m = codec(f"A ::= {type_}")
    octets = bytes.fromhex(good)
    assert m.encode_A(m.decode_A(octets, der=True)) == octets
    with pytest.raises(m.DecodeError):
        m.decode_A(bytes.fromhex(bad), der=True)


def test_text_that_is_no_text() -> None:
    m = codec("A ::= SEQUENCE { t UTF8String, s IA5String OPTIONAL }")
    for octets in ("30030c01ff", "30060c0141160180"):
        with pytest.raises(m.DecodeError, match=r"contents are not (utf-8|ascii) text") as caught:
            m.decode_A(bytes.fromhex(octets))
        assert len(caught.value.path) == 2
    with pytest.raises(m.EncodeError):
        m.encode_A(m.A(t="a", s="é"))
