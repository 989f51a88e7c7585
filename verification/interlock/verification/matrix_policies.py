"""The policies of the matrix: dimensions, outcomes, client and server policies, remedies.

Read from ``verification/policies.yaml``. Nothing here knows what a dimension means: a value is a
typed condition on the constants of a world, with the names that properties use, the constants that
the file adds below ``policy``, and ``undisturbed.second-attempt``: that the rules of establishment
let a client that nobody disturbs make a second attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from interlock.core import data as d
from interlock.core.diagnostics import error, similar_name_help
from interlock.core.errors import ModelError
from interlock.core.source import SourceFile, Span
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.amendments import list_amendments
from interlock.model.project import Project
from interlock.model.typecheck import Scope, check
from interlock.verification.abstraction import Abstraction
from interlock.verification.composition import OUTCOME, Composition, Compositions, Rule
from interlock.verification.matrix_regions import Dimension, Place, Region
from interlock.verification.properties import Point, PointKind, PropertyReader

FILE = "verification/policies.yaml"
SECOND_ATTEMPT = "undisturbed.second-attempt"
NONE = "none"
"""The outcome of a pair that does not associate."""
_SIDES = ("client", "server")


@dataclass(frozen=True)
class Policy:
    """A row (client) or column (server) of the matrix: a value for each dimension of its side."""

    id: str
    words: str
    values: Mapping[str, str]
    span: Span = field(default_factory=Span.nowhere, compare=False, repr=False)


@dataclass(frozen=True)
class Outcome:
    """What a pair can come to: undisturbed, and as a completed association of a client."""

    id: str
    without: x.Expression
    point: Point
    when: x.Expression


@dataclass(frozen=True)
class Attack:
    """The property whose trace shows how an outcome is forced, and where that holds."""

    property: str
    forces: tuple[str, ...]
    instead_of: tuple[str, ...]
    where: Region


@dataclass(frozen=True)
class RemedyOf:
    """A remedy as the file has it: other values, amendments in force, further conditions."""

    id: str
    words: str
    set: Mapping[str, str]
    where: Region
    amend: tuple[str, ...]
    assume: tuple[d.Scalar, ...]


@dataclass(frozen=True)
class Policies:
    """Everything of the file, typed against one project."""

    composition: Composition
    """With the steps of the undisturbed runs that the file gives."""
    compositions: Compositions
    """With the constants and rules that the file adds."""
    limits: Mapping[str, str]
    """Fields of received messages to the configured greatest value, which they do not exceed."""
    machines: Mapping[str, x.Expression]
    first_attempt: Mapping[str, x.Expression]
    assume: tuple[x.Expression, ...]
    dimensions: tuple[Dimension, ...]
    conditions: Mapping[tuple[str, str], x.Expression]
    """Dimension and value to what the value means."""
    spans: Mapping[tuple[str, str], Span]
    outcomes: tuple[Outcome, ...]
    attacks: tuple[Attack, ...]
    clients: tuple[Policy, ...]
    servers: tuple[Policy, ...]
    remedies: tuple[RemedyOf, ...]
    scope: Scope

    def place(self, client: Policy, server: Policy) -> Place:
        """The values of a pair."""
        values = {**client.values, **server.values}
        return tuple(values[dimension.id] for dimension in self.dimensions)

    def typed(self, text: d.Scalar) -> x.Expression:
        """A condition in the scope of the file.

        Raises:
            InputError: It names something unknown, or its types do not fit.
        """
        return check(text, self.scope, t.BOOL)


def load_policies(
    root: Path,
    project: Project,
    abstraction: Abstraction,
    compositions: Compositions,
    file: Path | None = None,
) -> Policies:
    """Read the policy file below ``root``.

    Args:
        root: Folder with ``verification/`` and ``spec/``.
        project, abstraction, compositions: What its names mean.
        file: Another file with policies.

    Raises:
        InputError: A name is unknown or there twice, or types do not fit.
    """
    source = SourceFile.read(file or root / FILE, FILE if file is None else file.name)
    top = d.as_mapping(
        d.read_data(source),
        "policy file",
        required=(
            "scenario", "undisturbed", "constants", "establishment", "machines", "first-attempt",
            "limits", "assume", "dimensions", "outcomes", "attacks", "clients", "servers",
            "remedies",
        ),
        optional=(),
    )  # fmt: skip
    known = {amendment.id for amendment in list_amendments(root)}
    return _Reader(top, project, abstraction, compositions, known).read()


class _Reader:
    def __init__(
        self,
        top: d.Mapping,
        project: Project,
        abstraction: Abstraction,
        compositions: Compositions,
        amendments: set[str],
    ) -> None:
        self._top = top
        self._project = project
        self._abstraction = abstraction
        self._amendments = amendments
        self._composition = self._scenario(compositions)
        constants = {
            e.key.text: d.as_mapping(e.value, "constant", required=("words",), optional=()).text(
                "words"
            )
            for e in self._mapping("constants")
        }
        self._compositions = replace(compositions, policy={**compositions.policy, **constants})
        self._scope = self._scope_of_formulas()

    def read(self) -> Policies:
        conditions: dict[tuple[str, str], x.Expression] = {}
        spans: dict[tuple[str, str], Span] = {}
        dimensions = tuple(self._dimensions(conditions, spans))
        outcomes = tuple(self._outcomes())
        by_id = {dimension.id: dimension for dimension in dimensions}
        return Policies(
            self._composition,
            replace(self._compositions, rules=(*self._compositions.rules, *self._establishment())),
            {e.key.text: d.as_text(e.value, "limit") for e in self._mapping("limits")},
            dict(self._machines()),
            {
                name: self._typed(self._mapping("first-attempt").need(name, "first-attempt"))
                for name in OUTCOME
            },
            tuple(
                self._typed(
                    d.as_mapping(n, "assumption", required=("when", "words"), optional=()).need(
                        "when"
                    )
                )
                for n in self._items("assume")
            ),
            dimensions,
            conditions,
            spans,
            outcomes,
            tuple(self._attacks(by_id, {o.id for o in outcomes})),
            tuple(self._policies("clients", [x for x in dimensions if x.of == "client"])),
            tuple(self._policies("servers", [x for x in dimensions if x.of == "server"])),
            tuple(self._remedies(by_id)),
            self._scope,
        )

    # --- scenario and scope ------------------------------------------------------------------

    def _scenario(self, compositions: Compositions) -> Composition:
        name = d.as_scalar(self._top.need("scenario"), "scenario")
        _known("PRP034", "scenario", name, compositions.by_name)
        found = compositions.by_name[name.text]
        steps = {}
        for entry in self._mapping("undisturbed"):
            _known("PRP034", "strand", entry.key, found.strands)
            steps[entry.key.text] = d.as_int(entry.value, "number of steps")
        return replace(found, undisturbed=steps)

    def _scope_of_formulas(self) -> Scope:
        loader = PropertyReader(self._project, self._abstraction, self._compositions)
        end = Point(next(iter(self._composition.strands)), PointKind.END, ("end",))
        scope = loader.scope(self._composition, end, frozenset())
        root, _, name = SECOND_ATTEMPT.partition(".")
        return replace(scope, scenes={**scope.scenes, root: {name: t.BOOL}})

    def _mapping(self, key: str) -> d.Mapping:
        return d.as_mapping(self._top.need(key, "policy file"), key)

    def _items(self, key: str) -> Iterator[d.Data]:
        return iter(d.as_sequence(self._top.need(key, "policy file"), key))

    def _typed(self, value: d.Data) -> x.Expression:
        return check(d.as_scalar(value, "condition"), self._scope, t.BOOL)

    # --- sections ----------------------------------------------------------------------------

    def _establishment(self) -> Iterator[Rule]:
        config = self._project.models.configs["native"]
        scope = Scope(
            self._project.models.vocabulary,
            {x.Root.CONFIG: {f.name: f.type for f in config.values()}},
            scenes={
                "outcome": OUTCOME,
                "policy": dict.fromkeys(self._compositions.policy, t.BOOL),
            },
        )
        for item in self._items("establishment"):
            node = d.as_mapping(
                item, "rule", required=("id", "clause", "when", "words"), optional=()
            )
            when = check(d.as_scalar(node.need("when"), "when"), scope, t.BOOL)
            yield Rule(node.text("id"), when, node.text("clause"), node.text("words"), node.span)

    def _machines(self) -> Iterator[tuple[str, x.Expression]]:
        used = {strand.machine for strand in self._composition.strands.values()}
        for entry in self._mapping("machines"):
            _known("PRP034", "machine", entry.key, used)
            yield entry.key.text, self._typed(entry.value)

    def _dimensions(
        self, conditions: dict[tuple[str, str], x.Expression], spans: dict[tuple[str, str], Span]
    ) -> Iterator[Dimension]:
        for node in self._named("dimensions", ("id", "of", "words", "values"), ()):
            side = d.as_choice(node.need("of"), "of", _SIDES)
            values = d.as_mapping(node.need("values"), "values")
            found = Dimension(node.text("id"), side, node.text("words"), values.keys)
            for entry in values:
                conditions[found.id, entry.key.text] = self._typed(entry.value)
                spans[found.id, entry.key.text] = entry.key.span
            yield found

    def _outcomes(self) -> Iterator[Outcome]:
        for node in self._named("outcomes", ("id", "without", "at", "when"), ()):
            at = d.as_scalar(node.need("at"), "at")
            strand, _, claim = at.text.partition(" ")
            _known("PRP034", "strand", d.Scalar(strand, at.span), self._composition.strands)
            if claim not in ("running", "committed", "confirmed"):
                raise ModelError([error("PRP034", f'"{at.text}" is no point of a run', at.span)])
            point = Point(strand, PointKind.CLAIM, (claim,))
            without, when = self._typed(node.need("without")), self._typed(node.need("when"))
            yield Outcome(node.text("id"), without, point, when)

    def _attacks(self, known: Mapping[str, Dimension], outcomes: set[str]) -> Iterator[Attack]:
        for item in self._items("attacks"):
            node = d.as_mapping(
                item,
                "attack",
                required=("property", "forces", "instead-of", "where"),
                optional=(),
            )
            lists = {
                key: tuple(
                    d.as_choice(o, "outcome", sorted({*outcomes, NONE}))
                    for o in d.as_sequence(node.need(key), key)
                )
                for key in ("forces", "instead-of")
            }
            yield Attack(
                node.text("property"),
                lists["forces"],
                lists["instead-of"],
                self._region(node, known),
            )

    def _policies(self, key: str, dimensions: list[Dimension]) -> Iterator[Policy]:
        names = [dimension.id for dimension in dimensions]
        for node in self._named(key, ("id", "words"), None):
            for entry in node:
                if entry.key.text not in ("id", "words"):
                    _known("PRP030", "dimension", entry.key, names)
            values = {}
            for dimension in dimensions:
                value = node.get(dimension.id)
                if value is None:
                    text = f'the policy gives no "{dimension.id}"'
                    raise ModelError([error("PRP030", text, node.span)])
                values[dimension.id] = _value(dimension, value)
            span = d.as_scalar(node.need("id"), "id").span
            yield Policy(node.text("id"), node.text("words"), values, span)

    def _remedies(self, known: Mapping[str, Dimension]) -> Iterator[RemedyOf]:
        optional = ("set", "where", "amend", "assume")
        for node in self._named("remedies", ("id", "words"), optional):
            amend = []
            for item in _list(node, "amend"):
                _known("PRP032", "amendment", item, self._amendments)
                amend.append(item.text)
            changed = node.get("set")
            values = {}
            for entry in d.as_mapping(changed, "set") if changed is not None else ():
                _known("PRP030", "dimension", entry.key, known)
                values[entry.key.text] = _value(known[entry.key.text], entry.value)
            yield RemedyOf(
                node.text("id"),
                node.text("words"),
                values,
                self._region(node, known),
                tuple(amend),
                tuple(_list(node, "assume")),
            )

    def _region(self, node: d.Mapping, known: Mapping[str, Dimension]) -> Region:
        where = node.get("where")
        found = {}
        for entry in d.as_mapping(where, "where") if where is not None else ():
            _known("PRP030", "dimension", entry.key, known)
            values = d.as_sequence(entry.value, "values")
            found[entry.key.text] = frozenset(_value(known[entry.key.text], v) for v in values)
        return Region.of(known.values(), found)

    def _named(
        self, key: str, required: tuple[str, ...], optional: tuple[str, ...] | None
    ) -> Iterator[d.Mapping]:
        """The mappings of a list, no two with one ``id``."""
        seen: set[str] = set()
        for item in self._items(key):
            node = d.as_mapping(item, key, required=required, optional=optional)
            name = d.as_scalar(node.need("id"), "id")
            if name.text in seen:
                raise ModelError([error("PRP031", f'"{name.text}" is there twice', name.span)])
            seen.add(name.text)
            yield node


def _list(node: d.Mapping, key: str) -> list[d.Scalar]:
    value = node.get(key)
    items = d.as_sequence(value, key) if value is not None else ()
    return [d.as_scalar(item, key) for item in items]


def _value(dimension: Dimension, value: d.Data) -> str:
    text = d.as_scalar(value, dimension.id)
    _known("PRP030", f'value of "{dimension.id}"', text, dimension.values)
    return text.text


def _known(code: str, what: str, name: d.Scalar, known: Iterable[str]) -> None:
    names = list(known)
    if name.text not in names:
        help = similar_name_help(name.text, names)
        raise ModelError([error(code, f'unknown {what} "{name.text}"', name.span, help=help)])
