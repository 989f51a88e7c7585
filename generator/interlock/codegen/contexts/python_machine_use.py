"""Which of the local names of a printed method its expressions need."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from interlock.model import expression as x
from interlock.model import machine as m

_SERVED = ("certificate", "certification-path")  # answered by the station's identity


@dataclass(frozen=True, slots=True)
class Used:
    """The names: a field is True where the name is needed."""

    message: bool
    envelope: bool
    config: bool
    session: bool
    services: bool
    sent: bool
    now: bool


def roots_of(expressions: Iterable[x.Expression], body: m.Body = ()) -> Used:
    """Look through expressions, and through the actions of a body."""
    nodes = [node for e in expressions for node in _flat(e)]
    roots = {n.root for n in nodes if isinstance(n, x.Variable)}
    acts = list(m.actions(body))
    sends = [a for a in acts if isinstance(a, m.Send)]
    composes = bool(sends) or any(isinstance(a, m.SendEnvelope) for a in acts)
    protected = any(a.message in ("ClearTransfer", "EncrTransfer") for a in sends)
    served = any(
        isinstance(n, x.Variable) and n.root is x.Root.CONFIG and n.name in _SERVED for n in nodes
    )
    timers = any(isinstance(a, m.StartTimer) for a in acts)
    config = timers or any(
        isinstance(n, x.Variable) and n.root is x.Root.CONFIG and n.name not in _SERVED
        for n in nodes
    )
    calls = any(isinstance(n, x.PredicateCall | x.OperationCall) for n in nodes)
    return Used(
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


def expressions_of(body: m.Body) -> list[x.Expression]:
    """Every expression in a body, conditions of branches included."""
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


def needs_failure(reaction: m.Reaction) -> bool:
    """Whether a reaction looks at the check that failed; not one to an unexpected PDU."""
    logs = any(isinstance(a, m.Log) and a.event is None for a in m.actions(reaction.body))
    return logs or any(
        isinstance(node, x.Variable) and node.root is x.Root.FAILURE and reaction.name != "fault"
        for expression in expressions_of(reaction.body)
        for node in x.walk(expression)
    )
