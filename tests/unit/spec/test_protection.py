"""The protection table: rules, their paths and positions."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import load_tables
from interlock.spec.types import CoveredOctets

from .conftest import Edit

TRANSFER = """    icv:
      icv: tag
      algorithm: algorithm
      nonce: nonce
      covers: tbs
      octets: content
      optional: true
    encryption:
      ciphertext: tbs.data
      iv: tbs.iv
      aead-nonce: nonce
      additional-data: tbs.head
      additional-octets: content
      plaintext-octets: tlv
    keep: [tbs, tbs.head]
"""


def test_all_rules_are_read(spec: Path, edit: Edit) -> None:
    edit("protection.yaml", "    keep: [tbs]\n", TRANSFER)
    rule = load_tables(spec).protection["Signed"]
    assert rule.key == "IEC62351-4-E2E.Signed"
    assert rule.signature is not None
    assert rule.signature.algorithm is None
    assert rule.icv is not None
    assert (rule.icv.covers, rule.icv.optional) == ("tbs", True)
    assert rule.encryption is not None
    assert rule.encryption.plaintext_octets is CoveredOctets.TLV
    assert rule.encryption.additional_octets is CoveredOctets.CONTENT
    assert rule.keep == ("tbs", "tbs.head")


def test_every_path_has_a_position(spec: Path, edit: Edit) -> None:
    edit("protection.yaml", "    keep: [tbs]\n", TRANSFER)
    paths = load_tables(spec).protection["Signed"].paths
    lines = (spec / "protection.yaml").read_text(encoding="utf-8").splitlines()
    assert len(paths) == 9
    for path, span in paths.items():
        assert lines[span.line - 1][span.column - 1 : span.end_column - 1] == path


def test_a_fixed_algorithm_must_exist(spec: Path, edit: Edit) -> None:
    edit("protection.yaml", "covers: tbs", "covers: tbs\n      fixed-algorithm: magic")
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert [d.code for d in caught.value.diagnostics] == ["SPC003"]


@pytest.mark.parametrize("key", ["icv", "nonce", "optional", "ciphertext", "additional-data"])
def test_no_part_of_a_rule_may_be_left_out(key: str, spec: Path, edit: Edit) -> None:
    lines = [line for line in TRANSFER.splitlines() if not line.startswith(f"      {key}:")]
    edit("protection.yaml", "    keep: [tbs]\n", "\n".join(lines) + "\n")
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert [d.code for d in caught.value.diagnostics] == ["DAT011"]
