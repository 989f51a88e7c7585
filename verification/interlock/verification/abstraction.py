"""The abstraction: what opaque values, predicates and operations mean to the solver.

Read from ``verification/abstraction.yaml``, typed against the vocabulary of the models. Every
opaque type, predicate and operation has a meaning there or is left out with a reason; what an
amendment adds brings its own meaning (``DEFAULTS`` has those of the shipped amendments).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from interlock.core import data as d
from interlock.core.diagnostics import Diagnostic, error, similar_name_help
from interlock.core.errors import ModelError
from interlock.core.source import SourceFile
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.machine import EnvelopeField
from interlock.model.project import Project
from interlock.model.typecheck import Scope, check
from interlock.model.vocabulary import Enumeration, Member, Parameter, Predicate, Vocabulary

FILE = "verification/abstraction.yaml"
TERM = "term"
"""An opaque type of which only equality is known."""

ADDED_PREDICATES: tuple[Predicate, ...] = (
    Predicate(
        "same-keys",
        (Parameter("a", t.Opaque("Keys")), Parameter("b", t.Opaque("Keys"))),
        "13.3.1.3",
        "{a} and {b} are the same keys",
    ),
    Predicate(
        "completes",
        (Parameter("answer", t.TEXT), Parameter("request", t.TEXT)),
        "13.3.1.2",
        "{answer} is {request} completed by a server",
    ),
    Predicate(
        "known-to-attacker",
        (Parameter("keys", t.Opaque("Keys")),),
        "13.3.1.3",
        "the attacker knows {keys}",
    ),
    Predicate(
        "is-digest",
        (Parameter("digest", t.OCTETS), Parameter("content", t.OCTETS)),
        "13.4.1",
        "{digest} is the hash of {content}",
    ),
    Predicate(
        "is-name-of",
        (Parameter("name", t.TEXT), Parameter("owner", t.Enum("Identity"))),
        "G.6",
        "{name} is the name of {owner}",
    ),
    Predicate(
        "has-native-mode",
        (Parameter("owner", t.Enum("Identity")),),
        "11.2",
        "the station of {owner} has native mode",
    ),
)
"""Words that only abstraction and properties use; ``scene`` gives their meaning."""


@dataclass(frozen=True)
class PredicateMeaning:
    """What a predicate means: an expression over ghosts, or nothing (its truth is free)."""

    means: x.Expression | None
    reason: str = ""


@dataclass(frozen=True)
class OperationMeaning:
    """What an operation yields or changes.

    Exactly one of: ``fresh`` (a value that nobody had before; ``completes`` names the parameter
    it completes), ``value``, ``injective`` (a term; ``commutes`` names two parameters that may be
    exchanged), ``sets`` (party ghosts), ``ignored`` (with the reason).
    """

    fresh: bool = False
    completes: str | None = None
    value: x.Expression | None = None
    injective: bool = False
    commutes: tuple[str, ...] = ()
    sets: tuple[tuple[str, x.Expression], ...] = ()
    ignored: str = ""


@dataclass(frozen=True)
class Abstraction:
    """Everything of the file, typed. ``vocabulary`` is that of the models, extended."""

    vocabulary: Vocabulary
    types: Mapping[str, str]
    """Opaque type to the enumeration that stands for it, or ``term``."""
    message_ghosts: Mapping[str, t.Type]
    party_ghosts: Mapping[str, t.Type]
    predicates: Mapping[str, PredicateMeaning]
    operations: Mapping[str, OperationMeaning]
    envelope: Mapping[str, Mapping[str, x.Expression]]
    """Mode to the values that an honest environment shows."""
    source: SourceFile

    def seen_as(self, kind: t.Type) -> t.Type:
        """The type as which a value of ``kind`` is seen in properties."""
        if isinstance(kind, t.Opaque) and self.types.get(kind.name, TERM) != TERM:
            return t.Enum(self.types[kind.name])
        return kind


def load_abstraction(root: Path, project: Project) -> Abstraction:
    """Read ``verification/abstraction.yaml`` below ``root``.

    Raises:
        InputError: With every finding.
    """
    source = SourceFile.read(root / FILE, FILE)
    top = d.as_mapping(
        d.read_data(source),
        "abstraction",
        required=(
            "enumerations", "types", "message", "party", "predicates", "operations", "envelope",
        ),
        optional=(),
    )  # fmt: skip
    return _Loader(top, project, source).load()


class _Loader:
    def __init__(self, top: d.Mapping, project: Project, source: SourceFile) -> None:
        self._top = top
        self._project = project
        self._source = source
        self._findings: list[Diagnostic] = []

    def load(self) -> Abstraction:
        words = self._vocabulary()
        types = self._types(words)
        message = self._ghosts("message", words)
        party = self._ghosts("party", words)
        scope = Scope(
            words, {x.Root.MESSAGE: message}, t.Message(), may_act=True, scenes={"party": party}
        )
        predicates = {
            e.key.text: self._predicate(e, words, types, scope)
            for e in self._section("predicates")
            if self._known(e.key, words.predicates, "predicate")
        }
        operations = {
            e.key.text: self._operation(e, words, types, scope)
            for e in self._section("operations")
            if self._known(e.key, words.operations, "operation")
        }
        self._demand_all(words, predicates, operations, types)
        envelope = self._envelopes(words)
        if self._findings:
            raise ModelError(self._findings)
        return Abstraction(
            words, types, message, party, predicates, operations, envelope, self._source
        )

    def _section(self, name: str) -> d.Mapping:
        return d.as_mapping(self._top.need(name), name)

    def _known(self, key: d.Scalar, table: Mapping[str, object], what: str) -> bool:
        # Meanings of words that an amendment adds stay in the file while it is not in force.
        return key.text in table

    def _vocabulary(self) -> Vocabulary:
        base = self._project.models.vocabulary
        enumerations = dict(base.enumerations)
        for entry in self._section("enumerations"):
            node = d.as_mapping(
                entry.value, "enumeration", required=("words", "members"), optional=()
            )
            members = d.as_sequence(node.need("members"), "members")
            enumerations[entry.key.text] = Enumeration(
                entry.key.text,
                tuple(Member(d.as_text(item, "member")) for item in members),
                False,
                "model",
                "",
                node.text("words"),
                entry.key.span,
            )
        predicates = {**base.predicates, **{p.name: p for p in ADDED_PREDICATES}}
        return replace(base, enumerations=enumerations, predicates=predicates)

    def _types(self, words: Vocabulary) -> dict[str, str]:
        out = {}
        for entry in self._section("types"):
            node = d.as_mapping(entry.value, "type", required=("as", "words"), optional=())
            seen = node.need("as")
            out[entry.key.text] = d.as_choice(seen, "as", (TERM, *words.enumerations))
        return out

    def _ghosts(self, section: str, words: Vocabulary) -> dict[str, t.Type]:
        out = {}
        for entry in self._section(section):
            node = d.as_mapping(entry.value, "ghost", required=("type", "words"), optional=())
            kind = node.need("type")
            out[entry.key.text] = words.type_named(d.as_text(kind, "type"), kind.span)
        return out

    def _parameters(
        self, declared: tuple[Parameter, ...], types: Mapping[str, str]
    ) -> dict[str, t.Type]:
        out: dict[str, t.Type] = {}
        for p in declared:
            kind: t.Type = p.type
            if isinstance(kind, t.Opaque) and types.get(kind.name, TERM) != TERM:
                kind = t.Enum(types[kind.name])
            if not isinstance(kind, t.Message):
                out[p.name] = kind
        return out

    def _predicate(
        self, entry: d.Entry, words: Vocabulary, types: Mapping[str, str], scope: Scope
    ) -> PredicateMeaning:
        node = d.as_mapping(entry.value, "predicate", required=(), optional=("means", "free"))
        free, means = node.get("free"), node.get("means")
        if means is None:
            return PredicateMeaning(None, d.as_text(free, "free") if free else "")
        names = self._parameters(words.predicates[entry.key.text].parameters, types)
        inner = replace(scope, names=names, may_act=False)
        return PredicateMeaning(self._typed(means, "means", inner, t.BOOL))

    def _operation(
        self, entry: d.Entry, words: Vocabulary, types: Mapping[str, str], scope: Scope
    ) -> OperationMeaning:
        node = d.as_mapping(
            entry.value,
            "operation",
            required=(),
            optional=(
                "fresh", "completes", "is", "injective", "commutes", "sets", "ignored", "words",
            ),
        )  # fmt: skip
        operation = words.operations[entry.key.text]
        names = self._parameters(operation.parameters, types)
        fields: dict[str, t.Type] = {"appl-data": t.OCTETS}
        roots = {x.Root.MESSAGE: {**scope.roots[x.Root.MESSAGE], **fields}}
        inner = replace(scope, names=names, roots=roots)
        value, completes, sets = node.get("is"), node.get("completes"), node.get("sets")
        commutes, ignored = node.get("commutes"), node.get("ignored")
        result = operation.result
        if isinstance(result, t.Opaque) and types.get(result.name, TERM) != TERM:
            result = t.Enum(types[result.name])
        return OperationMeaning(
            fresh=node.get("fresh") is not None,
            completes=d.as_text(completes, "completes") if completes else None,
            value=self._typed(value, "is", inner, result) if value and result else None,
            injective=node.get("injective") is not None,
            commutes=tuple(
                d.as_text(item, "parameter")
                for item in (d.as_sequence(commutes, "commutes") if commutes else ())
            ),
            sets=tuple(
                (e.key.text, self._typed(e.value, "sets", inner, scope.scenes["party"][e.key.text]))
                for e in (d.as_mapping(sets, "sets") if sets else ())
            ),
            ignored=d.as_text(ignored, "ignored") if ignored else "",
        )

    def _typed(self, data: d.Data, what: str, scope: Scope, kind: t.Type) -> x.Expression:
        return check(d.as_scalar(data, what), scope, kind)

    def _demand_all(
        self,
        words: Vocabulary,
        predicates: Mapping[str, PredicateMeaning],
        operations: Mapping[str, OperationMeaning],
        types: Mapping[str, str],
    ) -> None:
        base = self._project.models.vocabulary
        for what, known, given, section in (
            ("predicate", base.predicates, predicates, "predicates"),
            ("operation", base.operations, operations, "operations"),
            ("opaque type", base.opaque, types, "types"),
        ):
            for name in known:
                if name not in given:
                    self._findings.append(
                        error(
                            "PRP010",
                            f'{what} "{name}" has no meaning for the solver',
                            self._section(section).span,
                            help=f'give it one in "{FILE}", or leave it free with a reason',
                        )
                    )

    def _envelopes(self, words: Vocabulary) -> dict[str, dict[str, x.Expression]]:
        out: dict[str, dict[str, x.Expression]] = {}
        fields: Mapping[str, EnvelopeField] = self._project.models.envelopes["osi"]
        for mode in self._section("envelope"):
            out[mode.key.text] = {}
            for entry in d.as_mapping(mode.value, "envelope"):
                field = fields.get(entry.key.text)
                if field is None:
                    self._findings.append(_unknown_field(entry.key, fields))
                    continue
                text = d.as_scalar(entry.value, "value")
                out[mode.key.text][field.name] = check(text, Scope(words, {}), field.type)
        return out


def _unknown_field(key: d.Scalar, fields: Mapping[str, EnvelopeField]) -> Diagnostic:
    return error(
        "PRP011",
        f'the environment has no field "{key.text}"',
        key.span,
        help=similar_name_help(key.text, fields),
    )
