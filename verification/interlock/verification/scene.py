"""A scene: the sorts, constants and axioms that the parties of one composition share.

Everything is a z3 term over a closed set of sorts:

* enumerations (of the models and of the abstraction) are finite sorts;
* a certificate is an ``Identity``, a Diffie-Hellman key pair (and its public part) a ``Share``,
  one value for every key pair that a party under test can make;
* salts, keys, octets and texts are terms of uninterpreted sorts. What an operation declared
  ``injective`` yields determines its arguments: hashes and key derivation do not collide.

Configuration is *rigid*: one constant for each field of each party, the same in every step and
every scene, so that two scenes speak of the same configurations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations

import z3

from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.project import Project
from interlock.model.vocabulary import OTHER
from interlock.verification.abstraction import TERM, Abstraction, OperationMeaning
from interlock.verification.coverage import Protections
from interlock.verification.terms import Members, Term, Terms, enumeration_sort

Values = dict[str, Term]


def all_of(conditions: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """Conjunction; z3 prints an empty one in a form that nobody else reads."""
    found = list(conditions)
    return z3.And(found) if len(found) > 1 else found[0] if found else z3.BoolVal(True)


def any_of(conditions: Iterable[z3.BoolRef]) -> z3.BoolRef:
    """Disjunction of any number of conditions."""
    found = list(conditions)
    return z3.Or(found) if len(found) > 1 else found[0] if found else z3.BoolVal(False)


def equal(a: Term, b: Term) -> z3.BoolRef:
    """That two terms of one type have the same value."""
    if isinstance(a, Members) and isinstance(b, Members):
        same = [a.present[n] == b.present[n] for n in a.present]
        return z3.And(*same, a.count == b.count)
    return a == b


def is_same_term(a: Term, b: Term) -> bool:
    """That two terms are one and the same, so that nothing has to be said about them."""
    if isinstance(a, Members) or isinstance(b, Members):
        return a is b
    return bool(a.eq(b))


def either(condition: z3.BoolRef, a: Term, b: Term) -> Term:
    """``a`` where the condition holds, otherwise ``b``."""
    if is_same_term(a, b):
        return a
    if isinstance(a, Members) and isinstance(b, Members):
        present = {n: z3.If(condition, a.present[n], b.present[n]) for n in a.present}
        return Members(present, z3.If(condition, a.count, b.count))
    return z3.If(condition, a, b)


class Scene:
    """What the parties of one composition share."""

    def __init__(
        self, project: Project, abstraction: Abstraction, shares: Sequence[str] = ()
    ) -> None:
        self.project = project
        self.abstraction = abstraction
        self.protections = Protections(project)
        self.axioms: list[z3.BoolRef] = []
        self._shares = tuple(shares)
        self.state_names: dict[str, tuple[str, ...]] = {}
        """Enumerations of states, where properties name them."""
        self.terms = SceneTerms(self)
        self._constructors: dict[str, int] = {}
        self._empty: dict[str, z3.ExprRef] = {}
        self._instances: set[int] = set()
        self._ordered: set[str] = set()
        self._numbered = False

    # --- sorts and constants -----------------------------------------------------------------

    def members(self, enumeration: str) -> tuple[str, ...]:
        """Names of an enumeration's members; shares have one more for each key pair made."""
        names = self.abstraction.vocabulary.enumerations[enumeration].names
        return (*names, *self._shares) if enumeration == "Share" else names

    def member(self, enumeration: str, name: str) -> z3.ExprRef:
        """The value of a member."""
        return self.terms.enumeration(enumeration)[1][name]

    def constant(self, name: str, kind: t.Type) -> Term:
        """The constant of that name."""
        return self.terms.variable(name, kind)

    def boolean(self, name: str) -> z3.BoolRef:
        """The Boolean constant of that name."""
        return z3.Bool(name)

    def empty(self, kind: t.Type) -> Term:
        """What a variable holds before anything was assigned."""
        match kind:
            case t.Bool():
                return z3.BoolVal(False)
            case t.Int() | t.Time() | t.Duration():
                return z3.IntVal(0)
            case t.Enum(name=name):
                names = self.members(name)
                return self.member(name, OTHER if OTHER in names else names[0])
            case t.SetOf(element=element) | t.ListOf(element=element):
                nothing = {name: z3.BoolVal(False) for name in self.members(element.name)}
                return Members(nothing, z3.IntVal(0))
        seen = self.abstraction.seen_as(kind)
        if isinstance(seen, t.Enum):
            return self.member(seen.name, self.members(seen.name)[0])
        return self.nothing(kind)

    def nothing(self, kind: t.Type) -> z3.ExprRef:
        """The value ``none`` of an opaque type, or empty octets or text: no operation yields it."""
        key = str(kind)
        if key not in self._empty:
            value = z3.Const(f"nothing:{key}", self.terms.sort(kind))
            self._empty[key] = value
            self.axioms.append(self._tag(value) == 0)
        return self._empty[key]

    # --- constructors ------------------------------------------------------------------------

    def _tag(self, value: z3.ExprRef) -> z3.ArithRef:
        sort = value.sort()
        return z3.Function(f"made-by:{sort}", sort, z3.IntSort())(value)

    def construct(self, name: str, arguments: Sequence[z3.ExprRef], sort: z3.SortRef) -> z3.ExprRef:
        """A term that determines its arguments and who made it."""
        function = z3.Function(name, *[a.sort() for a in arguments], sort)
        value = function(*arguments)
        if value.get_id() not in self._instances:
            self._instances.add(value.get_id())
            number = self._constructors.setdefault(name, len(self._constructors) + 1)
            self.axioms.append(self._tag(value) == number)
            for n, argument in enumerate(arguments):
                back = z3.Function(f"{name}:{n}", sort, argument.sort())
                self.axioms.append(back(value) == argument)
        return value

    def fresh(self, name: str, kind: t.Type) -> z3.ExprRef:
        """A value that is no other one: the constant of that name."""
        return self.construct(f"fresh {name}", (), self.terms.sort(kind))

    def is_of_other_run(self, text: z3.ExprRef) -> z3.BoolRef:
        """That a text was made in a run that is not under test."""
        number = self._constructors.setdefault("other run", len(self._constructors) + 1)
        return self._tag(text) == number

    def base(self, text: z3.ExprRef) -> z3.ExprRef:
        """The client's part of a completed assoID."""
        return z3.Function("client-part", text.sort(), text.sort())(text)

    def is_complete(self, text: z3.ExprRef) -> z3.BoolRef:
        """Whether an assoID has a server's part."""
        return z3.Function("is-complete", text.sort(), z3.BoolSort())(text)

    def known(self, keys: z3.ExprRef) -> z3.BoolRef:
        """Whether the attacker knows keys."""
        return z3.Function("attacker-knows", keys.sort(), z3.BoolSort())(keys)

    def is_attackers(self, share: z3.ExprRef) -> z3.BoolRef:
        """Whether the attacker knows the secret that follows from a public key."""
        return z3.Or(
            share == self.member("Share", "attacker"), share == self.member("Share", "weak")
        )

    def number(self, share: z3.ExprRef) -> z3.ArithRef:
        """A number for each key pair."""
        sort, values = self.terms.enumeration("Share")
        numbered = z3.Function("number-of", sort, z3.IntSort())
        if not self._numbered:
            self._numbered = True
            self.axioms += [numbered(value) == n for n, value in enumerate(values.values())]
        return numbered(share)

    def groups_of(self, share: z3.ExprRef) -> Members:
        """The groups for which a key pair has keys."""
        sort = share.sort()
        present = {
            name: z3.Function(f"has-key-of:{name}", sort, z3.BoolSort())(share)
            for name in self.members("DHGroup")
        }
        return Members(present, z3.Function("number-of-keys", sort, z3.IntSort())(share))

    def made_for(self, share: z3.ExprRef, groups: Term | None, guard: z3.BoolRef | None) -> None:
        """Note for which group or groups a key pair is made."""
        has = self.groups_of(share)
        if groups is None:
            return
        if isinstance(groups, Members):
            facts = equal(has, groups)
        else:
            same = [p == (groups == self.member("DHGroup", n)) for n, p in has.present.items()]
            facts = z3.And(*same, has.count == 1)
        self.axioms.append(facts if guard is None else z3.Implies(guard, facts))

    def digest(self, content: z3.ExprRef) -> z3.ExprRef:
        """The hash of contents octets."""
        return self.construct("digest", (content,), content.sort())

    def name_of(self, owner: z3.ExprRef) -> z3.ExprRef:
        """The name of a station, as one party gives it to another."""
        return self.construct("name-of", (owner,), self.terms.sort(t.TEXT))

    def has_native_mode(self, owner: z3.ExprRef) -> z3.BoolRef:
        """Whether the station of a certificate has native mode; the client under test has it.

        An insider is some other station, with or without it.
        """
        known = {
            "client": z3.BoolVal(True),
            "server": self.boolean("policy.server-is-native"),
            "insider": self.boolean("attacker.insider-is-native"),
        }
        return any_of(
            z3.And(owner == self.member("Identity", name), has) for name, has in known.items()
        )

    def before(self, key: str, one: str, other: str) -> z3.BoolRef:
        """Whether ``one`` stands before ``other`` in the list called ``key``."""
        first, second = sorted((one, other))
        is_first = z3.Bool(f"{key}: {first} before {second}")
        return is_first if one == first else z3.Not(is_first)

    def order(self, key: str, names: Sequence[str]) -> None:
        """Make the places in a list an order: whoever is before one is before those after it."""
        if key in self._ordered:
            return
        self._ordered.add(key)
        for a, b, c in permutations(names, 3):
            steps = z3.And(self.before(key, a, b), self.before(key, b, c))
            self.axioms.append(z3.Implies(steps, self.before(key, a, c)))


class SceneTerms(Terms):
    """Terms over the sorts of a scene; ``Frame`` gives variables their place."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene.abstraction.vocabulary, "", scene.axioms)
        self._scene = scene

    def enumeration(self, name: str) -> tuple[z3.SortRef, dict[str, z3.ExprRef]]:
        """The sort of an enumeration; shares are those of the scene."""
        return enumeration_sort(name, self._scene.members(name))

    def none(self, kind: t.Opaque) -> Term:
        """The value that nothing accepts: the same as that of a variable never assigned."""
        return self._scene.empty(kind)

    def sort(self, kind: t.Type) -> z3.SortRef:
        """The sort of a scalar type; an opaque type is what the abstraction says."""
        if isinstance(kind, t.Opaque):
            seen = self._scene.abstraction.types.get(kind.name, TERM)
            if seen != TERM:
                return self.enumeration(seen)[0]
        return super().sort(kind)


@dataclass
class Frame:
    """Where an expression is evaluated: one party, at one step, with one received message.

    ``session`` holds machine variables and party ghosts and is changed by actions.
    """

    scene: Scene
    strand: str
    step: int
    config: str
    """Prefix of the party's configuration constants."""
    party: Mapping[str, Term]
    """Ghosts of the party that never change: identity, expected."""
    session: Values
    message: Mapping[str, Term] = field(default_factory=dict)
    envelope: Mapping[str, Term] = field(default_factory=dict)
    sent: Values = field(default_factory=dict)
    parameters: Mapping[str, Term] = field(default_factory=dict)
    now: z3.ArithRef | None = None
    guard: z3.BoolRef | None = None
    """When what is evaluated here happens; facts about what it makes hold only then."""
    share: str | None = None
    """The member of ``Share`` for a key pair made here, where it is not named by the step."""
    free: frozenset[str] = frozenset()
    """Session variables whose value is not known here (written by steps that are not followed)."""
    occurrences: int = 0

    def reading(self) -> FrameTerms:
        """The reader of expressions in this frame."""
        return FrameTerms(self)

    def condition(
        self, node: x.Expression, bound: Mapping[str, x.Expression] | None = None
    ) -> z3.BoolRef:
        """The term of a condition."""
        return self.reading().condition(node, bound)

    def value(self, node: x.Expression) -> Term:
        """The term of an expression."""
        return self.reading().term(node, {})

    def carry_out(self, node: x.OperationCall) -> None:
        """Call an operation for its effect on ghosts."""
        meaning = self.scene.abstraction.operations.get(node.operation)
        if meaning is None:
            return
        values = {name: self.value(expression) for name, expression in meaning.sets}
        self.session.update(values)


class FrameTerms(SceneTerms):
    """Reads expressions in a frame."""

    def __init__(self, frame: Frame) -> None:
        super().__init__(frame.scene)
        self._frame = frame
        shared = frame.scene.terms
        self._variables = shared._variables
        self._derived = shared._derived
        self._sorts = shared._sorts

    def lookup(self, node: x.Variable) -> Term:
        """The term of a variable by where it lives."""
        frame, name = self._frame, node.name
        match node.root:
            case x.Root.MESSAGE:
                return frame.message[name]
            case x.Root.ENVELOPE:
                return frame.envelope[name]
            case x.Root.CONFIG:
                return self.variable(f"{frame.config}.{name}", node.type)
            case x.Root.SESSION:
                if name in frame.free:
                    key = f"{frame.strand}.{frame.step}.free.{name}"
                    return self.variable(key, node.type)
                return frame.session[name]
            case x.Root.SENT:
                return frame.sent[name]
            case x.Root.NOW:
                assert frame.now is not None
                return frame.now
            case x.Root.PARAMETER if name in frame.parameters:
                return frame.parameters[name]
            case x.Root.SCENE:
                ghost = name.partition(".")[2]
                found = frame.session.get(ghost)
                return frame.party[ghost] if found is None else found
        # What a failure's diagnostic is depends on the message, so its type is part of the name.
        key = f"{frame.strand}.{frame.step}.{node.root.value}.{name}:{node.type}"
        return self.variable(key, node.type)

    def _chosen(
        self, node: x.BuiltinCall, candidates: Mapping[str, z3.BoolRef], when: z3.BoolRef
    ) -> z3.ExprRef:
        assert isinstance(node.type, t.Enum)
        _, values = self.enumeration(node.type.name)
        names = list(candidates)
        result = self._frame.scene.empty(node.type)
        assert not isinstance(result, Members)
        key = self._list_name(node.arguments[0])
        if node.function == "first-common":
            self._frame.scene.order(key, names)
        for name in reversed(names):
            wins = candidates[name]
            if node.function == "first-common":
                others = [
                    z3.Implies(candidates[o], self._frame.scene.before(key, name, o))
                    for o in names
                    if o != name
                ]
                wins = all_of([wins, *others])
            result = z3.If(wins, values[name], result)
        return result

    def _list_name(self, node: x.Expression) -> str:
        if isinstance(node, x.Variable) and node.root is x.Root.CONFIG:
            return f"{self._frame.config}.{node.name}"
        if isinstance(node, x.Variable):
            return f"{self._frame.strand}.{self._frame.step}.{node.root.value}.{node.name}"
        return str(node)

    # --- predicates and operations -----------------------------------------------------------

    def _call(
        self,
        name: str,
        arguments: tuple[x.Expression, ...],
        result: z3.SortRef,
        bound: Mapping[str, x.Expression],
    ) -> z3.ExprRef:
        scene = self._frame.scene
        values = [
            None if isinstance(node.type, t.Message) else self.term(node, bound)
            for node in arguments
        ]
        built_in = self._built_in(name, values)
        if built_in is not None:
            return built_in
        words = scene.abstraction.vocabulary
        if name in words.predicates:
            declared = words.predicates[name].parameters
            meaning = scene.abstraction.predicates[name]
            if meaning.means is None:
                self._frame.occurrences += 1
                return z3.Bool(
                    f"{self._frame.strand}.{self._frame.step}.{name}.{self._frame.occurrences}"
                )
            return self._inner(declared, values).condition(meaning.means)
        operation = scene.abstraction.operations[name]
        return self._operation(name, operation, values, result)

    def _inner(self, declared: Iterable[object], values: Sequence[Term | None]) -> Frame:
        names = [getattr(parameter, "name", "") for parameter in declared]
        given = {n: v for n, v in zip(names, values, strict=True) if v is not None}
        return replace(self._frame, parameters=given)

    def _built_in(self, name: str, values: Sequence[Term | None]) -> z3.ExprRef | None:
        scene = self._frame.scene
        match name, values:
            case "same-keys", [a, b]:
                return z3.And(a == b, a != scene.nothing(t.Opaque("Keys")))
            case "completes", [answer, request]:
                return z3.And(
                    scene.is_complete(answer),
                    z3.Not(scene.is_complete(request)),
                    scene.base(answer) == request,
                )
            case "known-to-attacker", [keys]:
                return scene.known(keys)
            case "is-digest", [digest, content]:
                return digest == scene.digest(content)
            case "is-name-of", [text, owner]:
                return text == scene.name_of(owner)
            case "has-native-mode", [owner]:
                return scene.has_native_mode(owner)
        return None

    def _operation(
        self,
        name: str,
        meaning: OperationMeaning,
        values: Sequence[Term | None],
        result: z3.SortRef,
    ) -> z3.ExprRef:
        scene, frame = self._frame.scene, self._frame
        declared = scene.abstraction.vocabulary.operations[name]
        kind = declared.result
        assert kind is not None
        if meaning.value is not None:
            value = self._inner(declared.parameters, values).value(meaning.value)
            assert not isinstance(value, Members)
            return value
        if meaning.fresh:
            seen = scene.abstraction.seen_as(kind)
            if isinstance(seen, t.Enum):
                made = frame.share or share_name(frame.strand, frame.step)
                share = scene.member(seen.name, made)
                scene.made_for(share, values[0], frame.guard)
                return share
            value = scene.fresh(f"{frame.strand}.{frame.step}.{name}", kind)
            if isinstance(kind, t.Text):
                scene.axioms.append(scene.is_complete(value) == (meaning.completes is not None))
                if meaning.completes is not None:
                    position = [p.name for p in declared.parameters].index(meaning.completes)
                    scene.axioms.append(scene.base(value) == values[position])
            return value
        given = [v for v in values if v is not None and not isinstance(v, Members)]
        if name == "content-digest":
            return scene.digest(given[0])
        if name == "expected-peer-name":
            return scene.name_of(frame.party["expected"])
        if not meaning.commutes:
            return scene.construct(name, given, result)
        secret = self._secret(given[0], given[1])
        value = scene.construct(name, [secret, *given[2:]], result)
        scene.axioms.append(
            scene.known(value) == z3.Or(scene.is_attackers(given[0]), scene.is_attackers(given[1]))
        )
        return value

    def _secret(self, own: z3.ExprRef, theirs: z3.ExprRef) -> z3.ArithRef:
        """The shared secret of two key pairs, whoever computes it: a number for the pair."""
        size = len(self._frame.scene.members("Share"))
        first, second = self._number(own), self._number(theirs)
        low = z3.If(first <= second, first, second)
        high = z3.If(first <= second, second, first)
        return low * size + high

    def _number(self, share: z3.ExprRef) -> z3.ArithRef:
        return self._frame.scene.number(share)


def share_name(strand: str, step: int) -> str:
    """The member of ``Share`` for the key pair that a party makes in a step."""
    return f"{strand}@{step}"
