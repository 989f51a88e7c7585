"""Both GeneralizedTime forms: reading, writing, refusing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from iec62351_4.errors import DecodeError, EncodeError
from iec62351_4.times import (
    format_a_profile_time,
    format_time_stamp,
    parse_a_profile_time,
    parse_time_stamp,
)

MOMENT = int(datetime(2026, 9, 29, 14, 14, 4, tzinfo=UTC).timestamp()) * 1000


@pytest.mark.parametrize(
    ("octets", "extra"),
    [
        (b"20260929141404.", 0),  # the form captured from deployed peers
        (b"20260929141404,", 0),
        (b"20260929141404", 0),
        (b"20260929141404Z", 0),
        (b"20260929141404.Z", 0),
        (b"20260929141404.5", 500),
        (b"20260929141404,25Z", 250),
        (b"20260929141404.123456789Z", 123),
    ],
)
def test_a_profile_forms_mean_utc(octets: bytes, extra: int) -> None:
    assert parse_a_profile_time(octets) == MOMENT + extra


@pytest.mark.parametrize("octets", [b"20260929141404.007Z", b"20260929141404,007Z"])
def test_time_stamp_accepts_point_and_comma(octets: bytes) -> None:
    assert parse_time_stamp(octets) == MOMENT + 7


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"20260929141404",
        b"20260929141404Z",
        b"20260929141404.",
        b"20260929141404.00Z",
        b"20260929141404.0000Z",
        b"20260929141404.000",
        b"20260929141404.000+0000",
        b"20260929T141404.000Z",
        b"20260929141404.000Z\n",
        "２0260929141404.000Z".encode(),
        b" 20260929141404.000Z",
        b"-2026092914140.000Z",
    ],
)
def test_time_stamp_refuses_other_forms(octets: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_time_stamp(octets)
    assert (caught.value.reason, caught.value.offset) == ("not a time of the required form", 0)


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        (b"00000101000000.000Z", 0),
        (b"20261301000000.000Z", 4),
        (b"20260001000000.000Z", 4),
        (b"20260132000000.000Z", 6),
        (b"20260229000000.000Z", 6),  # no leap year
        (b"21000229000000.000Z", 6),  # no leap year either
        (b"20260101240000.000Z", 8),
        (b"20260101006000.000Z", 10),
        (b"20260101000060.000Z", 12),
    ],
)
def test_calendar_is_checked_and_the_wrong_field_named(octets: bytes, offset: int) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_time_stamp(octets)
    assert (caught.value.reason, caught.value.offset) == ("not a time of the calendar", offset)


@pytest.mark.parametrize("octets", [b"20260929141404+0000", b"202609291414", b"20260929141404..5"])
def test_a_profile_refuses_other_forms(octets: bytes) -> None:
    with pytest.raises(DecodeError):
        parse_a_profile_time(octets)


@pytest.mark.parametrize("time", [0, 1, -1, MOMENT + 999, -62_135_596_800_000, 253_402_300_799_999])
def test_time_stamp_round_trip(time: int) -> None:
    assert parse_time_stamp(format_time_stamp(time)) == time


def test_a_profile_forms_of_writing() -> None:
    assert format_a_profile_time(MOMENT + 999) == b"20260929141404."
    assert format_a_profile_time(MOMENT + 999, "full") == b"20260929141404.999Z"


def test_leap_day_is_read() -> None:
    assert parse_time_stamp(b"20240229000000.000Z") == 1_709_164_800_000


@pytest.mark.parametrize("time", [-62_135_596_800_001, 253_402_300_800_000, 10**30])
def test_times_outside_the_calendar_are_not_written(time: int) -> None:
    with pytest.raises(EncodeError):
        format_time_stamp(time)
