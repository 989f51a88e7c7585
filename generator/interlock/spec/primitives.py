"""Readers of the cryptographic tables: algorithms, Diffie-Hellman groups, TLS suites."""

from __future__ import annotations

from interlock.core import data
from interlock.core.diagnostics import error
from interlock.spec.rows import ORIGIN_KEYS, Context, Row, read_rows, unique
from interlock.spec.types import Algorithm, AlgorithmUse, Group, GroupKind, OctetRange, Suite


def read_algorithms(table: data.Mapping, context: Context) -> dict[str, Algorithm]:
    """Read ``algorithms.yaml``; hashes named inside other algorithms must be rows."""
    hashes: list[tuple[Row, data.Scalar]] = []  # named inside other algorithms, known only later

    def read(row: Row) -> Algorithm:
        if row.node("hash") is not None:
            hashes.append((row, row.scalar("hash")))
        return _algorithm(row)

    rows = read_rows(
        table,
        "algorithms",
        read,
        context,
        required=("name", "uses", *ORIGIN_KEYS),
        optional=(
            "key-octets",
            "key-bits-minimum",
            "iv-octets",
            "nonce-octets",
            "tag-octets",
            "hash",
            "hash-octets",
        ),
    )
    algorithms = unique(rows, lambda a: a.name, lambda a: a.origin.span, "algorithm", context)
    known = [a.name for a in algorithms.values() if AlgorithmUse.HASH in a.uses]
    for row, scalar in hashes:
        row.check_reference(scalar, known, "the hash algorithms")
    return algorithms


def _algorithm(row: Row) -> Algorithm:
    tag = row.part("tag-octets", required=("minimum", "maximum", "default"))
    return Algorithm(
        name=row.text("name"),
        uses=row.choices("uses", AlgorithmUse),
        origin=row.origin(),
        key_octets=row.optional_integer("key-octets"),
        key_bits_minimum=row.optional_integer("key-bits-minimum"),
        iv_octets=row.optional_integer("iv-octets"),
        nonce_octets=row.optional_integer("nonce-octets"),
        tag_octets=_range(tag) if tag else None,
        hash=row.optional_text("hash"),
        hash_octets=row.optional_integer("hash-octets"),
    )


def _range(row: Row) -> OctetRange:
    octets = OctetRange(row.integer("minimum"), row.integer("maximum"), row.integer("default"))
    if not 0 < octets.minimum <= octets.default <= octets.maximum:
        row.context.findings.append(
            error(
                "SPC005",
                f"default {octets.default} is not between {octets.minimum} and {octets.maximum}",
                row.span,
            )
        )
    return octets


def read_groups(table: data.Mapping, context: Context) -> dict[str, Group]:
    """Read ``groups.yaml``; names and numbers are unique."""

    def read(row: Row) -> Group:
        return Group(
            name=row.text("name"),
            number=row.integer("number"),
            kind=row.choice("kind", GroupKind),
            public_key_octets=row.integer("public-key-octets"),
            shared_secret_octets=row.integer("shared-secret-octets"),
            status=row.one_of("status", ("m", "o")),
            origin=row.origin(),
        )

    rows = read_rows(
        table,
        "groups",
        read,
        context,
        required=(
            "name",
            "number",
            "kind",
            "public-key-octets",
            "shared-secret-octets",
            "status",
            *ORIGIN_KEYS,
        ),
    )
    unique(rows, lambda g: str(g.number), lambda g: g.origin.span, "group number", context)
    return unique(rows, lambda g: g.name, lambda g: g.origin.span, "group", context)


def read_suites(table: data.Mapping, context: Context) -> dict[str, Suite]:
    """Read ``suites.yaml``; names and code points are unique, code points have 16 bits."""
    statuses = ("m", "o", "x", "-")

    def read(row: Row) -> Suite:
        suite = Suite(
            name=row.text("name"),
            code_point=row.integer("code-point"),
            native=row.one_of("native", statuses),
            compatibility=row.one_of("compatibility", statuses),
            origin=row.origin(),
        )
        if not 0 <= suite.code_point <= 0xFFFF:
            message = f"code point {suite.code_point:#x} does not fit 16 bits"
            context.findings.append(error("SPC005", message, row.scalar("code-point").span))
        return suite

    rows = read_rows(
        table,
        "suites",
        read,
        context,
        required=("name", "code-point", "native", "compatibility", *ORIGIN_KEYS),
    )
    unique(rows, lambda s: f"0x{s.code_point:04X}", lambda s: s.origin.span, "code point", context)
    return unique(rows, lambda s: s.name, lambda s: s.origin.span, "suite", context)
