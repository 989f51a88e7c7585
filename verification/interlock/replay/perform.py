"""Carrying out a trace on the generated handlers, step by step.

A replay stops at the first step in which a handler does something else than the trace says; that
is an artefact of the abstraction, or a fault of the handlers. Nothing here knows how a message is
made (``interlock.replay.recipes``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from iec62351_4.errors import LocalProtocolError
from iec62351_4.handlers.vocabulary import PROTECTED_PROTOCOL_NAMES, ProtectedProtocol, Protection
from interlock.model import expression as x
from interlock.model.project import Project
from interlock.replay.ask import Ask
from interlock.replay.fields import ANOTHER_PROTOCOL
from interlock.replay.recipes import Recipes
from interlock.replay.stage import (
    ATTACKERS,
    Outcome,
    Stage,
    Strand,
    address,
    have_same_keys,
    peer_of,
    read,
)
from interlock.replay.values import CannotReplay, duration, python_name
from interlock.verification.demonstrations import SHOWS
from interlock.verification.results import Origin, OriginKind, Replay, ReplayStatus, Step, Trace

CLOCK, RESTART = "clock", "restart"
"""Names among a step's fields that are directions: move the clock, restart the station."""


def perform(trace: Trace, project: Project) -> Replay:
    """Carry out a trace with real keys, certificates and octets.

    One millisecond passes from step to step, and whatever ``clock`` among a step's fields says.
    Apart from keys, nothing is random, and nothing waits. Not for several threads at a time.

    A party's configuration may say besides fields of the models: ``expects``, the station or
    attacker that a client calls (``server`` by default), and ``station``, the device that the
    party is (by default the one of its role). A step's fields may say ``clock`` (``+600 s``: time
    goes on before the step) and ``restart`` (``true``: the device has forgotten what it received).

    Args:
        trace: What a solver found, or somebody wrote.
        project: The specification and models that the trace speaks of; the package
            ``iec62351_4`` has to be generated from them (``elsewhere`` does it for others).

    Returns:
        ``REPRODUCED`` with what the handlers show at the end, or ``DIVERGED`` with the first step
        that went differently, or for which no recipe is known, and why.
    """
    with _another_protocol():
        try:
            performance = _Performance(trace, project)
        except CannotReplay as error:
            return Replay(ReplayStatus.DIVERGED, None, str(error))
        for step in trace.steps:
            words = performance.step(step)
            if words:
                return Replay(ReplayStatus.DIVERGED, step.number, words, performance.observed())
        return Replay(ReplayStatus.REPRODUCED, observed=performance.observed())


@contextmanager
def _another_protocol() -> Iterator[None]:
    """The tables name one protected protocol; a party that is configured for another names it."""
    names = PROTECTED_PROTOCOL_NAMES
    is_new = ProtectedProtocol.other not in names
    names.setdefault(ProtectedProtocol.other, ANOTHER_PROTOCOL)
    try:
        yield
    finally:
        if is_new:
            del names[ProtectedProtocol.other]


class _Performance:
    def __init__(self, trace: Trace, project: Project) -> None:
        self.trace, self.project = trace, project
        self.stage = Stage(trace, project)
        self.recipes = Recipes(self.stage, trace)
        self.keys: dict[tuple[str, str], bool] = {}

    def step(self, step: Step) -> str:
        """Carry out one step; in words how it differs from the trace, or empty."""
        strand = self.stage.strands.get(step.party)
        if strand is None:
            return f'there is no party "{step.party}"'
        try:
            self._prepare(step, strand)
            if step.before and strand.state != step.before:
                return f"expected {step.party} in '{step.before}', it is in '{strand.state}'"
            shown = _shown_before(step, strand)
            outcome = self._happen(step, strand)
        except CannotReplay as error:
            return f"no recipe: {error}"
        except LocalProtocolError as error:
            return f"expected {_expected(step)}, the handler refuses the call: {error}"
        self.recipes.outcomes[step.number] = outcome
        self._compare_keys()
        shown |= self._shown_after(step, strand, outcome)
        return difference(step, outcome, strand.mode) or _other_values(step, shown)

    def _prepare(self, step: Step, strand: Strand) -> None:
        said = dict(step.fields)
        self.stage.tick()
        if CLOCK in said:
            self.stage.tick(duration(said[CLOCK]))
        if said.get(RESTART) == "true":
            self.stage.restart(strand.station)
        if _is_unchanged(step.origin) and Ask(self.stage, step, strand).is_outside_window:
            # what nobody changed is too old only if it was held back
            self.stage.tick(int(strand.handler.config.time_window) + 1000)

    def _happen(self, step: Step, strand: Strand) -> Outcome:
        if step.event.startswith("receive "):
            envelope = self.recipes.envelope(step, strand)
            self.recipes.received[step.number] = envelope
            return self.stage.receive(strand, envelope)
        head = "argument."
        arguments = {k.removeprefix(head): v for k, v in step.fields if k.startswith(head)}
        if _wants_new_keys(self.project, strand, step.row):
            # Rows that only note a wish are no steps of a trace.
            self.stage.happen(strand, "timer t-rekey")
        return self.stage.happen(strand, step.event, arguments)

    def _shown_after(self, step: Step, strand: Strand, outcome: Outcome) -> dict[str, object]:
        """Values of the message received and of the one sent that a step of the trace shows."""
        found: dict[str, object] = {}
        envelopes = {"m.": self.recipes.received.get(step.number)}
        if outcome.sent:
            envelopes["sent."] = outcome.sent[-1][1]
        for name in _names_shown(step):
            for root, envelope in envelopes.items():
                if name.startswith(root) and envelope is not None:
                    view = read(strand.mode, envelope, self.stage.now)
                    found[name] = getattr(view, python_name(name.removeprefix(root)), None)
        return found

    # --- what is seen --------------------------------------------------------------------------

    def _compare_keys(self) -> None:
        strands = list(self.stage.strands.values())
        for client in (one for one in strands if one.role == "client"):
            for server in (one for one in strands if one.role == "server"):
                same = have_same_keys(client, server)
                if same is not None:
                    self.keys[client.name, server.name] = same

    def observed(self) -> tuple[tuple[str, str], ...]:
        """What the handlers show, without keys and without data."""
        seen: list[tuple[str, str]] = []
        for strand in self.stage.strands.values():
            shown = _shown(strand, peer_of(strand, self.stage.stations))
            seen += [(f"{strand.name}.{name}", text) for name, text in shown if text]
        for (client, server), same in self.keys.items():
            seen.append((f"keys of {client} and {server}", "the same" if same else "different"))
        seen += sorted(self.stage.notes.items())
        return tuple(seen)


def _is_unchanged(origin: Origin | None) -> bool:
    return origin is not None and origin.kind is OriginKind.PEER and not origin.changed


def _names_shown(step: Step) -> list[str]:
    return [name.removeprefix(SHOWS) for name, _ in step.fields if name.startswith(SHOWS)]


def _shown_before(step: Step, strand: Strand) -> dict[str, object]:
    """Values of session variables before the step that the trace shows."""
    root = "session."
    return {
        name: getattr(strand.session, python_name(name.removeprefix(root)), None)
        for name in _names_shown(step)
        if name.startswith(root)
    }


def _other_values(step: Step, shown: Mapping[str, object]) -> str:
    """In words what a handler does not show as the trace does; empty if there is nothing."""
    said = dict(step.fields)
    for name in _names_shown(step):
        wanted, actual = said[f"{SHOWS}{name}"], shown.get(name)
        if str(actual) != wanted:
            return f"expected {name} to be {wanted}, it is {actual}"
    return ""


def _wants_new_keys(project: Project, strand: Strand, row_id: str) -> bool:
    """Whether a row is for new keys that are due, which the strand does not know yet."""
    machine = project.models.machines[f"{strand.mode}-{strand.role}"]
    row = next((one for one in machine.transitions if one.id == row_id), None)
    if row is None or getattr(strand.session, "rekey_wanted", True):
        return False
    operands = row.when.operands if isinstance(row.when, x.AllOf) else (row.when,)
    return any(
        isinstance(one, x.Variable) and one.root is x.Root.SESSION and one.name == "rekey-wanted"
        for one in operands
    )


def _shown(strand: Strand, peer: str) -> list[tuple[str, str]]:
    session, config = strand.session, strand.handler.config
    agreed = getattr(session, "protection", Protection.none)
    names: dict[Protection, tuple[str, ...]] = {
        Protection.authenticated_encryption: ("aead",),
        Protection.encrypt_then_mac: ("encryption", "icv_algorithm"),
        Protection.integrity: ("icv_algorithm",),
    }
    algorithms = [getattr(session, name).value for name in names.get(agreed, ())]
    protocol = getattr(config, "protected_protocol", None)
    return [
        ("state", strand.state),
        ("told", ", ".join(strand.told)),
        ("expects", _expects(strand)),
        ("peer", peer),
        ("peer-address", _foreign_address(strand, peer)),
        ("asso-id", strand.asso_id),
        ("protection", agreed.value if algorithms else ""),
        ("algorithms", ", ".join(algorithms)),
        ("protected-protocol", protocol.value if protocol and algorithms else ""),
        ("delivered", ", ".join(f"{n} octets" for n in strand.delivered)),
    ]


def _foreign_address(strand: Strand, peer: str) -> str:
    """The address that the peer says it has, where it is not that of its certificate."""
    said = strand.services._memory.address
    return "" if not peer or said in (None, address(peer)) else str(said)


def _expects(strand: Strand) -> str:
    """Whom a client calls, where that is not the server."""
    known = {address(name): name for name in ATTACKERS}
    expected = strand.services.expected_peer
    return "" if expected is None else known.get(expected, "")


# --- comparing -----------------------------------------------------------------------------------


def difference(step: Step, outcome: Outcome, mode: str) -> str:
    """In words how a step of a handler differs from the one of a trace; empty if it does not.

    Args:
        step: What the trace says.
        outcome: What the handler showed.
        mode: Of the handler.
    """
    found = [
        not _took(step, outcome),
        step.failed_check != outcome.failed_check and bool(step.failed_check or step.reaction),
        bool(step.after) and step.after != outcome.after,
    ]
    if any(found):
        return f"expected {_expected(step)}, the handler {_actual(outcome)}"
    expected = [_sent_name(name, mode) for name in step.sends]
    sent = [name for name, _ in outcome.sent]
    if expected != sent:
        return f"expected it to send {_list(expected)}, the handler sent {_list(sent)}"
    if not _is_told(step.told, outcome.told):
        return f"expected it to say {_list(step.told)}, the handler said {_list(outcome.told)}"
    if step.delivers != bool(outcome.delivered):
        what = "a delivery" if step.delivers else "no delivery"
        return f"expected {what}, the handler delivered {len(outcome.delivered)} PDU(s)"
    return ""


def _took(step: Step, outcome: Outcome) -> bool:
    wanted = step.reaction or step.row
    if wanted:
        return wanted in outcome.taken
    return not outcome.taken


def _expected(step: Step) -> str:
    wanted = step.row or "nothing to be taken"
    if step.reaction:
        wanted = f"{step.reaction} of {step.row}" if step.row else step.reaction
    if step.failed_check:
        wanted += f" because check {step.failed_check} fails"
    return f"{wanted} to '{step.after}'" if step.after else wanted


def _actual(outcome: Outcome) -> str:
    took = f"took {', '.join(outcome.taken) or 'nothing'} to '{outcome.after}'"
    if outcome.failed_check:
        took += f" because check {outcome.failed_check} failed"
    return took


def _sent_name(name: str, mode: str) -> str:
    """A carrier that a machine of native mode sends by itself has no SecPDU."""
    is_carrier = name in ("AARQ", "AARE", "ABRT", "RLRQ", "RLRE", "DATA")
    return f"{name}-without-SecPDU" if mode == "native" and is_carrier else name


def _is_told(expected: tuple[str, ...], told: tuple[str, ...]) -> bool:
    """Whether the user hears the same; a trace may leave out reasons."""
    return len(expected) == len(told) and all(
        want in (said, said.partition(" (")[0]) for want, said in zip(expected, told, strict=True)
    )


def _list(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(names) or "nothing"
