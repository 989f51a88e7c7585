"""Random values of any type of the model, in the form of our codecs and in that of asn1tools.

Driven by the ASN.1 model alone: it knows nothing of the codec IR, so a mistake there shows as a
disagreement. What asn1tools is known to do wrong is avoided here, and said where.
"""

from __future__ import annotations

import importlib
import random
from datetime import datetime
from typing import Any

from iec62351_4.codec._ber import BitString
from interlock.asn1 import types as asn1
from interlock.asn1.external import written_out
from interlock.asn1.types import Asn1Model, Interval, Presence

ELEMENTS = [
    bytes.fromhex(text)
    for text in (
        "0500",
        "020105",
        "0403010203",
        "300602010104017f",
        "a80a800101a1050c0341c3a9",
        "bf480302012a",
        "04820100" + "5a" * 256,
    )
]
"""Elements for open types."""

UNKNOWN_OID = "1.3.6.1.4.1.99999.7"


class ValueMaker:
    """Makes pairs (our value, asn1tools value) of types of one model."""

    def __init__(self, model: Asn1Model, seed: int) -> None:
        self.model = model
        self.random = random.Random(seed)

    def make(self, key: str) -> tuple[Any, Any]:
        """A value of the named type with ``key``."""
        definition = self.model.types[key]
        return self.value(definition.type, definition.module, (definition.name,))

    def value(self, type_: asn1.Type, module: str, names: tuple[str, ...]) -> tuple[Any, Any]:
        """A value of ``type_``; ``module`` and ``names`` lead to the classes of inline types."""
        choose = self.random
        limits = type_.constraints
        match type_:
            case asn1.ReferenceType(definition=key):
                return self._reference(type_, key)
            case asn1.ClassFieldType(actual=actual):
                return self.value(actual, module, names)
            case asn1.BooleanType():
                flag = choose.random() < 0.5
                return flag, flag
            case asn1.NullType():
                return None, None
            case asn1.IntegerType():
                number = self._number(limits.values)
                return number, number
            case asn1.EnumeratedType(items=items):
                name, number = choose.choice(items)
                return number, name
            case asn1.BitStringType(names=bit_names):
                return self._bits(bool(bit_names))
            case asn1.OctetStringType():
                octets = choose.randbytes(self._length(limits.size))
                return octets, octets
            case asn1.ObjectIdentifierType():
                dotted = choose.choice([UNKNOWN_OID, "2.1.1", "1.0.62351.4.2.1", "2.999.3"])
                return dotted, dotted
            case asn1.StringType():
                text = self._text(type_)
                return text, text
            case asn1.TimeType():
                return self._time()
            case asn1.OpenType():
                element = choose.choice(ELEMENTS)
                return element, element
            case asn1.ExternalType():
                return self.value(written_out(type_), "EXTERNAL", ("External",))
            case asn1.ListType():
                return self._list(type_, module, names)
            case asn1.ChoiceType(alternatives=alternatives):
                chosen = choose.choice(alternatives)
                inner = self.value(chosen.type, module, (*names, chosen.name))
                return (chosen.name, inner[0]), (chosen.name, inner[1])
            case asn1.StructureType():
                return self._structure(type_, module, names)
        raise AssertionError(f"no values for {type_}")

    def _reference(self, type_: asn1.ReferenceType, key: str) -> tuple[Any, Any]:
        definition = self.model.types[key]
        inner = definition.type
        if isinstance(inner, asn1.StringType) and type_.constraints.patterns:
            text = self._text(type_)  # the pattern stands at the reference
            return text, text
        return self.value(inner, definition.module, (definition.name,))

    # --- simple types ----------------------------------------------------------------------

    def _number(self, values: tuple[Interval, ...]) -> int:
        if not values:
            return self.random.choice(
                [0, 1, 5, 127, 128, 255, 256, -1, -128, -129, 2**31, -(2**40)]
            )
        chosen = self.random.choice(values)
        low = chosen.low if chosen.low is not None else -1000
        high = chosen.high if chosen.high is not None else low + 100_000
        return self.random.choice([low, high, self.random.randint(low, high)])

    def _length(self, size: tuple[Interval, ...]) -> int:
        if not size:
            return self.random.choice([0, 1, 16, 127, 128, 255, 256, 900])
        high = size[0].high if size[0].high is not None else (size[0].low or 0) + 20
        return self.random.choice([size[0].low or 0, min(high, 300)])

    def _bits(self, are_named: bool) -> tuple[Any, Any]:
        if are_named:
            mask = self.random.choice([0, 1, 2, 3, 5])
            text = f"{mask:b}"[::-1]
            octets = int(text.ljust(8, "0"), 2).to_bytes(1, "big")
            return mask, (octets if mask else b"", len(text) if mask else 0)
        octets = self.random.randbytes(self.random.randint(0, 3))
        unused = self.random.randint(0, 7) if octets else 0
        if octets:
            octets = octets[:-1] + bytes((octets[-1] & -(1 << unused) & 0xFF,))
        return BitString(octets, unused), (octets, 8 * len(octets) - unused)

    def _text(self, type_: asn1.Type) -> str:
        patterns = type_.constraints.patterns
        if patterns:
            if ":" in patterns[0]:  # AssoID
                return self.random.choice(["7", "123", "1:2", "999:000"])
            return self.random.choice(["20260929141404.", "20260929141404.5Z", "20240229235959"])
        return self.random.choice(["", "a", "IEC 61850-8-1", "x" * 200])

    def _time(self) -> tuple[bytes, datetime]:
        # asn1tools encodes milliseconds without trailing zeros, so the last digit is not 0
        moment = datetime(
            self.random.randint(2000, 2099),
            self.random.randint(1, 12),
            self.random.randint(1, 28),
            self.random.randint(0, 23),
            self.random.randint(0, 59),
            self.random.randint(0, 59),
            (10 * self.random.randint(0, 99) + self.random.randint(1, 9)) * 1000,
        )
        text = f"{moment:%Y%m%d%H%M%S}.{moment.microsecond // 1000:03}Z"
        return text.encode("ascii"), moment

    # --- compound types --------------------------------------------------------------------

    def _list(
        self, type_: asn1.ListType, module: str, names: tuple[str, ...]
    ) -> tuple[list[Any], list[Any]]:
        low = type_.constraints.size[0].low or 0 if type_.constraints.size else 0
        high = type_.constraints.size[0].high if type_.constraints.size else None
        count = self.random.randint(low, high if high is not None else low + 3)
        if type_.is_set:
            count = min(count, 1)  # asn1tools does not sort a SET OF in DER
        pairs = [self.value(type_.element, module, (*names, "item")) for _ in range(count)]
        return [p[0] for p in pairs], [p[1] for p in pairs]

    def _structure(
        self, type_: asn1.StructureType, module: str, names: tuple[str, ...]
    ) -> tuple[Any, dict[str, Any]]:
        ours: dict[str, Any] = {}
        theirs: dict[str, Any] = {}
        for component in type_.components:
            if component.presence is not Presence.MANDATORY and self.random.random() < 0.5:
                continue
            mine, other = self.value(component.type, module, (*names, component.name))
            ours[_attribute(component.name)] = mine
            theirs[component.name] = other
        self._obey_tables(type_, ours, theirs)
        return _class(module, names)(**ours), theirs

    def _obey_tables(
        self, type_: asn1.StructureType, ours: dict[str, Any], theirs: dict[str, Any]
    ) -> None:
        """Make identifier and open type agree with one object, or with none."""
        for component in type_.components:
            if not isinstance(component.type, asn1.OpenType) or component.type.governor is None:
                continue
            objects = component.type.object_set
            assert objects is not None
            governor, name = component.type.governor, component.name
            if objects.extensible and self.random.random() < 0.2:
                ours[_attribute(governor)] = theirs[governor] = UNKNOWN_OID
                continue
            chosen = self.random.choice(objects.objects)
            ours[_attribute(governor)] = theirs[governor] = str(chosen.values["&id"])
            ours.pop(_attribute(name), None)
            theirs.pop(name, None)
            inner = chosen.types.get(component.type.field_name or "")
            if isinstance(inner, asn1.NullType) and self.random.random() < 0.7:
                ours[_attribute(name)] = theirs[name] = b"\x05\x00"
            elif isinstance(inner, asn1.ReferenceType) and self.random.random() < 0.7:
                # GCMParameters with the ICV length 16, or with the default
                element = self.random.choice(
                    ["3011040c0102030405060708090a0b0c020110", "300204" + "00"]
                )
                ours[_attribute(name)] = theirs[name] = bytes.fromhex(element)


def _attribute(name: str) -> str:
    return name.replace("-", "_")


def _class(module: str, names: tuple[str, ...]) -> Any:
    loaded = importlib.import_module("iec62351_4.codec." + module.lower().replace("-", "_"))
    words = [w for name in names for w in name.split("-")]
    return getattr(loaded, "".join(w[0].upper() + w[1:] for w in words))
