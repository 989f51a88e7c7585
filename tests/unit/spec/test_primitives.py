"""Algorithms, groups and suites: ranges and uniqueness."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import load_tables
from interlock.spec.types import AlgorithmUse, GroupKind, OctetRange

from .conftest import Edit

ROOT = Path(__file__).parents[3] / "spec"


@pytest.mark.parametrize(
    "range_",
    [
        "{minimum: 0, maximum: 16, default: 8}",
        "{minimum: 16, maximum: 12, default: 16}",
        "{minimum: 12, maximum: 16, default: 11}",
        "{minimum: 12, maximum: 16, default: 17}",
    ],
)
def test_an_impossible_range_is_refused(range_: str, spec: Path, edit: Edit) -> None:
    edit("algorithms.yaml", "{minimum: 16, maximum: 32, default: 32}", range_)
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert [d.code for d in caught.value.diagnostics] == ["SPC005"]


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("algorithms.yaml", "hash-octets: 32", "hash-octets: 20"),
        ("groups.yaml", "number: 14", "number: 15"),
        ("groups.yaml", "name: modp", "name: other"),
        ("suites.yaml", "0x0001", "0x0002"),
        ("suites.yaml", "name: TLS_ONE", "name: TLS_TWO"),
    ],
)
def test_keys_are_unique(file: str, old: str, new: str, spec: Path) -> None:
    """A second row that differs in one key only still clashes in the other."""
    path = spec / file
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert old in lines[1]
    path.write_text("".join([*lines, lines[1].replace(old, new)]), encoding="utf-8")
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert [d.code for d in caught.value.diagnostics] == ["SPC002"]


def test_lengths_of_the_standard() -> None:
    tables = load_tables(ROOT)
    gcm = tables.algorithms["aes256-GCM"]
    assert gcm.uses == {AlgorithmUse.AEAD, AlgorithmUse.ICV}
    assert (gcm.key_octets, gcm.nonce_octets) == (32, 12)
    assert gcm.tag_octets == OctetRange(12, 16, 12)
    assert tables.algorithms["aes128-CBC"].iv_octets == 16
    assert [(g.number, g.kind, g.public_key_octets) for g in tables.groups.values()] == [
        (14, GroupKind.MODP, 256),
        (23, GroupKind.EC, 65),
        (28, GroupKind.EC, 65),
    ]
    found = tables.group_numbered(28)
    assert found is not None
    assert found.name == "brainpoolP256r1"
    assert tables.group_numbered(29) is None
