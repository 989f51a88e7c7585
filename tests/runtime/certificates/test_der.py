"""Strict DER: what is read, what is refused, and where the error points."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from iec62351_4.certificates import der
from iec62351_4.certificates.der import Element, Reader, read_whole, write_integer
from iec62351_4.errors import CertificateError, EncodeError

H = bytes.fromhex


def element(octets: str) -> Element:
    return Reader(H(octets)).read()


@pytest.mark.parametrize(
    ("octets", "detail"),
    [
        ("", "element expected at offset 0"),
        ("30", "element expected at offset 0"),
        ("3080020100" + "0000", "indefinite or oversized length at offset 1"),
        ("30ff", "indefinite or oversized length at offset 1"),
        ("308400000000", "indefinite or oversized length at offset 1"),
        ("308101" + "00", "length is truncated or not minimal at offset 1"),
        ("30820080" + "00" * 128, "length is truncated or not minimal at offset 1"),
        ("3081", "length is truncated or not minimal at offset 1"),
        ("308201", "length is truncated or not minimal at offset 1"),
        ("3001", "element is longer than what contains it at offset 0"),
        ("3f8101" + "00", "high tag number at offset 0"),
        ("3100", "tag 30 expected, not 31 at offset 0"),
        ("300000", "unexpected element at offset 2"),
    ],
)
def test_malformed_structure(octets: str, detail: str) -> None:
    with pytest.raises(CertificateError) as caught:
        read_whole(H(octets))
    assert (caught.value.reason, caught.value.detail) == ("malformed", detail)
    assert not caught.value.is_alarm


def test_inner_element_cannot_reach_beyond_its_container() -> None:
    outer = Reader(H("3004" + "02030102" + "03")).read()  # the octet behind would fit
    with pytest.raises(CertificateError) as caught:
        outer.children().read()
    assert caught.value.detail == "element is longer than what contains it at offset 2"


@pytest.mark.parametrize(
    ("octets", "read"),
    [
        ("0200", Element.integer),
        ("02020001", Element.integer),
        ("0202ff80", Element.integer),
        ("010101", Element.boolean),
        ("0100", Element.boolean),
        ("0102ffff", Element.boolean),
        ("0600", Element.object_identifier),
        ("060180", Element.object_identifier),
        ("06022a80", Element.object_identifier),
        ("06032a8001", Element.object_identifier),
        ("06820201" + "2a" * 513, Element.object_identifier),
        ("0300", Element.bit_string),
        ("030108", Element.bit_string),
        ("030101", Element.bit_string),
        ("03020101", Element.bit_string),
        ("030201fe", Element.whole_octets),
        ("03020080", Element.named_bits),
        ("03030780" + "00", Element.named_bits),
        ("0c01ff", Element.text),
        ("160180", Element.text),
        ("170d3236303930313030303030305a", lambda e: Element.children(e)),
        ("170b323630393031303030305a", Element.time),
        ("1711323630393031303030303030" + "2b30303030", Element.time),
        ("170d3236313330313030303030305a", Element.time),
        ("18113230323630393031303030303030" + "2e355a", Element.time),
        ("0c0d3236303930313030303030305a", Element.time),
    ],
)
def test_malformed_values(octets: str, read: Callable[[Element], object]) -> None:
    with pytest.raises(CertificateError) as caught:
        read(element(octets))
    assert caught.value.reason == "malformed"
    assert caught.value.detail.endswith("at offset 0")


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("060301ca22", "0.1.9506"),
        ("06042883e70f", "1.0.62351"),
        ("0607290187" + "67010c05", "1.1.1.999.1.12.5"),
        ("0603883703", "2.999.3"),
        ("06012a", "1.2"),
        ("0603550406", "2.5.4.6"),
        ("0601" + "4f", "1.39"),
        ("0601" + "50", "2.0"),
    ],
)
def test_object_identifiers_both_ways(octets: str, value: str) -> None:
    assert element(octets).object_identifier() == value
    assert der.write_oid(value) == H(octets)


@pytest.mark.parametrize(
    "dotted",
    ["", "1", "3.1", "1.40", "0.40", "1.02", "1.2.", ".1.2", "1.-2", "1.2 ", "1.２", "1.2" * 999],
)
def test_impossible_object_identifiers_are_not_written(dotted: str) -> None:
    with pytest.raises(EncodeError):
        der.write_oid(dotted)


def test_object_identifier_with_too_many_arcs_is_not_written() -> None:
    with pytest.raises(EncodeError):
        der.write_oid("1.2" + ".3" * 200)


@pytest.mark.parametrize("value", [0, 1, 127, 128, 255, 256, -1, -128, -129, 1 << 127, -(1 << 64)])
def test_integers_both_ways(value: int) -> None:
    encoded = write_integer(value)
    assert Reader(encoded).read(der.INTEGER).integer() == value


def test_integer_is_written_minimally() -> None:
    assert [write_integer(v).hex() for v in (0, 127, 128, -128, -129)] == [
        "020100",
        "02017f",
        "02020080",
        "020180",
        "0202ff7f",
    ]


@pytest.mark.parametrize("bits", [set(), {0}, {7}, {8}, {0, 4}, {5, 6}, {0, 15}])
def test_named_bits_both_ways(bits: set[int]) -> None:
    encoded = der.write_named_bits(frozenset(bits))
    assert Reader(encoded).read(der.BIT_STRING).named_bits() == bits


def test_key_usage_of_annex_g_has_the_captured_octets() -> None:
    assert der.write_named_bits(frozenset({0, 4})) == H("03020388")


@pytest.mark.parametrize(
    ("octets", "time"),
    [
        (b"\x17\x0d500101000000Z", -631_152_000_000),
        (b"\x17\x0d491231235959Z", 2_524_607_999_000),
        (b"\x18\x0f20500101000000Z", 2_524_608_000_000),
        (b"\x18\x0f99991231235959Z", 253_402_300_799_000),
    ],
)
def test_times(octets: bytes, time: int) -> None:
    assert Reader(octets).read().time() == time


@pytest.mark.parametrize("length", [0, 127, 128, 255, 256, 65535, 65536])
def test_lengths_both_ways(length: int) -> None:
    encoded = der.tlv(der.OCTET_STRING, bytes(length))
    assert len(read_whole(encoded, der.OCTET_STRING).content) == length
