"""Walking over machines finds everything once."""

from __future__ import annotations

from interlock.model import expression as x
from interlock.model import machine as m
from interlock.model import traversal
from interlock.model.project import Project


def machine(small: Project) -> m.Machine:
    return small.models.machines["small"]


def test_reactions_once_per_message(small: Project) -> None:
    found = [(r.name, r.message) for r in traversal.reactions(machine(small))]
    assert len(found) == len(set(found))
    assert ("refuse", "ReleaseReq") in found
    assert ("fault", "ABRT-without-SecPDU") in found


def test_actions_of_branches_and_reactions_are_found(small: Project) -> None:
    sent = {a.message for a in traversal.actions(machine(small)) if isinstance(a, m.Send)}
    assert sent == {"ReleaseReq", "DtSecAbort"}


def test_nodes_of_every_place(small: Project) -> None:
    variables = {
        (node.root, node.name)
        for node in traversal.nodes(machine(small))
        if isinstance(node, x.Variable)
    }
    for expected in (
        (x.Root.CONFIG, "hmac"),  # a requirement
        (x.Root.CONFIG, "limit"),  # a timer
        (x.Root.CONFIG, "groups"),  # a condition, a set
        (x.Root.MESSAGE, "well-formed"),  # a check
        (x.Root.ARGUMENT, "hard"),  # a branch
        (x.Root.MESSAGE, "has-diag"),  # a log
        (x.Root.FAILURE, "diagnostic"),  # a reaction
        (x.Root.SESSION, "keys"),  # a call
    ):
        assert expected in variables


def test_clauses_of_every_kind_of_thing(small: Project) -> None:
    named = {what.partition('"')[0].strip() for _, _, what in traversal.clauses(small.models)}
    assert named == {
        "",  # words of the vocabulary, fields of the envelope
        "check",
        "check list",
        "configuration field",
        "machine",
        "message",
        "requirement",
        "state",
        "timer",
        "transition",
    }
