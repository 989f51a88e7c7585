"""Properties: named statements about compositions or single steps, read from YAML.

``verification/properties/*.yaml`` hold them. Formulas are expressions of the models' language over

* ``client.x``, ``server.x`` ...: session variables and ghosts of a strand, and what its run has
  come to (``running``, ``committed``, ``confirmed``, ``closed``, ``failed``, ``refused``,
  ``state``);
* ``client-config.x`` ...: its configuration; ``policy.x``: of ``models/establishment.yaml``;
* ``nego.x``: the client's values in a run of the same configurations without interference;
* ``m.x``: the message received at the point that the property speaks of, with its ghosts;
* ``attacker.x``, ``channel.x``.

For ``kind: step`` the roots are those of a machine's own conditions, plus ``after.x`` (session
variables after the step) and ``step.x``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import SourceFile, Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import Enumeration, Member, Vocabulary
from interlock.verification.abstraction import Abstraction
from interlock.verification.composition import Composition, Compositions
from interlock.verification.options import Option

FOLDER = "verification/properties"
STRAND_FLAGS: Mapping[str, str] = {
    "running": "the party has sent what it claims to be running (claim running)",
    "committed": "the handshake is complete for the party (claim commit-handshake)",
    "confirmed": "protected-protocol data were delivered to the party's user",
    "closed": "the run is over without that",
    "failed": "the run is over and the handshake was never complete",
    "refused": "the run ended with a refusal whose checks passed",
    "present": "the party has made a first step",
}
CAPTURED = "captured"


class Kind(Enum):
    """How a property is decided."""

    RUN = "run"
    STEP = "step"
    FRESHNESS = "freshness"
    """About two acceptances of one message."""
    REKEY = "rekey"
    """About all changes of keys between two honest parties (an explicit search)."""


class PointKind(Enum):
    """Which moment of a run a property speaks of."""

    CLAIM = "claim"
    ROW = "row"
    END = "end"


@dataclass(frozen=True)
class Point:
    """``client committed``, ``client row NC-20d NC-20a``, ``server reaction refuse-handshake``."""

    strand: str
    kind: PointKind
    names: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join((self.strand, *self.names))


REKEY: Mapping[str, str] = {
    "no-false-alarm": "RK-1",
    "right-keys": "RK-2",
    "comes-to-rest": "RK-3",
    "all-new": "RK-4",
}
"""Names of ``rekey.x`` to the questions that the explicit search answers."""


class Outcome(Enum):
    """Which steps a property selects by what comes of them."""

    ANY = "any"
    ACCEPTS = "accepts"
    """The row is carried out."""
    FAILS = "fails"
    """A reaction takes its place."""


@dataclass(frozen=True)
class Selection:
    """The steps that a step property speaks of; what is empty selects everything."""

    rows: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    outcome: Outcome = Outcome.ANY
    sends: tuple[str, ...] = ()

    def takes(self, option: Option, machine: m.Machine) -> bool:
        """Whether a step is one of them."""
        is_failure = option.reaction is not None
        if self.outcome is not Outcome.ANY and is_failure != (self.outcome is Outcome.FAILS):
            return False
        if self.rows and (option.row is None or option.row.id not in self.rows):
            return False
        if self.sends and not any(
            isinstance(action, m.Send) and action.message in self.sends
            for action in m.actions(option.body)
        ):
            return False
        return not self.events or str(option.event) in self.events


@dataclass(frozen=True)
class StepCase:
    """A step property typed for one machine."""

    machine: str
    formula: x.Expression
    given: x.Expression | None
    twins: tuple[x.Expression, ...]


STEP_FACTS: Mapping[str, str] = {
    "delivers": "data go to the user",
    "associates": "the user is told that the association is there",
    "fails": "a reaction is taken",
    "remembers": "the message is put into the replay memory",
    "remembers-peer": "the certificate is remembered as the partner's",
    "closes": "the transport is closed",
    "logs": "a security event is recorded",
    "makes-key-pair": "a Diffie-Hellman key pair is made",
}


@dataclass(frozen=True)
class Property:
    """A property, typed.

    ``expected`` gives the expected verdict for each variant named in the file; a variant that is
    not named is expected to be as captured. Each of ``twins`` has to be possible where the property
    speaks, or a proof would say nothing; without any, that the point is reached at all.
    ``demonstration`` names a run of demonstrations.yaml that violates a property of steps.
    """

    id: str
    title: str
    group: str
    kind: Kind
    clause: str
    words: str
    reason: str
    expected: Mapping[str, str]
    formula: x.Expression
    formula_text: str
    given: x.Expression | None = None
    given_text: str = ""
    twins: tuple[x.Expression, ...] = ()
    twin_texts: tuple[str, ...] = ()
    scenario: str = ""
    point: Point | None = None
    cases: tuple[StepCase, ...] = ()
    selection: Selection = Selection()
    finding: str = ""
    repair: str = ""
    demonstration: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    only_with: tuple[str, ...] = ()
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)

    def is_about(self, amendment: str) -> bool:
        """Whether the file says something about the verdict with that amendment."""
        return amendment in self.expected or amendment in self.only_with

    def expected_in(self, amendments: tuple[str, ...]) -> str:
        """The verdict expected where some amendments are in force."""
        for variant, verdict in self.expected.items():
            if variant != CAPTURED and variant in amendments:
                return verdict
        return self.expected[CAPTURED]


def load_properties(
    root: Path, project: Project, abstraction: Abstraction, compositions: Compositions
) -> tuple[tuple[Property, ...], Mapping[str, SourceFile]]:
    """Read every property below ``root``; also the files, for excerpts.

    Raises:
        InputError: With every finding: unknown names, types that do not fit, and properties that
            are true whatever the machines do.
    """
    loader = PropertyReader(project, abstraction, compositions)
    sources = {}
    for path in sorted((root / FOLDER).glob("*.yaml")):
        source = SourceFile.read(path, f"{FOLDER}/{path.name}")
        sources[source.path] = source
        loader.read(source)
    if loader.findings:
        raise ModelError(loader.findings)
    return tuple(loader.properties.values()), sources


class PropertyReader:
    """Reads and types properties; what is wrong is collected in ``findings``."""

    def __init__(
        self, project: Project, abstraction: Abstraction, compositions: Compositions
    ) -> None:
        self._project = project
        self._abstraction = abstraction
        self._compositions = compositions
        self.findings: list[Diagnostic] = []
        self.properties: dict[str, Property] = {}

    def read(self, source: SourceFile) -> None:
        try:
            top = d.as_mapping(
                d.read_data(source), "property file", required=("group", "properties"), optional=()
            )
            group = top.text("group")
            items = d.as_sequence(top.need("properties"), "properties")
        except InputError as problem:
            self.findings.extend(problem.diagnostics)
            return
        for item in items:
            try:
                if not self._is_in_force(d.as_mapping(item, "property")):
                    continue
                found = self._property(d.as_mapping(item, "property"), group)
            except InputError as problem:
                self.findings.extend(problem.diagnostics)
                continue
            if found.id in self.properties:
                text = f'property "{found.id}" is there twice'
                self.findings.append(error("PRP001", text, found.span))
            self.properties[found.id] = found

    def _is_in_force(self, node: d.Mapping) -> bool:
        """Whether a property is meant for the sources as amended: some need an amendment,
        some say what an amendment is there to change.
        """
        amendments = {amendment.id for amendment in self._project.amendments}
        needed = {text.text for text in _texts(node, "only-with")}
        changed = {text.text for text in _texts(node, "not-with")}
        return needed <= amendments and not changed & amendments

    def _property(self, node: d.Mapping, group: str) -> Property:
        node = d.as_mapping(
            node,
            "property",
            required=("id", "title", "kind", "clause", "words", "formula", "expected", "reason"),
            optional=(
                "given", "twin", "scenario", "at", "machines", "rows", "on", "outcome", "sends",
                "finding", "repair", "demonstration", "options", "only-with",
                "not-with",
            ),
        )  # fmt: skip
        kind = Kind(d.as_choice(node.need("kind"), "kind", [k.value for k in Kind]))
        clause = d.as_scalar(node.need("clause"), "clause")
        if clause.text not in self._project.spec.tables.clauses:
            raise _fault(
                "PRP002",
                f'clause "{clause.text}" is not registered',
                clause.span,
                similar_name_help(clause.text, self._project.spec.tables.clauses),
            )
        base = Property(
            node.text("id"),
            node.text("title"),
            group,
            kind,
            clause.text,
            node.text("words"),
            node.text("reason"),
            self._expected(node),
            x.BoolLiteral(value=True),
            node.text("formula"),
            given_text=_optional(node, "given"),
            twin_texts=tuple(s.text for s in _texts(node, "twin")),
            finding=_optional(node, "finding"),
            repair=_optional(node, "repair"),
            demonstration=_optional(node, "demonstration"),
            only_with=tuple(text.text for text in _texts(node, "only-with")),
            span=d.as_scalar(node.need("id"), "id").span,
        )
        if kind is Kind.RUN:
            return self._run(node, base)
        return self._step(node, base)

    def _expected(self, node: d.Mapping) -> dict[str, str]:
        expected = d.as_mapping(node.need("expected"), "expected", required=(CAPTURED,))
        return {
            e.key.text: d.as_choice(e.value, "verdict", ("proved", "violated")) for e in expected
        }

    # --- run properties --------------------------------------------------------------------

    def _run(self, node: d.Mapping, base: Property) -> Property:
        name = d.as_scalar(node.need("scenario", "property"), "scenario")
        composition = self._compositions.by_name.get(name.text)
        if composition is None:
            raise _fault(
                "PRP003",
                f'unknown scenario "{name.text}"',
                name.span,
                similar_name_help(name.text, self._compositions.by_name),
            )
        point, messages = self._point(d.as_scalar(node.need("at", "property"), "at"), composition)
        scope = self.scope(composition, point, messages)
        return replace(
            base,
            scenario=composition.name,
            point=point,
            **self._formulas(node, scope),
        )

    def _formulas(self, node: d.Mapping, scope: Scope) -> dict[str, Any]:
        def read(key: str) -> x.Expression | None:
            value = node.get(key)
            return check(d.as_scalar(value, key), scope, t.BOOL) if value is not None else None

        twins = tuple(check(text, scope, t.BOOL) for text in _texts(node, "twin"))
        formula = read("formula")
        assert formula is not None
        return {"formula": formula, "given": read("given"), "twins": twins}

    def _point(self, text: d.Scalar, composition: Composition) -> tuple[Point, frozenset[str]]:
        strand, *rest = text.text.split()
        if strand not in composition.strands:
            raise _fault(
                "PRP004",
                f'scenario "{composition.name}" has no strand "{strand}"',
                text.span,
                similar_name_help(strand, composition.strands),
            )
        machine = self._project.models.machines[composition.strands[strand].machine]
        if rest == ["end"]:
            return Point(strand, PointKind.END, ("end",)), frozenset()
        if len(rest) == 1 and rest[0] in ("running", "committed", "confirmed"):
            return Point(strand, PointKind.CLAIM, tuple(rest)), frozenset()
        if len(rest) >= 2 and rest[0] in ("row", "reaction"):
            known: Mapping[str, set[str]] = _rows_of(machine, rest[0])
            for name in rest[1:]:
                if name not in known:
                    raise _fault(
                        "PRP004",
                        f'machine "{machine.name}" has no {rest[0]} "{name}"',
                        text.span,
                        similar_name_help(name, known),
                    )
            messages = frozenset[str]().union(*(known[name] for name in rest[1:]))
            return Point(strand, PointKind.ROW, tuple(rest)), messages
        raise _fault(
            "PRP004",
            f'"{text.text}" is no point of a run',
            text.span,
            'write "STRAND committed", "... confirmed", "... running", "... end", '
            '"... row ID ..." or "... reaction NAME"',
        )

    def scope(self, composition: Composition, point: Point, messages: frozenset[str]) -> Scope:
        """What the formulas of a run property may name; of several messages, what all have."""
        words, scenes = self._names(composition)
        roots: dict[x.Root, Mapping[str, t.Type]] = {}
        subject = None
        if messages:
            machine = self._project.models.machines[composition.strands[point.strand].machine]
            common = self._common(machine, sorted(messages))
            ghosts = self._abstraction.message_ghosts
            roots[x.Root.MESSAGE] = {"well-formed": t.BOOL, **common, **ghosts}
            roots[x.Root.ENVELOPE] = {e.name: e.type for e in machine.envelope.values()}
            subject = t.Message(None)
        return Scope(words, roots, subject, scenes=scenes)

    def _names(
        self, composition: Composition
    ) -> tuple[Vocabulary, dict[str, Mapping[str, t.Type]]]:
        enumerations = dict(self._abstraction.vocabulary.enumerations)
        scenes: dict[str, Mapping[str, t.Type]] = {}
        for strand in composition.strands.values():
            machine = self._project.models.machines[strand.machine]
            states = state_enumeration(machine)
            enumerations[states.name] = states
            scenes[strand.name] = {
                **{n: self._abstraction.seen_as(v.type) for n, v in machine.session.items()},
                **self._abstraction.party_ghosts,
                **dict.fromkeys(STRAND_FLAGS, t.BOOL),
                "state": t.Enum(states.name),
            }
            scenes[f"{strand.name}-config"] = {
                f.name: self._abstraction.seen_as(f.type) for f in machine.config.values()
            }
        for name in composition.undisturbed:
            scenes["nego" if name == "client" else f"nego-{name}"] = scenes[name]
        scenes["attacker"] = {"insider": t.BOOL}
        scenes["channel"] = {
            "protection": t.Enum("ChannelProtection"),
            "client": t.Enum("Identity"),
        }
        scenes["policy"] = dict.fromkeys(self._compositions.policy, t.BOOL) | {
            "server-is-native": t.BOOL
        }
        return replace(self._abstraction.vocabulary, enumerations=enumerations), scenes

    # --- step properties -------------------------------------------------------------------

    def _step(self, node: d.Mapping, base: Property) -> Property:
        machines = _texts(node, "machines")
        known = self._project.models.machines
        for name in machines:
            if name.text not in known:
                raise _fault(
                    "PRP005",
                    f'unknown machine "{name.text}"',
                    name.span,
                    similar_name_help(name.text, known),
                )
        if not machines:
            raise _fault("PRP006", "a property of steps needs machines", base.span)
        selection = self._selection(node, [known[name.text] for name in machines])
        options = node.get("options")
        cases = tuple(self._step_case(node, known[name.text], selection) for name in machines)
        return replace(
            base,
            cases=cases,
            selection=selection,
            formula=cases[0].formula,
            given=cases[0].given,
            twins=cases[0].twins,
            options={
                e.key.text: d.as_text(e.value, "option")
                for e in (d.as_mapping(options, "options") if options else ())
            },
        )

    def _selection(self, node: d.Mapping, machines: Sequence[m.Machine]) -> Selection:
        rows, events, sends = (_texts(node, key) for key in ("rows", "on", "sends"))
        ids = {row.id for machine in machines for row in machine.transitions}
        happenings = {str(event) for machine in machines for event in machine.events}
        names = {name for machine in machines for name in machine.messages.messages}
        for texts, known, what in (
            (rows, ids, "row"),
            (events, happenings, "event"),
            (sends, names, "message"),
        ):
            for text in texts:
                if text.text not in known:
                    raise _fault(
                        "PRP004",
                        f'no machine of the property has the {what} "{text.text}"',
                        text.span,
                        similar_name_help(text.text, known),
                    )
        outcome = node.get("outcome")
        return Selection(
            tuple(text.text for text in rows),
            tuple(text.text for text in events),
            Outcome(d.as_choice(outcome, "outcome", [o.value for o in Outcome]))
            if outcome
            else Outcome.ANY,
            tuple(text.text for text in sends),
        )

    def _step_case(self, node: d.Mapping, machine: m.Machine, selection: Selection) -> StepCase:
        scope = self.step_scope(machine, selection)
        if Kind(node.text("kind")) is Kind.FRESHNESS:
            from interlock.verification.freshness import ACCEPTANCE, MEMORY

            scope = replace(
                scope, scenes={"memory": MEMORY, "first": ACCEPTANCE, "second": ACCEPTANCE}
            )
        if Kind(node.text("kind")) is Kind.REKEY:
            scope = replace(scope, scenes={"rekey": dict.fromkeys(REKEY, t.BOOL)})
        found = self._formulas(node, scope)
        return StepCase(machine.name, found["formula"], found["given"], found["twins"])

    def step_scope(self, machine: m.Machine, selection: Selection) -> Scope:
        """What the formulas of a step property may name."""
        abstraction = self._abstraction
        states = state_enumeration(machine)
        words = replace(
            abstraction.vocabulary,
            enumerations={**abstraction.vocabulary.enumerations, states.name: states},
        )
        session = {n: abstraction.seen_as(v.type) for n, v in machine.session.items()}
        ghosts = {"peer": t.Enum("Identity"), "peer-address": t.Enum("Identity")}
        roots: dict[x.Root, Mapping[str, t.Type]] = {
            x.Root.SESSION: {**session, **ghosts},
            x.Root.CONFIG: {n: abstraction.seen_as(f.type) for n, f in machine.config.items()},
        }
        scenes: dict[str, Mapping[str, t.Type]] = {
            "after": {**session, **ghosts},
            "step": {
                **dict.fromkeys(STEP_FACTS, t.BOOL),
                **dict.fromkeys(("from", "to"), t.Enum(states.name)),
            },
            "party": abstraction.party_ghosts,
        }
        subject = None
        received = [
            event.name
            for event in machine.events
            if event.kind is m.EventKind.RECEIVE
            and (str(event) in selection.events or self._rows_receive(machine, selection, event))
        ]
        if received:
            subject = t.Message(None)
            common = self._common(machine, received)
            roots[x.Root.MESSAGE] = {
                "well-formed": t.BOOL, **common, **abstraction.message_ghosts
            }  # fmt: skip
            roots[x.Root.ENVELOPE] = {e.name: e.type for e in machine.envelope.values()}
        if selection.sends:
            here = [name for name in selection.sends if name in machine.messages.messages]
            scenes["sent"] = {**self._common(machine, here), "iv-is-fresh": t.BOOL}
        return Scope(words, roots, subject, scenes=scenes)

    @staticmethod
    def _rows_receive(machine: m.Machine, selection: Selection, event: m.Event) -> bool:
        return any(row.id in selection.rows and row.event == event for row in machine.transitions)

    def _common(self, machine: m.Machine, names: Sequence[str]) -> dict[str, t.Type]:
        """Fields that all of some messages have."""
        fields = [machine.messages.messages[name].fields for name in sorted(names)]
        return {
            f.name: self._abstraction.seen_as(f.type)
            for f in (fields[0].values() if fields else ())
            if all(o.get(f.name) is not None and o[f.name].type == f.type for o in fields)
        }


def state_enumeration(machine: m.Machine) -> Enumeration:
    """The states of a machine as an enumeration: ``NativeClientState.stable``."""
    name = "".join(part.capitalize() for part in machine.name.split("-")) + "State"
    members = tuple(Member(state) for state in machine.states)
    return Enumeration(name, members, False, "model", machine.clause, machine.words)


def _rows_of(machine: m.Machine, what: str) -> dict[str, set[str]]:
    """Ids of rows (or names of reactions) to the messages that they receive."""
    found: dict[str, set[str]] = {}
    for row in machine.transitions:
        received = {row.event.name} if row.event.kind is m.EventKind.RECEIVE else set()
        if what == "row":
            found[row.id] = received
        else:
            for use in row.checks:
                found.setdefault(use.reaction.name, set()).update(received)
    return found


def _optional(node: d.Mapping, key: str) -> str:
    value = node.get(key)
    return "" if value is None else d.as_text(value, key)


def _texts(node: d.Mapping, key: str) -> list[d.Scalar]:
    """One text, or a list of them."""
    value = node.get(key)
    if value is None:
        return []
    items = value.items if isinstance(value, d.Sequence) else (value,)
    return [d.as_scalar(item, key) for item in items]


def _fault(code: str, message: str, span: Span, help: str | None = None) -> ModelError:
    return ModelError([error(code, message, span, help=help)])
