"""Tables and modules agree, or the finding says where they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.specification import load_specification

from .conftest import Edit


def _findings(spec: Path) -> list[tuple[str, str]]:
    with pytest.raises(SpecificationError) as caught:
        load_specification(spec)
    return [(d.code, d.span.path) for d in caught.value.diagnostics]


def test_the_minimal_specification_is_clean(spec: Path) -> None:
    assert load_specification(spec).warnings == ()


@pytest.mark.parametrize(
    ("file", "old", "new", "code"),
    [
        ("osi.yaml", "context: context", "context: contex", "SPC020"),
        ("osi.yaml", "abstract-syntax: syntax", "abstract-syntax: synax", "SPC020"),
        ("osi.yaml", "transfer-syntax: ber", "transfer-syntax: der", "SPC020"),
        (
            "osi.yaml",
            "authentication-unit: false",
            "authentication-unit: true\n    mechanism-name: none",
            "SPC020",
        ),
        ("osi.yaml", "wrapper: Wrapper", "wrapper: Wraper", "SPC020"),
        ("osi.yaml", "alternative: signed", "alternative: sealed", "SPC021"),
        ("osi.yaml", "alternative: signed", "alternative: signed.tbs", "SPC021"),
        ("osi.yaml", "pdu: Signed", "pdu: Sealed", "SPC020"),
        ("xmpp.yaml", "pdu: Signed", "pdu: Sealed", "SPC020"),
        ("events.yaml", "pdu: Signed", "pdu: Sealed", "SPC020"),
        ("events.yaml", "diagnostic: failed", "diagnostic: flailed", "SPC020"),
        ("groups.yaml", "number: 14", "number: 15", "SPC020"),
        ("groups.yaml", "name: modp", "name: modp2048", "SPC020"),
        ("protection.yaml", "pdu: Signed", "pdu: Sealed", "SPC020"),
        ("protection.yaml", "keep: [tbs]", "keep: [tbs, tbs.missing]", "SPC021"),
        ("protection.yaml", "certificate: tbs.cert", "certificate: tbs.cert.serial", "SPC021"),
        ("assumptions.yaml", "asn1:IEC62351-4-E2E", "asn1:IEC62351-4-E2F", "SPC003"),
        ("assumptions.yaml", "table:osi", "table:iso", "SPC003"),
        ("assumptions.yaml", "table:osi", "osi", "SPC003"),
        ("assumptions.yaml", "tagging: IEC62351-4-E2E", "tagging: IEC62351-4-E2F", "SPC013"),
        ("assumptions.yaml", "ObjectIdentifiers.arc", "ObjectIdentifiers.ark", "SPC013"),
    ],
)
def test_a_table_that_does_not_fit_the_modules(
    file: str, old: str, new: str, code: str, spec: Path, edit: Edit
) -> None:
    edit(file, old, new)
    assert (code, f"spec/{file}") in _findings(spec)


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (
            "--@clause 1\n--@confidence C\nSigned",
            "--@clause 1.9\n--@confidence C\nSigned",
            "SPC004",
        ),
        ("--@confidence C\nSigned", "--@confidence C\n--@assumption Q77\nSigned", "SPC010"),
    ],
)
def test_an_annotation_that_refers_to_nothing(
    old: str, new: str, code: str, spec: Path, edit: Edit
) -> None:
    edit("asn1/IEC62351-4-E2E.asn", old, new)
    assert _findings(spec) == [(code, "spec/asn1/IEC62351-4-E2E.asn")]


def test_a_definition_without_annotation_is_a_warning(spec: Path, edit: Edit) -> None:
    edit("asn1/IEC62351-4-E2E.asn", "--@confidence C\nSigned", "Signed")
    assert [d.code for d in load_specification(spec).warnings] == ["SPC022"]
