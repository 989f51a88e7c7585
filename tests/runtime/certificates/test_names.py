"""Binding of subjects to addresses."""

from __future__ import annotations

from dataclasses import replace

import pytest

from iec62351_4.certificates import der
from iec62351_4.certificates.issue import encode_name, jid_subject, osi_subject
from iec62351_4.certificates.names import SubjectAddress, bind_jid, bind_osi, subject_address
from iec62351_4.errors import CertificateError
from runtime.pki import AE_QUALIFIER, AP_TITLE, make_pki

PKI = make_pki()
STRICT = PKI.issue()
TEXT = PKI.issue(lambda f: replace(f, subject=osi_subject(AP_TITLE, AE_QUALIFIER, as_text=True)))
JID = PKI.issue(lambda f: replace(f, subject=jid_subject("ied@dso.example/IEC")))
OTHER = PKI.issue(
    lambda f: replace(f, subject=encode_name("2.5.4.3", der.tlv(der.UTF8_STRING, b"1.2.3")))
)


def test_both_forms_state_the_same_address() -> None:
    assert subject_address(STRICT) == SubjectAddress("2.5.4.106", "1.1.1.999.1.12", True)
    assert subject_address(TEXT) == SubjectAddress("2.5.4.106", "1.1.1.999.1.12", False)
    assert subject_address(JID) == SubjectAddress("2.5.4.105", "ied@dso.example/IEC", True)


def test_both_forms_bind() -> None:
    bind_osi(STRICT, AP_TITLE, AE_QUALIFIER)
    bind_osi(TEXT, AP_TITLE, AE_QUALIFIER)
    bind_osi(STRICT, AP_TITLE, AE_QUALIFIER, accept_text=False)


def test_text_form_can_be_refused() -> None:
    with pytest.raises(CertificateError) as caught:
        bind_osi(TEXT, AP_TITLE, AE_QUALIFIER, accept_text=False)
    assert (caught.value.reason, caught.value.is_alarm) == ("subject", False)


@pytest.mark.parametrize(
    ("ap_title", "ae_qualifier"),
    [
        ("1.1.1.999.1", 13),
        ("1.1.1.999.1", 1),
        ("1.1.1.999", 12),
        ("1.1.1.999.1.12", None),
        ("1.1.1.999.1", None),
        (None, 12),
        (None, None),
        ("", 12),
    ],
)
@pytest.mark.parametrize("certificate", [STRICT, TEXT])
def test_masquerade_with_the_certificate_of_another_address(
    certificate: object, ap_title: str | None, ae_qualifier: int | None
) -> None:
    with pytest.raises(CertificateError) as caught:
        bind_osi(certificate, ap_title, ae_qualifier)  # type: ignore[arg-type]
    assert (caught.value.reason, caught.value.is_alarm) == ("address-mismatch", True)


def test_split_between_title_and_qualifier_does_not_matter() -> None:
    """AP-title 1.1.1.999 with qualifier 1 is another address than 1.1.1.999.1 with 12."""
    shorter = PKI.issue(lambda f: replace(f, subject=osi_subject("1.1.1.999", 1)))
    bind_osi(shorter, "1.1.1.999", 1)
    with pytest.raises(CertificateError):
        bind_osi(shorter, AP_TITLE, AE_QUALIFIER)


@pytest.mark.parametrize("certificate", [JID, OTHER])
def test_subject_of_another_kind_is_an_error(certificate: object) -> None:
    with pytest.raises(CertificateError) as caught:
        bind_osi(certificate, AP_TITLE, AE_QUALIFIER)  # type: ignore[arg-type]
    assert (caught.value.reason, caught.value.is_alarm) == ("subject", False)


def test_jid_is_compared_character_for_character() -> None:
    bind_jid(JID, "ied@dso.example/IEC")
    for other in ("ied@dso.example", "IED@dso.example/IEC", "ied@dso.example/IEC "):
        with pytest.raises(CertificateError) as caught:
            bind_jid(JID, other)
        assert (caught.value.reason, caught.value.is_alarm) == ("address-mismatch", True)
    with pytest.raises(CertificateError) as caught:
        bind_jid(STRICT, "1.1.1.999.1.12")
    assert caught.value.reason == "subject"
