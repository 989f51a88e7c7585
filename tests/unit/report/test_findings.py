from __future__ import annotations

import re
from dataclasses import replace

from interlock.report.findings import MARK, findings_markdown
from interlock.verification.results import Replay, ReplayStatus
from unit.report import sample


def document() -> str:
    return findings_markdown(sample.results())


def test_it_is_marked_as_generated() -> None:
    assert "@generated" in MARK
    assert MARK in document().splitlines()[:5]


def test_every_finding_has_its_section() -> None:
    text = document()
    for finding in sample.FINDINGS:
        assert f"\n## {finding.id}: {finding.title}\n" in text
    assert text.count("### What repairs it") == len(sample.FINDINGS)
    assert "No repair within the messages of the standard is known." in text


def test_prose_has_one_sentence_per_line() -> None:
    prose = re.sub(r"```.*?```", "", document(), flags=re.DOTALL)
    found = [line for line in prose.splitlines() if re.search(r"[a-z]\. [A-Z]", line)]
    assert found == []


def test_no_line_ends_in_space_and_the_end_is_one_newline() -> None:
    text = document()
    assert all(line == line.rstrip() for line in text.splitlines())
    assert text.endswith(".\n")
    assert "\n\n\n" not in text


def test_a_run_that_the_handlers_reproduce_is_preferred() -> None:
    results = sample.results()
    for finding in results.findings:
        verdicts = [v for v in results.verdicts if v.property in finding.properties]
        traced = [v for v in verdicts if v.trace is not None and v.variant == "captured"]
        reproduced = [v for v in traced if v.replay.status is ReplayStatus.REPRODUCED]
        if reproduced:
            section = document().split(f"## {finding.id}:")[1].split("\n## ")[0]
            assert any(f"Found for {v.property};" in section for v in reproduced)


def test_a_diverging_replay_is_said() -> None:
    verdicts = tuple(
        replace(v, replay=Replay(ReplayStatus.DIVERGED, 2, "it stops")) if v.trace else v
        for v in sample.VERDICTS
    )
    text = findings_markdown(replace(sample.results(), verdicts=verdicts))
    assert "the generated handlers do otherwise at step 2: it stops." in text


def test_what_is_proved_and_assumed_is_there() -> None:
    text = document()
    captured = [v for v in sample.VERDICTS if v.variant == "captured"]
    assert text.index("### Proved") < text.index("### Violated") < text.index("### Not decided")
    decided = text.split("## What is decided of the standard as captured")[1]
    for verdict in captured:
        assert f"- {verdict.property}, " in decided
    for assumption in sample.ASSUMPTIONS:
        assert assumption.words in text
    assert "Solvers: cvc5 1.3.1, z3 4.15.4; seed 0;" in text


def test_without_findings_and_verdicts() -> None:
    empty = replace(sample.results(), findings=(), verdicts=(), matrix=None)
    text = findings_markdown(empty)
    assert "0 findings" in text
    assert "| finding |" not in text
    assert "\n\n\n" not in text


def test_the_same_every_time() -> None:
    assert document() == document()
