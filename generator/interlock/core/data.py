"""YAML data files as trees in which every key and value knows its position.

Every scalar is text: nothing is guessed from its spelling, so a key called ``off`` stays
``off`` (YAML 1.1 loaders turn it into a Boolean). Typed readers (``as_int``, ``as_choice`` ...)
convert where the reader knows what it wants, and point at the value when it is something else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from interlock.core.diagnostics import Diagnostic, Label, error, similar_name_help
from interlock.core.errors import InputError
from interlock.core.source import SourceFile, Span

_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

MAX_DEPTH = 40
"""How deep lists and mappings may nest."""


class DataFileError(InputError):
    """A data file has the wrong shape."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A scalar: its text as written (unquoted) and its position."""

    text: str
    span: Span
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list of data nodes."""

    items: tuple[Data, ...]
    span: Span

    def __iter__(self) -> Iterator[Data]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of a mapping with its value."""

    key: Scalar
    value: Data


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping in file order; keys are unique scalars."""

    entries: tuple[Entry, ...]
    span: Span

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def get(self, key: str) -> Data | None:
        """The value under ``key``, or None."""
        for entry in self.entries:
            if entry.key.text == key:
                return entry.value
        return None

    def need(self, key: str, what: str = "mapping") -> Data:
        """The value under ``key``; ``what`` names the mapping in the message.

        Raises:
            DataFileError: DAT011, there is no such key.
        """
        value = self.get(key)
        if value is None:
            raise _fail("DAT011", f'{what} lacks "{key}"', self.span)
        return value

    def text(self, key: str) -> str:
        """The text under ``key``.

        Raises:
            DataFileError: DAT011, there is no such key; DAT010, its value is no text.
        """
        return as_text(self.need(key), key)

    @property
    def keys(self) -> tuple[str, ...]:
        """All keys in file order."""
        return tuple(entry.key.text for entry in self.entries)


Data = Scalar | Sequence | Mapping


def read_data(source: SourceFile) -> Data:
    """Parse one YAML document.

    Raises:
        DataFileError: Not YAML, empty, an alias or a duplicate key; with position.
    """
    try:
        _refuse_depth_and_aliases(source)
        node = yaml.compose(source.text, Loader=_LOADER)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        text = (problem.problem or str(problem)).replace("\n", " ")
        raise DataFileError(
            [
                error(
                    "DAT001", f"not valid YAML: {text}", Span(source.path, line, column, column + 1)
                )
            ]
        ) from problem
    except yaml.YAMLError as problem:
        raise DataFileError(
            [error("DAT001", f"not valid YAML: {problem}", source.span(0))]
        ) from problem
    if node is None:
        raise DataFileError([error("DAT002", "file is empty", source.span(0))])
    findings: list[Diagnostic] = []
    data = _convert(node, source, findings)
    if findings:
        raise DataFileError(findings)
    return data


def _refuse_depth_and_aliases(source: SourceFile) -> None:
    # Composing is recursive, in C too; events are not. No data file comes near the limit. Nodes
    # do not know that they were reached by an alias; events do.
    depth = 0
    for event in yaml.parse(source.text, Loader=_LOADER):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        start, end = event.start_mark, event.end_mark
        if start is None or end is None:
            continue
        span = Span(source.path, start.line + 1, start.column + 1, start.column + 2)
        if depth > MAX_DEPTH:
            raise _fail("DAT006", "lists and mappings are nested too deeply", span)
        if isinstance(event, yaml.AliasEvent):
            span = Span(source.path, start.line + 1, start.column + 1, end.column + 1)
            raise _fail("DAT003", "aliases are not allowed in data files", span)


def _span(node: Node, source: SourceFile) -> Span:
    start, end = node.start_mark, node.end_mark
    if end.line == start.line:
        stop = end.column + 1
    else:
        stop = len(source.lines[start.line].rstrip()) + 1
    return Span(source.path, start.line + 1, start.column + 1, max(stop, start.column + 2))


def _convert(node: Node, source: SourceFile, findings: list[Diagnostic]) -> Data:
    span = _span(node, source)
    if isinstance(node, ScalarNode):
        return Scalar(str(node.value), span, quoted=node.style in ('"', "'"))
    if isinstance(node, SequenceNode):
        return Sequence(tuple(_convert(n, source, findings) for n in node.value), span)
    assert isinstance(node, MappingNode)
    entries: list[Entry] = []
    first: dict[str, Span] = {}
    for key_node, value_node in node.value:
        key_span = _span(key_node, source)
        if not isinstance(key_node, ScalarNode):
            findings.append(error("DAT004", "a key must be plain text", key_span))
            continue
        key = Scalar(str(key_node.value), key_span)
        if key.text in first:
            findings.append(
                error(
                    "DAT005",
                    f'duplicate key "{key.text}"',
                    key_span,
                    labels=[Label(first[key.text], "first here")],
                )
            )
        first.setdefault(key.text, key_span)
        entries.append(Entry(key, _convert(value_node, source, findings)))
    return Mapping(tuple(entries), span)


# --- typed access ------------------------------------------------------------------------------


def _fail(code: str, message: str, span: Span, help: str | None = None) -> DataFileError:
    return DataFileError([error(code, message, span, help=help)])


def _kind(data: Data) -> str:
    return {Scalar: "text", Sequence: "a list", Mapping: "a mapping"}[type(data)]


def as_scalar(data: Data, what: str) -> Scalar:
    """The node as a scalar; ``what`` names it in the message."""
    if not isinstance(data, Scalar):
        raise _fail("DAT010", f"{what} must be text, not {_kind(data)}", data.span)
    return data


def as_text(data: Data, what: str) -> str:
    """The text of a scalar."""
    return as_scalar(data, what).text


def as_sequence(data: Data, what: str) -> Sequence:
    """The node as a list."""
    if not isinstance(data, Sequence):
        raise _fail("DAT010", f"{what} must be a list, not {_kind(data)}", data.span)
    return data


def as_mapping(
    data: Data,
    what: str,
    *,
    required: Collection[str] = (),
    optional: Collection[str] | None = None,
) -> Mapping:
    """The node as a mapping; with ``optional`` given, other keys than the two lists are refused."""
    if not isinstance(data, Mapping):
        raise _fail("DAT010", f"{what} must be a mapping, not {_kind(data)}", data.span)
    findings = [
        error("DAT011", f'{what} lacks "{key}"', data.span)
        for key in required
        if data.get(key) is None
    ]
    if optional is not None:
        known = [*required, *optional]
        findings.extend(
            error(
                "DAT012",
                f'{what} has no key "{entry.key.text}"',
                entry.key.span,
                help=similar_name_help(entry.key.text, known) or f"known keys: {', '.join(known)}",
            )
            for entry in data
            if entry.key.text not in known
        )
    if findings:
        raise DataFileError(findings)
    return data


def as_int(data: Data, what: str) -> int:
    """A scalar as an integer (decimal, or hexadecimal with ``0x``)."""
    scalar = as_scalar(data, what)
    try:
        return int(scalar.text, 0)
    except ValueError:
        raise _fail(
            "DAT013", f'{what} must be an integer, not "{scalar.text}"', scalar.span
        ) from None


def as_bool(data: Data, what: str) -> bool:
    """A scalar as a Boolean: exactly ``true`` or ``false``."""
    return as_choice(data, what, ("true", "false")) == "true"


def as_choice(data: Data, what: str, choices: Collection[str]) -> str:
    """A scalar that must be one of ``choices``."""
    scalar = as_scalar(data, what)
    if scalar.text not in choices:
        raise _fail(
            "DAT014",
            f'{what} must be one of {", ".join(choices)}, not "{scalar.text}"',
            scalar.span,
            similar_name_help(scalar.text, choices),
        )
    return scalar.text
