"""The policy file: what is read, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import InputError
from interlock.model.project import Project, load_project
from interlock.verification.abstraction import Abstraction, load_abstraction
from interlock.verification.composition import Compositions, load_compositions
from interlock.verification.matrix_policies import FILE, Policies, load_policies
from interlock.verification.matrix_rules import RULES

ROOT = Path(__file__).parents[3]
SHIPPED = (ROOT / FILE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sources() -> tuple[Project, Abstraction, Compositions]:
    project = load_project(ROOT)
    return project, load_abstraction(ROOT, project), load_compositions(ROOT, project)


@pytest.fixture(scope="module")
def policies(sources: tuple[Project, Abstraction, Compositions]) -> Policies:
    return load_policies(ROOT, *sources)


def test_every_value_of_every_dimension_has_a_policy(policies: Policies) -> None:
    for dimension in policies.dimensions:
        side = policies.clients if dimension.of == "client" else policies.servers
        assert {policy.values[dimension.id] for policy in side} == set(dimension.values)


def test_there_are_enough_policies(policies: Policies) -> None:
    assert len(policies.clients) >= 12
    assert len(policies.servers) >= 8


def test_policies_are_different(policies: Policies) -> None:
    for side in (policies.clients, policies.servers):
        assert len({tuple(policy.values.items()) for policy in side}) == len(side)


def test_a_place_has_a_value_for_each_dimension(policies: Policies) -> None:
    place = policies.place(policies.clients[0], policies.servers[0])
    assert place == ("native", "never", "no", "none", "AE", "no", "both", "supported", "no")


def test_the_file_adds_to_the_rules_of_establishment(policies: Policies) -> None:
    assert [rule.id for rule in policies.compositions.rules] == ["FB-01", "FB-02", "FB-00"]
    assert "native-allowed" in policies.compositions.policy


@pytest.mark.parametrize(
    ("find", "put", "code", "message"),
    [
        ("scenario: fallback", "scenario: falback", "PRP034", 'unknown scenario "falback"'),
        ("second-server: 3}", "third-server: 3}", "PRP034", 'unknown strand "third-server"'),
        ("  native-client:  ", "  native-clint:  ", "PRP034", 'unknown machine "native-clint"'),
        ("at: client confirmed", "at: client done", "PRP034", '"client done" is no point of a run'),
        ("at: client confirmed", "at: clint confirmed", "PRP034", 'unknown strand "clint"'),
        ("id: N-demand,", "id: N,", "PRP031", '"N" is there twice'),
        ("  - id: fallback\n", "  - id: modes\n", "PRP031", '"modes" is there twice'),
        ("modes: native, fallback: never", "modes: naive, fallback: never", "PRP030",
         'unknown value of "modes" "naive"'),
        ("modes: native, fallback: never", "mode: native, fallback: never", "PRP030",
         'unknown dimension "mode"'),
        ("modes: native, fallback: never", "modes: native", "PRP030",
         'the policy gives no "fallback"'),
        ("set: {fallback: never}", "set: {falback: never}", "PRP030",
         'unknown dimension "falback"'),
        ("amend: [pp-in-tbs]", "amend: [pp-in-tb]", "PRP032", 'unknown amendment "pp-in-tb"'),
        ("client-config.hmac in", "client-config.hmax in", "MDL111",
         '"client-config" has no field "hmax"'),
        ("forces: [compatibility]", "forces: [compat]", "DAT014", "outcome must be one of"),
    ],
)  # fmt: skip
def test_faults_have_a_code_and_a_place(
    find: str,
    put: str,
    code: str,
    message: str,
    sources: tuple[Project, Abstraction, Compositions],
    tmp_path: Path,
) -> None:
    assert find in SHIPPED
    path = tmp_path / "policies.yaml"
    path.write_text(SHIPPED.replace(find, put, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_policies(ROOT, *sources, path)
    found = caught.value.diagnostics[0]
    assert (found.code, found.message[: len(message)]) == (code, message)
    assert found.span.path == "policies.yaml"
    assert code in RULES or not code.startswith("PRP")


def test_a_near_name_is_offered(
    sources: tuple[Project, Abstraction, Compositions], tmp_path: Path
) -> None:
    path = tmp_path / "policies.yaml"
    path.write_text(SHIPPED.replace("scenario: fallback", "scenario: falback"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_policies(ROOT, *sources, path)
    assert caught.value.diagnostics[0].help == 'did you mean "fallback"?'
