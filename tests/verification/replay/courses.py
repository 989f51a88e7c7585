"""The way of a party to a state, and one more step: what tests of recipes have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from interlock.model.project import Project
from interlock.replay.perform import perform
from interlock.verification.results import Origin, Party, Replay, Step, Trace
from verification.replay import traces as t

INSIDER = t.configured(t.CLIENT, ("expects", "insider"))
"""A client that calls the insider, so that the insider's certificate is the right one."""

_RELEASING = Step(
    7,
    "client",
    "local release",
    "NC-22",
    before="stable",
    after="wait-rel",
    sends=("ReleaseReq",),
)
_SERVER_RELEASING = Step(
    7,
    "server",
    "local release",
    "NS-27",
    before="unconfirmed",
    after="wait-rel",
    sends=("ReleaseReq",),
)

COURSES: Mapping[tuple[str, str], tuple[Step, ...]] = {
    ("client", "wait-rsp"): t.asking(),
    ("client", "stable"): t.associated(),
    ("client", "wait-rel"): (*t.associated(), _RELEASING),
    ("server", "transport"): (t.asked(1, t.anybody())[0],),
    ("server", "unconfirmed"): t.associated(),
    ("server", "wait-rel"): (*t.associated(), _SERVER_RELEASING),
    ("second", "wait-aare"): t.plain_association(1)[:2],
    ("second", "data"): t.plain_association(1),
    ("plain", "transport"): t.plain_association(1, server="plain")[2:3],
    ("plain", "data"): t.plain_association(1),
}
"""Party and state to the steps that lead there."""


def attempt(
    project: Project,
    where: tuple[str, str],
    message: str,
    expected: str,
    origin: Origin,
    fields: t.Fields = (),
    *,
    client: Party = t.CLIENT,
    server: Party = t.SERVER,
) -> Replay:
    """Bring a party to a state, and give it a message.

    Args:
        project: The models.
        where: Party and state.
        message: The type received.
        expected: A row, or ``reaction/check``.
        origin: Of the message.
        fields: What the trace fixes.
        client, server: The parties of native mode.
    """
    party, state = where
    reaction, _, check = expected.rpartition("/")
    before = [replace(step, number=number) for number, step in enumerate(COURSES[where], 1)]
    last = Step(
        len(before) + 1,
        party,
        f"receive {message}",
        row="" if reaction else expected,
        reaction=reaction,
        failed_check=check if reaction else "",
        before=state,
        origin=origin,
        fields=fields,
    )
    parties = (client, server) if party in ("client", "server") else (t.SECOND, t.PLAIN)
    return perform(Trace(parties, (*before, last)), project)


def took(replay: Replay, expected: str) -> bool:
    """Whether the handler took what was expected; what it sends and says is of no interest here."""
    said = ("expected it to", "expected a delivery", "expected no delivery")
    return bool(expected) and (not replay.words or replay.words.startswith(said))
