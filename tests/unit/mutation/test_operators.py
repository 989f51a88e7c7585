"""Every operator makes mutants with stable names, and nearly all of them can be read."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping

import pytest

from interlock.core.data import read_data
from interlock.core.errors import InputError, UsageError
from interlock.core.source import SourceFile
from interlock.mutation.kill import Judge
from interlock.mutation.mutants import Mutant
from interlock.mutation.operators import OPERATORS, mutants_of
from support.repository import ROOT

WELL_KNOWN = (
    "drop-check:HA-13",
    "drop-check:signed-by-token3-07",
    "drop-disjunct:HA-11/2",
    "move-bound:DT-08c/1",
    "swap-checks:HR-06+HR-06p",
    "drop-row:NC-25",
    "other-target:NC-05/wait-rsp",
    "negate-guard:NS-06[a]",
    "drop-action:NC-03/set=session.salt",
    "drop-action:native-server.start-data-transfer/start=t-confirm",
    "drop-override:NS-08a/HandshakeAcc.hmac",
    "other-argument:NC-25/release-request.peer-known",
    "unprotect:native.HandshakeReq.tbs.token1.encr-mode",
    "widen-fallback:FB-02/3",
)


def test_names_are_stable(mutants: Mapping[str, Mutant]) -> None:
    assert set(WELL_KNOWN) <= set(mutants)


def test_names_are_unique_and_say_which_operator(judge: Judge) -> None:
    found = mutants_of(ROOT, judge.project)
    assert len({mutant.id for mutant in found}) == len(found)
    assert all(mutant.id.startswith(f"{mutant.operator}:") for mutant in found)
    assert set(Counter(m.operator for m in found)) == set(OPERATORS)
    assert len(found) > 1000


def test_every_change_leaves_yaml(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    """Of all: one parse of the changed text; that it means something is for the loader."""
    chosen = random.Random(1).sample(sorted(mutants), 60)
    for id in chosen:
        mutant = mutants[id]
        for path, text in mutant.overlay(ROOT, judge.project).texts.items():
            read_data(SourceFile(path, text))
            source = judge.project.sources.get(path)
            assert source is None or text != source.text, id


def test_nearly_all_can_be_read(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    """A mutant that nobody can read says nothing about the checking."""
    chosen = random.Random(2).sample(sorted(mutants), 15)
    unread = []
    for id in chosen:
        if mutants[id].operator == "shrink-coverage":
            continue  # what is covered has to be kept, so most of these cannot be read
        try:
            mutants[id].project(ROOT, judge.project)
        except InputError:
            unread.append(id)
    assert len(unread) <= 1, unread


def test_every_mutant_has_a_known_clause(judge: Judge, mutants: Mapping[str, Mutant]) -> None:
    known = judge.project.spec.tables.clauses
    assert {m.clause for m in mutants.values()} <= set(known)


def test_selection(judge: Judge) -> None:
    found = mutants_of(ROOT, judge.project, operators=["drop-check"], file="osi-native.yaml")
    assert {m.operator for m in found} == {"drop-check"}
    assert {m.file for m in found} == {"models/checks/osi-native.yaml"}
    with pytest.raises(UsageError, match="no operator"):
        mutants_of(ROOT, judge.project, operators=["drop-everything"])
