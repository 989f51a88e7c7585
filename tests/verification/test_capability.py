"""Two parties associate exactly when their capabilities and policies allow it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from handlers.scene import Scene
from iec62351_4.handlers.vocabulary import EncrMode, EncryptionDemand
from iec62351_4.testing import INITIATE_RESPONSE
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.machine import Action, Check, Machine, Send
from interlock.model.project import Project, load_project
from interlock.verification.capability import (
    CLIENT_STANCES,
    SERVER_STANCES,
    CapabilityMatrix,
    capability_matrix,
)
from interlock.verification.handshake import Party
from interlock.verification.structure import edition_matrices

ROOT = Path(__file__).parents[2]
Checks = tuple[Check, ...]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def with_checks(machine: Machine, name: str, change: Callable[[Checks], Checks]) -> Machine:
    known = machine.check_lists.get(name)
    if known is None:
        return machine
    lists = {**machine.check_lists, name: replace(known, checks=change(known.checks))}
    return replace(machine, check_lists=lists)


def matrix(
    project: Project,
    mode: str = "native",
    change: Callable[[Machine], Machine] = lambda machine: machine,
) -> CapabilityMatrix:
    client, server = (
        Party(change(project.models.machines[f"{mode}-{role}"]), project.models.vocabulary)
        for role in ("client", "server")
    )
    return capability_matrix(client, server, project.spec.tables.osi)


@pytest.mark.parametrize("mode", ["native", "compatibility"])
def test_checks_agree_with_what_is_expected(project: Project, mode: str) -> None:
    result = matrix(project, mode)

    assert result.findings == ()
    assert result.agrees
    # every need can be the only one that is missing, and some check sees it
    assert all(need.refused_by for need in result.needs)


def test_cells_show_protection_or_the_refusing_check(project: Project) -> None:
    cells = {(cell.client, cell.server): cell for cell in matrix(project).cells}

    assert len(cells) == 6 * 9
    both = cells["AE, encryption allowed", "AE supported, encryption allowed"]
    assert (both.protection, both.refused_by) == ("authenticated-encryption", ())
    plain = cells["ICV only, encryption forbidden", "AE unsupported, encryption allowed"]
    assert plain.protection == "integrity"
    mac = cells["encrypt-then-MAC, encryption required", "AE unsupported, encryption required"]
    assert mac.protection == "encrypt-then-mac"
    refused = cells["ICV only, encryption allowed", "AE supported, encryption required"]
    assert (refused.protection, refused.refused_by) == (None, ("HR-22",))
    assert all((cell.protection is None) == bool(cell.refused_by) for cell in cells.values())


@pytest.mark.parametrize(
    ("name", "check"),
    [("handshake-request", "HR-13"), ("handshake-request", "HR-22"), ("handshake-accept", "HA-01")],
)
def test_check_taken_away_is_noticed(project: Project, name: str, check: str) -> None:
    def change(machine: Machine) -> Machine:
        return with_checks(machine, name, lambda cs: tuple(c for c in cs if c.id != check))

    result = matrix(project, "native", change)

    assert [(f.code, f.message) for f in result.findings] == [
        ("VER024", '"native-client" and "native-server" associate though something is missing')
    ]
    assert "client: " in (result.findings[0].help or "")
    assert "hmacs = {" in (result.findings[0].help or "")


def test_check_that_refuses_too_much_is_noticed(project: Project) -> None:
    encrypted = x.Variable(root=x.Root.MESSAGE, name="appl-protected", type=t.BOOL)

    def change(machine: Machine) -> Machine:
        return with_checks(
            machine,
            "handshake-request",
            lambda cs: (*cs, replace(cs[-1], id="HR-99", fails_when=encrypted)),
        )

    result = matrix(project, "native", change)

    assert [(f.code, f.message) for f in result.findings] == [
        (
            "VER024",
            '"native-client" and "native-server" do not associate though nothing is missing',
        )
    ]


def test_choice_that_the_client_did_not_offer_is_noticed(project: Project) -> None:
    kind = t.Enum("AeadAlgorithm")
    other = x.EnumLiteral(member="other", type=kind)
    chosen = x.SetLiteral(elements=(other,), type=t.ListOf(kind))

    def answering(action: Action) -> Action:
        if not isinstance(action, Send):
            return action
        fields = tuple((n, chosen if n == "aead-algorithms" else v) for n, v in action.fields)
        return replace(action, fields=fields)

    def change(machine: Machine) -> Machine:
        rows = tuple(
            replace(row, body=tuple(map(answering, row.body))) if row.id == "NS-08a" else row
            for row in machine.transitions
        )
        return replace(machine, transitions=rows)

    result = matrix(project, "native", change)

    assert [f.message for f in result.findings] == [
        '"native-client" and "native-server" do not associate though nothing is missing'
    ]


def configured(stance: Mapping[str, str]) -> dict[str, Any]:
    """A stance as the configuration of a handler."""
    kinds = {"encr-mode": EncrMode, "encryption-demand": EncryptionDemand}
    out: dict[str, Any] = {}
    for name, value in stance.items():
        key = name.replace("-", "_")
        if name in kinds:
            out[key] = kinds[name](value)
        elif value in ("true", "false"):
            out[key] = value == "true"
        elif value == "":
            out[key] = ()
    return out


def test_generated_handlers_do_what_the_matrix_says(project: Project) -> None:
    events = {
        check.id: check.event
        for checks in project.models.machines["native-server"].check_lists.values()
        for check in checks.checks
    }
    for cell in matrix(project).cells:
        client = configured(CLIENT_STANCES[cell.client])
        scene = Scene("native", "AE-128", client, configured(SERVER_STANCES[cell.server]))
        scene.requested()
        if cell.protection is None:
            assert scene.server.state == "closed", cell
            assert scene.server.events == [events[cell.refused_by[0]]], cell
        else:
            scene.call(scene.server, "accept", INITIATE_RESPONSE)
            scene.flow()
            assert (scene.client.state, scene.server.state) == ("stable", "unconfirmed"), cell
            assert scene.client.session.protection.value == cell.protection
            assert scene.server.session.protection.value == cell.protection


def test_editions_associate_with_each_other(project: Project) -> None:
    older = load_project(ROOT, edition="2018")

    results = list(edition_matrices(older, project))

    assert len(results) == 4
    assert all(result.agrees for result in results)
