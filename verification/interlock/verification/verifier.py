"""Verifying: every property of one variant of the sources, with a cache.

A verdict is kept under the fingerprint of what it depends on. ``deciding`` asks about many
properties at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Protocol

import z3

from interlock.core.diagnostics import error, similar_name_help
from interlock.core.errors import ModelError, UsageError
from interlock.core.source import SourceFile
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction, load_abstraction
from interlock.verification.composition import Composition, Compositions, load_compositions
from interlock.verification.coverage import Protections
from interlock.verification.demonstrations import load_demonstrations
from interlock.verification.fingerprint import fingerprint, of_program
from interlock.verification.freshness import RETENTION, FreshnessDecider
from interlock.verification.kept_proofs import KeptProofs
from interlock.verification.options import Unbounded
from interlock.verification.properties import (
    CAPTURED,
    FOLDER,
    REKEY,
    Kind,
    Property,
    load_properties,
    state_enumeration,
)
from interlock.verification.results import Check, Obligation, Replay, Status, Trace, Verdict
from interlock.verification.results_json import ResultsError, from_json, to_json
from interlock.verification.rowwise import StepDecider
from interlock.verification.run_properties import RunDecider, status_of
from interlock.verification.solving import RESOURCE_LIMIT, SEED, Asker, solver_versions
from interlock.verification.terms import Terms
from interlock.verification.world import World

CACHE = ".interlock-cache"
RESULTS = "verification/results"


class Replayer(Protocol):
    """Carries out violating traces on generated handlers."""

    def prepare(self) -> None:
        """Do what every replay needs, before processes are forked that each replay one."""

    def __call__(self, trace: Trace) -> Replay:
        """Carry out a trace."""


RekeySearch = Callable[[], tuple[Mapping[str, Trace], str]]
"""What an explicit search of all changes of keys finds: a trace for each question of
``properties.REKEY`` that is violated, and how much was searched."""


@dataclass(frozen=True)
class Wanted:
    """What to verify; empty means everything."""

    properties: tuple[str, ...] = ()
    modes: tuple[str, ...] = ()
    about: str = ""
    """Only properties whose file says something about this amendment."""


class Verifier:
    """All properties of one variant of the sources.

    Args:
        root: Folder that holds ``verification/``.
        project: The sources, amended or not.
        second: Whether proofs are asked of the second solver as well.
        replayer: Carries out violating traces on the generated handlers.
        proofs: Proofs of earlier sources; without, everything is proved anew.

    Raises:
        InputError: Abstraction, compositions or properties are wrong.
    """

    def __init__(
        self,
        root: Path,
        project: Project,
        *,
        second: bool = True,
        replayer: Replayer | None = None,
        proofs: KeptProofs | None = None,
    ) -> None:
        if not (root / FOLDER).is_dir():
            raise UsageError(f'"{root}" holds no properties: there is no folder {FOLDER}')
        self.root = root
        self.project = project
        self.abstraction: Abstraction = load_abstraction(root, project)
        self.compositions: Compositions = load_compositions(root, project)
        self.properties, self.sources = load_properties(
            root, project, self.abstraction, self.compositions
        )
        self.demonstrations, more = load_demonstrations(root, project)
        self.sources = {**self.sources, **more}
        self._refuse_trivial()
        self._refuse_undemonstrated()
        self._second = second
        self._replayer = replayer
        self._rekey: RekeySearch | None = None
        self._proofs = proofs
        self._deciders: dict[str, RunDecider] = {}

    def prepare_replays(self) -> None:
        """Do what every replay needs, before processes are forked that each replay one."""
        if self._replayer is not None:
            self._replayer.prepare()

    def search_rekey_with(self, search: RekeySearch) -> None:
        """Who answers properties about changes of keys; without, they are undecided."""
        self._rekey = search

    def _refuse_trivial(self) -> None:
        """A formula that holds for all values of everything that it names says nothing."""
        findings = []
        for property in self.properties:
            for case in property.cases or (property,):
                terms = self._terms()
                parts = [z3.Not(terms.condition(case.formula))]
                if case.given is not None:
                    parts.append(terms.condition(case.given))
                if Asker(terms.axioms).ask(*parts).check is Check.UNSAT:
                    text = f'property "{property.id}" is true whatever the machines do'
                    findings.append(error("PRP007", text, property.span, clause=property.clause))
                    break
        if findings:
            raise ModelError(findings)

    def _refuse_undemonstrated(self) -> None:
        """A demonstration has to exist and to violate what it is about."""
        findings = []
        for property in self.properties:
            name, text = property.demonstration, ""
            if not name:
                continue
            if name not in self.demonstrations:
                text = f'there is no demonstration "{name}"'
            elif property.kind is not Kind.STEP:
                text = "only a property of steps needs a demonstration"
            elif not self.demonstrations[name].is_violation(property.formula, self._terms()):
                text = f'with what the demonstration "{name}" shows, "{property.id}" is not false'
            if text:
                findings.append(error("PRP009", text, property.span, clause=property.clause))
        if findings:
            raise ModelError(findings)

    def _terms(self) -> Terms:
        """Terms over free variables, states of the machines included."""
        states = map(state_enumeration, self.project.models.machines.values())
        words = self.abstraction.vocabulary
        enumerations = {**words.enumerations, **{s.name: s for s in states}}
        return Terms(replace(words, enumerations=enumerations))

    # --- what there is -----------------------------------------------------------------------

    @property
    def amendments(self) -> tuple[str, ...]:
        """Ids of the amendments in force."""
        return tuple(amendment.id for amendment in self.project.amendments)

    @property
    def variant(self) -> str:
        """``captured``, or the amendments in force; another edition is named first."""
        edition = self.project.edition
        names = (*(() if edition is None else (f"edition-{edition.id}",)), *self.amendments)
        return "+".join(names) or CAPTURED

    def select(self, wanted: Wanted) -> tuple[Property, ...]:
        """The properties asked for, in order of the files.

        Raises:
            UsageError: There is no property of a name.
        """
        known = [p.id for p in self.properties]
        for id in wanted.properties:
            if id not in known:
                near = similar_name_help(id, known)
                raise UsageError(f'no property "{id}"' + (f"; {near}" if near else ""))
        return tuple(p for p in self.properties if self._is_wanted(p, wanted))

    def _is_wanted(self, property: Property, wanted: Wanted) -> bool:
        if wanted.properties and property.id not in wanted.properties:
            return False
        if wanted.about and not property.is_about(wanted.about):
            return False
        modes = {machine.mode for machine in self.machines_of(property)}
        return not wanted.modes or bool(modes & set(wanted.modes))

    def machines_of(self, property: Property) -> tuple[m.Machine, ...]:
        """The machines that a property speaks about."""
        if property.kind is Kind.RUN:
            strands = self.compositions.by_name[property.scenario].strands.values()
            names = dict.fromkeys(strand.machine for strand in strands)
        else:
            names = dict.fromkeys(case.machine for case in property.cases)
        return tuple(self.project.models.machines[name] for name in names)

    # --- fingerprints ------------------------------------------------------------------------

    def fingerprint(self, property: Property) -> str:
        """A digest of everything that the verdict depends on."""
        assumptions = self.project.spec.tables.assumptions
        scenario = self.compositions.by_name.get(property.scenario)
        return fingerprint(
            of_program(),
            tuple(sorted(solver_versions().items())),
            (SEED, RESOURCE_LIMIT, self._second),
            (property.kind, property.formula, property.given, property.twins, property.point),
            (property.cases, property.selection, property.id),
            scenario,
            self._of_attempts(scenario),
            self._of_abstraction,
            tuple(self._of_machine[machine.name] for machine in self.machines_of(property)),
            tuple(assumptions[id].value for id in RETENTION),
            self._of_demonstration(property.demonstration),
        )

    def _of_attempts(self, scenario: Composition | None) -> str:
        """The rules for a second attempt, where there is one."""
        if scenario is None or all(strand.after is None for strand in scenario.strands.values()):
            return ""
        return fingerprint(tuple(rule.when for rule in self.compositions.rules))

    def _of_demonstration(self, name: str) -> str:
        found = self.demonstrations.get(name)
        return "" if found is None else fingerprint(found.trace)

    @cached_property
    def _of_abstraction(self) -> str:
        abstraction = self.abstraction
        return fingerprint(
            abstraction.types,
            abstraction.predicates,
            abstraction.operations,
            abstraction.envelope,
            abstraction.vocabulary.enumerations,
        )

    @cached_property
    def _of_machine(self) -> Mapping[str, str]:
        protections = Protections(self.project)
        out = {}
        for machine in self.project.models.machines.values():
            messages = list(machine.messages.messages.values())
            covered = [
                [(f.name, protections.of(message).covers(f)) for f in message.fields.values()]
                for message in messages
            ]
            alike = [[protections.confusable(a, b) for a in messages] for b in messages]
            out[machine.name] = fingerprint(machine, covered, alike)
        return out

    # --- deciding ----------------------------------------------------------------------------

    def decider(self, property: Property) -> RunDecider:
        """Who decides a property of runs: one for each scenario, because worlds are large.

        Raises:
            ModelError: PRP020, a machine can go round before its run is over.
        """
        name = property.scenario
        if name not in self._deciders:
            composition = self.compositions.by_name[name]
            try:
                world = World(self.project, self.abstraction, self.compositions, composition)
            except Unbounded as problem:
                machine = self.project.models.machines[problem.machine]
                text = f"{problem}, so no bound makes a search a proof"
                raise ModelError([error("PRP020", text, machine.span)]) from problem
            self._deciders[name] = RunDecider(world, self._proofs)
        return self._deciders[name]

    def decide(self, property: Property) -> Verdict:
        """Decide one property, and replay its trace if it is violated."""
        expected = property.expected_in(self.amendments)
        if property.kind is Kind.RUN:
            decider = self.decider(property)
            verdict = decider.decide(property, self.variant, expected, second=self._second)
        elif property.kind is Kind.FRESHNESS:
            verdict = FreshnessDecider(self.project, self.abstraction).decide(
                property, self.variant, expected, second=self._second
            )
        elif property.kind is Kind.REKEY:
            return self._decide_rekey(property, expected)
        else:
            verdict = StepDecider(self.project, self.abstraction).decide(
                property, self.variant, expected, second=self._second
            )
        return self._replayed(verdict, property)

    def look(self, property: Property) -> Verdict:
        """As ``decide`` for a property of runs, but for its twins: ``finished`` adds them."""
        expected = property.expected_in(self.amendments)
        decider = self.decider(property)
        verdict = decider.look(property, self.variant, expected, second=self._second)
        return self._replayed(verdict, property)

    def _replayed(self, verdict: Verdict, property: Property) -> Verdict:
        trace = verdict.trace
        if trace is None or self._replayer is None:
            return verdict
        if verdict.method == "step":
            # A single step from anywhere is no run: the handlers carry out a whole one.
            found = self.demonstrations.get(property.demonstration)
            if found is None:
                return verdict
            trace = found.trace
        return replace(verdict, trace=trace, replay=self._replayer(trace))

    def statuses(self, properties: Iterable[Property]) -> Iterator[tuple[Property, Status]]:
        """Statuses alone: without second opinion, trace and replay, so at less cost.

        Of properties of runs those that are violated come first, others when twins are known.
        """
        looked: dict[str, list[tuple[Property, Check]]] = {}
        for property in properties:
            if property.kind is not Kind.RUN:
                yield property, self.decide(property).status
                continue
            answer = self.decider(property).check(property)
            if answer is Check.SAT:
                yield property, Status.VIOLATED
            else:
                looked.setdefault(property.scenario, []).append((property, answer))
        for group in looked.values():
            twins = self.decider(group[0][0]).twins([property for property, _ in group])
            for property, answer in group:
                yield property, status_of(answer, twins[property.id])[0]

    def _decide_rekey(self, property: Property, expected: str) -> Verdict:
        """The answer of the explicit search, which is complete: it ends by itself."""
        if self._rekey is None:
            reason = "nobody searched the changes of keys"
            return Verdict(
                property.id, self.variant, Status.UNKNOWN, expected, "search", reason=reason
            )
        violations, size = self._changes_of_keys
        named = [
            REKEY[node.name.partition(".")[2]]
            for node in x.walk(property.formula)
            if isinstance(node, x.Variable)
        ]
        found = [violations[name] for name in named if name in violations]
        answer = Check.SAT if found else Check.UNSAT
        return Verdict(
            property.id,
            self.variant,
            Status.VIOLATED if found else Status.PROVED,
            expected,
            "search",
            (Obligation("search", f"every state was looked at: {size}", answer),),
            Check.SAT,
            found[0] if found else None,
        )

    @cached_property
    def _changes_of_keys(self) -> tuple[Mapping[str, Trace], str]:
        assert self._rekey is not None
        return self._rekey()

    def as_expected_now(self, property: Property, verdict: Verdict) -> Verdict:
        """A verdict that was known, perhaps of another variant that does not differ in it."""
        expected = property.expected_in(self.amendments)
        return replace(verdict, variant=self.variant, expected=expected)


class Store:
    """Verdicts by fingerprint: those committed with the sources, and those of this machine."""

    def __init__(self, root: Path) -> None:
        self._folder = root / CACHE
        self._known: dict[str, Verdict] = {}
        for path in sorted((root / RESULTS).glob("*.json")):
            self._known |= dict(read_results(path))

    def get(self, key: str) -> Verdict | None:
        """The verdict under a fingerprint."""
        if key in self._known:
            return self._known[key]
        path = self._folder / f"{key}.json"
        try:
            (verdict,) = from_json(path.read_text(encoding="utf-8"))
        except (OSError, ResultsError, ValueError):
            return None
        return verdict

    def put(self, key: str, verdict: Verdict) -> None:
        """Keep a verdict; where nothing can be written, nothing is kept."""
        if verdict.status is Status.UNKNOWN:
            return
        try:
            self._folder.mkdir(exist_ok=True)
            (self._folder / f"{key}.json").write_text(to_json([verdict]), encoding="utf-8")
        except OSError:
            return


def results_text(verifier: Verifier, verdicts: Mapping[str, Verdict]) -> str:
    """The committed form of the verdicts of a variant."""
    rows = [
        {
            "fingerprint": verifier.fingerprint(property),
            "verdict": json.loads(to_json([verdicts[property.id]]))[0],
        }
        for property in verifier.properties
        if property.id in verdicts
    ]
    data = {"variant": verifier.variant, "solvers": solver_versions(), "seed": SEED, "rows": rows}
    return json.dumps(data, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def read_results(path: Path) -> Iterator[tuple[str, Verdict]]:
    """Fingerprints and verdicts of a results file; an unreadable file holds nothing."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        for row in data["rows"]:
            (verdict,) = from_json(json.dumps([row["verdict"]]))
            yield row["fingerprint"], verdict
    except (OSError, ValueError, KeyError, TypeError, ResultsError):
        return


def sources_of(verifier: Verifier) -> Mapping[str, SourceFile]:
    """Every file that a finding can point into."""
    return {**verifier.project.sources, **verifier.sources, **verifier.compositions.sources}
