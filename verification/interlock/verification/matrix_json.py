"""The policy matrix as JSON and as text; both depend on the matrix alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from interlock.verification.matrix import (
    LargestSet,
    Matrix,
    MatrixCell,
    MatrixPolicy,
    RemedyEffect,
)


def matrix_json(matrix: Matrix) -> str:
    """The matrix as JSON: sorted keys, indented, a newline at the end."""
    return json.dumps(asdict(matrix), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def read_matrix(text: str) -> Matrix:
    """The matrix that ``matrix_json`` wrote.

    Raises:
        ValueError: It is no such text.
    """
    try:
        data = json.loads(text)
        largest = data["largest"]
        return Matrix(
            data["variant"],
            tuple(data["outcomes"]),
            tuple(map(_policy, data["clients"])),
            tuple(map(_policy, data["servers"])),
            tuple(MatrixCell(**{**cell, "why": tuple(cell["why"])}) for cell in data["cells"]),
            None if largest is None else LargestSet(**{k: _tuples(v) for k, v in largest.items()}),
            tuple(
                RemedyEffect(**{k: _tuples(v) for k, v in remedy.items()})
                for remedy in data["remedies"]
            ),
        )
    except (KeyError, TypeError) as problem:
        raise ValueError("not a policy matrix") from problem


def _policy(data: dict[str, Any]) -> MatrixPolicy:
    return MatrixPolicy(data["id"], data["words"], _tuples(data["values"]))


def _tuples(value: Any) -> Any:
    """JSON's lists as the tuples that they were."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def matrix_text(matrix: Matrix) -> str:
    """The matrix as text for a terminal: the cells, the conditions, the remedies."""
    return "\n".join(_lines(matrix)) + "\n"


def _lines(matrix: Matrix) -> Iterator[str]:
    yield f"policy matrix, {matrix.variant}"
    width = max(len(client.id) for client in matrix.clients)
    for server in matrix.servers:
        yield f"server {server.id}: {server.words}"
        for client in matrix.clients:
            yield f"  {client.id:<{width}}  {_cell(matrix.cell(client.id, server.id))}"
    if matrix.largest is not None:
        yield from _largest(matrix.largest)
    for remedy in matrix.remedies:
        yield from _remedy(remedy)


def _cell(cell: MatrixCell) -> str:
    if cell.protected:
        return f"protected      {cell.without}"
    why = f"  ({', '.join(cell.why)})" if cell.why else ""
    return f"not protected  {cell.without} -> {cell.worst}{why}"


def _largest(largest: LargestSet) -> Iterator[str]:
    yield (
        f"{largest.protected} of {largest.pairs} pairs of policies are protected; "
        f"{largest.associating} associate; {largest.undecided} undecided"
    )
    yield "protected exactly when"
    yield from (f"  - {text}" for text in largest.protected_where)
    yield "not protected exactly when"
    yield from (f"  - {text}" for text in largest.open_where)


def _remedy(remedy: RemedyEffect) -> Iterator[str]:
    yield f"remedy {remedy.id}: {remedy.words}"
    yield f"  protects {len(remedy.protects)}: {_pairs(remedy.protects)}"
    yield f"  loses {len(remedy.loses)}: {_pairs(remedy.loses)}"
    if remedy.interoperates is not None:
        with_ = "still associates" if remedy.interoperates else "no longer associates"
        yield f"  a party with it {with_} with one without in native mode"
    if remedy.undecided:
        yield f"  undecided {len(remedy.undecided)}: {_pairs(remedy.undecided)}"


def _pairs(pairs: tuple[tuple[str, str], ...]) -> str:
    return ", ".join(f"{client} x {server}" for client, server in pairs) or "-"
