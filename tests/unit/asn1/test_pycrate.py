"""Object sets of our own features, read a second time by pycrate."""

from __future__ import annotations

import pytest

from unit.asn1 import oracle
from unit.asn1.loading import FEATURES, feature

# Those that pycrate 0.8 reads. It stops at ^ and EXCEPT in sets, INSTANCE OF, sets of inline
# objects in the default notation, and modules imported under another name.
READ = ("class-alias", "class-with-syntax", "parameter-class", "parameter-set", "type-identifier")


def without_defaults(spelled: oracle.Spelled) -> oracle.Spelled:
    """pycrate does not fill in the defaults of a class (here ``&keyed BOOLEAN DEFAULT FALSE``)."""
    objects, marker = spelled
    return [one.replace(", ('keyed', False)", "") for one in objects], marker


@pytest.mark.requires("pycrate")
@pytest.mark.parametrize("name", READ)
def test_object_sets_agree(name: str) -> None:
    ours = feature(name).object_sets
    assert ours
    text = (FEATURES / f"{name}.asn1").read_text(encoding="utf-8")
    theirs = oracle.read_sets(text, list(ours))
    for key, found in ours.items():
        assert without_defaults(oracle.spell(found)) == theirs[key], key
