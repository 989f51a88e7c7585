"""Proofs that are kept: what is impossible by itself stays so, whatever else changes.

A proof rests on a few of the facts about a world, its core. Both solvers have said of the core
that it cannot be. Where changed sources give facts among which the same core is found, word for
word and with the same declarations, the property holds there as well, and no solver has to say so
again. Whether the property still speaks of something (its twins) is asked anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import z3

from interlock.verification.results import Check
from interlock.verification.solving import SEED, Proof, smtlib, solver_versions

FOLDER = "proofs"
Facts = Mapping[str, z3.BoolRef]
"""Facts by the digest of their text."""


@dataclass(frozen=True)
class KeptProof:
    """A core, by the digests of its facts and of all that it says, and who confirmed it."""

    facts: tuple[str, ...]
    core: str
    second: str
    work: int


class KeptProofs:
    """The last proof of each property in each variant.

    Args:
        folder: Where they are kept.
        may_write: Whether new proofs replace those kept.
    """

    def __init__(self, folder: Path, *, may_write: bool = True) -> None:
        self._folder = folder / FOLDER
        self._may_write = may_write

    def find(self, name: str) -> KeptProof | None:
        """The proof kept under a name, if solvers of these versions made it."""
        try:
            data = json.loads(self._path(name).read_text(encoding="utf-8"))
            if data.pop("solvers") != _solvers():
                return None
            return KeptProof(**{**data, "facts": tuple(data["facts"])})
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def put(self, name: str, proof: Proof, second: Check) -> None:
        """Keep a proof; where nothing can be written, nothing is kept."""
        if not self._may_write:
            return
        *facts, _ = proof.core
        kept = KeptProof(tuple(map(digest, facts)), of_core(proof.core), second.value, proof.work)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps({**asdict(kept), "solvers": _solvers()})
            self._path(name).write_text(text, encoding="utf-8")
        except OSError:
            return

    def _path(self, name: str) -> Path:
        return self._folder / f"{_digest(name)}.json"


def digest(fact: z3.BoolRef) -> str:
    """A digest of the text of a fact."""
    return _digest(fact.sexpr())[:32]


def indexed(facts: Iterable[z3.BoolRef]) -> dict[str, z3.BoolRef]:
    """Facts by the digest of their text."""
    return {digest(fact): fact for fact in facts}


def still_holds(
    kept: KeptProof, facts: Sequence[Facts], question: z3.BoolRef
) -> tuple[Proof, Check] | None:
    """The proof and the second opinion, where the very same core is among facts."""
    core = []
    for name in kept.facts:
        fact = next((known[name] for known in facts if name in known), None)
        if fact is None:
            return None
        core.append(fact)
    core.append(question)
    if of_core(core) != kept.core:
        return None
    return Proof(Check.UNSAT, tuple(core), kept.work), Check(kept.second)


def of_core(core: Sequence[z3.BoolRef]) -> str:
    """A digest of declarations, whose order is the printer's whim, and of what is said."""
    declarations, _, _ = smtlib(core).partition("\n(assert")
    texts = [*sorted(declarations.splitlines()), *(fact.sexpr() for fact in core)]
    return _digest("\n".join(texts))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _solvers() -> dict[str, str]:
    return {**solver_versions(), "seed": str(SEED)}
