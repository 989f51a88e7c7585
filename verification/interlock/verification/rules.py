"""The diagnostics of structural verification: one row per code, never reused.

``interlock check --explain VER016`` prints from this table. The codes of guards and checks
(VER001 to VER005) have theirs in ``interlock.verification.guards``.
"""

from __future__ import annotations

from collections.abc import Mapping

from interlock.spec.rules import Rule

RULES: Mapping[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule(
            "VER011",
            "a state is not reachable over live steps",
            "Rows lead to it, but the solver finds no values for which a sequence of them is "
            "taken. Where it is declared does not matter.",
        ),
        Rule(
            "VER012",
            "a row is never taken",
            "In one of its states its guard is never true, or never where the other rows for the "
            "event do not apply as well, or its checks never all pass, or its timer never runs.",
        ),
        Rule(
            "VER013",
            "a guard needs a value that a session variable never has there",
            "The values of Boolean and enumerated session variables are followed from the initial "
            "state, where they are empty. No step brings the value that the guard waits for.",
        ),
        Rule(
            "VER014",
            "a reaction is never used",
            "No check whose failure it answers can fail in any state of the row.",
        ),
        Rule(
            "VER015",
            "a state without a live way out",
            "No row leaves it, whatever comes; only a PDU without a place would end the "
            "association.",
        ),
        Rule(
            "VER016",
            "a trap: states from which the end is not reached",
            "Live steps lead around among these states and never to the final one; the help line "
            "has a loop. The reaction to a PDU without a place does not count.",
        ),
        Rule(
            "VER017",
            "a live step leaves the final state",
            "An association that is over stays over; a new one is a new machine.",
        ),
        Rule(
            "VER018",
            "a check is never exercised",
            "It can fail as such (VER003 would say so), but not with the arguments that the rows "
            "give its list, in the states that these rows start from.",
        ),
        Rule(
            "VER019",
            "a diagnostic that no machine sends",
            "No live step puts it into a PDU. That is no fault of a machine; it tells where the "
            "standard lists a cause that none of its rules has.",
        ),
        Rule(
            "VER020",
            "a security event that no machine logs",
            "No live step logs it, and no reason is known why not.",
        ),
        Rule(
            "VER021",
            "client and server wait for each other for ever",
            "Nothing is under way, neither user has a call that would go on, and no timer runs "
            "for certain.",
        ),
        Rule(
            "VER022",
            "client and server cannot both come to the end",
            "From this pair of states no sequence of steps leads to where both are over.",
        ),
        Rule(
            "VER023",
            "an association between these modes comes about, or does not, against expectation",
            "Two parties of one mode reach a state in which both are associated; two of different "
            "modes never do, neither both nor one alone.",
        ),
        Rule(
            "VER024",
            "capabilities and outcome disagree",
            "Two honest parties associate exactly when their capabilities and policies allow it. "
            "The help line has a configuration of both for which checks and expectation differ.",
        ),
        Rule(
            "VER025",
            "a check looks at a PDU too early",
            "Before a PDU is known to be well-formed there is nothing to look at, and before its "
            "signature is verified nobody answers for what it says (ADR-0010). Move the check "
            "down; only the signature algorithm is needed earlier.",
        ),
        Rule(
            "VER026",
            "checks are not in the order of their security events",
            "Where several checks fail, the first decides what the peer is told and which event is "
            "logged. Apart from the signature, which comes first, the order is that of the "
            "event list of IEC 62351-14; a check that shares an event may stand anywhere "
            "(ADR-0010).",
        ),
        Rule(
            "VER027",
            "a message of an honest partner has no place",
            "Both do what they may, and a message that one has sent comes when the other is in a "
            "state without a row for it: an alarm without an attacker, as when two messages cross. "
            "A warning, because conditions on contents are left out, so that such a run may be "
            "impossible after all.",
        ),
        Rule(
            "VER028",
            "what is read of a protected message is not protected",
            "Neither signature nor ICV covers the field, so the attacker chooses it, and a row or "
            "one of its checks relies on it. Move it under the protection, or make sure that a "
            "wrong value does no harm.",
        ),
    )
}
"""Code to rule, in order of code."""
