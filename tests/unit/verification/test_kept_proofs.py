"""Kept proofs: a core that is found again is enough, anything else is not."""

from __future__ import annotations

from pathlib import Path

import z3

from interlock.verification.kept_proofs import KeptProofs, indexed, of_core, still_holds
from interlock.verification.results import Check
from interlock.verification.solving import prove

A, B, C, D = z3.Bools("a b c d")
FACTS = [z3.Implies(A, B), z3.Implies(B, C), z3.Or(C, D)]
QUESTION = z3.And(A, z3.Not(C))


def kept(folder: Path, *, may_write: bool = True) -> KeptProofs:
    proofs = KeptProofs(folder, may_write=may_write)
    proofs.put("P", prove(FACTS, QUESTION), Check.UNSAT)
    return proofs


def test_core_among_other_facts(tmp_path: Path) -> None:
    proof = kept(tmp_path).find("P")
    assert proof is not None
    assert len(proof.facts) == 2, "the third has no part in it"
    others = [z3.Not(D), *FACTS[:2]]
    found = still_holds(proof, [indexed([z3.Or(A, D)]), indexed(others)], QUESTION)
    assert found is not None
    assert found[0].check is Check.UNSAT
    assert found[1] is Check.UNSAT


def test_core_of_which_something_is_missing(tmp_path: Path) -> None:
    proof = kept(tmp_path).find("P")
    assert proof is not None
    weaker = [FACTS[0], z3.Implies(z3.And(B, D), C), FACTS[2]]
    assert still_holds(proof, [indexed(weaker)], QUESTION) is None


def test_another_question(tmp_path: Path) -> None:
    proof = kept(tmp_path).find("P")
    assert proof is not None
    assert still_holds(proof, [indexed(FACTS)], z3.Not(C)) is None


def test_same_words_over_another_sort() -> None:
    """Three truth values cannot all differ, three numbers can, and the text is the same."""

    def facts(sort: z3.SortRef) -> list[z3.BoolRef]:
        one, two, three = z3.Consts("one two three", sort)
        return [one != two, two != three, one != three]

    of_truth, of_numbers = facts(z3.BoolSort()), facts(z3.IntSort())
    assert [f.sexpr() for f in of_truth] == [f.sexpr() for f in of_numbers]
    assert prove(of_truth[:2], of_truth[2]).check is Check.UNSAT
    assert prove(of_numbers[:2], of_numbers[2]).check is Check.SAT
    assert of_core(of_truth) != of_core(of_numbers)


def test_who_may_not_write_does_not(tmp_path: Path) -> None:
    assert kept(tmp_path, may_write=False).find("P") is None


def test_unreadable_proof_is_none(tmp_path: Path) -> None:
    proofs = kept(tmp_path)
    (path,) = (tmp_path / "proofs").iterdir()
    for text in ("", "[]", "{}", path.read_text().replace("solvers", "tools"), '{"solvers": {}}'):
        path.write_text(text)
        assert proofs.find("P") is None
