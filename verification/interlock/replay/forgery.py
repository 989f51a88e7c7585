"""Messages that the attacker makes, and what he does to those of others.

What is honest-looking comes from the generated handlers and builders in the hands of a station
of the attacker; what a trace fixes is then written into the decoded PDU, and it is signed again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec._ber import padded
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.codec.iec62351_4_aprofile import (
    decode_MMSAuthenticationValue,
    encode_MMSAuthenticationValue,
)
from iec62351_4.environment.envelope import Carrier, Envelope
from iec62351_4.errors import AssociationError, LocalProtocolError
from iec62351_4.handlers import native_messages
from iec62351_4.handlers.configuration import NativeConfig
from iec62351_4.handlers.osi_view import compose
from iec62351_4.handlers.projections import (
    a_profile_time,
    algorithm_identifier,
    diffie_hellman_set,
)
from iec62351_4.handlers.services import DHShare, Identity
from iec62351_4.handlers.vocabulary import (
    ALGORITHM_OIDS,
    AssociateResult,
    DHGroup,
    IcvAlgorithm,
    Protection,
    SignatureAlgorithm,
)
from iec62351_4.testing import INITIATE_REQUEST, INITIATE_RESPONSE, as_received
from iec62351_4.times import format_time_stamp
from interlock.model.messages import Field
from interlock.replay import fields as f
from interlock.replay.ask import Ask
from interlock.replay.stage import PROVIDER, Strand, address, identity, read
from interlock.replay.values import CannotReplay, Config, fitting_clients, fitting_server

Edit = Callable[[Any], None]

_BROKEN = {"EncrTransfer": bytes.fromhex("3006300430000400")}
_BROKEN_CHOICE = {"assoAccept": 0, "applReject": 1, "secReject": 2}
_BROKEN_ABORT = {"handshakeSecAbort": 0, "dtSecAbort": 1, "applAbort": 2}
_ICV_OCTETS = 16

ANOTHER_ASSOCIATION = "999:999"


# --- changing ------------------------------------------------------------------------------------


def corrupted(envelope: Envelope) -> Envelope:
    """The envelope with the last octet of its signature, ICV or tag changed."""
    if envelope.authentication_value is not None:
        octets = envelope.authentication_value
        return replace(envelope, authentication_value=octets[:-1] + bytes((octets[-1] ^ 1,)))
    octets = f.secpdu(envelope)
    return f.with_secpdu(envelope, octets[:-1] + bytes((octets[-1] ^ 1,)))


def malformed(name: str, envelope: Envelope) -> Envelope:
    """The envelope with a PDU that cannot be decoded but still shows its type."""
    if envelope.authentication_value is not None:
        return replace(envelope, authentication_value=bytes.fromhex("a0020500"))
    if name in f.ENCODERS:
        alternative = f.ENCODERS[name][1]
        number = {**_BROKEN_CHOICE, **_BROKEN_ABORT}[alternative]
        return f.with_secpdu(envelope, bytes((0xA0 + number, 2, 5, 0)))
    return f.with_secpdu(envelope, _BROKEN.get(name, bytes.fromhex("30020500")))


def resigned(name: str, pdu: Any, key: Identity) -> bytes:
    """The octets of a SecPDU, signed again by the holder of a key."""
    content = getattr(e2e, f"encode_{name}Tbs_content")(pdu.tbs)
    is_rsa = pdu.sign.algo.algorithm == ALGORITHM_OIDS["sha256WithRSAEncryption"]
    algorithm = "sha256WithRSAEncryption" if is_rsa else "ecdsa-with-SHA256"
    pdu.sign.sign = PROVIDER.sign(key.key, algorithm, content)
    return f.encode(name, pdu)


def relabelled(envelope: Envelope, sent_as: str, name: str, sender: Strand) -> Envelope:
    """The same signed contents octets and signature in another SecPDU and its carrier.

    Raises:
        CannotReplay: The contents of the one are not an encoding of those of the other.
    """
    if envelope.authentication_value is not None:
        return _relabelled_value(envelope, name, sender)
    source = f.decode(sent_as, f.secpdu(envelope))
    content = getattr(e2e, f"encode_{sent_as}Tbs_content")(source.tbs)
    try:
        tbs = getattr(e2e, f"read_{name}Tbs")(padded(content), 0, len(content), False)
        members = {"tbs": tbs, "sign": source.sign}
        if name in ("HandshakeReq", "HandshakeAcc"):
            members["pp"] = source.pp
        pdu = getattr(e2e, name)(**members)
        is_same = getattr(e2e, f"encode_{name}Tbs_content")(tbs) == content
    except (AttributeError, AssociationError) as error:
        raise CannotReplay(f"the contents of {sent_as} are none of {name}: {error}") from None
    if not is_same:
        raise CannotReplay(f"the contents of {sent_as} change when they are read as {name}")
    return carried(name, f.encode(name, pdu), sender)


def _relabelled_value(envelope: Envelope, name: str, sender: Strand) -> Envelope:
    """A value of the A-profile is the same in a request and in an answer."""
    carrier = Carrier(name)
    accepted = AssociateResult.accepted if carrier is Carrier.AARE else None
    return compose(
        carrier,
        "compatibility",
        sender.services,
        authentication_value=envelope.authentication_value,
        user_data=INITIATE_REQUEST if carrier is Carrier.AARQ else INITIATE_RESPONSE,
        result=accepted,
    )


def carried(name: str, octets: bytes, sender: Strand, **fields: Any) -> Envelope:
    """A SecPDU in its carrier, from the address of a strand."""
    carrier = Carrier(_carrier(name))
    if carrier is Carrier.AARE and "result" not in fields:
        accepted = name == "HandshakeAcc"
        fields["result"] = (
            AssociateResult.accepted if accepted else AssociateResult.rejected_permanent
        )
    return compose(carrier, "native", sender.services, secpdu=octets, **fields)


def _carrier(name: str) -> str:
    rows = {"HandshakeReq": "AARQ", "ReleaseReq": "RLRQ", "ReleaseRsp": "RLRE"}
    if name in f.ENCODERS:
        return "AARE" if f.ENCODERS[name][0] == "encode_HandshakeRsp" else "ABRT"
    return rows.get(name, "DATA")


# --- the attacker as a party ---------------------------------------------------------------------


class AttackerRun:
    """A handler at a station of the attacker, as the partner of a strand of the trace."""

    def __init__(self, ask: Ask, signer: str) -> None:
        self.stage, self.victim = ask.stage, ask.victim
        mode = self.victim.mode
        role = "server" if self.victim.role == "client" else "client"
        self.strand = self.stage.strand(
            f"the attacker ({signer})",
            f"{mode}-{role}",
            _config(ask),
            station=signer,
            expects=self.victim.device,
        )
        self._read = 0

    def opening(self) -> Envelope:
        """The request to a server, or the answer to the request of a client."""
        if self.strand.role == "client":
            self._read = len(self.victim.sent)
            self.stage.happen(self.strand, "local associate")
            return _sent(self.stage.happen(self.strand, "transport ready").sent)
        self._read = 1
        if not self.victim.sent:
            raise CannotReplay("the attacker cannot answer a request that was never sent")
        own = self.strand.station.identity.address
        request = as_received(
            replace(
                self.victim.sent[0],
                called_ap_title=own.ap_title,
                called_ae_qualifier=own.ae_qualifier,
            )
        )
        self.stage.happen(self.strand, "transport ready")
        self.stage.receive(self.strand, request)
        return _sent(self._call("local accept"))

    def transfer(self, *, about_keys: bool = False) -> Envelope:
        """A transfer under the keys that the attacker shares with the victim.

        Args:
            about_keys: Whether it offers, or asks for, new ones.
        """
        for envelope in self.victim.sent[self._read :]:
            self.stage.receive(self.strand, as_received(envelope))
        self._read = len(self.victim.sent)
        if about_keys:
            self.stage.happen(self.strand, "timer t-rekey")
        return _sent(self._call("local send-data"))

    def _call(self, event: str) -> Any:
        try:
            return self.stage.happen(self.strand, event).sent
        except LocalProtocolError as error:
            raise CannotReplay(f"{self.strand.name}: {error}") from None


def _sent(sent: Any) -> Envelope:
    if not sent:
        raise CannotReplay("the attacker's handler did not send what was wanted")
    envelope: Envelope = sent[-1][1]
    return envelope


def _config(ask: Ask) -> Config:
    """What the attacker's handler needs to talk to the victim."""
    config = ask.victim.handler.config
    if not isinstance(config, NativeConfig):
        return ask.stage.configurations.make("compatibility", {})
    if ask.victim.role == "client":
        return fitting_server(config)
    wanted = ask.values.get("m.encr-mode", "").rpartition(".")[2]
    found = fitting_clients(config)
    mode = wanted or ("aea" if config.ae_supported else "non-aea")
    return next((one for one in found if one.encr_mode.value == mode), found[0])


def made(ask: Ask, signer: str, runs: dict[tuple[str, str], AttackerRun]) -> Envelope:
    """A message that the attacker makes and signs, or protects, with what is his own.

    Args:
        ask: What is wanted.
        signer: One of ``ATTACKERS``.
        runs: The attacker's handlers so far, by signer and victim; filled here.
    """
    who = (signer, ask.victim.name)
    if ask.message in ("HandshakeReq", "AARQ", "HandshakeAcc", "AARE"):
        runs[who] = AttackerRun(ask, signer)
        return written(ask, runs[who].opening(), runs[who].strand.station.identity)
    if ask.message in ("ClearTransfer", "EncrTransfer"):
        if who in runs:
            asked = (ask.values.get("m.has-rekey"), ask.values.get("m.req-rekey"))
            return runs[who].transfer(about_keys="true" in asked)
        return written(ask, garbage_transfer(ask), None)
    run = runs.get(who) or AttackerRun(ask, signer)
    return written(ask, answer(ask, run.strand), run.strand.station.identity)


def written(ask: Ask, envelope: Envelope, key: Identity | None) -> Envelope:
    """The message with the fields of the trace, signed again where ``key`` is given.

    A field that the message has already is left as it is.
    """
    if ask.is_malformed:
        return malformed(ask.message, envelope)
    if envelope.authentication_value is not None:
        return _written_value(ask, envelope, key)
    name = ask.message
    octets = f.secpdu(envelope)
    pdu = f.decode(name, octets)
    view = read("native", envelope, ask.stage.now)
    outside = []
    for field, text in ask.message_fields():
        if f.holds(view, field, text) is not False:
            continue
        if field.path.startswith(("tbs", "tbp")):
            f.write(pdu, field, text)
        else:
            outside.append((field, text))
    outside += _another_algorithm(ask, view)
    if ask.is_outside_window:
        _token(pdu).time = format_time_stamp(_too_old(ask))
    if ask.is_of_other_association and name != "HandshakeReq":
        _token(pdu).assoID = ANOTHER_ASSOCIATION
    octets = resigned(name, pdu, key) if key is not None else f.encode(name, pdu)
    for field, text in outside:  # after the signature, because nothing covers them
        f.write(pdu, field, text)
        octets = f.encode(name, pdu)
    return f.with_secpdu(envelope, octets)


def _another_algorithm(ask: Ask, view: Any) -> Iterator[tuple[Field, str]]:
    """For a check that the algorithm next to the signature is the signed one: that it is not."""
    if not ask.fails_on("sig-alg") or "m.sig-alg" in ask.values:
        return
    field = ask.machine.messages.messages[ask.message].fields["sig-alg"]
    known = (f"SignatureAlgorithm.{one.value}" for one in SignatureAlgorithm)
    for text in known:
        if not text.endswith(".other") and f.holds(view, field, text) is False:
            yield field, text
            return


def _written_value(ask: Ask, envelope: Envelope, key: Identity | None) -> Envelope:
    chosen, pdu = decode_MMSAuthenticationValue(envelope.authentication_value or b"")
    if ask.is_outside_window and chosen == "certificate-based":
        pdu.time = a_profile_time(_too_old(ask))
    if key is not None:
        covered = pdu.time.encode("ascii")
        pdu.signature = PROVIDER.sign(key.key, "sha256WithRSAEncryption", covered)
    octets = encode_MMSAuthenticationValue((chosen, pdu))
    return replace(envelope, authentication_value=octets)


def _too_old(ask: Ask) -> int:
    return ask.stage.now - int(ask.victim.handler.config.time_window) - 1000


def _token(pdu: Any) -> Any:
    """The ClearToken of a SecPDU."""
    part = pdu.tbs if hasattr(pdu, "tbs") else pdu.tbp
    names = ("token1", "token2", "token3")
    return next(getattr(part, name) for name in names if hasattr(part, name))


def answer(ask: Ask, sender: Strand) -> Envelope:
    """A SecPDU with a ClearToken3 from a strand, for the victim's association."""
    config = sender.handler.config
    if not isinstance(config, NativeConfig):
        raise CannotReplay(f"nobody builds {ask.message} in compatibility mode")
    algorithm = config.signature_algorithm
    build = getattr(native_messages, f"build_{ask.message}", None)
    if build is None:
        raise CannotReplay(f"no recipe makes {ask.message}")
    extra = {"appl_data": INITIATE_RESPONSE} if ask.message == "ApplicationReject" else {}
    sent = build(
        sender.services,
        sign_algorithm=algorithm,
        sig_alg=algorithm,
        version_1=True,
        asso_id=ANOTHER_ASSOCIATION if ask.is_of_other_association else ask.victim.asso_id,
        time=ask.stage.now,
        certificate=sender.services.certificate,
        cert_path=sender.services.certification_path,
        **extra,
    )
    return carried(ask.message, sent.octets, sender)


def garbage_transfer(ask: Ask) -> Envelope:
    """A transfer of the right form that no key protects."""
    victim, stage = ask.victim, ask.stage
    protection = victim.session.protection
    iv = {Protection.authenticated_encryption: 12, Protection.encrypt_then_mac: 16}.get(protection)
    token2 = e2e.ClearToken2(
        assoID=ANOTHER_ASSOCIATION if ask.is_of_other_association else victim.asso_id or "1",
        time=format_time_stamp(stage.now),
        seq=0,
        iv=None if iv is None else bytes(iv),
        rekey=_new_share(victim) if ask.values.get("m.has-rekey") == "true" else None,
        reqRekey=ask.values.get("m.req-rekey") == "true",
        changedKey=ask.values.get("m.changed-key") == "true",
    )
    icv_algorithm = victim.session.icv_algorithm
    if icv_algorithm is IcvAlgorithm.other:
        icv_algorithm = IcvAlgorithm.hmacWithSHA256
    nonce = None if icv_algorithm is IcvAlgorithm.hmacWithSHA256 else bytes(12)
    authenticator = e2e.Authenticator(
        nonce=nonce, algorithm=algorithm_identifier(icv_algorithm), icv=bytes(_ICV_OCTETS)
    )
    pdu: Any
    if ask.message == "ClearTransfer":
        tbp = e2e.ClearTransferTbp(token2=token2, applData=stage.payload())
        pdu = e2e.ClearTransfer(tbp=tbp, auth=authenticator)
    else:
        encrypted = e2e.EncrTransferTbp(token2=token2, applData=bytes(32))
        is_needed = protection is Protection.encrypt_then_mac
        pdu = e2e.EncrTransfer(tbp=encrypted, auth=authenticator if is_needed else None)
    envelope = compose(Carrier.DATA, "native", victim.services, secpdu=f.encode(ask.message, pdu))
    return as_received(envelope)


def _new_share(victim: Strand) -> Any:
    group = victim.session.dh_group
    group = DHGroup.secp256r1 if group is DHGroup.other else group
    return diffie_hellman_set((DHShare(group, PROVIDER.generate_agreement_key(group.value)[1]),))


# --- the request that provokes a signed reject ---------------------------------------------------


def _set(path: str, changed: Any) -> Edit:
    *above, last = path.split(".")

    def edit(pdu: Any) -> None:
        for name in above:
            pdu = getattr(pdu, name)
        setattr(pdu, last, changed)

    return edit


_UNKNOWN = AlgorithmIdentifier(algorithm=f.ANOTHER_OID)
_UNACCEPTABLE: Mapping[str, Edit] = {
    "unexpected-version": _set("tbs.token1.version", 0),
    "hmac-algorithm-not-supported": _set("tbs.token1.hmac", _UNKNOWN),
    "invalid-time-value": _set("tbs.token1.time", format_time_stamp(0)),
    "protected-protocol-not-supported": _set("pp", f.ANOTHER_PROTOCOL),
    "invalid-public-key-certificate": lambda pdu: None,
    "invalid-certification-path": lambda pdu: None,
}
"""Diagnostic to what is wrong with a request that is signed with the attacker's own key."""
PROVOKED = tuple(_UNACCEPTABLE)
"""The diagnostics that a server can be made to sign."""
_FAULTY = {
    "invalid-public-key-certificate": "unusable",
    "invalid-certification-path": "untrusted",
}


def request_of_attacker(ask: Ask, target: Strand, asso_id: str, diagnostic: str) -> Envelope:
    """A HandshakeReq that a server must refuse.

    Args:
        ask: What the refusal is wanted for.
        target: The server.
        asso_id: The identifier that the server will sign.
        diagnostic: What the server shall say; empty for nothing: then no signature is made, so
            that it needs no certificate that anybody trusts.
    """
    if diagnostic and diagnostic not in _UNACCEPTABLE:
        raise CannotReplay(f'no recipe provokes a reject with diagnostic "{diagnostic}"')
    stage = ask.stage
    signer = _FAULTY.get(diagnostic, "insider")
    config = fitting_clients(target.handler.config)[0]
    strand = stage.strand(
        "the attacker", "native-client", config, station=signer, expects=target.device
    )
    stage.happen(strand, "local associate")
    envelope = _sent(stage.happen(strand, "transport ready").sent)
    pdu = f.decode("HandshakeReq", f.secpdu(envelope))
    pdu.tbs.token1.assoID = asso_id
    if not diagnostic:
        return f.with_secpdu(envelope, f.encode("HandshakeReq", pdu))
    _UNACCEPTABLE[diagnostic](pdu)
    return f.with_secpdu(envelope, resigned("HandshakeReq", pdu, strand.station.identity))


def honest_certificate(ask: Ask, envelope: Envelope) -> Envelope:
    """The envelope with the certificate of the honest partner, which anybody can copy."""
    partner = "server" if ask.victim.role == "client" else "client"
    copied = identity(partner, ask.victim.kind)
    if envelope.authentication_value is not None:
        chosen, value = decode_MMSAuthenticationValue(envelope.authentication_value)
        value.authentication_Certificate = copied.certificate
        octets = encode_MMSAuthenticationValue((chosen, value))
        return replace(envelope, authentication_value=octets)
    pdu = f.decode(ask.message, f.secpdu(envelope))
    _token(pdu).pkCert = copied.certificate
    return f.with_secpdu(envelope, f.encode(ask.message, pdu))


def in_the_name_of_the_partner(ask: Ask, envelope: Envelope) -> Envelope:
    """The envelope with the address of the honest partner, which nothing protects."""
    own = address("server" if ask.victim.role == "client" else "client")
    if envelope.carrier is Carrier.AARQ:
        return replace(
            envelope, calling_ap_title=own.ap_title, calling_ae_qualifier=own.ae_qualifier
        )
    if envelope.carrier is Carrier.AARE:
        return replace(
            envelope, responding_ap_title=own.ap_title, responding_ae_qualifier=own.ae_qualifier
        )
    return envelope
