"""SecPDUs in the hands of somebody who may hold a key: opened, changed, signed again.

The codecs of the generated code do the encoding; what is wrong in a forged PDU is exactly what
the test changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from handlers.scene import PROVIDER, SIGN_RSA, Scene, WatchedParty
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.codec.iec62351_4_aprofile import (
    decode_MMSAuthenticationValue,
    encode_MMSAuthenticationValue,
)
from iec62351_4.crypto.provider import PrivateKey
from iec62351_4.environment.envelope import Carrier, Envelope, UserInformation
from iec62351_4.handlers import native_messages
from iec62351_4.handlers.osi_view import compose
from iec62351_4.handlers.projections import OCTET_STRING_TAGS, tag_at
from iec62351_4.handlers.vocabulary import AssociateResult
from iec62351_4.tables import E2E_SECURITY_AS

Edit = Callable[[Any], None]

RESPONSES = {
    "HandshakeAcc": "assoAccept",
    "ApplicationReject": "applReject",
    "HandshakeSecReject": "secReject",
}
ABORTS = {
    "HandshakeSecAbort": "handshakeSecAbort",
    "DtSecAbort": "dtSecAbort",
    "ApplAbort": "applAbort",
}
CARRIERS = {
    "HandshakeReq": Carrier.AARQ,
    **dict.fromkeys(RESPONSES, Carrier.AARE),
    **dict.fromkeys(ABORTS, Carrier.ABRT),
    "ReleaseReq": Carrier.RLRQ,
    "ReleaseRsp": Carrier.RLRE,
    "ClearTransfer": Carrier.DATA,
    "EncrTransfer": Carrier.DATA,
}
"""The SecPDUs and what carries them."""

TOKEN3 = (*RESPONSES, *ABORTS, "ReleaseReq", "ReleaseRsp")[1:]
"""The SecPDUs with a ClearToken3."""


def unwrap(envelope: Envelope) -> tuple[str, Any]:
    """Name and decoded SecPDU in an envelope; ("", None) if there is none."""
    if not (
        envelope.user_information
        and envelope.user_information[0].abstract_syntax == E2E_SECURITY_AS
    ):
        return "", None
    octets = envelope.user_information[0].octets
    match envelope.carrier:
        case Carrier.AARQ:
            return "HandshakeReq", e2e.decode_HandshakeReq(octets)
        case Carrier.AARE:
            chosen = e2e.decode_HandshakeRsp(octets)
            return _name(RESPONSES, chosen[0]), chosen[1]
        case Carrier.ABRT:
            abort = e2e.decode_AssoAbort(octets)
            return _name(ABORTS, abort[0]), abort[1]
        case Carrier.RLRQ:
            return "ReleaseReq", e2e.decode_ReleaseReq(octets)
        case Carrier.RLRE:
            return "ReleaseRsp", e2e.decode_ReleaseRsp(octets)
        case _ if tag_at(octets, (0, 1)) in OCTET_STRING_TAGS:
            return "EncrTransfer", e2e.decode_EncrTransfer(octets)
        case _:
            return "ClearTransfer", e2e.decode_ClearTransfer(octets)


def _name(table: dict[str, str], alternative: str) -> str:
    return next(name for name, spelled in table.items() if spelled == alternative)


def encode(name: str, pdu: Any) -> bytes:
    """A SecPDU in its CHOICE, where it has one."""
    if name in RESPONSES:
        return e2e.encode_HandshakeRsp((RESPONSES[name], pdu))  # type: ignore[arg-type]
    if name in ABORTS:
        return e2e.encode_AssoAbort((ABORTS[name], pdu))  # type: ignore[arg-type]
    octets: bytes = getattr(e2e, f"encode_{name}")(pdu)
    return octets


def with_secpdu(envelope: Envelope, octets: bytes) -> Envelope:
    """The envelope around other octets."""
    return replace(envelope, user_information=(UserInformation(E2E_SECURITY_AS, octets),))


def edited(envelope: Envelope, edit: Edit) -> Envelope:
    """The envelope with its SecPDU changed and nothing signed again."""
    name, pdu = unwrap(envelope)
    edit(pdu)
    return with_secpdu(envelope, encode(name, pdu))


def resigned(
    envelope: Envelope,
    signer: WatchedParty | PrivateKey,
    edit: Edit,
    after: Edit = lambda pdu: None,
) -> Envelope:
    """The envelope with its SecPDU changed and signed again.

    Args:
        envelope: With a signed SecPDU.
        signer: The party, or the private key, that signs.
        edit: Changes the PDU before it is signed.
        after: Changes it afterwards.
    """
    name, pdu = unwrap(envelope)
    edit(pdu)
    content = getattr(e2e, f"encode_{name}Tbs_content")(pdu.tbs)
    is_rsa = pdu.sign.algo.algorithm == SIGN_RSA
    algorithm = "sha256WithRSAEncryption" if is_rsa else "ecdsa-with-SHA256"
    pdu.sign.sign = PROVIDER.sign(_key(signer), algorithm, content)
    after(pdu)
    return with_secpdu(envelope, encode(name, pdu))


def _key(signer: WatchedParty | PrivateKey) -> PrivateKey:
    if isinstance(signer, PrivateKey):
        return signer
    key: PrivateKey = signer.handler.services.station.identity.key
    return key


def algorithm(oid: str) -> AlgorithmIdentifier:
    """An AlgorithmIdentifier without parameters."""
    return AlgorithmIdentifier(algorithm=oid)


def corrupted(octets: bytes) -> bytes:
    """The octets with the last one changed."""
    return octets[:-1] + bytes((octets[-1] ^ 1,))


def signed_answer(
    scene: Scene, sender: WatchedParty, name: str, asso_id: str | None = None, **fields: Any
) -> Envelope:
    """A SecPDU with a ClearToken3 from a party, honestly signed, in its carrier.

    Args:
        scene: For the time.
        sender: Who signs.
        name: One of ``TOKEN3``.
        asso_id: By default the sender's present one.
        fields: Further arguments of the builder, e.g. ``diag``; ``result`` for an AARE.
    """
    services, config = sender.handler.services, sender.handler.config
    result = fields.pop("result", AssociateResult.rejected_permanent)
    sent = getattr(native_messages, f"build_{name}")(
        services,
        sign_algorithm=config.signature_algorithm,
        sig_alg=config.signature_algorithm,
        version_1=True,
        asso_id=sender.session.asso_id if asso_id is None else asso_id,
        time=scene.now,
        certificate=services.certificate,
        cert_path=services.certification_path,
        **fields,
    )
    carrier = CARRIERS[name]
    if carrier is Carrier.AARE:
        return compose(carrier, "native", services, secpdu=sent.octets, result=result)
    return compose(carrier, "native", services, secpdu=sent.octets)


def transfer(sender: WatchedParty, data: bytes, name: str | None = None, **fields: Any) -> Envelope:
    """A transfer from a party that may break every rule, with a valid ICV or tag.

    The sender's state does not change. By default it is the next one in order, in the form that
    was agreed.

    Args:
        sender: Whose keys protect it.
        data: The protected-protocol PDU.
        name: ``ClearTransfer`` or ``EncrTransfer``.
        fields: Arguments of the builder that differ from the honest ones.
    """
    session, services = sender.session, sender.handler.services
    keys = fields.setdefault("keys", session.send_keys)
    is_encrypted = session.protection.value != "integrity"
    chosen = name or ("EncrTransfer" if is_encrypted else "ClearTransfer")
    if chosen == "EncrTransfer":
        fields.setdefault("protection", session.protection)
    honest = {
        "asso_id": session.asso_id,
        "time": session.send_time,
        "seq": session.send_seq + 1,
        "iv": services.fresh_iv(keys),
        "icv_algorithm": session.icv_algorithm,
    }
    sent = getattr(native_messages, f"build_{chosen}")(services, appl_data=data, **honest | fields)
    return compose(Carrier.DATA, "native", services, secpdu=sent.octets)


def edited_value(envelope: Envelope, edit: Edit, signer: WatchedParty | None = None) -> Envelope:
    """The envelope with its A-profile value changed, and signed again if ``signer`` is given."""
    octets = envelope.authentication_value
    assert octets is not None
    name, value = decode_MMSAuthenticationValue(octets)
    edit(value)
    if signer is not None:
        covered = value.time.encode("ascii")
        value.signature = PROVIDER.sign(_key(signer), "sha256WithRSAEncryption", covered)
    return replace(envelope, authentication_value=encode_MMSAuthenticationValue((name, value)))
