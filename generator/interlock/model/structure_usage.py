"""Structural rules on words: what is declared is used, what is read was set."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from interlock.core.diagnostics import Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model import types as t
from interlock.model.bodies import ENVELOPE_FIELDS
from interlock.model.project import Project
from interlock.model.structure_rule import Found, StructureRule
from interlock.model.vocabulary import Parameter


def _read(machine: m.Machine, root: x.Root) -> set[str]:
    return {
        node.name
        for node in traversal.nodes(machine)
        if isinstance(node, x.Variable) and node.root is root
    }


def _set(machine: m.Machine) -> set[str]:
    return {action.variable for action in traversal.actions(machine) if isinstance(action, m.Set)}


def variables_never_set(project: Project) -> Iterator[Found]:
    """Session variables that are read and keep their first value for ever."""
    for machine in project.models.machines.values():
        missing = _read(machine, x.Root.SESSION) - _set(machine)
        for variable in machine.session.values():
            if variable.name in missing:
                yield Found(f'session variable "{variable.name}" is never set', variable.span)


def variables_never_read(project: Project) -> Iterator[Found]:
    """Session variables that nothing reads."""
    for machine in project.models.machines.values():
        read = _read(machine, x.Root.SESSION)
        for variable in machine.session.values():
            if variable.name not in read:
                yield Found(f'session variable "{variable.name}" is never read', variable.span)


# --- vocabulary --------------------------------------------------------------------------------


def words_without_use(project: Project) -> Iterator[Found]:
    """Predicates, operations, enumerations and opaque types that no machine needs."""
    words = project.models.vocabulary
    machines = project.models.machines.values()
    nodes = [node for machine in machines for node in traversal.nodes(machine)]
    predicates = {node.predicate for node in nodes if isinstance(node, x.PredicateCall)}
    operations = {node.operation for node in nodes if isinstance(node, x.OperationCall)}
    types = {_name(node.type) for node in nodes} | {_name(kind) for kind in _declared(project)}
    for kind, table, used in (
        ("predicate", words.predicates, predicates),
        ("operation", words.operations, operations),
        ("enumeration", words.enumerations, types),
        ("opaque type", words.opaque, types),
    ):
        for word in table.values():
            if word.name not in used:
                yield Found(f'{kind} "{word.name}" is never used', word.span, clause=word.clause)


def _name(kind: t.Type) -> str | None:
    match kind:
        case t.Enum(name=name) | t.Opaque(name=name):
            return name
        case t.SetOf(element=element) | t.ListOf(element=element):
            return element.name
        case _:
            return None


def _declared(project: Project) -> Iterator[t.Type]:
    models = project.models
    yield from ENVELOPE_FIELDS.values()
    for machine in models.machines.values():
        yield from (variable.type for variable in machine.session.values())
    for config in models.configs.values():
        yield from (item.type for item in config.values())
    for envelope in models.envelopes.values():
        yield from (item.type for item in envelope.values())
    for messages in models.messages.values():
        for message in messages.messages.values():
            yield from (item.type for item in message.fields.values())
    for predicate in models.vocabulary.predicates.values():
        yield from _types(predicate.parameters)
    for operation in models.vocabulary.operations.values():
        yield from _types(operation.parameters)


def _types(parameters: Iterable[Parameter]) -> Iterator[t.Type]:
    return (parameter.type for parameter in parameters)


# --- parts of a machine ------------------------------------------------------------------------


def parts_without_use(project: Project) -> Iterator[Found]:
    """Named conditions, reactions and procedures that nothing uses."""
    for machine in project.models.machines.values():
        for part in machine.unused:
            yield Found(f'{part.kind} "{part.name}" is never used', part.span)
        named = {n.name for n in traversal.nodes(machine) if isinstance(n, x.NamedCondition)}
        for name, (condition, _) in machine.conditions.items():
            if name not in named:
                yield Found(f'condition "{name}" is never used', condition.span)


def configuration_without_use(project: Project) -> Iterator[Found]:
    """Configuration fields that no machine of their mode reads."""
    machines = project.models.machines.values()
    read = {
        mode: {
            name
            for machine in machines
            if machine.mode == mode
            for name in _read(machine, x.Root.CONFIG)
        }
        for mode in project.models.configs
    }
    modes = {machine.mode for machine in machines}
    fields = [(mode, f) for mode in sorted(modes) for f in project.models.configs[mode].values()]
    reported = set()
    for _, item in fields:
        used = any(item.name in read[mode] for mode in modes)
        if not used and item.span not in reported:
            reported.add(item.span)
            message = f'configuration field "{item.name}" is read by no machine'
            yield Found(message, item.span, clause=item.clause)


def sent_before_anything_was(project: Project) -> Iterator[Found]:
    """Actions that read what was sent last, where nothing was sent before."""
    for machine in project.models.machines.values():
        seen = set()
        for body in traversal.bodies(machine):
            for node in _read_too_early(body, has_sent=False):
                if node.span not in seen:
                    seen.add(node.span)
                    text = f'"sent.{node.name}" is read where nothing was sent before'
                    yield Found(text, node.span)


def _read_too_early(body: m.Body, *, has_sent: bool) -> Iterator[x.Variable]:
    for action in body:
        if not has_sent:
            for expression in traversal.read_by(action):
                for node in x.walk(expression):
                    if isinstance(node, x.Variable) and node.root is x.Root.SENT:
                        yield node
        if isinstance(action, m.Choose):
            for branch in action.branches:
                yield from _read_too_early(branch.body, has_sent=has_sent)
            has_sent = has_sent or all(_sends(branch.body) for branch in action.branches)
        has_sent = has_sent or isinstance(action, m.Send)


def _sends(body: m.Body) -> bool:
    return any(isinstance(action, m.Send) for action in body)


RULES = (
    StructureRule(
        "SM030",
        Severity.ERROR,
        "a session variable is never set",
        "It is read and always has its first value: write what sets it, or a constant.",
        None,
        variables_never_set,
    ),
    StructureRule(
        "SM031",
        Severity.ERROR,
        "a session variable is never read",
        "State that nothing depends on is a slip, or a check that was forgotten.",
        None,
        variables_never_read,
    ),
    StructureRule(
        "SM032",
        Severity.ERROR,
        "a word of the vocabulary is never used",
        "Each predicate and operation is a duty of every run-time support and a fact for the "
        "solver; one that nothing uses is neither tested nor proved.",
        None,
        words_without_use,
    ),
    StructureRule(
        "SM033",
        Severity.ERROR,
        "a part of a machine is never used",
        "Reactions and procedures are typed where they are used, so one without use is not even "
        "checked.",
        None,
        parts_without_use,
    ),
    StructureRule(
        "SM034",
        Severity.WARNING,
        "a configuration field is read by no machine",
        "A warning, because the caller of the handlers may read it: whether to try again with "
        "weaker protection is decided above an association.",
        None,
        configuration_without_use,
    ),
    StructureRule(
        "SM035",
        Severity.ERROR,
        "what was sent is read before anything is sent",
        "sent.content is of the SecPDU that the same step has sent: put the action behind the "
        "one that sends.",
        None,
        sent_before_anything_was,
    ),
)
