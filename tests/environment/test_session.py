"""Session SPDUs: captured layouts, both length forms, C1 and C2, every truncation."""

from __future__ import annotations

import random

import pytest

from iec62351_4.environment.session import (
    SI,
    SPDU,
    UserDataForm,
    decode_spdu,
    encode_spdu,
)
from iec62351_4.errors import DecodeError, TransportError


def connect(user_data: bytes, si: SI = SI.CONNECT) -> SPDU:
    """A CONNECT with the parameters of the captured one."""
    return SPDU(
        si,
        protocol_options=0,
        version_number=2,
        requirements=2,
        calling_selector=b"\x00\x01",
        called_selector=b"\x00\x01",
        user_data=user_data,
    )


CAPTURED_PARAMETERS = bytes.fromhex("05061301001601021402000233020001" + "34020001")


def test_captured_connect_layout() -> None:
    octets = encode_spdu(connect(bytes(1377)))
    assert len(octets) == 1405
    assert octets[:28] == bytes.fromhex("0dff0579") + CAPTURED_PARAMETERS + bytes.fromhex(
        "c2ff0561"
    )
    decoded = decode_spdu(octets)
    assert decoded.user_data_is_extended
    assert decoded.user_data == bytes(1377)
    assert (decoded.version_number, decoded.requirements) == (2, 2)


def test_one_octet_lengths_up_to_254() -> None:
    octets = encode_spdu(connect(bytes(150)))
    assert octets[:24] == bytes((0x0D, 172)) + CAPTURED_PARAMETERS + b"\xc1\x96"
    assert decode_spdu(octets).user_data == bytes(150)


@pytest.mark.parametrize(
    ("octets", "header"), [(254, "c1fe"), (255, "c1ff00ff"), (256, "c1ff0100")]
)
def test_length_indicator_changes_at_255(octets: int, header: str) -> None:
    encoded = encode_spdu(connect(bytes(octets)))
    assert encoded.endswith(bytes.fromhex(header) + bytes(octets))
    assert decode_spdu(encoded).user_data == bytes(octets)
    content = bytes(octets - 4)
    finish = encode_spdu(SPDU(SI.FINISH, user_data=content))
    assert decode_spdu(finish).user_data == content


@pytest.mark.parametrize(
    ("form", "octets", "identifier"),
    [
        (UserDataForm.AUTO, 512, 0xC1),
        (UserDataForm.AUTO, 513, 0xC2),
        (UserDataForm.C1, 513, 0xC1),
        (UserDataForm.C1, 10240, 0xC1),
        (UserDataForm.C2, 10, 0xC2),
    ],
)
@pytest.mark.parametrize("si", [SI.CONNECT, SI.ACCEPT])
def test_user_data_forms(form: UserDataForm, octets: int, identifier: int, si: SI) -> None:
    encoded = encode_spdu(connect(bytes(octets), si), form)
    decoded = decode_spdu(encoded)
    at = len(encoded) - octets - (2 if octets < 255 else 4)
    assert encoded[at] == identifier
    assert decoded.user_data == bytes(octets)
    assert decoded.user_data_is_extended is (identifier == 0xC2)


def test_user_data_limit() -> None:
    with pytest.raises(TransportError, match="above the limit of 10240"):
        encode_spdu(connect(bytes(10241)))
    over = encode_spdu(SPDU(SI.ABORT, user_data=bytes(10241)))
    with pytest.raises(DecodeError, match="more than 10240 octets"):
        decode_spdu(b"\x0d" + over[1:])


@pytest.mark.parametrize(
    ("spdu", "octets"),
    [
        (SPDU(SI.DATA_TRANSFER, user_data=b"\x61\x00"), "010001006100"),
        (SPDU(SI.FINISH, transport_disconnect=1, user_data=b"a"), "0906110101c10161"),
        (SPDU(SI.DISCONNECT, user_data=b"a"), "0a03c10161"),
        (SPDU(SI.NOT_FINISHED, user_data=b"a"), "0803c10161"),
        (SPDU(SI.ABORT, transport_disconnect=3, user_data=b"a"), "1906110103c10161"),
        (SPDU(SI.ABORT_ACCEPT), "1a00"),
        (
            SPDU(SI.REFUSE, transport_disconnect=1, reason=2, user_data=b"ab"),
            "0c081101013203026162",
        ),
        (SPDU(SI.REFUSE, reason=1), "0c03320101"),
    ],
)
def test_the_other_spdus(spdu: SPDU, octets: str) -> None:
    assert encode_spdu(spdu).hex() == octets
    assert decode_spdu(bytes.fromhex(octets)) == spdu


@pytest.mark.parametrize("octets", ["020001006100", "010001031901036100"])
def test_data_transfer_variants(octets: str) -> None:
    """PLEASE TOKENS instead of GIVE TOKENS, and an enclosure item that says whole."""
    assert decode_spdu(bytes.fromhex(octets)).user_data == b"\x61\x00"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        ("", "empty SPDU"),
        ("01", "DATA TRANSFER without GIVE TOKENS"),
        ("0100010361", "length runs past the end"),
        ("0100", "no DATA TRANSFER behind the token SPDU"),
        ("01000200", "no DATA TRANSFER behind the token SPDU"),
        ("010001031901016100", "segmented SSDU, but segmenting was not agreed"),
        ("0703c10161", "SPDU identifier 0x07 is unknown"),
        ("0d", "length indicator is missing"),
        ("0dff01", "three-octet length indicator is cut off"),
        ("0d02c101", "length runs past the end"),
        ("0a03c1016100", "octets follow the SPDU"),
        ("0d06c10161c10161", "parameter 0xc1 twice"),
        ("0d06c10161c20161", "User Data and Extended User Data together"),
        ("0d03140102", "parameter 0x14 is not 2 octets"),
        ("0d133311" + "00" * 17, "session selector is longer than 16 octets"),
        ("0c023200", "reason code is empty"),
    ],
)
def test_refused_octets(octets: str, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_spdu(bytes.fromhex(octets))
    assert caught.value.reason == reason


def test_unknown_parameters_are_skipped() -> None:
    octets = bytes.fromhex("0d0a" + "01020900" + "7e0161" + "c10162")
    assert decode_spdu(octets) == SPDU(SI.CONNECT, user_data=b"b")


@pytest.mark.parametrize("size", [20, 600])
def test_every_truncation(size: int) -> None:
    octets = encode_spdu(connect(bytes(size)))
    for cut in range(len(octets)):
        with pytest.raises(DecodeError):
            decode_spdu(octets[:cut])


def fault_of(octets: bytes) -> DecodeError | None:
    """The typed error of some octets; anything else is raised."""
    try:
        decode_spdu(octets)
    except DecodeError as error:
        return error
    return None


def test_mutations_raise_nothing_else() -> None:
    generator = random.Random(2)
    original = encode_spdu(connect(bytes(40)))
    for _ in range(5000):
        octets = bytearray(original)
        for _ in range(generator.randrange(1, 4)):
            octets[generator.randrange(len(octets))] = generator.randrange(256)
        error = fault_of(bytes(octets))
        assert error is None or 0 <= error.offset <= len(octets)


def test_many_parameters_are_bounded() -> None:
    content = b"".join(bytes((0x40 + n, 0)) for n in range(40))
    with pytest.raises(DecodeError, match="more than 32 parameters"):
        decode_spdu(bytes((0x0D, len(content))) + content)
