"""Reading action bodies: what a transition, branch, procedure or reaction does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from interlock.core import data as d
from interlock.core.diagnostics import error, similar_name_help
from interlock.core.errors import ModelError
from interlock.core.source import Span
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Message, MessageSet
from interlock.model.typecheck import Scope, check

# What may be said about the EnvPDU that is sent.
ENVELOPE_FIELDS: Mapping[str, t.Type] = {
    "result": t.Enum("AssociateResult"),
    "acse-diagnostic": t.Enum("AcseDiagnostic"),
    "abort-source": t.Enum("AbortSource"),
    "abort-diagnostic": t.Enum("AbortDiagnostic"),
    "user-data": t.OCTETS,
}
CARRIERS = ("AARQ", "AARE", "RLRQ", "RLRE", "ABRT", "DATA")
INDICATIONS = ("associated", "associate-requested", "rejected", "aborted", "released", "rekeyed")
_SENT: Mapping[str, t.Type] = {"content": t.OCTETS, "token2-content": t.OCTETS}


@dataclass(frozen=True)
class Procedure:
    """A named body, not typed yet: it is typed where it runs."""

    name: str
    data: d.Mapping


@dataclass(frozen=True)
class BodyReader:
    """Reads bodies for one machine."""

    messages: MessageSet
    session: Mapping[str, m.SessionVariable]
    timers: Mapping[str, m.Timer]
    procedures: Mapping[str, Procedure]
    ran: set[str] = field(default_factory=set)  # procedures that something runs
    running: list[str] = field(default_factory=list)  # those being read, outermost first

    def read(self, source: d.Mapping, scope: Scope, label: str) -> m.Body:
        """The body under the keys ``run``, ``branches`` and ``do``, carried out in that order.

        ``label`` is the id of the transition; branch ids are made from it.
        """
        body: list[m.Action] = []
        run = source.get("run")
        if run is not None:
            body.extend(self._run(d.as_scalar(run, "run"), scope, label))
        branches = source.get("branches")
        if branches is not None:
            body.append(self._choose(d.as_sequence(branches, "branches"), scope, label))
        steps = source.get("do")
        for item in d.as_sequence(steps, "do") if steps is not None else ():
            body.extend(self._action(d.as_mapping(item, "action"), scope, label))
        return tuple(body)

    def _run(self, name: d.Scalar, scope: Scope, label: str) -> m.Body:
        procedure = self.procedures.get(name.text)
        if procedure is None:
            raise unknown("procedure", name.text, self.procedures, name.span)
        if name.text in self.running:
            chain = " -> ".join([*self.running, name.text])
            raise ModelError([error("MDL135", f"a procedure runs itself: {chain}", name.span)])
        self.ran.add(name.text)
        self.running.append(name.text)
        try:
            return self.read(procedure.data, scope, label)
        finally:
            self.running.pop()

    def _choose(self, items: d.Sequence, scope: Scope, label: str) -> m.Choose:
        branches = []
        for item in items:
            node = d.as_mapping(item, "branch", required=("id", "when"), optional=("do", "run"))
            when, name = node.need("when"), node.need("id")
            branch_id = f"{label}.{d.as_text(name, 'id')}"
            branches.append(
                m.Branch(
                    branch_id,
                    check(d.as_scalar(when, "when"), scope, t.BOOL),
                    self.read(node, scope, branch_id),
                    node.span,
                )
            )
        return m.Choose(tuple(branches), items.span)

    def _action(self, node: d.Mapping, scope: Scope, label: str) -> m.Body:
        key = node.entries[0].key if node.entries else None
        readers: Mapping[str, Callable[[d.Mapping, Scope], m.Body]] = {
            "set": self._set,
            "send": self._send,
            "send-envelope": self._send_envelope,
            "deliver": self._deliver,
            "indicate": self._indicate,
            "log": self._log,
            "log-diagnostic": self._log_diagnostic,
            "start": self._start,
            "stop": self._stop,
            "do": self._call,
            "connect": self._connect,
            "close": self._close,
        }
        if key is not None and key.text == "run":
            return self._run(d.as_scalar(node.entries[0].value, "run"), scope, label)
        if key is None or key.text not in readers:
            span, name = (key.span, key.text) if key else (node.span, "")
            raise unknown("action", name, readers, span)
        return readers[key.text](node, scope)

    # --- the actions -----------------------------------------------------------------------

    def _set(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "set", required=("set",), optional=())
        out: list[m.Action] = []
        for entry in d.as_mapping(node.entries[0].value, "set"):
            root, _, name = entry.key.text.partition(".")
            if root != "session" or name not in self.session:
                raise unknown(
                    "session variable",
                    entry.key.text,
                    [f"session.{n}" for n in self.session],
                    entry.key.span,
                )
            value = check(
                d.as_scalar(entry.value, "value"), scope.acting(), self.session[name].type
            )
            out.append(m.Set(name, value, entry.key.span))
        return tuple(out)

    def _send(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "send", required=("send",), optional=("with", "result"))
        name = d.as_scalar(node.entries[0].value, "send")
        message = self.messages.messages.get(name.text)
        if message is None or message.pdu is None:
            sendable = [k for k, v in self.messages.messages.items() if v.pdu]
            raise unknown("message", name.text, sendable, name.span)
        own: dict[str, d.Scalar] = {}
        envelope: dict[str, d.Scalar] = {}
        for entry in _pairs(node.get("with")):
            target = envelope if entry.key.text in ENVELOPE_FIELDS else own
            if target is own and entry.key.text not in message.fields:
                raise unknown("field", entry.key.text, message.fields, entry.key.span)
            target[entry.key.text] = d.as_scalar(entry.value, entry.key.text)
        result = node.get("result")
        if result is not None:
            envelope["result"] = d.as_scalar(result, "result")
        return (
            m.Send(
                message.name,
                self.messages.carrier_of(message.name),
                self._sent_fields(message, own, scope),
                self._envelope(envelope, scope),
                node.span,
            ),
        )

    def _sent_fields(
        self, message: Message, own: Mapping[str, d.Scalar], scope: Scope
    ) -> tuple[tuple[str, x.Expression], ...]:
        out: list[tuple[str, x.Expression]] = []
        for known in message.fields.values():
            text = own.get(known.name, known.send)
            if text is None:
                continue
            out.append((known.name, check(text, _sending(scope, known.type), known.type)))
        return tuple(out)

    def _envelope(
        self, values: Mapping[str, d.Scalar], scope: Scope
    ) -> tuple[tuple[str, x.Expression], ...]:
        return tuple(
            (name, check(text, _sending(scope, ENVELOPE_FIELDS[name]), ENVELOPE_FIELDS[name]))
            for name, text in values.items()
        )

    def _send_envelope(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "send-envelope", required=("send-envelope",), optional=("with",))
        carrier = d.as_choice(node.entries[0].value, "carrier", CARRIERS)
        values = {}
        for entry in _pairs(node.get("with")):
            if entry.key.text not in ENVELOPE_FIELDS:
                raise unknown("field", entry.key.text, ENVELOPE_FIELDS, entry.key.span)
            values[entry.key.text] = d.as_scalar(entry.value, entry.key.text)
        return (m.SendEnvelope(carrier, self._envelope(values, scope), node.span),)

    def _deliver(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "deliver", required=("deliver",), optional=())
        value = d.as_scalar(node.entries[0].value, "deliver")
        return (m.Deliver(check(value, scope.acting(), t.OCTETS), node.span),)

    def _indicate(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "indicate", required=("indicate",), optional=("octets", "reason"))
        kind = d.as_choice(node.entries[0].value, "indicate", INDICATIONS)
        octets, reason = node.get("octets"), node.get("reason")
        value = check(d.as_scalar(octets, "octets"), scope.acting(), t.OCTETS) if octets else None
        return (
            m.Indicate(kind, value, d.as_text(reason, "reason") if reason else None, node.span),
        )

    def _log(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "log", required=("log",), optional=())
        event = d.as_scalar(node.entries[0].value, "log")
        if event.text == "failure":
            if x.Root.FAILURE not in scope.roots:
                raise ModelError([error("MDL133", "no check has failed here", event.span)])
            return (m.Log(None, node.span),)
        return (m.Log(event.text, event.span),)

    def _log_diagnostic(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(
            node, "log-diagnostic", required=("log-diagnostic", "present", "group"), optional=()
        )
        present, group = node.need("present"), node.need("group")
        fields = scope.roots[x.Root.MESSAGE]
        text = d.as_scalar(node.entries[0].value, "diagnostic")
        expected = fields.get("diag", t.Enum("HandshakeDiagnostics"))
        return (
            m.LogDiagnostic(
                check(text, scope, expected),
                check(d.as_scalar(present, "present"), scope, t.BOOL),
                d.as_text(group, "group"),
                node.span,
            ),
        )

    def _timer(self, node: d.Mapping, key: str) -> str:
        d.as_mapping(node, key, required=(key,), optional=())
        name = d.as_scalar(node.entries[0].value, "timer")
        if name.text not in self.timers:
            raise unknown("timer", name.text, self.timers, name.span)
        return name.text

    def _start(self, node: d.Mapping, scope: Scope) -> m.Body:
        del scope
        return (m.StartTimer(self._timer(node, "start"), node.span),)

    def _stop(self, node: d.Mapping, scope: Scope) -> m.Body:
        del scope
        return (m.StopTimer(self._timer(node, "stop"), node.span),)

    def _call(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "do", required=("do",), optional=())
        call = check(d.as_scalar(node.entries[0].value, "do"), scope.acting(), t.BOOL)
        if not (isinstance(call, x.OperationCall) and call.acts_only):
            raise ModelError(
                [error("MDL134", "an operation without a result is needed here", node.span)]
            )
        return (m.Call(call, node.span),)

    def _connect(self, node: d.Mapping, scope: Scope) -> m.Body:
        d.as_mapping(node, "connect", required=("connect",), optional=())
        return (
            m.Connect(
                check(d.as_scalar(node.entries[0].value, "connect"), scope, t.BOOL), node.span
            ),
        )

    def _close(self, node: d.Mapping, scope: Scope) -> m.Body:
        del scope
        d.as_mapping(node, "close", required=("close",), optional=())
        return (m.Close(node.span),)


def _sending(scope: Scope, kind: t.Type) -> Scope:
    """The scope of a value to be sent: operations allowed, ``failure.*`` of the wanted type."""
    roots = dict(scope.roots)
    roots.setdefault(x.Root.FAILURE, {})
    roots[x.Root.FAILURE] = {"diagnostic": kind, "acse": kind}
    roots[x.Root.SENT] = _SENT
    return replace(scope, roots=roots, may_act=True)


def with_sent(scope: Scope) -> Scope:
    """The scope of actions: what was sent last can be named."""
    return replace(scope, roots={**scope.roots, x.Root.SENT: _SENT})


def _pairs(node: d.Data | None) -> tuple[d.Entry, ...]:
    return d.as_mapping(node, "with").entries if node is not None else ()


def unknown(what: str, name: str, known: object, span: Span) -> ModelError:
    """MDL131: a name that is not among those that can stand here, with the closest of them."""
    names = list(known) if isinstance(known, Mapping | list | tuple) else []
    return ModelError(
        [
            error(
                "MDL131",
                f'unknown {what} "{name}"',
                span,
                help=similar_name_help(name, names) or f"known: {', '.join(names)}",
            )
        ]
    )
