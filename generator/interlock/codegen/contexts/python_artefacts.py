"""File lists of the Python artefacts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from interlock.codegen.contexts.python_codec import module_context, object_identifiers_context
from interlock.codegen.contexts.rendering import Rendering
from interlock.codegen.names.python import module_name, unique
from interlock.ir import codec
from interlock.ir.codec_lower import Keep, lower_codec

if TYPE_CHECKING:
    from interlock.model.project import Project
    from interlock.spec.specification import Specification

_FOLDER = "iec62351_4/codec"


def keep_list(spec: Specification) -> tuple[Keep, ...]:
    """The components whose octets signatures and ICVs cover, from the protection table."""
    return tuple(
        Keep(
            type=rule.key,
            path=tuple(path.split(".")),
            includes_end_of_contents=rule.include_end_of_contents,
        )
        for rule in spec.tables.protection.values()
        for path in rule.keep
    )


def codec_model(spec: Specification) -> codec.CodecModel:
    """The codec IR of a specification."""
    return lower_codec(spec.asn1, keep_list(spec))


def codec_modules(project: Project) -> Iterator[Rendering]:
    """One file per ASN.1 module."""
    spec = project.spec
    model = codec_model(spec)
    unique("the modules", [(m.name, module_name(m.name)) for m in model.modules])
    for module in model.modules:
        if not module.definitions and not module.name_tables:
            continue
        yield Rendering(
            path=f"{_FOLDER}/{module_name(module.name)}.py",
            context=module_context(model, module, header=""),
            ir=module,
            sources=_sources([module.name], spec),
            clauses=tuple(
                clause
                for d in module.definitions
                for clause in (d.origin.clause or "").split(", ")
                if clause
            ),
        )


def object_identifiers(project: Project) -> Iterator[Rendering]:
    """The file with all named object identifiers."""
    spec = project.spec
    model = codec_model(spec)
    yield Rendering(
        path=f"{_FOLDER}/object_identifiers.py",
        context=object_identifiers_context(model, header=""),
        ir=model.oids,
        sources=_sources(dict.fromkeys(o.module for o in model.oids), spec),
    )


def _sources(modules: Iterable[str], spec: Specification) -> tuple[str, ...]:
    """Files of modules; a built-in definition has none of its own."""
    paths = [spec.asn1.modules[m].span.path for m in modules if m in spec.asn1.modules]
    return tuple(dict.fromkeys(paths)) or ("X.690",)
