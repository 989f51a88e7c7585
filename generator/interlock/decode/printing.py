"""Decoded trees as text and as plain data for JSON."""

from __future__ import annotations

from collections.abc import Iterator

from interlock.decode.tree import Decoded, Node

_TAG_WIDTH = 16


def lines(decoded: Decoded) -> Iterator[str]:
    """The tree, then signatures, problems and the fault, a line each."""
    yield f"{'offset':>6} {'octets':>6}  {'tag':<{_TAG_WIDTH}} field: type = value  [clause]"
    for root in decoded.nodes:
        for depth, node in root.walk():
            yield from _node_lines(depth, node)
    for signature in decoded.signatures:
        yield ""
        yield (
            f"signature of {signature.pdu} at offset {signature.offset}: "
            f"{signature.verdict} ({signature.algorithm})"
        )
        if signature.covered:
            ranges = ", ".join(f"{start}..{end - 1}" for start, end in signature.covered)
            yield f"  covers octets {ranges}: {signature.reading}"
        yield f"  {signature.detail}"
    if decoded.problems:
        yield ""
    for problem in decoded.problems:
        yield f"problem at offset {problem.offset}: {'.'.join(problem.path)}: {problem.reason}"
    if decoded.fault is not None:
        where = ".".join(decoded.fault.path)
        yield ""
        yield (
            f"malformed at offset {decoded.fault.offset}: "
            f"{where}{': ' if where else ''}{decoded.fault.reason}"
        )


def _node_lines(depth: int, node: Node) -> Iterator[str]:
    indent = "  " * depth
    text = node.name if node.type in ("", node.name) else f"{node.name}: {node.type}"
    if node.value:
        text += f" = {node.value}"
    if node.clause:
        text += f"  [{node.clause}]"
    yield f"{node.offset:>6} {node.length:>6}  {node.tag:<{_TAG_WIDTH}} {indent}{text}"
    for note in node.notes:
        yield f"{'':>{_TAG_WIDTH + 16}}{indent}| {note}"


def as_data(decoded: Decoded) -> dict[str, object]:
    """The same as plain data."""
    fault = decoded.fault
    return {
        "clean": decoded.is_clean,
        "nodes": [_node_data(node) for node in decoded.nodes],
        "signatures": [
            {
                "pdu": s.pdu,
                "offset": s.offset,
                "verdict": s.verdict,
                "algorithm": s.algorithm,
                "covered": [{"start": start, "end": end} for start, end in s.covered],
                "reading": s.reading,
                "detail": s.detail,
            }
            for s in decoded.signatures
        ],
        "problems": [
            {"reason": p.reason, "offset": p.offset, "path": list(p.path)} for p in decoded.problems
        ],
        "fault": None
        if fault is None
        else {"reason": fault.reason, "offset": fault.offset, "path": list(fault.path)},
    }


def _node_data(node: Node) -> dict[str, object]:
    return {
        "name": node.name,
        "offset": node.offset,
        "length": node.length,
        "header": node.header,
        "tag": node.tag,
        "type": node.type,
        "definition": node.key,
        "clause": node.clause,
        "assumptions": list(node.assumptions),
        "value": node.value,
        "notes": node.notes,
        "children": [_node_data(child) for child in node.children],
    }
