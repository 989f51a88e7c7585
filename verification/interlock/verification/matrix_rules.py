"""The diagnostics of the policy file: one row per code, never reused."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.spec.rules import Rule

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule(
            "PRP030",
            "a policy names no dimension or value that there is",
            "A policy gives each dimension of its side exactly one of the values listed there.",
        ),
        Rule(
            "PRP031",
            "a name is there twice",
            "Dimensions, outcomes, policies and remedies are told apart by their ids.",
        ),
        Rule(
            "PRP032",
            "a remedy asks for an amendment that there is not",
            "Amendments are the files of spec/amendments; their ids are the names of the files.",
        ),
        Rule(
            "PRP033",
            "two values of a dimension hold together, or one never does",
            "The values of a dimension exclude each other, and each can be had. The solver found "
            "otherwise.",
        ),
        Rule(
            "PRP034",
            "a scenario, machine, strand or point that there is not",
            "The matrix is worked out in one scenario of verification/scenarios.yaml, and its "
            "outcomes are points of the runs there.",
        ),
        Rule(
            "PRP035",
            "a policy contradicts itself",
            "No configuration that the machines admit has all its values.",
        ),
    )
}
"""Code to rule, in order of code."""
