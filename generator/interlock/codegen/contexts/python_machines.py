"""The context of a handler module in Python: a machine, row by row."""

from __future__ import annotations

from interlock.codegen.contexts.python_expressions import python, python_type
from interlock.codegen.contexts.python_machine_actions import ActionBuilder
from interlock.codegen.contexts.python_machine_use import (
    expressions_of,
    needs_failure,
    roots_of,
)
from interlock.codegen.contexts.python_machine_views import (
    CaseView,
    CheckUseView,
    ConditionView,
    DispatchView,
    GuardView,
    MachineContext,
    NamedView,
    RowView,
)
from interlock.codegen.contexts.python_messages import (
    config_name,
    imports_of,
    suffix,
    view_name,
)
from interlock.codegen.names.python import attribute_name, class_name, member_name
from interlock.ir import handler as ir
from interlock.model import machine as m
from interlock.model import types as t

_SECRET_TYPES = ("Keys", "DHKeyPairs")


class MachineBuilder(ActionBuilder):
    """Builds the context of the handler module of one machine."""

    def __init__(self, source: ir.MachineIR, vocabulary: ir.VocabularyIR) -> None:
        super().__init__(source, vocabulary)
        self._reactions: dict[tuple[str, str], m.Reaction] = {}

    def context(self) -> MachineContext:
        """The context of the machine itself."""
        machine = self._machine
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
            secrets=_tuple(
                tuple(
                    attribute_name(v.name)
                    for v in machine.session.values()
                    if isinstance(v.type, t.Opaque) and v.type.name in _SECRET_TYPES
                )
            ),
            requirements=tuple(
                NamedView("", python(r.condition), r.words, r.clause) for r in machine.requirements
            ),
            conditions=tuple(
                ConditionView(
                    attribute_name(name),
                    python(condition),
                    words,
                    roots_of([condition]).config,
                    roots_of([condition]).session,
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
        cases = tuple(self._case(states, by_rows[key], arguments) for key, states in groups.items())
        guards = [row.when for rows in by_rows.values() for row in rows if row.when is not None]
        for guard in guards:
            self._words_in(guard)
        used = roots_of(guards)
        return DispatchView(
            event.name, method, view, words, parameters, arguments, bound, cases, fallback,
            str(event), used.envelope, used.services, used.session, used.config,
        )  # fmt: skip

    def _case(self, states: list[str], rows: tuple[m.Transition, ...], arguments: str) -> CaseView:
        calls = [f"self.{row_method(row.id)}({arguments})" for row in rows]
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
        actions = self.actions(row.body)
        expressions = [e for use in row.checks for _, e in use.arguments]
        expressions += expressions_of(row.body)
        used = roots_of(expressions, row.body)
        has_checks = bool(row.checks)
        target = f"State.{member_name(row.target)}" if row.target else "self._state"
        sources = ", ".join(row.sources)
        words = f": {row.words}" if row.words else ""
        return RowView(
            row.id,
            row_method(row.id),
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
        given = "m, now, failure" if needs_failure(use.reaction) else "m, now"
        return CheckUseView(f"{function}({', '.join(arguments)})", f"{method}({given})")

    def _note(self, reaction: m.Reaction) -> str:
        """Remember a reaction; its method's name."""
        self._reactions.setdefault((reaction.name, reaction.message), reaction)
        return f"_{attribute_name(reaction.name)}_{suffix(reaction.message)}"

    def _reaction(self, reaction: m.Reaction) -> RowView:
        actions = self.actions(reaction.body)
        used = roots_of(expressions_of(reaction.body), reaction.body)
        message = f"m: {view_name(reaction.message)}, now: int"
        return RowView(
            reaction.name,
            f"_{attribute_name(reaction.name)}_{suffix(reaction.message)}",
            f"{message}, failure: Failure" if needs_failure(reaction) else message,
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


def _tuple(names: tuple[str, ...]) -> str:
    """Inside of a tuple display; a comma behind several would spread it over lines."""
    text = ", ".join(f'"{name}"' for name in names)
    return text + "," if len(names) == 1 else text


def row_method(row: str) -> str:
    return "_" + attribute_name(row).lower().replace(".", "_")
