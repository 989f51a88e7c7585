"""Compositions: which machines meet in a run, and how one attempt follows another.

Read from ``verification/scenarios.yaml`` and ``models/establishment.yaml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from interlock.core import data as d
from interlock.core.diagnostics import error, similar_name_help
from interlock.core.errors import ModelError
from interlock.core.source import SourceFile, Span
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.typecheck import Scope, check

SCENARIOS = "verification/scenarios.yaml"
ESTABLISHMENT = "models/establishment.yaml"
OUTCOME: Mapping[str, t.Type] = {"failed": t.BOOL, "refused": t.BOOL}


@dataclass(frozen=True)
class StrandOf:
    """One run in a composition; ``after`` names the attempt that must have failed before."""

    name: str
    machine: str
    identity: str
    after: str | None


@dataclass(frozen=True)
class Composition:
    """Strands that meet. ``undisturbed`` bounds the steps of a run without interference."""

    name: str
    words: str
    strands: Mapping[str, StrandOf]
    undisturbed: Mapping[str, int]


@dataclass(frozen=True)
class Rule:
    """When a client may make its second attempt."""

    id: str
    when: x.Expression
    clause: str
    words: str
    span: Span


@dataclass(frozen=True)
class Compositions:
    """All compositions, and the rules of establishment."""

    by_name: Mapping[str, Composition]
    policy: Mapping[str, str]
    """Names of local knowledge to what they mean."""
    rules: tuple[Rule, ...]
    sources: Mapping[str, SourceFile]


def load_compositions(
    root: Path, project: Project, overlay: Mapping[str, str] | None = None
) -> Compositions:
    """Read the compositions below ``root``.

    Args:
        root: Folder with ``verification/`` and ``models/``.
        project: Whose machines they name.
        overlay: Changed texts by path.

    Raises:
        InputError: With the first finding of each file.
    """
    changed = overlay or {}
    sources = {}
    for name in (SCENARIOS, ESTABLISHMENT):
        source = SourceFile.read(root / name, name)
        sources[name] = SourceFile(name, changed[name]) if name in changed else source
    policy, rules = _establishment(d.read_data(sources[ESTABLISHMENT]), project)
    return Compositions(
        _scenarios(d.read_data(sources[SCENARIOS]), project), policy, rules, sources
    )


def _scenarios(data: d.Data, project: Project) -> dict[str, Composition]:
    top = d.as_mapping(data, "scenario file", required=("scenarios",), optional=())
    out = {}
    for entry in d.as_mapping(top.need("scenarios"), "scenarios"):
        node = d.as_mapping(
            entry.value, "scenario", required=("words", "strands", "undisturbed"), optional=()
        )
        strands = {
            e.key.text: _strand(e, project) for e in d.as_mapping(node.need("strands"), "strands")
        }
        undisturbed = {
            e.key.text: d.as_int(e.value, "number of steps")
            for e in d.as_mapping(node.need("undisturbed"), "undisturbed")
        }
        out[entry.key.text] = Composition(entry.key.text, node.text("words"), strands, undisturbed)
    return out


def _strand(entry: d.Entry, project: Project) -> StrandOf:
    node = d.as_mapping(
        entry.value, "strand", required=("machine", "identity"), optional=("after",)
    )
    machine = d.as_scalar(node.need("machine"), "machine")
    known = project.models.machines
    if machine.text not in known:
        text = f'unknown machine "{machine.text}"'
        help = similar_name_help(machine.text, known)
        raise ModelError([error("PRP005", text, machine.span, help=help)])
    after = node.get("after")
    return StrandOf(
        entry.key.text,
        machine.text,
        d.as_choice(node.need("identity"), "identity", ("client", "server")),
        d.as_text(after, "after") if after else None,
    )


def _establishment(data: d.Data, project: Project) -> tuple[dict[str, str], tuple[Rule, ...]]:
    top = d.as_mapping(
        data,
        "establishment file",
        required=("establishment", "clause", "words", "policy", "rules"),
        optional=(),
    )
    policy = {}
    for entry in d.as_mapping(top.need("policy"), "policy"):
        node = d.as_mapping(entry.value, "policy field", required=("type", "words"), optional=())
        d.as_choice(node.need("type"), "type", ("bool",))
        policy[entry.key.text] = node.text("words")
    config = project.models.configs["native"]
    scope = Scope(
        project.models.vocabulary,
        {x.Root.CONFIG: {f.name: f.type for f in config.values()}},
        scenes={"outcome": OUTCOME, "policy": dict.fromkeys(policy, t.BOOL)},
    )
    rules = []
    for item in d.as_sequence(top.need("rules"), "rules"):
        node = d.as_mapping(
            item, "rule", required=("id", "clause", "confidence", "when", "words"), optional=()
        )
        when = check(d.as_scalar(node.need("when"), "when"), scope, t.BOOL)
        rules.append(
            Rule(node.text("id"), when, node.text("clause"), node.text("words"), node.span)
        )
    return policy, tuple(rules)
