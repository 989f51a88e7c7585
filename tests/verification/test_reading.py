"""Fields that are read and not protected: those known, and any that loses its protection."""

from __future__ import annotations

import pytest

from interlock.model.project import Project, load_project
from interlock.mutation.mutants import unprotect
from interlock.verification.reading import check_reading
from support.repository import ROOT

KNOWN = {
    ("AARE.certificate", "compatibility-client"),
    ("AARE.certificate-size", "compatibility-client"),
    ("AARQ.certificate", "compatibility-server"),
    ("AARQ.certificate-size", "compatibility-server"),
    ("HandshakeAcc.protected-protocol", "native-client"),
    ("HandshakeReq.protected-protocol", "native-server"),
}


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def read_unprotected(project: Project) -> set[tuple[str, str]]:
    return {(field, machine) for field, machine, _ in check_reading(project).unprotected}


def test_what_is_known(project: Project) -> None:
    """A-profile signatures cover a time only (V5); `pp` lies outside of `tbs` (V4)."""
    assert read_unprotected(project) == KNOWN
    findings = check_reading(project).findings
    assert {finding.code for finding in findings} == {"VER028"}
    assert len(findings) == len(KNOWN)


@pytest.mark.parametrize(
    ("message", "path", "fields"),
    [
        ("HandshakeReq", "tbs.token1.encr-mode", {"HandshakeReq.encr-mode"}),
        ("HandshakeAcc", "tbs.token1.dhKey", {"HandshakeAcc.dh-groups"}),
        ("ReleaseReq", "tbs.token3.pkCert", {"ReleaseReq.certificate"}),
        ("EncrTransfer", "tbp.token2.seq", {"EncrTransfer.seq"}),
    ],
)
def test_what_loses_its_protection(
    project: Project, message: str, path: str, fields: set[str]
) -> None:
    found = {field for field, _ in read_unprotected(unprotect(project, message, path)) - KNOWN}
    assert fields <= found
    assert all(field.startswith(f"{message}.") for field in found)
