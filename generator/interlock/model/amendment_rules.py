"""The diagnostics of amendments and editions: one row per code, never reused.

``interlock check --explain AMD003`` prints from this table. Every row has a sample under
``tests/diagnostics/<CODE>``; a test counts both.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.spec.rules import Rule

_TABLE = (
    Rule(
        "AMD001",
        "unknown amendment or edition",
        "An amendment is a file of spec/amendments, an edition one of spec/editions; the name is "
        "that of the file without its ending. `interlock check --list-amendments` lists them.",
    ),
    Rule(
        "AMD002",
        "an amendment and its file have different names",
        "The key `amendment` (or `edition`) repeats the name of the file.",
    ),
    Rule(
        "AMD003",
        "the text that an edit names is not there",
        "Edits are written for the sources as they are. When those change, an edit that no longer "
        "fits is refused: read what has changed, and write the edit anew.",
    ),
    Rule(
        "AMD004",
        "the text that an edit names is there more than once",
        "The labels show every place. Name more of the text, or a text that occurs once with "
        "`within`: the search starts there.",
    ),
    Rule(
        "AMD005",
        "two amendments touch the same place",
        "What one has changed, the other would change again, and the result would depend on their "
        "order. Choose other anchors, or let one name the other in `requires` if it builds on it.",
    ),
    Rule(
        "AMD006",
        "an edit of a file that it may not change",
        "Amendments change files below spec/ and models/ that are there. They neither add files "
        "nor change each other.",
    ),
    Rule(
        "AMD007",
        "an amendment without the one it requires",
        "Name the required amendment as well, before this one.",
    ),
    Rule(
        "AMD008",
        "an amendment of a clause that is not in the register",
        "The clause is an entry of spec/clauses.yaml. Use the nearest parent that is known.",
    ),
    Rule(
        "AMD009",
        "a badly written edit",
        "An edit has exactly one of find, after, before and delete, whose text is not empty, and "
        "`put` unless it deletes.",
    ),
    Rule(
        "AMD010",
        "an amendment is applied twice",
        "Name every amendment once.",
    ),
)

RULES: Mapping[str, Rule] = {rule.code: rule for rule in _TABLE}
