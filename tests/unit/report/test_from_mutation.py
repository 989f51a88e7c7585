"""A campaign of seeded faults as reports print it."""

from __future__ import annotations

import json

import pytest

from interlock.report.from_mutation import score_for_report

ROW = {"clause": "14.3", "change": "HR-01: is not made", "equivalent": ""}
CAMPAIGN = {
    "runs": False,
    "clauses": {"14.3": {"mutants": 3, "killed": 1, "equivalent": 1}},
    "rows": [
        {**ROW, "mutant": "drop-check:HR-01", "layer": "step"},
        {**ROW, "mutant": "drop-check:HR-02", "layer": "nothing"},
        {**ROW, "mutant": "drop-check:HR-03", "layer": "nothing", "equivalent": "why"},
    ],
}


def test_survivors_are_named_at_their_clause() -> None:
    score = score_for_report(json.dumps(CAMPAIGN))
    (row,) = score.rows
    assert (row.clause, row.total, row.killed, row.equivalent) == ("14.3", 3, 1, 1)
    assert row.survivors == ("drop-check:HR-02: HR-01: is not made",)
    assert (score.mutants, score.killed, score.equivalent) == (3, 1, 1)
    assert not score.runs


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"rows": [{}], "clauses": {}}'])
def test_another_file_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"no campaign|Expecting"):
        score_for_report(text)
