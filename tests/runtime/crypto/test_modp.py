"""Group 14: both ways of computing it, and the values it must refuse."""

from __future__ import annotations

import random
import warnings

import pytest

from iec62351_4.crypto import modp
from iec62351_4.crypto.modp import (
    MODP14_PRIME,
    agree_modp14,
    is_in_subgroup,
    power_modp14,
    public_modp14,
)
from iec62351_4.errors import IntegrityError

ORDER = (MODP14_PRIME - 1) // 2
SAMPLE = random.Random(14)


def octets(value: int) -> bytes:
    return value.to_bytes(256, "big")


def test_prime_follows_the_formula_of_rfc3526() -> None:
    """p = 2^2048 - 2^1984 - 1 + 2^64 * (floor(2^1918 * pi) + 124476), pi by Machin's formula."""
    unit = 1 << 2000

    def arctan_inverse(x: int) -> int:
        total, term, n, sign = 0, unit // x, 1, 1
        while term:
            total += sign * (term // n)
            term //= x * x
            n, sign = n + 2, -sign
        return total

    pi = 4 * (4 * arctan_inverse(5) - arctan_inverse(239))
    middle = (pi * (1 << 1918)) // unit + 124476
    assert 2**2048 - 2**1984 - 1 + 2**64 * middle == MODP14_PRIME


def test_library_is_present_in_the_pinned_version() -> None:
    """When this fails, the library has dropped the group: the fallback is in use from then on."""
    assert modp._dh is not None


def test_fallback_equals_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [(SAMPLE.randrange(2, MODP14_PRIME - 1), SAMPLE.getrandbits(320)) for _ in range(8)]
    cases += [(2, 1), (2, 2048), (MODP14_PRIME - 2, 3), (MODP14_PRIME - 2, (1 << 320) - 1)]
    by_library = [power_modp14(*case) for case in cases]
    monkeypatch.setattr(modp, "_dh", None)
    by_fallback = [power_modp14(*case) for case in cases]
    assert by_library == by_fallback == [pow(b, e, MODP14_PRIME) for b, e in cases]


def test_no_warning_escapes_and_others_are_not_silenced() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        public_modp14(5)
        with pytest.raises(UserWarning):
            warnings.warn("another", UserWarning, stacklevel=1)


def test_leading_zeros_are_kept() -> None:
    assert public_modp14(1) == bytes(255) + b"\x02"
    assert agree_modp14(3, octets(2)) == bytes(255) + b"\x08"


def test_subgroup_check_equals_the_definition() -> None:
    values = [SAMPLE.randrange(2, MODP14_PRIME - 1) for _ in range(12)] + [2, 3, MODP14_PRIME - 2]
    answers = [is_in_subgroup(value) for value in values]
    assert answers == [pow(value, ORDER, MODP14_PRIME) == 1 for value in values]
    assert {True, False} == set(answers)


@pytest.mark.parametrize(
    "public",
    [
        b"",
        octets(0),
        octets(1),
        octets(MODP14_PRIME - 1),
        octets(MODP14_PRIME),
        octets(MODP14_PRIME + 1),
        b"\xff" * 256,
        octets(2)[1:],
        b"\x00" + octets(2),
        octets(MODP14_PRIME - 4),  # -4 is no quadratic residue
    ],
)
def test_bad_public_values_are_refused(public: bytes) -> None:
    with pytest.raises(IntegrityError):
        agree_modp14(12345, public)
