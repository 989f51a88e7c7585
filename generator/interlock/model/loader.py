"""Reading all of ``models/``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, Label, error, similar_name_help
from interlock.core.errors import InputError, ModelError
from interlock.core.source import SourceFile
from interlock.model import types as t
from interlock.model.check_lists import WrittenCheckList, read_check_lists
from interlock.model.machine import ConfigField, EnvelopeField, Machine
from interlock.model.machine_loader import Surroundings, load_machine
from interlock.model.messages import MessageSet, load_messages
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import Vocabulary, load_vocabulary
from interlock.spec import Specification


@dataclass(frozen=True)
class Models:
    """Everything below ``models/``, checked."""

    vocabulary: Vocabulary
    messages: Mapping[str, MessageSet]  # by mode
    configs: Mapping[str, Mapping[str, ConfigField]]  # by mode
    envelopes: Mapping[str, Mapping[str, EnvelopeField]]  # by environment
    machines: Mapping[str, Machine]
    sources: Mapping[str, SourceFile] = field(default_factory=dict, compare=False, repr=False)


def load_models(root: Path, spec: Specification) -> Models:
    """Read and check the model files below ``root``.

    Raises:
        InputError: With every finding of the stage that failed (a stage needs those before it).
    """
    return _Loader(root, spec).load()


class _Loader:
    def __init__(self, root: Path, spec: Specification) -> None:
        self._root = root
        self._spec = spec
        self._sources: dict[str, SourceFile] = {}
        self._findings: list[Diagnostic] = []

    def load(self) -> Models:
        """Read everything."""
        words = load_vocabulary(self._read("vocabulary.yaml"), self._spec)
        messages = {}
        for data in self._read_all("messages"):
            with_mode = self._guarded(lambda data=data: load_messages(data, words, self._spec))  # type: ignore[misc]
            if with_mode is not None:
                messages[with_mode.mode] = with_mode
        envelopes = {}
        for data in self._read_all("environments"):
            name, fields = self._envelope(data, words)
            envelopes[name] = fields
        configs = self._configs(self._read("policies.yaml"), words)
        lists = self._check_lists(words)
        self._stop_on_findings()
        around = Surroundings(words, messages, configs, envelopes, lists)
        machines = {}
        for data in self._read_all("machines"):
            machine = self._guarded(lambda data=data: load_machine(data, around))  # type: ignore[misc]
            if machine is not None:
                machines[machine.name] = machine
        self._stop_on_findings()
        return Models(words, messages, configs, envelopes, machines, self._sources)

    def _stop_on_findings(self) -> None:
        if self._findings:
            raise ModelError(self._findings)

    def _guarded(self, read):  # type: ignore[no-untyped-def]
        try:
            return read()
        except InputError as problem:
            self._findings.extend(problem.diagnostics)
            return None

    # --- files -----------------------------------------------------------------------------

    def _read(self, name: str) -> d.Data:
        source = SourceFile.read(self._root / name, f"models/{name}")
        self._sources[source.path] = source
        return d.read_data(source)

    def _read_all(self, folder: str) -> list[d.Data]:
        return [
            self._read(f"{folder}/{path.name}")
            for path in sorted((self._root / folder).glob("*.yaml"))
        ]

    # --- environment fields and configuration ----------------------------------------------

    def _envelope(self, data: d.Data, words: Vocabulary) -> tuple[str, dict[str, EnvelopeField]]:
        top = d.as_mapping(
            data, "environment file", required=("environment", "fields"), optional=()
        )
        name, fields = top.get("environment"), top.get("fields")
        assert name is not None and fields is not None
        out = {}
        for entry in d.as_mapping(fields, "fields"):
            node = d.as_mapping(
                entry.value, "field", required=("type", "clause", "words"), optional=()
            )
            out[entry.key.text] = EnvelopeField(
                entry.key.text,
                self._type(node, words),
                _text(node, "clause"),
                _text(node, "words"),
                entry.key.span,
            )
        return d.as_text(name, "environment"), out

    def _configs(self, data: d.Data, words: Vocabulary) -> dict[str, dict[str, ConfigField]]:
        top = d.as_mapping(data, "policy file", required=("configurations",), optional=())
        table = top.get("configurations")
        assert table is not None
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
                    found = self._guarded(lambda row=row: self._config_field(row, words))  # type: ignore[misc]
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
        return ConfigField(
            entry.key.text,
            kind,
            check(d.as_scalar(default, "default"), Scope(words, {}), kind) if default else None,
            _text(node, "clause"),
            _text(node, "words"),
            d.as_text(assumption, "assumption") if assumption else None,
            entry.key.span,
        )

    def _type(self, node: d.Mapping, words: Vocabulary) -> t.Type:
        kind = node.get("type")
        assert kind is not None
        return words.type_named(d.as_text(kind, "type"), kind.span)

    # --- check lists -----------------------------------------------------------------------

    def _check_lists(self, words: Vocabulary) -> dict[str, WrittenCheckList]:
        out: dict[str, WrittenCheckList] = {}
        for data in self._read_all("checks"):
            found = self._guarded(lambda data=data: read_check_lists(data, words))  # type: ignore[misc]
            for name, written in (found or {}).items():
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


def _text(node: d.Mapping, key: str) -> str:
    value = node.get(key)
    assert value is not None
    return d.as_text(value, key)
