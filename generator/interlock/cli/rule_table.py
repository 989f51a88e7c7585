"""All diagnostic codes in one table: what ``check --list-rules`` and ``--explain`` print."""

from __future__ import annotations

from dataclasses import dataclass

from interlock.core.diagnostics import similar_name_help
from interlock.core.errors import UsageError


@dataclass(frozen=True, slots=True)
class RuleEntry:
    """One code: how bad it is, what it means in one line, and more of it."""

    code: str
    severity: str
    title: str
    explanation: str
    clause: str | None = None


# SPC022: an error would keep licence holders from using official modules. VER020: an event without
# a machine may be one for an application to log, but somebody has to say so.
# VER027: there may be no such run.
# VER028: what is known to be so, and told in the findings.
_WARNINGS = frozenset({"SPC022", "VER020", "VER027", "VER028"})
# What the standard lists and no machine does is a fact, not a fault.
_NOTES = frozenset({"VER019"})


def all_rules() -> dict[str, RuleEntry]:
    """Every code that ``check`` can print, by code, in order."""
    from interlock.asn1.rules import RULES as ASN1
    from interlock.codegen.lint import RULES as TEMPLATES
    from interlock.model.amendment_rules import RULES as AMENDMENTS
    from interlock.model.rules import RULES as MODEL
    from interlock.model.structure import RULES as STRUCTURE
    from interlock.spec.rules import RULES as SPEC
    from interlock.verification.guards import RULES as GUARDS
    from interlock.verification.matrix_rules import RULES as MATRIX
    from interlock.verification.property_rules import RULES as PROPERTIES
    from interlock.verification.rules import RULES as GRAPHS

    entries = [
        RuleEntry(
            rule.code,
            "warning" if rule.code in _WARNINGS else "note" if rule.code in _NOTES else "error",
            rule.title,
            rule.explanation,
        )
        for table in (ASN1, SPEC, AMENDMENTS, MODEL, GUARDS, GRAPHS, MATRIX, PROPERTIES)
        for rule in table.values()
    ]
    entries += [
        RuleEntry(rule.code, rule.severity.value, rule.title, rule.explanation, rule.clause)
        for rule in STRUCTURE.values()
    ]
    entries += [
        RuleEntry(
            code,
            "error",
            f"template: {title}",
            "Templates print and do not think: what this rule refuses would be a decision that "
            "other target languages would have to repeat. Compute it in the context.",
        )
        for code, title in TEMPLATES.items()
    ]
    return {entry.code: entry for entry in sorted(entries, key=lambda e: e.code)}


def explained(code: str) -> RuleEntry:
    """The entry of one code.

    Raises:
        UsageError: There is no such code.
    """
    rules = all_rules()
    if code.upper() not in rules:
        help_ = similar_name_help(code.upper(), rules)
        raise UsageError(f'no code "{code}"' + (f"; {help_}" if help_ else ""))
    return rules[code.upper()]
