"""ACSE: names, references and encodings that peers use, and what is refused."""

from __future__ import annotations

from dataclasses import replace

import pytest

from environment.captured import AARE, AARQ
from iec62351_4.environment.acse import UnknownContextError, decode_apdu, encode_apdu
from iec62351_4.environment.envelope import (
    Carrier,
    Envelope,
    ExternalEncoding,
    UserInformation,
)
from iec62351_4.environment.presentation import ContextTable, PresentationContext
from iec62351_4.errors import DecodeError, TransportError

MINIMAL = Envelope(Carrier.AARQ, application_context="1.0.9506.2.3")


def table(*contexts: tuple[int, str]) -> ContextTable:
    """Contexts in use."""
    result = ContextTable()
    result.offer([PresentationContext(*context) for context in contexts])
    return result


CAPTURED = table((3, "1.0.9506.2.1"), (1, "2.2.1.0.1"), (5, "1.0.840.0.1.1.4.1"))


@pytest.mark.parametrize(
    "envelope",
    [
        AARQ,
        AARE,
        replace(AARE, result=2, diagnostic_source=2, diagnostic=1),
        Envelope(Carrier.RLRQ, reason=0),
        Envelope(Carrier.RLRE),
        Envelope(Carrier.ABRT, abort_source=1, abort_diagnostic=5),
        replace(
            AARQ,
            called_ap_title="1.1.999.2",
            called_ae_qualifier=-1,
            called_ap_invocation_id=7,
            called_ae_invocation_id=8,
        ),
        replace(
            AARE,
            responding_ap_invocation_id=3,
            responding_ae_invocation_id=4,
            responding_ap_title="#3000",
        ),
    ],
)
def test_round_trip(envelope: Envelope) -> None:
    assert decode_apdu(encode_apdu(envelope, CAPTURED), CAPTURED) == envelope


def test_context_is_found_for_an_abstract_syntax() -> None:
    sent = replace(MINIMAL, user_information=(UserInformation("1.0.9506.2.1", b"\xa8\x00"),))
    apdu = encode_apdu(sent, table((9, "1.0.9506.2.1")))
    assert bytes.fromhex("be092807" + "020109" + "a002a800") in apdu
    with pytest.raises(TransportError, match=r"^no presentation context for 1\.0\.9506\.2\.1$"):
        encode_apdu(sent, table())


def test_unknown_indirect_reference() -> None:
    apdu = encode_apdu(AARQ, CAPTURED)
    with pytest.raises(UnknownContextError):
        decode_apdu(apdu, table((1, "2.2.1.0.1")))


def test_authentication_without_its_context_names_the_syntax() -> None:
    """62351-4, 11.1: a partner may leave mmsAuthenticationAS out of its context list."""
    contexts = table((3, "1.0.9506.2.1"), (1, "2.2.1.0.1"))
    apdu = encode_apdu(AARE, contexts)
    assert bytes.fromhex("06082886480001010401") in apdu
    assert decode_apdu(apdu, contexts).authentication_value == AARE.authentication_value


def test_direct_reference_only_and_octet_aligned() -> None:
    """Forms of EXTERNAL that hat-drivers and others use."""
    apdu = bytes.fromhex(
        "6017" + "a107060528ca220203" + "be0c" + "280a" + "06025101" + "81048b010000"
    )
    (item,) = decode_apdu(apdu, CAPTURED).user_information
    assert item == UserInformation(
        None, bytes.fromhex("8b010000"), "2.1.1", None, ExternalEncoding.OCTET_ALIGNED
    )


@pytest.mark.parametrize("alternative", ["8006736563726574", "810300abcd", "a3060602510105 00"])
def test_authentication_of_other_alternatives(alternative: str) -> None:
    value = bytes.fromhex(alternative)
    sent = replace(MINIMAL, authentication_value=value, authentication_value_is_external=False)
    received = decode_apdu(encode_apdu(sent, CAPTURED), CAPTURED)
    assert received.authentication_value == value
    assert not received.authentication_value_is_external


def test_ap_titles_of_other_forms() -> None:
    octets = encode_apdu(replace(MINIMAL, calling_ap_title="1.1.999.1"), CAPTURED)
    directory = octets.replace(bytes.fromhex("060429876701"), bytes.fromhex("300404020001"))
    assert decode_apdu(directory, CAPTURED).calling_ap_title == "#300404020001"
    damaged = octets.replace(bytes.fromhex("060429876701"), bytes.fromhex("060429876781"))
    with pytest.raises(DecodeError):
        decode_apdu(damaged, CAPTURED)


def test_empty_ap_title_is_a_switch() -> None:
    octets = encode_apdu(AARQ, CAPTURED)
    assert decode_apdu(octets, CAPTURED).called_ap_title == ""
    with pytest.raises(DecodeError, match="length zero"):
        decode_apdu(octets, CAPTURED, tolerates_empty_ap_title=False)


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope(Carrier.AARQ),
        Envelope(Carrier.AARE, result=0),
        Envelope(Carrier.DATA),
        Envelope(Carrier.TRANSPORT_LOST),
    ],
)
def test_envelopes_without_apdu(envelope: Envelope) -> None:
    with pytest.raises(TransportError):
        encode_apdu(envelope, CAPTURED)


def test_every_truncation() -> None:
    octets = encode_apdu(AARQ, CAPTURED)
    for cut in range(len(octets)):
        with pytest.raises(DecodeError):
            decode_apdu(octets[:cut], CAPTURED)
