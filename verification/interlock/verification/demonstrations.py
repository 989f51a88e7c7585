"""Whole runs for violations that the solver shows as a single step (demonstrations.yaml).

A property of steps is decided for a step from any values of the variables, so its violation says
nothing about how a machine comes there. A demonstration does: a run written by hand, which the
generated handlers carry out. That its last step violates the property is not taken on trust: the
values that this step shows make the formula false, and the handlers have to have these values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from interlock.core import data as d
from interlock.core.diagnostics import error, similar_name_help
from interlock.core.errors import ModelError
from interlock.core.source import SourceFile, Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model.project import Project
from interlock.verification.results import Check, Origin, OriginKind, Party, Step, Trace
from interlock.verification.solving import Asker
from interlock.verification.terms import Terms

FILE = "verification/demonstrations.yaml"
SHOWN = ("m.", "session.", "sent.")
"""Beginnings of the names of values that a step shows: received, before the step, and sent."""
SHOWS = "shows "
"""Before such a name among the fields of a step of a trace."""


@dataclass(frozen=True)
class Demonstration:
    """A run, and what its last step shows: name in a formula to integer."""

    name: str
    trace: Trace
    shown: Mapping[str, int]
    span: Span

    def is_violation(self, formula: x.Expression, terms: Terms) -> bool:
        """Whether a formula is false for what the last step shows."""
        condition = terms.condition(formula)
        named = {_name(v): v for v in x.walk(formula) if isinstance(v, x.Variable)}
        if not self.shown.keys() <= named.keys():
            return False
        values = [terms.lookup(named[name]) == value for name, value in self.shown.items()]
        return Asker(terms.axioms).ask(*values, condition).check is Check.UNSAT


def load_demonstrations(
    root: Path, project: Project
) -> tuple[Mapping[str, Demonstration], Mapping[str, SourceFile]]:
    """Every demonstration by name, and the file; none if there is no such file.

    Raises:
        InputError: It has the wrong shape, or names what the machines do not have.
    """
    try:
        source = SourceFile.read(root / FILE, FILE)
    except OSError:
        return {}, {}
    top = d.as_mapping(
        d.read_data(source), "demonstrations", required=("demonstrations",), optional=()
    )
    found = {}
    for item in d.as_sequence(top.need("demonstrations"), "demonstrations"):
        one = _Reader(project).read(item)
        found[one.name] = one
    return found, {FILE: source}


def _name(variable: x.Variable) -> str:
    is_scene = variable.root is x.Root.SCENE
    return variable.name if is_scene else f"{variable.root.value}.{variable.name}"


class _Reader:
    def __init__(self, project: Project) -> None:
        self._machines = project.models.machines
        self._parties: dict[str, str] = {}
        self._sent: dict[str, tuple[int, str]] = {}

    def read(self, item: d.Data) -> Demonstration:
        node = d.as_mapping(
            item,
            "demonstration",
            required=("demonstration", "words", "parties", "steps", "conclusion"),
            optional=("begins",),
        )
        for entry in d.as_mapping(node.need("parties"), "parties"):
            machine = d.as_scalar(entry.value, "machine")
            self._known(machine, self._machines, "machine")
            self._parties[entry.key.text] = machine.text
        steps: list[Step] = []
        if node.get("begins") is not None:
            begins = d.as_scalar(node.need("begins"), "begins")
            d.as_choice(begins, "begins", ("associated",))
            steps += self._association(begins.span)
        shown: dict[str, int] = {}
        for one in d.as_sequence(node.need("steps"), "steps"):
            step, shown = self._step(one, len(steps) + 1)
            steps.append(step)
        parties = tuple(
            Party(name, machine, self._machines[machine].words)
            for name, machine in self._parties.items()
        )
        name = d.as_scalar(node.need("demonstration"), "demonstration")
        trace = Trace(parties, tuple(steps), (), node.text("conclusion"))
        return Demonstration(name.text, trace, shown, name.span)

    def _step(self, item: d.Data, number: int) -> tuple[Step, dict[str, int]]:
        node = d.as_mapping(
            item,
            "step",
            required=("party", "event", "row", "state"),
            optional=("id", "sends", "sent-by", "clock", "shows"),
        )
        party = d.as_scalar(node.need("party"), "party")
        self._known(party, self._parties, "party")
        machine = self._machines[self._parties[party.text]]
        row = self._row(node, machine)
        state = d.as_scalar(node.need("state"), "state")
        self._known(state, row.sources, "state of the row")
        sends = tuple(self._message(s, machine) for s in _several(node.get("sends")))
        if (id := node.get("id")) is not None:
            self._sent[d.as_text(id, "id")] = (number, party.text)
        shown = {}
        for entry in d.as_mapping(shows, "shows") if (shows := node.get("shows")) else ():
            if not entry.key.text.startswith(SHOWN):
                raise _fault(f'"{entry.key.text}" is nothing that a step shows', entry.key.span)
            shown[entry.key.text] = int(d.as_text(entry.value, "value"))
        clock = node.get("clock")
        fields = [] if clock is None else [("clock", d.as_text(clock, "clock"))]
        fields += [(f"{SHOWS}{name}", str(value)) for name, value in shown.items()]
        return _made(machine, row, number, party.text, state.text, sends,
                     self._origin(node, row), tuple(fields)), shown  # fmt: skip

    def _association(self, span: Span) -> Iterator[Step]:
        """An honest association of native mode, in six steps."""
        roles = {machine: name for name, machine in self._parties.items()}
        if not {"native-client", "native-server"} <= roles.keys():
            raise _fault("an association needs a native-client and a native-server", span)
        client, server = roles["native-client"], roles["native-server"]
        course = (
            (client, "NC-01", "idle", (), None),
            (client, "NC-02", "transport", ("HandshakeReq",), None),
            (server, "NS-01", "listen", (), None),
            (server, "NS-06", "transport", (), (2, client)),
            (server, "NS-08a", "wait-app", ("HandshakeAcc",), None),
            (client, "NC-03", "wait-rsp", (), (5, server)),
        )
        for number, (party, id, state, sends, sender) in enumerate(course, 1):
            machine = self._machines[self._parties[party]]
            row = next((row for row in machine.transitions if row.id == id), None)
            if row is None:
                raise _fault(f'an association needs the row "{id}" of {machine.name}', span)
            origin = None if sender is None else Origin(OriginKind.PEER, sender[1], "", sender[0])
            yield _made(machine, row, number, party, state, sends, origin, ())

    def _row(self, node: d.Mapping, machine: m.Machine) -> m.Transition:
        id = d.as_scalar(node.need("row"), "row")
        rows = {row.id: row for row in machine.transitions}
        self._known(id, rows, f"row of {machine.name}")
        row = rows[id.text]
        event = d.as_scalar(node.need("event"), "event")
        self._known(event, (str(row.event),), f"event of {row.id}")
        return row

    def _message(self, name: d.Scalar, machine: m.Machine) -> str:
        self._known(name, machine.messages.messages, "message")
        return name.text

    def _origin(self, node: d.Mapping, row: m.Transition) -> Origin | None:
        given = node.get("sent-by")
        if given is None:
            return None
        sender = d.as_scalar(given, "sent-by")
        self._known(sender, self._sent, "earlier step that sends")
        number, party = self._sent[sender.text]
        return Origin(OriginKind.PEER, party, "", number)

    @staticmethod
    def _known(scalar: d.Scalar, known: Sequence[str] | Mapping[str, object], what: str) -> None:
        if scalar.text not in known:
            raise _fault(
                f'no {what} "{scalar.text}"', scalar.span, similar_name_help(scalar.text, known)
            )


def _several(item: d.Data | None) -> Iterator[d.Scalar]:
    if isinstance(item, d.Scalar):
        yield item
    elif item is not None:
        for one in d.as_sequence(item, "messages"):
            yield d.as_scalar(one, "message")


def _made(
    machine: m.Machine, row: m.Transition, number: int, party: str, state: str,
    sends: tuple[str, ...], origin: Origin | None, fields: tuple[tuple[str, str], ...],
) -> Step:  # fmt: skip
    body = list(m.actions(row.body))
    told = tuple(a.kind for a in body if isinstance(a, m.Indicate))
    return Step(
        number, party, str(row.event), row.id, "", "", row.clause, state, row.target or state,
        sends, told, any(isinstance(a, m.Deliver) for a in body), origin, fields, row.words,
    )  # fmt: skip


def _fault(text: str, span: Span, help: str | None = None) -> ModelError:
    return ModelError([error("PRP008", text, span, help=help)])
