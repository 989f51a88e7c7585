"""EXTERNAL and its kin written out."""

from __future__ import annotations

from interlock.asn1.external import universal_tag, written_out
from interlock.asn1.types import ExternalType, Presence
from unit.asn1.loading import tags


def test_external() -> None:
    type_ = written_out(ExternalType())
    assert [(c.name, c.presence) for c in type_.components] == [
        ("direct-reference", Presence.OPTIONAL),
        ("indirect-reference", Presence.OPTIONAL),
        ("data-value-descriptor", Presence.OPTIONAL),
        ("encoding", Presence.MANDATORY),
    ]


def test_tags() -> None:
    assert universal_tag(ExternalType()) == 8
    assert universal_tag(ExternalType(embedded=True)) == 11
    assert universal_tag(ExternalType(character=True)) == 29
    pdv = written_out(ExternalType(embedded=True))
    assert [tags(c.type) for c in pdv.components] == ["[0]E", "[1]I", "[2]I"]
    string = written_out(ExternalType(character=True))
    assert [tags(c.type) for c in string.components] == ["[0]E", "[1]I"]
