"""The diagnostics of properties, abstraction and compositions: one row per code, never reused.

``interlock check --explain PRP004`` prints from this table.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.spec.rules import Rule

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("PRP001", "a property is there twice", "Ids of properties are unique over all files."),
        Rule(
            "PRP002",
            "a property names an unregistered clause",
            "Clauses are those of spec/clauses.yaml.",
        ),
        Rule(
            "PRP003",
            "a property names an unknown scenario",
            "Scenarios are those of verification/scenarios.yaml.",
        ),
        Rule(
            "PRP004",
            "a property names an unknown point, row, event or message",
            'A point is "STRAND committed", "confirmed", "running" or "end", or "STRAND row ID".',
        ),
        Rule("PRP005", "an unknown machine", "Machines are those of models/machines."),
        Rule(
            "PRP006",
            "a property of steps without machines",
            "It is decided for the rows of the machines that it names.",
        ),
        Rule(
            "PRP007",
            "a property is true whatever the machines do",
            "Its formula holds for all values of everything that it names, so it says nothing.",
        ),
        Rule(
            "PRP008",
            "a demonstration of what the machines do not do",
            "Its parties, rows, states and messages are those of the machines, and a message is "
            "received after it was sent.",
        ),
        Rule(
            "PRP009",
            "a demonstration that does not violate its property",
            "With the values that its last step shows, the formula has to be false.",
        ),
        Rule(
            "PRP010",
            "a word of the models has no meaning for the solver",
            "verification/abstraction.yaml gives one to every opaque type, predicate and "
            "operation, or leaves it free with a reason.",
        ),
        Rule(
            "PRP011",
            "an unknown field of an EnvPDU",
            "Fields are those of models/environments.",
        ),
        Rule(
            "PRP020",
            "no bound for the length of a run",
            "A machine can go round before data are delivered, so that a search of any length "
            "is no proof.",
        ),
    )
}
"""What the codes of properties mean."""
