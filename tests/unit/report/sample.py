"""Rich invented results: every kind of origin and status, long texts, a large matrix.

The verdicts are made up. Machines are those of the models, so that diagrams are as large as real
ones.
"""

# ruff: noqa: E501 -- tables of texts read better with a row on a line

from __future__ import annotations

from functools import cache

from interlock.model.machine import Machine
from interlock.model.project import load_project
from interlock.report.data import (
    OUTCOMES,
    Assumption,
    Cell,
    Configuration,
    Finding,
    MatrixText,
    MutationRow,
    MutationScore,
    PropertyText,
    Remedy,
    Results,
    VariantText,
)
from interlock.verification.results import (
    Check,
    Obligation,
    Origin,
    OriginKind,
    Party,
    Replay,
    ReplayStatus,
    Status,
    Step,
    Trace,
    Verdict,
)
from support.repository import ROOT

LONG = "a-value-that-somebody-made-very-long-and-that-has-to-be-broken-somewhere/" + 60 * "0f"


def trace() -> Trace:
    """Three parties; a message unchanged, changed, dropped, re-labelled, replayed, forged ..."""
    return Trace(
        parties=(
            Party(
                "client",
                "native-client",
                "client of the control centre",
                (("encryption-demand", "required"), ("groups", "{secp256r1, x25519}")),
            ),
            Party("server", "native-server", "bay controller", (("encr-mode", "aea"),)),
        ),
        attacker=(("insider", "true"), ("channel", "hop between two TLS connections")),
        steps=(
            Step(
                1,
                "client",
                "local associate",
                "NC-01",
                clause="13.3",
                before="idle",
                after="transport",
                words="The user asks for an association.",
            ),
            Step(
                2,
                "client",
                "transport ready",
                "NC-02",
                clause="13.3.2",
                before="transport",
                after="wait-rsp",
                sends=("HandshakeReq",),
                words="The handshake request is sent, signed over tbs, which pp is no part of.",
                fields=(("argument.initiate", "Initiate-Request"),),
            ),
            Step(
                3,
                "server",
                "receive HandshakeReq",
                "NS-06",
                clause="14.3",
                before="wait-req",
                after="stable",
                sends=("HandshakeAcc",),
                told=("associated",),
                origin=Origin(
                    OriginKind.PEER,
                    "client",
                    step=2,
                    changed=(
                        ("m.pp", "IEC 60870-6 instead of IEC 61850-8-1"),
                        ("e.ap-title", LONG),
                    ),
                ),
                fields=(("m.pp", "IEC 60870-6"), ("m.time", "0 ms after the start")),
                words="The server believes in another protected protocol.",
            ),
            Step(
                4,
                "client",
                "receive HandshakeAcc",
                "NC-03",
                clause="13.3.3",
                before="wait-rsp",
                after="stable",
                told=("associated",),
                sends=("ClearTransfer",),
                origin=Origin(OriginKind.PEER, "server", step=3),
                words="The accept arrives as it was sent.",
            ),
            Step(
                5,
                "client",
                "timer t-rekey",
                "NC-14t",
                clause="13.3.1.3",
                before="stable",
                after="rekey-sent",
                sends=("EncrTransfer", "ClearTransfer"),
            ),
            Step(
                6,
                "server",
                "receive EncrTransfer",
                "NS-13e",
                clause="13.3.1.3",
                before="stable",
                after="stable",
                delivers=True,
                origin=Origin(OriginKind.PEER, "client", step=5),
                words="Data are delivered; the other message, sent at the same time, is dropped.",
            ),
            Step(
                7,
                "server",
                "receive EncrTransfer",
                "NS-13e",
                reaction="abort-transfer",
                failed_check="DT-07",
                clause="14.4",
                before="stable",
                after="closed",
                sends=("DtSecAbort",),
                told=("aborted (security)",),
                origin=Origin(OriginKind.PEER, "client", step=5),
                fields=(("m.seq", "4"), ("session.receive-seq", "4")),
                words="The same transfer a second time: the pair of time and seq was seen before.",
            ),
            Step(
                8,
                "client",
                "receive ReleaseReq",
                "NC-24",
                clause="13.3.9",
                before="rekey-sent",
                after="closed",
                sends=("ReleaseRsp",),
                told=("released",),
                origin=Origin(OriginKind.PEER, "server", sent_as="DtSecAbort", step=7),
                words="Signed as an abort, taken for a release.",
            ),
            Step(
                9,
                "client",
                "receive HandshakeSecReject",
                "NC-05",
                clause="13.3.4",
                before="closed",
                after="closed",
                origin=Origin(OriginKind.OTHER_RUN, "server", changed=(("m.asso-id", '"a<b&c"'),)),
            ),
            Step(
                10,
                "server",
                "receive HandshakeReq",
                "NS-06",
                clause="14.3",
                before="closed",
                after="closed",
                origin=Origin(OriginKind.ATTACKER, "insider", changed=(("m.encr-mode", "none"),)),
                words=LONG,
            ),
            Step(
                11,
                "client",
                "transport lost",
                "NC-20l",
                clause="",
                before="closed",
                after="closed",
                told=("aborted (transport)",),
            ),
            Step(
                12,
                "server",
                "receive Abrt",
                "NS-20p",
                clause="X.227",
                before="closed",
                after="closed",
                origin=Origin(OriginKind.UNPROTECTED),
                sends=("HandshakeSecAbort",),
                words="Anybody can send a provider abort.",
            ),
        ),
        conclusion=(
            "Both parties indicated an association, but server.pp = IEC 60870-6 and client.pp = IEC "
            "61850-8-1: they do not agree on the protected protocol, although neither saw an error."
        ),
    )


def crowded() -> Trace:
    """Four parties: a second run on either side."""
    return Trace(
        parties=(
            Party("client", "native-client", "client under test"),
            Party("client-2", "compatibility-client", "the same client, second association"),
            Party("server", "native-server", "server under test"),
            Party("server-2", "native-server", "another server", (("modes", "{native, compatibility}"),)),
        ),
        steps=(
            Step(1, "client-2", "local associate", "CC-01", clause="11.2", before="idle",
                 after="wait-rsp", sends=("A-Profile-AARQ",), words="Its signature covers only time."),
            Step(2, "server-2", "receive A-Profile-AARQ", "CS-02", clause="11.2", before="wait-req",
                 after="wait-user", origin=Origin(OriginKind.PEER, "client", step=1), sends=("A-Profile-AARE",)),
            Step(3, "client", "receive A-Profile-AARE", "CC-03", clause="11.2", before="wait-rsp",
                 after="stable", told=("associated",), origin=Origin(OriginKind.PEER, "server", step=2)),
        ),
        conclusion="client completed with server-2, which never heard of it.",
    )  # fmt: skip


_GROUPS = (
    "downgrade resistance",
    "agreement",
    "freshness",
    "data transfer",
    "rekey",
    "aborts",
    "structure",
)

VARIANTS = (
    VariantText("captured", "the standard as captured, without any amendment"),
    VariantText("request-hash", "the accept and the reject carry a hash of the signed part of the request they answer", "what the findings describe no longer happens", "32 octets in two SecPDUs; an old peer refuses them", ("F-1", "F-2")),
    VariantText("pp-signed", "the protected protocol is inside the signed part", "what the findings describe no longer happens", "changes tbs of both handshake SecPDUs", ("F-3",)),
    VariantText("recipient-identity", "the request names the responder", "what the findings describe no longer happens", "an optional field", ("F-4",)),
    VariantText("association-sequence", "one sequence number over the whole association", "what the findings describe no longer happens", "4 octets per transfer", ("F-5",)),
    VariantText("request-hash+pp-signed+recipient-identity", "three amendments together", "what the findings describe no longer happens", "the sum of the three", ("F-1", "F-2", "F-3", "F-4")),
)  # fmt: skip


def _property(number: int) -> PropertyText:
    group = _GROUPS[number % len(_GROUPS)]
    prefix = "".join(word[0] for word in group.split()).upper()
    return PropertyText(
        id=f"{prefix}-{number}",
        title=("second association after a failed one" if number % 3 else "agreement at the completion of the handshake, injective"),
        group=group,
        clause=("13.3.2", "14.3.4", "X.227")[number % 3],
        words="Whenever a client indicates an association with a partner, that partner has run the protocol with this client, and both have the same mode, algorithms and keys. This holds at the first verified transfer as well.",
        given="strict native policy on both sides, no fallback",
        formula="commit(client, h) implies exists s: running(s, h.partner) and s.mode == h.mode and s.algorithms == h.algorithms and s.keys == h.keys",
        twin="a client completes and transfers data with encryption on",
        reason="the accept is bound to its request by assoID and time only",
        finding=f"F-{number % 5 + 1}" if number % 2 else "",
        repair="request-hash" if number % 2 else "",
        at="client committed" if number % 2 == 0 else "",
    )  # fmt: skip


PROPERTIES = tuple(_property(number) for number in range(20))


def _verdict(number: int, column: int) -> Verdict:
    text, variant = PROPERTIES[number], VARIANTS[column]
    choice = (number * 7 + column * 3) % 11
    obligations = (
        Obligation("initiation", "the invariant holds at the start", Check.UNSAT, Check.UNSAT, 1200),
        Obligation("NC-12c", "the row for a clear transfer keeps it", Check.UNSAT, Check.UNSAT, 48_211),
        Obligation("NS-13e", "the row for a transfer with rekey keeps it", Check.UNSAT, Check.NOT_ASKED, 90_001),
    )  # fmt: skip
    if choice == 9:
        undecided = Obligation(
            "path", "no path of 18 steps violates it", Check.UNKNOWN, Check.UNKNOWN, 9
        )
        return Verdict(
            text.id, variant.id, Status.UNKNOWN, "proved", "run", (*obligations, undecided),
            Check.SAT, reason="the solver gave up at its resource limit", bound=18,
        )  # fmt: skip
    if number % 2 and (column == 0 or choice in (0, 4)):
        replay = (
            Replay(ReplayStatus.REPRODUCED, None, "both handlers end in stable", (("client.state", "stable"), ("server.state", "stable"))),
            Replay(ReplayStatus.DIVERGED, 7, "the handler finds the transfer in its cache", (("server.state", "closed"),)),
            Replay(ReplayStatus.NOT_TRIED),
        )[number // 2 % 3]  # fmt: skip
        failed = Obligation("path", "no path of 18 steps violates it", Check.SAT, Check.SAT, 51_877)
        return Verdict(
            text.id, variant.id, Status.VIOLATED, "proved" if choice == 4 else "violated", "run",
            (failed,), Check.SAT, trace() if number % 4 == 1 else crowded(), replay, bound=18,
        )  # fmt: skip
    expected = "" if choice == 8 else "proved"
    method = ("run", "invariant", "step")[number % 3]
    return Verdict(
        text.id, variant.id, Status.PROVED, expected, method, obligations, Check.SAT, bound=18 * (method == "run")
    )  # fmt: skip


VERDICTS = tuple(
    _verdict(number, column)
    for number in range(len(PROPERTIES))
    for column in range(len(VARIANTS))
    if (number + column) % 17 != 16
)

FINDINGS = tuple(
    Finding(
        f"F-{number}",
        title,
        clause,
        words="A recorded accept of another run is taken for the answer to this request. Nothing signed in the accept says which request it answers, e.g. by a hash of it.",
        consequence="The client shows an association to its user although the server never saw the request.",
        repair=repair,
        properties=tuple(text.id for text in PROPERTIES if text.finding == f"F-{number}"),
    )
    for number, (title, clause, repair) in enumerate(
        (
            ("HandshakeAcc is bound to its HandshakeReq by assoID and time only", "13.3.3", "Put a hash of the request's tbs inside the accept's tbs."),
            ("A signed reject can be provoked and replayed", "13.3.4", "Put the same hash inside the reject."),
            ("pp lies outside tbs", "13.3.2", "Move pp into tbs."),
            ("The request names no recipient", "13.3.2", "Name the responder inside the request."),
            ("Any fallback on an unauthenticated failure is a downgrade", "14.2", ""),
        ),
        1,
    )
)  # fmt: skip


def matrix(size: int = 10) -> MatrixText:
    """Configurations of three floors and several fallbacks."""
    floors, fallbacks = (
        ("AE only", "integrity", "any"),
        ("never", "signed reject", "TLS", "any failure"),
    )
    sides = [
        Configuration(
            f"{floors[n % 3].split()[0]}-{n}",
            f"demands {floors[n % 3]}, falls back: {fallbacks[n % 4]}",
            {"floor": floors[n % 3], "fallback": fallbacks[n % 4]},
        )
        for n in range(size)
    ]  # fmt: skip
    cells = []
    for r in range(size):
        for c in range(size):
            without = OUTCOMES[(r * 3 + c) % 4]
            worst = without if (r + c) % 3 else OUTCOMES[min(OUTCOMES.index(without) + 1, 3)]
            protected = without == worst and without != "none"
            why = ("DR-0", "AG-1") if protected else ("DR-7", "replayed reject")
            cells.append(Cell(sides[r].id, sides[c].id, without, worst, protected, why))
    open_pairs = [(c.row, c.column) for c in cells if not c.protected and c.without != "none"]
    return MatrixText(
        tuple(sides), tuple(sides), tuple(cells),
        (
            Remedy("pin", "the client pins the mode once it was native", "what the findings describe no longer happens", "a store on the client", ("F-5",), tuple(open_pairs[::2])),
            Remedy("no-fallback", "no fallback at all", "what the findings describe no longer happens", "pairs of different generations no longer associate", ("F-2", "F-5"), tuple(open_pairs), tuple(open_pairs[1::3])),
            Remedy("request-hash", "the amendment", "what the findings describe no longer happens", "32 octets", ("F-1", "F-2"), tuple(open_pairs[::3])),
        ),
    )  # fmt: skip


ASSUMPTIONS = (
    Assumption("attacker", "The attacker reads, drops, delays, replays and injects every message, and changes every field that nothing protects.", "DESIGN: Dolev-Yao"),
    Assumption("cryptography", "A signature verifies only over octets that its owner signed.", "perfect cryptography is what the standard relies on"),
    Assumption("other-runs", "Honest parties take part in any number of other runs, from which messages are recorded.", "stands for unboundedly many"),
)  # fmt: skip


@cache
def machines() -> tuple[Machine, ...]:
    """The machines of the models."""
    return tuple(load_project(ROOT).models.machines.values())


def covered(machine: Machine) -> frozenset[str]:
    """All but every fifth row and every seventh check."""
    rows = [row.id for n, row in enumerate(machine.transitions) if n % 5]
    checks = [check.id for found in machine.check_lists.values() for check in found.checks]
    return frozenset([*rows, *(id for n, id in enumerate(checks) if n % 7)])


@cache
def results() -> Results:
    """Everything together."""
    return Results(
        edition="2018+AMD1:2020",
        properties=PROPERTIES,
        variants=VARIANTS,
        verdicts=VERDICTS,
        assumptions=ASSUMPTIONS,
        findings=FINDINGS,
        matrix=matrix(),
        structure={
            "every state is reachable": (),
            "guards exclude each other": (),
            "no check is dead": ('check "HA-21" can never fail where those before it pass',),
        },
        machines=machines(),
        covered={machine.name: covered(machine) for machine in machines()},
        mutation=MutationScore(
            (
                MutationRow("13.3.2", 40, 38, 2),
                MutationRow("14.3.4", 62, 58, 1, ("delete HA-22", "widen the guard of NC-12c", "swap HR-03 and HR-04")),
                MutationRow("X.227", 9, 9, 0),
            )
        ),
        solvers={"z3": "4.15.4", "cvc5": "1.3.1"},
        seed=0,
        rlimit=50_000_000,
    )  # fmt: skip
