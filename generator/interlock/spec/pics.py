"""Reader of the PICS tables and their conditions."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.core import data
from interlock.spec.rows import ORIGIN_KEYS, Context, Row, read_rows, unique
from interlock.spec.types import Algorithm, PicsCondition, PicsItem, PicsRule, PicsTable, Suite

_PLAIN_STATUSES = ("m", "o", "x", "i")


def read_pics(
    table: data.Mapping,
    algorithms: Mapping[str, Algorithm],
    suites: Mapping[str, Suite],
    context: Context,
) -> tuple[dict[str, PicsCondition], dict[int, PicsTable]]:
    """Read ``pics.yaml``; tables with ``rows-from`` take their rows from the suites."""
    named: list[tuple[Row, data.Scalar]] = []  # items that conditions name, known only later

    def read_condition(row: Row) -> PicsCondition:
        named.extend((row, scalar) for scalar in row.scalars("when"))
        return _condition(row)

    conditions = unique(
        read_rows(
            table,
            "conditions",
            read_condition,
            context,
            required=("id", "text", "rule", "when", *ORIGIN_KEYS),
        ),
        lambda c: c.id,
        lambda c: c.origin.span,
        "condition",
        context,
    )
    statuses = (*_PLAIN_STATUSES, *conditions)
    subjects = {*algorithms, *suites}

    def read_table(row: Row) -> PicsTable:
        number = row.integer("number")
        items = (
            _suite_rows(number, row.one_of("rows-from", ("native", "compatibility")), suites)
            if row.node("rows") is None
            else _rows(row, number, statuses, subjects)
        )
        return PicsTable(number, row.text("title"), items, row.origin())

    tables = unique(
        read_rows(
            table,
            "tables",
            read_table,
            context,
            required=("number", "title", *ORIGIN_KEYS),
            optional=("rows", "rows-from"),
        ),
        lambda t: str(t.number),
        lambda t: t.origin.span,
        "table",
        context,
    )
    items = unique(
        (item for t in tables.values() for item in t.items),
        lambda i: i.id,
        lambda i: i.origin.span,
        "item",
        context,
    )
    for row, scalar in named:
        row.check_reference(scalar, items, "the PICS tables")
    return conditions, {t.number: t for t in tables.values()}


def _condition(row: Row) -> PicsCondition:
    return PicsCondition(
        row.text("id"),
        row.text("text"),
        row.choice("rule", PicsRule),
        row.texts("when"),
        row.origin(),
    )


def _rows(
    table: Row, number: int, statuses: tuple[str, ...], subjects: set[str]
) -> tuple[PicsItem, ...]:
    def read(row: Row) -> PicsItem:
        return PicsItem(
            id=row.text("id"),
            table=number,
            title=row.text("title"),
            status=row.one_of("status", statuses),
            subject=(
                None
                if row.node("subject") is None
                else row.reference("subject", subjects, "algorithms or suites")
            ),
            origin=row.origin(),
        )

    return tuple(
        read_rows(
            table.mapping,
            "rows",
            read,
            table.context,
            required=("id", "title", "status", *ORIGIN_KEYS),
            optional=("subject",),
        )
    )


def _suite_rows(number: int, mode: str, suites: Mapping[str, Suite]) -> tuple[PicsItem, ...]:
    return tuple(
        PicsItem(f"{mode}-{suite.name}", number, suite.name, status, suite.name, suite.origin)
        for suite in suites.values()
        if (status := suite.native if mode == "native" else suite.compatibility) != "-"
    )
