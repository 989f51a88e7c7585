"""BER on the way in, strict DER on demand, DER on the way out."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from codec.ber_forms import in_pieces, indefinite_lengths, long_lengths
from iec62351_4.codec import _ber, acse_1
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec import iso8823_presentation as presentation
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.codec.iec62351_4_aprofile import (
    decode_MMSAuthenticationValue,
    encode_MMSAuthenticationValue,
)
from iec62351_4.errors import DecodeError, EncodeError
from interlock.bench import samples

TOKEN = e2e.ClearToken2(assoID="1:2", time=b"20260929141404.123Z", seq=7)
TRANSFER = samples.clear_transfer()
REQUEST = dataclasses.replace(
    samples.handshake_request(),
    tbs=e2e.HandshakeReqTbs(token1=samples.handshake_request().tbs.token1),
)


def fault(call: Any, *arguments: Any, **options: Any) -> tuple[tuple[str, ...], str]:
    """Path and reason of the DecodeError that a call raises."""
    with pytest.raises(DecodeError) as caught:
        call(*arguments, **options)
    return caught.value.path, caught.value.reason


def element(identifier: int, contents: bytes) -> bytes:
    """An element with a short length."""
    return bytes((identifier, len(contents))) + contents


# --- BER in ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 4, 9, 126])
def test_long_lengths_are_read_and_refused_in_der(size: int) -> None:
    token = e2e.encode_ClearToken2(TOKEN)
    octets = long_lengths(token, size)
    assert e2e.decode_ClearToken2(octets) == TOKEN
    path, reason = fault(e2e.decode_ClearToken2, octets, der=True)
    assert (path, reason) == (("ClearToken2",), "length is not in its shortest form")


def test_indefinite_lengths_are_read_and_refused_in_der() -> None:
    octets = indefinite_lengths(e2e.encode_HandshakeReq(REQUEST))
    assert e2e.decode_HandshakeReq(octets) == REQUEST
    assert fault(e2e.decode_HandshakeReq, octets, der=True) == (
        ("HandshakeReq",),
        "indefinite length is not allowed in DER",
    )


def test_indefinite_length_inside_an_open_type() -> None:
    transfer = dataclasses.replace(
        TRANSFER,
        tbp=e2e.ClearTransferTbp(token2=TOKEN, applData=bytes.fromhex("a0800201010000")),
    )
    octets = e2e.encode_ClearTransfer(transfer)
    assert e2e.decode_ClearTransfer(octets) == transfer
    path, _ = fault(e2e.decode_ClearTransfer, octets, der=True)
    assert path == ("ClearTransfer", "tbp", "applData")


@pytest.mark.parametrize("nested", [False, True])
def test_strings_in_pieces(nested: bool) -> None:
    assoID, time, icv = b"17:4", TOKEN.time, bytes(range(32))
    pieces = [b"\x2c" + bytes((len(p),)) + p for p in [in_pieces(assoID, nested=nested)]] + [
        b"\x38" + bytes((len(p),)) + p for p in [in_pieces(time, nested=nested)]
    ]
    contents = b"".join(pieces) + b"\x02\x01\x07"
    octets = b"\x30" + bytes((len(contents),)) + contents
    assert e2e.decode_ClearToken2(octets) == dataclasses.replace(TOKEN, assoID="17:4")
    path, reason = fault(e2e.decode_ClearToken2, octets, der=True)
    assert (path, reason) == (("ClearToken2", "assoID"), "a string is primitive in DER")
    constructed = b"\x24\x80" + in_pieces(icv) + b"\0\0"
    signature = b"\x30\x0a\x06\x08\x2a\x86\x48\xce\x3d\x04\x03\x02" + constructed
    whole = b"\x30" + bytes((len(signature),)) + signature
    assert e2e.decode_Signature(whole).sign == icv


def test_pieces_nested_without_end_are_refused() -> None:
    octets = b"\x24\x80" * 6 + b"\0\0" * 6
    path, reason = fault(e2e.decode_PKCert, octets)
    assert (path, reason) == (("PKCert",), "string is cut into too deeply nested pieces")


def test_bit_string_in_pieces() -> None:
    octets = b"\x23\x80\x03\x02\x00\x80\x03\x02\x07\x80\x00\x00"
    assert e2e.decode_ConfidentialityParms(octets) == 0b1_0000_0001
    with pytest.raises(DecodeError, match="only the last piece"):
        e2e.decode_ConfidentialityParms(b"\x23\x08\x03\x02\x07\x80\x03\x02\x00\x80")


# --- what DER refuses ---------------------------------------------------------------------------


def test_default_value_is_not_sent_in_der() -> None:
    octets = e2e.encode_ClearToken2(TOKEN)
    sent = b"\x30" + bytes((octets[1] + 3,)) + octets[2:] + b"\x82\x01\x00"
    assert e2e.decode_ClearToken2(sent) == TOKEN
    assert fault(e2e.decode_ClearToken2, sent, der=True) == (
        ("ClearToken2", "reqRekey"),
        "DEFAULT value is not sent in DER",
    )


def test_true_is_ff_in_der() -> None:
    octets = e2e.encode_ClearToken2(dataclasses.replace(TOKEN, reqRekey=True))
    assert octets.endswith(b"\x82\x01\xff")
    other = octets[:-1] + b"\x01"
    assert e2e.decode_ClearToken2(other).reqRekey is True
    assert fault(e2e.decode_ClearToken2, other, der=True)[1] == "TRUE is FF in DER"


def test_set_of_is_sorted_in_der() -> None:
    algorithms = [
        AlgorithmIdentifier(algorithm="2.16.840.1.101.3.4.1.46"),
        AlgorithmIdentifier(algorithm="1.2.840.113549.2.9"),
    ]
    token = dataclasses.replace(
        REQUEST.tbs.token1,
        encr_mode=("non-aea", e2e.ClearToken1EncrModeNonAea(icvAlgID=algorithms)),
    )
    octets = e2e.encode_ClearToken1(token)
    mode = e2e.decode_ClearToken1(octets, der=True).encr_mode
    assert mode[0] == "non-aea"
    assert [a.algorithm for a in mode[1].icvAlgID] == [a.algorithm for a in reversed(algorithms)]
    first = bytes.fromhex("300a06082a864886f70d0209")
    second = bytes.fromhex("300b060960864801650304012e")
    assert first + second in octets
    unsorted = octets.replace(first + second, second + first)
    assert e2e.decode_ClearToken1(unsorted).encr_mode[0] == "non-aea"
    path, reason = fault(e2e.decode_ClearToken1, unsorted, der=True)
    assert reason == "elements of a SET OF are not in ascending order"
    assert path == ("ClearToken1", "encr-mode", "non-aea", "icvAlgID", "[1]")


def test_set_components_in_any_order_but_in_der_by_tag() -> None:
    value = presentation.CPType(
        mode_selector=presentation.ModeSelector(mode_value=1),
        normal_mode_parameters=presentation.CPTypeNormalModeParameters(),
    )
    octets = presentation.encode_CPType(value)
    assert octets.hex() == "3107a003800101a200"
    turned = bytes.fromhex("3107a200a003800101")
    assert presentation.decode_CPType(turned) == value
    assert fault(presentation.decode_CPType, turned, der=True)[1] == (
        "components of a SET are not in the order of their tags"
    )
    twice = bytes.fromhex("310aa003800101a003800101")
    assert fault(presentation.decode_CPType, twice) == (
        ("CP-type", "mode-selector"),
        "component is there twice",
    )
    assert fault(presentation.decode_CPType, bytes.fromhex("3102a200")) == (
        ("CP-type", "mode-selector"),
        "[0] is missing",
    )


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("03020600", "trailing zero bits are not sent in DER"),
        ("030206c1", "unused bits are not zero"),
    ],
)
def test_bit_strings_in_der(octets: str, reason: str) -> None:
    assert e2e.decode_ConfidentialityParms(bytes.fromhex(octets)) in (0, 3)
    assert fault(e2e.decode_ConfidentialityParms, bytes.fromhex(octets), der=True)[1] == reason


# --- what BER refuses too -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("0200", "an INTEGER has at least one content octet"),
        ("02020001", "integer is not in its shortest form"),
        ("0202ffff", "integer is not in its shortest form"),
        ("0201ff", "value is not 0..4294967295"),
        ("02050100000000", "value is not 0..4294967295"),
        ("028001000", "indefinite length is not allowed here"),
        ("02ff01", "length octet FF is reserved"),
        ("0284ffffffff01", "contents run past the end"),
        ("02890100000000", "length runs past the end"),
        ("040101", "identifier octet 04 where INTEGER is due"),
        ("", "INTEGER is missing"),
    ],
)
def test_integers_that_are_none(octets: str, reason: str) -> None:
    octets = octets + "0" * (len(octets) % 2)
    assert fault(e2e.decode_SequenceNumber, bytes.fromhex(octets)) == (("SequenceNumber",), reason)


@pytest.mark.parametrize(
    "time",
    [
        b"20261329141404.123Z",
        b"20260931141404.123Z",
        b"20260229141404.123Z",
        b"20260929241404.123Z",
        b"20260929146004.123Z",
        b"20260929141460.123Z",
        b"20260929141404.12Z",
        b"20260929141404.1234Z",
        b"20260929141404.123",
        b"20260929141404:123Z",
        b"20260929141404.123Z\n",
        b"",
    ],
)
def test_times_that_do_not_exist(time: bytes) -> None:
    octets = b"\x18" + bytes((len(time),)) + time
    path, reason = fault(e2e.decode_TimeStamp, octets)
    assert (path, reason) == (
        ("TimeStamp",),
        "does not match the PATTERN, or is not a legal time",
    )
    with pytest.raises(EncodeError):
        e2e.encode_TimeStamp(time)


@pytest.mark.parametrize("time", [b"20260929141404,123Z", b"20240229000000.000Z"])
def test_times_are_kept_as_they_are(time: bytes) -> None:
    octets = b"\x18\x13" + time
    assert e2e.decode_TimeStamp(octets, der=True) == time
    assert e2e.encode_TimeStamp(time) == octets


def test_table_constraint() -> None:
    rsa, ecdsa, unknown = "06092a864886f70d01010b", "06082a8648ce3d040302", "06032a0304"

    def signature(algorithm: str) -> bytes:
        algo = element(0x30, bytes.fromhex(algorithm))
        return element(0x30, algo + element(0x04, b""))

    for parameters in ("0500", ""):
        assert e2e.decode_Signature(signature(rsa + parameters)).algo.parameters == (
            bytes.fromhex(parameters) or None
        )
    for parameters, reason in [
        ("020100", "identifier octet 02 where NULL is due"),
        ("050100", "NULL has no contents"),
    ]:
        path, found = fault(e2e.decode_Signature, signature(rsa + parameters))
        assert found == reason
        assert path == ("Signature", "algo", "parameters", "NULL")
    path, reason = fault(e2e.decode_Signature, signature(ecdsa + "0500"))
    assert path == ("Signature", "algo", "parameters")
    assert reason == "must be absent for 1.2.840.10045.4.3.2"
    assert e2e.decode_Signature(signature(unknown + "020105")).algo.parameters == b"\x02\x01\x05"


def test_offset_inside_a_table_type_counts_from_the_start_of_the_input() -> None:
    algo = element(0x30, bytes.fromhex("06092a864886f70d01010b" + "050100"))
    octets = element(0x30, algo + element(0x04, b""))
    with pytest.raises(DecodeError) as caught:
        e2e.decode_Signature(octets)
    assert caught.value.offset == octets.index(b"\x05\x01\x00") + 2


def test_table_constraint_is_checked_on_encoding() -> None:
    wrong = e2e.Signature(
        algo=AlgorithmIdentifier(algorithm="1.2.840.113549.1.1.11", parameters=b"\x02\x01\x00"),
        sign=b"",
    )
    with pytest.raises(EncodeError) as caught:
        e2e.encode_Signature(wrong)
    assert caught.value.path == ("Signature", "algo", "parameters")


def test_unknown_additions_must_be_well_formed_and_unknown() -> None:
    octets = e2e.encode_ClearToken2(TOKEN)

    def with_addition(addition: str) -> bytes:
        more = bytes.fromhex(addition)
        return b"\x30" + bytes((octets[1] + len(more),)) + octets[2:] + more

    assert e2e.decode_ClearToken2(with_addition("a503020101")) == TOKEN
    for addition in ("a503020201", "a5800201010", "8580"):
        fault(e2e.decode_ClearToken2, with_addition(addition + "0" * (len(addition) % 2)))
    # out of order, or for the second time
    path, reason = fault(e2e.decode_ClearToken2, with_addition("8201ff" + "8001aa"))
    assert (path, reason) == (("ClearToken2", "..."), "element is not part of the type")


def test_an_explicit_tag_holds_one_element() -> None:
    aarq = bytes.fromhex("6007" + "a105" + "06012a" + "0500")
    path, reason = fault(acse_1.decode_AARQApdu, aarq)
    assert path == ("AARQ-apdu", "application-context-name")
    assert reason == "element is not part of the type"
    assert acse_1.decode_AARQApdu(bytes.fromhex("6005a10306012a")).application_context_name == "1.2"


def test_components_of_a_type_without_marker_are_all_there_are() -> None:
    octets = bytes.fromhex("300a02010e0401aa0201050500")
    path, reason = fault(e2e.decode_DiffieHellmanKey, octets[:1] + b"\x0b" + octets[2:])
    assert (path, reason) == (("DiffieHellmanKey",), "element is not part of the type")


def test_enumeration_values_beyond_the_known_stay_numbers() -> None:
    assert e2e.decode_DtDiagnostics(b"\x0a\x01\x08") is e2e.DtDiagnostics.unexpected_dhPublicKey
    assert e2e.decode_DtDiagnostics(b"\x0a\x01\x63") == 99
    assert e2e.encode_DtDiagnostics(99) == b"\x0a\x01\x63"


# --- bounds -------------------------------------------------------------------------------------


def test_input_size_is_bounded() -> None:
    octets = e2e.encode_PKCert(bytes(_ber.MAX_INPUT_OCTETS))
    assert fault(e2e.decode_PKCert, octets)[1] == "input is longer than 65536 octets"


@pytest.mark.parametrize("opening", [b"\x30\x80", b"\xa0\x80", b"\xbf\x48\x80"])
def test_nesting_in_an_open_type_is_bounded(opening: bytes) -> None:
    octets = opening * 10_000
    assert fault(acse_1.decode_APTitle, octets)[1] == "nested deeper than 32 levels"
    definite = b"\x05\x00"
    for _ in range(_ber.MAX_DEPTH):
        definite = b"\x30" + _ber.header(b"", len(definite)) + definite
    assert acse_1.decode_APTitle(definite) == definite
    deeper = b"\x30" + _ber.header(b"", len(definite)) + definite
    assert fault(acse_1.decode_APTitle, deeper)[1] == "nested deeper than 32 levels"


def test_nested_indefinite_lengths_cost_no_more_than_their_levels() -> None:
    # each typed level scans what is inside once: bounded by the depth of the type
    octets = b"\x30\x80" * 30_000
    with pytest.raises(DecodeError):
        e2e.decode_HandshakeReq(octets)


def test_object_identifier_size_is_bounded() -> None:
    octets = b"\x06\x82\x10\x00" + b"\x81" * 4095 + b"\x01"
    assert fault(acse_1.decode_MechanismName, octets)[1] == (
        "object identifier is longer than 128 octets"
    )


def test_empty_object_identifier_passes_where_the_module_says_any_title() -> None:
    assert acse_1.decode_APTitle(b"\x06\x00") == b"\x06\x00"
    assert fault(acse_1.decode_MechanismName, b"\x06\x00")[1] == "object identifier without arcs"


# --- octets as received -------------------------------------------------------------------------


def test_covered_octets_are_kept_as_received() -> None:
    octets = long_lengths(e2e.encode_HandshakeReq(REQUEST), 3)
    request = e2e.decode_HandshakeReq(octets)
    assert request.tbs.token1.dhKey == REQUEST.tbs.token1.dhKey
    assert request.tbs_octets == long_lengths(e2e.encode_HandshakeReqTbs_content(REQUEST.tbs), 3)
    assert request.tbs_octets in octets
    assert request.tbs_octets != e2e.encode_HandshakeReqTbs_content(REQUEST.tbs)


def test_indefinite_length_keeps_its_end_of_contents_octets() -> None:
    octets = indefinite_lengths(e2e.encode_ClearTransfer(TRANSFER))
    transfer = e2e.decode_ClearTransfer(octets)
    assert transfer.tbp_octets.endswith(b"\0\0")
    assert transfer.tbp.token2_octets.endswith(b"\0\0")
    assert b"\x30\x80" + transfer.tbp_octets in octets


def test_the_content_encoders_make_what_a_der_encoding_holds() -> None:
    transfer = e2e.decode_ClearTransfer(e2e.encode_ClearTransfer(TRANSFER), der=True)
    assert transfer.tbp_octets == e2e.encode_ClearTransferTbp_content(TRANSFER.tbp)
    assert transfer.tbp.token2_octets == e2e.encode_ClearToken2_content(TRANSFER.tbp.token2)


def test_kept_octets_take_no_part_in_equality_or_repr() -> None:
    decoded = e2e.decode_ClearTransfer(e2e.encode_ClearTransfer(TRANSFER))
    assert decoded.tbp_octets
    assert decoded == TRANSFER
    assert "octets" not in repr(decoded)


def test_a_profile_time_is_kept_whatever_its_form() -> None:
    for time in ("20260929141404.", "20260929141404Z", "20260929141404,5Z"):
        value = samples.associate_request().calling_authentication_value
        assert value is not None
        assert value[0] == "external"
        assert value[1].encoding[0] == "single-ASN1-type"
        kind, plain = decode_MMSAuthenticationValue(value[1].encoding[1])
        octets = encode_MMSAuthenticationValue((kind, dataclasses.replace(plain, time=time)))
        assert decode_MMSAuthenticationValue(octets)[1].time_octets == time.encode("ascii")


# --- encoding -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"assoID": "1:2:3"}, ("ClearToken2", "assoID")),
        ({"assoID": 12}, ("ClearToken2", "assoID")),
        ({"time": "20260929141404.123Z"}, ("ClearToken2", "time")),
        ({"time": None}, ("ClearToken2", "time")),
        ({"seq": -1}, ("ClearToken2", "seq")),
        ({"seq": 2**32}, ("ClearToken2", "seq")),
        ({"seq": "7"}, ("ClearToken2", "seq")),
        ({"iv": "text"}, ("ClearToken2", "iv")),
        ({"rekey": []}, ("ClearToken2", "rekey")),
        ({"rekey": [None]}, ("ClearToken2", "rekey", "[0]", "group")),
    ],
)
def test_values_that_cannot_be_encoded(changes: dict[str, Any], path: tuple[str, ...]) -> None:
    with pytest.raises(EncodeError) as caught:
        e2e.encode_ClearToken2(dataclasses.replace(TOKEN, **changes))
    assert caught.value.path == path


@pytest.mark.parametrize("element", [b"", b"\x05", b"\x05\x00\x05\x00", b"\x30\x80\x05\x00"])
def test_an_open_type_holds_exactly_one_element(element: bytes) -> None:
    tbp = e2e.ClearTransferTbp(token2=TOKEN, applData=element)
    with pytest.raises(EncodeError) as caught:
        e2e.encode_ClearTransferTbp_content(tbp)
    assert caught.value.path == ("ClearTransfer.tbp", "applData")


def test_input_that_is_not_octets() -> None:
    assert e2e.decode_SequenceNumber(bytearray(b"\x02\x01\x05")) == 5  # type: ignore[arg-type]
    with pytest.raises(DecodeError, match="input is not octets"):
        e2e.decode_SequenceNumber("020105")  # type: ignore[arg-type]
