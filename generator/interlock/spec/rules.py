"""The diagnostics of tables and assumptions: one row per code, never reused.

``interlock check --explain SPC004`` prints from this table. Every row has a sample under
``tests/diagnostics/<CODE>``; a test counts both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means: ``title`` in one line, ``explanation`` with the way out."""

    code: str
    title: str
    explanation: str


_TABLE = (
    # --- files and rows ---
    Rule(
        "SPC001",
        "a file of the specification cannot be read",
        "Every table named in interlock.spec.tables must be there, in UTF-8, and asn1/ must hold "
        "at least one module.",
    ),
    Rule(
        "SPC002",
        "two rows have the same key",
        "Ids, names, event ids, group numbers and code points are unique; the label shows the "
        "first row.",
    ),
    Rule(
        "SPC003",
        "a reference leads nowhere",
        "The name is not a row of the table that the message names.",
    ),
    Rule(
        "SPC004",
        "a clause is not in the register",
        "Every clause label of a table or an ASN.1 annotation is an entry of clauses.yaml. Add "
        "the entry, or use the nearest parent that is known.",
    ),
    Rule(
        "SPC005",
        "numbers of a row contradict each other",
        "A default lies outside its range, a range is empty, or a code point is not 16 bits.",
    ),
    # --- assumptions ---
    Rule(
        "SPC010",
        "unknown assumption",
        "The id is not in assumptions.yaml. Ids with a dot are parameters of one question: "
        "Q12.zero-octets.",
    ),
    Rule(
        "SPC011",
        "a value that an assumption does not allow",
        "A switchable assumption takes one of its alternatives, or an integer in its range.",
    ),
    Rule(
        "SPC012",
        "an assumption that cannot be switched",
        "Its answer is built into types or algorithms. To change it, edit what it affects.",
    ),
    Rule(
        "SPC013",
        "a badly declared assumption",
        "Switchable means: alternatives or minimum and maximum, not both. What `sets` names "
        "must be an INTEGER value, or a module.",
    ),
    Rule(
        "SPC014",
        "a choice by assumption that does not cover its alternatives",
        "A value written as {by: Q3, ...} has one entry for each alternative of the assumption.",
    ),
    # --- tables against ASN.1 ---
    Rule(
        "SPC020",
        "a name has no counterpart in the ASN.1 modules",
        "Algorithms, object identifiers, PDUs and diagnostics of the tables are defined in the "
        "modules under the same name.",
    ),
    Rule(
        "SPC021",
        "a path does not exist in its PDU",
        "Paths use the identifiers of the ASN.1 type, joined by points, from the PDU inward.",
    ),
    Rule(
        "SPC022",
        "an ASN.1 definition without clause or confidence",
        "Write --@clause and --@confidence directly above it.",
    ),
    Rule(
        "SPC023",
        "octets that are covered but not kept",
        "What a signature, an ICV or additional data covers is computed over received octets, so "
        "its path must be in keep.",
    ),
    Rule(
        "SPC024",
        "a module and its file have different names",
        "One module per file, and the file is named after it.",
    ),
)

RULES: Mapping[str, Rule] = {rule.code: rule for rule in _TABLE}
