"""File lists of the Python handlers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from interlock.codegen.contexts.python_machine_checks import ChecksBuilder
from interlock.codegen.contexts.python_machines import MachineBuilder
from interlock.codegen.contexts.python_message_views import messages_context
from interlock.codegen.contexts.python_messages import (
    configuration_context,
    vocabulary_context,
)
from interlock.codegen.contexts.rendering import Rendering
from interlock.codegen.names.python import attribute_name, constant_name
from interlock.ir.handler import AssumptionIR, HandlersIR
from interlock.ir.handler_lower import lower_handlers

if TYPE_CHECKING:
    from interlock.model.project import Project

_FOLDER = "iec62351_4/handlers"


def _ir(project: Project) -> HandlersIR:
    return lower_handlers(project.spec, project.models)


def vocabulary(project: Project) -> Iterator[Rendering]:
    """The enumerations."""
    source = _ir(project).vocabulary
    yield Rendering(
        path=f"{_FOLDER}/vocabulary.py",
        context=vocabulary_context(source),
        ir=source,
        sources=("models/vocabulary.yaml", "spec/algorithms.yaml", "spec/groups.yaml"),
    )


def configuration(project: Project) -> Iterator[Rendering]:
    """The configuration classes."""
    source = _ir(project)
    yield Rendering(
        path=f"{_FOLDER}/configuration.py",
        context=configuration_context(source),
        ir=source.configs,
        sources=("models/policies.yaml",),
    )


def messages(project: Project) -> Iterator[Rendering]:
    """One file per mode."""
    source = _ir(project)
    for mode, message_set in source.messages.items():
        yield Rendering(
            path=f"{_FOLDER}/{attribute_name(mode)}_messages.py",
            context=messages_context(message_set, source.vocabulary),
            ir=message_set,
            sources=(f"models/messages/{mode}.yaml", "spec/protection.yaml"),
            clauses=tuple(m.clause for m in message_set.messages),
        )


def checks(project: Project) -> Iterator[Rendering]:
    """One file per machine."""
    source = _ir(project)
    for name, machine in source.machines.items():
        lists = machine.machine.check_lists.values()
        files = dict.fromkeys(c.span.path for c in lists)
        yield Rendering(
            path=f"{_FOLDER}/{attribute_name(name)}_checks.py",
            context=ChecksBuilder(machine, source.vocabulary).context(),
            ir=machine,
            sources=(*files, f"models/machines/{name}.yaml", "spec/events.yaml"),
            clauses=tuple(check.clause for c in lists for check in c.checks),
        )


def machines(project: Project) -> Iterator[Rendering]:
    """One file per machine."""
    source = _ir(project)
    for name, machine in source.machines.items():
        yield Rendering(
            path=f"{_FOLDER}/{attribute_name(name)}.py",
            context=MachineBuilder(machine, source.vocabulary).context(),
            ir=machine,
            sources=(f"models/machines/{name}.yaml",),
            clauses=tuple(row.clause for row in machine.machine.transitions),
        )


# --- tables and assumptions ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConstantView:
    """A constant; ``annotation`` is what ``Final`` holds."""

    name: str
    annotation: str
    value: int | str


@dataclass(frozen=True, slots=True)
class ConstantsContext:
    """Context of a module of constants."""

    header: str
    constants: tuple[ConstantView, ...]


_NAMED_OIDS = {
    "BASIC_AC": "basic-AC",
    "E2E_MMS_AC": "e2eMmsAC",
    "E2E_SECURITY_AS": "e2eSecurityAS",
    "MMS_SYNTAX": "mms-abstract-syntax-version1",
    "MMS_AUTHENTICATION_AS": "mmsAuthenticationAS",
    "A_PROFILE_MECHANISM": "a-profile-mechanism",
}


def assumptions(project: Project) -> Iterator[Rendering]:
    """The assumptions in force that the run-time support looks at."""
    values = _ir(project).vocabulary.assumptions
    yield Rendering(
        path="iec62351_4/assumptions.py",
        context=ConstantsContext(
            "",
            tuple(_assumption(one) for one in values),
        ),
        ir=values,
        sources=("spec/assumptions.yaml",),
    )


def _assumption(source: AssumptionIR) -> ConstantView:
    name = constant_name(*source.id.replace(".", "-").split("-"))
    if source.alternatives:
        choices = ", ".join(f'"{one}"' for one in source.alternatives)
        return ConstantView(name, f"Literal[{choices}]", source.value)
    return ConstantView(name, "int", int(source.value))


def tables(project: Project) -> Iterator[Rendering]:
    """Identifiers, ports and TLS suites."""
    spec = project.spec
    constants = [ConstantView(name, "str", spec.oid(oid)) for name, oid in _NAMED_OIDS.items()]
    constants += [
        ConstantView(f"{constant_name(port.name)}_PORT", "int", port.value)
        for port in spec.tables.osi.ports.values()
    ]
    yield Rendering(
        path="iec62351_4/tables.py",
        context=ConstantsContext("", tuple(constants)),
        ir=tuple((c.name, c.value) for c in constants),
        sources=("spec/asn1/IEC62351-4-ObjectIdentifiers.asn", "spec/osi.yaml"),
    )
