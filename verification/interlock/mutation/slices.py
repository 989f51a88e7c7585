"""What of a machine a question can see: a fault outside of that need not be asked about.

Runs end with the first delivered data, so rows that only apply later are not part of them; nor are
records, timers (a timer may expire at any time) and most of what the user is told. What a check
says about its failure is open in a run, so of a list of checks only the set counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import networkx as nx

from interlock.explicit.rekey import DATA_STATES
from interlock.model import machine as m
from interlock.verification.fingerprint import fingerprint
from interlock.verification.options import OVER, options

_UNSEEN = (m.Log, m.LogDiagnostic, m.StartTimer, m.StopTimer, m.Connect)
_RELEASING = ("wait-rel",)


def of_runs(machine: m.Machine) -> str:
    """A digest of what runs see of a machine."""
    return _digest(machine, _before_data(machine), timers=False)


def of_rekey(machine: m.Machine) -> str:
    """A digest of what the search of all changes of keys sees of a machine besides handshakes."""
    return _digest(machine, {*DATA_STATES, *_RELEASING} & set(machine.states), timers=True)


def _before_data(machine: m.Machine) -> set[str]:
    graph = nx.DiGraph()
    graph.add_nodes_from(machine.states)
    for state in machine.states:
        for option in options(machine, state):
            graph.add_edge(state, option.target + (OVER if option.delivers else ""))
    return {machine.initial, *nx.descendants(graph, machine.initial)} & set(machine.states)


def _digest(machine: m.Machine, states: set[str], *, timers: bool) -> str:
    rows = [_row(row, states, timers) for row in machine.transitions if states & {*row.sources}]
    used = {use.list for row in rows for use in row.checks}
    lists = {
        name: sorted(fingerprint(check.fails_when) for check in checks.checks)
        for name, checks in machine.check_lists.items()
        if name in used
    }
    return fingerprint(
        machine.initial,
        sorted(states),
        machine.session,
        machine.config,
        machine.envelope,
        [item.condition for item in machine.requirements],
        rows,
        lists,
        {name: _reaction(reaction, timers) for name, reaction in machine.faults.items()},
        machine.messages,
    )


def _row(row: m.Transition, states: set[str], timers: bool) -> m.Transition:
    return replace(
        row,
        sources=tuple(state for state in row.sources if state in states),
        checks=tuple(replace(use, reaction=_reaction(use.reaction, timers)) for use in row.checks),
        body=tuple(_body(row.body, timers)),
    )


def _reaction(reaction: m.Reaction, timers: bool) -> m.Reaction:
    return replace(reaction, body=tuple(_body(reaction.body, timers)))


def _body(body: m.Body, timers: bool) -> Iterator[m.Action]:
    for action in body:
        if timers and isinstance(action, m.StartTimer | m.StopTimer):
            yield action
        elif isinstance(action, m.Choose):
            branches = tuple(
                replace(branch, body=tuple(_body(branch.body, timers)))
                for branch in action.branches
            )
            yield replace(action, branches=branches)
        elif isinstance(action, m.Indicate):
            # a refusal that the user is told of is what establishment rules ask about
            if action.kind in ("rejected", "rekeyed"):
                yield replace(action, octets=None, reason=None)
        elif not isinstance(action, _UNSEEN):
            yield action
