"""What a party reads of a protected message is protected.

A field that neither signature nor ICV covers is the attacker's to choose, whatever is checked
besides. So a row that reads one relies on him. What belongs to the protection itself is no finding:
where the name of its algorithm is wrong, nothing verifies.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from interlock.core.diagnostics import Diagnostic, Severity
from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Field, Message
from interlock.model.project import Project
from interlock.model.traversal import read_in
from interlock.verification.coverage import Protections


@dataclass(frozen=True)
class Reading:
    """Fields that are read and not protected, as ``message.field``, by machine and row."""

    unprotected: tuple[tuple[str, str, str], ...]
    findings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)


def check_reading(project: Project) -> Reading:
    """Look for fields of protected messages that are read and not protected.

    Args:
        project: Models, and the protection that tells what it covers.
    """
    protections = Protections(project)
    found: list[tuple[str, str, str]] = []
    findings: dict[tuple[str, str], Diagnostic] = {}
    for machine in project.models.machines.values():
        for row in machine.transitions:
            if row.event.kind is not m.EventKind.RECEIVE:
                continue
            message = machine.messages.messages[row.event.name]
            for item in _unprotected(machine, row, message, protections):
                found.append((f"{message.name}.{item.name}", machine.name, row.id))
                what = f"{item.name} of {message.name}"
                words = f'"{machine.name}" reads {what}, which nothing protects'
                finding = Diagnostic("VER028", Severity.WARNING, words, row.span, clause=row.clause)
                findings.setdefault((machine.name, what), finding)
    return Reading(tuple(found), tuple(findings.values()))


def _unprotected(
    machine: m.Machine, row: m.Transition, message: Message, protections: Protections
) -> Iterator[Field]:
    coverage = protections.of(message)
    if coverage.kind is None:
        return
    for name in dict.fromkeys(_fields_read(machine, row, message)):
        item = message.fields.get(name)
        if item is None or coverage.covers(item) or _is_of_protection(item):
            continue
        yield item


def _is_of_protection(item: Field) -> bool:
    return item.path.partition(".")[0] in ("auth", "sign")


def _fields_read(machine: m.Machine, row: m.Transition, message: Message) -> Iterator[str]:
    """Fields by name; whatever is given a whole message may read all of it."""
    expressions = [*read_in(row.body), *([row.when] if row.when is not None else [])]
    for use in row.checks:
        expressions += [check.fails_when for check in machine.check_lists[use.list].checks]
    for expression in expressions:
        for node in x.walk(expression):
            if not isinstance(node, x.Variable) or node.root is not x.Root.MESSAGE:
                continue
            if isinstance(node.type, t.Message):
                yield from message.fields
            else:
                yield node.name
