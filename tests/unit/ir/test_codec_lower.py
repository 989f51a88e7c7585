from __future__ import annotations

import pytest

from interlock.core.errors import SpecificationError
from interlock.ir import codec
from interlock.ir.codec_lower import RULES, Keep, lower_codec
from unit.ir.asn1_text import lowered, model_of, structure


def findings(body: str, *keep: Keep) -> list[tuple[str, int, int]]:
    """Code, line and column of what the lowering finds in a module."""
    with pytest.raises(SpecificationError) as caught:
        lower_codec(model_of(body), keep)
    return [(d.code, d.span.line, d.span.column) for d in caught.value.diagnostics]


def test_inline_types_become_definitions() -> None:
    model = lowered("A ::= SEQUENCE { b SEQUENCE { c SEQUENCE OF CHOICE { d NULL } } }")
    keys = [d.key for m in model.modules for d in m.definitions]
    assert sorted(keys) == ["M.A", "M.A.b", "M.A.b.c", "M.A.b.c.item"]
    inner = structure(model, "A.b")
    assert inner.names == ("A", "b")
    assert inner.is_inline


def test_simple_types_are_written_out_at_their_use() -> None:
    model = lowered("A ::= SEQUENCE { t T (1..3) }\nT ::= [5] INTEGER (0..9)")
    use = structure(model, "A").fields[0].occurrence
    assert isinstance(use.contents, codec.Integer)
    assert [(v.low, v.high) for v in use.contents.values] == [(1, 3)]
    assert use.identifier is not None
    assert use.identifier.octets == (0x85,)
    assert use.names == ("T",)


def test_extensible_constraints_are_not_checked() -> None:
    use = structure(lowered("A ::= SEQUENCE { t INTEGER (0..9, ...) }"), "A").fields[0].occurrence
    assert isinstance(use.contents, codec.Integer)
    assert use.contents.values == ()


def test_additions_are_optional_and_the_tail_is_known() -> None:
    a = structure(
        lowered("A ::= SEQUENCE { x [0] NULL OPTIONAL, ..., y [1] NULL, ..., z [2] NULL }"), "A"
    )
    assert [(f.name, f.is_optional) for f in a.fields] == [("x", True), ("y", True), ("z", False)]
    assert a.tail_start == 2
    assert [i.octets for i in a.not_additions] == [(0x80,), (0x81,)]


def test_set_components_are_in_the_order_of_their_tags() -> None:
    a = structure(lowered("A ::= SET { x [2] NULL, y [APPLICATION 9] NULL, z [0] NULL }"), "A")
    assert [f.name for f in a.fields] == ["y", "z", "x"]


def test_kept_components_through_references_and_inline_types() -> None:
    model = lowered(
        "A ::= SEQUENCE { tbp SEQUENCE { token T, x NULL } }\nT ::= SEQUENCE { y NULL }",
        Keep("M.A", ("tbp",)),
        Keep("M.A", ("tbp", "token"), includes_end_of_contents=False),
    )
    (tbp,) = structure(model, "A").fields
    assert (tbp.keeps_octets, tbp.includes_end_of_contents) == (True, True)
    token, x = structure(model, "A.tbp").fields
    assert (token.keeps_octets, token.includes_end_of_contents) == (True, False)
    assert not x.keeps_octets
    assert structure(model, "A.tbp").covered
    assert structure(model, "T").covered


def test_a_list_with_its_own_size_does_not_use_the_definition() -> None:
    model = lowered("A ::= SEQUENCE { few L (SIZE (1..2)), any L }\nL ::= SEQUENCE OF NULL")
    few, any_ = (f.occurrence.contents for f in structure(model, "A").fields)
    assert few == codec.Call(definition="M.A.few", is_choice=False)
    assert any_ == codec.Call(definition="M.L", is_choice=False)


def test_recursion_is_refused_where_it_is() -> None:
    assert findings("A ::= SEQUENCE { x NULL, a A OPTIONAL }") == [("COD001", 2, 7)]
    assert findings("A ::= SEQUENCE { b B OPTIONAL }\nB ::= SEQUENCE OF A")[0][0] == "COD001"


def test_types_without_a_codec() -> None:
    assert findings("A ::= SEQUENCE { x REAL }") == [("COD002", 2, 20)]


def test_structured_default_is_refused() -> None:
    body = "A ::= SEQUENCE { x SEQUENCE { y INTEGER } DEFAULT { y 3 } }"
    assert [f[0] for f in findings(body)] == ["COD003"]


def test_untagged_choice_in_a_set_is_refused() -> None:
    body = "A ::= SET { x CHOICE { a [0] NULL, b [1] NULL } }"
    assert [f[0] for f in findings(body)] == ["COD004"]


def test_foreign_pattern_is_refused() -> None:
    assert [f[0] for f in findings(r'A ::= UTF8String (PATTERN "\N{x}")')] == ["COD005"]


@pytest.mark.parametrize(("key", "path"), [("M.A", "y"), ("M.A", "x.z"), ("M.B", "x")])
def test_path_that_leads_nowhere(key: str, path: str) -> None:
    body = "A ::= SEQUENCE { x SEQUENCE { y NULL } }"
    assert [f[0] for f in findings(body, Keep(key, tuple(path.split("."))))] == ["COD006"]


def test_every_rule_has_a_title() -> None:
    assert sorted(RULES) == [f"COD00{n}" for n in range(1, 9)]
    assert all(title and not title.endswith(".") for title in RULES.values())
