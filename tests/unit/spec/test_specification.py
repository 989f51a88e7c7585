"""The project's specification loads, and switching an assumption changes all it affects."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from interlock.asn1.types import TaggingDefault
from interlock.core.errors import SpecificationError
from interlock.spec.paths import resolve_path
from interlock.spec.specification import Specification, load_specification
from interlock.spec.types import CoveredOctets

from .conftest import Edit

ROOT = Path(__file__).parents[3] / "spec"


@pytest.fixture(scope="module")
def specification() -> Specification:
    return load_specification(ROOT)


def load(assume: Mapping[str, str]) -> Specification:
    return load_specification(ROOT, assume)


def test_it_loads_without_a_warning(specification: Specification) -> None:
    assert specification.warnings == ()


@pytest.mark.parametrize(
    ("name", "arcs"),
    [
        ("e2e-security", "1.0.62351.4"),
        ("secModule", "1.0.62351.4.0"),
        ("basic-AC", "1.0.9506.2.3"),
        ("mms-abstract-syntax-version1", "1.0.9506.2.1"),
        ("a-profile-mechanism", "1.0.840.0.1.0.1.1"),
        ("mmsAuthenticationAS", "1.0.840.0.1.1.4.1"),
        ("acse-as-id", "2.2.1.0.1"),
        ("basic-encoding", "2.1.1"),
        ("distinguished-encoding", "2.1.2.1"),
        ("id-at-objectIdentifier", "2.5.4.106"),
        ("id-at-jid", "2.5.4.105"),
        ("rsaEncryption", "1.2.840.113549.1.1.1"),
        ("id-ecPublicKey", "1.2.840.10045.2.1"),
        ("secp256r1", "1.2.840.10045.3.1.7"),
        ("brainpoolP256r1", "1.3.36.3.3.2.8.1.1.7"),
        ("sha256", "2.16.840.1.101.3.4.2.1"),
        ("sha256WithRSAEncryption", "1.2.840.113549.1.1.11"),
        ("ecdsa-with-SHA256", "1.2.840.10045.4.3.2"),
        ("aes128-CBC", "2.16.840.1.101.3.4.1.2"),
        ("aes256-CBC", "2.16.840.1.101.3.4.1.42"),
        ("aes128-GCM", "2.16.840.1.101.3.4.1.6"),
        ("aes256-GCM", "2.16.840.1.101.3.4.1.46"),
        ("hmacWithSHA256", "1.2.840.113549.2.9"),
    ],
)
def test_object_identifiers(name: str, arcs: str, specification: Specification) -> None:
    assert specification.oid(name) == arcs


def test_an_unknown_object_identifier_is_a_key_error(specification: Specification) -> None:
    with pytest.raises(KeyError):
        specification.oid("no-such-name")


def test_every_algorithm_has_an_object(specification: Specification) -> None:
    objects = {
        str(found.values["&id"])
        for set_ in specification.asn1.object_sets.values()
        for found in set_.objects
        if "&id" in found.values and set_.class_name.endswith("ALGORITHM")
    }
    curves = {"secp256r1", "brainpoolP256r1"}  # parameters, not algorithms
    wanted = {specification.oid(n) for n in specification.tables.algorithms if n not in curves}
    assert objects == wanted


@pytest.mark.parametrize("tagging", list(TaggingDefault))
def test_tagging_is_an_assumption(tagging: TaggingDefault) -> None:
    switched = load({"Q1": tagging.value}).asn1
    assert switched.modules["IEC62351-4-E2E"].tagging is tagging
    assert switched.modules["ACSE-1"].tagging is TaggingDefault.EXPLICIT
    inner = resolve_path(switched, "IEC62351-4-E2E.ClearToken1", "encr-mode.non-aea")
    encr = next(c for c in inner.components if c.name == "encr")  # type: ignore[attr-defined]
    # a hand-written tag keeps a SEQUENCE out of automatic tagging (X.680 25.3)
    assert [p.explicit for p in encr.type.prefixes] == [tagging is TaggingDefault.EXPLICIT]


def test_arcs_are_assumptions() -> None:
    switched = load({"Q2.e2eSecurity-arc": "7", "Q2.appl-context-arc": "9"})
    assert switched.oid("e2eSecurityAS") == "1.0.62351.4.1.7.1"
    assert switched.oid("e2eMmsAC") == "1.0.62351.4.9.1"
    assert load({}).oid("e2eSecurityAS") == "1.0.62351.4.1.1.1"


def test_the_input_of_the_a_profile_signature_is_an_assumption() -> None:
    def octets(value: str) -> CoveredOctets | None:
        rule = load({"Q3": value}).tables.protection["MMS-Authentication-value"].signature
        return rule.octets if rule else None

    assert octets("content") is CoveredOctets.CONTENT
    assert octets("implicit-tlv") is CoveredOctets.TLV


def test_end_of_contents_octets_are_an_assumption() -> None:
    assert load({"Q6": "include"}).tables.protection["ClearTransfer"].include_end_of_contents
    assert not load({"Q6": "exclude"}).tables.protection["ClearTransfer"].include_end_of_contents


def test_every_secpdu_is_protected_and_carried(specification: Specification) -> None:
    tables = specification.tables
    signed = {name for name, p in tables.protection.items() if p.signature}
    transfers = {name for name, p in tables.protection.items() if p.icv}
    assert transfers == {"ClearTransfer", "EncrTransfer"}
    assert signed | transfers == set(tables.protection)
    carried = set(tables.osi.carriers) - {"OsiDiagnostics"}
    assert carried == set(tables.protection) - {"MMS-Authentication-value"}
    assert carried == {stanza.pdu for stanza in tables.xmpp.stanzas}


def test_numbers_of_events(specification: Specification) -> None:
    """How many events each group has, as IEC 62351-14 counts them."""
    counted: dict[str, int] = {}
    for event in specification.tables.events.values():
        counted[event.group] = counted.get(event.group, 0) + 1
    assert {k.removeprefix("IEC62351-4:"): n for k, n in counted.items() if "-4:" in k} == {
        "1": 22, "2": 21, "3": 10, "4": 27, "5": 25, "6": 16, "7": 10, "10": 10, "11": 11,
        "12": 10, "13": 10, "15": 16, "18": 6,
    }  # fmt: skip
    assert (counted["IEC62351-3:1"], counted["IEC62351-3:2"]) == (21, 14)


def test_code_points_are_those_of_the_registry(specification: Specification) -> None:
    suites = specification.tables.suites
    assert suites["TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"].code_point == 0x009E
    assert suites["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"].code_point == 0xC02B
    assert {s.code_point for s in suites.values() if s.native == "m"} == {
        0x003C, 0x00A0, 0x009E, 0xC02B,
    }  # fmt: skip


def test_clause_uses_cover_tables_and_modules(specification: Specification) -> None:
    uses = specification.clause_uses()
    paths = {span.path.rpartition("/")[2] for spans in uses.values() for span in spans}
    assert {"events.yaml", "assumptions.yaml", "IEC62351-4-E2E.asn"} <= paths
    assert set(uses) == set(specification.tables.clauses)


def test_a_module_that_contradicts_an_assumption_is_refused(spec: Path, edit: Edit) -> None:
    edit("asn1/IEC62351-4-ObjectIdentifiers.asn", "arc INTEGER ::= 1", "arc INTEGER ::= 2")
    with pytest.raises(SpecificationError) as caught:
        load_specification(spec)
    assert [d.code for d in caught.value.diagnostics] == ["SPC013"]


def test_a_switched_value_needs_no_agreement_with_the_module(spec: Path) -> None:
    assert load_specification(spec, {"Q2.arc": "42"}).oid("syntax") == "1.0.62351.4.42"


def test_no_modules_at_all(spec: Path) -> None:
    for path in (spec / "asn1").iterdir():
        path.unlink()
    with pytest.raises(SpecificationError) as caught:
        load_specification(spec)
    assert [d.code for d in caught.value.diagnostics] == ["SPC001"]
