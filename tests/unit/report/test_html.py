"""The page: complete, self-contained, and shown by a browser as it was laid out."""

from __future__ import annotations

import html as entities
import json
import re
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, cast

import pytest

from interlock.report import svg
from interlock.report.html import report_html
from interlock.report.wording import anchor
from interlock.verification.results import Status, Verdict
from unit.report import browser, sample
from unit.report.pictures import faults

_VOID = {"meta", "br", "rect", "path", "polygon", "circle"}


@cache
def page() -> str:
    return report_html(sample.results())


class Outline(HTMLParser):
    """Ids, links, elements and whether every element is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.add(tag)
        self.attributes |= set(found)
        if (id := found.get("id")) is not None:
            self.ids.append(id)
        if (href := found.get("href")) is not None:
            self.links.append(href)
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def drawings(text: str) -> list[str]:
    return re.findall(r"<svg.*?</svg>", text, re.DOTALL)


def test_it_needs_nothing_from_elsewhere() -> None:
    outline = Outline(page())
    without = page().replace("http://www.w3.org/2000/svg", "")
    assert re.search(r"https?:|//|@import|url\(", without) is None
    assert not outline.tags & {"script", "link", "img", "iframe", "object", "embed", "base", "use"}
    assert not {name for name in outline.attributes if name.startswith(("on", "src", "xlink"))}


def test_every_link_leads_somewhere_and_ids_are_unique() -> None:
    outline = Outline(page())
    assert len(outline.ids) == len(set(outline.ids))
    assert outline.links
    assert [link for link in outline.links if link.removeprefix("#") not in outline.ids] == []
    assert outline.open == []


def test_every_name_of_a_picture_is_there() -> None:
    ids = set(Outline(page()).ids)
    for names in re.findall(r'aria-labelledby="([^"]*)"', page()):
        assert set(names.split()) <= ids


def test_every_verdict_has_its_section() -> None:
    ids = set(Outline(page()).ids)
    for verdict in sample.VERDICTS:
        assert anchor("v", verdict.property, verdict.variant) in ids


def test_every_attack_and_machine_is_drawn_without_overlap() -> None:
    found = drawings(page())
    traced = [verdict for verdict in sample.VERDICTS if verdict.trace is not None]
    assert len(found) == len(traced) + len(sample.machines())
    assert [fault for drawing in set(found) for fault in faults(drawing)] == []


def test_texts_are_escaped() -> None:
    first = sample.PROPERTIES[0]
    words = '<script>alert("x & y")</script>'
    changed = replace(first, title=words, formula=words, words=words)
    results = replace(sample.results(), properties=(changed, *sample.PROPERTIES[1:]))
    text = report_html(results)
    assert "<script" not in text
    assert entities.escape(words).replace("&quot;", "&#34;") in text


def test_the_summary_counts() -> None:
    for status in Status:
        count = sample.results().count(status)
        assert re.search(rf"</span> {count}</b>{status.value}<", page())
    assert re.search(rf"</span> {len(sample.results().unexpected)}</b>not as expected", page())


def test_a_verdict_without_text_is_listed_without_a_link() -> None:
    stranger = Verdict("X-1", "captured", Status.UNKNOWN, "proved", "run", reason="no text")
    results = replace(sample.results(), verdicts=(*sample.VERDICTS, stranger))
    outline = Outline(text := report_html(results))
    assert "X-1" in text
    assert [link for link in outline.links if link.removeprefix("#") not in outline.ids] == []


def test_nothing_at_all_still_makes_a_page() -> None:
    empty = replace(
        sample.results(), properties=(), variants=(), verdicts=(), assumptions=(), findings=(),
        matrix=None, structure={}, machines=(), covered={}, mutation=None, solvers={},
    )  # fmt: skip
    outline = Outline(report_html(empty))
    assert [link for link in outline.links if link.removeprefix("#") not in outline.ids] == []


def test_the_same_every_time() -> None:
    assert report_html(sample.results()) == page()


_MEASURE = """
<script>
document.querySelectorAll("details").forEach(d => d.open = true);
const faults = [], holds = (a, b) => a.x <= b.x + 0.5 && a.y <= b.y + 0.5
  && a.x + a.width >= b.x + b.width - 0.5 && a.y + a.height >= b.y + b.height - 0.5;
let texts = 0;
for (const svg of document.querySelectorAll("svg")) {
  const view = svg.viewBox.baseVal, found = [...svg.querySelectorAll("text")];
  const boxes = found.map(t => t.getBBox());
  const frames = [...svg.querySelectorAll("rect")].map(r => r.getBBox());
  texts += found.length;
  boxes.forEach((a, i) => {
    const name = svg.querySelector("title").textContent + ": " + found[i].textContent;
    if (a.width <= 0 || !holds(view, a)) faults.push("cut: " + name);
    for (const f of frames)
      if (a.x >= f.x && a.x < f.x + f.width && a.y >= f.y && a.y < f.y + f.height && !holds(f, a))
        faults.push("leaves its box: " + name);
    for (let j = i + 1; j < boxes.length; j++) {
      const b = boxes[j];
      if (a.x < b.x + b.width && b.x < a.x + a.width
          && a.y + 2 < b.y + b.height && b.y + 2 < a.y + a.height)
        faults.push("overlap: " + name + " / " + found[j].textContent);
    }
  });
}
const root = document.documentElement;
const result = document.createElement("pre");
result.id = "measured";
result.textContent = JSON.stringify({
  faults, texts, loaded: performance.getEntriesByType("resource").map(e => e.name),
  wide: root.scrollWidth - root.clientWidth,
});
document.body.append(result);
</script>
"""
"""Measures, in the browser, every text of every drawing with the fonts that are really used."""


def measure(folder: Path, text: str, width: int) -> dict[str, Any]:
    """What the browser measures in a page."""
    file = folder / "measured.html"
    file.write_text(text.replace("</body>", _MEASURE + "</body>"), encoding="utf-8")
    dom = browser.run(file, f"--window-size={width},1000", "--dump-dom")
    found = re.search(r'<pre id="measured">(.*?)</pre>', dom, re.DOTALL)
    assert found is not None
    return cast(dict[str, Any], json.loads(entities.unescape(found[1])))


@pytest.mark.requires("chromium")
@pytest.mark.parametrize("width", [800, 1400])
def test_a_browser_shows_every_text_whole(tmp_path: Path, width: int) -> None:
    measured = measure(tmp_path, page(), width)
    assert measured["texts"] == sum(drawing.count("<text ") for drawing in drawings(page()))
    assert measured["faults"] == []
    assert measured["loaded"] == []
    assert measured["wide"] <= 0, "the page must not scroll sideways"


@pytest.mark.requires("chromium")
def test_planted_faults_are_measured(tmp_path: Path) -> None:
    drawing = svg.Drawing("x", 300, "planted", "")
    drawing.rect(5, 5, 40, 30, "il-card")
    drawing.text(10, 20, "wider than its box", svg.PLAIN)
    drawing.text(60, 22, "over it", svg.PLAIN)
    drawing.text(280, 50, "cut off", svg.PLAIN)
    body = f"<body><style>{svg.STYLE}</style>{drawing.render(60, embedded=True)}</body>"
    measured = measure(tmp_path, body, 800)
    assert measured["faults"] == [
        "leaves its box: planted: wider than its box",
        "overlap: planted: wider than its box / over it",
        "cut: planted: cut off",
    ]


@pytest.mark.requires("chromium")
@pytest.mark.parametrize("flags", [(), ("--force-dark-mode",)], ids=["light", "dark"])
def test_a_browser_shows_something(tmp_path: Path, flags: tuple[str, ...]) -> None:
    file, picture = tmp_path / "report.html", tmp_path / "report.png"
    file.write_text(page(), encoding="utf-8")
    browser.run(file, "--window-size=1000,1200", f"--screenshot={picture}", *flags)
    width, height, octets = browser.pixels(picture)
    assert (width, height) == (1000, 1200)
    assert len(octets) > width * height * 3
    assert len(set(octets)) > 50, "a blank picture has few values"
