"""Instances: a composition with fixed configurations, and the environments it is looked at in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from interlock.explicit.evaluate import Evaluator, Scope, Value, Values, default_config
from interlock.explicit.machine import Party
from interlock.explicit.reads import machine_reads
from interlock.model import expression as x
from interlock.model import types as t
from interlock.model.messages import Message
from interlock.model.project import Project
from interlock.verification.abstraction import Abstraction
from interlock.verification.composition import Composition, Compositions
from interlock.verification.coverage import Protections
from interlock.verification.properties import PointKind, Property


@dataclass(frozen=True)
class Environment:
    """What does not change in a run: who attacks, what TLS does, whom the client wants.

    ``policy`` holds local knowledge (``pinned`` ...) and ``server-is-native``.
    """

    insider: bool = True
    channel: str = "hop"
    tls_client: str = "client"
    expected: str = "server"
    policy: tuple[tuple[str, bool], ...] = ()

    @property
    def is_bound(self) -> bool:
        """Whether nobody is between the parties."""
        return self.channel == "bound"

    def tls_peer(self, role: str) -> str:
        """Who is at the other end of the TLS connection of a party in that role."""
        return self.expected if role == "client" else self.tls_client


@dataclass(frozen=True)
class Instance:
    """A composition, what differs from the default configuration, and environments.

    ``config`` is strand to field to value.
    """

    name: str
    scenario: str
    config: Mapping[str, Values] = field(default_factory=dict)
    environments: tuple[Environment, ...] = (Environment(), Environment(expected="insider"))
    transfers: int = 1
    """How many transfers a party sends at most while it stays in a state. A run ends with the first
    delivery, and only the first transfer can be the first one accepted (its seq is 0)."""


class Setup:
    """Everything that a search needs of the sources, for one instance."""

    def __init__(
        self,
        project: Project,
        abstraction: Abstraction,
        compositions: Compositions,
        instance: Instance,
        properties: tuple[Property, ...] = (),
    ) -> None:
        self.project = project
        self.abstraction = abstraction
        self.compositions = compositions
        self.instance = instance
        self.composition: Composition = compositions.by_name[instance.scenario]
        self.properties = tuple(p for p in properties if p.scenario == instance.scenario)
        self.evaluator = Evaluator(abstraction)
        self.protections = Protections(project)
        self._named = self._variables_named(afterwards=False)
        self._named_afterwards = self._variables_named(afterwards=True)

    # --- configurations ----------------------------------------------------------------------

    def config(self, strand: str) -> dict[str, Value]:
        """The whole configuration of a strand."""
        of = self.composition.strands[strand]
        machine = self.project.models.machines[of.machine]
        values = default_config(self.evaluator, machine.config)
        values["certificate"] = of.identity
        return {**values, **self.instance.config.get(strand, {})}

    def demands_hold(self, strand: str) -> bool:
        """Whether a configuration meets what its machine requires."""
        of = self.composition.strands[strand]
        machine = self.project.models.machines[of.machine]
        scope = Scope(config=self.config(strand))
        return all(self.evaluator.value(r.condition, scope) for r in machine.requirements)

    # --- parties -----------------------------------------------------------------------------

    def party(self, strand: str, name: str | None = None) -> Party:
        """The party of a strand, or another run of the same one under another name."""
        of = self.composition.strands[strand]
        return Party(
            self.evaluator,
            self.project.models.machines[of.machine],
            name or strand,
            of.identity,
            self.config(strand),
            read_by_others=self.interest,
            keep=self._named.get(strand, frozenset()) if name is None else frozenset(),
            keep_over=self._named_afterwards.get(strand, frozenset()),
        )

    def _variables_named(self, *, afterwards: bool) -> dict[str, frozenset[str]]:
        """Strand to the variables that properties name, or can name when its run is over."""
        found: dict[str, set[str]] = {}
        for property_ in self.properties:
            for node in _walk(property_):
                if isinstance(node, x.Variable) and node.root is x.Root.SCENE:
                    strand, _, name = node.name.partition(".")
                    if not (afterwards and _speaks_at(property_, strand)):
                        found.setdefault(strand, set()).add(name)
        return {strand: frozenset(names) for strand, names in found.items()}

    # --- what is read of messages ------------------------------------------------------------

    @cached_property
    def messages(self) -> dict[str, Message]:
        """Every message of the modes that take part."""
        found: dict[str, Message] = {}
        for of in self.composition.strands.values():
            found |= self.project.models.machines[of.machine].messages.messages
        return found

    @cached_property
    def readable_as(self) -> dict[str, frozenset[str]]:
        """Message to those as which what it protects can be presented, itself included.

        Only messages of one mode: what the A-profile signs is the contents of a time, which begin
        with a digit, and what native mode signs begins with the identifier of a token.
        """
        modes = {
            name: machine.mode
            for machine in self.project.models.machines.values()
            for name in machine.messages.messages
        }
        return {
            name: frozenset(
                other.name
                for other in self.messages.values()
                if other.name == name
                or (
                    modes[other.name] == modes[name] and self.protections.confusable(message, other)
                )
            )
            for name, message in self.messages.items()
        }

    @cached_property
    def interest(self) -> dict[str, frozenset[str]]:
        """Message to its fields that some receiver reads, under whatever name."""
        read: dict[str, set[str]] = {}
        for of in self.composition.strands.values():
            reads = machine_reads(self.project.models.machines[of.machine], self.abstraction)
            for name, fields in reads.fields.items():
                read.setdefault(name, set()).update(fields)
        out = {}
        for name, message in self.messages.items():
            paths = {
                self.messages[other].fields[f].path
                for other in self.readable_as[name]
                for f in read.get(other, ())
                if f in self.messages[other].fields
            }
            out[name] = frozenset(f.name for f in message.fields.values() if f.path in paths)
        return out

    # --- values the attacker may choose --------------------------------------------------------

    @cached_property
    def _configured(self) -> dict[str, set[str]]:
        """Enumeration to its members that occur in a configuration."""
        found: dict[str, set[str]] = {}
        for strand, of in self.composition.strands.items():
            machine = self.project.models.machines[of.machine]
            for name, value in self.config(strand).items():
                kind = machine.config[name].type
                element = kind.element if isinstance(kind, t.SetOf | t.ListOf) else kind
                if isinstance(element, t.Enum):
                    members = {value} if isinstance(value, str) else set(value)
                    found.setdefault(element.name, set()).update(members)
        return found

    def members(self, enumeration: str) -> tuple[str, ...]:
        """Members that occur in a configuration, and ``other``; all of a small enumeration."""
        names = self.abstraction.vocabulary.enumerations[enumeration].names
        used = self._configured.get(enumeration, set())
        return tuple(n for n in names if n in used or n == "other" or len(names) <= _SMALL)

    def listed(self, enumeration: str) -> tuple[str, ...]:
        """Members that occur in a configuration."""
        names = self.abstraction.vocabulary.enumerations[enumeration].names
        return tuple(n for n in names if n in self._configured.get(enumeration, set()) - {"other"})


_SMALL = 5


def _speaks_at(property_: Property, strand: str) -> bool:
    """Whether a property speaks of a step of that strand, so of nothing after its last one."""
    point = property_.point
    return point is not None and point.kind is not PointKind.END and point.strand == strand


def _walk(property_: Property) -> Iterator[x.Expression]:
    for formula in (property_.formula, property_.given):
        if formula is not None:
            yield from x.walk(formula)


# --- the instances that are compared --------------------------------------------------------------

AE: Values = {
    "encr-mode": "aea",
    "aead-algorithms": ("aes128-GCM",),
    "dh-groups": ("secp256r1",),
    "encryption-algorithms": (),
    "icv-algorithms": ("hmacWithSHA256",),
    "signature-algorithms": frozenset(("sha256WithRSAEncryption",)),
    "ae-required": True,
    "wants-encryption": True,
}
_TWO: Values = {**AE, "aead-algorithms": ("aes128-GCM", "aes256-GCM")}
_INTEGRITY: Values = {
    **AE,
    "encr-mode": "non-aea",
    "aead-algorithms": (),
    "wants-encryption": False,
    "ae-supported": False,
    "ae-required": False,
    "encryption-demand": "forbidden",
}
_TWO_SERVER: Values = {**_TWO, "aead-algorithms": ("aes256-GCM", "aes128-GCM")}


def both(client: Values, server: Values | None = None) -> dict[str, Values]:
    """Configurations of a native pair."""
    return {"client": client, "server": client if server is None else server}


def _fallback(policy: str) -> Instance:
    client = {**AE, "fallback": policy}
    environments = tuple(
        Environment(
            policy=(("compatibility-allowed", True), ("pinned", pinned), ("server-is-native", True))
        )
        for pinned in (False, True)
    )
    return Instance(f"fallback-{policy}", "fallback", both(client, AE), environments)


_BOUND = Environment(channel="bound")

INSTANCES: tuple[Instance, ...] = (
    Instance("ae-only", "native", both(AE)),
    Instance("ae-two", "native", both(_TWO, _TWO_SERVER)),
    Instance("integrity-only", "native", both(_INTEGRITY)),
    Instance("no-common-protection", "native", both(AE, _INTEGRITY)),
    Instance(
        "compatibility",
        "compatibility",
        {},
        (
            Environment(),
            Environment(expected="insider"),
            _BOUND,
            replace(_BOUND, tls_client="insider"),
            replace(_BOUND, expected="insider"),
        ),
    ),
    _fallback("never"),
    _fallback("after-authenticated-reject"),
    _fallback("after-any-failure"),
)
"""What is compared: one small configuration each."""
