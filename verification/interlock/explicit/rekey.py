"""Changes of keys, as many as one likes: an honest connection, searched to the end.

Client and server after the handshake, driven by the rows of their machines: data are sent, timer
``t-rekey`` expires on either side, what is under way arrives in order and is never lost. With
``release``, either side may also end the association at any time. Left out are time-outs and
aborts, which end the association by intention.

What is abstracted, and why that is sound:

* Secrets are terms up to renaming (``interlock.explicit.terms``): only whether two are equal
  decides anything.
* Time and seq of a transfer are the next ones that its receiver expects. That they count up in
  each direction and that a lossless connection keeps their order is proved elsewhere, by steps.
* Equal messages next to one another in a channel are one entry that stands for two or more. Its
  receiver takes one of them and leaves an entry for one, or still for two or more: every number is
  covered, and every number can have been sent. Only ordinary transfers are ever equal: a new
  public key is fresh, and changed keys are announced once.

Channels need no bound: without acknowledgement nobody changes keys twice, so that only finitely
many different sequences of entries occur. The search ends because of that, not because of a limit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import networkx as nx

from interlock.explicit.evaluate import NOTHING, Value, Values
from interlock.explicit.instance import INSTANCES, Environment, Instance, Setup, both
from interlock.explicit.machine import Local, Outcome, Party, Sent
from interlock.explicit.network import Attacker
from interlock.explicit.scene import undisturbed
from interlock.explicit.terms import Renaming
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction
from interlock.verification.composition import Compositions
from interlock.verification.results import Party as PartyOf
from interlock.verification.results import Step, Trace

PROPERTIES: Mapping[str, str] = {
    "RK-1": "no honest party takes a failing check or has no place for a message",
    "RK-2": "a transfer is tried under the keys under which it was sent",
    "RK-3": "both sides can always come to rest, with no change of keys pending",
    "RK-4": "after a completed change both sides use the new keys in both directions",
}
DATA_STATES = frozenset(
    (
        "stable", "unconfirmed", "rekey-sent", "rekey-requested", "rekey-received",
        "rekey-confirming",
    )
)  # fmt: skip
MOST_STATES = 100_000
"""A search that needs more is given up: something grows without end."""
DEEPEST = 12
"""A search that meets a deeper name is given up. The shipped models come to 4 in both
configurations: keys, of a salt, of the token2 with a public key, of its key pair; so does every
faulty model that was tried and whose search ends. Where no new key pair is made, each change of
keys adds one, and the search would never end."""
_TIMER = "t-rekey"
_TRANSFERS = ("ClearTransfer", "EncrTransfer")
_NAMES = ("client", "server")
_COUNTERS: Mapping[str, int] = {
    "send-time": 0, "send-seq": -1, "receive-time": 0, "receive-seq": -1,
}  # fmt: skip


class Endless(Exception):
    """The search was given up."""


class Entry(NamedTuple):
    """A message under way; ``many`` says that there are two or more of it."""

    sent: Sent
    many: bool


class Joint(NamedTuple):
    """Both parties, and what is under way to each of them, in order."""

    locals: tuple[Local, Local]
    under_way: tuple[tuple[Entry, ...], tuple[Entry, ...]]


@dataclass(frozen=True)
class PathStep:
    """One step of a path; enough for a step of a trace."""

    party: str
    event: str
    row: str
    reaction: str
    failed_check: str
    before: str
    after: str
    sends: tuple[str, ...]


CONFIGURATIONS: Mapping[str, Values] = {
    words: next(instance.config["client"] for instance in INSTANCES if instance.name == name)
    for words, name in (
        ("authenticated encryption", "ae-only"),
        ("integrity only", "integrity-only"),
    )
}
"""What is searched: one form with encrypted transfers, and the one with clear ones. The rows of
encrypt-then-MAC are those of authenticated encryption."""


def search(
    project: Project, abstraction: Abstraction, compositions: Compositions
) -> tuple[Mapping[str, Trace], str]:
    """The search as ``interlock.verification.verifier`` wants it: of a property that several
    configurations violate, the first one's trace.
    """
    traces: dict[str, Trace] = {}
    sizes = []
    for words, config in CONFIGURATIONS.items():
        found = search_rekey(project, abstraction, compositions, config)
        for name, steps in found.violations.items():
            traces.setdefault(name, _trace(steps))
        sizes.append(f"{found.states} states, {found.transitions} steps with {words}")
    return traces, "; ".join(sizes)


def _trace(path: tuple[PathStep, ...]) -> Trace:
    parties = tuple(
        PartyOf(name, f"native-{name}", f"{name} after the handshake") for name in _NAMES
    )
    steps = tuple(
        Step(
            number, s.party, s.event, s.row, s.reaction, s.failed_check, "13.3.1.3", s.before,
            s.after, s.sends,
        )
        for number, s in enumerate(path, 1)
    )  # fmt: skip
    return Trace(parties, steps, (), "two honest parties, nothing lost and nothing changed")


@dataclass(frozen=True)
class RekeyResult:
    """What the search found.

    Attributes:
        states, transitions: Size of the graph.
        control_states: Joint control states that occur.
        longest_channel: Greatest number of entries in a channel.
        violations: Property to the shortest path to where it does not hold.
    """

    states: int
    transitions: int
    control_states: frozenset[tuple[str, str]]
    longest_channel: int
    violations: Mapping[str, tuple[PathStep, ...]]

    def holds(self, name: str) -> bool:
        """Whether a property of ``PROPERTIES`` holds."""
        return name in PROPERTIES and name not in self.violations


def search_rekey(
    project: Project,
    abstraction: Abstraction,
    compositions: Compositions,
    config: Values,
    *,
    release: bool = True,
) -> RekeyResult:
    """Search all changes of keys between two parties with one configuration.

    Raises:
        Endless: More than ``MOST_STATES`` states, or a name deeper than ``DEEPEST``.
    """
    setup = Setup(project, abstraction, compositions, Instance("rekey", "native", both(config)))
    return _Search(setup, release=release).run()


class _Search:
    def __init__(self, setup: Setup, *, release: bool) -> None:
        environment = Environment(insider=False, channel="none")
        self._wire = Attacker(setup, environment)
        self._calls = ("send-data", "release") if release else ("send-data",)
        keep = frozenset(("send-keys", "receive-keys", "rekey-wanted"))
        self._parties: list[Party] = []
        start = []
        for name, (done, local) in undisturbed(setup, environment).items():
            party = Party(
                setup.evaluator, done.machine, name, done.identity, done.config,
                read_by_others=setup.interest, keep=keep, keep_over=keep, over_on_delivery=False,
            )  # fmt: skip
            party.expected = done.expected
            self._parties.append(party)
            start.append(local)
        assert [local.state for local in start] == ["stable", "unconfirmed"]
        self._counters = [
            tuple(
                (party.variables.index(name), value)
                for name, value in _COUNTERS.items()
                if name in party.variables
            )
            for party in self._parties
        ]
        first, second = (
            self._plain(place, party.remembering(local))
            for place, (party, local) in enumerate(zip(self._parties, start, strict=True))
        )
        self._start = self._renamed(Joint((first, second), ((), ())))
        self._graph = nx.DiGraph()
        self._parents: dict[Joint, tuple[Joint, PathStep]] = {}
        self._violations: dict[str, tuple[PathStep, ...]] = {}

    def run(self) -> RekeyResult:
        self._graph.add_node(self._start)
        waiting = deque([self._start])
        while waiting:
            joint = waiting.popleft()
            for place, outcome, record, after in self._moves(joint):
                step = _step(self._parties[place], joint.locals[place], outcome)
                self._judge(joint, outcome, record, step)
                if outcome.reaction:
                    continue  # RK-1 has spoken; what follows is the end of the association
                following = self._renamed(after)
                self._judge_keys(joint, after, place, outcome, step)
                if following not in self._graph:
                    if len(self._graph) >= MOST_STATES:
                        raise Endless
                    self._parents[following] = (joint, step)
                    waiting.append(following)
                self._graph.add_edge(joint, following)
        self._judge_rest()
        return RekeyResult(
            self._graph.number_of_nodes(),
            self._graph.number_of_edges(),
            frozenset((j.locals[0].state, j.locals[1].state) for j in self._graph),
            max(len(channel) for joint in self._graph for channel in joint.under_way),
            dict(sorted(self._violations.items())),
        )

    # --- moves -------------------------------------------------------------------------------

    def _moves(self, joint: Joint) -> Iterator[tuple[int, Outcome, Values, Joint]]:
        for place, party in enumerate(self._parties):
            local = joint.locals[place]
            if party.is_over(local):
                continue
            for outcome in party.spontaneous(local):
                if outcome.event.name in (*self._calls, _TIMER):
                    yield place, outcome, {}, self._after(joint, place, outcome, None)
            if joint.under_way[place]:
                first = joint.under_way[place][0]
                record = self._record(party, local, first.sent)
                envelope = dict(first.sent.envelope)
                envelope = {**party.honest_envelope(first.sent.name), **envelope}
                outcome = party.receive(local, first.sent.name, record, envelope)
                for rest in _rests(joint.under_way[place]):
                    yield place, outcome, record, self._after(joint, place, outcome, rest)

    def _record(self, party: Party, local: Local, sent: Sent) -> dict[str, Value]:
        record = self._wire.undisturbed_record(party, sent)
        if sent.name in _TRANSFERS:
            record["time"] = _number(party.value(local, "receive-time"))
            record["seq"] = _number(party.value(local, "receive-seq")) + 1
        return record

    def _after(
        self, joint: Joint, place: int, outcome: Outcome, rest: tuple[Entry, ...] | None
    ) -> Joint:
        locals_ = list(joint.locals)
        locals_[place] = self._plain(place, outcome.local)
        channels = list(joint.under_way)
        if rest is not None:
            channels[place] = rest
        for sent in outcome.sent:
            channels[1 - place] = _appended(channels[1 - place], sent)
        for n, party in enumerate(self._parties):
            if party.is_over(locals_[n]):
                channels[n] = ()  # nobody is there to take it
        return Joint((locals_[0], locals_[1]), (channels[0], channels[1]))

    def _renamed(self, joint: Joint) -> Joint:
        """The state up to renaming of secrets."""
        values = [value for local in joint.locals for value in local.session]
        for channel in joint.under_way:
            for sent, _ in channel:
                values += [sent.token2, sent.keys, *(value for _, value in sent.fields)]
        renaming = Renaming(values)
        first, second = (
            Local(local.state, tuple(map(renaming.of, local.session)), local.timers)
            for local in joint.locals
        )
        one, other = (tuple(_renamed(e, renaming) for e in channel) for channel in joint.under_way)
        if renaming.deepest > DEEPEST:
            raise Endless
        return Joint((first, second), (one, other))

    def _plain(self, place: int, local: Local) -> Local:
        """What a party knows without counters and what else decides nothing."""
        session = list(local.session)
        for position, value in self._counters[place]:
            if isinstance(session[position], int):
                session[position] = value
        return Local(local.state, tuple(session), local.timers & {_TIMER})

    # --- properties --------------------------------------------------------------------------

    def _judge(self, joint: Joint, outcome: Outcome, record: Values, step: PathStep) -> None:
        if outcome.reaction:
            self._violated("RK-1", joint, step)
        is_transfer = outcome.event.name in _TRANSFERS and outcome.row
        if is_transfer and outcome.tried_keys != record["keys"]:
            self._violated("RK-2", joint, step)

    def _judge_keys(
        self, before: Joint, after: Joint, place: int, outcome: Outcome, step: PathStep
    ) -> None:
        if "rekeyed" not in outcome.told:
            return
        own, partner = self._parties[place], self._parties[1 - place]
        new = own.value(after.locals[place], "send-keys")
        keys = [own.value(after.locals[place], "receive-keys")]
        there = after.locals[1 - place]
        if not partner.is_over(there):
            keys.append(partner.value(there, "send-keys"))
            if own.machine.role == "server":
                # The client changes both directions at once, and before the server.
                keys.append(partner.value(there, "receive-keys"))
        old = own.value(before.locals[place], "receive-keys")
        if new == old or any(key != new for key in keys):
            self._violated("RK-4", before, step)

    def _judge_rest(self) -> None:
        goal = "rest"
        self._graph.add_edges_from([(j, goal) for j in self._graph if self._is_at_rest(j)])
        if goal not in self._graph:
            self._graph.add_node(goal)
        good = nx.ancestors(self._graph, goal)
        self._graph.remove_node(goal)
        for joint in self._graph:  # in the order of the search: the first one is nearest
            in_use = all(local.state in DATA_STATES for local in joint.locals)
            if in_use and joint not in good:
                self._violations["RK-3"] = tuple(self._path(joint))
                return

    def _is_at_rest(self, joint: Joint) -> bool:
        return not any(joint.under_way) and all(
            local.state == "stable" and not party.value(local, "rekey-wanted")
            for party, local in zip(self._parties, joint.locals, strict=True)
        )

    def _violated(self, name: str, joint: Joint, step: PathStep) -> None:
        if name not in self._violations:
            self._violations[name] = (*self._path(joint), step)

    def _path(self, joint: Joint) -> list[PathStep]:
        steps = []
        while joint in self._parents:
            joint, step = self._parents[joint]
            steps.append(step)
        return steps[::-1]


def _step(party: Party, local: Local, outcome: Outcome) -> PathStep:
    return PathStep(
        party.name,
        str(outcome.event),
        outcome.row,
        outcome.reaction,
        outcome.failed_check,
        local.state,
        outcome.local.state,
        tuple(sent.name for sent in outcome.sent),
    )


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0


def _rests(channel: tuple[Entry, ...]) -> Iterator[tuple[Entry, ...]]:
    """What can be left when the first message has been taken."""
    first, *others = channel
    if not first.many:
        yield tuple(others)
        return
    yield (Entry(first.sent, many=False), *others)
    yield channel


def _appended(channel: tuple[Entry, ...], sent: Sent) -> tuple[Entry, ...]:
    one = _without_content(Entry(sent, many=False))
    if channel and channel[-1].sent == one.sent:
        return (*channel[:-1], Entry(one.sent, many=True))
    return (*channel, one)


def _without_content(entry: Entry) -> Entry:
    """Signed octets matter in the handshake, and counters are dealt with on arrival."""
    fields = tuple((n, v) for n, v in entry.sent.fields if n not in ("time", "seq"))
    return Entry(replace(entry.sent, content=NOTHING, fields=fields), entry.many)


def _renamed(entry: Entry, renaming: Renaming) -> Entry:
    sent = entry.sent
    fields = tuple((name, renaming.of(value)) for name, value in sent.fields)
    token2, keys = renaming.of(sent.token2), renaming.of(sent.keys)
    if (fields, token2, keys) == (sent.fields, sent.token2, sent.keys):
        return entry
    return Entry(replace(sent, fields=fields, token2=token2, keys=keys), entry.many)
