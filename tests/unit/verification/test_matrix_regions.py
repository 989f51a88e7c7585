"""Regions of policies: widened, covered, said in words."""

from __future__ import annotations

from itertools import product

from interlock.verification.matrix_regions import Dimension, Region, cover, everywhere, in_words

MODES = Dimension("modes", "client", "modes", ("native", "both"))
FALLBACK = Dimension("fallback", "client", "fallback", ("never", "signed", "any"))
PIN = Dimension("pin", "client", "pin", ("no", "yes"))
ALL = (MODES, FALLBACK, PIN)
PLACES = list(product(*(dimension.values for dimension in ALL)))


def _is_open(place: tuple[str, ...]) -> bool:
    modes, fallback, pin = place
    return modes == "both" and fallback != "never" and pin == "no"


def test_a_region_of_some_values_holds_the_places_with_them() -> None:
    region = Region.of(ALL, {"fallback": ["never", "any"]})
    assert ("both", "any", "no") in region
    assert ("both", "signed", "no") not in region
    assert len(list(region.places(ALL))) == 8


def test_places_are_in_the_order_of_the_dimensions() -> None:
    assert list(everywhere(ALL).places(ALL)) == PLACES


def test_a_cover_has_the_weakest_conditions() -> None:
    wanted = [place for place in PLACES if _is_open(place)]
    found = cover(ALL, wanted, _is_open)
    assert [in_words(ALL, region) for region in found] == [
        "modes: both; fallback: signed or any; pin: no"
    ]


def test_a_cover_holds_everything_wanted_and_nothing_else() -> None:
    wanted = [place for place in PLACES if not _is_open(place)]
    found = cover(ALL, wanted, lambda place: not _is_open(place))
    for place in PLACES:
        assert any(place in region for region in found) == (not _is_open(place))
    assert [in_words(ALL, region) for region in found] == [
        "modes: native",
        "fallback: never",
        "pin: yes",
    ]


def test_what_is_neither_wanted_nor_forbidden_makes_conditions_shorter() -> None:
    found = cover(ALL, [("native", "never", "no")], lambda place: place[0] == "native")
    assert [in_words(ALL, region) for region in found] == ["modes: native"]


def test_a_region_that_others_make_superfluous_is_left_out() -> None:
    allowed = {("native", "never", "no"), ("native", "never", "yes"), ("both", "never", "yes")}
    found = cover(ALL, sorted(allowed), allowed.__contains__)
    assert len(found) == 2


def test_everywhere_is_said_as_always() -> None:
    assert in_words(ALL, everywhere(ALL)) == "always"
    assert cover(ALL, [], lambda _: True) == ()
