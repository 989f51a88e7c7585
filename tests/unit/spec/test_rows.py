"""References and values inside rows are checked where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from interlock.core.errors import SpecificationError
from interlock.spec.tables import load_tables

from .conftest import Edit


@pytest.mark.parametrize(
    ("file", "old", "new", "code", "culprit"),
    [
        (
            "events.yaml",
            "clause: X.1, confidence: D",
            "clause: X.2, confidence: D",
            "SPC004",
            "X.2",
        ),
        ("events.yaml", "[Q5]", "[Q55]", "SPC010", "Q55"),
        ("events.yaml", 'id: "D:1.1"', 'id: "D:2.1"', "SPC003", '"D:2.1"'),
        ("pics.yaml", "subject: mac", "subject: mack", "SPC003", "mack"),
        ("pics.yaml", "when: [one]", "when: [three]", "SPC003", "three"),
        ("pics.yaml", 'status: "c[1]"', 'status: "c[2]"', "DAT014", '"c[2]"'),
        ("pics.yaml", "rows-from: native", "rows-from: naive", "DAT014", "naive"),
        ("pics.yaml", ", rows-from: native", "", "DAT011", None),
        ("protection.yaml", "by: Q3", "by: Q4", "SPC010", "Q4"),
        ("protection.yaml", "{by: Q3", "{by: Q5", "SPC014", "{by: Q5"),
        ("protection.yaml", "octets: {", "octets: {other: x, ", "SPC014", "{other"),
        ("suites.yaml", "0x0001", "0x10000", "SPC005", "0x10000"),
        ("xmpp.yaml", "type: set", "type: normal", "DAT014", "normal"),
        ("osi.yaml", "id: 5", "id: five", "DAT013", "five"),
        ("osi.yaml", "carrier: ABRT", "carrier: ABORT", "DAT014", "ABORT"),
        ("groups.yaml", "status: m", "status: m, colour: red", "DAT012", "colour"),
        ("algorithms.yaml", "{name: mac", "{name: mac2, hash: digest", "DAT005", None),
        ("algorithms.yaml", "hash: digest", "hash: mac", "SPC003", "mac"),
        ("clauses.yaml", "level: informative", "level: vague", "DAT014", "vague"),
    ],
)
def test_a_fault_is_reported_at_its_place(
    file: str, old: str, new: str, code: str, culprit: str | None, spec: Path, edit: Edit
) -> None:
    edit(file, old, new)
    with pytest.raises(SpecificationError) as caught:
        load_tables(spec)
    assert code in {d.code for d in caught.value.diagnostics}
    if culprit is not None:
        text = (spec / file).read_text(encoding="utf-8")
        before = text[: text.index(new) + new.index(culprit)]
        place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
        found = {(d.span.line, d.span.column) for d in caught.value.diagnostics if d.code == code}
        assert found == {place}
    assert {d.span.path for d in caught.value.diagnostics if d.code == code} == {f"spec/{file}"}
