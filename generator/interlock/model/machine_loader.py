"""Reading one machine file into a checked ``Machine``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, Label, error
from interlock.core.errors import InputError, ModelError
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.bodies import BodyReader, Procedure, unknown, with_sent
from interlock.model.check_lists import WrittenCheckList
from interlock.model.messages import MessageSet
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import Vocabulary, parameters
from interlock.spec.types import Confidence

_KEYS = (
    "machine", "mode", "role", "environment", "clause", "words", "states", "session", "timers",
    "primitives", "reactions", "transitions", "unexpected",
)  # fmt: skip
_ROW_OPTIONAL = ("when", "words", "claim", "checks", "run", "branches", "do")
UNCHANGED = "same"
CONFIDENCES = tuple(letter.value for letter in Confidence)


@dataclass(frozen=True)
class Surroundings:
    """What a machine file refers to."""

    vocabulary: Vocabulary
    messages: Mapping[str, MessageSet]  # by mode
    configs: Mapping[str, Mapping[str, m.ConfigField]]  # by mode
    envelopes: Mapping[str, Mapping[str, m.EnvelopeField]]  # by environment
    check_lists: Mapping[str, WrittenCheckList]


def load_machine(data: d.Data, around: Surroundings) -> m.Machine:
    """Read one file of ``models/machines``.

    Raises:
        InputError: With every finding.
    """
    top = d.as_mapping(
        data, "machine file", required=_KEYS, optional=("requires", "procedures", "conditions")
    )
    return _Loader(top, around).load()


class _Loader:
    def __init__(self, top: d.Mapping, around: Surroundings) -> None:
        self._top = top
        self._around = around
        self._findings: list[Diagnostic] = []
        self._mode = d.as_choice(self._get("mode"), "mode", tuple(around.messages))
        self._role = d.as_choice(self._get("role"), "role", ("client", "server"))
        self._environment = d.as_choice(
            self._get("environment"), "environment", tuple(around.envelopes)
        )
        self._messages = around.messages[self._mode]
        if self._mode not in around.configs:
            raise unknown("configuration", self._mode, around.configs, self._get("mode").span)
        self._config = around.configs[self._mode]
        self._session: dict[str, m.SessionVariable] = {}
        self._timers: dict[str, m.Timer] = {}
        self._primitives: dict[str, m.Primitive] = {}
        self._states: dict[str, m.State] = {}
        self._conditions: dict[str, tuple[x.Expression, str]] = {}
        self._typed_lists: dict[str, m.CheckList] = {}
        self._reactions: dict[tuple[str, str], m.Reaction] = {}

    # --- small readers ---------------------------------------------------------------------

    def _get(self, key: str) -> d.Data:
        return self._top.need(key)

    def _section(self, key: str) -> d.Mapping:
        value = self._top.get(key)
        if value is None:
            return d.Mapping((), self._top.span)
        return d.as_mapping(value, key)

    def _text(self, node: d.Mapping, key: str, default: str = "") -> str:
        value = node.get(key)
        return d.as_text(value, key) if value is not None else default

    def _scope(self, message: str | None = None, primitive: str | None = None) -> Scope:
        roots: dict[x.Root, Mapping[str, t.Type]] = {
            x.Root.CONFIG: {f.name: f.type for f in self._config.values()},
            x.Root.SESSION: {v.name: v.type for v in self._session.values()},
        }
        subject = None
        if message is not None:
            fields = self._messages.messages[message].fields
            roots[x.Root.MESSAGE] = {"well-formed": t.BOOL} | {
                f.name: f.type for f in fields.values()
            }
            envelope = self._around.envelopes[self._environment]
            roots[x.Root.ENVELOPE] = {f.name: f.type for f in envelope.values()}
            subject = t.Message(message)
        if primitive is not None:
            roots[x.Root.ARGUMENT] = {p.name: p.type for p in self._primitives[primitive].arguments}
        return Scope(
            self._around.vocabulary,
            roots,
            subject,
            conditions={name: pair[0] for name, pair in self._conditions.items()},
        )

    # --- the file --------------------------------------------------------------------------

    def load(self) -> m.Machine:
        """Read everything; raise once with every finding."""
        self._read_states()
        self._read_variables()
        if self._findings:
            raise ModelError(self._findings)
        procedures = {
            entry.key.text: Procedure(entry.key.text, _shape(entry, "procedure"))
            for entry in self._section("procedures")
        }
        reader = BodyReader(self._messages, self._session, self._timers, procedures)
        transitions = self._read_transitions(reader)
        faults = self._read_faults(reader)
        if self._findings:
            raise ModelError(self._findings)
        return m.Machine(
            d.as_text(self._get("machine"), "machine"),
            self._mode,
            self._role,
            self._environment,
            d.as_text(self._get("clause"), "clause"),
            d.as_text(self._get("words"), "words"),
            self._states,
            self._session,
            self._config,
            self._around.envelopes[self._environment],
            self._timers,
            self._primitives,
            tuple(self._read_requirements()),
            self._conditions,
            self._typed_lists,
            tuple(transitions),
            faults,
            self._messages,
            tuple(self._unused(reader)),
            self._top.span,
        )

    def _unused(self, reader: BodyReader) -> Iterator[m.Unused]:
        reacted = {name for name, _ in self._reactions}
        for kind, used in (("reaction", reacted), ("procedure", reader.ran)):
            for entry in self._section(f"{kind}s"):
                if entry.key.text not in used:
                    yield m.Unused(kind, entry.key.text, entry.key.span)

    def _read_states(self) -> None:
        for entry in self._section("states"):
            node = d.as_mapping(
                entry.value, "state", required=("clause", "words"), optional=("initial", "final")
            )
            self._states[entry.key.text] = m.State(
                entry.key.text,
                node.get("initial") is not None,
                node.get("final") is not None,
                self._text(node, "clause"),
                self._text(node, "words"),
                entry.key.span,
            )
        for what, count in (
            ("initial", sum(s.is_initial for s in self._states.values())),
            ("final", sum(s.is_final for s in self._states.values())),
        ):
            if count != 1:
                self._findings.append(
                    error(
                        "MDL150",
                        f"{count} {what} states, exactly one is needed",
                        self._get("states").span,
                    )
                )

    def _read_variables(self) -> None:
        words = self._around.vocabulary
        for entry in self._section("session"):
            node = d.as_mapping(entry.value, "variable", required=("type", "words"), optional=())
            kind = node.need("type")
            self._session[entry.key.text] = m.SessionVariable(
                entry.key.text,
                words.type_named(d.as_text(kind, "type"), kind.span),
                self._text(node, "words"),
                entry.key.span,
            )
        for entry in self._section("timers"):
            node = d.as_mapping(
                entry.value, "timer", required=("after", "clause", "words"), optional=()
            )
            after = node.need("after")
            self._timers[entry.key.text] = m.Timer(
                entry.key.text,
                check(d.as_scalar(after, "after"), self._scope(), t.DURATION),
                self._text(node, "clause"),
                self._text(node, "words"),
                entry.key.span,
            )
        for entry in self._section("primitives"):
            node = d.as_mapping(
                entry.value, "primitive", required=("arguments", "words"), optional=()
            )
            self._primitives[entry.key.text] = m.Primitive(
                entry.key.text,
                parameters(node.get("arguments"), words),
                self._text(node, "words"),
                entry.key.span,
            )
        for entry in self._section("conditions"):
            node = d.as_mapping(entry.value, "condition", required=("when", "words"), optional=())
            when = node.need("when")
            self._conditions[entry.key.text] = (
                check(d.as_scalar(when, "when"), self._scope(), t.BOOL),
                self._text(node, "words"),
            )

    def _read_requirements(self) -> list[m.Requirement]:
        out = []
        value = self._top.get("requires")
        for item in d.as_sequence(value, "requires") if value else ():
            node = d.as_mapping(
                item, "requirement", required=("when", "clause", "words"), optional=()
            )
            when = node.need("when")
            condition = check(d.as_scalar(when, "when"), self._scope(), t.BOOL)
            out.append(
                m.Requirement(
                    condition, self._text(node, "clause"), self._text(node, "words"), node.span
                )
            )
        return out

    # --- transitions -----------------------------------------------------------------------

    def _read_transitions(self, reader: BodyReader) -> list[m.Transition]:
        out: list[m.Transition] = []
        seen: dict[str, Span] = {}
        for item in d.as_sequence(self._get("transitions"), "transitions"):
            try:
                for row in self._rows(item, reader):
                    if row.id in seen:
                        raise ModelError(
                            [
                                error(
                                    "MDL151",
                                    f'transition "{row.id}" is there twice',
                                    row.span,
                                    labels=[Label(seen[row.id], "first here")],
                                )
                            ]
                        )
                    seen[row.id] = row.span
                    out.append(row)
            except InputError as problem:
                self._findings.extend(problem.diagnostics)
        return out

    def _rows(self, item: d.Data, reader: BodyReader) -> list[m.Transition]:
        node = d.as_mapping(
            item,
            "transition",
            required=("id", "from", "on", "clause", "confidence", "to"),
            optional=_ROW_OPTIONAL,
        )
        on, row_id = node.need("on"), self._text(node, "id")
        if isinstance(on, d.Mapping):
            return [
                self._row(node, row_id + e.key.text, d.as_scalar(e.value, "on"), reader) for e in on
            ]
        return [self._row(node, row_id, d.as_scalar(on, "on"), reader)]

    def _row(self, node: d.Mapping, row_id: str, on: d.Scalar, reader: BodyReader) -> m.Transition:
        event = self._event(on)
        scope = self._scope(
            event.name if event.kind is m.EventKind.RECEIVE else None,
            event.name if event.kind is m.EventKind.LOCAL else None,
        )
        when, sources, target = node.get("when"), node.need("from"), node.need("to")
        row_checks = node.get("checks")
        uses = tuple(
            self._check_use(d.as_mapping(c, "check use"), event, scope, reader)
            for c in (d.as_sequence(row_checks, "checks") if row_checks else ())
        )
        claim = node.get("claim")
        return m.Transition(
            row_id,
            tuple(self._state(s) for s in d.as_sequence(sources, "from")),
            event,
            check(d.as_scalar(when, "when"), scope, t.BOOL) if when else None,
            uses,
            reader.read(node, with_sent(scope), row_id),
            self._target(target),
            self._text(node, "clause"),
            d.as_choice(node.need("confidence"), "confidence", CONFIDENCES),
            self._text(node, "words"),
            d.as_choice(claim, "claim", ("running", "commit-handshake", "commit-transfer"))
            if claim
            else None,
            node.span,
        )

    def _state(self, data: d.Data) -> str:
        name = d.as_scalar(data, "state")
        if name.text not in self._states:
            raise unknown("state", name.text, self._states, name.span)
        return name.text

    def _target(self, data: d.Data) -> str | None:
        return None if d.as_text(data, "to") == UNCHANGED else self._state(data)

    def _event(self, text: d.Scalar) -> m.Event:
        kind, _, name = text.text.partition(" ")
        known: Mapping[str, Mapping[str, object]] = {
            "receive": self._messages.messages,
            "local": self._primitives,
            "timer": self._timers,
            "transport": {"ready": None, "lost": None},
        }
        if kind not in known:
            raise unknown("kind of event", kind, known, text.span)
        table = known[kind]
        if name not in table:
            raise unknown(f"{kind} event", name, table, text.span)
        return m.Event(m.EventKind(kind), name)

    # --- checks and reactions --------------------------------------------------------------

    def _check_use(
        self, node: d.Mapping, event: m.Event, scope: Scope, reader: BodyReader
    ) -> m.CheckUse:
        d.as_mapping(node, "check use", required=("list", "on-failure"), optional=("with",))
        if event.kind is not m.EventKind.RECEIVE:
            raise ModelError([error("MDL152", "only a received message is checked", node.span)])
        name_node, reaction_node = node.need("list"), node.need("on-failure")
        if isinstance(name_node, d.Mapping):
            by_message = d.as_mapping(name_node, "list", required=(event.name,)).need(event.name)
            name_node = by_message
        checks = self._check_list(d.as_scalar(name_node, "list"), event.name)
        handed = node.get("with")
        given = {
            e.key.text: d.as_scalar(e.value, e.key.text)
            for e in (d.as_mapping(handed, "with") if handed is not None else ())
        }
        arguments = []
        for parameter in checks.parameters:
            if parameter.name not in given:
                raise ModelError(
                    [
                        error(
                            "MDL153",
                            f'check list "{checks.name}" needs "{parameter.name}"',
                            node.span,
                        )
                    ]
                )
            arguments.append(
                (parameter.name, check(given.pop(parameter.name), scope, parameter.type))
            )
        for name, text in given.items():
            raise unknown("parameter", name, [p.name for p in checks.parameters], text.span)
        reaction = self._reaction(d.as_scalar(reaction_node, "on-failure"), event.name, reader)
        return m.CheckUse(checks.name, tuple(arguments), reaction, node.span)

    def _check_list(self, name: d.Scalar, message: str) -> m.CheckList:
        written = self._around.check_lists.get(name.text)
        if written is None:
            raise unknown("check list", name.text, self._around.check_lists, name.span)
        carrier = self._messages.carrier_of(message)
        if written.subject not in (message, carrier):
            raise ModelError(
                [
                    error(
                        "MDL154",
                        f'check list "{name.text}" is for {written.subject}, not for {message}',
                        name.span,
                    )
                ]
            )
        subject = message
        if written.subject != message:
            # a list for a carrier looks only at the envelope: one typed copy serves all messages
            subject = self._messages.carriers[carrier].messages[0]
        key = name.text
        if key not in self._typed_lists:
            protection = self._messages.messages[subject].protection
            diagnostics = {
                "signature": "HandshakeDiagnostics",
                "icv": "DtDiagnostics",
                "encryption": "DtDiagnostics",
            }.get(protection or "")
            self._typed_lists[key] = written.typed(
                written.subject, self._role, diagnostics, self._scope(subject)
            )
        return self._typed_lists[key]

    def _reaction(self, name: d.Scalar, message: str, reader: BodyReader) -> m.Reaction:
        key = (name.text, message)
        if key not in self._reactions:
            table = self._section("reactions")
            node = table.get(name.text)
            if node is None:
                raise unknown("reaction", name.text, table.keys, name.span)
            body = d.as_mapping(
                node, "reaction", required=("words", "to"), optional=("do", "branches", "run")
            )
            scope = with_sent(self._scope(message))
            roots = {**scope.roots, x.Root.FAILURE: {}}
            scope = Scope(scope.vocabulary, roots, scope.message, conditions=scope.conditions)
            target = body.need("to")
            self._reactions[key] = m.Reaction(
                name.text,
                message,
                reader.read(body, scope, name.text),
                self._state(target),
                self._text(body, "words"),
                body.span,
            )
        return self._reactions[key]

    def _read_faults(self, reader: BodyReader) -> dict[str, m.Reaction]:
        node = d.as_mapping(
            self._get("unexpected"),
            "unexpected",
            required=("local", "receive", "timer", "transport"),
            optional=(),
        )
        for key, choice in (("local", "refuse"), ("timer", "ignore"), ("transport", "ignore")):
            d.as_choice(node.need(key), key, (choice,))
        name = d.as_scalar(node.need("receive"), "receive")
        try:
            return {
                message: self._reaction(name, message, reader)
                for message in self._messages.messages
            }
        except InputError as problem:
            self._findings.extend(problem.diagnostics)
            return {}


def _shape(entry: d.Entry, what: str) -> d.Mapping:
    return d.as_mapping(entry.value, what, required=("words",), optional=("do", "branches", "run"))
