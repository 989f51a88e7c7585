"""A trace as plain text for a terminal: a column per party, the attacker between them."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.report.metrics import wrap_columns
from interlock.report.scene import (
    Arrow,
    Aside,
    AsideKind,
    Box,
    Frame,
    Item,
    Line,
    Look,
    Scene,
    Stroke,
    Tip,
    make_scene,
)
from interlock.verification.results import Trace

WIDTH = 110
"""No line is longer, unless asked for."""

_SHAFTS = {Stroke.HONEST: "-", Stroke.CHANGED: "~", Stroke.FORGED: "="}
_TIPS = {Tip.ARRIVES: "", Tip.HELD: "o", Tip.LOST: "X", Tip.UNDER_WAY: "?"}
_NOTES = {Tip.LOST: "dropped by the attacker", Tip.UNDER_WAY: "still under way at the end"}
_ASIDES = {
    AsideKind.CALL: "<< user: ",
    AsideKind.TOLD: ">> user: ",
    AsideKind.DELIVERED: ">> user: ",
    AsideKind.TIMER: "",
    AsideKind.TRANSPORT: "",
}

LEGEND = "---> as sent   ~~~> changed by the attacker   ===> not from the peer in this run"


def sequence_text(trace: Trace, width: int = WIDTH) -> str:
    """The trace in columns, at most ``width`` characters wide, without a newline at the end."""
    return "\n".join(_Typist(make_scene(trace, ""), width).lines())


class _Typist:
    """Writes a scene line by line; every lane has a column of the same width."""

    def __init__(self, scene: Scene, width: int) -> None:
        self.scene, self.width = scene, width
        self.column = width // len(scene.lanes)
        self.out: list[str] = []

    def lines(self) -> list[str]:
        self._heads()
        for item in self.scene.items:
            self._item(item)
        self._rails()
        if self.scene.conclusion:
            self.out += ["", *wrap_columns(f"End: {self.scene.conclusion}", self.width)]
        return [line.rstrip() for line in self.out]

    def _item(self, item: Item) -> None:
        if isinstance(item, Arrow):
            self._arrow(item)
        elif isinstance(item, Box):
            self._box(item)
        else:
            self._aside(item)

    def _middle(self, lane: int) -> int:
        return self.column * lane + self.column // 2

    def _rails(self, text: str = "", start: int = 0) -> None:
        """A line with all lanes, and a text over them from column ``start`` on."""
        row = [" "] * self.width
        for lane, description in enumerate(self.scene.lanes):
            row[self._middle(lane)] = "|" if description.side else ":"
        row[start : start + len(text)] = text
        self.out.append("".join(row))

    def _heads(self) -> None:
        room = self.column - 2
        heads = [
            [
                lane.title.upper(),
                *_wrapped(lane.lines, room),
                *([f"({lane.state})"] if lane.state else []),
            ]
            for lane in self.scene.lanes
        ]
        for number in range(max(len(head) for head in heads)):
            cells = [head[number] if number < len(head) else "" for head in heads]
            self.out.append("".join(f" {cell:^{room}} " for cell in cells))
        self._rails()

    def _box(self, box: Box) -> None:
        room = self.column - 4
        left = self.column * box.lane
        lines = box.lines
        if box.frame is Frame.STATE:
            text = f"({lines[0].text})"[: self.column]
            self._rails(text, self._middle(box.lane) - len(text) // 2)
            return
        mark = {Frame.FAILURE: "!", Frame.ATTACKER: "*"}.get(box.frame, " ")
        for text in _wrapped(lines, room):
            self._rails(f" {mark} {text:<{room}} ", left)

    def _aside(self, aside: Aside) -> None:
        room = self.column - 2
        for text in wrap_columns(f"{_ASIDES[aside.kind]}{aside.text}", room):
            self._rails(f" {text:^{room}} ", self.column * aside.lane)

    def _arrow(self, arrow: Arrow) -> None:
        first, last = sorted((self._middle(arrow.start), self._middle(arrow.end)))
        reach = last - first - 1
        forward = arrow.end > arrow.start
        label = ["  ".join(line.text for line in arrow.lines)]
        label += [_NOTES[arrow.tip]] if arrow.tip in _NOTES else []
        # Above the half next to the sender.
        room = self.column - 3
        middle = self._middle(arrow.start) + (1 if forward else -1) * self.column // 2
        for text in (part for line in label for part in wrap_columns(line, room)):
            self._rails(text, middle - len(text) // 2)
        head, shaft = _TIPS[arrow.tip], _SHAFTS[arrow.stroke]
        if forward:
            self._rails((f"{head or '>'}").rjust(reach, shaft), first + 1)
        else:
            self._rails((f"{head or '<'}").ljust(reach, shaft), first + 1)


def _wrapped(lines: Iterable[Line], room: int) -> list[str]:
    return [text for line in lines for text in wrap_columns(_plain(line), room)]


def _plain(line: Line) -> str:
    return f"!! {line.text}" if line.look is Look.BAD else line.text
