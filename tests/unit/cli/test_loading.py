"""Loading for commands: findings with their sources, assumptions from options."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.cli.loading import Faults, assumptions, demand, demand_specification, load
from interlock.core.errors import UsageError
from unit.cli.running import ROOT, copy_of_project, damage


def test_assumption_options() -> None:
    assert assumptions(["Q1=EXPLICIT", "Q12.key-order=direction-first", "Q1=EXPLICIT"]) == {
        "Q1": "EXPLICIT",
        "Q12.key-order": "direction-first",
    }


@pytest.mark.parametrize("text", ["Q1", "Q1=", "=EXPLICIT", ""])
def test_a_badly_written_assumption(text: str) -> None:
    with pytest.raises(UsageError, match="--assume takes ID=VALUE"):
        assumptions([text])


def test_two_values_for_one_assumption() -> None:
    with pytest.raises(UsageError, match='--assume gives "Q1" two values'):
        assumptions(["Q1=EXPLICIT", "Q1=IMPLICIT"])


def test_the_project_loads_with_warnings_only() -> None:
    loaded = load(ROOT, {})
    assert loaded.project is not None
    assert loaded.errors == 0
    assert loaded.warnings == len(loaded.findings)
    assert demand(ROOT, {}).models.machines


def test_what_cannot_be_read_has_excerpts_all_the_same(tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    damage(root / "models" / "vocabulary.yaml", "use: hmac", "use: hmca")
    loaded = load(root, {})
    assert loaded.project is None
    assert [f.code for f in loaded.findings] == ["DAT014"]
    assert "hmca" in loaded.sources["models/vocabulary.yaml"].text
    with pytest.raises(Faults) as caught:
        demand(root, {})
    assert caught.value.sources == loaded.sources


def test_structural_errors_are_demanded_away_too(tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    damage(root / "models" / "machines" / "native-client.yaml", 'clause: "13"', 'clause: "1313"')
    loaded = load(root, {})
    assert loaded.project is not None
    assert loaded.errors == 1
    with pytest.raises(Faults):
        demand(root, {})


def test_a_missing_file_is_a_finding(tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    (root / "models" / "policies.yaml").unlink()
    loaded = load(root, {})
    assert [f.code for f in loaded.findings] == ["MDL162"]
    assert loaded.sources == {}


def test_the_specification_alone(tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    damage(root / "models" / "vocabulary.yaml", "use: hmac", "use: hmca")
    assert demand_specification(root, {"Q3": "implicit-tlv"}).tables.assumed("Q3") == "implicit-tlv"
    damage(root / "spec" / "groups.yaml", "number: 14", "number: 15")
    with pytest.raises(Faults) as caught:
        demand_specification(root, {})
    assert "spec/groups.yaml" in caught.value.sources


def test_amended_texts_are_what_findings_show(tmp_path: Path) -> None:
    root = copy_of_project(tmp_path)
    amendment = root / "spec" / "amendments" / "continuous-seq.yaml"
    damage(amendment, 'put: "when: session.send-seq <', 'put: "when: session.sent-seq <')
    assert load(root, {}).errors == 0
    loaded = load(root, {}, amend=["continuous-seq"])
    assert loaded.project is None
    source = loaded.sources["models/machines/native-client.yaml"]
    assert "session.sent-seq <" in source.text
    assert source.note == "amended by continuous-seq"


def test_an_unknown_amendment_or_edition() -> None:
    for loaded in (load(ROOT, {}, amend=["request-hush"]), load(ROOT, {}, edition="2019")):
        assert [finding.code for finding in loaded.findings] == ["AMD001"]
    with pytest.raises(Faults):
        demand(ROOT, {}, amend=["request-hush"])
    assert demand(ROOT, {}, amend=["request-hash"], edition="2018").edition_id == "2018"
