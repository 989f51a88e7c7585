"""Breadth-first search over everything that can happen in one instance.

A global state is the local states of all parties, the messages sent that somebody still can
take, and the assoIDs that the attacker has seen. Nothing is solved and nothing is assumed: what
is not found here does not happen within the attacker's restricted choice of values
(``interlock.explicit.network``). Clocks agree and stand still, which honest traffic never notices
(times within one window are alike); the replay memory is real.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import networkx as nx

from interlock.explicit.evaluate import COMPLETED, Scope, Value
from interlock.explicit.instance import Environment, Setup
from interlock.explicit.machine import Local, Outcome, Party, Sent
from interlock.explicit.network import Attacker, Received
from interlock.explicit.other_runs import instances, is_signed, other_runs
from interlock.explicit.scene import SceneValues, may_retry, undisturbed
from interlock.model.messages import Field
from interlock.verification.properties import PointKind, Property

T = TypeVar("T")


class Node(NamedTuple):
    """A global state; numbers stand for the values that ``Search`` keeps."""

    locals: tuple[int, ...]
    known: frozenset[int]
    ids: frozenset[int]


@dataclass(frozen=True)
class Move:
    """One step of one party, for a trace. ``origin`` is empty where nothing was received."""

    party: str
    event: str
    option: str
    failed_check: str
    before: str
    after: str
    sends: tuple[str, ...]
    origin: str


@dataclass
class Found:
    """What a search found in one environment, or in several.

    Attributes:
        states: Number of global states.
        reachable: Joint control states, in the order of the composition's strands.
        violations: Property to the shortest run that violates it.
        visited: Properties whose point was reached with what they suppose.
    """

    states: int = 0
    transitions: int = 0
    reachable: set[tuple[str, ...]] = field(default_factory=set)
    violations: dict[str, tuple[Move, ...]] = field(default_factory=dict)
    visited: set[str] = field(default_factory=set)

    def add(self, other: Found) -> None:
        """Take over what was found in another environment."""
        self.states += other.states
        self.transitions += other.transitions
        self.reachable |= other.reachable
        self.visited |= other.visited
        for name, trace in other.violations.items():
            mine = self.violations.get(name)
            if mine is None or len(trace) < len(mine):
                self.violations[name] = trace


def explore(setup: Setup) -> Found:
    """Search an instance in all its environments."""
    found = Found()
    for environment in setup.instance.environments:
        found.add(Search(setup, environment).run())
    return found


class Search:
    """The search of one instance in one environment. ``graph`` has an edge for each move."""

    def __init__(self, setup: Setup, environment: Environment) -> None:
        self.setup = setup
        self.environment = environment
        self.graph = nx.DiGraph()
        self.found = Found()
        self.parties: dict[str, Party] = {}
        for name, of in setup.composition.strands.items():
            if of.machine == "native-server" and self._has_no_native_server():
                continue
            party = setup.party(name)
            party.expected = environment.expected if party.machine.role == "client" else "none"
            self.parties[name] = party
        self._names = list(self.parties)
        self._attacker = Attacker(setup, environment)
        self._locals = _Numbers[Local]()
        self._messages = _Numbers[Sent]()
        self._ids = _Numbers[Value]()
        self._moves: dict[tuple[object, ...], list[Received]] = {}
        self._others = other_runs(setup, environment)
        self._undisturbed = undisturbed(setup, environment)
        self._alike: dict[tuple[object, ...], int] = {}
        self._same: dict[tuple[int, frozenset[str]], int] = {}
        self._checked: set[tuple[object, ...]] = set()
        self._points = [p for p in setup.properties if p.point is not None]

    def _has_no_native_server(self) -> bool:
        policy = dict(self.environment.policy)
        return len(self.setup.composition.strands) > 2 and not policy.get("server-is-native", False)

    # --- the search --------------------------------------------------------------------------

    def run(self) -> Found:
        """Explore everything."""
        start = Node(
            tuple(self._locals.of(party.initial()) for party in self.parties.values()),
            frozenset(),
            frozenset(),
        )
        self.graph.add_node(start)
        self._parents: dict[Node, tuple[Node, str, Received]] = {}
        self._at_ends(start)
        waiting = deque([start])
        while waiting:
            node = waiting.popleft()
            for name, received in self._successors(node):
                following = self._after(node, name, received.outcome)
                if following not in self.graph:
                    self._parents[following] = (node, name, received)
                    waiting.append(following)
                    self._at_ends(following)
                if following != node:
                    self.graph.add_edge(node, following)
                self._at_points(node, name, received, following)
        self.found.states = self.graph.number_of_nodes()
        self.found.transitions = self.graph.number_of_edges()
        self.found.reachable = {self._control(node) for node in self.graph}
        return self.found

    def _control(self, node: Node) -> tuple[str, ...]:
        states = dict(zip(self._names, node.locals, strict=True))
        return tuple(
            self._locals.at(states[name]).state
            if name in states
            else self.setup.project.models.machines[of.machine].initial
            for name, of in self.setup.composition.strands.items()
        )

    def _after(self, node: Node, name: str, outcome: Outcome) -> Node:
        place = self._names.index(name)
        locals_ = list(node.locals)
        locals_[place] = self._locals.of(outcome.local)
        known, ids = set(node.known), set(node.ids)
        for sent in outcome.sent:
            known.add(self._messages.of(sent))
            ids |= {
                self._ids.of(value)
                for key, value in sent.fields
                if key == "asso-id" and self._is_own_id(value)
            }
        wanted = frozenset(
            self._representative(n, names)
            for n in known
            if (names := self._wanted_as(n, tuple(locals_)))
        )
        return Node(tuple(locals_), wanted, frozenset(ids))

    def _is_own_id(self, asso_id: Value) -> bool:
        """Whether an assoID is of a client under test; others the attacker can have made."""
        request = asso_id[-1] if asso_id[0] == COMPLETED else asso_id
        return bool(request[0] == "fresh") and request[1] in self.parties

    def _wanted_as(self, number: int, locals_: tuple[int, ...]) -> frozenset[str]:
        """The names under which some party may still take a message."""
        sent = self._messages.at(number)
        if not sent.has_pdu and not self.environment.is_bound:
            return frozenset()  # anybody can make one
        names = self.setup.readable_as[sent.name] if sent.has_pdu else frozenset((sent.name,))
        wanted: frozenset[str] = frozenset()
        for place, party in zip(locals_, self.parties.values(), strict=True):
            local = self._locals.at(place)
            if not party.is_over(local) and (
                is_signed(self.setup, sent) or party.machine.role != sent.role
            ):
                wanted |= names & party.reads.later[local.state]
        return wanted

    def _representative(self, number: int, names: frozenset[str]) -> int:
        """The first message that nobody can tell from this one as long as anybody takes it."""
        if (number, names) not in self._same:
            self._same[number, names] = self._first_alike(number, names)
        return self._same[number, names]

    def _first_alike(self, number: int, names: frozenset[str]) -> int:
        sent = self._messages.at(number)
        if self.environment.is_bound or not is_signed(self.setup, sent):
            return number
        if any(self._reads_content(name) for name in names):
            return number
        places = {
            _place(self.setup.messages[sent.name].fields[name]): value
            for name, value in sent.fields
        }
        wanted = {_place(f) for name in names for f in self.setup.messages[name].fields.values()}
        seen = tuple(sorted((p, v) for p, v in places.items() if p in wanted))
        key = (sent.sender, names, seen)
        return self._alike.setdefault(key, number)

    def _reads_content(self, name: str) -> bool:
        """Whether somebody derives something from the signed octets of a message."""
        fields = self.setup.messages[name].fields
        return any(
            fields[read].projection == "kept"
            for party in self.parties.values()
            for read in party.reads.fields.get(name, ())
            if read in fields
        )

    # --- moves -------------------------------------------------------------------------------

    def _successors(self, node: Node) -> Iterator[tuple[str, Received]]:
        for place, name in zip(node.locals, self._names, strict=True):
            party, local = self.parties[name], self._locals.at(place)
            if party.is_over(local) or not self._may_start(name, local, node):
                continue
            for received in self._own(name, place):
                yield name, received
            for received in self._made(name, place, node.ids):
                yield name, received
            for number in node.known:
                for received in self._relayed(name, place, number):
                    yield name, received

    def _may_start(self, name: str, local: Local, node: Node) -> bool:
        """Whether a second attempt may begin.

        Its server waits as well: nothing of one mode is readable in the other, so what it does
        earlier changes nothing for anybody, and no property speaks of it.
        """
        if "present" in local.flags:
            return True
        after = self._after_which(name)
        if after is None:
            return True
        first = self._locals.at(node.locals[self._names.index(after)])
        return may_retry(self.setup, self.parties[after], first, self.environment)

    def _after_which(self, name: str) -> str | None:
        strands = self.setup.composition.strands
        mode = self.parties[name].machine.mode
        afters = (
            of.after
            for of in strands.values()
            if of.after is not None and self.setup.project.models.machines[of.machine].mode == mode
        )
        return next(afters, None)

    def _own(self, name: str, place: int) -> list[Received]:
        key = ("own", name, place)
        if key not in self._moves:
            party, local = self.parties[name], self._locals.at(place)
            self._moves[key] = [
                Received(outcome, ())
                for outcome in party.spontaneous(local)
                if not self._is_too_many(party, local, outcome)
            ]
        return self._moves[key]

    def _is_too_many(self, party: Party, local: Local, outcome: Outcome) -> bool:
        if "send-seq" not in party.variables or outcome.local.state != local.state:
            return False
        sequence = party.value(outcome.local, "send-seq")
        return isinstance(sequence, int) and sequence >= self.setup.instance.transfers

    def _made(self, name: str, place: int, ids: frozenset[int]) -> list[Received]:
        """What the attacker makes, and what he has from other runs."""
        key = ("made", name, place, ids)
        if key not in self._moves:
            party, local = self.parties[name], self._locals.at(place)
            seen = frozenset(self._ids.at(n) for n in ids)
            found = dict.fromkeys(self._attacker.made(party, local, seen))
            for sent in self._others:
                for one in instances(sent, seen):
                    found |= dict.fromkeys(self._attacker.relayed(party, local, one, "other-run"))
            self._moves[key] = list(self._distinct(found))
        return self._moves[key]

    def _relayed(self, name: str, place: int, number: int) -> list[Received]:
        key = ("relayed", name, place, number)
        if key not in self._moves:
            party, local = self.parties[name], self._locals.at(place)
            sent = self._messages.at(number)
            found = dict.fromkeys(self._attacker.relayed(party, local, sent, "peer"))
            self._moves[key] = list(self._distinct(found))
        return self._moves[key]

    def _distinct(self, found: Mapping[Received, None]) -> Iterator[Received]:
        """One of those that lead to the same, and of which no property can speak apart."""
        seen = set()
        for received in found:
            outcome = received.outcome
            is_pointed = any(self._is_at(p, None, outcome) for p in self._points)
            key: tuple[object, ...] = (outcome.local, outcome.sent)
            if is_pointed:
                key = (*key, received, outcome.before_forgetting)
            if key not in seen:
                seen.add(key)
                yield received

    # --- properties --------------------------------------------------------------------------

    @staticmethod
    def _is_at(property_: Property, name: str | None, outcome: Outcome) -> bool:
        point = property_.point
        assert point is not None
        if name is not None and point.strand != name:
            return False
        if point.kind is PointKind.CLAIM:
            claims = {"running": "running", "committed": "commit-handshake"}
            if point.names[0] == "confirmed":
                return outcome.delivers
            return outcome.claim == claims[point.names[0]]
        if point.kind is PointKind.END:
            return False
        what, *names = point.names
        if what == "row":
            return not outcome.reaction and outcome.row in names
        return outcome.reaction in names

    def _at_ends(self, node: Node) -> None:
        for property_ in self._points:
            assert property_.point is not None
            if property_.point.kind is PointKind.END:
                self._judge(property_, node, ())

    def _at_points(self, before: Node, name: str, received: Received, after: Node) -> None:
        for property_ in self._points:
            if self._is_at(property_, name, received.outcome):
                self._judge(property_, after, received.message, (before, name, received))

    def _judge(
        self,
        property_: Property,
        node: Node,
        message: tuple[tuple[str, Value], ...],
        last: tuple[Node, str, Received] | None = None,
    ) -> None:
        locals_ = {n: self._locals.at(i) for n, i in zip(self._names, node.locals, strict=True)}
        if last is not None and last[2].outcome.before_forgetting is not None:
            locals_[last[1]] = last[2].outcome.before_forgetting
        key = (property_.id, tuple(locals_.values()), message)
        if key in self._checked or property_.id in self.found.violations:
            return
        self._checked.add(key)
        values = SceneValues(self.parties, locals_, self.environment, self._undisturbed)
        scope = Scope(message=dict(message), scene=values)
        evaluator = self.setup.evaluator
        if property_.given is not None and not evaluator.value(property_.given, scope):
            return
        self.found.visited.add(property_.id)
        if not evaluator.value(property_.formula, scope):
            self.found.violations[property_.id] = tuple(self._trace(node, last))

    # --- traces ------------------------------------------------------------------------------

    def _trace(self, node: Node, last: tuple[Node, str, Received] | None) -> list[Move]:
        moves = []
        step = last or self._parents.get(node)
        while step is not None:
            before, name, received = step
            moves.append(self._move(before, name, received))
            step = self._parents.get(before)
        return moves[::-1]

    def _move(self, before: Node, name: str, received: Received) -> Move:
        outcome = received.outcome
        local = self._locals.at(before.locals[self._names.index(name)])
        message = dict(received.message)
        return Move(
            name,
            str(outcome.event),
            outcome.option,
            outcome.failed_check,
            local.state,
            outcome.local.state,
            tuple(sent.name for sent in outcome.sent),
            f"{message['origin']} ({message['signer']})" if message else "",
        )


def _place(item: Field) -> tuple[str, str, str]:
    """Where a field lies in its PDU; several bits lie at one path."""
    return (item.path, item.projection, item.argument or "")


class _Numbers(Generic[T]):
    """Values by number: equal values have one number."""

    def __init__(self) -> None:
        self._values: list[T] = []
        self._number: dict[T, int] = {}

    def of(self, value: T) -> int:
        """The number of a value."""
        number = self._number.setdefault(value, len(self._values))
        if number == len(self._values):
            self._values.append(value)
        return number

    def at(self, number: int) -> T:
        """The value with a number."""
        return self._values[number]
