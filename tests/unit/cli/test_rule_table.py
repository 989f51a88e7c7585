"""All codes in one table."""

from __future__ import annotations

import re

import pytest

from interlock.cli.rule_table import all_rules, explained
from interlock.core.errors import UsageError


def test_every_area_is_there() -> None:
    areas = {re.sub(r"[0-9]+", "", code) for code in all_rules()}
    assert areas == {"AMD", "ASN", "DAT", "MDL", "PRP", "SM", "SPC", "TPL", "VER"}


def test_codes_are_in_order() -> None:
    assert list(all_rules()) == sorted(all_rules())


def test_severities() -> None:
    rules = all_rules()
    assert rules["SPC022"].severity == "warning"
    assert rules["SM025"].severity == "warning"
    assert rules["SM024"].severity == "error"


def test_case_does_not_matter() -> None:
    assert explained("sm024").code == "SM024"


def test_an_unknown_code_offers_the_nearest() -> None:
    with pytest.raises(UsageError) as caught:
        explained("VER0255")
    assert str(caught.value) == 'no code "VER0255"; did you mean "VER025"?'
