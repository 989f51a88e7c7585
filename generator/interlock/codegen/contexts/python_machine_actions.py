"""Actions of a machine as Python statements, with the imports that they need."""

from __future__ import annotations

from interlock.codegen.contexts.python_expressions import python
from interlock.codegen.contexts.python_machine_use import expressions_of
from interlock.codegen.contexts.python_machine_views import ActionView, BranchView
from interlock.codegen.contexts.python_messages import suffix
from interlock.codegen.names.python import attribute_name, constant_name
from interlock.ir import handler as ir
from interlock.model import expression as x
from interlock.model import machine as m


class ActionBuilder:
    """Prints actions of one machine and notes what has to be imported."""

    def __init__(self, source: ir.MachineIR, vocabulary: ir.VocabularyIR) -> None:
        self._source = source
        self._machine = source.machine
        self._empty = {e.name: e.names for e in vocabulary.enumerations}
        self._imports: set[tuple[str, str]] = set()

    @property
    def _messages_module(self) -> str:
        return f"iec62351_4.handlers.{attribute_name(self._machine.mode)}_messages"

    @property
    def _checks_module(self) -> str:
        return f"iec62351_4.handlers.{attribute_name(self._machine.name)}_checks"

    # --- actions -----------------------------------------------------------------------------

    def actions(self, body: m.Body) -> tuple[ActionView, ...]:
        return tuple(self._action(action) for action in body)

    def _action(self, action: m.Action) -> ActionView:
        for expression in expressions_of((action,)):
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
                constant = event_constant(event or "")
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
                            self.actions(b.body),
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
        table = f"DIAGNOSTICS_{event_constant(action.group).removeprefix('EVENT_')}"
        alarm = event_constant(f"{action.group}.11")
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


def event_constant(id: str) -> str:
    """``IEC62351-4:2.13`` is ``EVENT_2_13``; another domain is spelled out."""
    domain, _, number = id.partition(":")
    short = "" if domain == "IEC62351-4" else domain.replace("-", "_") + "_"
    return f"EVENT_{short}{number.replace('.', '_')}"
