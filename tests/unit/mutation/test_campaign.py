"""Several mutants at a time, and what is known from before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from interlock.mutation.campaign import Known, judge_all, sources_digest
from interlock.mutation.kill import Judge, Layer, Verdict
from interlock.mutation.mutants import Mutant


def test_mutants_are_judged_in_processes(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    chosen = [mutants["drop-check:HA-13"], mutants["drop-row:NC-25"]]
    found = {mutant.id: verdict for mutant, verdict in judge_all(judge, chosen, processes=2)}
    assert found["drop-check:HA-13"].by == "AC-ACC.algorithms"
    assert found["drop-row:NC-25"].layer is Layer.LOADING


def sources(root: Path) -> None:
    for folder in ("models", "spec", "verification"):
        (root / folder).mkdir()
    (root / "models" / "a.yaml").write_text("a: b\n", encoding="utf-8")


def test_verdicts_are_known_until_a_source_changes(
    tmp_path: Path, mutants: Mapping[str, Mutant]
) -> None:
    sources(tmp_path)
    mutant = mutants["drop-check:HA-13"]
    verdict = Verdict(mutant.id, Layer.STEP, "AC-ACC", "violated")
    Known(tmp_path).put(mutant, verdict)
    assert Known(tmp_path).get(mutant) == verdict
    assert Known(tmp_path, ["native-mark"]).get(mutant) is None
    survived = replace(verdict, layer=Layer.NOTHING)
    Known(tmp_path, ["x"], runs=False).put(mutant, survived)
    assert Known(tmp_path, ["x"]).get(mutant) is None, "a run might still notice it"
    (tmp_path / "models" / "a.yaml").write_text("a: c\n", encoding="utf-8")
    assert Known(tmp_path).get(mutant) is None


def test_arguments_change_no_verdict(tmp_path: Path) -> None:
    sources(tmp_path)
    before = sources_digest(tmp_path)
    (tmp_path / "verification" / "equivalents.yaml").write_text("x: y\n", encoding="utf-8")
    assert sources_digest(tmp_path) == before
