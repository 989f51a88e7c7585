"""Faulty properties, abstractions and compositions are refused, each with its code and place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from interlock.core.errors import InputError
from interlock.model.project import load_project
from interlock.verification.properties import Kind
from interlock.verification.property_rules import RULES
from interlock.verification.verifier import Verifier
from support.repository import ROOT

AGREEMENT = "verification/properties/agreement.yaml"
TRANSFER = "verification/properties/transfer.yaml"
ABSTRACTION = "verification/abstraction.yaml"
SCENARIOS = "verification/scenarios.yaml"
CLIENT = "models/machines/native-client.yaml"


def replaced(old: str, new: str) -> Callable[[str], str]:
    """Put ``new`` in the place of the first ``old``."""

    def change(text: str) -> str:
        assert old in text
        return text.replace(old, new, 1)

    return change


FAULTS: dict[str, tuple[str, Callable[[str], str]]] = {
    "PRP001": (AGREEMENT, replaced("id: AG-2.client", "id: AG-1.client")),
    "PRP002": (AGREEMENT, replaced('clause: "13.3.3"', 'clause: "99.9"')),
    "PRP003": (AGREEMENT, replaced("scenario: native", "scenario: nativ")),
    "PRP004": (AGREEMENT, replaced("at: client committed", "at: client row NC-99")),
    "PRP005": (TRANSFER, replaced("[native-client, native-server]", "[native-clint]")),
    "PRP006": (TRANSFER, replaced("    machines: [native-client, native-server]\n", "")),
    "PRP007": (AGREEMENT, replaced("formula: client.running", 'formula: "true"')),
    "PRP010": (ABSTRACTION, replaced("  signature-valid:             {means: m.signed}\n", "")),
    "PRP011": (ABSTRACTION, replaced("    information-count:", "    informations-count:")),
    "MDL111": (AGREEMENT, replaced("client.peer == client.expected", "client.pear == client.peer")),
    "MDL112": (AGREEMENT, replaced("Identity.server", "Identity.sever")),
    "MDL113": (AGREEMENT, replaced("formula: client.running", "formula: client.peer")),
}


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of everything that is read."""
    for name in ("spec", "models"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "verification").mkdir()
    for path in (ROOT / "verification").iterdir():
        if path.name == "properties":
            shutil.copytree(path, tmp_path / "verification" / path.name)
        elif path.suffix == ".yaml":
            shutil.copy(path, tmp_path / "verification" / path.name)
    return tmp_path


def load(root: Path) -> Verifier:
    """A verifier of copied sources."""
    return Verifier(root, load_project(root), second=False)


@pytest.mark.parametrize("code", FAULTS)
def test_fault_is_refused_with_its_place(sources: Path, code: str) -> None:
    file, change = FAULTS[code]
    path = sources / file
    path.write_text(change(path.read_text("utf-8")), "utf-8")
    with pytest.raises(InputError) as caught:
        load(sources)
    found = {(f.code, f.span.path, f.span.line > 0) for f in caught.value.diagnostics}
    assert found == {(code, file, True)}


def test_machine_that_goes_round_has_no_bound(sources: Path) -> None:
    """A way back from "wait-rsp" would let a handshake go on for ever."""
    path = sources / CLIENT
    text = path.read_text("utf-8")
    start = text.index("  - id: NC-09\n")
    end = text.index("    to: closed\n", start)
    path.write_text(text[:end] + "    to: transport\n" + text[end + 15 :], "utf-8")
    verifier = load(sources)
    run = next(property for property in verifier.properties if property.kind is Kind.RUN)
    with pytest.raises(InputError) as caught:
        verifier.decider(run)
    (finding,) = caught.value.diagnostics
    assert finding.code == "PRP020"
    assert "wait-rsp" in finding.message


def test_every_code_has_its_fault() -> None:
    # a graph that goes round has no small fault; demonstrations have a test file of their own
    assert set(RULES) <= {*FAULTS, "PRP020", "PRP008", "PRP009"}
