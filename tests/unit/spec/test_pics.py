"""The PICS tables, small and real."""

from __future__ import annotations

from pathlib import Path

from interlock.spec.tables import load_tables
from interlock.spec.types import PicsRule

from .conftest import Edit

ROOT = Path(__file__).parents[3] / "spec"


def test_rows_come_from_the_suites(spec: Path, edit: Edit) -> None:
    edit("suites.yaml", "native: m", "native: o")
    table = load_tables(spec).pics[10]
    assert [(i.id, i.subject, i.status) for i in table.items] == [
        ("native-TLS_ONE", "TLS_ONE", "o")
    ]


def test_suites_that_a_mode_does_not_list_are_left_out(spec: Path, edit: Edit) -> None:
    edit("pics.yaml", "rows-from: native", "rows-from: compatibility")
    assert load_tables(spec).pics[10].items == ()


def test_conditions_of_the_standard() -> None:
    tables = load_tables(ROOT)
    assert tables.pics_conditions["c[2]"].rule is PicsRule.AT_LEAST_ONE
    assert {i.id for i in tables.pics[6].items if i.status == "c[2]"} == {"osi", "xmpp"}
    assert tables.pics_conditions["c[3]"].when == ("osi",)


def test_gcm_has_a_status_per_use() -> None:
    tables = load_tables(ROOT)
    assert tables.algorithm_status("aes128-GCM") == ("c[6]", "c[7]")
    assert tables.algorithm_status("sha256") == ()  # not in table 11


def test_mandatory_rows_of_the_suites_tables() -> None:
    tables = load_tables(ROOT)
    mandatory = {n: [i.title for i in tables.pics[n].items if i.status == "m"] for n in (8, 10)}
    assert mandatory[8] == ["TLS_DH_DSS_WITH_AES_256_CBC_SHA"]
    assert len(mandatory[10]) == 4
