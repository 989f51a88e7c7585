"""Readers of the environment tables: OSI and XMPP."""

from __future__ import annotations

from interlock.core import data
from interlock.spec.rows import ORIGIN_KEYS, Context, Row, read_rows, unique
from interlock.spec.types import (
    Carrier,
    Limit,
    Namespace,
    Osi,
    OsiProfile,
    Stanza,
    Xmpp,
)
from interlock.spec.types import Context as PresentationContext

CARRIERS = ("AARQ", "AARE", "RLRQ", "RLRE", "ABRT", "DATA")
STANZA_TYPES = {"iq": ("get", "set", "result"), "message": ("normal",)}


def read_osi(table: data.Mapping, context: Context) -> Osi:
    """Read ``osi.yaml``."""
    profiles = read_rows(
        table,
        "profiles",
        _profile,
        context,
        required=("mode", "application-context", "authentication-unit", "contexts", *ORIGIN_KEYS),
        optional=("mechanism-name",),
    )
    carriers = read_rows(
        table,
        "carriers",
        _carrier,
        context,
        required=("pdu", "carrier", "wrapper", *ORIGIN_KEYS),
        optional=("alternative", "results", "diagnostic", "abort-source", "reason"),
    )
    return Osi(
        ports=_limits(table, "ports", context),
        limits=_limits(table, "limits", context),
        profiles=unique(profiles, lambda p: p.mode, lambda p: p.origin.span, "mode", context),
        carriers=unique(carriers, lambda c: c.pdu, lambda c: c.origin.span, "SecPDU", context),
    )


def _limits(table: data.Mapping, key: str, context: Context) -> dict[str, Limit]:
    def read(row: Row) -> Limit:
        unit = row.one_of("unit", ("port", "octets", "seconds"))
        return Limit(row.text("name"), row.integer("value"), unit, row.origin())

    rows = read_rows(table, key, read, context, required=("name", "value", "unit", *ORIGIN_KEYS))
    return unique(rows, lambda r: r.name, lambda r: r.origin.span, "name", context)


def _profile(row: Row) -> OsiProfile:
    contexts = read_rows(
        row.mapping,
        "contexts",
        _context,
        row.context,
        required=("name", "id", "abstract-syntax", "transfer-syntax", "required", *ORIGIN_KEYS),
    )
    unique(contexts, lambda c: str(c.id), lambda c: c.origin.span, "context id", row.context)
    return OsiProfile(
        mode=row.text("mode"),
        application_context=row.text("application-context"),
        mechanism_name=row.optional_text("mechanism-name"),
        authentication_unit=row.flag("authentication-unit"),
        contexts=tuple(contexts),
        origin=row.origin(),
    )


def _context(row: Row) -> PresentationContext:
    return PresentationContext(
        name=row.text("name"),
        id=row.integer("id"),
        abstract_syntax=row.text("abstract-syntax"),
        transfer_syntax=row.text("transfer-syntax"),
        required=row.flag("required"),
        origin=row.origin(),
    )


def _carrier(row: Row) -> Carrier:
    return Carrier(
        pdu=row.text("pdu"),
        carrier=row.one_of("carrier", CARRIERS),
        wrapper=row.text("wrapper"),
        alternative=row.optional_text("alternative"),
        results=row.integers("results"),
        diagnostic=row.optional_integer("diagnostic"),
        abort_source=row.optional_integer("abort-source"),
        reason=row.optional_integer("reason"),
        origin=row.origin(),
    )


def read_xmpp(table: data.Mapping, context: Context) -> Xmpp:
    """Read ``xmpp.yaml``."""
    namespaces = read_rows(
        table,
        "namespaces",
        lambda row: Namespace(row.text("name"), row.text("uri"), row.origin()),
        context,
        required=("name", "uri", *ORIGIN_KEYS),
    )
    stanzas = read_rows(
        table,
        "stanzas",
        _stanza,
        context,
        required=("pdu", "stanza", "type", *ORIGIN_KEYS),
        optional=("service",),
    )
    resource = table.get("resource")
    assert resource is not None  # a required key of the file
    return Xmpp(
        namespaces=unique(
            namespaces, lambda n: n.name, lambda n: n.origin.span, "namespace", context
        ),
        resource=data.as_text(resource, '"resource"'),
        stanzas=tuple(stanzas),
    )


def _stanza(row: Row) -> Stanza:
    stanza = row.one_of("stanza", tuple(STANZA_TYPES))
    return Stanza(
        pdu=row.text("pdu"),
        service=row.optional_text("service"),
        stanza=stanza,
        type=row.one_of("type", STANZA_TYPES[stanza]),
        origin=row.origin(),
    )
