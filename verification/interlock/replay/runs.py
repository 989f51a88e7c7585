"""Other runs of honest parties, from which the attacker records messages or provokes them.

A run has the stations, and so the memories against replays, of the run under test. Where a
message must carry the association identifier of the victim, the stations' numbers are made to
repeat, as they do after a restart or when the counter wraps around.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from iec62351_4.environment.envelope import Envelope
from iec62351_4.errors import LocalProtocolError
from iec62351_4.handlers.configuration import NativeConfig
from iec62351_4.handlers.vocabulary import HandshakeDiagnostics
from iec62351_4.testing import as_received
from interlock.replay import fields as f
from interlock.replay.ask import Ask
from interlock.replay.forgery import PROVOKED, corrupted, request_of_attacker
from interlock.replay.stage import Outcome, Strand, read
from interlock.replay.values import (
    CannotReplay,
    Config,
    changed_config,
    fitting_clients,
    fitting_server,
    value,
)

REPEATED = "the numbers of association identifiers repeat, as after a restart or a wrap-around"

Recorder = Callable[["OtherRun"], Envelope]


class OtherRun:
    """Two honest handlers besides those of the trace."""

    def __init__(self, ask: Ask, client: Config, server: Config) -> None:
        self.ask, self.stage = ask, ask.stage
        mode = ask.victim.mode
        names = stations(ask)
        self.client = self.stage.strand(
            "client of the other run",
            f"{mode}-client",
            client,
            station=names["client"],
            expects=names["server"],
        )
        self.server = self.stage.strand(
            "server of the other run", f"{mode}-server", server, station=names["server"]
        )

    @property
    def signer(self) -> Strand:
        """Whose message is wanted."""
        return self.server if self.ask.origin.signer == "server" else self.client

    @property
    def partner(self) -> Strand:
        """The other one."""
        return self.client if self.signer is self.server else self.server

    def do(
        self, strand: Strand, event: str, expected: str, data: bytes | None = None
    ) -> Envelope | None:
        """Let something happen, and demand a state afterwards; what was sent last, if anything."""
        self.stage.tick()
        try:
            return self._demand(strand, self.stage.happen(strand, event, data=data), expected)
        except LocalProtocolError as error:
            raise CannotReplay(f"{strand.name}: {error}") from None

    def bring(self, envelope: Envelope, strand: Strand, expected: str = "") -> Envelope | None:
        """Deliver an envelope, perhaps demanding a state afterwards; what was sent last."""
        self.stage.tick()
        outcome = self.stage.receive(strand, as_received(envelope))
        return self._demand(strand, outcome, expected)

    @staticmethod
    def _demand(strand: Strand, outcome: Outcome, expected: str) -> Envelope | None:
        if expected and outcome.after != expected:
            why = f" because {outcome.failed_check} failed" if outcome.failed_check else ""
            taken = ", ".join(outcome.taken) or "nothing"
            raise CannotReplay(f"{strand.name} took {taken} instead of being {expected}{why}")
        return outcome.sent[-1][1] if outcome.sent else None

    # --- courses -----------------------------------------------------------------------------

    def request(self) -> Envelope:
        """The client's request, under way."""
        waiting = "wait-rsp" if self.client.mode == "native" else "wait-aare"
        self.do(self.server, "transport ready", "transport")
        self.do(self.client, "local associate", "transport")
        return _there(self.do(self.client, "transport ready", waiting))

    def requested(self) -> None:
        """The request has reached the server."""
        self.bring(self.request(), self.server, "wait-app")

    def answer(self) -> Envelope:
        """The server's answer, under way."""
        self.requested()
        state = "unconfirmed" if self.server.mode == "native" else "data"
        return _there(self.do(self.server, "local accept", state))

    def associated(self) -> None:
        """Both are associated."""
        state = "stable" if self.client.mode == "native" else "data"
        self.bring(self.answer(), self.client, state)


def _there(envelope: Envelope | None) -> Envelope:
    if envelope is None:
        raise CannotReplay("the other run did not send what was to be recorded")
    return envelope


# --- what is recorded ----------------------------------------------------------------------------


def _refusal(run: OtherRun) -> Envelope:
    run.requested()
    return _there(run.do(run.server, "local refuse", "closed", _data_as_diagnostic(run)))


def _provoked_reject(run: OtherRun) -> Envelope:
    """The attacker's request has the identifier that he wants to see signed."""
    run.request()  # of an honest client, whose place the attacker takes
    wanted = run.ask.victim.asso_id if not run.ask.is_of_other_association else "999"
    diagnostic = HandshakeDiagnostics.invalid_time_value.value if _needs_element(run.ask) else ""
    if run.ask.values.get("m.has-diag") == "true":
        diagnostic = run.ask.values.get("m.diag", "").rpartition(".")[2]
        if diagnostic not in PROVOKED:
            diagnostic = HandshakeDiagnostics.invalid_time_value.value
    request = request_of_attacker(run.ask, run.server, wanted, diagnostic)
    return _there(run.bring(request, run.server, "closed"))


def _needs_element(ask: Ask) -> bool:
    """Whether the contents are read as a type whose data cannot be absent."""
    return ask.message == "ApplicationReject" != ask.sent_as


def _handshake_abort(run: OtherRun) -> Envelope:
    """The attacker spoils the accept on its way, so that the client refuses it."""
    spoilt = corrupted(run.answer())
    return _there(run.bring(spoilt, run.client, "closed"))


def _transfer_abort(run: OtherRun) -> Envelope:
    """A transfer with a wrong ICV is an alarm: the abort has no diagnostic."""
    run.associated()
    if run.ask.values.get("m.has-diag") == "true" or _needs_element(run.ask):
        return _there(run.do(run.signer, "timer t-key-lifetime", "closed"))
    transfer = _there(run.do(run.partner, "local send-data", ""))
    return _there(run.bring(corrupted(transfer), run.signer, "closed"))


def _abort(run: OtherRun) -> Envelope:
    run.associated()
    return _there(run.do(run.signer, "local abort", "closed", _data_as_diagnostic(run)))


def _data_as_diagnostic(run: OtherRun) -> bytes | None:
    """Data of the user that are read as a diagnostic when the contents get another label.

    ``applData`` may hold any element, so an ENUMERATED is possible; no PDU of MMS is one.
    """
    number = run.ask.wanted_diagnostic
    if number is None or run.ask.sent_as == run.ask.message:
        return None
    run.stage.notes["data of the user"] = "an ENUMERATED, which no PDU of MMS is"
    return bytes((0x0A, 1, number))


def _release(run: OtherRun) -> Envelope:
    run.associated()
    return _there(run.do(run.signer, "local release", ""))


def _release_answer(run: OtherRun) -> Envelope:
    run.associated()
    return _there(run.bring(_there(run.do(run.partner, "local release", "")), run.signer))


def _transfer(run: OtherRun) -> Envelope:
    run.associated()
    wanted = run.ask.values
    if "true" in (wanted.get("m.has-rekey"), wanted.get("m.req-rekey")):
        if run.signer is run.server:  # it asks for new keys only when data have confirmed the old
            run.bring(_there(run.do(run.client, "local send-data", "")), run.server, "stable")
        run.do(run.signer, "timer t-rekey", "")
    if wanted.get("m.changed-key") == "true":
        run.do(run.client, "timer t-rekey", "")
        offer = _there(run.do(run.client, "local send-data", "rekey-sent"))
        run.bring(offer, run.server, "rekey-received")
    return _there(run.do(run.signer, "local send-data", ""))


RECORDERS: Mapping[str, Recorder] = {
    "HandshakeReq": OtherRun.request,
    "AARQ": OtherRun.request,
    "HandshakeAcc": OtherRun.answer,
    "AARE": OtherRun.answer,
    "ApplicationReject": _refusal,
    "HandshakeSecReject": _provoked_reject,
    "HandshakeSecAbort": _handshake_abort,
    "DtSecAbort": _transfer_abort,
    "ApplAbort": _abort,
    "ReleaseReq": _release,
    "ReleaseRsp": _release_answer,
    "ClearTransfer": _transfer,
    "EncrTransfer": _transfer,
    "DATA": _transfer,
    "RLRQ": _release,
    "RLRE": _release_answer,
    "ABRT": _abort,
}
"""Message type, as it was sent, to how a run is brought to send it."""


def record(ask: Ask) -> Envelope:
    """The message that an honest party sent in another run.

    Of the runs that send it the one is taken whose message has the most of what the trace says.
    What it has not is noted: a solver gives a value also to what nobody looks at.

    Raises:
        CannotReplay: No run sends it: of all configurations tried, with what the last one did.
    """
    recorder = RECORDERS.get(ask.sent_as)
    if recorder is None:
        raise CannotReplay(f"no recipe records {ask.sent_as} from another run")
    last = CannotReplay(f"no configuration of another run fits {ask.sent_as}")
    best: tuple[Envelope, list[str]] | None = None
    for client, server in _configurations(ask):
        try:
            run = OtherRun(ask, client, server)
            with _times(ask), _numbers(ask, run):
                envelope = recorder(run)
                if ask.is_replay:  # the victim's station gets it in that run, and once more
                    run.bring(envelope, run.partner)
        except CannotReplay as error:
            last = error
            continue
        missing = _missing(ask, envelope)
        if best is None or len(missing) < len(best[1]):
            best = envelope, missing
        if not missing:
            break
    if best is None:
        raise last
    if best[1]:
        ask.stage.notes[f"recorded {ask.sent_as} without"] = ", ".join(best[1])
    return best[0]


def _missing(ask: Ask, envelope: Envelope) -> list[str]:
    """The signed fields that are not as the trace says."""
    changed = {name for name, _ in ask.origin.changed}
    if ask.sent_as != ask.message:
        return []
    view = read(ask.victim.mode, envelope, ask.stage.now)
    return [
        f"m.{field.name} = {text}"
        for field, text in ask.message_fields()
        if f"m.{field.name}" not in changed
        and not field.path.startswith("pp")
        and f.holds(view, field, text) is False
    ]


@contextmanager
def _times(ask: Ask) -> Iterator[None]:
    """A message that is to be too old comes from a run that long ago."""
    back = ask.victim.handler.config.time_window + 1000 if ask.is_outside_window else 0
    now = ask.stage.now
    ask.stage.now -= back
    try:
        yield
    finally:
        ask.stage.now = max(ask.stage.now + back, now)


@contextmanager
def _numbers(ask: Ask, run: OtherRun) -> Iterator[None]:
    """Let the run have the numbers of the victim's association."""
    wanted = ask.victim.asso_id
    if not wanted or ask.is_of_other_association or ask.sent_as in ("HandshakeReq", "AARQ"):
        yield
        return
    client, _, server = wanted.partition(":")
    stations_ = (run.client.station, run.server.station)
    kept = [one._numbers for one in stations_]
    for one, number in zip(stations_, (client, server), strict=True):
        if number:
            one._numbers = int(number) - 1
    if ask.sent_as != "HandshakeSecReject":
        ask.stage.notes["association identifiers"] = REPEATED
    try:
        yield
    finally:
        for one, number_ in zip(stations_, kept, strict=True):
            one._numbers = number_


# --- who with whom, and how configured -----------------------------------------------------------


def stations(ask: Ask) -> dict[str, str]:
    """Names of the devices of a client and a server for another run."""
    found = {"client": "client", "server": "server"}
    for strand in (*ask.stage.strands.values(), ask.victim):
        if strand.mode == ask.victim.mode:
            found[strand.role] = strand.device
    signer = ask.origin.signer
    if signer in found and ask.victim.role != signer:
        partners = ask.stage.partners(ask.victim)
        found[signer] = partners[0].device if partners else signer
    return found


def _configurations(ask: Ask) -> Iterator[tuple[Config, Config]]:
    """The configurations to try: the trace's own, then partners that fit the signer."""
    mode = ask.victim.mode
    own: dict[str, Config] = {}
    for strand in (*ask.stage.strands.values(), ask.victim):
        if strand.mode == mode:
            own[strand.role] = strand.handler.config
    default = ask.stage.configurations.make(mode, {})
    client, server = own.get("client", default), own.get("server", default)
    if not (isinstance(client, NativeConfig) and isinstance(server, NativeConfig)):
        yield client, server
        return
    said = _client_said(ask)
    partners = [server, fitting_server(client)]
    clients = [client]
    if ask.origin.signer == "server":
        partners, clients = [server], [client, *fitting_clients(server)]
    for one in clients:
        adapted = changed_config(one, said)
        yield from ((adapted, other) for other in partners)


_OFFERED = {
    "encr-mode": "encr_mode",
    "aead-algorithms": "aead_algorithms",
    "encryption-algorithms": "encryption_algorithms",
    "icv-algorithms": "icv_algorithms",
    "dh-groups": "dh_groups",
    "appl-protected": "wants_encryption",
    "tls-protected": "uses_tls",
}
"""Field of a handshake to what a client must have configured for it to come out so."""


def _client_said(ask: Ask) -> dict[str, Any]:
    """What the fields of a handshake message demand of the client's configuration."""
    if ask.sent_as not in ("HandshakeReq", "HandshakeAcc"):
        return {}
    said = {}
    for field, text in ask.message_fields():
        if field.name in _OFFERED:
            wanted = value(text, field.type)
            if isinstance(wanted, tuple):  # nobody is configured for what no table has
                wanted = tuple(one for one in wanted if one.value != "other")
            if wanted != () or field.name == "encryption-algorithms":
                said[_OFFERED[field.name]] = wanted
    return said
