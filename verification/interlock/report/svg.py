"""A small SVG writer: shapes, texts, one style sheet that follows light and dark.

What it writes needs no font, script or file from elsewhere. Colours are variables of the style
sheet, so that a page can embed several drawings and state the colours once (``STYLE``).
"""

from __future__ import annotations

from html import escape

from interlock.report.metrics import Face

LIGHT = {
    "paper": "#ffffff",
    "panel": "#f4f6f8",
    "ink": "#1c2128",
    "quiet": "#59636e",
    "rule": "#c9d1d9",
    "accent": "#0b5cad",
    "good": "#1a7f37",
    "good-soft": "#e2f5e7",
    "bad": "#b3261e",
    "bad-soft": "#fdeceb",
    "warn": "#8a5300",
    "warn-soft": "#fff3dc",
}

DARK = {
    "paper": "#14181d",
    "panel": "#1e242b",
    "ink": "#e6eaef",
    "quiet": "#a3aeba",
    "rule": "#414b57",
    "accent": "#79b8ff",
    "good": "#5fd37f",
    "good-soft": "#12311c",
    "bad": "#ff938a",
    "bad-soft": "#3d1a18",
    "warn": "#f2bd62",
    "warn-soft": "#38290d",
}

FONTS = "'Segoe UI', 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', sans-serif"
MONO_FONTS = "ui-monospace, 'SF Mono', Menlo, Consolas, 'Liberation Mono', monospace"

PLAIN = Face("il-plain", 12.5)
STRONG = Face("il-strong", 13, bold=True)
QUIET = Face("il-quiet", 11.5)
CODE = Face("il-code", 11.5, mono=True)
BAD = Face("il-bad", 12.5, bold=True)
HEAD = Face("il-head", 15, bold=True)
FACES = (PLAIN, STRONG, QUIET, CODE, BAD, HEAD)


def colours(selector: str) -> str:
    """The colour variables for a selector, light and dark; print is always light."""
    light = "; ".join(f"--{name}: {value}" for name, value in LIGHT.items())
    dark = "; ".join(f"--{name}: {value}" for name, value in DARK.items())
    return (
        f"{selector} {{ {light} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ {selector} {{ {dark} }} }}\n"
    )


def _face_rule(face: Face) -> str:
    colour = {"il-quiet": "quiet", "il-bad": "bad"}.get(face.css, "ink")
    family = MONO_FONTS if face.mono else FONTS
    weight = 600 if face.bold else 400
    return f".{face.css} {{ font: {weight} {face.size}px {family}; fill: var(--{colour}) }}\n"


STYLE = "".join(_face_rule(face) for face in FACES) + (
    ".il-mid { text-anchor: middle } .il-end { text-anchor: end }\n"
    ".il-paper { fill: var(--paper) }\n"
    ".il-card { fill: var(--panel); stroke: var(--rule) }\n"
    ".il-fail { fill: var(--bad-soft); stroke: var(--bad); stroke-width: 1.5 }\n"
    ".il-attack { fill: var(--warn-soft); stroke: var(--warn); stroke-dasharray: 4 3 }\n"
    ".il-state { fill: var(--paper); stroke: var(--accent); stroke-width: 1.5 }\n"
    ".il-lane { stroke: var(--rule); stroke-width: 1.5; fill: none }\n"
    ".il-lane-attack { stroke: var(--warn); stroke-width: 1.5; stroke-dasharray: 2 4 }\n"
    ".il-line { stroke: var(--ink); stroke-width: 1.6; fill: none }\n"
    ".il-line-changed { stroke: var(--bad); stroke-width: 1.8; fill: none }\n"
    ".il-line-forged { stroke: var(--bad); stroke-width: 1.8; stroke-dasharray: 7 4; fill: none }\n"
    ".il-line-local { stroke: var(--accent); stroke-width: 1.6; fill: none }\n"
    ".il-line-quiet { stroke: var(--quiet); stroke-width: 1.6; fill: none }\n"
    ".il-line-open { stroke: var(--bad); stroke-width: 1.8; stroke-dasharray: 3 3; fill: none }\n"
    ".il-tip { fill: var(--ink) } .il-tip-bad { fill: var(--bad) }\n"
    ".il-tip-local { fill: var(--accent) } .il-tip-quiet { fill: var(--quiet) }\n"
    ".il-ring { fill: var(--paper); stroke: var(--ink); stroke-width: 1.6 }\n"
    ".il-warn { fill: var(--warn) }\n"
)


def number(value: float) -> str:
    """A coordinate with at most one decimal."""
    return f"{value:.1f}".removesuffix(".0")


class Drawing:
    """An SVG that grows downwards; the height is given when it is rendered."""

    def __init__(self, id: str, width: float, title: str, description: str) -> None:
        self.id, self.width, self.title, self.description = id, width, title, description
        self.elements: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, css: str, radius: float = 0
    ) -> None:
        """A rectangle."""
        rx = f' rx="{number(radius)}"' if radius else ""
        box = f'x="{number(x)}" y="{number(y)}" width="{number(width)}" height="{number(height)}"'
        self.elements.append(f'<rect class="{css}" {box}{rx}/>')

    def circle(self, x: float, y: float, radius: float, css: str) -> None:
        """A circle."""
        at = f'cx="{number(x)}" cy="{number(y)}" r="{number(radius)}"'
        self.elements.append(f'<circle class="{css}" {at}/>')

    def path(self, points: list[tuple[float, float]], css: str) -> None:
        """Straight lines from point to point."""
        steps = " L".join(f"{number(x)} {number(y)}" for x, y in points)
        self.elements.append(f'<path class="{css}" d="M{steps}"/>')

    def tip(self, x: float, y: float, direction: tuple[int, int], css: str) -> None:
        """An arrow head whose point is at (x, y); ``direction`` is a unit step, e.g. (1, 0)."""
        (dx, dy), length, half = direction, 10, 4.5
        back = (x - dx * length, y - dy * length)
        corners = [(x, y), (back[0] + dy * half, back[1] + dx * half)]
        corners.append((back[0] - dy * half, back[1] - dx * half))
        points = " ".join(f"{number(a)},{number(b)}" for a, b in corners)
        self.elements.append(f'<polygon class="{css}" points="{points}"/>')

    def cross(self, x: float, y: float, css: str, half: float = 6) -> None:
        """A cross: something ends here."""
        self.path([(x - half, y - half), (x + half, y + half)], css)
        self.path([(x - half, y + half), (x + half, y - half)], css)

    def text(self, x: float, y: float, text: str, face: Face, anchor: str = "start") -> None:
        """A line of text; (x, y) is on its base line."""
        css = face.css if anchor == "start" else f"{face.css} il-{anchor}"
        at = f'x="{number(x)}" y="{number(y)}"'
        self.elements.append(f'<text class="{css}" {at}>{escape(text)}</text>')

    def render(self, height: float, *, embedded: bool = False) -> str:
        """The SVG; ``embedded`` leaves out what the page around it brings (name space, style)."""
        size = f'viewBox="0 0 {number(self.width)} {number(height)}"'
        names = f'role="img" aria-labelledby="{self.id}-t {self.id}-d"'
        lines = [
            f'<svg class="il" {size} {names}>'
            if embedded
            else f'<svg xmlns="http://www.w3.org/2000/svg" class="il" {size} {names}>',
            f'<title id="{self.id}-t">{escape(self.title)}</title>',
            f'<desc id="{self.id}-d">{escape(self.description)}</desc>',
        ]
        if not embedded:
            lines.append(f"<style>\n{colours('.il')}{STYLE}</style>")
            lines.append(
                f'<rect class="il-paper" width="{number(self.width)}" height="{number(height)}"/>'
            )
        return "\n".join([*lines, *self.elements, "</svg>"]) + "\n"
