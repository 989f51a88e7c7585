"""The diagnostics of data files and models: one row per code, never reused.

``interlock check --explain MDL113`` prints from this table. The structural rules (SM) have theirs
in ``interlock.model.structure``. Every row has a sample under ``tests/diagnostics/<CODE>``; a test
counts both.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.spec.rules import Rule

_DATA = (
    Rule(
        "DAT001",
        "not valid YAML",
        "Reading of the file stops here. A text with `: `, `#` or a leading `{` needs quotes.",
    ),
    Rule("DAT002", "a data file is empty", "Delete the file, or write its required keys."),
    Rule(
        "DAT003",
        "an alias in a data file",
        "Anchors and aliases (&name, *name) are refused: every value has one place, one position.",
    ),
    Rule("DAT004", "a key that is not plain text", "Keys of mappings are names, not lists."),
    Rule("DAT005", "a key is there twice", "The label shows the first one."),
    Rule(
        "DAT006",
        "nested too deeply",
        "Lists and mappings nest to a fixed depth, so that no file can exhaust the tool.",
    ),
    Rule(
        "DAT010",
        "text, list or mapping in the wrong place",
        "The message says which of the three is wanted here.",
    ),
    Rule("DAT011", "a required key is missing", "Add the key; its value may not be left out."),
    Rule("DAT012", "an unknown key", "The help shows the nearest known key, or all of them."),
    Rule("DAT013", "not an integer", "Decimal, or hexadecimal with 0x."),
    Rule("DAT014", "not one of the words allowed here", "The message lists them."),
)

_WORDS = (
    Rule(
        "MDL101",
        "unknown type",
        "Types are bool, int, time, duration, octets, text, an enumeration or opaque type of "
        "vocabulary.yaml, and `set of` or `list of` an enumeration.",
    ),
    Rule(
        "MDL102",
        "an enumeration from something that is not ENUMERATED",
        "`from: asn1` takes its members from an ENUMERATED type of the modules.",
    ),
    Rule(
        "MDL103",
        "an enumeration that the tool refers to is missing",
        "A few enumerations are known by name, because messages and actions rest on them.",
    ),
)

_EXPRESSIONS = (
    Rule(
        "MDL110",
        "an expression that cannot be read",
        "Names may hold hyphens, so a minus needs spaces around it: `now - m.time`. The grammar is "
        "generator/interlock/model/expression.lark.",
    ),
    Rule(
        "MDL111",
        "unknown name in an expression",
        "Fields have a root (m., e., config., session., argument., sent., failure.); which roots "
        "there are depends on the place. Bare names are parameters of a check list, named "
        "conditions of the machine, and now.",
    ),
    Rule("MDL112", "no member of the enumeration", "Members are written Type.member."),
    Rule(
        "MDL113",
        "a value of the wrong type",
        "Nothing is converted. A list may stand where a set of the same elements is wanted.",
    ),
    Rule(
        "MDL114",
        "an operation that its operands do not have",
        "Octets, text, enumerations and Booleans are compared for equality only; opaque values and "
        "lists are not compared at all.",
    ),
    Rule(
        "MDL115",
        "an empty set whose type is not clear",
        "{} takes its type from where it stands; a comparison or a function gives it none.",
    ),
    Rule(
        "MDL116",
        "an operation in a condition",
        "Operations draw randomness or use keys and stand only in actions. Conditions call "
        "predicates, which have no effect.",
    ),
    Rule("MDL117", "wrong number of arguments", "The help shows what the function takes."),
    Rule(
        "MDL118",
        "an expression is nested too deeply",
        "Name a part of it under `conditions` of the machine.",
    ),
)

_MESSAGES = (
    Rule(
        "MDL120",
        "unknown name in a message file",
        "Components, alternatives, bits and types are those of the ASN.1 modules; messages and "
        "field groups are those of the same file.",
    ),
    Rule(
        "MDL121",
        "a field that does not say how it is read",
        "The type alone does not tell; write `as:` with a projection.",
    ),
    Rule("MDL122", "fields without a PDU", "A message with fields names its type under `pdu`."),
    Rule(
        "MDL123",
        "a path that goes into a plain value",
        "Steps lead into SEQUENCE, SET and CHOICE only.",
    ),
    Rule(
        "MDL124",
        "a message that no carrier brings",
        "Every message of a mode is named by one carrier, or it could never be sent or received.",
    ),
)

_MACHINES = (
    Rule(
        "MDL131",
        "unknown name in a machine",
        "States, variables, timers, messages, events, reactions, procedures, check lists and "
        "actions are declared in the same machine or in the files around it.",
    ),
    Rule(
        "MDL133",
        "the failed check is named where none has failed",
        "`log: failure` stands in reactions only.",
    ),
    Rule(
        "MDL134",
        "an action that is no action",
        "`do:` calls an operation without a result; the result of others goes into `set`.",
    ),
    Rule("MDL135", "a procedure runs itself", "Procedures are written out where they run."),
    Rule(
        "MDL142",
        "no diagnostic of this kind of PDU",
        "Handshake PDUs are answered with HandshakeDiagnostics, transfers with DtDiagnostics, and "
        "messages without protection with none.",
    ),
    Rule("MDL150", "not exactly one initial and one final state", "Mark one with `initial: true`."),
    Rule("MDL151", "a transition id is there twice", "Vectors and verdicts name rows by their id."),
    Rule("MDL152", "checks on something that was not received", "Use a guard (`when`) instead."),
    Rule(
        "MDL153",
        "a check list lacks an argument",
        "What the list declares under `parameters` is given under `with`.",
    ),
    Rule(
        "MDL154",
        "a check list for another message",
        "A list is made on the message, or on the carrier, that it is written for.",
    ),
)

_FILES = (
    Rule("MDL160", "unknown configuration", "`include` names configurations written above."),
    Rule("MDL161", "a check list is there twice", "Names are unique across all check files."),
    Rule(
        "MDL162",
        "a model file cannot be read",
        "vocabulary.yaml, policies.yaml and the folders messages, environments, checks and "
        "machines must be there, in UTF-8.",
    ),
    Rule(
        "MDL163",
        "a default that its assumption cannot give",
        "`default: {assumption: Q18}` takes the value in force of an assumption: a number for an "
        "integer, seconds for a duration, true or false, or a member of the enumeration.",
    ),
)

RULES: Mapping[str, Rule] = {
    rule.code: rule for rule in (*_DATA, *_WORDS, *_EXPRESSIONS, *_MESSAGES, *_MACHINES, *_FILES)
}
"""Code to rule, in order of code."""
