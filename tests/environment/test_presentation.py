"""Presentation PPDUs and contexts: round trips, foreign encodings, refusals."""

from __future__ import annotations

import pytest

from iec62351_4.environment.envelope import ExternalEncoding
from iec62351_4.environment.presentation import (
    AbortPPDU,
    AcceptPPDU,
    Answer,
    ConnectPPDU,
    ContextTable,
    PresentationContext,
    PresentationValue,
    RejectPPDU,
    decode_abort,
    decode_accept,
    decode_connect,
    decode_reject,
    decode_user_data,
    encode_abort,
    encode_accept,
    encode_connect,
    encode_reject,
    encode_user_data,
)
from iec62351_4.errors import DecodeError, TransportError

ACSE, MMS = PresentationContext(1, "2.2.1.0.1"), PresentationContext(3, "1.0.9506.2.1")
VALUE = PresentationValue(1, b"\x64\x03\x80\x01\x00")
OFFER = (ACSE, MMS, PresentationContext(5, "1.2.3", ("2.1.2.1",)))


def test_connect_and_accept_round_trip() -> None:
    connect = ConnectPPDU(b"\x00\x01", None, OFFER, (VALUE,))
    assert decode_connect(encode_connect(connect)) == connect
    answers = (Answer(0, "2.1.1"), Answer(2, None, 1), Answer(1))
    accept = AcceptPPDU(b"\x01", answers, (VALUE, VALUE))
    assert decode_accept(encode_accept(accept)) == accept


def test_reject_and_abort_round_trip() -> None:
    reject = RejectPPDU(None, (Answer(2, None, 1),), 4, ())
    assert decode_reject(encode_reject(reject)) == reject
    for abort in (
        AbortPPDU(is_provider=True, provider_reason=2),
        AbortPPDU(is_provider=True),
        AbortPPDU(is_provider=False),
        AbortPPDU(is_provider=False, values=(VALUE,)),
    ):
        assert decode_abort(encode_abort(abort)) == abort


def test_data_octets() -> None:
    octets = bytes.fromhex("610a" + "3008" + "020103" + "a003" + "8b0100")
    value = PresentationValue(3, bytes.fromhex("8b0100"))
    assert encode_user_data((value,)) == octets
    assert decode_user_data(octets) == (value,)


def test_octet_aligned_value() -> None:
    value = PresentationValue(3, b"\x05\x00", ExternalEncoding.OCTET_ALIGNED)
    assert decode_user_data(encode_user_data((value,))) == (value,)


def test_abort_in_indefinite_lengths() -> None:
    """The ARU of libiec61850: every length but the innermost is indefinite."""
    octets = bytes.fromhex(
        "a080 a080 3080 020101 06025101 0000 0000"
        "6180 3080 020101 a080 6480 800101 0000 0000 0000 0000 0000"
    )
    (value,) = decode_abort(octets).values
    assert value == PresentationValue(1, bytes.fromhex("6480800101" + "0000"))


@pytest.mark.parametrize("cut", range(1, 12))
def test_truncated_data(cut: int) -> None:
    octets = bytes.fromhex("610a" + "3008" + "020103" + "a003" + "8b0100")
    with pytest.raises(DecodeError):
        decode_user_data(octets[:-cut])


@pytest.mark.parametrize(
    "octets",
    [
        "60020500",  # simply encoded
        "6100",  # no value
        "61093007020103820200ff",  # arbitrary (a bit string)
        "610a3008020103a0038b010000",  # trailing octet
        "3003020101",
    ],
)
def test_refused_user_data(octets: str) -> None:
    with pytest.raises(DecodeError):
        decode_user_data(bytes.fromhex(octets))


def test_values_that_cannot_be_sent() -> None:
    with pytest.raises(TransportError, match="at least one"):
        encode_user_data(())
    with pytest.raises(TransportError, match="bit string"):
        encode_user_data((PresentationValue(3, b"", ExternalEncoding.ARBITRARY),))


def test_server_answers_each_context() -> None:
    table = ContextTable()
    answers = table.answer(OFFER, ["2.2.1.0.1", "1.2.3"])
    assert answers == (Answer(0, "2.1.1"), Answer(2, None, 1), Answer(2, None, 2))
    assert table.accepted_syntaxes == ("2.2.1.0.1",)
    assert (table.identifier("2.2.1.0.1"), table.identifier("1.2.3")) == (1, None)
    assert (table.abstract_syntax(1), table.abstract_syntax(3)) == ("2.2.1.0.1", None)


@pytest.mark.parametrize("identifiers", [(1, 1), (2,), (0,), (-1,), tuple(range(1, 35, 2))])
def test_damaged_context_lists(identifiers: tuple[int, ...]) -> None:
    contexts = [PresentationContext(identifier, "1.2.3") for identifier in identifiers]
    with pytest.raises(DecodeError):
        ContextTable().answer(contexts, ["1.2.3"])


def test_client_keeps_what_was_accepted() -> None:
    table = ContextTable()
    table.offer((ACSE, MMS))
    table.confirm((Answer(0, "2.1.1"), Answer(2, None, 1)))
    assert table.accepted_syntaxes == ("2.2.1.0.1",)
    for answers in ((), (Answer(0, "2.1.1"),), (Answer(0, "2.1.2.1"), Answer(0, "2.1.1"))):
        with pytest.raises(DecodeError):
            table.confirm(answers)
    assert table.accepted_syntaxes == ("2.2.1.0.1",)
