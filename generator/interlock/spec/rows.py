"""Reading one row of a table: typed access, references checked where they stand.

A row that is wrong becomes findings and is left out; the rows after it are still read.
Refuses to know any table: the shapes are in ``interlock.spec.tables`` and its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from interlock.core import data
from interlock.core.diagnostics import Diagnostic, Label, error, similar_name_help
from interlock.core.source import Span
from interlock.spec.types import Assumption, Clause, Confidence, Origin

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

ORIGIN_KEYS = ("clause", "confidence")


@dataclass
class Context:
    """What rows are read against: the registers read first, and the findings so far."""

    clauses: Mapping[str, Clause] = field(default_factory=dict)
    assumptions: Mapping[str, Assumption] = field(default_factory=dict)
    findings: list[Diagnostic] = field(default_factory=list)

    def knows_assumption(self, id: str) -> bool:
        """Whether ``id`` is an assumption or the family of one (``Q12``)."""
        return id in self.assumptions or any(a.family == id for a in self.assumptions.values())


@dataclass(frozen=True)
class Row:
    """A mapping whose keys have been checked. Readers raise ``DataFileError`` on bad values."""

    mapping: data.Mapping
    what: str
    context: Context

    @property
    def span(self) -> Span:
        """The position of the row."""
        return self.mapping.span

    def node(self, key: str) -> data.Data | None:
        """The value under ``key`` with ``{by: Q3, ...}`` replaced by the entry in force."""
        node = self.mapping.get(key)
        if isinstance(node, data.Mapping) and node.get("by") is not None:
            return self._chosen(node, key)
        return node

    def _chosen(self, node: data.Mapping, key: str) -> data.Data:
        by = node.get("by")
        assert by is not None  # the caller looked
        id = data.as_scalar(by, f'"by" of {key}')
        assumption = self.context.assumptions.get(id.text)
        if assumption is None:
            raise data.DataFileError(
                [
                    _unknown(
                        "SPC010", f'unknown assumption "{id.text}"', id, self.context.assumptions
                    )
                ]
            )
        chosen = node.get(assumption.value)
        if chosen is None or set(node.keys) - {"by"} != set(assumption.alternatives):
            wanted = ", ".join(assumption.alternatives) or "nothing: it has no alternatives"
            raise data.DataFileError(
                [
                    error(
                        "SPC014",
                        f'the choice does not cover the alternatives of "{id.text}"',
                        node.span,
                        labels=[Label(assumption.span, "declared here")],
                        help=f"one entry each for {wanted}",
                    )
                ]
            )
        return chosen

    def _required(self, key: str) -> data.Data:
        node = self.node(key)
        if node is None:  # a key that only some rows need
            raise data.DataFileError([error("DAT011", f'{self.what} lacks "{key}"', self.span)])
        return node

    def name(self, key: str) -> str:
        """How messages call the value under ``key``."""
        return f'"{key}" of {self.what}'

    def scalar(self, key: str) -> data.Scalar:
        """The text under a required key with its position."""
        return data.as_scalar(self._required(key), self.name(key))

    def text(self, key: str) -> str:
        """The text under a required key."""
        return self.scalar(key).text

    def optional_text(self, key: str) -> str | None:
        """The text under a key that may be absent."""
        return None if self.node(key) is None else self.text(key)

    def integer(self, key: str) -> int:
        """The integer under a required key."""
        return data.as_int(self._required(key), self.name(key))

    def optional_integer(self, key: str) -> int | None:
        """The integer under a key that may be absent."""
        return None if self.node(key) is None else self.integer(key)

    def flag(self, key: str) -> bool:
        """The Boolean under a key; absent means false."""
        return self.node(key) is not None and data.as_bool(self._required(key), self.name(key))

    def scalars(self, key: str) -> tuple[data.Scalar, ...]:
        """The list of texts under a key; absent means empty."""
        if self.node(key) is None:
            return ()
        items = data.as_sequence(self._required(key), self.name(key))
        return tuple(data.as_scalar(item, f"an item of {self.name(key)}") for item in items)

    def texts(self, key: str) -> tuple[str, ...]:
        """The texts of ``scalars``."""
        return tuple(scalar.text for scalar in self.scalars(key))

    def integers(self, key: str) -> tuple[int, ...]:
        """The list of integers under a key; absent means empty."""
        return tuple(data.as_int(s, f"an item of {self.name(key)}") for s in self.scalars(key))

    def choice(self, key: str, kind: type[E]) -> E:
        """The enumeration item whose value stands under a required key."""
        values = [str(item.value) for item in kind]
        return kind(data.as_choice(self._required(key), self.name(key), values))

    def choices(self, key: str, kind: type[E]) -> frozenset[E]:
        """The set of enumeration items listed under a key."""
        values = [str(item.value) for item in kind]
        return frozenset(
            kind(data.as_choice(s, f"an item of {self.name(key)}", values))
            for s in self.scalars(key)
        )

    def one_of(self, key: str, values: Collection[str]) -> str:
        """The text under a required key, which must be one of ``values``."""
        return data.as_choice(self._required(key), self.name(key), values)

    def reference(self, key: str, known: Collection[str], table: str) -> str:
        """The text under a required key, which must name a row of ``table``."""
        scalar = self.scalar(key)
        self.check_reference(scalar, known, table)
        return scalar.text

    def check_reference(self, scalar: data.Scalar, known: Collection[str], table: str) -> None:
        """Report ``scalar`` when it names no row of ``table``."""
        if scalar.text not in known:
            self.context.findings.append(
                _unknown("SPC003", f'no row "{scalar.text}" in {table}', scalar, known)
            )

    def part(
        self, key: str, *, required: Collection[str], optional: Collection[str] = ()
    ) -> Row | None:
        """The mapping under a key that may be absent."""
        node = self.node(key)
        if node is None:
            return None
        what = f"{key} of {self.what}"
        return Row(
            data.as_mapping(node, what, required=required, optional=optional), what, self.context
        )

    def origin(self) -> Origin:
        """Clause, confidence and assumptions of the row; reports what is not registered."""
        clause = self.scalar("clause")
        check_clause(clause, self.context)
        for id in self.scalars("assumptions"):
            if not self.context.knows_assumption(id.text):
                self.context.findings.append(
                    _unknown(
                        "SPC010", f'unknown assumption "{id.text}"', id, self.context.assumptions
                    )
                )
        return Origin(
            clause.text,
            self.choice("confidence", Confidence),
            self.texts("assumptions"),
            self.span,
        )


def check_clause(clause: data.Scalar, context: Context) -> None:
    """Report a clause label that is not in the register."""
    if clause.text not in context.clauses:
        context.findings.append(
            _unknown(
                "SPC004",
                f'clause "{clause.text}" is not in the register',
                clause,
                context.clauses,
            )
        )


def _unknown(code: str, message: str, scalar: data.Scalar, known: Iterable[str]) -> Diagnostic:
    return error(code, message, scalar.span, help=similar_name_help(scalar.text, known))


def read_rows(
    table: data.Mapping,
    key: str,
    read: Callable[[Row], T],
    context: Context,
    *,
    required: Collection[str],
    optional: Collection[str] = (),
) -> list[T]:
    """Read the list under ``key``; the clause keys are understood to be among the keys."""
    rows = []
    node = table.get(key)
    assert node is not None, f"{key} is not among the required keys of the table"
    singular = key.removesuffix("s")
    try:
        sequence = data.as_sequence(node, f'"{key}"')
    except data.DataFileError as problem:
        context.findings.extend(problem.diagnostics)
        return []
    for item in sequence:
        try:
            mapping = data.as_mapping(
                item,
                f"a row of {key}",
                required=required,
                optional=[*optional, "assumptions"],
            )
            rows.append(read(Row(mapping, f"the {singular}", context)))
        except data.DataFileError as problem:
            context.findings.extend(problem.diagnostics)
    return rows


def unique(
    rows: Iterable[T],
    key: Callable[[T], str],
    span: Callable[[T], Span],
    what: str,
    context: Context,
) -> dict[str, T]:
    """The rows by key in file order; a second row with the same key is reported."""
    found: dict[str, T] = {}
    for row in rows:
        name = key(row)
        if name in found:
            context.findings.append(
                error(
                    "SPC002",
                    f'{what} "{name}" is declared twice',
                    span(row),
                    labels=[Label(span(found[name]), "first here")],
                )
            )
        else:
            found[name] = row
    return found
