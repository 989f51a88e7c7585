"""Asking solvers: z3 first, cvc5 as second opinion, both with work limits instead of seconds.

Limits count work (z3: rlimit, cvc5: resource units), so that an answer does not depend on how busy
the machine is. Seeds and versions are pinned and recorded with the results.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version

import z3

from interlock.verification.results import Check

SEED = 62351
RESOURCE_LIMIT = 400_000_000
"""z3's rlimit for one question."""
SECOND_LIMIT = 20_000_000
"""cvc5's resource limit (``rlimit``) for one question."""


@dataclass(frozen=True)
class Answer:
    """What z3 says; ``model`` where it is satisfiable. ``work`` is the rlimit spent."""

    check: Check
    model: z3.ModelRef | None
    work: int


class Session:
    """A solver in the middle of something."""

    def __init__(self, solver: z3.Solver, limit: int) -> None:
        self._solver = solver
        self._limit = limit

    def add(self, *formulas: z3.BoolRef) -> None:
        """Say more."""
        self._solver.add(*formulas)

    def check(self, assumptions: Sequence[z3.BoolRef]) -> Check:
        """Whether everything said can hold with these assumptions."""
        self._solver.set("rlimit", self._limit)
        return Check(str(self._solver.check(*assumptions)))

    def model(self) -> z3.ModelRef:
        """The model of the last ``SAT``."""
        return self._solver.model()

    def granted(self, wishes: Sequence[z3.BoolRef]) -> list[z3.BoolRef] | None:
        """Literals, from the least wanted, that can be had together; None where nothing can be.

        Of those that stand against each other, the least wanted is given up. That there is
        something in the way is soon said; to find that all is well takes most of the time.
        """
        kept = list(wishes)
        while (answer := self.check(kept)) is not Check.SAT:
            names = {str(literal) for literal in self._solver.unsat_core()}
            against = next((wish for wish in kept if str(wish) in names), None)
            if answer is Check.UNKNOWN or against is None:
                return None
            kept = [wish for wish in kept if wish is not against]
        return kept


class Asker:
    """One z3 solver with facts, asked several questions.

    Args:
        facts: What holds in every question.
        limit: Resource limit of each question.
    """

    def __init__(self, facts: Iterable[z3.BoolRef], limit: int = RESOURCE_LIMIT) -> None:
        self.facts = tuple(facts)
        self._limit = limit
        self._solver = z3.Solver()
        self._solver.set("random_seed", SEED)
        self._solver.add(*self.facts)

    @contextmanager
    def within(self, *questions: z3.BoolRef) -> Iterator[Session]:
        """Ask more than once about the same questions; what is added is gone afterwards."""
        self._solver.push()
        try:
            self._solver.add(*questions)
            yield Session(self._solver, self._limit)
        finally:
            self._solver.pop()

    def ask(self, *questions: z3.BoolRef) -> Answer:
        """Whether the facts and the questions can hold together."""
        before = _work(self._solver)
        with self.within(*questions) as session:
            check = session.check(())
            model = session.model() if check is Check.SAT else None
            return Answer(check, model, max(_work(self._solver) - before, 0))

    def smtlib(self, *questions: z3.BoolRef) -> str:
        """The same question as SMT-LIB 2.6."""
        return smtlib([*self.facts, *questions])


@dataclass(frozen=True)
class Proof:
    """The answer to a question that is hoped to be impossible.

    ``core`` are the facts and questions that already contradict each other, where they do: a
    second solver that finds the same in them alone has confirmed the whole.
    """

    check: Check
    core: tuple[z3.BoolRef, ...]
    work: int

    @property
    def script(self) -> str:
        """The core as SMT-LIB 2.6."""
        return smtlib(self.core)


def prove(facts: Sequence[z3.BoolRef], question: z3.BoolRef, limit: int = RESOURCE_LIMIT) -> Proof:
    """Whether a question cannot hold together with facts, and which of them say so."""
    solver = z3.Solver()
    solver.set("random_seed", SEED)
    solver.set("unsat_core", True)
    solver.set("rlimit", limit)
    names = {f"fact {n}": fact for n, fact in enumerate(facts)}
    for name, fact in names.items():
        solver.assert_and_track(fact, name)
    solver.add(question)
    before = _work(solver)
    answer = Check(str(solver.check()))
    core: tuple[z3.BoolRef, ...] = ()
    if answer is Check.UNSAT:
        core = (*(names[str(name)] for name in solver.unsat_core()), question)
    return Proof(answer, core, max(_work(solver) - before, 0))


def _work(solver: z3.Solver) -> int:
    statistics = solver.statistics()
    keys = statistics.keys()
    return int(statistics.get_key_value("rlimit count")) if "rlimit count" in keys else 0


def smtlib(formulas: Iterable[z3.BoolRef]) -> str:
    """Formulas as an SMT-LIB 2.6 script that ends with ``check-sat``."""
    solver = z3.Solver()
    solver.add(*formulas)
    return "(set-logic ALL)\n" + str(solver.to_smt2())


def second_opinion(script: str, limit: int = SECOND_LIMIT) -> Check:
    """What cvc5 says to a script with one ``check-sat``."""
    import cvc5

    manager = cvc5.TermManager()
    solver = cvc5.Solver(manager)
    solver.setOption("seed", str(SEED))
    solver.setOption("rlimit", str(limit))
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, script, "obligation")
    symbols = parser.getSymbolManager()
    answer = Check.UNKNOWN
    while True:
        command = parser.nextCommand()
        if command.isNull():
            return answer
        said = command.invoke(solver, symbols).strip()
        if said in ("sat", "unsat"):
            answer = Check(said)


def solver_versions() -> dict[str, str]:
    """Names and versions of the solvers, for the record."""
    return {"z3": version("z3-solver"), "cvc5": version("cvc5")}
