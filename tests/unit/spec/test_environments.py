"""The OSI and XMPP tables, small and real."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import load_tables

from .conftest import Edit

ROOT = Path(__file__).parents[3] / "spec"


def test_ports_and_limits() -> None:
    osi = load_tables(ROOT).osi
    assert {name: port.value for name, port in osi.ports.items()} == {"secure": 3782, "clear": 102}
    assert osi.limits["extended-user-data"].value == 10240
    assert osi.limits["certificate"].value == 8192


def test_contexts_of_compatibility_mode_are_the_captured_ones() -> None:
    profile = load_tables(ROOT).osi.profiles["compatibility"]
    assert [(c.id, c.abstract_syntax) for c in profile.contexts] == [
        (3, "mms-abstract-syntax-version1"),
        (1, "acse-as-id"),
        (5, "mmsAuthenticationAS"),
    ]
    # a partner may leave out the syntax of the authentication value
    assert [c.name for c in profile.contexts if not c.required] == ["authentication"]


def test_only_compatibility_mode_has_the_authentication_unit() -> None:
    profiles = load_tables(ROOT).osi.profiles
    assert [p.mode for p in profiles.values() if p.authentication_unit] == ["compatibility"]
    assert profiles["native"].mechanism_name is None


@pytest.mark.parametrize(
    ("pdu", "carrier", "results", "diagnostic", "abort_source"),
    [
        ("HandshakeReq", "AARQ", (), None, None),
        ("HandshakeAcc", "AARE", (0,), 0, None),
        ("ApplicationReject", "AARE", (1, 2), 1, None),
        ("HandshakeSecReject", "AARE", (1,), 1, None),
        ("HandshakeSecAbort", "ABRT", (), None, 0),
        ("ClearTransfer", "DATA", (), None, None),
        ("ReleaseReq", "RLRQ", (), None, None),
        ("ReleaseRsp", "RLRE", (), None, None),
    ],
)
def test_carriers(
    pdu: str,
    carrier: str,
    results: tuple[int, ...],
    diagnostic: int | None,
    abort_source: int | None,
) -> None:
    row = load_tables(ROOT).osi.carriers[pdu]
    assert (row.carrier, row.results, row.diagnostic, row.abort_source) == (
        carrier,
        results,
        diagnostic,
        abort_source,
    )


def test_a_context_id_is_used_once(spec: Path, edit: Edit) -> None:
    row = '      - {name: e2e, id: 5, abstract-syntax: syntax, transfer-syntax: ber, required: true, clause: "1", confidence: C}\n'  # noqa: E501
    edit("osi.yaml", row, row + row.replace("name: e2e", "name: other"))
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert [d.code for d in caught.value.diagnostics] == ["SPC002"]


def test_stanzas_of_transfers_depend_on_the_service() -> None:
    xmpp = load_tables(ROOT).xmpp
    assert xmpp.namespaces["e2e"].uri.endswith("/E2E_4")
    transfers = [s for s in xmpp.stanzas if s.pdu == "EncrTransfer"]
    assert {(s.stanza, s.type) for s in transfers} == {
        ("iq", "get"),
        ("iq", "set"),
        ("iq", "result"),
        ("message", "normal"),
    }
    assert all(s.service for s in transfers)
