"""What must hold for every drawing: texts inside it and beside each other."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from interlock.report.svg import FACES

_FACES = {face.css: face for face in FACES}


@dataclass(frozen=True)
class Extent:
    """Where a text stands, by the widths that the layout reckons with."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Extent) -> bool:
        """Whether two texts touch."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def extents(drawing: str) -> tuple[float, float, list[Extent]]:
    """Width and height of a drawing, and its texts."""
    root = ElementTree.fromstring(drawing)
    _, _, width, height = (float(part) for part in (root.get("viewBox") or "").split())
    found = []
    for element in root.iter():
        if not element.tag.endswith("text"):
            continue
        css = (element.get("class") or "").split()
        face, text = _FACES[css[0]], element.text or ""
        size, x, y = face.width(text), float(element.get("x", 0)), float(element.get("y", 0))
        left = x - size / 2 if "il-mid" in css else x - size if "il-end" in css else x
        found.append(Extent(text, left, y - face.size * 0.8, left + size, y + face.size * 0.25))
    return width, height, found


def faults(drawing: str) -> list[str]:
    """Texts that are cut or overlap."""
    width, height, found = extents(drawing)
    cut = [
        f"cut: {e.text}"
        for e in found
        if e.left < 0 or e.top < 0 or e.right > width or e.bottom > height
    ]
    overlaps = [
        f"overlap: {a.text} / {b.text}"
        for number, a in enumerate(found)
        for b in found[number + 1 :]
        if a.overlaps(b)
    ]
    return cut + overlaps
