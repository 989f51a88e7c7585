from __future__ import annotations

from interlock.asn1.types import Constraints, Interval
from interlock.ir.codec_resolve import merged, resolve
from unit.ir.asn1_text import lowered, model_of, structure


def test_tags_of_references_are_collected_outermost_first() -> None:
    model = model_of("A ::= [1] EXPLICIT B\nB ::= [2] C\nC ::= [3] INTEGER")
    resolved = resolve(model.types["M.A"].type, model)
    assert [(p.tag.number, p.explicit) for p in resolved.prefixes] == [
        (1, True),
        (2, False),
        (3, False),
    ]
    assert resolved.named == "M.C"


def test_a_reference_inherits_what_it_does_not_constrain() -> None:
    outer = Constraints(size=(Interval(1, 2),))
    inner = Constraints(patterns=("x",), size=(Interval(0, 9),))
    assert merged(outer, inner) == Constraints(patterns=("x",), size=(Interval(1, 2),))
    assert merged(Constraints(), inner) == inner
    assert merged(outer, Constraints()) == outer


def test_external_is_written_out() -> None:
    external = structure(lowered("A ::= SEQUENCE { e EXTERNAL }"), "A").fields[0].occurrence
    assert external.identifier is not None
    assert external.identifier.octets == (0x28,)
