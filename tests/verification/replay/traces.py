"""Traces of known findings, written by hand: what a solver would hand to a replay."""

from __future__ import annotations

from collections.abc import Iterable

from interlock.verification.results import Origin, OriginKind, Party, Step, Trace

Fields = tuple[tuple[str, str], ...]

CLIENT = Party("client", "native-client", "client of native mode")
SERVER = Party("server", "native-server", "server of native mode")
SECOND = Party("second", "compatibility-client", "the same device, which tries again")
PLAIN = Party("plain", "compatibility-server", "the same server, in compatibility mode")

CLEAR: Fields = (
    ("encr-mode", "EncrMode.non-aea"),
    ("encryption-algorithms", "{}"),
    ("wants-encryption", "false"),
)


def configured(party: Party, *configuration: tuple[str, str], name: str = "") -> Party:
    """The party with another configuration."""
    return Party(name or party.name, party.machine, party.words, configuration)


def peer(step: int | None, signer: str = "", sent_as: str = "", changed: Fields = ()) -> Origin:
    """Sent by the partner of the trace."""
    return Origin(OriginKind.PEER, signer, sent_as, step, changed)


def other_run(signer: str, sent_as: str, changed: Fields = ()) -> Origin:
    """Recorded or provoked elsewhere."""
    return Origin(OriginKind.OTHER_RUN, signer, sent_as, None, changed)


def attacker(signer: str = "insider", changed: Fields = ()) -> Origin:
    """Made by the attacker."""
    return Origin(OriginKind.ATTACKER, signer, "", None, changed)


def anybody(changed: Fields = ()) -> Origin:
    """Made by anybody."""
    return Origin(OriginKind.UNPROTECTED, "", "", None, changed)


def numbered(steps: Iterable[Step]) -> tuple[Step, ...]:
    """The steps, which have to stand in order already."""
    found = tuple(steps)
    assert [step.number for step in found] == list(range(1, len(found) + 1))
    return found


def asking(first: int = 1, party: str = "client") -> tuple[Step, ...]:
    """A native client sends its request, in two steps."""
    return (
        Step(first, party, "local associate", "NC-01", before="idle", after="transport"),
        Step(
            first + 1,
            party,
            "transport ready",
            "NC-02",
            before="transport",
            after="wait-rsp",
            sends=("HandshakeReq",),
        ),
    )


def asked(first: int, origin: Origin, party: str = "server") -> tuple[Step, ...]:
    """A native server gets a request and accepts it, in three steps."""
    return (
        Step(first, party, "transport ready", "NS-01", before="listen", after="transport"),
        Step(
            first + 1,
            party,
            "receive HandshakeReq",
            "NS-06",
            before="transport",
            after="wait-app",
            told=("associate-requested",),
            origin=origin,
        ),
        Step(
            first + 2,
            party,
            "local accept",
            "NS-08a",
            before="wait-app",
            after="unconfirmed",
            sends=("HandshakeAcc",),
            told=("associated",),
        ),
    )


def answered(number: int, origin: Origin, fields: Fields = (), party: str = "client") -> Step:
    """A native client takes an accept."""
    return Step(
        number,
        party,
        "receive HandshakeAcc",
        "NC-03",
        clause="13.3.3",
        before="wait-rsp",
        after="stable",
        told=("associated",),
        origin=origin,
        fields=fields,
    )


def associated() -> tuple[Step, ...]:
    """An honest association of native mode, in six steps."""
    return (*asking(), *asked(3, peer(2, "client")), answered(6, peer(5, "server")))


def sending(number: int, fields: Fields = ()) -> Step:
    """A native client sends a transfer."""
    return Step(
        number,
        "client",
        "local send-data",
        "NC-10",
        before="stable",
        after="stable",
        sends=("EncrTransfer",),
        fields=fields,
    )


def taking(number: int, origin: Origin, row: str = "NS-10de", before: str = "stable") -> Step:
    """A native server takes a transfer."""
    return Step(
        number,
        "server",
        "receive EncrTransfer",
        row,
        before=before,
        after="stable",
        delivers=True,
        origin=origin,
    )


def plain_association(
    first: int, client: str = "second", server: str = "plain"
) -> tuple[Step, ...]:
    """An honest association of compatibility mode, in six steps."""
    return (
        Step(first, client, "local associate", "CC-01", before="idle", after="transport"),
        Step(
            first + 1,
            client,
            "transport ready",
            "CC-03",
            before="transport",
            after="wait-aare",
            sends=("AARQ",),
        ),
        Step(first + 2, server, "transport ready", "CS-01", before="listen", after="transport"),
        Step(
            first + 3,
            server,
            "receive AARQ",
            "CS-02",
            before="transport",
            after="wait-app",
            told=("associate-requested",),
            origin=peer(first + 1, "client"),
        ),
        Step(
            first + 4,
            server,
            "local accept",
            "CS-10",
            before="wait-app",
            after="data",
            sends=("AARE",),
            told=("associated",),
        ),
        Step(
            first + 5,
            client,
            "receive AARE",
            "CC-04",
            before="wait-aare",
            after="data",
            told=("associated",),
            origin=peer(first + 4, "server"),
        ),
    )


def ended(number: int, event: str, row: str, told: str, origin: Origin, **more: str) -> Step:
    """The native client's association ends."""
    return Step(
        number,
        more.get("party", "client"),
        event,
        row,
        before=more.get("before", "stable"),
        after="closed",
        told=(told,),
        sends=tuple(filter(None, [more.get("sends", "")])),
        origin=origin,
    )


V1_RECORDED_ACCEPT = Trace(
    (CLIENT, SERVER),
    numbered(
        (
            *asking(),
            *asked(3, peer(2, "client")),
            answered(6, other_run("server", "HandshakeAcc"), (("m.asso-id", "own"),)),
        )
    ),
    conclusion="the client is associated, and no server has its keys",
)

V2_PROVOKED_REJECT = Trace(
    (CLIENT, SECOND, PLAIN),
    numbered(
        (
            *asking(),
            ended(
                3,
                "receive HandshakeSecReject",
                "NC-06",
                "rejected (security)",
                other_run("server", "HandshakeSecReject"),
                before="wait-rsp",
            ),
            *plain_association(4),
        )
    ),
    conclusion="both could have had native mode",
)

V3_UNSIGNED_ABORT = Trace(
    (CLIENT, SECOND, PLAIN),
    numbered(
        (
            *asking(),
            ended(
                3,
                "receive ABRT-without-SecPDU",
                "NC-20p",
                "aborted (unauthenticated-abort)",
                anybody(),
                before="wait-rsp",
            ),
            *plain_association(4),
        )
    ),
)

V4_CHANGED_PP = Trace(
    (CLIENT, configured(SERVER, ("protected-protocol", "ProtectedProtocol.other"))),
    numbered(
        (
            *asking(),
            *asked(
                3,
                peer(2, "client", changed=(("m.protected-protocol", "ProtectedProtocol.other"),)),
            ),
            answered(
                6,
                peer(
                    5,
                    "server",
                    changed=(("m.protected-protocol", "ProtectedProtocol.iec61850-8-1"),),
                ),
            ),
            sending(7),
            taking(8, peer(7), row="NS-10e", before="unconfirmed"),
        )
    ),
)

V5_FORWARDED_REQUEST = Trace(
    (configured(CLIENT, ("expects", "insider")), SERVER),
    numbered(
        (
            *asking(),
            *asked(3, peer(2, "client", changed=(("e.called-is-us", "true"),))),
        )
    ),
    attacker=(("insider", "true"),),
)

V6_VALUE_OF_ANOTHER_RUN = Trace(
    (PLAIN,),
    numbered(
        (
            Step(1, "plain", "transport ready", "CS-01", before="listen", after="transport"),
            Step(
                2,
                "plain",
                "receive AARQ",
                "CS-02",
                before="transport",
                after="wait-app",
                told=("associate-requested",),
                origin=other_run(
                    "client",
                    "AARQ",
                    (("e.calling-ap-title", "another"), ("e.user-data", "another")),
                ),
            ),
            Step(
                3,
                "plain",
                "local accept",
                "CS-10",
                before="wait-app",
                after="data",
                sends=("AARE",),
                told=("associated",),
            ),
        )
    ),
)

V6_SECOND_SERVER = Trace(
    (
        SECOND,
        PLAIN,
        configured(PLAIN, ("station", "second server"), name="other server"),
    ),
    numbered(
        (
            *plain_association(1),
            Step(7, "other server", "transport ready", "CS-01", before="listen", after="transport"),
            Step(
                8,
                "other server",
                "receive AARQ",
                "CS-02",
                before="transport",
                after="wait-app",
                told=("associate-requested",),
                origin=peer(2, "client"),
            ),
        )
    ),
)

V8_LOST_TRANSFER = Trace(
    (CLIENT, SERVER),
    numbered(
        (
            *associated(),
            sending(7, (("clock", "+2 s"),)),
            sending(8, (("clock", "-1 ms"),)),
            sending(9),
            taking(10, peer(7), row="NS-10e", before="unconfirmed"),
            taking(11, peer(9)),
        )
    ),
    conclusion="the server took the first and the third transfer and noticed nothing",
)

V10C_ABORT_AS_RELEASE = Trace(
    (CLIENT, SERVER),
    numbered(
        (
            *associated(),
            Step(
                7,
                "server",
                "receive EncrTransfer",
                "NS-10e",
                reaction="abort-transfer",
                failed_check="DT-06e",
                before="unconfirmed",
                after="closed",
                sends=("DtSecAbort",),
                told=("aborted (security)",),
                origin=anybody(),
            ),
            ended(
                8,
                "receive ReleaseReq",
                "NC-25",
                "released",
                peer(7, "server", "DtSecAbort"),
                sends="ReleaseRsp",
            ),
        )
    ),
)

V10C_REJECT_AS_ABORT = Trace(
    (CLIENT, SERVER),
    numbered(
        (
            *associated(),
            ended(
                7,
                "receive DtSecAbort",
                "NC-20d",
                "aborted (peer)",
                other_run("server", "HandshakeSecReject"),
            ),
        )
    ),
    conclusion="an outsider ends a living association with the server's own signature",
)

UNAUTHENTICATED_ABORT = Trace(
    (CLIENT, SERVER),
    numbered(
        (
            *associated(),
            ended(
                7,
                "receive ABRT-without-SecPDU",
                "NC-20p",
                "aborted (unauthenticated-abort)",
                anybody(),
            ),
        )
    ),
)

REPLAY_AFTER_RESTART = Trace(
    (CLIENT, SERVER, configured(SERVER, name="server again")),
    numbered(
        (
            *associated(),
            Step(7, "server again", "transport ready", "NS-01", before="listen", after="transport"),
            Step(
                8,
                "server again",
                "receive HandshakeReq",
                "NS-06",
                before="transport",
                after="wait-app",
                told=("associate-requested",),
                origin=peer(2, "client"),
                fields=(("restart", "true"), ("clock", "+500 s")),
            ),
        )
    ),
)

WRONG_ABOUT_A_CHECK = Trace(
    (
        configured(
            CLIENT, ("expects", "insider"), ("aead-algorithms", "{AeadAlgorithm.aes256-GCM}")
        ),
        SERVER,
    ),
    numbered(
        (
            *asking(),
            *asked(3, peer(2, "client")),
            answered(
                6,
                attacker(),
                (("m.aead-algorithms", "{AeadAlgorithm.aes128-GCM}"),),
            ),
        )
    ),
)

FINDINGS = {
    "V1 recorded accept": V1_RECORDED_ACCEPT,
    "V2 provoked reject": V2_PROVOKED_REJECT,
    "V3 unsigned abort": V3_UNSIGNED_ABORT,
    "V4 changed pp": V4_CHANGED_PP,
    "V5 forwarded request": V5_FORWARDED_REQUEST,
    "V6 value of another run": V6_VALUE_OF_ANOTHER_RUN,
    "V6 second server": V6_SECOND_SERVER,
    "V7 replay after a restart": REPLAY_AFTER_RESTART,
    "V8 lost transfer": V8_LOST_TRANSFER,
    "V10c abort as release": V10C_ABORT_AS_RELEASE,
    "V10c reject as abort": V10C_REJECT_AS_ABORT,
    "unauthenticated abort": UNAUTHENTICATED_ABORT,
}
"""Traces that the handlers reproduce."""
