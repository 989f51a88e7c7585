"""A machine as an SVG state diagram, with what proofs and traces touch of it.

States stand below each other, layered by the longest path from the initial state. Rows between the
same two states are one arrow with their ids. Rows that stay where they are, and rows to the final
state, which almost every state has, are listed in the state's box; one line on the left, shared by
all states, stands for the latter.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

import networkx as nx

from interlock.model.machine import Machine, State, Transition
from interlock.report import svg
from interlock.report.metrics import Face

WIDTH = 1000
_BOX_X, _BOX_WIDTH = 40.0, 520.0
_RIGHT = _BOX_X + _BOX_WIDTH
_LABEL = 200.0
_FIRST_TRACK = _RIGHT + _LABEL + 34
_TRACK = 16.0
_BUS = 14.0
_PAD = 10.0
_GAP = 22.0
_SLOT = 20.0

Lines = list[tuple[str, Face]]


@dataclass(frozen=True)
class Coverage:
    """How much of a machine some proof or trace touches."""

    rows: int
    covered_rows: int
    checks: int
    covered_checks: int


def coverage(machine: Machine, covered: Collection[str]) -> Coverage:
    """Rows and checks of a machine, counted."""
    rows = {row.id for row in machine.transitions}
    checks = {check for row in machine.transitions for check in _checks_of(machine, row)}
    known = set(covered)
    return Coverage(len(rows), len(rows & known), len(checks), len(checks & known))


def state_order(machine: Machine) -> list[str]:
    """States from top to bottom: by layer, then as written; the final state is last."""
    graph = nx.DiGraph()
    graph.add_nodes_from(machine.states)
    graph.add_edges_from(_forward_edges(machine))
    layer = {
        state: number
        for number, states in enumerate(nx.topological_generations(graph))
        for state in states
    }
    written = list(machine.states)
    return sorted(
        written,
        key=lambda name: (machine.states[name].is_final, layer[name], written.index(name)),
    )


def states_svg(
    machine: Machine, covered: Collection[str], id: str = "machine", *, embedded: bool = False
) -> str:
    """The diagram of a machine.

    Args:
        machine: A machine of the models.
        covered: Ids of rows and checks that some proof or trace touches.
        id: Unique in the page where it is embedded.
        embedded: For a page that has the style sheet already.
    """
    return _Painter(machine, frozenset(covered), id).paint(embedded)


def _checks_of(machine: Machine, row: Transition) -> list[str]:
    return [check.id for use in row.checks for check in machine.check_lists[use.list].checks]


def _target(row: Transition, source: str) -> str:
    return source if row.target is None else row.target


def _forward_edges(machine: Machine) -> Iterator[tuple[str, str]]:
    """Edges between states without those that lead back, so that no circle is left."""
    after: dict[str, dict[str, None]] = {name: {} for name in machine.states}
    for row in machine.transitions:
        for source in row.sources:
            after[source].setdefault(_target(row, source))
    done: set[str] = set()
    path: set[str] = set()

    def visit(state: str) -> Iterator[tuple[str, str]]:
        done.add(state)
        path.add(state)
        for target in after[state]:
            if target not in path:
                yield state, target
            if target not in done:
                yield from visit(target)
        path.discard(state)

    yield from visit(machine.initial)
    for name in machine.states:
        if name not in done:
            yield from visit(name)


@dataclass
class _Edge:
    """All rows between two states."""

    source: str
    target: str
    rows: list[str] = field(default_factory=list)
    start: float = 0.0
    end: float = 0.0


class _Painter:
    def __init__(self, machine: Machine, covered: frozenset[str], id: str) -> None:
        self.machine, self.covered = machine, covered
        self.order = state_order(machine)
        self.edges = self._collect()
        count = coverage(machine, covered)
        self.summary = (
            f"{count.covered_rows} of {count.rows} rows and {count.covered_checks} of "
            f"{count.checks} checks are touched by a proof or a trace"
        )
        title = f"States of {machine.name}"
        self.drawing = svg.Drawing(id, WIDTH, title, self._description())
        self.y = 10.0
        self.middle: dict[str, float] = {}
        self.bottom: dict[str, float] = {}

    def _collect(self) -> list[_Edge]:
        found: dict[tuple[str, str], _Edge] = {}
        for row in self.machine.transitions:
            for source in row.sources:
                target = _target(row, source)
                edge = found.setdefault((source, target), _Edge(source, target))
                if row.id not in edge.rows:
                    edge.rows.append(row.id)
        return list(found.values())

    def _description(self) -> str:
        parts = [f"{edge.source} to {edge.target}: {', '.join(edge.rows)}." for edge in self.edges]
        return " ".join([f"{self.machine.words}: {self.summary}.", *parts])

    def _is_final(self, state: str) -> bool:
        return self.machine.states[state].is_final

    def _is_drawn(self, edge: _Edge) -> bool:
        """Whether an edge has an arrow of its own."""
        return edge.source != edge.target and not self._is_final(edge.target)

    def _is_next(self, edge: _Edge) -> bool:
        return self.order.index(edge.target) == self.order.index(edge.source) + 1

    def paint(self, embedded: bool) -> str:
        self._text([(self.summary, svg.QUIET)], _BOX_X, self.y)
        self.y += svg.QUIET.line + 10
        for name in self.order:
            self._state(self.machine.states[name])
        self._routes([e for e in self.edges if self._is_drawn(e) and not self._is_next(e)])
        self._bus()
        if any(row.id not in self.covered for row in self.machine.transitions):
            legend = "✗ rows and checks that no proof and no trace touches"
            self._text([(legend, svg.BAD)], _BOX_X, self.y)
            self.y += svg.BAD.line
        return self.drawing.render(self.y + 8, embedded=embedded)

    def _state(self, state: State) -> None:
        """Draws a box with its ports on the right, and the arrow to the state below."""
        top = self.y
        lines = self._contents(state)
        incoming = [e for e in self._routed() if e.target == state.name]
        outgoing = [e for e in self._routed() if e.source == state.name]
        y = top + 6
        for edge in incoming:
            edge.end = y + _SLOT / 2
            y += _SLOT
        for edge in outgoing:
            labels = self._ids(edge.rows, _LABEL)
            self._text(labels, _RIGHT + 14, y)
            edge.start = y + _height(labels) + 6
            y = edge.start + 8
        height = max(_height(lines) + 2 * _PAD, y + 4 - top)
        css = "il-card" if not (state.is_final or state.is_initial) else "il-state"
        self.drawing.rect(_BOX_X, top, _BOX_WIDTH, height, css, 7)
        self._text(lines, _BOX_X + _PAD + 2, top + _PAD)
        self.middle[state.name], self.bottom[state.name] = top + height / 2, top + height
        self.y = top + height + _GAP
        for edge in self.edges:
            if edge.source == state.name and self._is_drawn(edge) and self._is_next(edge):
                self._down(edge, top + height)

    def _routed(self) -> list[_Edge]:
        return [e for e in self.edges if self._is_drawn(e) and not self._is_next(e)]

    def _contents(self, state: State) -> Lines:
        width = _BOX_WIDTH - 2 * _PAD - 4
        mark = " (initial)" if state.is_initial else " (final)" if state.is_final else ""
        lines: Lines = [(state.name + mark, svg.HEAD)]
        lines += [(text, svg.QUIET) for text in svg.QUIET.wrap(state.words, width)]
        for edge in self.edges:
            if edge.source == state.name and not self._is_drawn(edge):
                way = "stays" if edge.target == state.name else f"to {edge.target}"
                lines += self._ids(edge.rows, width, f"{way}: ")
        return lines + self._checks(state, width)

    def _checks(self, state: State, width: float) -> Lines:
        here = dict.fromkeys(
            check
            for row in self.machine.transitions
            if state.name in row.sources
            for check in _checks_of(self.machine, row)
        )
        if not here:
            return []
        missed = [check for check in here if check not in self.covered]
        text = f"{len(here) - len(missed)} of {len(here)} checks touched"
        lines: Lines = [(text, svg.PLAIN)]
        if missed:
            words = f"✗ checks: {', '.join(missed)}"
            lines += [(part, svg.BAD) for part in svg.BAD.wrap(words, width)]
        return lines

    def _ids(self, rows: Iterable[str], width: float, before: str = "") -> Lines:
        """Ids of rows, the ones not covered apart and marked."""
        rows = list(rows)
        known = [id for id in rows if id in self.covered]
        missed = [id for id in rows if id not in self.covered]
        lines: Lines = []
        if known:
            text = before + ", ".join(known)
            lines += [(part, svg.PLAIN) for part in svg.PLAIN.wrap(text, width)]
        if missed:
            text = f"✗ {before}{', '.join(missed)}"
            lines += [(part, svg.BAD) for part in svg.BAD.wrap(text, width)]
        return lines

    def _stroke(self, edge: _Edge) -> tuple[str, str]:
        if any(id in self.covered for id in edge.rows):
            return "il-line", "il-tip"
        return "il-line-open", "il-tip-bad"

    def _down(self, edge: _Edge, top: float) -> None:
        """The arrow to the next state, with its label on the right."""
        x = _BOX_X + 60
        labels = self._ids(edge.rows, _BOX_WIDTH - 90)
        height = max(_height(labels) + 14, 34)
        stroke, tip = self._stroke(edge)
        self.drawing.path([(x, top), (x, top + height - 9)], stroke)
        self.drawing.tip(x, top + height, (0, 1), tip)
        self._text(labels, x + 14, top + (height - _height(labels)) / 2 - 2)
        self.y = top + height

    def _routes(self, edges: list[_Edge]) -> None:
        """Arrows on the right, each on the first track that is free over its whole height."""
        tracks: list[list[tuple[float, float]]] = []
        for edge in sorted(edges, key=lambda e: (abs(e.end - e.start), e.source, e.target)):
            low, high = sorted((edge.start, edge.end))
            number = 0
            while number < len(tracks) and any(
                low - 4 < b and a < high + 4 for a, b in tracks[number]
            ):
                number += 1
            if number == len(tracks):
                tracks.append([])
            tracks[number].append((low, high))
            x = _FIRST_TRACK + number * _TRACK
            self.drawing.width = max(self.drawing.width, x + _BUS)
            stroke, tip = self._stroke(edge)
            points = [(_RIGHT, edge.start), (x, edge.start), (x, edge.end), (_RIGHT + 9, edge.end)]
            self.drawing.path(points, stroke)
            self.drawing.tip(_RIGHT, edge.end, (-1, 0), tip)

    def _bus(self) -> None:
        """One line on the left for all rows to a final state."""
        for final in (name for name in self.order if self._is_final(name)):
            sources = [e.source for e in self.edges if e.target == final and e.source != final]
            if not sources:
                continue
            end = self.middle[final]
            for source in dict.fromkeys(sources):
                y = self.middle[source]
                self.drawing.path([(_BOX_X, y), (_BUS, y)], "il-line-quiet")
            start = min(self.middle[source] for source in sources)
            self.drawing.path([(_BUS, start), (_BUS, end), (_BOX_X - 9, end)], "il-line-quiet")
            self.drawing.tip(_BOX_X, end, (1, 0), "il-tip-quiet")

    def _text(self, lines: Lines, x: float, y: float) -> None:
        for text, face in lines:
            self.drawing.text(x, y + face.size, text, face)
            y += face.line


def _height(lines: Lines) -> float:
    return sum(face.line for _, face in lines)
