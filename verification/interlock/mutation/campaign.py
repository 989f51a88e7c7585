"""All mutants, in parallel, and what is known of them from before."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from interlock.mutation.kill import Judge, Layer, Verdict
from interlock.mutation.mutants import Mutant
from interlock.verification.fingerprint import fingerprint
from interlock.verification.verifier import CACHE

FOLDER = f"{CACHE}/mutants"
_TASKS = 40
"""Mutants for one process: starting one costs as much as judging several."""
_READ = ("models", "spec", "verification")
_SUFFIXES = (".yaml", ".asn", ".py")
_SAYS_NOTHING = ("verification/interlock/report/", "verification/interlock/replay/",
                 "verification/findings.yaml", "verification/equivalents.yaml",
                 "verification/interlock/mutation/score.py")  # fmt: skip
"""What is only said about mutants, or about violations: it changes no verdict."""


def sources_digest(root: Path) -> str:
    """A digest of everything that a verdict depends on: sources, properties and program."""
    digest = hashlib.sha256()
    for folder in _READ:
        for path in sorted((root / folder).rglob("*")):
            name = path.relative_to(root).as_posix()
            if path.suffix in _SUFFIXES and not name.startswith(_SAYS_NOTHING):
                digest.update(name.encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()


class Known:
    """Verdicts on this machine, by mutant and digest of the sources.

    Args:
        root: Folder with the sources.
        amend: Amendments in force.
        runs: Whether properties of runs are asked. Without them a mutant that nothing notices
            stays unknown.
    """

    def __init__(self, root: Path, amend: Sequence[str] = (), *, runs: bool = True) -> None:
        self._folder = root / FOLDER
        self._digest = fingerprint(sources_digest(root), *amend)
        self._runs = runs

    def _path(self, mutant: Mutant) -> Path:
        key = fingerprint(self._digest, mutant.id)[:32]
        return self._folder / f"{key}.json"

    def _last(self, mutant: Mutant) -> Path:
        return self._folder / "last" / f"{fingerprint(mutant.id)[:32]}.json"

    def get(self, mutant: Mutant) -> Verdict | None:
        """The verdict on a mutant."""
        return _read(self._path(mutant))

    def last(self, mutant: Mutant) -> Verdict | None:
        """What noticed a mutant last, in sources that may have been others."""
        return _read(self._last(mutant))

    def put(self, mutant: Mutant, verdict: Verdict) -> None:
        """Keep a verdict; where nothing can be written, nothing is kept."""
        if verdict.layer is Layer.NOTHING and not self._runs:
            return
        paths = [self._path(mutant), *([self._last(mutant)] if verdict.is_killed else [])]
        try:
            for path in paths:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(as_plain(verdict)), encoding="utf-8")
        except OSError:
            return


def _read(path: Path) -> Verdict | None:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return Verdict(data["mutant"], Layer(data["layer"]), data["by"], data["words"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def as_plain(verdict: Verdict) -> dict[str, str]:
    """A verdict as plain values."""
    return {
        "mutant": verdict.mutant,
        "layer": verdict.layer.value,
        "by": verdict.by,
        "words": verdict.words,
    }


def judge_all(
    judge: Judge,
    mutants: Sequence[Mutant],
    *,
    last: Mapping[str, Verdict] | None = None,
    processes: int = 2,
) -> Iterator[tuple[Mutant, Verdict]]:
    """Judge mutants, several at a time; as they are ready.

    What noticed a mutant ``last`` is asked first: it is likely to notice it again.

    Every question has a solver of its own, so a process can judge many; it is replaced now and
    then because a solver's memory is not given back.
    """
    if not mutants:
        return
    judge.prepare()
    global _JUDGE
    _JUDGE = judge
    by_id = {mutant.id: mutant for mutant in mutants}
    asked = [(mutant, (last or {}).get(mutant.id)) for mutant in mutants]
    context = multiprocessing.get_context("fork")
    with context.Pool(processes, maxtasksperchild=_TASKS) as pool:
        for verdict in pool.imap_unordered(_judged, asked, chunksize=1):
            yield by_id[verdict.mutant], verdict


_JUDGE: Judge | None = None


def _judged(asked: tuple[Mutant, Verdict | None]) -> Verdict:
    assert _JUDGE is not None
    mutant, last = asked
    return _JUDGE.judge(mutant, last=last)
