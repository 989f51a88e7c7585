"""Rules on fields that are sent; the plain case of each is under tests/diagnostics."""

from __future__ import annotations

from unit.model.small_models import Damaged

FILE = "machines/small.yaml"


def test_one_other_place_is_no_custom(damaged: Damaged) -> None:
    damaged.edit(FILE, "do: [{send-envelope: ABRT}]", "do: [{send: ReleaseReq}]")
    assert damaged.messages("SM040") == []


def test_the_own_fields_of_a_message_are_compared(damaged: Damaged) -> None:
    own = "{send: ReleaseReq, with: {version-1: %s}}"
    damaged.edit(FILE, "{send: ReleaseReq}", own % '"true"')
    damaged.edit(FILE, "do: [{send-envelope: ABRT}]", f"do: [{own % 'argument.hard'}]")
    damaged.edit(FILE, "do: [{send-envelope: ABRT}, ", "do: [{send: ReleaseReq}, ")
    assert damaged.messages("SM040") == [
        '"S-05" sends ReleaseReq without "version-1", unlike all others'
    ]


def test_a_cause_is_right_in_a_reaction_and_a_value_in_a_row(damaged: Damaged) -> None:
    damaged.edit(
        FILE,
        "do: [{send-envelope: ABRT}, ",
        "do: [{send: DtSecAbort, with: {diag: DtDiagnostics.no-reason-given}}, ",
    )
    assert damaged.messages("SM047") == []
