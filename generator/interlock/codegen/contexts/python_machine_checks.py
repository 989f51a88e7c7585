"""The context of a checks module in Python: checks, events and session of a machine."""

from __future__ import annotations

from interlock.codegen.contexts.python_expressions import empty_value, python, python_type
from interlock.codegen.contexts.python_machine_actions import ActionBuilder, event_constant
from interlock.codegen.contexts.python_machine_use import roots_of
from interlock.codegen.contexts.python_machine_views import (
    CheckListView,
    ChecksContext,
    CheckView,
    DiagnosticsView,
    EventView,
    NamedView,
)
from interlock.codegen.contexts.python_messages import (
    config_name,
    enumerations_of,
    imports_of,
    view_name,
)
from interlock.codegen.names.python import attribute_name, constant_name, member_name
from interlock.model import machine as m


class ChecksBuilder(ActionBuilder):
    """Builds the context of the checks module of one machine."""

    def context(self) -> ChecksContext:
        """The context of the checks, events and session of the machine."""
        machine = self._machine
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
                EventView(event_constant(e.id), e.id, e.mnemonic, e.severity.upper(), e.title)
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
            f"DIAGNOSTICS_{event_constant(group).removeprefix('EVENT_')}",
            event_constant(f"{group}.11"),
            tuple(
                NamedView(f"{enumeration}.{member_name(name)}", event_constant(event), "", "")
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
        used = roots_of(texts)
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
            arguments.append(f"event={event_constant(source.event)}")
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
