"""Structural verification of a whole project, as one report.

Each machine as a graph, clients and servers together (also of different modes), which diagnostics
and events can occur, whether checks come in the order that is given, and whether capabilities alone
decide who associates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from enum import Enum

from interlock.core.diagnostics import Diagnostic
from interlock.model.project import Project
from interlock.verification.capability import CapabilityMatrix, capability_matrix
from interlock.verification.graph import MachineGraph, analyse
from interlock.verification.handshake import Party
from interlock.verification.order import CheckOrder, check_order
from interlock.verification.outcomes import Outcomes, outcomes
from interlock.verification.product import Product, product
from interlock.verification.reading import Reading, check_reading
from interlock.verification.steps import Stepper

CLIENT, SERVER = "client", "server"


@dataclass(frozen=True)
class StructureReport:
    """Everything found. ``editions`` are the matrices of parties of two editions."""

    machines: tuple[MachineGraph, ...]
    outcomes: Outcomes
    order: CheckOrder
    reading: Reading
    products: tuple[Product, ...]
    capabilities: tuple[CapabilityMatrix, ...]
    editions: tuple[CapabilityMatrix, ...] = ()

    @property
    def findings(self) -> tuple[Diagnostic, ...]:
        """All findings, errors and notes, sorted by position."""
        found = {
            *(finding for machine in self.machines for finding in machine.findings),
            *self.outcomes.findings,
            *self.order.findings,
            *self.reading.findings,
            *(finding for pair in self.products for finding in pair.findings),
            *(f for matrix in (*self.capabilities, *self.editions) for f in matrix.findings),
        }
        return tuple(sorted(found, key=lambda finding: finding.sort_key))

    def as_json(self) -> dict[str, object]:
        """The report as plain values, the same for the same models."""
        return {
            **{part.name: _plain(getattr(self, part.name)) for part in fields(self)},
            "findings": [
                {
                    "code": finding.code,
                    "severity": finding.severity.value,
                    "message": finding.message,
                    "path": finding.span.path,
                    "line": finding.span.line,
                    "column": finding.span.column,
                    "clause": finding.clause,
                    "help": finding.help,
                }
                for finding in self.findings
            ],
        }


def structure_report(project: Project, other: Project | None = None) -> StructureReport:
    """Verify the structure of a project's models.

    Args:
        project: The models.
        other: The same of another edition; then parties of both editions are paired as well.
    """
    models = project.models
    steppers = {
        name: Stepper(machine, models.vocabulary) for name, machine in models.machines.items()
    }
    osi = project.spec.tables.osi
    clients = [s for s in steppers.values() if s.machine.role == CLIENT]
    servers = [s for s in steppers.values() if s.machine.role == SERVER]
    return StructureReport(
        tuple(analyse(s.machine, models.vocabulary, s) for s in steppers.values()),
        outcomes(project, steppers),
        check_order(project),
        check_reading(project),
        tuple(product(client, server, osi) for client in clients for server in servers),
        tuple(_matrices(project, project)),
        () if other is None else tuple(edition_matrices(project, other)),
    )


def edition_matrices(one: Project, other: Project) -> Iterator[CapabilityMatrix]:
    """Clients of one edition with servers of the other, and the reverse."""
    yield from _matrices(one, other)
    yield from _matrices(other, one)


def _matrices(ours: Project, theirs: Project) -> Iterator[CapabilityMatrix]:
    for client in ours.models.machines.values():
        for server in theirs.models.machines.values():
            if client.role == CLIENT and server.role == SERVER and client.mode == server.mode:
                yield capability_matrix(
                    Party(client, ours.models.vocabulary),
                    Party(server, theirs.models.vocabulary),
                    ours.spec.tables.osi,
                )


def _plain(value: object) -> object:
    match value:
        case Enum():
            return value.value
        case Mapping():
            return {str(key): _plain(item) for key, item in value.items()}
        case tuple() | list():
            return [_plain(item) for item in value]
        case _ if is_dataclass(value):
            return {
                part.name: _plain(getattr(value, part.name))
                for part in fields(value)
                if part.name != "findings"
            }
        case _:
            return value
