"""What properties and rules name, on concrete parties: ``client.x``, ``nego.x``, ``policy.x``."""

from __future__ import annotations

from collections.abc import Mapping

from interlock.explicit.evaluate import Scope, Value
from interlock.explicit.instance import Environment, Setup
from interlock.explicit.machine import Local, Party, Sent
from interlock.explicit.network import Attacker
from interlock.model import machine as m
from interlock.verification.options import OVER
from interlock.verification.properties import STRAND_FLAGS

Locals = Mapping[str, Local]
_WITHOUT_HARM = ("associate", "accept")


def flag(party: Party, local: Local, name: str) -> bool:
    """One of ``STRAND_FLAGS``."""
    if name == "closed":
        is_final = {s.name for s in party.machine.states.values() if s.is_final}
        return local.state in is_final
    if name == "failed":
        return flag(party, local, "closed") and "committed" not in local.flags
    return name in local.flags


class SceneValues(dict[str, Value]):
    """Values of names with a root, looked up when they are asked for."""

    def __init__(
        self,
        parties: Mapping[str, Party],
        locals_: Locals,
        environment: Environment,
        undisturbed: Mapping[str, tuple[Party, Local]],
    ) -> None:
        super().__init__()
        self._parties = parties
        self._locals = locals_
        self._environment = environment
        self._undisturbed = undisturbed

    def __missing__(self, name: str) -> Value:
        root, _, field = name.partition(".")
        if root.startswith("nego"):
            strand = root.removeprefix("nego").removeprefix("-") or next(iter(self._undisturbed))
            return _of(*self._undisturbed[strand], field)
        if root.endswith("-config"):
            return self._parties[root.removesuffix("-config")].config[field]
        if root in self._parties:
            return _of(self._parties[root], self._locals[root], field)
        environment = self._environment
        match root, field:
            case "attacker", "insider":
                return environment.insider
            case "channel", "protection":
                return environment.channel
            case "channel", "client":
                return environment.tls_client
        return dict(environment.policy).get(field, False)


def _of(party: Party, local: Local, field: str) -> Value:
    if field in STRAND_FLAGS:
        return flag(party, local, field)
    if field == "state":
        return local.state.removesuffix(OVER)
    if field == "identity":
        return party.identity
    if field == "expected":
        return party.expected
    return party.value(local, field)


def undisturbed(setup: Setup, environment: Environment) -> dict[str, tuple[Party, Local]]:
    """Both parties after a run of the same configurations without interference."""
    steps = dict(setup.composition.undisturbed)
    parties = {name: setup.party(name) for name in steps}
    for party in parties.values():
        party.expected = environment.expected if party.machine.role == "client" else "none"
        party.keep_all()
    locals_ = {name: party.initial() for name, party in parties.items()}
    attacker = Attacker(setup, environment)
    under_way: list[tuple[str, Sent]] = []
    moved = True
    while moved:
        moved = False
        for name, party in parties.items():
            if not steps[name] or party.is_over(locals_[name]):
                continue
            outcome = next((o for o in party.spontaneous(locals_[name]) if _goes_on(o.event)), None)
            here = [pair for pair in under_way if pair[0] != name]
            if outcome is None and here:
                under_way.remove(here[0])
                sent = here[0][1]
                record = attacker.undisturbed_record(party, sent)
                outcome = party.receive(locals_[name], sent.name, record, _envelope(party, sent))
            if outcome is not None:
                locals_[name] = outcome.local
                under_way += [(name, sent) for sent in outcome.sent]
                steps[name] -= 1
                moved = True
    return {name: (party, locals_[name]) for name, party in parties.items()}


def _envelope(party: Party, sent: Sent) -> dict[str, Value]:
    return {**party.honest_envelope(sent.name), **dict(sent.envelope)}


def _goes_on(event: m.Event) -> bool:
    if event.kind is m.EventKind.LOCAL:
        return event.name in _WITHOUT_HARM
    return event.kind is m.EventKind.TRANSPORT and event.name == "ready"


def may_retry(setup: Setup, party: Party, local: Local, environment: Environment) -> bool:
    """Whether the rules of establishment let a client try again after a run."""
    scope = Scope(
        config=party.config,
        scene={
            "outcome.failed": flag(party, local, "failed"),
            "outcome.refused": flag(party, local, "refused"),
            **{f"policy.{name}": value for name, value in environment.policy},
            **{
                f"policy.{name}": False
                for name in setup.compositions.policy
                if name not in dict(environment.policy)
            },
        },
    )
    return any(setup.evaluator.value(rule.when, scope) for rule in setup.compositions.rules)
