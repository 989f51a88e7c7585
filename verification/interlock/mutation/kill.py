"""Whether anything notices a mutant: the cheapest question first, and no more once one does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from functools import cached_property
from pathlib import Path

from interlock.core.diagnostics import Diagnostic, Severity
from interlock.core.errors import InputError
from interlock.explicit.rekey import Endless, search
from interlock.model import machine as m
from interlock.model.project import Project, load_project
from interlock.model.structure import check_structure
from interlock.mutation import slices
from interlock.mutation.equivalence import says_the_same
from interlock.mutation.mutants import Mutant
from interlock.mutation.operators import OPERATORS
from interlock.mutation.operators_protection import ESTABLISHMENT
from interlock.verification.composition import load_compositions
from interlock.verification.fingerprint import fingerprint
from interlock.verification.guards import decide
from interlock.verification.kept_proofs import KeptProofs
from interlock.verification.options import Option, options, staying_rows
from interlock.verification.order import check_order
from interlock.verification.outcomes import outcomes
from interlock.verification.properties import Kind, Property
from interlock.verification.reading import check_reading
from interlock.verification.steps import Stepper
from interlock.verification.structure import structure_report
from interlock.verification.verifier import CACHE, Verifier


class Layer(Enum):
    """What noticed a mutant, cheapest first."""

    FAULT = "fault"
    """The verification stumbles over it: noticed, but whoever made it deserves a better answer."""
    LOADING = "loading"
    """The sources cannot be read, or a property names what is no longer there."""
    STRUCTURE = "structure"
    """A rule for models, or the structure of machines and of pairs of them."""
    GUARDS = "guards"
    """The solver: guards overlap or leave something out, or a check can never fail."""
    STEP = "step"
    FRESHNESS = "freshness"
    REKEY = "rekey"
    RUN = "run"
    EQUIVALENT = "equivalent"
    """Nothing noticed, because it is proved to behave the same."""
    NOTHING = "nothing"


@dataclass(frozen=True)
class Verdict:
    """What became of a mutant: what noticed it, and the code or property that did."""

    mutant: str
    layer: Layer
    by: str = ""
    words: str = ""

    @property
    def is_killed(self) -> bool:
        """Whether anything noticed."""
        return self.layer not in (Layer.NOTHING, Layer.EQUIVALENT)


_KINDS = {
    Kind.STEP: Layer.STEP,
    Kind.FRESHNESS: Layer.FRESHNESS,
    Kind.REKEY: Layer.REKEY,
    Kind.RUN: Layer.RUN,
}
_UNDER_FAULT = (KeyError, TypeError, ValueError, AssertionError, StopIteration)
"""What a search of the machines may stumble over where a model lacks what it relies on."""


class Judge:
    """Decides mutants of one project.

    Args:
        root: Folder with ``spec/``, ``models/`` and ``verification/``.
        amend: Amendments in force: properties that are violated without them may be proved.
        runs: Whether properties of runs are asked, which takes longest.
    """

    def __init__(self, root: Path, amend: tuple[str, ...] = (), *, runs: bool = True) -> None:
        self.root = root
        self.project = load_project(root, amend=amend)
        self._runs = runs
        self._base = Verifier(root, self.project, second=False, proofs=KeptProofs(root / CACHE))
        self._known = {p.id: self._base.fingerprint(p) for p in self._base.properties}
        machines = self.project.models.machines
        self._machines = {name: fingerprint(machine) for name, machine in machines.items()}
        self._in_runs = {name: slices.of_runs(machine) for name, machine in machines.items()}
        self._in_rekey = {name: slices.of_rekey(machine) for name, machine in machines.items()}

    @cached_property
    def _found(self) -> frozenset[tuple[str, str]]:
        """What is found without a fault."""
        found = (*check_structure(self.project), *structure_report(self.project).findings)
        return frozenset(_keys(found))

    def prepare(self) -> None:
        """Work out what every mutant is compared with, and proofs that may hold for many."""
        _ = self._found
        if self._runs:
            runs = [p for p in self._base.properties if p.kind is Kind.RUN]
            for property in runs:
                if _is_proved(property, self._base):
                    self._base.decider(property).check(property)

    def judge(
        self, mutant: Mutant, *, only: Collection[str] = (), last: Verdict | None = None
    ) -> Verdict:
        """What notices a mutant.

        Args:
            mutant: The fault.
            only: Of the properties just these are asked, where there are any.
            last: What noticed it in earlier sources: it is asked first.
        """
        try:
            return self._judge(mutant, only, last)
        except Exception as problem:  # one mutant must not end a campaign
            return Verdict(mutant.id, Layer.FAULT, type(problem).__name__, str(problem))

    def _judge(self, mutant: Mutant, only: Collection[str], last: Verdict | None) -> Verdict:
        try:
            project = mutant.project(self.root, self.project)
            verifier = self._verifier(mutant, project)
        except InputError as problem:
            first = problem.diagnostics[0]
            return Verdict(mutant.id, Layer.LOADING, first.code, first.message)
        for layer, by, words in self._noticed_again(last, project, verifier):
            return Verdict(mutant.id, layer, by, words)
        same = self._sameness(mutant, project)
        if same:
            return Verdict(mutant.id, Layer.EQUIVALENT, "proof", same)
        for layer, by, words in self._noticed(mutant, project, verifier, only):
            return Verdict(mutant.id, layer, by, words)
        return Verdict(mutant.id, Layer.NOTHING)

    def _sameness(self, mutant: Mutant, project: Project) -> str:
        """Why a mutant cannot be told from the sources; empty where it may be."""
        if mutant.file.startswith(("models/checks/", "models/machines/")) and (
            mutant.change is not None and not self._changed(project)
        ):
            return "every machine is as it was"
        if mutant.file.startswith("models/checks/") and says_the_same(self.project, project):
            return "of every message it says the same"
        return ""

    def _changed(self, project: Project) -> list[str]:
        return [
            name
            for name, machine in project.models.machines.items()
            if fingerprint(machine) != self._machines.get(name)
        ]

    def _verifier(self, mutant: Mutant, project: Project) -> Verifier:
        proofs = KeptProofs(self.root / CACHE, may_write=False)
        verifier = Verifier(self.root, project, second=False, proofs=proofs)
        verifier.search_rekey_with(
            lambda: search(project, verifier.abstraction, verifier.compositions)
        )
        if mutant.file == ESTABLISHMENT:
            texts = mutant.overlay(self.root, self.project).texts
            verifier.compositions = load_compositions(self.root, project, texts)
        return verifier

    def _noticed(
        self, mutant: Mutant, project: Project, verifier: Verifier, only: Collection[str]
    ) -> Iterator[tuple[Layer, str, str]]:
        """Everything that notices a mutant, worked out as it is asked for."""
        changed = self._changed(project)
        is_text = mutant.change is not None
        if is_text:
            yield from self._new(Layer.STRUCTURE, check_structure(project))
        asked = [
            p
            for p in verifier.properties
            if (not only or p.id in only) and verifier.fingerprint(p) != self._known.get(p.id)
        ]
        machines = project.models.machines
        weaker = OPERATORS[mutant.operator].only_weakens
        questions = [
            self._steps(mutant, verifier, asked, changed),
            self._guards(project, changed if is_text else []),
        ]
        # what makes a check weaker shows in steps, anything else rather between rows
        for question in questions if weaker else reversed(questions):
            yield from question
        if mutant.unprotected is not None or not changed:
            yield from self._new(Layer.STRUCTURE, check_reading(project).findings)
        if is_text and changed:
            yield from self._new(Layer.STRUCTURE, _structure(project, weaker))
        if not weaker and any(slices.of_rekey(machines[n]) != self._in_rekey[n] for n in changed):
            yield from self._rekey(verifier, asked)
        seen = any(slices.of_runs(machines[n]) != self._in_runs[n] for n in changed)
        if self._runs and (seen or not changed):
            yield from self._asked_of_runs(verifier, asked)

    def _noticed_again(
        self, last: Verdict | None, project: Project, verifier: Verifier
    ) -> Iterator[tuple[Layer, str, str]]:
        """The question alone that noticed a mutant before."""
        if last is None:
            return
        if last.layer is Layer.STRUCTURE:
            is_rule = last.by.startswith("SM")
            found = check_structure(project) if is_rule else _structure(project, weaker=True)
            yield from self._new(Layer.STRUCTURE, found)
        elif last.layer is Layer.GUARDS:
            yield from self._guards(project, self._changed(project))
        elif last.layer is Layer.REKEY:
            yield from self._rekey(verifier, list(verifier.properties))
        elif self._runs or last.layer is not Layer.RUN:
            asked = [property for property in verifier.properties if property.id == last.by]
            yield from _changed(verifier, *asked)

    def _asked_of_runs(
        self, verifier: Verifier, asked: list[Property]
    ) -> Iterator[tuple[Layer, str, str]]:
        runs = [p for p in asked if p.kind is Kind.RUN and _is_proved(p, verifier)]
        runs.sort(key=lambda p: (len(verifier.machines_of(p)) > 2, -len(p.twins)))
        yield from _changed(verifier, *runs)

    def _new(
        self, layer: Layer, findings: Iterable[Diagnostic]
    ) -> Iterator[tuple[Layer, str, str]]:
        for finding in findings:
            key = (finding.code, finding.message)
            if finding.severity is not Severity.NOTE and key not in self._found:
                yield layer, finding.code, finding.message

    def _guards(self, project: Project, changed: list[str]) -> Iterator[tuple[Layer, str, str]]:
        for name in changed:
            machine, before = project.models.machines[name], self.project.models.machines[name]
            found = decide(_about_changes(machine, before), project.models.vocabulary)
            yield from self._new(Layer.GUARDS, found.findings)

    def _steps(
        self, mutant: Mutant, verifier: Verifier, asked: list[Property], changed: list[str]
    ) -> Iterator[tuple[Layer, str, str]]:
        """Properties of steps and of freshness; those that name the row of the fault first."""
        if mutant.unprotected is not None:
            return  # what protection covers is no part of a single step
        name = mutant.id.partition(":")[2]
        kinds = (Kind.STEP, Kind.FRESHNESS)
        found = [p for p in asked if p.kind in kinds and _is_proved(p, verifier)]
        found.sort(key=lambda p: (not _names_row(p, name), not p.selection.rows, _breadth(p)))
        rows = self._changed_rows(verifier.project, changed)
        for property in found:
            if property.kind is Kind.STEP and rows is not None:
                narrow = _narrowed(property, verifier, rows)
                if narrow is None:
                    continue
                if not any(_changed(verifier, narrow)):
                    continue  # the other steps are as they were
            yield from _changed(verifier, property)

    def _changed_rows(self, project: Project, changed: list[str]) -> frozenset[str] | None:
        """The rows of which steps can have changed; None where any can have."""
        found: set[str] = set()
        for name in changed:
            before, after = self.project.models.machines[name], project.models.machines[name]
            if fingerprint(*_around_rows(before)) != fingerprint(*_around_rows(after)):
                return None
            known = {row.id: _of_row(before, row) for row in before.transitions}
            rows = {row.id: _of_row(after, row) for row in after.transitions}
            found |= {id for id in (*known, *rows) if known.get(id) != rows.get(id)}
        return frozenset(found) if changed else None

    def _rekey(self, verifier: Verifier, asked: list[Property]) -> Iterator[tuple[Layer, str, str]]:
        if not any(p.kind is Kind.REKEY for p in asked):
            return
        try:
            violations, _ = search(verifier.project, verifier.abstraction, verifier.compositions)
        except Endless:
            yield Layer.REKEY, "RK", "the search of all changes of keys does not end"
            return
        except _UNDER_FAULT as problem:
            yield Layer.REKEY, "RK", f"the search of all changes of keys stops: {problem!r}"
            return
        for id in sorted(violations):
            yield Layer.REKEY, id, "it is violated"


def _changed(verifier: Verifier, *properties: Property) -> Iterator[tuple[Layer, str, str]]:
    """Properties of one kind that have another status than expected, or cannot be asked."""
    if not properties:
        return
    layer, first = _KINDS[properties[0].kind], properties[0].id
    try:
        for property, status in verifier.statuses(properties):
            expected = property.expected_in(verifier.amendments)
            if status.value != expected:
                yield layer, property.id, f"it is {status.value} instead of {expected}"
    except InputError as problem:
        yield layer, first, problem.diagnostics[0].message
    except _UNDER_FAULT as problem:
        yield layer, first, f"it cannot be asked: {problem!r}"


def _around_rows(machine: m.Machine) -> tuple[object, ...]:
    """What every row of a machine depends on."""
    return (
        tuple(machine.states),
        machine.session,
        machine.config,
        machine.envelope,
        machine.requirements,
        machine.faults,
        machine.messages,
    )


def _about_changes(machine: m.Machine, before: m.Machine) -> m.Machine:
    """A machine with the rows and check lists only that answer otherwise than before, perhaps."""
    if fingerprint(*_around_rows(machine)) != fingerprint(*_around_rows(before)):
        return machine
    known = {row.id: _of_row(before, row) for row in before.transitions}
    here = {row.id: _of_row(machine, row) for row in machine.transitions}
    rows = [
        row
        for owner in (machine, before)
        for row in owner.transitions
        if known.get(row.id) != here.get(row.id)
    ]
    places = {(state, row.event) for row in rows for state in row.sources}
    kept = tuple(
        row
        for row in machine.transitions
        if any((state, row.event) in places for state in row.sources)
    )
    # a list that no row uses any more is seen by a rule for models
    used = {use.list for row in kept for use in row.checks}
    lists = {name: found for name, found in machine.check_lists.items() if name in used}
    return replace(machine, transitions=kept, check_lists=lists)


def _structure(project: Project, weaker: bool) -> Iterator[Diagnostic]:
    """Structural findings; of a weaker check, only on order and on what is told and recorded."""
    models = project.models
    if not weaker:
        yield from structure_report(project).findings
        return
    yield from check_order(project).findings
    steppers = {name: Stepper(one, models.vocabulary) for name, one in models.machines.items()}
    yield from outcomes(project, steppers).findings
    yield from check_reading(project).findings


def _of_row(machine: m.Machine, row: m.Transition) -> str:
    return fingerprint(row, [machine.check_lists[use.list] for use in row.checks])


def _options_of(machine: m.Machine, rows: Sequence[str]) -> Iterator[Option]:
    """Every step of some rows."""
    for state in machine.states:
        for option in options(machine, state):
            if option.row is not None and option.row.id in rows:
                yield option
        for row in staying_rows(machine, state):
            if row.id in rows:
                yield Option(row.id, state, row.event, row, None, row.body, row.target or state)


def _narrowed(property: Property, verifier: Verifier, rows: frozenset[str]) -> Property | None:
    """The property about some rows only; None where it is about none of them."""
    machines = verifier.project.models.machines
    selection = property.selection
    wanted = tuple(id for id in sorted(rows) if not selection.rows or id in selection.rows)
    cases = tuple(
        case
        for case in property.cases
        if any(
            selection.takes(option, machines[case.machine])
            for option in _options_of(machines[case.machine], wanted)
        )
    )
    if not cases:
        # a row that no longer does what the property is about may leave it without a subject
        return property if selection.rows and wanted else None
    return replace(property, cases=cases, selection=replace(selection, rows=wanted))


def _is_proved(property: Property, verifier: Verifier) -> bool:
    """Whether a fault can make it worse."""
    return property.expected_in(verifier.amendments) == "proved"


def _names_row(property: Property, name: str) -> bool:
    return any(name.partition("/")[0].startswith(row) for row in property.selection.rows)


def _breadth(property: Property) -> int:
    """How many steps a property is about, roughly."""
    selection = property.selection
    return 0 if selection.events or selection.sends else 1


def _keys(findings: tuple[Diagnostic, ...]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        yield finding.code, finding.message


def layers(verdicts: Mapping[str, Verdict]) -> dict[str, int]:
    """How many mutants each layer noticed, first noticed counting."""
    out = {layer.value: 0 for layer in Layer}
    for verdict in verdicts.values():
        out[verdict.layer.value] += 1
    return out
