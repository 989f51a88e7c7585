from __future__ import annotations

import json
from dataclasses import replace

import pytest

from interlock.core.source import Span
from interlock.ir.canonical import canonical_json, digest
from unit.ir.asn1_text import lowered

BODY = "A ::= SEQUENCE { x INTEGER (0..5), y OCTET STRING OPTIONAL }"


def test_is_ascii_json_with_sorted_keys() -> None:
    text = canonical_json(lowered(BODY))
    assert text.isascii()
    assert json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) == text


def test_position_and_layout_do_not_change_the_digest() -> None:
    assert digest(lowered(BODY)) == digest(lowered("\n\n" + BODY.replace(" ", "  ")))


def test_meaning_changes_the_digest() -> None:
    assert digest(lowered(BODY)) != digest(lowered(BODY.replace("0..5", "0..6")))


def test_span_is_left_out_and_bytes_are_hexadecimal() -> None:
    definition = lowered(BODY).definition("M.A")
    moved = replace(definition, span=Span("elsewhere", 1, 1, 2))
    assert canonical_json(definition) == canonical_json(moved)
    assert canonical_json(b"\x01\xff") == '{"":"bytes","hex":"01ff"}'


def test_values_without_a_canonical_form() -> None:
    with pytest.raises(TypeError, match="no canonical form for float"):
        canonical_json(1.5)
