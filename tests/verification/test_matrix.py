"""A small policy matrix, worked out for real and compared with cells written by hand."""

from __future__ import annotations

import re
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.core.errors import ModelError
from interlock.model.project import load_project
from interlock.verification.abstraction import load_abstraction
from interlock.verification.composition import load_compositions
from interlock.verification.matrix import Matrix, MatrixDecider
from interlock.verification.matrix_json import matrix_json
from interlock.verification.matrix_policies import FILE, load_policies
from interlock.verification.matrix_world import Fate, MatrixWorld

ROOT = Path(__file__).parents[2]
SHIPPED = (ROOT / FILE).read_text(encoding="utf-8")

CLIENTS = ("B-never", "B-any", "C")
SERVERS = ("both", "native", "compatibility")
EXPECTED = {
    ("B-never", "both"): ("native AE", "native AE", ()),
    ("B-never", "native"): ("native AE", "native AE", ()),
    ("B-never", "compatibility"): ("none", "none", ()),
    ("B-any", "both"): ("native AE", "compatibility", ("DS-1.any",)),
    ("B-any", "native"): ("native AE", "compatibility", ("DS-1.any", "CM-6")),
    ("B-any", "compatibility"): ("compatibility", "compatibility", ()),
    ("C", "both"): ("compatibility", "compatibility", ()),
    ("C", "native"): ("none", "compatibility", ("CM-6",)),
    ("C", "compatibility"): ("compatibility", "compatibility", ()),
}


def _small(clients: tuple[str, ...] = CLIENTS, servers: tuple[str, ...] = SERVERS) -> str:
    """The shipped file with some of its policies."""
    head, _, rest = SHIPPED.partition("clients:\n")
    of_clients, _, rest = rest.partition("servers:\n")
    of_servers, _, remedies = rest.partition("remedies:\n")

    def some(lines: str, names: tuple[str, ...]) -> str:
        kept = [n for n in lines.splitlines() if re.match(rf"  - {{id: ({'|'.join(names)}),", n)]
        return "\n".join(kept)

    return (
        f"{head}clients:\n{some(of_clients, clients)}\n"
        f"servers:\n{some(of_servers, servers)}\nremedies:\n{remedies}"
    )


def _decider(folder: Path, text: str, *, widen: bool = True) -> MatrixDecider:
    path = folder / "policies.yaml"
    path.write_text(text, encoding="utf-8")
    return MatrixDecider(ROOT, file=path, widen=widen)


@pytest.fixture(scope="module")
def decider(tmp_path_factory: pytest.TempPathFactory) -> MatrixDecider:
    return _decider(tmp_path_factory.mktemp("policies"), _small())


@pytest.fixture(scope="module")
def matrix(decider: MatrixDecider) -> Matrix:
    return decider.matrix()


def test_cells_are_as_written_by_hand(matrix: Matrix) -> None:
    found = {(c.client, c.server): (c.without, c.worst, c.why) for c in matrix.cells}
    assert found == EXPECTED


def test_a_cell_is_protected_where_nothing_worse_can_be_forced(matrix: Matrix) -> None:
    assert {pair for pair in EXPECTED if not matrix.cell(*pair).protected} == {
        ("B-any", "both"),
        ("B-any", "native"),
        ("C", "native"),
    }
    assert matrix.is_decided


def test_a_remedy_of_policy_protects_and_costs(decider: MatrixDecider) -> None:
    by_id = {remedy.id: remedy for remedy in decider.policies.remedies}
    no_fallback = decider.remedy(by_id["no-fallback"])
    assert no_fallback.protects == (("B-any", "both"), ("B-any", "native"))
    assert no_fallback.loses == (("B-any", "compatibility"),)
    pin = decider.remedy(by_id["pin"])
    assert pin.protects == (("B-any", "both"), ("B-any", "native"))
    assert pin.loses == ()
    assert pin.interoperates is None


def test_each_policy_alone_gives_the_same(matrix: Matrix, tmp_path: Path) -> None:
    alone = _decider(tmp_path, _small(("B-any",), ("both", "compatibility")), widen=False).matrix()
    assert alone.cells == tuple(
        c for c in matrix.cells if c.client == "B-any" and c.server != "native"
    )


def test_the_same_on_every_run(matrix: Matrix, tmp_path: Path) -> None:
    again = _decider(tmp_path, _small(("B-any",), ("native",))).matrix()
    known = replace(matrix, clients=again.clients, servers=again.servers)
    known = replace(known, cells=(matrix.cell("B-any", "native"),))
    assert matrix_json(again) == matrix_json(known)


def test_unknown_is_never_protected(decider: MatrixDecider) -> None:
    assert not decider.fates.is_protected(Fate("native AE", "unknown"))
    assert not decider.fates.is_protected(Fate("unknown", "compatibility"))
    assert not decider.fates.is_protected(Fate("impossible", "impossible"))
    assert decider.fates.is_protected(Fate("native AE", "none"))
    assert not decider.fates.is_protected(Fate("none", "compatibility"))


def _with(decider: MatrixDecider, folder: Path, text: str) -> MatrixWorld:
    """The world of a decider, with the policies of another file."""
    project = load_project(ROOT)
    path = folder / "policies.yaml"
    path.write_text(text, encoding="utf-8")
    abstraction, compositions = load_abstraction(ROOT, project), load_compositions(ROOT, project)
    world = copy(decider.world)
    world.policies = load_policies(ROOT, project, abstraction, compositions, path)
    return world


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        ("never: client-config.fallback == Fallback.never",
         "never: client-config.fallback != Fallback.after-any-failure",
         '"after a signed refusal" and "never" can hold together'),
        ('"no": not policy.pinned', '"no": not policy.pinned and policy.pinned',
         '"no" never holds'),
    ],
)  # fmt: skip
def test_values_that_overlap_or_never_hold_are_refused(
    find: str, put: str, message: str, decider: MatrixDecider, tmp_path: Path
) -> None:
    assert find in SHIPPED
    world = _with(decider, tmp_path, SHIPPED.replace(find, put, 1))
    with pytest.raises(ModelError) as caught:
        world.check_dimensions()
    assert [(f.code, f.message) for f in caught.value.diagnostics] == [("PRP033", message)]


def test_a_policy_that_contradicts_itself_is_refused(
    decider: MatrixDecider, tmp_path: Path
) -> None:
    text = _small().replace('offer: AE, demand: "no"', 'offer: ICV, demand: "yes"', 1)
    world = _with(decider, tmp_path, text)
    with pytest.raises(ModelError) as caught:
        world.check_policies(decider.fates)
    assert [(f.code, f.message) for f in caught.value.diagnostics] == [
        ("PRP035", 'no configuration has the policy "B-never"')
    ]
