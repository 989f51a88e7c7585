"""Every amendment, generated and run: it works with itself, ends its attack and no other.

The packages run in processes of their own, like those of ``test_one_source``.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from handlers.amended_elsewhere import ATTACKS
from handlers.test_one_source import Files, Place, different, rendered
from interlock.codegen.generate import render_target
from interlock.core.diagnostics import Severity
from interlock.model.amendments import list_amendments, list_editions
from interlock.model.project import Project, load_project
from interlock.model.structure import check_structure

ROOT = Path(__file__).parents[2]
AMENDMENTS = tuple(amendment.id for amendment in list_amendments(ROOT))
EDITIONS = tuple(edition.id for edition in list_editions(ROOT))

Outcomes = Mapping[str, Any]

AS_CAPTURED: Outcomes = {
    "recorded_accept": {"state": "stable", "told": "associated", "events": []},
    "recorded_reject": {"state": "closed", "told": "rejected", "events": ["IEC62351-4:4.11"]},
    "own_reject": {
        "security": {"state": "closed", "told": "rejected", "events": ["IEC62351-4:4.25"]},
        "application": {"state": "closed", "told": "rejected", "events": []},
    },
    "another_protocol": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:1.4"]},
    "forwarded_request": {"state": "wait-app", "told": "associate-requested", "events": []},
    "deleted_transfer": {"state": "stable", "told": "associated", "events": []},
    "relabelled_abort": {"state": "closed", "told": "released", "events": []},
    "native_mark": {
        "marked": "no such configuration",
        "unmarked": "no such configuration",
        "not-capable": ["data", []],
    },
}
"""What each attack comes to in the protocol as captured."""

AMENDED: Mapping[str, Outcomes] = {
    "request-hash": {
        "recorded_accept": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:2.10"]},
        "recorded_reject": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:4.10"]},
    },
    "pp-in-tbs": {
        "another_protocol": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:1.3"]},
    },
    "recipient-in-request": {
        "forwarded_request": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:1.8"]},
    },
    "native-mark": {
        "native_mark": {
            "marked": ["closed", ["Interlock:AP-87n"]],
            "unmarked": ["data", []],
            "not-capable": ["data", []],
        },
    },
    "continuous-seq": {
        "deleted_transfer": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:11.8"]},
    },
    "pdu-type-signed": {
        "relabelled_abort": {"state": "closed", "told": "aborted", "events": ["IEC62351-4:12.4"]},
    },
}
"""What differs with each amendment."""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder of its own for each test."""
    return Place(tmp_path)


@cache
def project(*amend: str, edition: str | None = None) -> Project:
    """The amended sources, without faults."""
    loaded = load_project(ROOT, amend=amend, edition=edition)
    found = [f for f in check_structure(loaded) if f.severity is Severity.ERROR]
    assert found == []
    return loaded


@cache
def package(*amend: str, edition: str | None = None) -> Files:
    """The Python target of amended sources."""
    return render_target(project(*amend, edition=edition), "python")


def outcomes(place: Place, files: Files) -> dict[str, Any]:
    """Every attack on a package, which also associates with itself in both modes."""
    found = place.run(files, "associate", *ATTACKS, of="amended_elsewhere")
    assert all(found.pop("associate")["associated"].values())
    return found


def test_attacks_on_the_protocol_as_captured(place: Place) -> None:
    """The yardstick."""
    assert outcomes(place, rendered()) == AS_CAPTURED


def test_every_amendment_is_attacked() -> None:
    assert set(AMENDED) == set(AMENDMENTS)


@pytest.mark.parametrize("amendment", AMENDMENTS)
def test_an_amendment_ends_its_attack_and_changes_no_other(amendment: str, place: Place) -> None:
    assert outcomes(place, package(amendment)) == {**AS_CAPTURED, **AMENDED[amendment]}


def test_all_amendments_together(place: Place) -> None:
    changed = {attack: found for effect in AMENDED.values() for attack, found in effect.items()}
    assert outcomes(place, package(*AMENDMENTS)) == {**AS_CAPTURED, **changed}


def test_their_order_moves_lines_and_nothing_else() -> None:
    forwards, backwards = project(*AMENDMENTS), project(*reversed(AMENDMENTS))
    assert [a.id for a in backwards.amendments] == list(reversed(AMENDMENTS))
    for path, source in forwards.sources.items():
        other = backwards.sources[path]
        assert sorted(source.lines) == sorted(other.lines), path
        for note in (source.note, other.note):
            assert note.startswith("amended by") == (source.note != "")


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_edition_works(edition: str, place: Place) -> None:
    found = outcomes(place, package(edition=edition))
    assert found["own_reject"]["security"]["events"] == ["IEC62351-4:4.12"], "protocol-error"
    assert {**found, "own_reject": AS_CAPTURED["own_reject"]} == AS_CAPTURED


def test_amendments_on_top_of_an_edition() -> None:
    amended = project(*AMENDMENTS, edition="2018")
    assert (amended.edition_id, len(amended.amendments)) == ("2018", len(AMENDMENTS))


# --- on the wire ---------------------------------------------------------------------------------


def compatible(place: Place, files: Files) -> dict[str, list[bool]]:
    """By mode: whether an amended client and a captured server work together, and conversely."""
    folders = (str(place.path / "package"), str(ROOT / "generated/python"))
    return place.run(files, *folders, of="mixed_elsewhere")


def test_two_packages_in_one_process_work_together(place: Place) -> None:
    """The yardstick: the same protocol on both sides."""
    assert compatible(place, rendered()) == {"native": [True] * 2, "compatibility": [True] * 2}


@pytest.mark.parametrize("amendment", AMENDMENTS)
def test_an_amendment_costs_what_it_says(amendment: str, place: Place) -> None:
    """``interoperates`` holds for both roles, and no amendment of native mode breaks the other."""
    (applied,) = project(amendment).amendments
    expected = {"native": [applied.interoperates] * 2, "compatibility": [True] * 2}
    assert compatible(place, package(amendment)) == expected


def test_an_amendment_reaches_only_what_it_changes() -> None:
    assert different(rendered(), package("continuous-seq")) == {
        "handlers/configuration.py",
        "handlers/native_client.py",
        "handlers/native_client_checks.py",
        "handlers/native_server.py",
        "handlers/native_server_checks.py",
    }
