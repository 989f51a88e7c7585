"""Component paths lead through references, structures and choices, and nowhere else."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.asn1 import load_modules
from interlock.asn1.types import Asn1Model, BooleanType, IntegerType, OctetStringType
from interlock.core.source import SourceFile
from interlock.spec.paths import UnknownStep, members, resolve_path

TEXT = """M DEFINITIONS IMPLICIT TAGS ::= BEGIN
A ::= SEQUENCE { b B, list SEQUENCE OF B, ..., [[ late BOOLEAN ]] }
B ::= CHOICE { c [0] C, number INTEGER }
C ::= SET { octets [0] OCTET STRING }
END
"""


@pytest.fixture(scope="module")
def model() -> Asn1Model:
    return load_modules([SourceFile("M.asn", TEXT)])


@pytest.mark.parametrize(
    ("path", "kind"),
    [("b.c.octets", OctetStringType), ("b.number", IntegerType), ("late", BooleanType)],
)
def test_a_path_leads_to_its_type(path: str, kind: type, model: Asn1Model) -> None:
    assert isinstance(resolve_path(model, "M.A", path), kind)


def test_the_empty_path_is_the_definition(model: Asn1Model) -> None:
    assert list(members(resolve_path(model, "M.A", ""))) == ["b", "list", "late"]


@pytest.mark.parametrize(
    ("path", "step", "known"),
    [
        ("c", "c", ("b", "list", "late")),
        ("b.octets", "octets", ("c", "number")),
        ("b.number.x", "x", ()),
        ("list.c", "c", ()),
        ("b..c", "", ("c", "number")),
    ],
)
def test_a_wrong_step_is_named(
    path: str, step: str, known: tuple[str, ...], model: Asn1Model
) -> None:
    with pytest.raises(UnknownStep) as caught:
        resolve_path(model, "M.A", path)
    assert (caught.value.step, caught.value.known) == (step, known)


def test_an_unknown_definition_is_a_key_error(model: Asn1Model) -> None:
    with pytest.raises(KeyError):
        resolve_path(model, "M.Z", "")


def test_modules_are_read_from_files(spec: Path) -> None:
    path = spec / "asn1" / "IEC62351-4-E2E.asn"
    model = load_modules([SourceFile.read(path)])
    assert isinstance(resolve_path(model, "IEC62351-4-E2E.Signed", "tbs.cert"), OctetStringType)
