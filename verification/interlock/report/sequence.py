"""A trace as an SVG sequence diagram, with the attacker between the two sides."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.report import svg
from interlock.report.metrics import Face
from interlock.report.scene import (
    Arrow,
    Aside,
    AsideKind,
    Box,
    Frame,
    Lane,
    Line,
    Look,
    Scene,
    Stroke,
    Tip,
    make_scene,
)
from interlock.verification.results import Trace

WIDTH = 1000
_MARGIN = 8
_PAD = 9
_GAP = 11

_FACES = {
    Look.PLAIN: svg.PLAIN,
    Look.STRONG: svg.STRONG,
    Look.QUIET: svg.QUIET,
    Look.CODE: svg.CODE,
    Look.BAD: svg.BAD,
}
_FRAMES = {
    Frame.STEP: "il-card",
    Frame.FAILURE: "il-fail",
    Frame.STATE: "il-state",
    Frame.ATTACKER: "il-attack",
}
_STROKES = {
    Stroke.HONEST: ("il-line", "il-tip"),
    Stroke.CHANGED: ("il-line-changed", "il-tip-bad"),
    Stroke.FORGED: ("il-line-forged", "il-tip-bad"),
}

Wrapped = list[tuple[str, Face]]


def sequence_svg(trace: Trace, title: str, id: str = "trace", *, embedded: bool = False) -> str:
    """The diagram of a trace.

    Args:
        trace: What happened.
        title: Read out as the name of the picture.
        id: Unique in the page where it is embedded; names its title and description.
        embedded: For a page that has the style sheet (``interlock.report.svg.STYLE``) already.
    """
    return _Painter(make_scene(trace, title), id).paint(embedded)


class _Painter:
    """Lays out a scene from top to bottom; ``y`` is where the next thing begins."""

    def __init__(self, scene: Scene, id: str) -> None:
        self.scene = scene
        self.column = WIDTH / len(scene.lanes)
        self.card = min(self.column - 2 * _MARGIN, 300)
        self.drawing = svg.Drawing(id, WIDTH, scene.title, scene.description)
        self.y = 10.0

    def x(self, lane: int) -> float:
        return self.column * (lane + 0.5)

    def paint(self, embedded: bool) -> str:
        self._heads()
        top = self.y
        below = self.drawing.elements
        self.drawing.elements = []
        self.y += _GAP
        for number, lane in enumerate(self.scene.lanes):
            if lane.state:
                self._box_at(number, [(lane.state, svg.PLAIN)], Frame.STATE, self.y)
        self.y += svg.PLAIN.line + 2 * _PAD + _GAP
        for item in self.scene.items:
            if isinstance(item, Arrow):
                self._arrow(item)
            elif isinstance(item, Box):
                self._box(item)
            else:
                self._aside(item)
        above = self.drawing.elements
        self.drawing.elements = below
        for number, lane in enumerate(self.scene.lanes):
            css = "il-lane" if lane.side else "il-lane-attack"
            self.drawing.path([(self.x(number), top), (self.x(number), self.y)], css)
        self.drawing.elements += above
        self._conclusion()
        return self.drawing.render(self.y + 10, embedded=embedded)

    def _heads(self) -> None:
        wrapped = [self._head(lane) for lane in self.scene.lanes]
        height = max(_height(lines) for lines in wrapped) + 2 * _PAD
        for number, (lane, lines) in enumerate(zip(self.scene.lanes, wrapped, strict=True)):
            css = "il-card" if lane.side else "il-attack"
            left = self.x(number) - self.card / 2
            self.drawing.rect(left, self.y, self.card, height, css, 6)
            self._lines(lines, self.x(number), self.y + _PAD, "mid")
        self.y += height

    def _head(self, lane: Lane) -> Wrapped:
        width = self.card - 2 * _PAD
        title: Wrapped = [(text, svg.HEAD) for text in svg.HEAD.wrap(lane.title, width)]
        return title + _wrapped(lane.lines, width)

    def _box(self, box: Box) -> None:
        lines = _wrapped(box.lines, self.card - 2 * _PAD)
        self.y += self._box_at(box.lane, lines, box.frame, self.y) + _GAP

    def _box_at(self, lane: int, lines: Wrapped, frame: Frame, y: float) -> float:
        """Draws a box that is as wide as its text needs, and returns its height."""
        needed = max(face.width(text) for text, face in lines) + 2 * _PAD
        width, height = min(max(needed, 60), self.card), _height(lines) + 2 * _PAD
        if frame is not Frame.STATE:
            width = self.card
        x = self.x(lane)
        radius = height / 2 if frame is Frame.STATE else 5
        self.drawing.rect(x - width / 2, y, width, height, _FRAMES[frame], radius)
        if frame is Frame.STATE:
            self._lines(lines, x, y + _PAD, "mid")
        else:
            self._lines(lines, x - width / 2 + _PAD, y + _PAD)
        return height

    def _arrow(self, arrow: Arrow) -> None:
        start, end = self.x(arrow.start), self.x(arrow.end)
        direction = 1 if end > start else -1
        # The label stands next to the sender, in the first gap between two lanes.
        middle = start + direction * self.column / 2
        note = {Tip.LOST: "dropped by the attacker", Tip.UNDER_WAY: "still under way at the end"}
        extra = [Line(note[arrow.tip], Look.BAD)] if arrow.tip in note else []
        lines = _wrapped((*arrow.lines, *extra), self.column - 36)
        self._lines(lines, middle, self.y, "mid")
        self.y += _height(lines) + 6
        stroke, tip = _STROKES[arrow.stroke]
        stop = end - direction * {Tip.ARRIVES: 9, Tip.HELD: 5, Tip.LOST: 0}.get(arrow.tip, 30)
        self.drawing.path([(start, self.y), (stop, self.y)], stroke)
        if arrow.tip is Tip.ARRIVES:
            self.drawing.tip(end, self.y, (direction, 0), tip)
        elif arrow.tip is Tip.HELD:
            self.drawing.circle(end, self.y, 5, "il-ring")
        elif arrow.tip is Tip.LOST:
            self.drawing.cross(end, self.y, "il-line-changed")
        else:
            self.drawing.tip(stop, self.y, (direction, 0), "il-tip-quiet")
        self.y += _GAP + 3

    def _aside(self, aside: Aside) -> None:
        """A short arrow between the lane and its own side, with its text across the lane."""
        lane = self.scene.lanes[aside.lane]
        x, side, reach = self.x(aside.lane), lane.side or 1, min(56.0, self.card / 2 - 6)
        words = {
            AsideKind.CALL: "the user: ",
            AsideKind.TOLD: "to the user: ",
            AsideKind.DELIVERED: "to the user: ",
        }.get(aside.kind, "")
        lines = _wrapped((Line(words + aside.text),), self.card / 2 - 12)
        height = max(_height(lines), 16)
        middle = self.y + height / 2
        outside = x + side * reach
        if aside.kind is AsideKind.TIMER:
            # There and back: a self-arrow.
            points = [(x, middle - 7), (outside, middle - 7), (outside, middle + 7)]
            self.drawing.path([*points, (x + side * 9, middle + 7)], "il-line-local")
            self.drawing.tip(x, middle + 7, (-side, 0), "il-tip-local")
        elif aside.kind in (AsideKind.TOLD, AsideKind.DELIVERED):
            self.drawing.path([(x, middle), (outside - side * 9, middle)], "il-line-local")
            self.drawing.tip(outside, middle, (side, 0), "il-tip-local")
        else:
            self.drawing.path([(outside, middle), (x + side * 9, middle)], "il-line-local")
            self.drawing.tip(x, middle, (-side, 0), "il-tip-local")
        inside = x - side * 10
        self._lines(lines, inside, middle - _height(lines) / 2, "end" if side > 0 else "start")
        self.y += height + _GAP

    def _conclusion(self) -> None:
        if not self.scene.conclusion:
            return
        width = WIDTH - 2 * _MARGIN
        texts = [Line("What is wrong at the end", Look.BAD), Line(self.scene.conclusion)]
        lines = _wrapped(texts, width - 2 * _PAD - 8)
        height = _height(lines) + 2 * _PAD
        self.y += _GAP
        self.drawing.rect(_MARGIN, self.y, width, height, "il-fail", 6)
        self._lines(lines, _MARGIN + _PAD + 4, self.y + _PAD)
        self.y += height

    def _lines(self, lines: Wrapped, x: float, y: float, anchor: str = "start") -> None:
        """Lines of text below ``y``."""
        for text, face in lines:
            self.drawing.text(x, y + face.size, text, face, anchor)
            y += face.line


def _wrapped(lines: Iterable[Line], width: float) -> Wrapped:
    return [
        (text, _FACES[line.look])
        for line in lines
        for text in _FACES[line.look].wrap(line.text, width)
    ]


def _height(lines: Wrapped) -> float:
    return sum(face.line for _, face in lines)
