"""Do two parties associate exactly when their capabilities and policies allow it?

The model's answer is the handshake of two honest parties, from the checks and choices of the
machines. The expected answer is written here, independently of them, from what the clauses ask
of a pair of configurations. The solver compares both for all configurations at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import z3

from interlock.core.diagnostics import Diagnostic, error
from interlock.model import machine as m
from interlock.model import types as t
from interlock.spec.types import Osi
from interlock.verification.handshake import Handshake, Party, handshake, known_only
from interlock.verification.questions import assuming, is_possible, new_solver
from interlock.verification.solutions import value_in
from interlock.verification.terms import Members, Term, Terms

# --- what is expected --------------------------------------------------------------------------


@dataclass(frozen=True)
class Side:
    """The configuration of one party, as terms."""

    terms: Terms
    config: Mapping[str, m.ConfigField]

    def value(self, name: str) -> z3.ExprRef:
        """A single value."""
        term = self.term(name)
        assert not isinstance(term, Members)
        return term

    def many(self, name: str) -> Members:
        """A set or list."""
        term = self.term(name)
        assert isinstance(term, Members)
        return term

    def term(self, name: str) -> Term:
        """Either."""
        return self.terms.variable(f"config.{name}", self.config[name].type)

    def is_(self, name: str, member: str) -> z3.BoolRef:
        """Whether an enumerated value is a member."""
        kind = self.config[name].type
        assert isinstance(kind, t.Enum)
        return self.value(name) == self.terms.enumeration(kind.name)[1][member]

    def holds(self, name: str, wanted: z3.ExprRef) -> z3.BoolRef:
        """Whether a set holds a value."""
        kind = self.config[name].type
        assert isinstance(kind, t.SetOf | t.ListOf)
        _, members = self.terms.enumeration(kind.element.name)
        return z3.Or([z3.And(wanted == members[n], p) for n, p in self.many(name).present.items()])


def _overlap(a: Side, b: Side, name: str) -> z3.BoolRef:
    """Whether two sets share a member."""
    ours, theirs = a.many(name).present, b.many(name).present
    return z3.Or([z3.And(ours[key], theirs[key]) for key in ours])


@dataclass(frozen=True)
class Need:
    """One thing that an association needs of both configurations."""

    words: str
    clause: str
    condition: Callable[[Side, Side], z3.BoolRef]  # of client and server


def _is_aea(client: Side) -> z3.BoolRef:
    return client.is_("encr-mode", "aea")


NEEDS: Mapping[str, tuple[Need, ...]] = {
    "native": (
        Need(
            "the same protected protocol",
            "14.3.3",
            lambda c, s: c.value("protected-protocol") == s.value("protected-protocol"),
        ),
        Need(
            "the server accepts the client's signature algorithm",
            "14.3.2",
            lambda c, s: s.holds("signature-algorithms", c.value("signature-algorithm")),
        ),
        Need(
            "the client accepts the server's signature algorithm",
            "14.3.2",
            lambda c, s: c.holds("signature-algorithms", s.value("signature-algorithm")),
        ),
        Need("a common group", "14.3.4", lambda c, s: _overlap(c, s, "dh-groups")),
        Need(
            "the server supports the client's HMAC",
            "14.3.4",
            lambda c, s: s.holds("hmacs", c.value("hmac")),
        ),
        Need(
            "authenticated encryption, if offered, is supported",
            "14.3.4",
            lambda c, s: z3.Implies(_is_aea(c), s.value("ae-supported")),
        ),
        Need(
            "a common authenticated encryption algorithm, if that mode is offered",
            "14.3.4",
            lambda c, s: z3.Implies(_is_aea(c), _overlap(c, s, "aead-algorithms")),
        ),
        Need(
            "authenticated encryption is offered where it is demanded",
            "14.3.4",
            lambda c, s: z3.Implies(s.value("ae-required"), _is_aea(c)),
        ),
        Need(
            "a common encryption algorithm, if encryption without authentication is asked for",
            "14.3.4",
            lambda c, s: z3.Implies(
                z3.And(z3.Not(_is_aea(c)), c.value("wants-encryption")),
                _overlap(c, s, "encryption-algorithms"),
            ),
        ),
        Need(
            "a common ICV algorithm, if encryption does not authenticate",
            "14.3.4",
            lambda c, s: z3.Implies(z3.Not(_is_aea(c)), _overlap(c, s, "icv-algorithms")),
        ),
        Need(
            "encryption is not asked for where the server bans it",
            "14.3.4",
            lambda c, s: z3.Implies(
                s.is_("encryption-demand", "forbidden"), z3.Not(c.value("wants-encryption"))
            ),
        ),
        Need(
            "encryption is asked for where the server demands it",
            "14.3.4",
            lambda c, s: z3.Implies(
                s.is_("encryption-demand", "required"), c.value("wants-encryption")
            ),
        ),
    ),
    "compatibility": (
        Need(
            "the client's certificate is not too large for the server",
            "11.2.1",
            lambda c, s: _certificate_size(c) <= s.value("certificate-size-limit"),
        ),
        Need(
            "the server's certificate is not too large for the client",
            "11.2.1",
            lambda c, s: _certificate_size(s) <= c.value("certificate-size-limit"),
        ),
    ),
}
"""What an association of each mode needs; where all is there, it comes about."""


def _certificate_size(side: Side) -> z3.ExprRef:
    path = "certificate-based.authentication-Certificate"
    term = side.terms.variable(f"size of {path}", t.INT)
    assert not isinstance(term, Members)
    return term


# --- the matrix --------------------------------------------------------------------------------

Stance = Mapping[str, str]

CLIENT_STANCES: Mapping[str, Stance] = {
    f"{mode}, encryption {demand}": {
        "encr-mode": "aea" if mode == "AE" else "non-aea",
        "wants-encryption": "false" if mode == "ICV only" else "true",
        "encryption-algorithms": "" if mode == "ICV only" else "default",
        "encryption-demand": demand,
    }
    for mode in ("AE", "encrypt-then-MAC", "ICV only")
    for demand in ("allowed", "forbidden" if mode == "ICV only" else "required")
}
"""What a client offers and demands; everything else is the default."""

SERVER_STANCES: Mapping[str, Stance] = {
    f"AE {ae}, encryption {demand}": {
        "ae-supported": "false" if ae == "unsupported" else "true",
        "ae-required": "true" if ae == "required" else "false",
        "encryption-demand": demand,
    }
    for ae in ("unsupported", "supported", "required")
    for demand in ("forbidden", "allowed", "required")
}
"""What a server supports and demands; everything else is the default."""


@dataclass(frozen=True)
class Cell:
    """What comes of two stances: the protection agreed on, or the check that refuses."""

    client: str
    server: str
    protection: str | None
    refused_by: tuple[str, ...]


@dataclass(frozen=True)
class NeedResult:
    """A need, and the checks that refuse where nothing else is missing."""

    words: str
    clause: str
    refused_by: tuple[str, ...]


@dataclass(frozen=True)
class CapabilityMatrix:
    """The answer for one client and one server; ``agrees`` holds for all configurations."""

    client: str
    server: str
    agrees: bool
    needs: tuple[NeedResult, ...]
    cells: tuple[Cell, ...]
    questions: int
    findings: tuple[Diagnostic, ...] = field(default=(), compare=False, repr=False)


def capability_matrix(client: Party, server: Party, osi: Osi) -> CapabilityMatrix:
    """Compare the handshake of two honest parties with what is expected.

    The parties may be of two editions; the needs are those of their mode.
    """
    return _Comparison(client, server, osi).run()


class _Comparison:
    def __init__(self, client: Party, server: Party, osi: Osi) -> None:
        self._client, self._server = client, server
        self._handshake: Handshake = handshake(client, server, osi)
        self._sides = (
            Side(self._handshake.client, client.machine.config),
            Side(self._handshake.server, server.machine.config),
        )
        self._needs = [(need, need.condition(*self._sides)) for need in NEEDS[client.machine.mode]]
        known = [formula for side in self._sides for formula in known_only(side.terms, side.config)]
        # What the needs name first adds axioms of its own.
        axioms = [axiom for side in self._sides for axiom in side.terms.axioms]
        self._solver = new_solver(*axioms, *self._handshake.axioms, *known)
        self._questions = len(self._handshake.ways)
        self._ways = [
            way for way in self._handshake.ways if is_possible(self._solver, *way.conditions)
        ]

    def run(self) -> CapabilityMatrix:
        findings = tuple(self._disagreements())
        return CapabilityMatrix(
            self._client.machine.name,
            self._server.machine.name,
            not findings,
            tuple(self._need_results()),
            tuple(self._cells()) if self._client.machine.mode == "native" else (),
            self._questions,
            findings,
        )

    def _disagreements(self) -> Iterator[Diagnostic]:
        expected = z3.And([condition for _, condition in self._needs])
        comes_about = z3.Or([way.passes for way in self._ways])
        for words, formula in (
            ("do not associate though nothing is missing", (expected, z3.Not(comes_about))),
            ("associate though something is missing", (z3.Not(expected), comes_about)),
        ):
            self._questions += 1
            with assuming(self._solver, *formula):
                verdict = self._solver.check()
                if verdict == z3.unsat:
                    continue
                names = f'"{self._client.machine.name}" and "{self._server.machine.name}"'
                span = self._client.machine.span
                if verdict == z3.unknown:
                    yield error("VER004", f"whether {names} {words} is undecided", span)
                else:
                    help_ = f"for example {self._shown(self._solver.model())}"
                    yield error("VER024", f"{names} {words}", span, help=help_)

    def _shown(self, model: z3.ModelRef) -> str:
        """Both configurations in a solution; what they share and what is open is left out."""
        parts = []
        for party, side in zip((self._client, self._server), self._sides, strict=True):
            values = []
            for entry in party.machine.config.values():
                value = value_in(model, side.terms, side.term(entry.name), entry.type)
                if value is not None and not isinstance(entry.type, t.Duration):
                    shown = (
                        value
                        if isinstance(value, str | bool | int)
                        else "{" + ", ".join(value) + "}"
                    )
                    values.append(f"{entry.name} = {shown}")
            parts.append(f"{party.machine.role}: {', '.join(values)}")
        return "; ".join(parts)

    def _need_results(self) -> Iterator[NeedResult]:
        for missing, condition in self._needs:
            others = [c for need, c in self._needs if need is not missing]
            with assuming(self._solver, z3.Not(condition), *others):
                yield NeedResult(missing.words, missing.clause, tuple(self._refusing()))

    def _refusing(self) -> list[str]:
        """The checks that can be the first to fail, under what is assumed; by id."""
        found: list[str] = []
        with assuming(self._solver):
            while True:
                self._questions += 1
                if self._solver.check() != z3.sat:
                    return sorted(found)
                refusal = self._first_refusal(self._solver.model())
                if refusal is None:
                    return sorted(found)
                id_, fails_first = refusal
                found.append(id_)
                self._solver.add(z3.Not(fails_first))

    def _first_refusal(self, model: z3.ModelRef) -> tuple[str, z3.BoolRef] | None:
        """The first check that fails in a solution, and the condition that it is the first."""

        def holds(formula: z3.BoolRef) -> bool:
            return bool(z3.is_true(model.eval(formula, model_completion=True)))

        for way in self._ways:
            if not all(map(holds, way.conditions)):
                continue
            for number, check in enumerate(way.checks):
                if holds(check.fails):
                    before = [z3.Not(earlier.fails) for earlier in way.checks[:number]]
                    return check.check.id, z3.And(*before, check.fails)
        return None

    # --- stances -----------------------------------------------------------------------------

    def _cells(self) -> Iterator[Cell]:
        for client, ours in CLIENT_STANCES.items():
            for server, theirs in SERVER_STANCES.items():
                fixed = [*self._fixed(0, ours), *self._fixed(1, theirs)]
                with assuming(self._solver, *fixed):
                    agreed = tuple(self._agreed())
                    refused = () if agreed else tuple(self._refusing())
                    yield Cell(client, server, ", ".join(agreed) or None, refused)

    def _agreed(self) -> Iterator[str]:
        for way in self._ways:
            self._questions += 1
            with assuming(self._solver, way.passes):
                if self._solver.check() == z3.sat and way.protection is not None:
                    value = self._solver.model().eval(way.protection)
                    yield str(value).partition(".")[2]

    def _fixed(self, number: int, stance: Stance) -> Iterator[z3.BoolRef]:
        side = self._sides[number]
        for name, entry in side.config.items():
            value = stance.get(name, "default")
            term = side.term(name)
            if value == "default":
                if entry.default is not None:
                    yield from _same(term, side.terms.term(entry.default, {}))
            elif isinstance(term, Members):
                yield term.count == 0
            elif isinstance(entry.type, t.Bool):
                yield term == z3.BoolVal(value == "true")
            else:
                yield side.is_(name, value)


def _same(a: Term, b: Term) -> Iterator[z3.BoolRef]:
    if isinstance(a, Members):
        assert isinstance(b, Members)
        yield from (a.present[name] == b.present[name] for name in a.present)
        yield a.count == b.count
    else:
        yield a == b
