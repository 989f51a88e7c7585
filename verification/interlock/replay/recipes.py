"""How each message of a trace is come by: delivered, recorded, made, or put together by anybody.

One function for each kind of origin. What nothing protects is set at the end, in the same way
for all of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from iec62351_4 import tables
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.errors import AssociationError, LocalProtocolError
from iec62351_4.handlers.osi_view import compose
from iec62351_4.handlers.vocabulary import AssociateResult
from iec62351_4.testing import INITIATE_REQUEST, INITIATE_RESPONSE, as_received
from interlock.model.messages import Field
from interlock.replay import fields as f
from interlock.replay import forgery, runs
from interlock.replay.ask import Ask
from interlock.replay.stage import (
    ATTACKERS,
    Outcome,
    Stage,
    Strand,
    have_same_keys,
    message_name,
    read,
)
from interlock.replay.values import CannotReplay
from interlock.verification.results import OriginKind, Step, Trace

TRANSFERS = ("ClearTransfer", "EncrTransfer", "DATA")
_WITHOUT = "-without-SecPDU"
_BOUND_BY_THE_SIGNATURE = ("size", "kept", "octets", "certificates", "shares", "text")
"""Projections of fields that a trace lists as free and that cannot change by themselves: the
certificate of an authentication value, its size."""


@dataclass
class Recipes:
    """The messages of one replay.

    Attributes:
        stage: Where it happens.
        trace: What is replayed.
        outcomes: What the steps so far showed, by number.
        received: What the steps so far received, by number.
    """

    stage: Stage
    trace: Trace
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    received: dict[int, Envelope] = field(default_factory=dict)
    _attacker_runs: dict[tuple[str, str], forgery.AttackerRun] = field(default_factory=dict)

    def envelope(self, step: Step, victim: Strand) -> Envelope:
        """The envelope that a receive step delivers, as the environment hands it over.

        Raises:
            CannotReplay: No recipe makes it.
        """
        if step.origin is None:
            raise CannotReplay("the step does not say where the message comes from")
        ask = Ask(self.stage, step, victim)
        if ask.message not in ask.machine.messages.messages:
            raise CannotReplay(f'{victim.mode} mode has no message "{ask.message}"')
        by_origin = {
            OriginKind.PEER: self._peer,
            OriginKind.OTHER_RUN: self._other_run,
            OriginKind.ATTACKER: self._attacker,
            OriginKind.UNPROTECTED: self._unprotected,
        }
        try:
            made = by_origin[ask.origin.kind](ask)
            finished = _unprotected_parts(ask, as_received(made))
        except AssociationError as error:
            raise CannotReplay(f"{ask.sent_as} cannot be made: {error}") from None
        name = message_name(victim.mode, finished)
        if name != ask.message:
            raise CannotReplay(f"what was made of {ask.sent_as} is read as {name}")
        return finished

    # --- from the partner ------------------------------------------------------------------------

    def _peer(self, ask: Ask) -> Envelope:
        sender = self._sender(ask)
        if ask.origin.step is None:
            envelope = self._any_transfer(ask, sender)
        else:
            envelope = self._sent_in_step(ask, ask.origin.step)
        return _as_message(ask, envelope, sender)

    def _sender(self, ask: Ask) -> Strand:
        if ask.origin.step is not None:
            for step in self.trace.steps:
                if step.number == ask.origin.step and step.party in self.stage.strands:
                    return self.stage.strands[step.party]
            raise CannotReplay(f"there is no step {ask.origin.step} of a party")
        partners = self.stage.partners(ask.victim)
        if not partners:
            raise CannotReplay(f"nobody in the trace is a partner of {ask.victim.name}")
        shared = [one for one in partners if have_same_keys(one, ask.victim)]
        return (shared or partners)[0]

    def _sent_in_step(self, ask: Ask, number: int) -> Envelope:
        outcome = self.outcomes.get(number)
        if outcome is None:
            raise CannotReplay(f"step {number} has not happened")
        names = [name for name, _ in outcome.sent]
        for name, envelope in outcome.sent:
            if name == ask.sent_as:
                return envelope
        raise CannotReplay(
            f"step {number} sent {', '.join(names) or 'nothing'} and no {ask.sent_as}"
        )

    def _any_transfer(self, ask: Ask, sender: Strand) -> Envelope:
        """A transfer more than the trace shows: what can be sent can be sent again."""
        if ask.sent_as in ("ReleaseRsp", "RLRE"):
            return self._late_answer(ask, sender)
        if ask.sent_as not in TRANSFERS:
            raise CannotReplay(f"{ask.sent_as} of the partner needs the step that sent it")
        before = sender.state
        try:
            outcome = self.stage.happen(sender, "local send-data")
        except LocalProtocolError as error:
            raise CannotReplay(f"{sender.name} cannot send a transfer: {error}") from None
        if outcome.after != before:
            raise CannotReplay(
                f"the transfer brings {sender.name} from {before} to {outcome.after}, which needs "
                "a step of its own"
            )
        name, envelope = outcome.sent[-1]
        if name != ask.sent_as:
            raise CannotReplay(f"{sender.name} sends {name} and no {ask.sent_as}")
        return envelope

    def _late_answer(self, ask: Ask, sender: Strand) -> Envelope:
        """The answer of a partner who waits for one himself, which is no step of a trace."""
        asked = [one for one in ask.victim.sent if one.carrier is Carrier.RLRQ]
        if not asked:
            raise CannotReplay(f"{ask.victim.name} has not asked for release")
        before = sender.state
        sent = self.stage.receive(sender, as_received(asked[-1])).sent
        if sender.state != before or not sent:
            raise CannotReplay(f"{sender.name} does not answer while it is in {before}")
        return sent[-1][1]

    # --- from another run, from the attacker, from anybody ---------------------------------------

    def _other_run(self, ask: Ask) -> Envelope:
        envelope = runs.record(ask)
        signer = "server" if ask.origin.signer == "server" else "client"
        sender = self.stage.strand(
            "the signer",
            f"{ask.victim.mode}-{signer}",
            self.stage.configurations.make(ask.victim.mode, {}),
            station=runs.stations(ask)[signer],
        )
        return _as_message(ask, envelope, sender)

    def _attacker(self, ask: Ask) -> Envelope:
        signer = ask.origin.signer
        if signer not in ATTACKERS:
            raise CannotReplay(f'the attacker has no certificate of kind "{signer}"')
        if ask.message.endswith(_WITHOUT) or _is_bare(ask):
            return self._unprotected(ask)
        envelope = forgery.made(ask, signer, self._attacker_runs)
        if ask.fails_on("signature-valid"):
            envelope = forgery.corrupted(envelope)
        if ask.fails_on("subject-matches"):
            envelope = forgery.in_the_name_of_the_partner(ask, envelope)
        return envelope

    def _unprotected(self, ask: Ask) -> Envelope:
        if ask.message.endswith(_WITHOUT) or _is_bare(ask):
            return _bare(ask)
        if ask.message in TRANSFERS:
            return forgery.written(ask, forgery.garbage_transfer(ask), None)
        if ask.fails_on("signature-valid") and not ask.origin.changed:
            # all that is wrong is the signature: the rest may be what the partner has sent
            sent = [e for o in self.outcomes.values() for n, e in o.sent if n == ask.message]
            if sent:
                return forgery.corrupted(as_received(sent[-1]))
        fresh: dict[tuple[str, str], forgery.AttackerRun] = {}
        envelope = forgery.made(ask, "insider", fresh)
        if not ask.is_malformed:
            envelope = forgery.honest_certificate(ask, envelope)
        return forgery.in_the_name_of_the_partner(ask, envelope)


def _as_message(ask: Ask, envelope: Envelope, sender: Strand) -> Envelope:
    """The same signed contents as the type that the victim shall read."""
    if ask.sent_as == ask.message:
        return envelope
    return forgery.relabelled(envelope, ask.sent_as, ask.message, sender)


# --- without a SecPDU ----------------------------------------------------------------------------


def _is_bare(ask: Ask) -> bool:
    """Whether the message of compatibility mode has no authentication value."""
    if ask.victim.mode != "compatibility":
        return False
    if ask.message not in ("AARQ", "AARE"):
        return True
    said = ask.of_root("e").get("authentication-value", "").rpartition(".")[2]
    is_refusal = ask.of_root("e").get("result", "AssociateResult.accepted") not in (
        "AssociateResult.accepted",
        "accepted",
    )
    is_taken_as_refusal = ask.message == "AARE" and not ask.step.failed_check
    wants_value = ask.fails_on("signature-valid", "time", "certificate-usable", "certificate-size")
    return (
        said == "absent"
        or is_refusal
        or not (wants_value or ask.origin.kind is OriginKind.ATTACKER)
        or (is_taken_as_refusal and ask.origin.kind is OriginKind.UNPROTECTED)
    )


def _bare(ask: Ask) -> Envelope:
    """An EnvPDU that anybody can make.

    One that must pass the checks on the upper layers gets what they want to see, and still no
    SecPDU; one that must fail them is what a plain MMS stack would say.
    """
    carrier = ask.carrier
    sender = _nobody(ask)
    fields: dict[str, Any] = {}
    if carrier is Carrier.AARE:
        result = ask.of_root("e").get("result", "")
        accepted = result.endswith("accepted") or (not result and bool(ask.step.failed_check))
        fields["result"] = (
            AssociateResult.accepted if accepted else AssociateResult.rejected_permanent
        )
    mode = ask.victim.mode
    if carrier is Carrier.DATA:
        return compose(carrier, "compatibility", sender.services, user_data=ask.stage.payload())
    if carrier in (Carrier.AARQ, Carrier.AARE):
        is_native = mode == "native" and not ask.step.failed_check
        data = INITIATE_REQUEST if carrier is Carrier.AARQ else INITIATE_RESPONSE
        style = "native" if is_native else "compatibility"
        envelope = compose(carrier, style, sender.services, user_data=data, **fields)
        if is_native:
            # Of the abstract syntax of SecPDUs, and none: an empty value has no tag.
            information = (UserInformation(tables.E2E_SECURITY_AS, b""),)
            envelope = replace(envelope, user_information=information)
        return forgery.in_the_name_of_the_partner(ask, envelope)
    return compose(carrier, mode, sender.services)


def _nobody(ask: Ask) -> Strand:
    """A strand in whose name an EnvPDU can be composed."""
    role = "server" if ask.victim.role == "client" else "client"
    mode = ask.victim.mode
    config = ask.stage.configurations.make(mode, {})
    device = ask.victim.device if role == "client" else "server"
    return ask.stage.strand("nobody", f"{mode}-{role}", config, station="insider", expects=device)


# --- what nothing protects -----------------------------------------------------------------------


def _unprotected_parts(ask: Ask, envelope: Envelope) -> Envelope:
    """The envelope with what the attacker replaced in the PDU and around it."""
    own = ask.victim.station.identity.address
    envelope = _changed_message(ask, envelope)
    if envelope.called_ap_title is not None and not ask.fails_on_envelope("called-is-us"):
        # Whoever brings a request elsewhere says that it was meant for there.
        envelope = replace(
            envelope, called_ap_title=own.ap_title, called_ae_qualifier=own.ae_qualifier
        )
    changed = dict(ask.origin.changed)
    for name, text in ask.of_root("e").items():
        if name == "user-data" and ask.victim.mode == "native":
            continue  # that is the SecPDU
        is_said = f"e.{name}" in changed
        services, machine = ask.victim.services, ask.machine
        if f.envelope_holds(envelope, services, machine, name, text) is False or (
            is_said and f.envelope_holds(envelope, services, machine, name, text) is None
        ):
            envelope = f.write_envelope(envelope, own, name, text)
    return envelope


def _changed_message(ask: Ask, envelope: Envelope) -> Envelope:
    """Replace fields of the PDU that nothing covers; what is signed cannot be replaced."""
    if ask.origin.kind not in (OriginKind.PEER, OriginKind.OTHER_RUN):
        return envelope
    view = read(ask.victim.mode, envelope, ask.stage.now)
    said = dict(ask.origin.changed)
    changed = [
        (one, text)
        for one, text in ask.message_fields()
        if one.projection not in _BOUND_BY_THE_SIGNATURE
        and (f"m.{one.name}" in said or not _is_protected(one))
        and f.holds(view, one, text) is not True
    ]
    if not changed:
        return envelope
    if envelope.authentication_value is not None:
        names = ", ".join(f"m.{one.name}" for one, _ in changed)
        raise CannotReplay(f"no recipe replaces {names} in an authentication value")
    pdu = f.decode(ask.message, f.secpdu(envelope))
    for one, text in changed:
        if _is_protected(one):
            raise CannotReplay(f"m.{one.name} is protected, so nobody can replace it unseen")
        f.write(pdu, one, text)
    return as_received(f.with_secpdu(envelope, f.encode(ask.message, pdu)))


def _is_protected(field: Field) -> bool:
    return field.path.startswith(("tbs", "tbp"))
