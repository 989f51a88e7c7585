"""Check lists: templates, roles, diagnostics of the right kind."""

from __future__ import annotations

import pytest

from interlock.model.project import Project
from unit.model.small_models import Damaged

FILE = "checks/native.yaml"


def test_a_template_is_filled(small: Project) -> None:
    checks = small.models.machines["small"].check_lists["dt-sec-abort"]
    assert [(c.id, c.event) for c in checks.checks] == [("DA-01", "IEC62351-4:6.4")]
    assert checks.message == "DtSecAbort"


def test_order_is_that_of_the_file(small: Project) -> None:
    checks = small.models.machines["small"].check_lists["release-request"]
    assert [c.id for c in checks.checks] == ["RQ-01", "RQ-02", "RQ-03"]
    assert checks.parameters[0].name == "known"


def test_a_check_of_another_role_is_left_out(damaged: Damaged) -> None:
    damaged.edit(FILE, "{id: RQ-02,", "{id: RQ-02, roles: [server],")
    checks = damaged.load().machines["small"].check_lists["release-request"]
    assert [c.id for c in checks.checks] == ["RQ-01", "RQ-03"]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{id: RQ-02,", "{id: RQ-02, roles: [srver],", ("DAT014", FILE, 9, "srver")),
        (
            'diagnostic: protocol-error, event: "IEC62351-4:12.4"',
            'diagnostic: protocol-eror, event: "IEC62351-4:12.4"',
            ("MDL142", FILE, 8, "protocol-eror"),
        ),
        ("confidence: D, ", "", ("DAT011", FILE, 18, None)),
        ("{id: RQ-02,", "{id: RQ-02, acse: no-reason,", ("DAT014", FILE, 9, "no-reason")),
        ("parameters: {known: bool}", "parameters: {known: boole}", ("MDL101", FILE, 4, "boole")),
    ],
)
def test_faults_have_their_place(
    damaged: Damaged, old: str, new: str, expected: tuple[str, str, int, str | None]
) -> None:
    damaged.edit(FILE, old, new)
    (place,) = damaged.places()
    assert place[:3] == expected[:3]
    assert expected[3] in (None, place[3])


def test_all_faults_of_a_list_are_reported(damaged: Damaged) -> None:
    damaged.edit(FILE, "not m.well-formed, diag", "not m.wellformed, diag")
    damaged.edit(FILE, "not signature-valid(m)", "not signature-good(m)")
    assert [place[3] for place in damaged.places()] == ["wellformed", "signature-good"]
