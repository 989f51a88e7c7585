"""Replays on handlers of amended and of edited sources, in processes of their own."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from interlock.cli.replaying import Replayer
from interlock.codegen.generate import render_target
from interlock.model.project import load_project
from interlock.replay.elsewhere import ElsewhereError, Variant, perform_elsewhere
from interlock.verification.results import ReplayStatus
from verification.replay import traces as t

ROOT = Path(__file__).parents[3]


def replayer(variant: Variant) -> Replayer:
    project = load_project(variant.root, variant.assume, amend=variant.amend)
    return Replayer(project, variant)


def test_handlers_at_hand_are_used_where_they_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> None:
        raise AssertionError("another process was started")

    monkeypatch.setattr("interlock.replay.elsewhere.perform_elsewhere", never)
    replay = replayer(Variant(ROOT))(t.V1_RECORDED_ACCEPT)
    assert replay.status is ReplayStatus.REPRODUCED


def test_an_amendment_ends_its_attack() -> None:
    repaired = replayer(Variant(ROOT, amend=("request-hash",)))
    replay = repaired(t.V1_RECORDED_ACCEPT)
    assert replay.status is ReplayStatus.DIVERGED
    assert replay.stops_at == 6, "the client does not take the accept of another request"
    assert repaired(t.V8_LOST_TRANSFER).status is ReplayStatus.REPRODUCED, "and no other"


def test_an_assumption_that_is_answered_otherwise_is_in_the_handlers() -> None:
    replay = replayer(Variant(ROOT, {"Q4": "full"}))(t.V8_LOST_TRANSFER)
    assert replay.status is ReplayStatus.REPRODUCED


def test_an_edited_model_is_in_the_handlers(tmp_path: Path) -> None:
    """The working group's question: one line less, and what an attacker makes of it."""
    for folder in ("spec", "models"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    path = tmp_path / "models" / "checks" / "native-transfer.yaml"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(x for x in lines if "{id: DT-09e," not in x), encoding="utf-8")
    # the second of two transfers of one millisecond is deleted, and the third is taken
    steps = [replace(step, fields=()) for step in t.V8_LOST_TRANSFER.steps]
    steps[7:9] = [replace(step, fields=(("clock", "-1 ms"),)) for step in steps[7:9]]
    within = replace(t.V8_LOST_TRANSFER, steps=tuple(steps))
    assert replayer(Variant(tmp_path))(within).status is ReplayStatus.REPRODUCED
    refused = replayer(Variant(ROOT))(within)
    assert (refused.status, refused.stops_at) == (ReplayStatus.DIVERGED, 11)
    assert "because check DT-09e failed" in refused.words


def test_a_package_that_cannot_be_imported_is_an_error() -> None:
    package = render_target(load_project(ROOT), "python")
    broken = {**package, "iec62351_4/handlers/native_client.py": b"1 +\n"}
    with pytest.raises(ElsewhereError, match="SyntaxError"):
        perform_elsewhere(t.V1_RECORDED_ACCEPT, Variant(ROOT), broken)
