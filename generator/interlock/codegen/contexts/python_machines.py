"""The context of a handler module in Python: a machine, row by row."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from interlock.codegen.contexts.python_expressions import empty_value, python, python_type
from interlock.codegen.contexts.python_messages import (
    ImportView,
    config_name,
    enumerations_of,
    imports_of,
    suffix,
    view_name,
)
from interlock.codegen.names.python import attribute_name, class_name, constant_name, member_name
from interlock.ir import handler as ir
from interlock.model import expression as x
from interlock.model import machine as m


@dataclass(frozen=True, slots=True)
class ActionView:
    """One action as the text of statements; ``branches`` instead for a choice."""

    statements: tuple[str, ...]
    branches: tuple[BranchView, ...] = ()


@dataclass(frozen=True, slots=True)
class BranchView:
    """One branch of a choice."""

    keyword: str
    condition: str
    id: str
    actions: tuple[ActionView, ...]


@dataclass(frozen=True, slots=True)
class CheckUseView:
    """A check list in a row and what its failure leads to."""

    call: str
    reaction: str


@dataclass(frozen=True, slots=True)
class RowView:
    """A transition as a method."""

    id: str
    method: str
    parameters: str
    summary: str
    notes: str
    uses_message: bool
    uses_envelope: bool
    uses_config: bool
    uses_session: bool
    uses_services: bool
    uses_sent: bool
    checks: tuple[CheckUseView, ...]
    actions: tuple[ActionView, ...]
    sources: str
    event: str
    target: str
    clause: str
    target_name: str | None


@dataclass(frozen=True, slots=True)
class GuardView:
    """A row with the condition under which it is taken."""

    keyword: str
    condition: str
    call: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """What an event does in some states."""

    states: str
    guards: tuple[GuardView, ...]
    is_guarded: bool
    call: str
    otherwise: str


@dataclass(frozen=True, slots=True)
class DispatchView:
    """An event and its cases."""

    name: str
    method: str
    view: str
    words: str
    parameters: str
    arguments: str
    bound: str
    cases: tuple[CaseView, ...]
    fallback: str
    event: str
    uses_envelope: bool
    uses_services: bool
    uses_session: bool
    uses_config: bool


@dataclass(frozen=True, slots=True)
class CheckView:
    """A check."""

    id: str
    constant: str
    condition: str
    comment: str
    arguments: str


@dataclass(frozen=True, slots=True)
class CheckListView:
    """A list of checks as a function."""

    function: str
    parameters: str
    words: str
    clause: str
    checks: tuple[CheckView, ...]
    uses: str


@dataclass(frozen=True, slots=True)
class NamedView:
    """A name with what belongs to it."""

    name: str
    value: str
    words: str
    clause: str


@dataclass(frozen=True, slots=True)
class ConditionView:
    """A named condition as a method."""

    name: str
    value: str
    words: str
    uses_config: bool
    uses_session: bool
    uses_envelope: bool = False
    uses_services: bool = False


@dataclass(frozen=True, slots=True)
class EventView:
    """A security event."""

    constant: str
    id: str
    mnemonic: str | None
    severity: str
    title: str


@dataclass(frozen=True, slots=True)
class DiagnosticsView:
    """Events by received diagnostic of one event group."""

    constant: str
    alarm: str
    rows: tuple[NamedView, ...]


@dataclass(frozen=True, slots=True)
class MachineContext:
    """Context of ``handlers/<machine>.py``."""

    header: str
    name: str
    class_name: str
    words: str
    clause: str
    mode: str
    role: str
    config: str
    messages_module: str
    imports: tuple[ImportView, ...]
    states: tuple[NamedView, ...]
    initial: str
    final: str
    session: tuple[NamedView, ...]
    requirements: tuple[NamedView, ...]
    conditions: tuple[ConditionView, ...]
    timers: tuple[NamedView, ...]
    receives: tuple[DispatchView, ...]
    locals: tuple[DispatchView, ...]
    timer_events: tuple[DispatchView, ...]
    transport_events: tuple[DispatchView, ...]
    rows: tuple[RowView, ...]
    reactions: tuple[RowView, ...]
    checks_module: str


@dataclass(frozen=True, slots=True)
class ChecksContext:
    """Context of ``handlers/<machine>_checks.py``."""

    header: str
    name: str
    mode: str
    config: str
    module: str
    imports: tuple[ImportView, ...]
    events: tuple[EventView, ...]
    diagnostics: tuple[DiagnosticsView, ...]
    session: tuple[NamedView, ...]
    lists: tuple[CheckListView, ...]


class MachineBuilder:
    """Builds both contexts of one machine."""

    def __init__(self, source: ir.MachineIR, vocabulary: ir.VocabularyIR) -> None:
        self._source = source
        self._machine = source.machine
        self._empty = {e.name: e.names for e in vocabulary.enumerations}
        self._reactions: dict[tuple[str, str], m.Reaction] = {}
        self._imports: set[tuple[str, str]] = set()

    # --- the checks module -------------------------------------------------------------------

    def checks(self) -> ChecksContext:
        """The context of the checks, events and session of the machine."""
        machine = self._machine
        self._imports = set()
        lists = tuple(self._check_list(c) for c in machine.check_lists.values())
        session = self._session()
        return ChecksContext(
            header="",
            name=machine.name,
            mode=machine.mode,
            config=config_name(machine.mode),
            module=attribute_name(machine.name),
            imports=imports_of(self._imports),
            events=tuple(
                EventView(_event(e.id), e.id, e.mnemonic, e.severity.upper(), e.title)
                for e in self._source.events.values()
            ),
            diagnostics=tuple(
                self._diagnostics(group, rows) for group, rows in self._source.diagnostics.items()
            ),
            session=session,
            lists=lists,
        )

    def _session(self) -> tuple[NamedView, ...]:
        out = []
        for variable in self._machine.session.values():
            annotation = python_type(variable.type)
            for name in enumerations_of(variable.type):
                self._word(name)
            if annotation.endswith("| None"):
                name = annotation.removesuffix(" | None")
                self._imports.add(("iec62351_4.handlers.services", name))
            out.append(
                NamedView(
                    attribute_name(variable.name),
                    f"{annotation} = {empty_value(variable.type, self._empty)}",
                    variable.words,
                    "",
                )
            )
        return tuple(out)

    def _diagnostics(self, group: str, rows: tuple[tuple[str, str], ...]) -> DiagnosticsView:
        enumeration = self._diagnostic_type(group)
        self._word(enumeration)
        return DiagnosticsView(
            f"DIAGNOSTICS_{_event(group).removeprefix('EVENT_')}",
            _event(f"{group}.11"),
            tuple(
                NamedView(f"{enumeration}.{member_name(name)}", _event(event), "", "")
                for name, event in rows
            ),
        )

    def _diagnostic_type(self, group: str) -> str:
        return "DtDiagnostics" if group.endswith(":6") else "HandshakeDiagnostics"

    def _check_list(self, source: m.CheckList) -> CheckListView:
        messages = self._machine.messages.messages
        subject = source.message if source.message in messages else None
        view = view_name(subject) if subject else "ReceivedMessage"
        if subject:
            self._imports.add((self._messages_module, view))
        parameters = [f"m: {view}", "e: OSIView"]
        parameters += [f"c: {config_name(self._machine.mode)}", "s: Session", "now: int"]
        parameters += ["services: Services"]
        for parameter in source.parameters:
            annotation = python_type(parameter.type)
            if annotation.endswith("| None"):
                name = annotation.removesuffix(" | None")
                self._imports.add(("iec62351_4.handlers.services", name))
            parameters.append(f"{attribute_name(parameter.name)}: {annotation}")
        texts = [check.fails_when for check in source.checks]
        used = _roots(texts)
        unused = [
            name
            for name, needed in (
                ("m", used.message), ("e", used.envelope), ("c", used.config),
                ("s", used.session), ("now", used.now), ("services", used.services),
            )
            if not needed
        ]  # fmt: skip
        return CheckListView(
            f"check_{attribute_name(source.name)}",
            ", ".join(parameters),
            source.words,
            source.clause,
            tuple(self._check(c, source) for c in source.checks),
            ", ".join(unused),
        )

    def _check(self, source: m.Check, within: m.CheckList) -> CheckView:
        self._words_in(source.fails_when)
        arguments = [f"{source.id!r}", f"{source.words!r}"]
        if source.event:
            arguments.append(f"event={_event(source.event)}")
        if source.diagnostic:
            enumeration = self._list_diagnostics(within)
            self._word(enumeration)
            arguments.append(f"diagnostic={enumeration}.{member_name(source.diagnostic)}")
        if source.acse:
            self._word("AcseDiagnostic")
            arguments.append(f"acse=AcseDiagnostic.{member_name(source.acse)}")
        assumption = f", {source.assumption}" if source.assumption else ""
        return CheckView(
            source.id,
            constant_name(source.id),
            python(source.fails_when),
            f"{source.id} ({source.clause}, {source.confidence}{assumption}): {source.words}",
            ", ".join(arguments),
        )

    def _list_diagnostics(self, source: m.CheckList) -> str:
        message = self._machine.messages.messages.get(source.message)
        protection = message.protection if message else None
        return "DtDiagnostics" if protection in ("icv", "encryption") else "HandshakeDiagnostics"

    # --- the machine module ------------------------------------------------------------------

    def machine(self) -> MachineContext:
        """The context of the machine itself."""
        machine = self._machine
        self._imports = set()
        rows = tuple(self._row(row) for row in machine.transitions)
        receives = tuple(self._receive(name) for name in machine.messages.messages)
        local_events = tuple(self._local(p) for p in machine.primitives.values())
        timer_events = tuple(self._timer(timer) for timer in machine.timers.values())
        transport = tuple(self._transport(name) for name in ("ready", "lost"))
        reactions = tuple(self._reaction(r) for r in self._reactions.values())
        for requirement in machine.requirements:
            self._words_in(requirement.condition)
        for condition, _ in machine.conditions.values():
            self._words_in(condition)
        return MachineContext(
            header="",
            name=machine.name,
            class_name=class_name((machine.name,)),
            words=machine.words,
            clause=machine.clause,
            mode=machine.mode,
            role=machine.role,
            config=config_name(machine.mode),
            messages_module=self._messages_module,
            imports=imports_of(self._imports),
            states=tuple(
                NamedView(member_name(s.name), s.name, s.words, s.clause)
                for s in machine.states.values()
            ),
            initial=member_name(machine.initial),
            final=next(member_name(s.name) for s in machine.states.values() if s.is_final),
            session=(),
            requirements=tuple(
                NamedView("", python(r.condition), r.words, r.clause) for r in machine.requirements
            ),
            conditions=tuple(
                ConditionView(
                    attribute_name(name),
                    python(condition),
                    words,
                    _roots([condition]).config,
                    _roots([condition]).session,
                )
                for name, (condition, words) in machine.conditions.items()
            ),
            timers=tuple(
                NamedView(t.name, python(t.after), t.words, t.clause)
                for t in machine.timers.values()
            ),
            receives=receives,
            locals=local_events,
            timer_events=timer_events,
            transport_events=transport,
            rows=rows,
            reactions=reactions,
            checks_module=f"iec62351_4.handlers.{attribute_name(machine.name)}_checks",
        )

    @property
    def _messages_module(self) -> str:
        return f"iec62351_4.handlers.{attribute_name(self._machine.mode)}_messages"

    @property
    def _checks_module(self) -> str:
        return f"iec62351_4.handlers.{attribute_name(self._machine.name)}_checks"

    # --- events ------------------------------------------------------------------------------

    def _receive(self, message: str) -> DispatchView:
        view = view_name(message)
        self._imports.add((self._messages_module, view))
        fault = self._note(self._machine.faults[message])
        return self._dispatch(
            m.Event(m.EventKind.RECEIVE, message),
            f"_receive_{suffix(message)}",
            view,
            self._machine.messages.messages[message].words,
            f"m: {view}, now: int",
            "m, now",
            "m",
            f"self.{fault}(m, now)",
        )

    def _local(self, primitive: m.Primitive) -> DispatchView:
        pairs = [(attribute_name(p.name), python_type(p.type)) for p in primitive.arguments]
        parameters = ", ".join([f"{n}: {t}" for n, t in pairs] + ["now: int"])
        arguments = ", ".join([n for n, _ in pairs] + ["now"])
        name = attribute_name(primitive.name)
        return self._dispatch(
            m.Event(m.EventKind.LOCAL, primitive.name),
            name,
            "",
            primitive.words,
            parameters,
            arguments,
            "",
            f'self._refuse_call("{primitive.name}")',
        )

    def _timer(self, timer: m.Timer) -> DispatchView:
        return self._dispatch(
            m.Event(m.EventKind.TIMER, timer.name),
            f"_timer_{attribute_name(timer.name)}",
            "", timer.words, "now: int", "now", "", "pass",
        )  # fmt: skip

    def _transport(self, name: str) -> DispatchView:
        words = {"ready": "the transport is there", "lost": "the transport is gone"}[name]
        return self._dispatch(
            m.Event(m.EventKind.TRANSPORT, name),
            f"transport_{name}",
            "", words, "now: int", "now", "", "pass",
        )  # fmt: skip

    def _dispatch(
        self,
        event: m.Event,
        method: str,
        view: str,
        words: str,
        parameters: str,
        arguments: str,
        bound: str,
        fallback: str,
    ) -> DispatchView:
        groups: dict[tuple[str, ...], list[str]] = {}
        by_rows: dict[tuple[str, ...], tuple[m.Transition, ...]] = {}
        for state in self._machine.states:
            rows = self._machine.transitions_from(state, event)
            if rows:
                key = tuple(r.id for r in rows)
                groups.setdefault(key, []).append(f"State.{member_name(state)}")
                by_rows[key] = rows
        cases = tuple(
            self._case(states, by_rows[key], arguments) for key, states in groups.items()
        )
        guards = [
            row.when for rows in by_rows.values() for row in rows if row.when is not None
        ]
        for guard in guards:
            self._words_in(guard)
        used = _roots(guards)
        return DispatchView(
            event.name, method, view, words, parameters, arguments, bound, cases, fallback,
            str(event), used.envelope, used.services, used.session, used.config,
        )  # fmt: skip

    def _case(
        self, states: list[str], rows: tuple[m.Transition, ...], arguments: str
    ) -> CaseView:
        calls = [f"self.{_method(row.id)}({arguments})" for row in rows]
        guards = tuple(
            GuardView("if" if n == 0 else "elif", python(row.when), call)
            for n, (row, call) in enumerate(zip(rows, calls, strict=True))
            if row.when is not None
        )
        event = rows[0].event
        otherwise = f'self._hole("{event}")'
        if event.kind is m.EventKind.LOCAL:
            otherwise = f'self._refuse_call("{event.name}")'
        return CaseView(" | ".join(states), guards, bool(guards), calls[0], otherwise)

    # --- rows and reactions ------------------------------------------------------------------

    def _row(self, row: m.Transition) -> RowView:
        checks = tuple(self._check_use(use) for use in row.checks)
        actions = self._actions(row.body)
        expressions = [e for use in row.checks for _, e in use.arguments]
        expressions += _expressions(row.body)
        used = _roots(expressions, row.body)
        has_checks = bool(row.checks)
        target = f"State.{member_name(row.target)}" if row.target else "self._state"
        sources = ", ".join(row.sources)
        words = f": {row.words}" if row.words else ""
        return RowView(
            row.id,
            _method(row.id),
            self._row_parameters(row.event),
            f"{row.id}{words}",
            f"{sources} -> {row.target or 'same state'} on {row.event}. "
            f"Source: {row.clause} ({row.confidence}).",
            used.message or has_checks,
            used.envelope or has_checks,
            used.config or has_checks,
            used.session or has_checks,
            used.services or has_checks,
            used.sent,
            checks,
            actions,
            _tuple(row.sources),
            str(row.event),
            target,
            row.clause,
            row.target,
        )

    def _row_parameters(self, event: m.Event) -> str:
        match event.kind:
            case m.EventKind.RECEIVE:
                return f"m: {view_name(event.name)}, now: int"
            case m.EventKind.LOCAL:
                arguments = self._machine.primitives[event.name].arguments
                pairs = [f"{attribute_name(p.name)}: {python_type(p.type)}" for p in arguments]
                return ", ".join([*pairs, "now: int"])
            case _:
                return "now: int"

    def _check_use(self, use: m.CheckUse) -> CheckUseView:
        function = f"check_{attribute_name(use.list)}"
        self._imports.add((self._checks_module, function))
        arguments = ["m", "e", "c", "s", "now", "services"]
        arguments += [f"{attribute_name(n)}={python(e)}" for n, e in use.arguments]
        method = self._note(use.reaction)
        given = "m, now, failure" if _needs_failure(use.reaction) else "m, now"
        return CheckUseView(f"{function}({', '.join(arguments)})", f"{method}({given})")

    def _note(self, reaction: m.Reaction) -> str:
        """Remember a reaction; its method's name."""
        self._reactions.setdefault((reaction.name, reaction.message), reaction)
        return f"_{attribute_name(reaction.name)}_{suffix(reaction.message)}"

    def _reaction(self, reaction: m.Reaction) -> RowView:
        actions = self._actions(reaction.body)
        used = _roots(_expressions(reaction.body), reaction.body)
        message = f"m: {view_name(reaction.message)}, now: int"
        return RowView(
            reaction.name,
            f"_{attribute_name(reaction.name)}_{suffix(reaction.message)}",
            f"{message}, failure: Failure" if _needs_failure(reaction) else message,
            f"{reaction.name}: {reaction.words}",
            "",
            used.message, used.envelope, used.config, used.session, used.services, used.sent,
            (),
            actions,
            "", "",
            f"State.{member_name(reaction.target)}",
            "",
            reaction.target,
        )  # fmt: skip

    # --- actions -----------------------------------------------------------------------------

    def _actions(self, body: m.Body) -> tuple[ActionView, ...]:
        return tuple(self._action(action) for action in body)

    def _action(self, action: m.Action) -> ActionView:
        for expression in _expressions((action,)):
            self._words_in(expression)
        match action:
            case m.Set(variable=variable, value=value):
                return ActionView((f"s.{attribute_name(variable)} = {python(value)}",))
            case m.Send():
                return ActionView(self._send(action))
            case m.SendEnvelope():
                return ActionView((self._send_envelope(action),))
            case m.Deliver(octets=octets):
                return ActionView((f"self._deliver({python(octets)})",))
            case m.Indicate():
                return ActionView((self._indicate(action),))
            case m.Log(event=None):
                return ActionView(("self._log_failure(failure, now)",))
            case m.Log(event=event):
                constant = _event(event or "")
                self._imports.add((self._checks_module, constant))
                return ActionView((f"self._log({constant}, now, {{}})",))
            case m.LogDiagnostic():
                return ActionView(self._log_diagnostic(action))
            case m.StartTimer(timer=timer):
                after = python(self._machine.timers[timer].after)
                self._imports.add(("iec62351_4.handlers.outputs", "StartTimer"))
                return ActionView((f'self._output(StartTimer("{timer}", now + {after}))',))
            case m.StopTimer(timer=timer):
                self._imports.add(("iec62351_4.handlers.outputs", "StopTimer"))
                return ActionView((f'self._output(StopTimer("{timer}"))',))
            case m.Call(operation=operation):
                return ActionView((python(operation),))
            case m.Connect(secure=secure):
                self._imports.add(("iec62351_4.handlers.outputs", "Connect"))
                return ActionView((f"self._output(Connect({python(secure)}))",))
            case m.Close():
                self._imports.add(("iec62351_4.handlers.outputs", "Close"))
                return ActionView(("self._output(Close())",))
            case m.Choose(branches=branches):
                return ActionView(
                    (),
                    tuple(
                        BranchView(
                            "if" if n == 0 else "elif",
                            python(b.when),
                            b.id,
                            self._actions(b.body),
                        )
                        for n, b in enumerate(branches)
                    ),
                )

    def _send(self, action: m.Send) -> tuple[str, ...]:
        message = self._source.messages.named(action.message)
        builder = f"build_{suffix(action.message)}"
        self._imports.add((self._messages_module, builder))
        given = [f"{attribute_name(n)}={python(e)}" for n, e in action.fields]
        if message.protection in ("icv", "encryption"):
            given += ["keys=s.send_keys", "icv_algorithm=s.icv_algorithm"]
        if message.protection == "encryption":
            given.append("protection=s.protection")
        build = f"sent = {builder}(services, {', '.join(given)})"
        carried = "authentication_value" if not self._is_secpdu(message) else "secpdu"
        extras = [f"{carried}=sent.octets", *self._envelope(action.envelope)]
        stated = {name for name, _ in action.envelope}
        defaults = self._source.defaults.get(action.message)
        if defaults is not None and defaults.result is not None and "result" not in stated:
            self._word("AssociateResult")
            name = {0: "accepted", 1: "rejected_permanent", 2: "rejected_transient"}
            extras.append(f"result=AssociateResult.{name[defaults.result]}")
        elif action.carrier == "AARE" and "result" not in stated:
            self._word("AssociateResult")
            extras.append("result=AssociateResult.accepted")
        return (build, self._compose(action.carrier, extras))

    def _is_secpdu(self, message: ir.MessageIR) -> bool:
        return self._machine.mode == "native" and bool(message.pdu)

    def _send_envelope(self, action: m.SendEnvelope) -> str:
        return self._compose(action.carrier, self._envelope(action.envelope))

    def _compose(self, carrier: str, extras: list[str]) -> str:
        arguments = ", ".join(
            [f"Carrier.{carrier}", f'"{self._machine.mode}"', "services", *extras]
        )
        return f"self._send(compose({arguments}))"

    def _envelope(self, values: tuple[tuple[str, x.Expression], ...]) -> list[str]:
        return [f"{attribute_name(name)}={python(value)}" for name, value in values]

    def _indicate(self, action: m.Indicate) -> str:
        self._imports.add(("iec62351_4.handlers.outputs", "Indication"))
        arguments = [f"Indication.{constant_name(action.kind)}"]
        if action.octets is not None:
            arguments.append(f"octets={python(action.octets)}")
        if action.reason is not None:
            arguments.append(f'reason="{action.reason}"')
        return f"self._indicate({', '.join(arguments)})"

    def _log_diagnostic(self, action: m.LogDiagnostic) -> tuple[str, ...]:
        table = f"DIAGNOSTICS_{_event(action.group).removeprefix('EVENT_')}"
        alarm = _event(f"{action.group}.11")
        self._imports.update({(self._checks_module, table), (self._checks_module, alarm)})
        diagnostic, present = python(action.diagnostic), python(action.present)
        return (
            f"event = {table}.get({diagnostic}) if {present} else {alarm}",
            f'self._log(event, now, {{"diagnostic": {diagnostic}.value}})',
        )

    # --- imports -----------------------------------------------------------------------------

    def _word(self, name: str) -> None:
        self._imports.add(("iec62351_4.handlers.vocabulary", name))

    def _words_in(self, expression: x.Expression) -> None:
        for node in x.walk(expression):
            if isinstance(node, x.EnumLiteral):
                self._word(node.type.name)


@dataclass(frozen=True, slots=True)
class _Used:
    message: bool
    envelope: bool
    config: bool
    session: bool
    services: bool
    sent: bool
    now: bool


def _roots(expressions: Iterable[x.Expression], body: m.Body = ()) -> _Used:
    nodes = [node for e in expressions for node in _flat(e)]
    roots = {n.root for n in nodes if isinstance(n, x.Variable)}
    acts = list(m.actions(body))
    sends = [a for a in acts if isinstance(a, m.Send)]
    composes = bool(sends) or any(isinstance(a, m.SendEnvelope) for a in acts)
    protected = any(a.message in ("ClearTransfer", "EncrTransfer") for a in sends)
    served = any(
        isinstance(n, x.Variable)
        and n.root is x.Root.CONFIG
        and n.name in ("certificate", "certification-path")
        for n in nodes
    )
    timers = any(isinstance(a, m.StartTimer) for a in acts)
    config = timers or any(
        isinstance(n, x.Variable)
        and n.root is x.Root.CONFIG
        and n.name not in ("certificate", "certification-path")
        for n in nodes
    )
    calls = any(isinstance(n, x.PredicateCall | x.OperationCall) for n in nodes)
    return _Used(
        message=x.Root.MESSAGE in roots,
        envelope=x.Root.ENVELOPE in roots,
        config=config,
        session=x.Root.SESSION in roots or protected or any(isinstance(a, m.Set) for a in acts),
        services=calls or composes or served,
        sent=x.Root.SENT in roots,
        now=x.Root.NOW in roots,
    )


def _flat(expression: x.Expression) -> Iterable[x.Expression]:
    """All nodes, without those behind a named condition: it is a method of its own."""
    yield expression
    if not isinstance(expression, x.NamedCondition):
        for child in x.children(expression):
            yield from _flat(child)


def _expressions(body: m.Body) -> list[x.Expression]:
    out: list[x.Expression] = []
    for action in m.actions(body):
        match action:
            case m.Set(value=value):
                out.append(value)
            case m.Send():
                out += [e for _, e in action.fields] + [e for _, e in action.envelope]
            case m.SendEnvelope():
                out += [e for _, e in action.envelope]
            case m.Deliver(octets=octets):
                out.append(octets)
            case m.Indicate() if action.octets is not None:
                out.append(action.octets)
            case m.LogDiagnostic():
                out += [action.diagnostic, action.present]
            case m.Call(operation=operation):
                out.append(operation)
            case m.Connect(secure=secure):
                out.append(secure)
            case m.Choose(branches=branches):
                out += [b.when for b in branches]
            case _:
                pass
    return out


def _tuple(names: tuple[str, ...]) -> str:
    """Inside of a tuple display; a comma behind several would spread it over lines."""
    text = ", ".join(f'"{name}"' for name in names)
    return text + "," if len(names) == 1 else text


def _needs_failure(reaction: m.Reaction) -> bool:
    """Whether a reaction looks at the check that failed; not one to an unexpected PDU."""
    logs = any(isinstance(a, m.Log) and a.event is None for a in m.actions(reaction.body))
    return logs or any(
        isinstance(node, x.Variable) and node.root is x.Root.FAILURE and reaction.name != "fault"
        for expression in _expressions(reaction.body)
        for node in x.walk(expression)
    )


def _method(row: str) -> str:
    return "_" + attribute_name(row).lower().replace(".", "_")


def _event(id: str) -> str:
    """``IEC62351-4:2.13`` is ``EVENT_2_13``; another domain is spelled out."""
    domain, _, number = id.partition(":")
    short = "" if domain == "IEC62351-4" else domain.replace("-", "_") + "_"
    return f"EVENT_{short}{number.replace('.', '_')}"
