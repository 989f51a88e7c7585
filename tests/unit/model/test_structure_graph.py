"""Rules on the graph of states; the plain case of each is its sample under tests/diagnostics."""

from __future__ import annotations

from interlock.model.project import Project
from interlock.model.structure_graph import graph
from unit.model.small_models import Damaged

FILE = "machines/small.yaml"


def codes(damaged: Damaged) -> set[str]:
    return {finding.code for finding in damaged.findings()}


def test_the_graph_has_rows_and_reactions_but_no_faults(small: Project) -> None:
    edges = set(graph(small.models.machines["small"]).edges)
    assert edges == {("idle", "open"), ("open", "closed")}


def test_a_reaction_is_a_way_to_the_end(damaged: Damaged) -> None:
    """Only the reaction of S-02 leads from "open" to the end."""
    for row in ("S-03", "S-04", "S-05", "S-06", "S-07"):
        text = (damaged.root / FILE).read_text(encoding="utf-8")
        at = text.index(f"id: {row}")
        changed = text[:at] + text[at:].replace("to: closed", "to: open", 1)
        (damaged.root / FILE).write_text(changed, encoding="utf-8")
    damaged.edit(
        FILE,
        "- {run: end}\n    to: closed\n\n  - id: S-03",
        "- {run: end}\n    to: open\n\n  - id: S-03",
    )
    assert "SM011" not in codes(damaged)


def test_two_guarded_rows_are_left_to_the_solver(damaged: Damaged) -> None:
    damaged.edit(
        FILE,
        "  - {id: S-07",
        "  - {id: S-08, from: [idle], on: local start, when: not has-groups, "
        'clause: "13", confidence: A, do: [{close: transport}], to: closed}\n  - {id: S-07',
    )
    assert codes(damaged) == set()


def test_an_overlap_in_several_states_is_reported_once(damaged: Damaged) -> None:
    damaged.edit(FILE, "  closed: {final", '  late: {clause: "13", words: late}\n  closed: {final')
    for row in ("S-02", "S-03", "S-04", "S-05", "S-06", "S-07"):
        text = (damaged.root / FILE).read_text(encoding="utf-8")
        at = text.index(f"id: {row}")
        changed = text[:at] + text[at:].replace("[open]", "[open, late]", 1)
        (damaged.root / FILE).write_text(changed, encoding="utf-8")
    damaged.edit(
        FILE,
        "  - {id: S-07",
        "  - {id: S-08, from: [open, late], on: timer t-limit, when: has-groups, "
        'clause: "13", confidence: A, to: late}\n  - {id: S-07',
    )
    assert [f.code for f in damaged.findings()] == ["SM013"]


def test_a_timer_that_repeats_but_is_stopped_is_fine(damaged: Damaged) -> None:
    damaged.edit(
        FILE,
        "do: [{send-envelope: ABRT}, {indicate: aborted}, {close: transport}], to: closed}\n"
        "  - {id: S-06",
        "do: [{start: t-limit}], to: same}\n  - {id: S-06",
    )
    assert codes(damaged) == set()


def test_an_abort_that_is_not_handled(damaged: Damaged) -> None:
    damaged.edit(FILE, "on: receive ABRT-without-SecPDU", "on: receive RLRQ-without-SecPDU")
    (found,) = damaged.findings()
    assert found.code == "SM018"
    assert found.message == 'state "open" does not react to "receive ABRT-without-SecPDU"'
