"""What open types hold: by context, carrier, place."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from interlock.asn1 import types as a
from interlock.decode.environment import Environment
from interlock.decode.tree import Node
from interlock.decode.values import Raw, Value
from interlock.spec import Specification, load_specification

HERE = ["x", "single-ASN1-type"]
CLEAR = bytes.fromhex("3006" + "3004" + "3000" + "a000")
ENCRYPTED = bytes.fromhex("3006" + "3004" + "3000" + "0400")


@cache
def specification() -> Specification:
    return load_specification(Path(__file__).parents[3] / "spec")


def environment() -> Environment:
    return Environment(specification())


@pytest.mark.parametrize(
    ("keys", "values", "octets", "expected"),
    [
        (["ACSE-1.AARQ-apdu"], {"indirect-reference": 5}, CLEAR, "IEC62351-4-E2E.HandshakeReq"),
        (["ACSE-1.AARE-apdu"], {"indirect-reference": 5}, CLEAR, "IEC62351-4-E2E.HandshakeRsp"),
        (["ACSE-1.ABRT-apdu"], {"indirect-reference": 5}, CLEAR, "IEC62351-4-OSI.AbortInformation"),
        (["ACSE-1.RLRQ-apdu"], {"indirect-reference": 5}, CLEAR, "IEC62351-4-E2E.ReleaseReq"),
        ([], {"presentation-context-identifier": 5}, CLEAR, "IEC62351-4-E2E.ClearTransfer"),
        ([], {"presentation-context-identifier": 5}, ENCRYPTED, "IEC62351-4-E2E.EncrTransfer"),
        ([], {"presentation-context-identifier": 1}, CLEAR, "ACSE-1.ACSE-apdu"),
        ([], {"presentation-context-identifier": 3}, CLEAR, "ISO-9506-MMS-Subset.MMSpdu"),
        ([], {"presentation-context-identifier": 99}, CLEAR, None),
        ([], {}, CLEAR, None),
        # the transfer syntax, which captured peers put beside an indirect-reference
        (
            ["ACSE-1.AARQ-apdu"],
            {"direct-reference": "2.1.1", "indirect-reference": 3},
            CLEAR,
            "ISO-9506-MMS-Subset.MMSpdu",
        ),
    ],
)
def test_content(
    keys: list[str], values: dict[str, int | str], octets: bytes, expected: str | None
) -> None:
    assert environment().content_type(a.OpenType(), HERE, keys, [values], octets) == expected


def test_only_presentation_data_follow_the_context() -> None:
    values = [{"presentation-context-identifier": 5}]
    assert environment().content_type(a.OpenType(), ["x", "parameters"], [], values, b"") is None


def test_the_authentication_value_is_known_by_its_place() -> None:
    path = ["calling-authentication-value", "external", "encoding", "single-ASN1-type"]
    key = environment().content_type(a.OpenType(), path, [], [{}], b"")
    assert key == "IEC62351-4-AProfile.MMS-Authentication-value"


def test_a_context_list_is_learnt() -> None:
    place = environment()
    values: dict[str, Raw] = {
        "presentation-context-identifier": 77,
        "abstract-syntax-name": "2.2.1.0.1",
    }
    place.structure_read(None, values)
    learnt = [{"presentation-context-identifier": 77}]
    assert place.content_type(a.OpenType(), HERE, [], learnt, b"") == "ACSE-1.ACSE-apdu"


def test_the_protected_protocol_is_mms() -> None:
    base = a.OpenType(class_name="IEC62351-4-E2E.PROTECTED-PROTOCOL", field_name="&PrPDU")
    key = environment().content_type(base, ["applData"], [], [], b"")
    assert key == "ISO-9506-MMS-Subset.MMSpdu"


def test_certificates_are_summarised_and_nothing_else() -> None:
    certificate = Node("pkCert", 0, key="IEC62351-4-E2E.PKCert")
    environment().annotate(certificate, Value(b"", ""), b"\x05\x00")
    assert certificate.value == "2 octets"
    assert certificate.notes
    other = Node("icv", 0, value="kept")
    environment().annotate(other, Value(b"", ""), b"\x05\x00")
    assert (other.value, other.notes) == ("kept", [])
