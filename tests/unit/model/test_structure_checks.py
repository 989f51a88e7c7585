"""Rules on checks; the plain case of each is its sample under tests/diagnostics."""

from __future__ import annotations

import pytest

from unit.model.small_models import Damaged

CHECKS, MACHINE = "checks/native.yaml", "machines/small.yaml"
SECOND = "m.sig-alg not in config.signature-algorithms"
"""The second check of the first list."""


def codes(damaged: Damaged) -> set[str]:
    return {finding.code for finding in damaged.findings()}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("not m.well-formed", set()),
        ("e.result == AssociateResult.absent", set()),  # the envelope may come first
        ("e.result == AssociateResult.absent or not m.well-formed", set()),
        ("not m.well-formed or not m.version-1", set()),
        ("not m.version-1 or not m.well-formed", {"SM022"}),
        ("not signature-valid(m)", {"SM022", "SM023"}),  # the message as a whole
        ("not m.version-1", {"SM022", "SM023"}),
    ],
)
def test_well_formed_comes_before_any_other_look(
    damaged: Damaged, condition: str, expected: set[str]
) -> None:
    damaged.edit(CHECKS, "fails-when: not m.well-formed, diag", f"fails-when: {condition}, diag")
    if condition.startswith("e."):
        # the next look decides, and it must be at the form
        damaged.edit(CHECKS, SECOND, f"not m.well-formed or {SECOND}")
    assert codes(damaged) == expected


def test_a_guard_may_name_fields_before_the_checks(damaged: Damaged) -> None:
    damaged.edit(
        MACHINE, "on: receive DtSecAbort\n", "on: receive DtSecAbort\n    when: m.has-diag\n"
    )
    assert codes(damaged) == set()


def test_an_unchecked_row_that_does_not_look_inside_is_fine(damaged: Damaged) -> None:
    damaged.edit(
        MACHINE,
        "  - {id: S-07",
        "  - {id: S-08, from: [open], on: receive HandshakeSecAbort, "
        'clause: "13", confidence: C, do: [{close: transport}], to: closed}\n  - {id: S-07',
    )
    assert "SM023" not in codes(damaged)


def test_a_list_that_is_never_answered_needs_no_diagnostics(damaged: Damaged) -> None:
    damaged.edit(
        CHECKS, 'diagnostic: protocol-error, event: "IEC62351-4:12.1"', 'event: "IEC62351-4:12.1"'
    )
    assert codes(damaged) == {"SM025"}
    damaged.edit(MACHINE, "{send: DtSecAbort}", "{send-envelope: ABRT}")
    assert codes(damaged) == {"SM026"}, "and must have none"
    damaged.edit(
        CHECKS, 'diagnostic: protocol-error, event: "IEC62351-4:12.4"', 'event: "IEC62351-4:12.4"'
    )
    assert codes(damaged) == set()


def test_without_an_event_nothing_is_demanded(damaged: Damaged) -> None:
    damaged.edit(CHECKS, 'diagnostic: protocol-error, event: "IEC62351-4:12.1", ', "")
    assert codes(damaged) == set()
