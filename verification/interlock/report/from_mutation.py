"""From the written campaign of seeded faults to what reports print."""

from __future__ import annotations

import json

from interlock.report.data import MutationRow, MutationScore

_NOTHING = "nothing"


def score_for_report(text: str) -> MutationScore:
    """The faults of each clause, from ``verification/results/mutation.json``.

    Raises:
        ValueError: The text is not such a file.
    """
    try:
        data = json.loads(text)
        survivors: dict[str, list[str]] = {}
        for row in data["rows"]:
            if row["layer"] == _NOTHING and not row["equivalent"]:
                survivors.setdefault(row["clause"], []).append(f"{row['mutant']}: {row['change']}")
        return MutationScore(
            tuple(
                MutationRow(
                    clause,
                    tally["mutants"],
                    tally["killed"],
                    tally["equivalent"],
                    tuple(survivors.get(clause, ())),
                )
                for clause, tally in data["clauses"].items()
            ),
            runs=bool(data["runs"]),
        )
    except (KeyError, TypeError) as problem:
        raise ValueError(f"no campaign: {problem!r}") from problem
