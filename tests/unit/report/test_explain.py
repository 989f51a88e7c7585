from __future__ import annotations

import pytest

from interlock.report.explain import explain, overview
from interlock.report.text import WIDTH
from interlock.verification.results import Check, Obligation, Status, Verdict
from unit.report import sample

TEXT = sample.PROPERTIES[1]

PROVED = Verdict(
    TEXT.id, "captured", Status.PROVED, "violated", "step",
    (Obligation("NC-12c", "it is kept", Check.UNSAT, Check.UNSAT, 1234),), Check.SAT,
)  # fmt: skip

EXPECTED = """\
A-1: second association after a failed one (agreement; 14.3.4)
  Whenever a client indicates an association with a partner, that partner has run the protocol
  with this client, and both have the same mode, algorithms and keys. This holds at the first
  verified transfer as well.
  given: strict native policy on both sides, no fallback
  formula: commit(client, h) implies exists s: running(s, h.partner) and s.mode == h.mode and
  s.algorithms == h.algorithms and s.keys == h.keys
  twin: a client completes and transfers data with encryption on
  expected because: the accept is bound to its request by assoID and time only
  finding: F-2
  repair: request-hash

✓ captured: proved, NOT as expected: violated was expected
  variant: the standard as captured, without any amendment
  method: step (every row by itself, from every state of the variables)
  twin: reached: what the property speaks of can happen, so a proof is not vacuous
  NC-12c: it is kept (z3 unsat, second solver unsat, work 1,234)
"""  # fmt: skip


def test_a_proof() -> None:
    assert explain(TEXT, [PROVED], sample.VARIANTS, 96) == EXPECTED


def test_verdicts_on_other_properties_are_left_out() -> None:
    other = Verdict("X-1", "captured", Status.PROVED, "proved", "step")
    assert explain(TEXT, [PROVED, other], sample.VARIANTS, 96) == EXPECTED


@pytest.mark.parametrize("width", [70, WIDTH])
def test_no_line_is_wider(width: int) -> None:
    results = sample.results()
    for text in results.properties:
        lines = explain(text, results.verdicts, results.variants, width).splitlines()
        assert max(map(len, lines)) <= width
    assert max(map(len, overview(results, width).splitlines())) <= width


def test_a_violation_shows_the_run_and_its_replay() -> None:
    text = explain(TEXT, sample.results().verdicts_of(TEXT.id))
    assert "CLIENT" in text
    assert "!! check DT-07 fails" in text
    assert "replay: reproduced on the generated handlers" in text
    assert "client.state = stable" in text


def test_the_overview_has_a_sign_for_each_verdict() -> None:
    lines = overview(sample.results()).splitlines()
    (row,) = (line for line in lines if line.startswith("S-13 "))
    assert row.split()[1:5] == ["✗", "✓", "?!", "✗!"]
    assert lines[-1] == "86 proved, 18 violated, 10 unknown; 22 not as expected (!)"
