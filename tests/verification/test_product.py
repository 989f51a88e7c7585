"""Clients and servers together: what they reach, what resolves their waiting, that they end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.core.diagnostics import Severity
from interlock.model.machine import Machine
from interlock.model.project import Project, load_project
from interlock.verification import product as products
from interlock.verification.honest import envelope_of, seen_as
from interlock.verification.product import Product, Waiting, product
from interlock.verification.steps import Stepper
from interlock.verification.timers import running_for_certain

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def project() -> Project:
    return load_project(ROOT)


def without(*ids: str) -> Callable[[Machine], Machine]:
    """The machine without some of its rows."""

    def change(machine: Machine) -> Machine:
        rows = tuple(row for row in machine.transitions if row.id not in ids)
        return replace(machine, transitions=rows)

    return change


def run(
    project: Project,
    client: str,
    server: str,
    change: Callable[[Machine], Machine] = lambda machine: machine,
) -> Product:
    machines = (
        project.models.machines[f"{client}-client"],
        project.models.machines[f"{server}-server"],
    )
    first, second = (Stepper(change(m), project.models.vocabulary) for m in machines)
    return product(first, second, project.spec.tables.osi)


@pytest.mark.parametrize("mode", ["compatibility", "native"])
def test_parties_of_one_mode_associate_and_always_can_end(project: Project, mode: str) -> None:
    result = run(project, mode, mode)

    assert result.associated == ("client", "server", "both")
    assert result.without_end == ()
    assert [f for f in result.findings if f.severity is Severity.ERROR] == []
    assert ("closed", "closed") in result.pairs


@pytest.mark.parametrize(
    ("client", "server", "refusal"),
    [
        ("native", "compatibility", "compatibility-server: CS-02/AP-00"),
        ("compatibility", "native", "native-server: NS-02x/OE-01"),
    ],
)
def test_parties_of_different_modes_are_never_associated(
    project: Project, client: str, server: str, refusal: str
) -> None:
    result = run(project, client, server)

    assert result.associated == ()
    assert result.findings == ()
    assert result.without_end == ()
    # it is the client's first PDU that is refused, by what its upper layers say
    answers = [a for a in result.answers if a.startswith(f"{server}-server") and "ABRT" not in a]
    assert refusal in answers
    assert {pair[1] for pair in result.pairs} == {"listen", "transport", "closed"}


def test_timers_resolve_what_no_user_resolves(project: Project) -> None:
    waiting = run(project, "native", "native").waiting

    assert (
        Waiting(
            "wait-rsp",
            "wait-app",
            ("server: accept",),
            ("client: t-association", "server: t-association"),
        )
        in waiting
    )
    half_open = next(w for w in waiting if (w.client, w.server) == ("stable", "unconfirmed"))
    assert "server: t-confirm" in half_open.timers
    assert all(idle.calls or idle.timers for idle in waiting)
    # the A-profile has no limit on the age of an association
    compatibility = run(project, "compatibility", "compatibility").waiting
    assert next(w for w in compatibility if w.client == "data").timers == ()


def test_timer_is_certain_only_where_every_way_starts_it(project: Project) -> None:
    machine = project.models.machines["native-client"]

    certain = running_for_certain(Stepper(machine, project.models.vocabulary))

    assert certain["wait-rsp"] == {"t-association"}
    assert certain["stable"] == {"t-key-lifetime"}  # t-rekey may have run out already
    assert certain["rekey-sent"] == {"t-key-lifetime", "t-rekey-limit"}


def test_waiting_without_timer_is_reported(project: Project) -> None:
    result = run(project, "compatibility", "compatibility", without("CC-08", "CS-01t", "CS-10"))

    messages = [f.message for f in result.findings if f.code == "VER021"]
    assert messages == [
        '"compatibility-client" and "compatibility-server" wait for ever in '
        '"wait-aare" and "wait-app"'
    ]


def test_pair_without_end_is_reported(project: Project) -> None:
    rows = ("CS-09", "CS-10", "CS-01t", "CS-11a", "CS-11l", "CS-11b")
    result = run(project, "compatibility", "compatibility", without(*rows))

    assert ("closed", "wait-app") in result.without_end
    assert "VER022" in {finding.code for finding in result.findings}


def test_association_that_never_comes_about_is_reported(project: Project) -> None:
    result = run(project, "native", "native", without("NS-08a", "NS-08b", "NS-08c"))

    assert "VER023" in {finding.code for finding in result.findings}


def test_message_of_an_honest_partner_without_a_place(project: Project) -> None:
    assert run(project, "native", "native").findings == ()
    assert run(project, "compatibility", "compatibility").findings == ()

    result = run(project, "compatibility", "compatibility", without("CC-12c"))
    assert [(f.code, f.message) for f in result.findings] == [
        (
            "VER027",
            'an honest RLRQ may reach "compatibility-client" in "wait-rlre", where no row is',
        )
    ]


def test_association_across_modes_is_reported(project: Project) -> None:
    def unchecked(machine: Machine) -> Machine:
        lists = {
            name: replace(checks, checks=()) if name.startswith("a-profile") else checks
            for name, checks in machine.check_lists.items()
        }
        return replace(machine, check_lists=lists)

    result = run(project, "native", "compatibility", unchecked)

    assert result.associated == ("server",)
    assert [finding.code for finding in result.findings] == ["VER023"]


def test_exploration_gives_up_loudly(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "MOST_STATES", 10)
    with pytest.raises(OverflowError):
        run(project, "compatibility", "compatibility")


def test_what_the_other_mode_sees(project: Project) -> None:
    machines = project.models.machines
    native, compatibility = machines["native-client"], machines["compatibility-server"]
    request = next(r for r in native.transitions if r.id == "NC-02").body
    send = next(a for a in request if getattr(a, "message", None) == "HandshakeReq")
    assert hasattr(send, "envelope")

    facts = envelope_of(native, send, project.spec.tables.osi)  # type: ignore[arg-type]

    assert seen_as(native, send, compatibility) == "AARQ"  # type: ignore[arg-type]
    assert seen_as(native, send, machines["native-server"]) == "HandshakeReq"  # type: ignore[arg-type]
    assert facts["application-context"] == "e2eMmsAC"
    assert facts["mechanism"] == "absent"
    assert facts["context-is-e2e"] == "true"
