"""Deciding many properties: each question in a process of its own, so many at a time.

A process for each scenario makes its world, lets the solver read it, and forks one for each
question. So an answer does not depend on which other questions are asked. Only twins are asked
together: that something can happen is shown by a run, whoever found it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from interlock.verification.processes import Say, Task, Tokens, in_processes
from interlock.verification.properties import Kind, Property
from interlock.verification.results import Check, Status, Verdict
from interlock.verification.run_properties import finished
from interlock.verification.verifier import Verifier


def decide_all(
    verifier: Verifier, properties: Sequence[Property], *, processes: int = 2
) -> Iterator[Verdict]:
    """Decide properties; verdicts come as they are ready.

    Args:
        verifier: Of the variant of the sources.
        properties: Some of its properties.
        processes: How many questions are worked on at a time.
    """
    if any(p.expected_in(verifier.amendments) == Status.VIOLATED.value for p in properties):
        verifier.prepare_replays()
    everything = _Everything(verifier, Tokens(processes))
    for verdict in in_processes(list(everything.tasks(properties))):
        assert isinstance(verdict, Verdict)
        yield verdict


class _Everything:
    def __init__(self, verifier: Verifier, tokens: Tokens) -> None:
        self._verifier = verifier
        self._tokens = tokens

    def tasks(self, properties: Sequence[Property]) -> Iterator[Task]:
        """One for each scenario, the longest first, and one for all that is about no run."""
        scenarios: dict[str, list[Property]] = {}
        for property in properties:
            if property.kind is Kind.RUN:
                scenarios.setdefault(property.scenario, []).append(property)
        for group in sorted(scenarios.values(), key=len, reverse=True):
            yield partial(self._decide_runs, group)
        others = [property for property in properties if property.kind is not Kind.RUN]
        if others:
            yield partial(self._decide_others, others)

    def _decide_others(self, properties: Sequence[Property], say: Say) -> None:
        rekey = [p for p in properties if p.kind is Kind.REKEY]  # one search answers them all
        parts = [rekey, *([p] for p in properties if p.kind is not Kind.REKEY)]
        tasks = [partial(self._decide_each, part) for part in parts if part]
        for verdict in in_processes(tasks, self._tokens):
            say(verdict)

    def _decide_each(self, properties: Sequence[Property], say: Say) -> None:
        for property in properties:
            say(self._verifier.decide(property))

    def _decide_runs(self, properties: Sequence[Property], say: Say) -> None:
        verifier = self._verifier
        with self._tokens.working():
            verifier.decider(properties[0]).warm_up(properties)
        # Of a violated property the violation is asked, unless it names what else has to happen.
        spoken_of = [p for p in properties if p.twins or not self._is_violation(p)]
        tasks: list[Task] = [partial(self._ask_twins, spoken_of)] if spoken_of else []
        tasks += [partial(self._look, property) for property in properties]
        twins: dict[str, Check] = {}
        open_verdicts: list[Verdict] = []
        for found in in_processes(tasks, self._tokens):
            if isinstance(found, Verdict):
                open_verdicts.append(found)
            elif isinstance(found, dict):
                twins |= found
            open_verdicts = list(_say_finished(open_verdicts, twins, say))
        for verdict in open_verdicts:  # proved, and a violation was expected
            with self._tokens.working():
                (property,) = (p for p in properties if p.id == verdict.property)
                twin = verifier.decider(property).twins([property])[property.id]
            say(finished(verdict, twin))

    def _is_violation(self, property: Property) -> bool:
        return property.expected_in(self._verifier.amendments) == Status.VIOLATED.value

    def _ask_twins(self, properties: Sequence[Property], say: Say) -> None:
        say(self._verifier.decider(properties[0]).twins(properties))

    def _look(self, property: Property, say: Say) -> None:
        say(self._verifier.look(property))


def _say_finished(
    verdicts: Sequence[Verdict], twins: dict[str, Check], say: Say
) -> Iterator[Verdict]:
    """Give back the verdicts whose twins are known; those that remain come out."""
    for verdict in verdicts:
        if verdict.twin is not Check.NOT_ASKED:
            say(finished(verdict, verdict.twin))
        elif verdict.property in twins:
            say(finished(verdict, twins[verdict.property]))
        else:
            yield verdict
