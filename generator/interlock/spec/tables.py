"""Reading the tables of ``spec/``: one YAML file each, every finding with its position.

The registers (clauses, assumptions) are read first, the other tables against them. What needs
the ASN.1 modules is checked in ``interlock.spec.check``.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from interlock.core import data
from interlock.core.diagnostics import error
from interlock.core.errors import InputError, SpecificationError
from interlock.core.source import Overlay, SourceFile, Span
from interlock.spec.environments import read_osi, read_xmpp
from interlock.spec.events import read_events
from interlock.spec.pics import read_pics
from interlock.spec.primitives import read_algorithms, read_groups, read_suites
from interlock.spec.protection import read_protection
from interlock.spec.registers import read_assumptions, read_clauses
from interlock.spec.rows import Context
from interlock.spec.types import SpecTables

# file name -> the keys of its top level
FILES: Mapping[str, tuple[str, ...]] = {
    "clauses": ("documents", "clauses"),
    "assumptions": ("assumptions",),
    "algorithms": ("algorithms",),
    "groups": ("groups",),
    "suites": ("suites",),
    "events": ("groups", "events"),
    "pics": ("conditions", "tables"),
    "protection": ("protection",),
    "osi": ("ports", "limits", "profiles", "carriers"),
    "xmpp": ("namespaces", "resource", "stanzas"),
}


def load_tables(
    root: Path, *, assume: Mapping[str, str] | None = None, overlay: Overlay | None = None
) -> SpecTables:
    """Read every table below ``root`` (the ``spec/`` folder).

    Args:
        root: Folder with the YAML files; diagnostics show paths as ``root`` is written.
        assume: Assumption id to the value that replaces the one of the file.
        overlay: Texts that stand in for files.

    Raises:
        SpecificationError: Anything is wrong; carries all findings.
    """
    context = Context()
    sources: dict[str, SourceFile] = {}
    texts = overlay or Overlay()
    parsed = {name: _parse(root, name, sources, context, texts) for name in FILES}
    if context.findings:
        raise SpecificationError(context.findings)

    context.clauses = read_clauses(parsed["clauses"], context)
    context.assumptions = read_assumptions(parsed["assumptions"], assume or {}, context)
    algorithms = read_algorithms(parsed["algorithms"], context)
    suites = read_suites(parsed["suites"], context)
    event_groups, events = read_events(parsed["events"], context)
    conditions, pics = read_pics(parsed["pics"], algorithms, suites, context)
    tables = SpecTables(
        clauses=context.clauses,
        assumptions=context.assumptions,
        algorithms=algorithms,
        groups=read_groups(parsed["groups"], context),
        suites=suites,
        event_groups=event_groups,
        events=events,
        pics=pics,
        pics_conditions=conditions,
        protection=read_protection(parsed["protection"], algorithms, context),
        osi=read_osi(parsed["osi"], context),
        xmpp=read_xmpp(parsed["xmpp"], context),
        sources=sources,
    )
    if context.findings:
        raise SpecificationError(context.findings)
    return tables


SHOWN_ROOT = "spec"
"""What the folder of the tables is called in diagnostics, wherever it lies."""


def _parse(
    root: Path, name: str, sources: dict[str, SourceFile], context: Context, overlay: Overlay
) -> data.Mapping:
    shown = f"{SHOWN_ROOT}/{name}.yaml"
    empty = data.Mapping((), Span(shown, 1, 1, 2))
    source = read_source(root / f"{name}.yaml", shown, context, overlay)
    if source is None:
        return empty
    sources[source.path] = source
    try:
        tree = data.read_data(source)
        return data.as_mapping(tree, f"{name}.yaml", required=FILES[name], optional=())
    except InputError as problem:
        context.findings.extend(problem.diagnostics)
        return empty


def read_source(path: Path, shown: str, context: Context, overlay: Overlay) -> SourceFile | None:
    """Read one text file, or what stands in for it; an unreadable one is reported, gives None.

    ``shown`` is the path of diagnostics and of generated headers: it may not depend on where
    the project lies.
    """
    try:
        return overlay.read(path, shown)
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not UTF-8"
        message = f'cannot read "{path.as_posix()}": {reason}'
        context.findings.append(error("SPC001", message, Span(shown, 1, 1, 2)))
        return None
