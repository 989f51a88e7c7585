"""Readers of the two registers that every other table refers to: clauses and assumptions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from interlock.asn1.types import TaggingDefault
from interlock.core import data
from interlock.core.diagnostics import error, similar_name_help
from interlock.spec.rows import Context, Row, check_clause, read_rows, unique
from interlock.spec.types import Assumption, Clause, ClauseLevel, Confidence


def read_clauses(table: data.Mapping, context: Context) -> dict[str, Clause]:
    """Read ``clauses.yaml``: documents by prefix, then the clauses."""
    documents = dict(
        read_rows(
            table,
            "documents",
            lambda row: (row.text("id"), row.text("title")),
            context,
            required=("id", "title"),
        )
    )

    def read(row: Row) -> Clause:
        id = row.scalar("id")
        # the longest prefix wins; the empty one is the standard itself
        prefix = max((p for p in documents if id.text.startswith(p)), key=len, default=None)
        if prefix is None:
            context.findings.append(error("SPC003", f'no document for clause "{id.text}"', id.span))
        return Clause(
            id.text,
            documents.get(prefix or "", ""),
            row.text("title"),
            row.choice("level", ClauseLevel),
            Confidence.CAPTURED
            if row.node("confidence") is None
            else row.choice("confidence", Confidence),
            row.span,
        )

    rows = read_rows(
        table,
        "clauses",
        read,
        context,
        required=("id", "title", "level"),
        optional=("confidence",),
    )
    return unique(rows, lambda c: c.id, lambda c: c.span, "clause", context)


def read_assumptions(
    table: data.Mapping, assume: Mapping[str, str], context: Context
) -> dict[str, Assumption]:
    """Read ``assumptions.yaml`` and apply the caller's choices."""

    def read(row: Row) -> Assumption:
        assumption = _assumption(row)
        _check_declaration(assumption, context)
        return _overridden(assumption, assume, context)

    rows = read_rows(
        table,
        "assumptions",
        read,
        context,
        required=("id", "question", "value", "affects", "switchable", "clause"),
        optional=("alternatives", "minimum", "maximum", "sets", "confidence", "note"),
    )
    assumptions = unique(rows, lambda a: a.id, lambda a: a.span, "assumption", context)
    for id in assume:
        if id not in assumptions:
            context.findings.append(
                error(
                    "SPC010",
                    f'unknown assumption "{id}"',
                    table.span,
                    help=similar_name_help(id, assumptions),
                )
            )
    return assumptions


def _assumption(row: Row) -> Assumption:
    sets = row.part("sets", required=(), optional=("tagging", "value"))
    clause = row.scalar("clause")
    check_clause(clause, row.context)
    return Assumption(
        id=row.text("id"),
        question=row.text("question"),
        value=row.text("value"),
        default=row.text("value"),
        alternatives=row.texts("alternatives"),
        minimum=row.optional_integer("minimum"),
        maximum=row.optional_integer("maximum"),
        affects=row.texts("affects"),
        switchable=row.flag("switchable"),
        clause=clause.text,
        confidence=(
            Confidence.ASSUMED
            if row.node("confidence") is None
            else row.choice("confidence", Confidence)
        ),
        sets_tagging=sets.optional_text("tagging") if sets else None,
        sets_value=sets.optional_text("value") if sets else None,
        note=row.optional_text("note") or "",
        span=row.span,
    )


def _check_declaration(assumption: Assumption, context: Context) -> None:
    has_range = assumption.minimum is not None and assumption.maximum is not None
    half_range = (assumption.minimum is None) != (assumption.maximum is None)
    ways = bool(assumption.alternatives) + has_range
    if half_range or ways != int(assumption.switchable):
        context.findings.append(
            error(
                "SPC013",
                f'assumption "{assumption.id}" is '
                + ("switchable" if assumption.switchable else "not switchable")
                + ", which its alternatives or range contradict",
                assumption.span,
                help="switchable: alternatives, or minimum and maximum; otherwise neither",
            )
        )
    elif assumption.sets_value is not None and not has_range:
        message = f'assumption "{assumption.id}" sets an INTEGER but has no range'
        context.findings.append(error("SPC013", message, assumption.span))
    elif assumption.sets_tagging is not None and not (
        assumption.alternatives and {*assumption.alternatives} <= {*TaggingDefault.__members__}
    ):
        message = f'assumption "{assumption.id}" sets a tagging default to something else'
        help = f"alternatives among {', '.join(TaggingDefault.__members__)}"
        context.findings.append(error("SPC013", message, assumption.span, help=help))
    elif assumption.switchable and not allows(assumption, assumption.default):
        _refusal(assumption, assumption.default, context)


def allows(assumption: Assumption, value: str) -> bool:
    """Whether a switchable assumption may have this value."""
    if assumption.alternatives:
        return value in assumption.alternatives
    if assumption.minimum is None or assumption.maximum is None:
        return False
    # no sign, space or underscore: the text is also written into generated files
    return (
        value.isascii()
        and value.isdigit()
        and len(value) <= 20  # more digits than any range here needs
        and assumption.minimum <= int(value) <= assumption.maximum
    )


def _overridden(assumption: Assumption, assume: Mapping[str, str], context: Context) -> Assumption:
    value = assume.get(assumption.id)
    if value is None or value == assumption.value:
        return assumption
    if not assumption.switchable:
        context.findings.append(
            error(
                "SPC012",
                f'assumption "{assumption.id}" cannot be switched',
                assumption.span,
                help=f"it is built into {', '.join(assumption.affects)}",
            )
        )
        return assumption
    if not allows(assumption, value):
        _refusal(assumption, value, context)
        return assumption
    return replace(assumption, value=value)


def _refusal(assumption: Assumption, value: str, context: Context) -> None:
    wanted = (
        "one of " + ", ".join(assumption.alternatives)
        if assumption.alternatives
        else f"an integer from {assumption.minimum} to {assumption.maximum}"
    )
    context.findings.append(
        error(
            "SPC011",
            f'assumption "{assumption.id}" cannot be "{value}"',
            assumption.span,
            clause=assumption.clause,
            help=f"write {wanted}",
        )
    )
