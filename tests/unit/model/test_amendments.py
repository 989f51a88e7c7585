"""Amendments and editions: reading, application in order, what two of them do to each other."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import InputError
from interlock.core.source import Overlay
from interlock.model.amendments import (
    CURRENT_EDITION,
    amend_sources,
    list_amendments,
    list_editions,
)
from interlock.model.edits import Edit, How, overlay_of
from interlock.model.project import load_project
from unit.model.small_models import ROOT

FILE = "models/x.yaml"
TEXT = "one\ntwo\nthree\nfour\n"
HEAD = """\
clause: "13"
words: a change
rationale: >-
  because
  of this
"""
EFFECTS = """\
finding: [V1, V2]
closes: an attack
cost: an octet
interoperates: true
"""


class Sources:
    """A small root with one model file, and amendments as they are added."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for folder in ("spec/amendments", "spec/editions", "models"):
            (root / folder).mkdir(parents=True)
        (root / FILE).write_text(TEXT, encoding="utf-8")
        (root / "spec/clauses.yaml").write_text(
            'clauses:\n  - {id: "13"}\n  - {id: "14"}\n', encoding="utf-8"
        )

    def add(self, name: str, *edits: str, more: str = "", edition: bool = False) -> None:
        """Add an amendment of edits in flow style, without their file."""
        kind, effects = ("edition", "") if edition else ("amendment", EFFECTS)
        rows = "".join(f"  - {{file: {FILE}, {one}}}\n" for one in edits)
        text = f"{kind}: {name}\n{HEAD}{effects}{more}edits:\n{rows}"
        (self.root / f"spec/{kind}s/{name}.yaml").write_text(text, encoding="utf-8")

    def text(self, *amend: str, edition: str | None = None) -> str:
        """The model file as amended."""
        overlay = amend_sources(self.root, amend, edition).overlay
        return overlay.read(self.root / FILE, FILE).text

    def refused(self, *amend: str, edition: str | None = None) -> list[tuple[str, str]]:
        """Code and message of what is wrong."""
        with pytest.raises(InputError) as caught:
            amend_sources(self.root, amend, edition)
        return [(found.code, found.message) for found in caught.value.diagnostics]


@pytest.fixture
def sources(tmp_path: Path) -> Sources:
    return Sources(tmp_path)


# --- reading -------------------------------------------------------------------------------------


def test_what_an_amendment_says(sources: Sources) -> None:
    sources.add("second", "find: two, put: zwei", more="requires: [first]\n")
    sources.add("first", "find: one, put: eins, why: a reason")
    first, second = list_amendments(sources.root)
    assert (first.id, first.clause, first.finding) == ("first", "13", ("V1", "V2"))
    assert (first.words, first.rationale) == ("a change", "because of this")
    assert (first.closes, first.cost, first.interoperates) == ("an attack", "an octet", True)
    assert first.edits == (Edit(FILE, How.REPLACE, "one", "eins", why="a reason"),)
    assert (first.requires, second.requires) == ((), ("first",))
    assert not first.is_edition


def test_texts_of_several_lines(sources: Sources) -> None:
    name = sources.root / "spec/amendments/block.yaml"
    edits = (
        f"  - file: {FILE}\n    find: |\n      two\n      three\n    put: |2\n        x\n      y\n"
    )
    name.write_text(f"amendment: block\n{HEAD}{EFFECTS}edits:\n{edits}", encoding="utf-8")
    assert sources.text("block") == "one\n  x\ny\nfour\n"


def test_a_misspelled_key_has_its_place(sources: Sources) -> None:
    sources.add("first", "find: one, putt: eins")
    with pytest.raises(InputError) as caught:
        amend_sources(sources.root, ["first"])
    (finding,) = caught.value.diagnostics
    assert (finding.code, finding.help) == ("DAT012", 'did you mean "put"?')
    assert str(finding.span).startswith("spec/amendments/first.yaml:")


def test_something_else_than_utf_8(sources: Sources) -> None:
    (sources.root / "spec/amendments/first.yaml").write_bytes(b"\xff")
    message = 'amendment "first" cannot be read: it is not UTF-8 text'
    assert sources.refused("first") == [("AMD001", message)]


def test_a_source_that_is_not_utf_8(sources: Sources) -> None:
    sources.add("first", "find: one, put: eins")
    (sources.root / FILE).write_bytes(b"\xff")
    assert sources.refused("first") == [
        ("AMD006", '"models/x.yaml" cannot be read: it is not UTF-8 text')
    ]


def test_an_unreadable_register_is_left_to_who_needs_it(sources: Sources) -> None:
    sources.add("first", "find: one, put: eins")
    (sources.root / "spec/clauses.yaml").unlink()
    assert sources.text("first").startswith("eins\n")


# --- application ---------------------------------------------------------------------------------


def test_nothing_is_the_sources_as_they_are(sources: Sources) -> None:
    for edition in (None, CURRENT_EDITION):
        amended = amend_sources(sources.root, edition=edition)
        assert (amended.overlay, amended.amendments, amended.edition) == (Overlay(), (), None)


def test_edition_first_then_amendments_in_order(sources: Sources) -> None:
    sources.add("2018", "find: one, put: un", edition=True)
    sources.add("b", "after: two, put: b")
    sources.add("a", "after: two, put: a")
    assert sources.text("a", "b", edition="2018") == "un\ntwo\nb\na\nthree\nfour\n"
    amended = amend_sources(sources.root, ["a", "b"], "2018")
    assert [one.id for one in amended.amendments] == ["a", "b"]
    assert amended.edition == list_editions(sources.root)[0]
    assert amended.overlay.notes == {FILE: "amended by edition 2018, a, b"}
    assert (sources.root / FILE).read_text(encoding="utf-8") == TEXT


def test_a_base_in_memory(sources: Sources) -> None:
    sources.add("first", "find: eins, put: un")
    base = overlay_of(sources.root, [Edit(FILE, How.REPLACE, "one", "eins")])
    amended = amend_sources(sources.root, ["first"], base=base)
    assert amended.overlay.texts[FILE].startswith("un\n")


def test_unknown_names(sources: Sources) -> None:
    sources.add("first", "find: one, put: eins", more="requires: [firts]\n")
    sources.add("2018", "find: one, put: un", edition=True)
    assert sources.refused("fist") == [("AMD001", 'unknown amendment "fist"')]
    assert sources.refused("../first") == [("AMD001", 'unknown amendment "../first"')]
    assert sources.refused("first") == [("AMD001", 'unknown amendment "firts"')]
    assert sources.refused(edition="2081") == [("AMD001", 'unknown edition "2081"')]


# --- two in one place ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("find: two, put: zwei", "find: two, put: deux"),
        ("find: two, put: zwei", "delete: two"),
        ("delete: two", "after: two, put: x"),
        ('find: "two\\nthree", put: x', "find: two, put: y"),
        ("after: two, put: x", 'find: "two\\nthree", put: y'),
        ("after: two, put: x", "find: x, put: y"),
        ('after: one, put: "x\\ny"', "after: x, put: z"),
        ("before: two, put: two", "delete: two"),
        ("delete: two", 'find: "one\\nthree", put: x'),
    ],
)
def test_two_amendments_in_one_place(sources: Sources, first: str, second: str) -> None:
    sources.add("first", first)
    sources.add("second", second)
    message = '"second" and "first" touch the same place of "models/x.yaml"'
    assert sources.refused("first", "second") == [("AMD005", message)]


def test_one_that_builds_on_another_may_change_what_it_made(sources: Sources) -> None:
    sources.add("a", "after: two, put: 'x: 1'")
    sources.add("b", "find: one, put: eins", more="requires: [a]\n")
    sources.add("c", "find: 'x: 1', put: 'x: 2'", more="requires: [b]\n")
    assert sources.text("a", "b", "c") == "eins\ntwo\nx: 2\nthree\nfour\n"


def test_neighbours_do_not_touch(sources: Sources) -> None:
    sources.add("a", "find: two, put: zwei zwei", "delete: four")
    sources.add("b", "before: one, put: zero", "after: zero, put: y")
    sources.add("c", "after: three, put: x")
    expected = "zero\ny\none\nzwei zwei\nthree\nx\n"
    for order in ("abc", "cab", "bca"):
        assert sources.text(*order) == expected


def test_an_edit_that_another_of_its_own_spoils(sources: Sources) -> None:
    sources.add("a", "delete: two", "find: two, put: x")
    assert [code for code, _ in sources.refused("a")] == ["AMD003"]


def test_all_edits_that_do_not_fit_are_shown(sources: Sources) -> None:
    sources.add("a", "find: ten, put: x", "find: o, put: x", "find: two, put: zwei")
    assert [code for code, _ in sources.refused("a")] == ["AMD003", "AMD004"]


def test_an_edition_and_an_amendment_in_one_place(sources: Sources) -> None:
    sources.add("2018", "delete: two", edition=True)
    sources.add("a", "find: two, put: zwei")
    (found,) = sources.refused("a", edition="2018")
    assert found == ("AMD005", '"a" and "edition 2018" touch the same place of "models/x.yaml"')


# --- the project ---------------------------------------------------------------------------------


def test_a_project_remembers_what_it_is() -> None:
    project = load_project(ROOT, amend=["request-hash"], edition="2018")
    assert [amendment.id for amendment in project.amendments] == ["request-hash"]
    assert (project.edition_id, load_project(ROOT).edition_id) == ("2018", CURRENT_EDITION)
    source = project.sources["spec/asn1/IEC62351-4-E2E.asn"]
    assert "requestHash" in source.text
    assert source.note == "amended by edition 2018, request-hash"
    diagnostics = project.models.vocabulary.enumerations["HandshakeDiagnostics"].names
    assert "single-icv-algo-required" not in diagnostics


def test_an_overlay_of_one_edit_on_an_amended_project() -> None:
    """What a tool that seeds faults does."""
    path = "models/checks/native-handshake.yaml"
    amended = load_project(ROOT, amend=["request-hash"])
    mutant = overlay_of(
        ROOT, [Edit(path, How.DELETE, "{id: HA-03q,")], Overlay({path: amended.sources[path].text})
    )
    project = load_project(ROOT, amend=["request-hash"], overlay=mutant)
    ids = [
        [check.id for check in one.models.machines["native-client"].check_lists[name].checks]
        for one in (amended, project)
        for name in ("handshake-accept",)
    ]
    assert set(ids[0]) - set(ids[1]) == {"HA-03q"}


def test_every_amendment_says_what_it_is_for() -> None:
    for amendment in list_amendments(ROOT):
        assert amendment.finding
        assert amendment.words
        assert amendment.closes
        assert amendment.cost
