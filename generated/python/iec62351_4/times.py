"""The two GeneralizedTime forms of the standard, as integers and back.

All times in this package are integers: milliseconds since 1970-01-01T00:00:00Z. Signatures and
ICVs are always computed over the octets as received, so nothing here is ever re-encoded for
verification.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

from iec62351_4.errors import DecodeError, EncodeError

_DIGITS = rb"(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})"
_A_PROFILE = re.compile(_DIGITS + rb"(?:[.,](\d{0,9}))?Z?", re.ASCII)
_TIME_STAMP = re.compile(_DIGITS + rb"[.,](\d{3})Z", re.ASCII)
_FIELDS = (0, 4, 6, 8, 10, 12)  # offsets of year, month, day, hour, minute, second

AProfileForm = Literal["dot", "full"]
"""What the A-profile sends."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_a_profile_time(octets: bytes) -> int:
    """Read the ``time`` of an A-profile authentication value.

    Source: 62351-4, 11.2. INTERPRETATION (Q4): deployed peers send
    ``YYYYMMDDhhmmss.`` with a trailing dot and no zone. Accepted are: no fraction, a lone ``.``
    or ``,``, or up to nine fraction digits; with or without ``Z``. A missing zone means UTC.

    Args:
        octets: Content octets, without tag and length.

    Returns:
        Milliseconds since the epoch; further fraction digits are cut off.

    Raises:
        DecodeError: Another form, or not a date of the calendar. A leap second (60) is
            refused, because the result has no place for it.
    """
    return _parse(_A_PROFILE, octets)


def parse_time_stamp(octets: bytes) -> int:
    """Read the ``time`` of a SecPDU: ``YYYYMMDDhhmmss.sssZ``, or with a comma.

    Source: 62351-4, 13.1.2. ``Z`` and three fraction digits are mandatory.

    Args:
        octets: Content octets, without tag and length.

    Returns:
        Milliseconds since the epoch.

    Raises:
        DecodeError: Another form, or not a date of the calendar.
    """
    return _parse(_TIME_STAMP, octets)


def format_a_profile_time(time: int, form: AProfileForm = "dot") -> bytes:
    """Write the ``time`` of an A-profile authentication value.

    Args:
        time: Milliseconds since the epoch.
        form: ``dot`` is the form of deployed peers, ``YYYYMMDDhhmmss.`` without milliseconds;
            ``full`` is that of ``format_time_stamp`` (Q4).

    Raises:
        EncodeError: The time lies outside the years 1 to 9999.
    """
    return _calendar_digits(time) + b"." if form == "dot" else format_time_stamp(time)


def format_time_stamp(time: int) -> bytes:
    """Write the ``time`` of a SecPDU as ``YYYYMMDDhhmmss.sssZ``.

    Raises:
        EncodeError: The time lies outside the years 1 to 9999.
    """
    return b"%b.%03dZ" % (_calendar_digits(time), time % 1000)


def milliseconds(year: int, month: int, day: int, hour: int, minute: int, second: int) -> int:
    """Return the milliseconds since the epoch of a UTC calendar time.

    Raises:
        ValueError: Not a date and time of the (proleptic Gregorian) calendar.
    """
    moment = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _parse(form: re.Pattern[bytes], octets: bytes) -> int:
    match = form.fullmatch(octets)
    if match is None:
        raise DecodeError("not a time of the required form", 0)
    fields = [int(group) for group in match.groups()[:6]]
    try:
        whole = milliseconds(*fields)
    except ValueError as error:
        raise DecodeError("not a time of the calendar", _first_wrong_field(fields)) from error
    fraction = match.group(7) or b""
    return whole + int(fraction[:3].ljust(3, b"0"))


def _first_wrong_field(fields: list[int]) -> int:
    """Return the offset of the first field that its own range refuses; the day if none is."""
    limits = ((1, 9999), (1, 12), (1, 31), (0, 23), (0, 59), (0, 59))
    for offset, value, (low, high) in zip(_FIELDS, fields, limits, strict=True):
        if not low <= value <= high:
            return offset
    return _FIELDS[2]  # e.g. 30 February


def _calendar_digits(time: int) -> bytes:
    try:
        moment = _EPOCH + timedelta(milliseconds=time)
    except OverflowError as error:
        raise EncodeError("time is outside the years 1 to 9999") from error
    # strftime would print the years before 1000 without leading zeros on some platforms.
    return b"%04d%02d%02d%02d%02d%02d" % moment.timetuple()[:6]
