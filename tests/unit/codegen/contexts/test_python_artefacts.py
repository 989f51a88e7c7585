from __future__ import annotations

from interlock.codegen.contexts.python_artefacts import (
    codec_modules,
    keep_list,
    object_identifiers,
)
from interlock.ir.codec_lower import Keep
from unit.codegen.fakes import project


def test_one_file_per_module_with_its_sources_and_clauses() -> None:
    (module,) = codec_modules(project())
    assert module.path == "iec62351_4/codec/m.py"
    assert module.sources == ("m.asn",)
    assert module.clauses == ("13.1",)


def test_object_identifiers_of_all_modules_in_one_file() -> None:
    (rendering,) = object_identifiers(project())
    assert rendering.path == "iec62351_4/codec/object_identifiers.py"
    assert [oid.name for oid in rendering.context.oids] == ["ID_A"]


def test_keep_list() -> None:
    assert keep_list(project(keep=("tbs", "tbs.x")).spec) == (
        Keep("M.A", ("tbs",)),
        Keep("M.A", ("tbs", "x")),
    )
