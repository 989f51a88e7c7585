"""Primitive values: read, shown, checked."""

from __future__ import annotations

import pytest

from interlock.asn1 import types as a
from interlock.decode.values import Value, ValueFault, ValueReader, size_violation, violations

READER = ValueReader({"1.0.9506.2.1": "mms"})
NAMED = a.BitStringType(names=(("first", 0), ("third", 2)))
ENUMERATED = a.EnumeratedType(items=(("no", 0), ("yes", 1)))
OPEN_ENUMERATED = a.EnumeratedType(items=(("no", 0),), extensible=True)
STRING = a.StringType(name="UTF8String", universal=12)
TIME = a.TimeType(name="GeneralizedTime", universal=24)


@pytest.mark.parametrize(
    ("base", "content", "raw", "text"),
    [
        (a.BooleanType(), "00", False, "false"),
        (a.BooleanType(), "01", True, "true"),
        (a.NullType(), "", None, "NULL"),
        (a.IntegerType(), "ff", -1, "-1"),
        (a.IntegerType(names=(("one", 1),)), "01", 1, "one (1)"),
        (a.IntegerType(), "00fde8", 65000, "65000"),
        (ENUMERATED, "01", 1, "yes (1)"),
        (OPEN_ENUMERATED, "07", 7, "7 (not an item that is known)"),
        (NAMED, "05a0", "101", "{first, third}"),
        (NAMED, "0640", "01", "{bit 1}"),
        (NAMED, "00", "", "{}"),
        (a.BitStringType(), "0580", "100", "'100'B"),
        (a.OctetStringType(), "", b"", "(empty)"),
        (a.OctetStringType(), "beef", b"\xbe\xef", "beef"),
        (a.ObjectIdentifierType(), "28ca220201", "1.0.9506.2.1", "1.0.9506.2.1 (mms)"),
        (a.ObjectIdentifierType(), "883703", "2.999.3", "2.999.3"),
        (a.ObjectIdentifierType(), "", "", "(of length zero)"),
        (STRING, "c3a4", "ä", "'ä'"),
        (STRING, "1b5b", "\x1b[", "'\\x1b['"),  # nothing that a terminal obeys
    ],
)
def test_values(base: a.Type, content: str, raw: object, text: str) -> None:
    value = READER.read(base, bytes.fromhex(content))
    assert (value.raw, value.text) == (raw, text)


def test_long_octets_are_shortened() -> None:
    text = READER.read(a.OctetStringType(), bytes(100)).text
    assert text == "00" * 24 + "... (100 octets)"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("20260929141404.123Z", "20260929141404.123Z  2026-09-29 14:14:04.123 UTC"),
        ("20260929141404.", "20260929141404.  2026-09-29 14:14:04 (no zone)"),
        ("2026092914Z", "2026092914Z  2026-09-29 14:00:00 UTC"),
        ("20260929141404+0200", "20260929141404+0200  2026-09-29 14:14:04 +0200"),
    ],
)
def test_times(text: str, shown: str) -> None:
    assert READER.read(TIME, text.encode()).text == shown


def test_a_time_in_a_string_type_is_shown_as_one() -> None:
    value = READER.read(STRING, b"20260929141404.")
    assert value.text == "'20260929141404.'  2026-09-29 14:14:04 (no zone)"
    assert READER.read(STRING, b"2026092914").text == "'2026092914'"  # may be a number


@pytest.mark.parametrize(
    ("base", "content"),
    [
        (a.BooleanType(), ""),
        (a.BooleanType(), "0101"),
        (a.NullType(), "00"),
        (a.IntegerType(), ""),
        (ENUMERATED, ""),
        (ENUMERATED, "07"),
        (a.BitStringType(), ""),
        (a.BitStringType(), "08ff"),
        (a.BitStringType(), "01"),
        (a.ObjectIdentifierType(), "2a86"),
        (a.ObjectIdentifierType(), "2a" * 200),
        (STRING, "ff"),
        (TIME, "2026"),
    ],
)
def test_octets_that_are_no_value(base: a.Type, content: str) -> None:
    with pytest.raises(ValueFault):
        READER.read(base, bytes.fromhex(content))


@pytest.mark.parametrize(
    ("constraints", "base", "value", "broken"),
    [
        (a.Constraints(values=(a.Interval(0, 7),)), a.IntegerType(), 8, "8 is outside 0..7"),
        (a.Constraints(values=(a.Interval(0, None),)), a.IntegerType(), 8, None),
        (
            a.Constraints(values=(a.Interval(0, 7),), values_extensible=True),
            a.IntegerType(),
            8,
            None,
        ),
        (
            a.Constraints(size=(a.Interval(1, 2),)),
            a.OctetStringType(),
            b"abc",
            "size 3 is outside 1..2",
        ),
        (a.Constraints(size=(a.Interval(1, 2),)), STRING, "ab", None),
        (
            a.Constraints(patterns=(r"\d\d",)),
            STRING,
            "4x",
            '"4x" does not match the PATTERN \\d\\d',
        ),
        (
            a.Constraints(alphabet="ab"),
            STRING,
            "abc",
            '"abc" has characters that are not permitted',
        ),
    ],
)
def test_constraints(
    constraints: a.Constraints, base: a.Type, value: int | str | bytes, broken: str | None
) -> None:
    content = value if isinstance(value, bytes) else b""
    found = violations(constraints, base, Value(value, ""), content)
    assert found == ([] if broken is None else [broken])


def test_sizes_of_lists() -> None:
    one = a.Constraints(size=(a.Interval(1, 1),))
    assert size_violation(one, 1) is None
    assert size_violation(one, 2) == "2 element(s) where SIZE is 1..1"
    assert size_violation(a.Constraints(), 2) is None
