"""A trace as a picture, before anybody draws it: lanes, and what happens on and between them.

``sequence`` draws a scene as SVG and ``text`` as characters, so that both tell the same story. The
attacker is a lane of his own between the client side and the server side, because every message
passes him. Time runs downwards; each item takes its own height.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum

from interlock.verification.results import Origin, OriginKind, Party, Step, Trace


class Look(Enum):
    """How a line of text stands out."""

    PLAIN = "plain"
    STRONG = "strong"
    QUIET = "quiet"
    CODE = "code"
    BAD = "bad"


@dataclass(frozen=True)
class Line:
    """A line of text, not wrapped yet."""

    text: str
    look: Look = Look.PLAIN


@dataclass(frozen=True)
class Lane:
    """A participant, left to right; ``side`` is -1 for the client side, 1 for the server side."""

    title: str
    lines: tuple[Line, ...]
    side: int
    state: str = ""


class Stroke(Enum):
    """Whose message an arrow is."""

    HONEST = "honest"
    CHANGED = "changed"
    """The peer's, after the attacker changed something that nothing protects."""
    FORGED = "forged"
    """Not from the peer in this run."""


class Tip(Enum):
    """How an arrow ends."""

    ARRIVES = "arrives"
    HELD = "held"
    """At the attacker, who passes it on later."""
    LOST = "lost"
    """At the attacker, who drops it."""
    UNDER_WAY = "under way"
    """The trace ends before it arrives."""


@dataclass(frozen=True)
class Arrow:
    """A message between two lanes, given by their indices."""

    start: int
    end: int
    lines: tuple[Line, ...]
    stroke: Stroke
    tip: Tip = Tip.ARRIVES


class Frame(Enum):
    """What a box is."""

    STEP = "step"
    FAILURE = "failure"
    STATE = "state"
    ATTACKER = "attacker"


@dataclass(frozen=True)
class Box:
    """A box on a lane."""

    lane: int
    lines: tuple[Line, ...]
    frame: Frame


class AsideKind(Enum):
    """What passes between a party and its own side: never seen by the peer."""

    CALL = "call"
    TIMER = "timer"
    TRANSPORT = "transport"
    TOLD = "told"
    DELIVERED = "delivered"


@dataclass(frozen=True)
class Aside:
    """A local primitive, timer, transport event or indication on a lane."""

    lane: int
    text: str
    kind: AsideKind


Item = Arrow | Box | Aside


@dataclass(frozen=True)
class Scene:
    """Everything that a picture of a trace shows, in order of time."""

    title: str
    lanes: tuple[Lane, ...]
    items: tuple[Item, ...]
    conclusion: str

    @property
    def description(self) -> str:
        """The scene in one text, for readers who do not see the picture."""
        parts = [f"Lanes: {', '.join(lane.title for lane in self.lanes)}."]
        for item in self.items:
            text = item.text if isinstance(item, Aside) else "; ".join(li.text for li in item.lines)
            if isinstance(item, Arrow):
                way = f"{self.lanes[item.start].title} to {self.lanes[item.end].title}"
                tip = "" if item.tip is Tip.ARRIVES else f", {item.tip.value}"
                parts.append(f"{way}{tip}: {text}.")
            else:
                parts.append(f"{self.lanes[item.lane].title}: {text.rstrip('.')}.")
        return " ".join([*parts, self.conclusion]).strip()


ATTACKER = "attacker"


def make_scene(trace: Trace, title: str) -> Scene:
    """The scene of a trace."""
    return _Director(trace).scene(title)


@dataclass
class _Sent:
    """A message on its way."""

    step: Step
    message: str
    receivers: list[Step] = field(default_factory=list)


class _Director:
    """Works out which message of which step reaches which other step, and in what shape."""

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        left = [party for party in trace.parties if _is_client(party)]
        right = [party for party in trace.parties if not _is_client(party)]
        self.attacker = len(left)
        names = [*(p.name for p in left), ATTACKER, *(p.name for p in right)]
        self.index = {name: number for number, name in enumerate(names) if name != ATTACKER}
        first = {step.party: step.before for step in reversed(trace.steps)}
        self.lanes = (
            *(_lane(party, -1, first.get(party.name, "")) for party in left),
            Lane(ATTACKER, tuple(_setting(*pair) for pair in trace.attacker), 0),
            *(_lane(party, 1, first.get(party.name, "")) for party in right),
        )
        self.sent = [_Sent(step, message) for step in trace.steps for message in step.sends]
        self.received: dict[int, _Sent] = {}
        for step in trace.steps:
            if (sent := self._match(step)) is not None:
                sent.receivers.append(step)
                self.received[step.number] = sent

    def _match(self, step: Step) -> _Sent | None:
        """The message of another step that a step receives."""
        origin = step.origin
        if origin is None or origin.kind is not OriginKind.PEER or origin.step is None:
            return None
        wanted = origin.sent_as or _subject(step)
        choice = [sent for sent in self.sent if sent.step.number == origin.step]
        named = [sent for sent in choice if sent.message == wanted]
        return next(iter([*named, *choice]), None)

    def scene(self, title: str) -> Scene:
        items = [item for step in self.trace.steps for item in self._step(step)]
        return Scene(title, self.lanes, tuple(items), self.trace.conclusion)

    def _step(self, step: Step) -> Iterator[Item]:
        lane = self.index[step.party]
        kind, _, subject = step.event.partition(" ")
        if kind == "receive":
            yield from self._arrival(step, lane, subject)
        else:
            aside = {"local": AsideKind.CALL, "timer": AsideKind.TIMER}
            yield Aside(
                lane,
                subject if kind == "local" else step.event,
                aside.get(kind, AsideKind.TRANSPORT),
            )
        yield Box(
            lane, tuple(_step_lines(step)), Frame.FAILURE if step.failed_check else Frame.STEP
        )
        for told in step.told:
            yield Aside(lane, told, AsideKind.TOLD)
        if step.delivers:
            yield Aside(lane, "protected-protocol data", AsideKind.DELIVERED)
        if step.after and step.after != step.before:
            yield Box(lane, (Line(step.after),), Frame.STATE)
        for sent in self.sent:
            if sent.step is step:
                yield self._departure(sent, lane)

    def _departure(self, sent: _Sent, lane: int) -> Arrow:
        label = _label(sent.message, sent.step)
        if self._passes(sent):
            return Arrow(lane, self.index[sent.receivers[0].party], label, Stroke.HONEST)
        if sent.receivers:
            tip = Tip.HELD
        elif sent.step is self.trace.steps[-1]:
            tip = Tip.UNDER_WAY
        else:
            tip = Tip.LOST
        return Arrow(lane, self.attacker, label, Stroke.HONEST, tip)

    def _passes(self, sent: _Sent) -> bool:
        """Whether a message goes straight through: unchanged, and the next thing that happens."""
        if not sent.receivers:
            return False
        step = sent.receivers[0]
        last = [other for other in self.sent if other.step is sent.step][-1]
        is_next = step.number == sent.step.number + 1 and last is sent
        return is_next and not _interference(step, sent)

    def _arrival(self, step: Step, lane: int, message: str) -> Iterator[Item]:
        sent = self.received.get(step.number)
        if sent is not None and sent.receivers[0] is step and self._passes(sent):
            return
        if sent is None:
            # Without the step that sent it, a message of the peer is still the peer's.
            is_peer = step.origin is None or step.origin.kind is OriginKind.PEER
            notes = _provenance(step)
            stroke = Stroke.HONEST if is_peer else Stroke.FORGED
        elif sent.receivers[0] is not step:
            stroke = Stroke.FORGED
            notes = [Line("delivers it again", Look.STRONG), *_interference(step, sent)]
        else:
            changed = _interference(step, sent)
            stroke = Stroke.CHANGED if changed else Stroke.HONEST
            notes = changed or [Line("passes it on, unchanged", Look.QUIET)]
        if notes:
            yield Box(self.attacker, tuple(notes), Frame.ATTACKER)
        yield Arrow(self.attacker, lane, _label(message, step), stroke)


def _is_client(party: Party) -> bool:
    return "client" in (party.machine or party.name)


def _lane(party: Party, side: int, state: str) -> Lane:
    lines = [Line(party.words)] if party.words else []
    return Lane(
        party.name, (*lines, *(_setting(*pair) for pair in party.configuration)), side, state
    )


def _setting(name: str, value: str) -> Line:
    return Line(f"{name}: {value}", Look.QUIET)


def _subject(step: Step) -> str:
    return step.event.partition(" ")[2]


def _label(message: str, step: Step) -> tuple[Line, ...]:
    place = ", ".join(part for part in (step.row, step.clause) if part)
    return (Line(message, Look.STRONG), *((Line(place, Look.QUIET),) if place else ()))


def _step_lines(step: Step) -> Iterator[Line]:
    place = ", ".join(part for part in (step.row, step.clause) if part)
    yield Line(f"{step.number}  {place}", Look.STRONG)
    if step.words:
        yield Line(step.words)
    if step.failed_check:
        yield Line(f"check {step.failed_check} fails", Look.BAD)
    if step.reaction:
        yield Line(f"reaction: {step.reaction}")
    for name, value in step.fields:
        yield Line(f"{name} = {value}", Look.CODE)


def _changes(origin: Origin) -> list[Line]:
    if not origin.changed:
        return []
    return [
        Line("changes what nothing protects:"),
        *(Line(f"{name} := {value}", Look.CODE) for name, value in origin.changed),
    ]


def _relabelled(step: Step, sent_as: str) -> list[Line]:
    message = _subject(step)
    if not sent_as or sent_as == message:
        return []
    return [Line(f"re-labels it: sent as {sent_as}, delivered as {message}", Look.STRONG)]


def _interference(step: Step, sent: _Sent) -> list[Line]:
    """What the attacker did to a message of the peer; nothing where he passed it on as it was."""
    assert step.origin is not None
    return [*_relabelled(step, sent.message), *_changes(step.origin)]


_SIGNERS = {
    "client": "the client",
    "server": "the server",
    "insider": "an insider with a certificate of his own",
    "revoked": "a party whose certificate is revoked",
    "unusable": "a party whose certificate breaks Annex G",
    "untrusted": "a party that no trust anchor vouches for",
}


def _provenance(step: Step) -> list[Line]:
    """Where a message comes from that the peer did not send in this run."""
    origin = step.origin
    if origin is None:
        return []
    signer = _SIGNERS.get(origin.signer, origin.signer)
    signed = [Line(f"key that verifies: {signer}")] if signer else []
    words = {
        OriginKind.PEER: "delivers a message of the peer",
        OriginKind.OTHER_RUN: "replays a message from another run",
        OriginKind.ATTACKER: "makes and protects a message himself",
        OriginKind.UNPROTECTED: "injects a message that nothing protects",
    }
    return [
        Line(words[origin.kind], Look.STRONG),
        *signed,
        *_relabelled(step, origin.sent_as),
        *_chosen(origin),
    ]


def _chosen(origin: Origin) -> list[Line]:
    if origin.kind in (OriginKind.PEER, OriginKind.OTHER_RUN):
        return _changes(origin)
    return [Line(f"{name} := {value}", Look.CODE) for name, value in origin.changed]
