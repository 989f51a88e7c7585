"""Canonical JSON of IR values and its digest: the fingerprint that generated files carry.

Spans do not take part, so moving a definition inside its file changes nothing.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping
from enum import Enum

from interlock.core.source import Span


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = {
            f.name: _plain(item)
            for f in dataclasses.fields(value)
            if not isinstance(item := getattr(value, f.name), Span)
        }
        return {"": type(value).__name__, **fields}
    if isinstance(value, bytes):
        return {"": "bytes", "hex": value.hex()}
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, Mapping):
        return [[_plain(key), _plain(item)] for key, item in value.items()]
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, frozenset | set):
        return sorted((_plain(item) for item in value), key=lambda item: json.dumps(item))
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"no canonical form for {type(value).__name__}")


def canonical_json(value: object) -> str:
    """One line of ASCII JSON with sorted keys; equal for equal IR values.

    Raises:
        TypeError: The value holds something that an IR value may not (a float, a class).
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal digits."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()
