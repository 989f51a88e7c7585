"""Every named type against asn1tools, octet for octet, in both directions."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import pytest

from codec.asn1_values import ValueMaker
from iec62351_4.errors import DecodeError
from interlock.asn1 import load_modules
from interlock.asn1.flatten import flat_names
from interlock.asn1.types import Asn1Model
from interlock.core.source import SourceFile

ROOT = Path(__file__).parents[2]
_MODEL = load_modules(
    SourceFile.read(path, path.name) for path in sorted((ROOT / "spec/asn1").glob("*.asn"))
)
KEYS = [key for key in _MODEL.types if not key.startswith("IEC62351-4-ObjectIdentifiers.")]
VALUES_PER_TYPE = 25


def codec_of(model: Asn1Model, key: str) -> tuple[Any, Any]:
    """The functions decode_X and encode_X of a named type."""
    definition = model.types[key]
    module = importlib.import_module(
        "iec62351_4.codec." + definition.module.lower().replace("-", "_")
    )
    parts = [definition.name, *(p.rpartition(".")[2] for p in definition.parameters)]
    words = [w for part in parts for w in part.split("-")]
    suffix = "".join(w[0].upper() + w[1:] for w in words)
    return getattr(module, f"decode_{suffix}"), getattr(module, f"encode_{suffix}")


@pytest.mark.parametrize("key", KEYS)
def test_agrees_with_asn1tools(key: str, model: Asn1Model, asn1tools_der: Any) -> None:
    decode, encode = codec_of(model, key)
    name = flat_names(model.types.values())[key]
    maker = ValueMaker(model, seed=len(key))
    for _ in range(VALUES_PER_TYPE):
        ours, theirs = maker.make(key)
        octets = encode(ours)
        assert octets == asn1tools_der.encode(name, theirs)
        decoded = decode(octets, der=True)
        assert decoded == ours
        assert decode(octets) == ours
        assert encode(decoded) == octets
        if octets != b"\x06\x00":  # asn1tools reads past an empty OBJECT IDENTIFIER
            assert asn1tools_der.encode(name, asn1tools_der.decode(name, octets)) == octets


@pytest.mark.parametrize("key", KEYS)
def test_truncation_at_every_octet_is_an_error(key: str, model: Asn1Model) -> None:
    decode, encode = codec_of(model, key)
    ours, _ = ValueMaker(model, seed=3).make(key)
    octets = encode(ours)
    step = max(1, len(octets) // 400)
    for length in range(0, len(octets), step):
        for der in (False, True):
            with pytest.raises(DecodeError) as caught:
                decode(octets[:length], der=der)
            assert 0 <= caught.value.offset <= length + 2


@pytest.mark.parametrize("key", KEYS)
def test_trailing_octets_are_an_error(key: str, model: Asn1Model) -> None:
    decode, encode = codec_of(model, key)
    ours, _ = ValueMaker(model, seed=4).make(key)
    octets = encode(ours)
    with pytest.raises(DecodeError) as caught:
        decode(octets + b"\x05\x00")
    assert caught.value.offset == len(octets)


@pytest.mark.parametrize("key", KEYS)
def test_any_octet_changed_gives_a_value_or_a_decode_error(key: str, model: Asn1Model) -> None:
    decode, encode = codec_of(model, key)
    maker = ValueMaker(model, seed=5)
    ours, _ = maker.make(key)
    octets = bytearray(encode(ours))
    for _ in range(400):
        if not octets:
            break
        place = maker.random.randrange(min(len(octets), 120))
        before = octets[place]
        octets[place] = maker.random.choice(
            [0x00, 0x80, 0xFF, 0x30, before ^ 0x20, before + 1 & 0xFF]
        )
        for der in (False, True):
            value = _outcome(decode, bytes(octets), der)
            if der and value is not _REFUSED:
                # What strict decoding accepts has one encoding only, and it is this one, except
                # that an unknown addition is not encoded again.
                again = encode(value)
                dropped = len(again) < len(octets) and decode(again, der=True) == value
                assert again == bytes(octets) or dropped, bytes(octets).hex()
        octets[place] = before


_REFUSED = object()


def _outcome(decode: Any, octets: bytes, der: bool) -> object:
    try:
        return decode(octets, der=der)
    except DecodeError as error:
        if not error.path or not 0 <= error.offset <= len(octets) + 2:
            raise
        return _REFUSED
