"""What reports are made from: texts of properties and variants, the policy matrix, findings.

Reports add nothing of their own to these values and to the verdicts
(``interlock.verification.results``): every sentence about the protocol comes from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from interlock.model.machine import Machine
from interlock.verification.results import Status, Verdict

CAPTURED = "captured"
"""The variant without any amendment."""


@dataclass(frozen=True)
class PropertyText:
    """A property as its file words it.

    Attributes:
        id: ``DS-1`` ...
        title: A few words.
        group: ``downgrade resistance``, ``agreement``, ``freshness``, ``data transfer`` ...
        clause: What of the standard it speaks about.
        words: The statement.
        given: Under which conditions it is claimed.
        formula: The formula, as written in the property file.
        twin: What must be reachable so that a proof says something.
        reason: Why the expected verdicts are expected.
        finding: Id of the finding that it shows where it fails, or empty.
        repair: What repairs it, or empty.
        at: The point about which it speaks (``client committed``), or empty for every point.
    """

    id: str
    title: str
    group: str
    clause: str
    words: str
    given: str
    formula: str
    twin: str
    reason: str
    finding: str = ""
    repair: str = ""
    at: str = ""


@dataclass(frozen=True)
class VariantText:
    """A variant of the specification: ``captured``, or an amendment or several joined by ``+``.

    Attributes:
        id: As in ``Verdict.variant``.
        words: What it changes.
        closes: What no longer happens with it, in words.
        cost: What it costs: octets, a changed wire format, interworking.
        findings: Ids of the findings that it closes.
    """

    id: str
    words: str
    closes: str = ""
    cost: str = ""
    findings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Configuration:
    """A row or a column of the policy matrix.

    Attributes:
        id: Short; it heads the row or column.
        words: What it is.
        policy: Policy field to value.
    """

    id: str
    words: str
    policy: Mapping[str, str]


OUTCOMES = ("native AE", "native integrity", "compatibility", "none")
"""Outcomes of a pair of configurations, the strongest first; ``none``: no association."""


@dataclass(frozen=True)
class Cell:
    """A client configuration against a server configuration.

    Attributes:
        row: Id of the client configuration.
        column: Id of the server configuration.
        without: The outcome without an attacker.
        worst: The worst outcome that an attacker can bring about.
        protected: Whether downgrade resistance is proved for the pair.
        why: Ids of the properties or names of the attacks that decide it.
    """

    row: str
    column: str
    without: str
    worst: str
    protected: bool
    why: tuple[str, ...] = ()


@dataclass(frozen=True)
class Remedy:
    """Something that protects more pairs, and what it costs.

    Attributes:
        id: Its name.
        words: What it is.
        closes: What no longer happens with it, in words.
        cost: What it costs, in words.
        findings: Ids of the findings that it closes.
        protects: Pairs (row, column) that it protects in addition.
        loses: Pairs that no longer associate with it.
    """

    id: str
    words: str
    closes: str = ""
    cost: str = ""
    findings: tuple[str, ...] = ()
    protects: tuple[tuple[str, str], ...] = ()
    loses: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MatrixText:
    """The policy matrix: which pairs of configurations are protected from a downgrade."""

    rows: tuple[Configuration, ...]
    columns: tuple[Configuration, ...]
    cells: tuple[Cell, ...]
    remedies: tuple[Remedy, ...] = ()

    def cell(self, row: str, column: str) -> Cell | None:
        """The cell of a pair, or None where the pair was not looked at."""
        return next((c for c in self.cells if (c.row, c.column) == (row, column)), None)


@dataclass(frozen=True)
class Assumption:
    """What every proof of the report assumes: id, statement, and why it may be assumed."""

    id: str
    words: str
    why: str


@dataclass(frozen=True)
class Finding:
    """A finding for the working group.

    Attributes:
        id: ``F-1`` ...
        title: A few words.
        clause: Where the standard says, or does not say, it.
        words: What happens.
        consequence: What that means in a substation or control centre.
        repair: What to change; empty where no repair is known.
        properties: Ids of the properties that show it.
    """

    id: str
    title: str
    clause: str
    words: str
    consequence: str
    repair: str
    properties: tuple[str, ...]


@dataclass(frozen=True)
class MutationRow:
    """Seeded faults of one clause; ``survivors`` are those that nothing caught."""

    clause: str
    total: int
    killed: int
    equivalent: int
    survivors: tuple[str, ...] = ()


@dataclass(frozen=True)
class MutationScore:
    """Seeded faults in the model files, and how many of them were noticed."""

    rows: tuple[MutationRow, ...]
    runs: bool = True
    """Whether properties of runs were asked; if not, more faults may be caught."""

    @property
    def mutants(self) -> int:
        """How many faults were seeded."""
        return sum(row.total for row in self.rows)

    @property
    def killed(self) -> int:
        """How many were caught."""
        return sum(row.killed for row in self.rows)

    @property
    def equivalent(self) -> int:
        """How many change nothing that could be observed."""
        return sum(row.equivalent for row in self.rows)


@dataclass(frozen=True)
class Results:
    """Everything that one run of verification found.

    Attributes:
        edition: Of the standard, as shown in titles.
        properties: In the order in which reports show them; a group need not be contiguous.
        variants: In the order of the columns; the first is ``captured``.
        verdicts: At most one per property and variant.
        assumptions: What the proofs assume.
        findings: For the working group.
        matrix: The policy matrix, or None.
        structure: What was checked of the structure, to what was found; an empty tuple is good.
        machines: The machines whose diagrams are shown.
        covered: Name of a machine to ids of rows and checks that some proof or trace touches.
        mutation: The mutation score, or None where it was not measured.
        solvers: Name to version.
        seed: Seed of the solvers.
        rlimit: Work that z3 may spend on one question.
    """

    edition: str
    properties: tuple[PropertyText, ...]
    variants: tuple[VariantText, ...]
    verdicts: tuple[Verdict, ...]
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]
    matrix: MatrixText | None
    structure: Mapping[str, tuple[str, ...]]
    machines: tuple[Machine, ...]
    covered: Mapping[str, frozenset[str]]
    mutation: MutationScore | None
    solvers: Mapping[str, str]
    seed: int
    rlimit: int

    def verdict(self, property: str, variant: str) -> Verdict | None:
        """The verdict on a property in a variant, or None where it was not asked."""
        return next(
            (v for v in self.verdicts if (v.property, v.variant) == (property, variant)), None
        )

    def verdicts_of(self, property: str) -> tuple[Verdict, ...]:
        """The verdicts on a property, in the order of the variants."""
        found = (self.verdict(property, variant.id) for variant in self.variants)
        return tuple(verdict for verdict in found if verdict is not None)

    def property_text(self, id: str) -> PropertyText | None:
        """The text of a property, or None."""
        return next((text for text in self.properties if text.id == id), None)

    @property
    def groups(self) -> tuple[tuple[str, tuple[PropertyText, ...]], ...]:
        """Properties by group, both in order of first appearance."""
        names = dict.fromkeys(text.group for text in self.properties)
        return tuple(
            (name, tuple(text for text in self.properties if text.group == name)) for name in names
        )

    def count(self, status: Status) -> int:
        """How many verdicts have a status."""
        return sum(verdict.status is status for verdict in self.verdicts)

    @property
    def unexpected(self) -> tuple[Verdict, ...]:
        """Verdicts that are not as the property files expect."""
        return tuple(verdict for verdict in self.verdicts if not verdict.is_as_expected)
