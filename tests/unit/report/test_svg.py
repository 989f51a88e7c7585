from __future__ import annotations

from xml.etree import ElementTree

from interlock.report import svg
from unit.report.pictures import faults

NAMESPACE = "{http://www.w3.org/2000/svg}"


def drawing() -> svg.Drawing:
    made = svg.Drawing("x", 100, 'a <b> "c"', "d & e")
    made.rect(1, 2.25, 3, 4, "il-card", 2)
    made.circle(5, 5, 2, "il-ring")
    made.path([(0, 0), (10, 0.04)], "il-line")
    made.tip(10, 10, (1, 0), "il-tip")
    made.cross(20, 20, "il-line")
    made.text(5, 50, "m.x < m.y & z", svg.PLAIN, "mid")
    return made


def test_texts_are_escaped_and_the_picture_has_a_name() -> None:
    root = ElementTree.fromstring(drawing().render(60))
    assert root.get("viewBox") == "0 0 100 60"
    title, description = root.find(f"{NAMESPACE}title"), root.find(f"{NAMESPACE}desc")
    assert title is not None
    assert description is not None
    assert (title.text, description.text) == ('a <b> "c"', "d & e")
    assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
    assert [text.text for text in root.iter(f"{NAMESPACE}text")] == ["m.x < m.y & z"]


def test_alone_it_brings_its_style_and_embedded_it_does_not() -> None:
    alone, embedded = drawing().render(60), drawing().render(60, embedded=True)
    assert "prefers-color-scheme: dark" in alone
    assert 'class="il-paper"' in alone
    assert "<style>" not in embedded
    assert "xmlns" not in embedded


def test_every_colour_has_a_dark_counterpart_and_is_defined() -> None:
    assert set(svg.LIGHT) == set(svg.DARK)
    for name in svg.STYLE.split("var(--")[1:]:
        assert name.split(")")[0] in svg.LIGHT


def test_an_arrow_head_points_where_it_should() -> None:
    made = svg.Drawing("x", 100, "", "")
    made.tip(50, 40, (0, 1), "il-tip")
    assert made.elements == ['<polygon class="il-tip" points="50,40 54.5,30 45.5,30"/>']


def test_coordinates_have_at_most_one_decimal() -> None:
    assert [svg.number(value) for value in (1.0, 2.25, 1 / 3, 10)] == ["1", "2.2", "0.3", "10"]


def test_planted_faults_of_a_picture_are_found() -> None:
    made = svg.Drawing("x", 100, "", "")
    made.text(5, 20, "here", svg.PLAIN)
    made.text(20, 24, "there", svg.PLAIN)
    made.text(80, 50, "too far right", svg.PLAIN)
    assert faults(made.render(60)) == ["cut: too far right", "overlap: here / there"]
