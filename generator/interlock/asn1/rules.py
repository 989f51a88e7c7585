"""The diagnostics of the ASN.1 front end: one row per code, never reused.

``interlock check --explain ASN024`` prints from this table. Every row has a sample under
``tests/diagnostics/<CODE>``; a test counts both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from interlock.core.diagnostics import Diagnostic, Label, error
from interlock.core.source import Span


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means: ``title`` in one line, ``explanation`` with the way out."""

    code: str
    title: str
    explanation: str


_TABLE = (
    # --- notation ---
    Rule(
        "ASN001",
        "the text does not follow the grammar",
        "The message says what was expected and what stands there. Reading of the file stops at "
        "its first grammar error; other files are still read.",
    ),
    Rule(
        "ASN002",
        "malformed symbol",
        "A character that no ASN.1 symbol contains, or a string or comment without an end. "
        "Names consist of letters, digits and single hyphens (X.680 clause 12).",
    ),
    Rule(
        "ASN003",
        "nested or chained too deeply",
        "Types, values, constraints and chains of references are followed to a fixed depth, so "
        "that no input can exhaust the tool. Give inner parts names of their own.",
    ),
    Rule(
        "ASN004",
        "macro notation",
        "MACRO definitions and their instances were withdrawn from ASN.1 in 1994 and are not "
        "read. Write an information object class instead (X.681).",
    ),
    Rule(
        "ASN005",
        "malformed annotation",
        "Known are --@clause, --@confidence (C, M, D or A), --@assumption (Q and a number) and "
        "--@note, each followed by its text.",
    ),
    # --- names ---
    Rule(
        "ASN010",
        "unknown name",
        "The name is neither defined nor imported in this module, nor a parameter here.",
    ),
    Rule(
        "ASN011",
        "name of another kind",
        "The name exists but names something else than what is needed here: a value where a "
        "type is needed, a type where a class is needed.",
    ),
    Rule("ASN012", "unknown field", "The class has no field of this name (X.681 9.2)."),
    Rule(
        "ASN013",
        "unknown module",
        "The module named in IMPORTS or in front of a dot is not among the files read.",
    ),
    Rule(
        "ASN014",
        "the module does not define or export the imported name",
        "Import the name from the module that defines it, and look at the EXPORTS of that module.",
    ),
    Rule(
        "ASN015",
        "override names nothing",
        "A tagging or value override names a module or an INTEGER value that is not defined.",
    ),
    # --- duplicates ---
    Rule(
        "ASN020",
        "duplicate definition",
        "A name is defined or imported twice in one module, or two modules have the same name.",
    ),
    Rule(
        "ASN021",
        "duplicate component or alternative",
        "Identifiers within one SEQUENCE, SET or CHOICE are distinct, those brought in by "
        "COMPONENTS OF included (X.680 25.11, 27.3, 29.4).",
    ),
    Rule(
        "ASN022",
        "duplicate enumeration item",
        "Names and numbers of an ENUMERATED are distinct (X.680 20.3).",
    ),
    Rule(
        "ASN023",
        "duplicate named number or bit",
        "Names and numbers of one INTEGER or BIT STRING are distinct (X.680 19.4, 22.4).",
    ),
    Rule(
        "ASN024",
        "duplicate tags",
        "The tags of all alternatives of a CHOICE, and of all components of a SET, are distinct; "
        "an open type has every tag (X.680 27.4, 29.3).",
    ),
    Rule(
        "ASN025",
        "ambiguous components",
        "In a run of components that may be absent, each one and the first that must be present "
        "have distinct tags; otherwise a receiver cannot tell which one it sees (X.680 25.6).",
    ),
    Rule(
        "ASN026",
        "duplicate object",
        "Two objects of a set have the same value in a field declared UNIQUE (X.681 9.10).",
    ),
    # --- circles ---
    Rule(
        "ASN030",
        "circular definition",
        "The definition leads back to itself without a type constructor between, so it says "
        "nothing.",
    ),
    Rule(
        "ASN031",
        "type without a finite value",
        "Each value would contain another value of the same type. Make a component on the way "
        "OPTIONAL, or add an alternative that ends.",
    ),
    Rule(
        "ASN032",
        "endless instantiation",
        "A parameterised definition uses itself with ever larger parameters.",
    ),
    # --- parameters ---
    Rule(
        "ASN040",
        "wrong number of parameters",
        "As many actual parameters are needed as the definition has dummy parameters.",
    ),
    Rule(
        "ASN041",
        "parameter of another kind",
        "The actual parameter does not fit the dummy parameter and its governor (X.683 8.1).",
    ),
    # --- types, values, constraints ---
    Rule("ASN050", "the value is not one of the type", "The value does not fit its governor."),
    Rule(
        "ASN051",
        "malformed object identifier value",
        "The first arc is 0, 1 or 2; names without a number are known only at the top of the "
        "tree or as defined values (X.680 clause 32).",
    ),
    Rule(
        "ASN052",
        "constraint does not fit the type",
        "For example SIZE of an INTEGER, or a table constraint on a type that is not a field of "
        "a class.",
    ),
    Rule("ASN053", "constraint permits no value", "The root of the constraint is empty."),
    Rule(
        "ASN054",
        "IMPLICIT on a type without a tag of its own",
        "An untagged CHOICE, open type or dummy parameter has no tag that an implicit tag could "
        "replace (X.680 31.2.9). Leave the word out or write EXPLICIT.",
    ),
    Rule(
        "ASN055",
        "COMPONENTS OF or selection of an unsuitable type",
        "COMPONENTS OF needs a SEQUENCE (in a SEQUENCE) or SET (in a SET); a selection type needs "
        "a CHOICE with that alternative (X.680 25.4, 30.1).",
    ),
    # --- information objects ---
    Rule(
        "ASN060",
        "object does not follow the class",
        "The setting does not match WITH SYNTAX, sets a field twice, or leaves out a mandatory "
        "field (X.681 11.4 to 11.7).",
    ),
    Rule(
        "ASN061",
        "component of a relation not found",
        "The name after @ is a component of a SEQUENCE or SET around the open type: of the "
        "outermost one, or, with a dot, of the innermost one (X.682 10.7).",
    ),
)

RULES: Mapping[str, Rule] = {rule.code: rule for rule in _TABLE}


class Failure(Exception):
    """One definition cannot be read on; never leaves the front end.

    ``finding`` is None when the cause has been reported already.
    """

    def __init__(self, finding: Diagnostic | None) -> None:
        super().__init__(finding.message if finding else "reported before")
        self.finding = finding


def failure(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Iterable[Label] = (),
    help: str | None = None,
) -> Failure:
    """Make a failure with an error diagnostic."""
    return Failure(asn1_error(code, message, span, labels=labels, help=help))


def asn1_error(
    code: str,
    message: str,
    span: Span,
    *,
    labels: Iterable[Label] = (),
    help: str | None = None,
) -> Diagnostic:
    """Make an error diagnostic with a code of ``RULES``; an unknown code is a bug (KeyError)."""
    return error(RULES[code].code, message, span, labels=labels, help=help)
