from __future__ import annotations

import keyword

import pytest

from interlock.codegen.names.python import (
    attribute_name,
    class_name,
    constant_name,
    member_name,
    module_name,
    unique,
)
from interlock.core.errors import GenerationError


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("MMS-Authentication-value",), "MMSAuthenticationValue"),
        (("HandshakeReq", "tbs"), "HandshakeReqTbs"),
        (("ClearToken1", "encr-mode", "non-aea"), "ClearToken1EncrModeNonAea"),
        (("AE-qualifier-form2",), "AEQualifierForm2"),
    ],
)
def test_class_names(names: tuple[str, ...], expected: str) -> None:
    assert class_name(names) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [("encr-mode", "encr_mode"), ("applData", "applData"), ("class", "class_"), ("is", "is_")],
)
def test_attribute_names(name: str, expected: str) -> None:
    assert attribute_name(name) == expected
    assert not keyword.iskeyword(expected)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("e2eMmsAC", "E2E_MMS_AC"),
        ("id-at-objectIdentifier", "ID_AT_OBJECT_IDENTIFIER"),
        ("sha256WithRSAEncryption", "SHA256_WITH_RSA_ENCRYPTION"),
        ("aes128-GCM", "AES128_GCM"),
        ("TimeStamp", "TIME_STAMP"),
    ],
)
def test_constant_names(name: str, expected: str) -> None:
    assert constant_name(name) == expected


def test_other_names() -> None:
    assert module_name("IEC62351-4-E2E") == "iec62351_4_e2e"
    assert member_name("ae-not-used") == "ae_not_used"
    assert member_name("value") == "value_"


def test_collisions_are_an_error() -> None:
    unique("x", [("a", "a"), ("b", "b"), ("a", "a")])
    with pytest.raises(GenerationError, match='"a-b" and "a_b" of x are both "a_b" in Python'):
        unique("x", [("a-b", "a_b"), ("a_b", "a_b")])
