"""Enumerations, predicates and operations, and where they come from."""

from __future__ import annotations

import pytest

from interlock.core.errors import ModelError
from interlock.core.source import Span
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.vocabulary import BUILT_IN
from unit.model.small_models import Damaged

AT = Span("f", 1, 2, 3)


def test_members_come_from_tables_and_modules(small: Project) -> None:
    words = small.models.vocabulary.enumerations
    assert "sha256WithRSAEncryption" in words["SignatureAlgorithm"].names
    assert words["SignatureAlgorithm"].names[-1] == "other"
    assert {m.name: m.number for m in words["DHGroup"].members}["modp14"] == 14
    diagnostics = {m.name: m.number for m in words["DtDiagnostics"].members}
    assert diagnostics["protocol-error"] == 1
    assert {m.name: m.number for m in words["AcseDiagnostic"].members} == {"no-reason-given": 1}
    assert words["AssociateResult"].names == ("absent", "accepted")


def test_types_by_name(small: Project) -> None:
    words = small.models.vocabulary
    assert words.type_named("set of DHGroup", AT) == t.SetOf(t.Enum("DHGroup"))
    assert words.type_named("list of DHGroup", AT) == t.ListOf(t.Enum("DHGroup"))
    assert words.type_named("Keys", AT) == t.Opaque("Keys")
    assert words.type_named("duration", AT) == t.DURATION


@pytest.mark.parametrize("name", ["DHGruop", "set of Keys", "list of", "set of set of DHGroup", ""])
def test_unknown_types(small: Project, name: str) -> None:
    with pytest.raises(ModelError) as caught:
        small.models.vocabulary.type_named(name, AT)
    (found,) = caught.value.diagnostics
    assert (found.code, found.span) == ("MDL101", AT)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("use: hmac", "use: hmca", ("DAT014", "vocabulary.yaml", 3, "hmca")),
        ("from: groups", "from: tables", ("DAT014", "vocabulary.yaml", 7, "tables")),
        (
            "type: IEC62351-4-E2E.DtDiagnostics",
            "type: IEC62351-4-E2E.DtSecAbort",
            ("MDL102", "vocabulary.yaml", 9, "IEC62351-4-E2E.DtSecAbort"),
        ),
        ("no-reason-given: 1", "no-reason-given: x", ("DAT013", "vocabulary.yaml", 12, "x")),
        ("{m: message}", "{m: mesage}", ("MDL101", "vocabulary.yaml", 21, "mesage")),
        ("result: Keys", "result: Kees", ("MDL101", "vocabulary.yaml", 27, "Kees")),
    ],
)
def test_faults_have_their_place(
    damaged: Damaged, old: str, new: str, expected: tuple[str, str, int, str]
) -> None:
    damaged.edit("vocabulary.yaml", old, new)
    assert damaged.places() == [expected]


def test_all_faults_of_a_file_are_reported(damaged: Damaged) -> None:
    damaged.edit("vocabulary.yaml", "from: groups", "from: tables")
    damaged.edit("vocabulary.yaml", "use: hmac", "use: hmca")
    assert [place[3] for place in damaged.places()] == ["hmca", "tables"]
    damaged.edit("vocabulary.yaml", "from: tables", "from: groups")
    damaged.edit("vocabulary.yaml", "use: hmca", "use: hmac")
    damaged.edit("vocabulary.yaml", "{m: message}", "{m: mesage}")
    damaged.edit("vocabulary.yaml", "result: Keys", "result: Kees")
    assert [place[3] for place in damaged.places()] == ["mesage", "Kees"]


@pytest.mark.parametrize("name", BUILT_IN)
def test_words_that_the_tool_needs(damaged: Damaged, name: str) -> None:
    damaged.edit("vocabulary.yaml", f"  {name}:", f"  {name}X:")
    assert "MDL103" in {place[0] for place in damaged.places()}
