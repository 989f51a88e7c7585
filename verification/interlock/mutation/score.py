"""What a campaign says: scores by clause and operator, survivors, and what is argued away."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from interlock.core import data as d
from interlock.core.source import SourceFile
from interlock.mutation.campaign import as_plain
from interlock.mutation.kill import Layer, Verdict
from interlock.mutation.mutants import Mutant

EQUIVALENTS = "verification/equivalents.yaml"
WANTED = 0.95
"""The least score of mutants that are not equivalent."""


@dataclass(frozen=True)
class Arguments:
    """What is said about mutants that nothing notices, by mutant.

    Attributes:
        equivalents: Why nothing can notice it.
        explained: Why nothing does, although something could.
    """

    equivalents: Mapping[str, str] = field(default_factory=dict)
    explained: Mapping[str, str] = field(default_factory=dict)


def load_arguments(root: Path) -> Arguments:
    """Mutants that are argued to be equivalent, and survivors that are explained.

    Raises:
        InputError: The file has the wrong shape.
    """
    try:
        source = SourceFile.read(root / EQUIVALENTS, EQUIVALENTS)
    except OSError:
        return Arguments()
    sections = ("equivalents", "explained")
    top = d.as_mapping(d.read_data(source), "arguments", required=sections, optional=())
    return Arguments(*(_reasons(top.need(name), name) for name in sections))


def _reasons(section: d.Data, name: str) -> Mapping[str, str]:
    out: dict[str, str] = {}
    for item in d.as_sequence(section, name):
        node = d.as_mapping(item, "entry", required=("reason", "mutants"), optional=())
        for id in d.as_sequence(node.need("mutants"), "mutants"):
            out[d.as_text(id, "mutant")] = node.text("reason")
    return out


@dataclass(frozen=True)
class Tally:
    """Numbers of mutants: of all, noticed by each layer, argued away, and surviving."""

    mutants: int = 0
    layers: Mapping[str, int] = field(default_factory=dict)
    equivalent: int = 0
    survivors: int = 0

    @property
    def killed(self) -> int:
        """How many were noticed."""
        return sum(self.layers.values())

    @property
    def score(self) -> float:
        """Part of those not argued away that was noticed."""
        counted = self.mutants - self.equivalent
        return self.killed / counted if counted else 1.0


@dataclass(frozen=True)
class Campaign:
    """Verdicts on mutants.

    ``stale`` are ids with an argument that are no mutants any more or were noticed: such an
    argument is wrong, or about something else by now. Without ``runs``, properties of runs were not
    asked, and scores are lower bounds.
    """

    mutants: tuple[Mutant, ...]
    verdicts: Mapping[str, Verdict]
    arguments: Arguments
    stale: tuple[str, ...] = ()
    runs: bool = True

    @property
    def survivors(self) -> tuple[Mutant, ...]:
        """What nothing noticed and nobody argued away."""
        return tuple(m for m in self._unnoticed if not self._is_equivalent(m))

    @property
    def equivalent(self) -> tuple[Mutant, ...]:
        """What nothing noticed, with an argument or a proof that nothing can."""
        return tuple(m for m in self._unnoticed if self._is_equivalent(m))

    def reason(self, mutant: Mutant) -> str:
        """Why nothing can notice a mutant that nothing noticed: proof or argument, or empty."""
        verdict = self.verdicts[mutant.id]
        if verdict.layer is Layer.EQUIVALENT:
            return f"proved: {verdict.words}"
        return "" if verdict.is_killed else self.arguments.equivalents.get(mutant.id, "")

    def _is_equivalent(self, mutant: Mutant) -> bool:
        return bool(self.reason(mutant))

    @property
    def _unnoticed(self) -> tuple[Mutant, ...]:
        return tuple(m for m in self.mutants if not self.verdicts[m.id].is_killed)

    @property
    def total(self) -> Tally:
        """All mutants."""
        return self._tally(self.mutants)

    def by_clause(self) -> dict[str, Tally]:
        """The mutants of each clause."""
        return {c: self._tally(m for m in self.mutants if m.clause == c) for c in self._clauses()}

    def by_operator(self) -> dict[str, Tally]:
        """The mutants of each operator."""
        names = dict.fromkeys(m.operator for m in self.mutants)
        return {n: self._tally(m for m in self.mutants if m.operator == n) for n in names}

    def _clauses(self) -> list[str]:
        return sorted({m.clause for m in self.mutants}, key=_clause_key)

    def _tally(self, mutants: Iterable[Mutant]) -> Tally:
        counted: dict[str, int] = {}
        number = equivalent = survivors = 0
        for mutant in mutants:
            number += 1
            verdict = self.verdicts[mutant.id]
            if verdict.is_killed:
                counted[verdict.layer.value] = counted.get(verdict.layer.value, 0) + 1
            elif self._is_equivalent(mutant):
                equivalent += 1
            else:
                survivors += 1
        order = [layer.value for layer in Layer if layer.value in counted]
        return Tally(number, {name: counted[name] for name in order}, equivalent, survivors)


def campaign(
    mutants: tuple[Mutant, ...],
    verdicts: Mapping[str, Verdict],
    arguments: Arguments,
    *,
    is_all: bool,
    runs: bool = True,
) -> Campaign:
    """Put verdicts and arguments together; with ``is_all``, an argument needs its mutant."""
    ids = {mutant.id for mutant in mutants}
    stale = [
        id
        for id in (*arguments.equivalents, *arguments.explained)
        if (id not in ids and is_all) or (id in ids and verdicts[id].is_killed)
    ]
    return Campaign(mutants, verdicts, arguments, tuple(stale), runs)


def _clause_key(clause: str) -> tuple[tuple[int, str], ...]:
    return tuple((int(p), "") if p.isdigit() else (10_000, p) for p in clause.split("."))


def campaign_json(found: Campaign) -> str:
    """Everything, in the order of the sources; the same for the same sources."""
    rows = [
        {
            **as_plain(found.verdicts[mutant.id]),
            "operator": mutant.operator,
            "file": mutant.file,
            "line": mutant.line,
            "clause": mutant.clause,
            "change": mutant.words,
            "equivalent": found.reason(mutant),
            "explained": found.arguments.explained.get(mutant.id, ""),
        }
        for mutant in found.mutants
    ]
    data = {"runs": found.runs, "total": _plain(found.total), "clauses": _all(found.by_clause()),
            "operators": _all(found.by_operator()), "rows": rows}  # fmt: skip
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _all(tallies: Mapping[str, Tally]) -> dict[str, object]:
    return {name: _plain(tally) for name, tally in tallies.items()}


def _plain(tally: Tally) -> dict[str, object]:
    return {
        "mutants": tally.mutants,
        "killed": tally.killed,
        "by": dict(tally.layers),
        "equivalent": tally.equivalent,
        "survivors": tally.survivors,
        "score": round(tally.score, 4),
    }


def overview(found: Campaign) -> str:
    """Tables by clause and operator, and every survivor."""
    lines = [
        *_table("clause", {**found.by_clause(), "all": found.total}),
        "",
        *_table("operator", found.by_operator()),
    ]
    if found.survivors:
        lines += ["", "survivors:"]
    for mutant in found.survivors:
        lines += [f"  {mutant.place}  {mutant.id}", f"      {mutant.words}"]
        if why := found.arguments.explained.get(mutant.id):
            lines.append(f"      {why}")
    for id in found.stale:
        lines.append(f"argued about, and noticed or gone: {id}")
    total = found.total
    lines += ["", f"{total.killed} of {total.mutants - total.equivalent} noticed"
              f" ({total.score:.1%}), {total.equivalent} argued to be equivalent"]  # fmt: skip
    if not found.runs:
        lines.append("properties of runs were not asked: more may be noticed")
    return "\n".join(lines)


def _table(title: str, tallies: Mapping[str, Tally]) -> list[str]:
    width = max(len(title), *(len(name) for name in tallies)) if tallies else len(title)
    lines = [f"{title:{width}} mutants killed  score equivalent survivors  noticed by"]
    for name, tally in tallies.items():
        by = ", ".join(f"{layer} {number}" for layer, number in tally.layers.items())
        lines.append(
            f"{name:{width}} {tally.mutants:7} {tally.killed:6} {tally.score:6.1%}"
            f" {tally.equivalent:10} {tally.survivors:9}  {by}".rstrip()
        )
    return lines
