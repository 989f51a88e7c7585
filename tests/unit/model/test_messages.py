"""Messages over ASN.1 components, and their carriers."""

from __future__ import annotations

import pytest

from interlock.model import types as t
from interlock.model.messages import Step
from interlock.model.project import Project
from unit.model.small_models import Damaged

FILE = "messages/native.yaml"


def test_fields_are_resolved_against_the_modules(small: Project) -> None:
    message = small.models.messages["native"].messages["DtSecAbort"]
    assert message.pdu == "IEC62351-4-E2E.DtSecAbort"
    field = message.fields["version-1"]
    assert (field.projection, field.argument, field.type) == ("bit", "v1", t.BOOL)
    assert field.path == "tbs.token3.version"
    has = message.fields["has-diag"]
    assert has.projection == "present"
    assert has.steps[-1] == Step("diag", is_alternative=False, is_optional=True)
    assert message.fields["diag"].projection == "enumerated"
    assert message.fields["sig-alg"].projection == "algorithm"
    assert message.fields["asso-id"].projection == "text"


def test_carriers(small: Project) -> None:
    messages = small.models.messages["native"]
    assert messages.carrier_of("ReleaseReq") == "RLRQ"
    assert messages.carrier_of("DtSecAbort") == "ABRT"
    assert messages.carriers["ABRT"].messages == (
        "DtSecAbort",
        "HandshakeSecAbort",
        "ABRT-without-SecPDU",
    )


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("path: tbs.token3.assoID", "path: tbs.token4.assoID", ("MDL120", 12, "tbs.token4.assoID")),
        ("as: bit v1", "as: bit v2", ("MDL120", 10, "bit v2")),
        ("as: bit v1", "as: bits v1", ("MDL120", 10, "bits v1")),
        ("groups: [token3], clause", "groups: [token4], clause", ("MDL120", 14, "token4")),
        (
            "pdu: IEC62351-4-E2E.ReleaseReq",
            "pdu: IEC62351-4-E2E.RelaseReq",
            ("MDL120", 14, "IEC62351-4-E2E.RelaseReq"),
        ),
        ("carries: ReleaseReq", "carries: ReleaseRequest", ("MDL120", 3, "ReleaseRequest")),
        (
            "choice: IEC62351-4-E2E.AssoAbort",
            "choice: IEC62351-4-E2E.ReleaseReq",
            ("MDL120", 5, "IEC62351-4-E2E.ReleaseReq"),
        ),
        ("{dtSecAbort: DtSecAbort", "{dtSecAbrt: DtSecAbort", ("MDL120", 6, "dtSecAbrt")),
        ("protect: icv", "protect: mac", ("DAT014", 18, "mac")),
        (
            "path: tbs.token3.assoID",
            "path: tbs.token3.assoID.x",
            ("MDL123", 12, "tbs.token3.assoID.x"),
        ),
    ],
)
def test_faults_have_their_place(
    damaged: Damaged, old: str, new: str, expected: tuple[str, int, str]
) -> None:
    damaged.edit(FILE, old, new)
    # a fault in a field group is found once, although several messages use it
    places = {(code, line, marked) for code, _, line, marked in damaged.places()}
    assert expected in places
    assert {place[0] for place in places} == {expected[0]}


def test_the_nearest_name_is_offered(damaged: Damaged) -> None:
    damaged.edit(FILE, "path: tbs.diag, send", "path: tbs.dia, send")
    assert damaged.refusal()[0].help == 'did you mean "diag"?'
