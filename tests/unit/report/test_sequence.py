from __future__ import annotations

import pytest

from interlock.report.sequence import sequence_svg
from interlock.verification.results import Party, Trace
from unit.report import sample
from unit.report.pictures import extents, faults

TRACES = {"rich": sample.trace(), "crowded": sample.crowded()}


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_no_text_is_cut_or_overlaps(trace: Trace) -> None:
    assert faults(sequence_svg(trace, "Attack")) == []


@pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)
def test_every_message_row_and_check_is_written(trace: Trace) -> None:
    _, _, texts = extents(sequence_svg(trace, "Attack"))
    written = " ".join(extent.text for extent in texts)
    for step in trace.steps:
        for word in (*step.sends, step.row, step.failed_check, *(n for n, _ in step.fields)):
            assert word in written
    assert "What is wrong at the end" in written


def test_it_is_1000_wide_and_the_same_every_time() -> None:
    first = sequence_svg(sample.trace(), "Attack")
    assert 'viewBox="0 0 1000 ' in first
    assert first == sequence_svg(sample.trace(), "Attack")


def test_ids_follow_the_given_one() -> None:
    drawing = sequence_svg(sample.trace(), "Attack", "s-1", embedded=True)
    assert 'aria-labelledby="s-1-t s-1-d"' in drawing


def test_a_trace_without_steps_is_lanes_only() -> None:
    trace = Trace((Party("client", "native-client", ""), Party("server", "native-server", "")), ())
    assert faults(sequence_svg(trace, "Nothing")) == []


def test_changed_forged_and_lost_messages_differ_by_stroke() -> None:
    drawing = sequence_svg(sample.trace(), "Attack")
    for css in ("il-line", "il-line-changed", "il-line-forged", "il-ring", "il-line-local"):
        assert f'class="{css}"' in drawing
