"""One solver, many policies: questions with the policy as assumptions, answers for whole regions.

An answer to one policy is widened to a region of policies before it is remembered:

* ``unsat``: by the unsat core. The values that are not in it do not matter.
* ``sat``: by the model. Other values of a dimension are admitted where every fact that mentions
  their constants still holds in the same run, so that the run exists under them as well. Constants
  that two dimensions share make both stay as they are.

Both are sound; an answer that is not covered by a region asks the solver again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import z3

from interlock.verification.matrix_regions import Dimension, Place, Region, everywhere
from interlock.verification.results import Check
from interlock.verification.scene import all_of, any_of
from interlock.verification.solving import RESOURCE_LIMIT, SEED

_SHORT_LIMIT = 300_000
"""rlimit when a core is made smaller: what takes longer stays in it."""


class Oracle:
    """Answers whether a question can come true under a policy.

    Args:
        facts: What holds in every run.
        dimensions: The choices of a policy, in their order.
        conditions: What each value of each dimension means.
        questions: What may be asked.
        plain: What makes a run say more policies: looked for first, and given up where it stands
            in the way.
        widen: Whether answers are widened; without, each policy is asked for itself.
    """

    def __init__(
        self,
        facts: Iterable[z3.BoolRef],
        dimensions: Sequence[Dimension],
        conditions: Mapping[tuple[str, str], z3.BoolRef],
        questions: Mapping[str, z3.BoolRef],
        *,
        plain: Iterable[z3.BoolRef] = (),
        widen: bool = True,
    ) -> None:
        self._dimensions = dimensions
        self._conditions = conditions
        self._solver = z3.Solver()
        self._solver.set("random_seed", SEED)
        self._widen = widen
        self._values = {key: z3.Bool(f"policy {key[0]}: {key[1]}") for key in conditions}
        self._questions = {name: z3.Bool(f"question {name}") for name in questions}
        self._facts = [*facts]
        self._facts += [z3.Implies(self._questions[n], q) for n, q in questions.items()]
        wishes = {z3.Bool(f"plain {n}"): wish for n, wish in enumerate(plain)} if widen else {}
        self._wishes = list(wishes)
        self._solver.add(*self._facts, *(z3.Implies(n, wish) for n, wish in wishes.items()))
        self._solver.add(*(z3.Implies(self._values[k], c) for k, c in conditions.items()))
        self._known: dict[str, list[tuple[Region, Check]]] = {name: [] for name in questions}
        self._shared = _Shared(self._facts, dimensions, conditions) if widen else None
        self.asked = 0
        """How often the solver was asked for an answer."""

    def ask(self, question: str, place: Place) -> Check:
        """Whether a question can come true under a policy."""
        for region, answer in self._known[question]:
            if place in region:
                return answer
        self.asked += 1
        assumptions = [self._value(n, value) for n, value in enumerate(place)]
        answer = self._plainest([self._questions[question], *assumptions])
        region = Region(tuple(frozenset((value,)) for value in place))
        if self._shared is not None and answer is Check.UNSAT:
            region = self._by_core(question, place)
        if self._shared is not None and answer is Check.SAT:
            region = self._shared.widened(self._solver.model(), region)
        self._known[question].append((region, answer))
        return answer

    def _value(self, number: int, value: str) -> z3.BoolRef:
        return self._values[self._dimensions[number].id, value]

    def _check(self, assumptions: Sequence[z3.BoolRef], limit: int) -> Check:
        self._solver.set("rlimit", limit)
        return Check(str(self._solver.check(*assumptions)))

    def _plainest(self, assumptions: Sequence[z3.BoolRef]) -> Check:
        """The answer; where there is a model, with as many wishes as cores leave."""
        wishes = list(self._wishes)
        while True:
            answer = self._check([*assumptions, *wishes], RESOURCE_LIMIT)
            if answer is Check.UNSAT:
                core = {literal.get_id() for literal in self._solver.unsat_core()}
                left = [wish for wish in wishes if wish.get_id() not in core]
                if len(left) == len(wishes):
                    return answer
            elif answer is Check.UNKNOWN and wishes:
                left = []
            else:
                return answer
            wishes = left

    def _by_core(self, question: str, place: Place) -> Region:
        core = {str(literal) for literal in self._solver.unsat_core()}
        kept = [n for n, v in enumerate(place) if str(self._value(n, v)) in core]
        for number in list(kept):
            fewer = [n for n in kept if n != number]
            assumptions = [self._value(n, place[n]) for n in fewer]
            asked = self._questions[question]
            if self._check([asked, *assumptions], _SHORT_LIMIT) is Check.UNSAT:
                kept = fewer
        region = everywhere(self._dimensions)
        sides = list(region.values)
        for number in kept:
            sides[number] = frozenset((place[number],))
        return Region(tuple(sides))


class _Shared:
    """Which policies share a run: what the facts say of the constants that policies decide."""

    def __init__(
        self,
        facts: Sequence[z3.BoolRef],
        dimensions: Sequence[Dimension],
        conditions: Mapping[tuple[str, str], z3.BoolRef],
    ) -> None:
        self._dimensions = dimensions
        self._conditions = conditions
        owners: dict[str, set[str]] = {}
        constants: dict[str, z3.ExprRef] = {}
        for (dimension, _), condition in conditions.items():
            for constant in _constants(condition):
                owners.setdefault(str(constant), set()).add(dimension)
                constants[str(constant)] = constant
        tied = {d for names in owners.values() if len(names) > 1 for d in names}
        self._of = {
            each.id: [c for name, c in constants.items() if owners[name] == {each.id}]
            for each in dimensions
        }
        self._movable = [n for n, each in enumerate(dimensions) if each.id not in tied]
        moved = [c for n in self._movable for c in self._of[dimensions[n].id]]
        self._pairs = [(c, z3.Const(f"other {c}", c.sort())) for c in moved]
        self._other = {str(c): other for c, other in self._pairs}
        found = _without_definitions(facts, {str(c) for c in moved})
        if found is None:
            self._movable = []
        self._facts = [z3.substitute(fact, *self._pairs) for fact in found or ()]

    def widened(self, model: z3.ModelRef, region: Region) -> Region:
        """The region with all values under which the run of a model still is one."""
        left = [model.eval(fact) for fact in self._facts]
        left = [fact for fact in left if not z3.is_true(fact)]
        unequal = z3.Not(all_of(left))
        ways = {number: [self._own(model, number)] for number in self._movable}
        solver = z3.Solver()
        solver.set("rlimit", _SHORT_LIMIT)
        solver.add(unequal)
        for number in self._movable:
            for value in self._dimensions[number].values:
                if value in region.values[number]:
                    continue
                wider = region.widened(number, (value,))
                way = self._way(model, left, number, value)
                if way is None:
                    continue
                ways[number].append(way)
                if self._hold_in(solver, ways):
                    region = wider
                else:
                    ways[number].pop()
        return region

    def _hold_in(self, solver: z3.Solver, ways: Mapping[int, Sequence[z3.BoolRef]]) -> bool:
        """Whether the facts hold for every combination of the ways of each dimension."""
        solver.push()
        try:
            solver.add(*(any_of(of) for of in ways.values()))
            return bool(solver.check() == z3.unsat)
        finally:
            solver.pop()

    def _own(self, model: z3.ModelRef, number: int) -> z3.BoolRef:
        """That the constants of a dimension are as in the model."""
        return all_of(
            self._other[str(c)] == model.eval(c, model_completion=True)
            for c in self._of[self._dimensions[number].id]
        )

    def _way(
        self, model: z3.ModelRef, left: Sequence[z3.BoolRef], number: int, value: str
    ) -> z3.BoolRef | None:
        """Constants of a dimension that stand for another value, all else as in the model."""
        dimension = self._dimensions[number]
        solver = z3.Solver()
        solver.set("random_seed", SEED)
        solver.set("rlimit", _SHORT_LIMIT)
        condition = self._conditions[dimension.id, value]
        solver.add(*left, z3.substitute(condition, *self._pairs))
        solver.add(*(self._own(model, n) for n in self._movable if n != number))
        if solver.check() != z3.sat:
            return None
        found = solver.model()
        others = [self._other[str(c)] for c in self._of[dimension.id]]
        return all_of(other == found.eval(other, model_completion=True) for other in others)


def _constants(node: z3.ExprRef) -> Iterator[z3.ExprRef]:
    """The constants of a condition that have no fixed meaning."""
    stack, seen = [node], set()
    while stack:
        here = stack.pop()
        if here.get_id() in seen:
            continue
        seen.add(here.get_id())
        if z3.is_const(here) and here.decl().kind() == z3.Z3_OP_UNINTERPRETED:
            yield here
        stack += here.children()


def _without_definitions(facts: Sequence[z3.BoolRef], names: set[str]) -> list[z3.BoolRef] | None:
    """The facts that depend on some constants, with every name that depends on them written out.

    ``name == term`` only says what a name stands for. In another policy it stands for another
    value, so the name has to go before the facts are looked at in one run. None where it cannot.
    """
    names = set(names)
    meanings: dict[str, tuple[z3.ExprRef, z3.ExprRef]] = {}
    defining: set[int] = set()
    while True:
        mentions = _Mentions(names)
        before = len(names)
        for number, fact in enumerate(facts):
            if number in defining or not mentions(fact):
                continue
            name = _defined(fact)
            if name is not None and str(name) not in names:
                meanings[str(name)] = (name, fact.arg(1))
                defining.add(number)
                names.add(str(name))
        if len(names) == before:
            break
    left = [f for n, f in enumerate(facts) if n not in defining and mentions(f)]
    pairs = list(meanings.values())
    if not pairs:
        return left
    is_named = _Mentions(set(meanings))
    for _ in range(len(pairs) + 1):
        if not any(map(is_named, left)):
            return left
        left = [z3.substitute(fact, *pairs) if is_named(fact) else fact for fact in left]
    return None  # names that stand for each other


def _defined(fact: z3.BoolRef) -> z3.ExprRef | None:
    """The name of which a fact says what it stands for."""
    if not z3.is_eq(fact):
        return None
    name = fact.arg(0)
    if not z3.is_const(name) or name.decl().kind() != z3.Z3_OP_UNINTERPRETED:
        return None
    return None if any(str(c) == str(name) for c in _constants(fact.arg(1))) else name


class _Mentions:
    """Which terms mention one of some constants; each term is looked at once."""

    def __init__(self, names: set[str]) -> None:
        self._names = frozenset(names)
        self._found: dict[int, tuple[bool, z3.ExprRef]] = {}

    def __call__(self, node: z3.ExprRef) -> bool:
        """Whether a term does."""
        known = self._found.get(node.get_id())
        if known is not None:
            return known[0]
        if z3.is_const(node):
            found = str(node) in self._names
        else:
            found = any(map(self, node.children()))
        # The term is kept, because its number names it only while it is there.
        self._found[node.get_id()] = (found, node)
        return found
