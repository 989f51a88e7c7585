"""pycrate as a second reader of information objects."""

from __future__ import annotations

import contextlib
import io
from typing import Any

from interlock.asn1.types import InformationObject, Name, NamedBits, ObjectSet, OidValue

# A set as both sides can spell it: the plain values of each object, and the extension marker.
Spelled = tuple[list[str], bool]


def read_sets(text: str, keys: list[str]) -> dict[str, Spelled]:
    """What pycrate makes of the object sets ``keys`` (``Module.Set``)."""
    from pycrate_asn1c.asnproc import compile_text
    from pycrate_asn1c.glob import GLOBAL

    with contextlib.redirect_stdout(io.StringIO()):  # it tells what it does
        GLOBAL.clear()
        compile_text(text)
    result: dict[str, Spelled] = {}
    for key in keys:
        module, name = key.split(".")
        found = GLOBAL.MOD[module][name].get_val()
        objects = [*found["root"], *(found["ext"] or [])]
        result[key] = (sorted(map(_their_spelling, objects)), found["ext"] is not None)
    return result


def spell(found: ObjectSet) -> Spelled:
    """One of our sets in the same spelling."""
    return sorted(map(_our_spelling, found.objects)), found.extensible


def _their_spelling(one: dict[str, Any]) -> str:
    kept = {name: value for name, value in one.items() if isinstance(value, int | str | list)}
    types = sorted(name for name in one if name[0].isupper() and name not in kept)
    return f"{sorted(kept.items())} {types}"


def _our_spelling(one: InformationObject) -> str:
    kept: dict[str, object] = {}
    for name, value in one.values.items():
        if isinstance(value, OidValue):
            kept[name[1:]] = list(value.arcs)
        elif isinstance(value, Name):
            kept[name[1:]] = value.name
        elif not isinstance(value, NamedBits):
            kept[name[1:]] = value
    return f"{sorted(kept.items())} {sorted(name[1:] for name in one.types)}"
