"""Reading all of ``models/``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, Label, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import Overlay, SourceFile, Span
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.check_lists import WrittenCheckList, read_check_lists
from interlock.model.machine import ConfigField, EnvelopeField, Machine
from interlock.model.machine_loader import Surroundings, load_machine
from interlock.model.messages import MessageSet, load_messages
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import Vocabulary, load_vocabulary
from interlock.spec import Specification

Result = TypeVar("Result")


@dataclass(frozen=True)
class Models:
    """Everything below ``models/``, checked."""

    vocabulary: Vocabulary
    messages: Mapping[str, MessageSet]  # by mode
    configs: Mapping[str, Mapping[str, ConfigField]]  # by mode
    envelopes: Mapping[str, Mapping[str, EnvelopeField]]  # by environment
    check_lists: Mapping[str, WrittenCheckList]  # as written, those of no use included
    machines: Mapping[str, Machine]
    sources: Mapping[str, SourceFile] = field(default_factory=dict, compare=False, repr=False)


def load_models(root: Path, spec: Specification, overlay: Overlay | None = None) -> Models:
    """Read and check the model files below ``root``, or what ``overlay`` has in their place.

    Raises:
        InputError: With every finding of the stage that failed (a stage needs those before it).
    """
    return _Loader(root, spec, overlay or Overlay()).load()


class _Loader:
    def __init__(self, root: Path, spec: Specification, overlay: Overlay) -> None:
        self._root = root
        self._overlay = overlay
        self._spec = spec
        self._sources: dict[str, SourceFile] = {}
        self._findings: list[Diagnostic] = []

    def load(self) -> Models:
        """Read everything."""
        words = load_vocabulary(self._read("vocabulary.yaml"), self._spec)
        messages = {}
        for data in self._read_all("messages"):
            with_mode = self._guarded(partial(load_messages, data, words, self._spec))
            if with_mode is not None:
                messages[with_mode.mode] = with_mode
        envelopes = {}
        for data in self._read_all("environments"):
            environment = self._guarded(partial(self._envelope, data, words))
            if environment is not None:
                envelopes[environment[0]] = environment[1]
        policies = self._guarded(partial(self._read, "policies.yaml"))
        configs = self._guarded(partial(self._configs, policies, words)) if policies else None
        lists = self._check_lists(words)
        self._stop_on_findings()
        around = Surroundings(words, messages, configs or {}, envelopes, lists)
        machines = {}
        for data in self._read_all("machines"):
            machine = self._guarded(partial(load_machine, data, around))
            if machine is not None:
                machines[machine.name] = machine
        self._stop_on_findings()
        return Models(words, messages, around.configs, envelopes, lists, machines, self._sources)

    def _stop_on_findings(self) -> None:
        if self._findings:
            raise ModelError(self._findings)

    def _guarded(self, read: Callable[[], Result]) -> Result | None:
        """What ``read`` gives, or None when it found something; the findings are kept."""
        try:
            return read()
        except InputError as problem:
            self._findings.extend(problem.diagnostics)
            return None

    # --- files -----------------------------------------------------------------------------

    def _read(self, name: str) -> d.Data:
        shown = f"models/{name}"
        try:
            source = self._overlay.read(self._root / name, shown)
        except (OSError, UnicodeDecodeError) as problem:
            why = getattr(problem, "strerror", None) or "it is not UTF-8 text"
            finding = error("MDL162", f'"{shown}" cannot be read: {why}', Span(shown, 1, 1, 2))
            raise ModelError([finding]) from problem
        self._sources[source.path] = source
        return d.read_data(source)

    def _read_all(self, folder: str) -> list[d.Data]:
        names = [path.name for path in sorted((self._root / folder).glob("*.yaml"))]
        if not names:
            shown = f"models/{folder}"
            self._findings.append(error("MDL162", f'no file in "{shown}"', Span(shown, 1, 1, 2)))
        read = [self._guarded(partial(self._read, f"{folder}/{name}")) for name in names]
        return [data for data in read if data is not None]

    # --- environment fields and configuration ----------------------------------------------

    def _envelope(self, data: d.Data, words: Vocabulary) -> tuple[str, dict[str, EnvelopeField]]:
        top = d.as_mapping(
            data, "environment file", required=("environment", "fields"), optional=()
        )
        name, fields = top.need("environment"), top.need("fields")
        out = {}
        for entry in d.as_mapping(fields, "fields"):
            node = d.as_mapping(
                entry.value, "field", required=("type", "clause", "words"), optional=()
            )
            out[entry.key.text] = EnvelopeField(
                entry.key.text,
                self._type(node, words),
                node.text("clause"),
                node.text("words"),
                entry.key.span,
            )
        return d.as_text(name, "environment"), out

    def _configs(self, data: d.Data, words: Vocabulary) -> dict[str, dict[str, ConfigField]]:
        top = d.as_mapping(data, "policy file", required=("configurations",), optional=())
        table = top.need("configurations")
        parts: dict[str, dict[str, ConfigField]] = {}
        for entry in d.as_mapping(table, "configurations"):
            body = d.as_mapping(entry.value, "configuration")
            fields: dict[str, ConfigField] = {}
            include, own = body.get("include"), body.get("fields")
            for item in d.as_sequence(include, "include") if include else ():
                name = d.as_scalar(item, "configuration")
                if name.text not in parts:
                    raise ModelError(
                        [
                            error(
                                "MDL160",
                                f'unknown configuration "{name.text}"',
                                name.span,
                                help=similar_name_help(name.text, parts),
                            )
                        ]
                    )
                fields.update(parts[name.text])
            rows = d.as_mapping(own, "fields") if own else body
            for row in rows:
                if row.key.text != "include":
                    found = self._guarded(partial(self._config_field, row, words))
                    if found is not None:
                        fields[found.name] = found
            parts[entry.key.text] = fields
        return parts

    def _config_field(self, entry: d.Entry, words: Vocabulary) -> ConfigField:
        node = d.as_mapping(
            entry.value,
            "configuration field",
            required=("type", "clause", "words"),
            optional=("default", "assumption", "confidence"),
        )
        kind = self._type(node, words)
        default, assumption = node.get("default"), node.get("assumption")
        value: x.Expression | None = None
        if isinstance(default, d.Mapping):
            d.as_mapping(default, "default", required=("assumption",), optional=())
            assumption = default.need("assumption")
            value = self._assumed(d.as_scalar(assumption, "assumption"), kind, words)
        elif default is not None:
            value = check(d.as_scalar(default, "default"), Scope(words, {}), kind)
        return ConfigField(
            entry.key.text,
            kind,
            value,
            node.text("clause"),
            node.text("words"),
            d.as_text(assumption, "assumption") if assumption else None,
            entry.key.span,
        )

    def _assumed(self, id: d.Scalar, kind: t.Type, words: Vocabulary) -> x.Expression:
        """The value of an assumption as an expression of a type."""
        assumptions = self._spec.tables.assumptions
        if id.text not in assumptions:
            raise ModelError(
                [
                    error(
                        "MDL163",
                        f'unknown assumption "{id.text}"',
                        id.span,
                        help=similar_name_help(id.text, assumptions),
                    )
                ]
            )
        value = assumptions[id.text].value
        match kind:
            case t.Duration() if value.isdigit():
                text = f"{value} s"
            case t.Enum(name=name):
                text = f"{name}.{value}"
            case _:
                text = value
        try:
            return check(d.Scalar(text, id.span), Scope(words, {}), kind)
        except ModelError as problem:
            message = f'assumption "{id.text}" is "{value}", which is no {kind}'
            raise ModelError([error("MDL163", message, id.span)]) from problem

    def _type(self, node: d.Mapping, words: Vocabulary) -> t.Type:
        kind = d.as_scalar(node.need("type"), "type")
        return words.type_named(kind.text, kind.span)

    # --- check lists -----------------------------------------------------------------------

    def _check_lists(self, words: Vocabulary) -> dict[str, WrittenCheckList]:
        out: dict[str, WrittenCheckList] = {}
        for data in self._read_all("checks"):
            found = self._guarded(partial(read_check_lists, data, words))
            for written in found or ():
                name = written.name
                if name in out:
                    self._findings.append(
                        error(
                            "MDL161",
                            f'check list "{name}" is there twice',
                            written.span,
                            labels=[Label(out[name].span, "first here")],
                        )
                    )
                out[name] = written
        return out
