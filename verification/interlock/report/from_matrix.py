"""The policy matrix as reports show it."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.model.amendments import Amendment
from interlock.report.data import Cell, Configuration, MatrixText, Remedy
from interlock.verification.matrix import Matrix, MatrixPolicy, RemedyEffect


def matrix_for_report(matrix: Matrix, amendments: Iterable[Amendment] = ()) -> MatrixText:
    """A matrix with the words of the amendments that its remedies put in force."""
    by_id = {amendment.id: amendment for amendment in amendments}
    return MatrixText(
        tuple(map(_configuration, matrix.clients)),
        tuple(map(_configuration, matrix.servers)),
        tuple(
            Cell(cell.client, cell.server, cell.without, cell.worst, cell.protected, cell.why)
            for cell in matrix.cells
        ),
        tuple(
            _remedy(effect, [by_id[name] for name in effect.amendments if name in by_id])
            for effect in matrix.remedies
        ),
    )


def _configuration(policy: MatrixPolicy) -> Configuration:
    return Configuration(policy.id, policy.words, dict(policy.values))


def _remedy(effect: RemedyEffect, amendments: list[Amendment]) -> Remedy:
    findings = dict.fromkeys(name for amendment in amendments for name in amendment.finding)
    return Remedy(
        effect.id,
        effect.words,
        "; ".join(amendment.closes for amendment in amendments),
        "; ".join(amendment.cost for amendment in amendments),
        tuple(findings),
        effect.protects,
        effect.loses,
    )
