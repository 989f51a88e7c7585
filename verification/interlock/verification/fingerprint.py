"""Fingerprints: what a verdict depends on, so that it is worked out again only when that changes.

Words, clauses and positions are left out: they change no verdict. The program text of the
verification itself is part of every fingerprint.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path

_IGNORED = {"words", "clause", "confidence", "span", "assumption", "note", "unused", "reason"}


def canonical(value: object) -> str:
    """A text that is equal exactly for values that mean the same."""
    if value is None or isinstance(value, str | int | bool | bytes):
        return repr(value)
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    if is_dataclass(value) and not isinstance(value, type):
        parts = (
            f"{f.name}={canonical(getattr(value, f.name))}"
            for f in fields(value)
            if f.name not in _IGNORED
        )
        return f"{type(value).__name__}({','.join(parts)})"
    if isinstance(value, Mapping):
        parts = (f"{canonical(k)}:{canonical(v)}" for k, v in value.items())
        return "{" + ",".join(parts) + "}"
    if isinstance(value, frozenset | set):
        return "{" + ",".join(sorted(map(canonical, value))) + "}"
    if isinstance(value, Iterable):
        return "[" + ",".join(map(canonical, value)) + "]"
    raise TypeError(f"no canonical text for {type(value).__name__}")


def fingerprint(*parts: object) -> str:
    """A digest of values."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(canonical(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()


DECIDING = (
    "abstraction", "actor", "attacker", "composition", "coverage", "freshness", "kept_proofs",
    "options", "other_runs", "rowwise", "run_properties", "scene", "solving", "strand", "terms",
    "traces", "world",
)  # fmt: skip
"""Modules of this package on which a verdict depends."""


@cache
def of_program() -> str:
    """A digest of the program text that decides properties and replays traces."""
    here = Path(__file__).parent
    paths = [here / f"{name}.py" for name in DECIDING]
    for package in ("explicit", "replay"):
        paths += sorted((here.parent / package).glob("*.py"))
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
