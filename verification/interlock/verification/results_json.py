"""Verdicts as JSON, and back without loss.

The octets depend on the verdicts alone: keys are sorted, every field is written, and nothing in a
verdict tells of time, machine or path. Results can therefore be committed and compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from interlock.core.errors import InterlockError
from interlock.verification.results import Verdict

_T = TypeVar("_T")


class ResultsError(InterlockError):
    """JSON that does not hold verdicts; the message says where."""


def to_json(verdicts: Iterable[Verdict]) -> str:
    """Verdicts in the given order, indented, with a newline at the end."""
    data = [write_plain(verdict) for verdict in verdicts]
    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def from_json(text: str) -> tuple[Verdict, ...]:
    """The verdicts that ``to_json`` wrote.

    Raises:
        ResultsError: The text is not JSON, or a field is missing, unknown or of another type.
    """
    try:
        data = json.loads(text)
    except json.JSONDecodeError as problem:
        raise ResultsError(f"not JSON: {problem}") from problem
    if not isinstance(data, list):
        raise ResultsError("$: a list of verdicts is expected")
    return tuple(
        cast(Verdict, _read(Verdict, item, f"$[{index}]")) for index, item in enumerate(data)
    )


def read_plain(kind: type[_T], data: object) -> _T:
    """A value of a type of ``interlock.verification.results`` from what ``write_plain`` made.

    Raises:
        ResultsError: A field is missing, unknown or of another type.
    """
    return cast(_T, _read(kind, data, "$"))


def write_plain(value: object) -> object:
    """A value as JSON has it: objects, lists, text, numbers, true, false and null."""
    if isinstance(value, Enum):
        return value.value
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: write_plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, tuple):
        return [write_plain(item) for item in value]
    return value


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(kind: Any, value: object, place: str) -> object:
    """A value of a type of ``interlock.verification.results``; ``place`` is for messages."""
    origin = get_origin(kind)
    if origin is tuple:
        return _read_tuple(get_args(kind), value, place)
    if origin in (Union, UnionType):
        (other,) = (option for option in get_args(kind) if option is not NoneType)
        return None if value is None else _read(other, value, place)
    if is_dataclass(kind):
        return _read_record(cast(type, kind), value, place)
    if issubclass(kind, Enum):
        try:
            return kind(value)
        except ValueError as problem:
            raise ResultsError(f"{place}: no {kind.__name__} {value!r}") from problem
    if type(value) is not kind:  # bool is an int, but not here
        raise ResultsError(f"{place}: {kind.__name__} is expected")
    return value


def _read_tuple(items: tuple[Any, ...], value: object, place: str) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ResultsError(f"{place}: a list is expected")
    kinds = (items[0],) * len(value) if items[-1] is Ellipsis else items
    if len(kinds) != len(value):
        raise ResultsError(f"{place}: {len(kinds)} items are expected")
    return tuple(
        _read(kind, item, f"{place}[{index}]")
        for index, (kind, item) in enumerate(zip(kinds, value, strict=True))
    )


def _read_record(kind: type, value: object, place: str) -> object:
    if not isinstance(value, dict):
        raise ResultsError(f"{place}: an object is expected")
    hints = _hints(kind)
    if strange := sorted(set(value) - set(hints)):
        raise ResultsError(f"{place}: unknown: {', '.join(strange)}")
    if missing := sorted(set(hints) - set(value)):
        raise ResultsError(f"{place}: missing: {', '.join(missing)}")
    return kind(**{n: _read(hints[n], value[n], f"{place}.{n}") for n in hints})
