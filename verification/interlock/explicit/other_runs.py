"""What other runs of the honest stations can have signed.

Every strand has another run of the same machine with the same configuration; each is carried as
far as it goes, with everything that the attacker can give it, until no new message comes. As many
other runs as anybody likes are thereby covered, with the fresh values of one.

An attacker can put an assoID that he has seen into what he sends to another run, so some answers
are patterns: ``SEEN_ID`` stands there for any assoID seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from interlock.explicit.evaluate import COMPLETED, Value
from interlock.explicit.instance import Environment, Setup
from interlock.explicit.machine import Local, Party, Sent
from interlock.explicit.network import Attacker

SEEN_ID: Value = ("fresh", "somebody", "", "new-asso-id")


def other_runs(setup: Setup, environment: Environment) -> tuple[Sent, ...]:
    """All signed messages of other runs, patterns included."""
    free = replace(environment, channel="none")
    attacker = Attacker(setup, free, own_id=SEEN_ID)
    parties = list(_parties(setup))
    known: dict[Sent, None] = {}
    reached: list[dict[Local, set[Sent]]] = [{party.initial(): set()} for party in parties]
    grown = True
    while grown:
        grown = False
        for party, states in zip(parties, reached, strict=True):
            waiting = [local for local in states if not party.is_over(local)]
            while waiting:
                local = waiting.pop()
                done = states[local]
                outcomes = []
                if not done:
                    outcomes += list(party.spontaneous(local))
                    outcomes += [r.outcome for r in attacker.made(party, local, frozenset())]
                    done.add(_STARTED)
                for sent in [s for s in known if s not in done]:
                    done.add(sent)
                    # A change could only make a check fail, and his own messages do that as well.
                    relayed = attacker.relayed(party, local, sent, "peer", changed=False)
                    outcomes += [received.outcome for received in relayed]
                for outcome in outcomes:
                    if _is_too_far(party, outcome.local):
                        continue
                    for sent in outcome.sent:
                        if is_signed(setup, sent) and sent not in known:
                            known[sent] = None
                            grown = True
                    if outcome.local not in states:
                        states[outcome.local] = set()
                        if not party.is_over(outcome.local):
                            waiting.append(outcome.local)
    return tuple(known)


def _parties(setup: Setup) -> Iterable[Party]:
    for strand, of in setup.composition.strands.items():
        machine = setup.project.models.machines[of.machine]
        for expected in ("server", "insider") if machine.role == "client" else ("none",):
            party = setup.party(strand, f"other-{strand}")
            party.expected = expected
            yield party


def _is_too_far(party: Party, local: Local) -> bool:
    """Whether no message of use to anybody else follows.

    Data are of no use elsewhere, since their keys belong to one run; an assoID that was completed
    twice (an accept passed off as a request) extends that of no client.
    """
    if "send-seq" not in party.variables:
        return False
    asso_id = party.value(local, "asso-id")
    if asso_id[0] == COMPLETED and asso_id[-1][0] == COMPLETED:
        return True
    sequence = party.value(local, "send-seq")
    return isinstance(sequence, int) and sequence > 0


def is_signed(setup: Setup, sent: Sent) -> bool:
    """Whether a message carries a signature."""
    return sent.has_pdu and setup.protections.of(setup.messages[sent.name]).kind == "signature"


def instances(sent: Sent, ids: Iterable[Value]) -> list[Sent]:
    """A message, or a pattern with the assoIDs seen in the place of ``SEEN_ID``.

    What is completed already is not completed again: that would extend the assoID of no client.
    """
    if not _occurs(sent.fields, SEEN_ID):
        return [sent]
    completes = _occurs(sent.fields, COMPLETED)
    return [
        replace(sent, fields=_put(sent.fields, i), content=_put(sent.content, i))
        for i in sorted(ids, key=repr)
        if not (completes and i[0] == COMPLETED)
    ]


def _occurs(term: Value, wanted: Value) -> bool:
    if term == wanted:
        return True
    return isinstance(term, tuple) and any(_occurs(part, wanted) for part in term)


def _put(term: Value, asso_id: Value) -> Value:
    if term == SEEN_ID:
        return asso_id
    return tuple(_put(part, asso_id) for part in term) if isinstance(term, tuple) else term


_STARTED = Sent("", "", "", "", "", "", False, (), (), (), (), ())
