"""A PDU with given values of a message's fields, encoded by the generated codec.

What the values leave open is that of a plain PDU: dummy keys, certificates and signatures. The
PDU shows what the machines see in it; it is no PDU that a peer would accept as signed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from iec62351_4.codec import iec62351_4_aprofile as aprofile
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.errors import AssociationError
from iec62351_4.handlers import vocabulary as words
from iec62351_4.times import format_a_profile_time, format_time_stamp
from interlock.model import machine as m
from interlock.model import types as t
from interlock.model.messages import Field, Step
from interlock.model.vocabulary import OTHER
from interlock.verification.solutions import FieldValue

MALFORMED = bytes.fromhex("3000")
"""A SEQUENCE without its components: it decodes as none of the PDUs."""

UNKNOWN_OID = "1.0.62351.4.99"
UNKNOWN_NUMBER = 99
UNKNOWN_NAME = "another-protocol"

_TIME = 1_767_225_600_000  # 1 January 2026
_CERTIFICATE = MALFORMED
_SIGNATURE = bytes(64)
_NONCE = bytes(12)


def witness(machine: m.Machine, message: str, values: Mapping[str, FieldValue]) -> bytes | None:
    """The octets of a PDU whose fields have these values, in the CHOICE that its carrier brings.

    Args:
        machine: Whose message it is.
        message: Name of a message of the machine's mode.
        values: By field; ``well-formed`` among them. Fields that are left out are free.

    Returns:
        None where the message has no PDU, or none has these values.
    """
    known = machine.messages.messages[message]
    if known.pdu is None:
        return None
    if values.get("well-formed") is False:
        return MALFORMED
    pdu = _PLAIN[known.pdu]()
    # First what decides which components there are, then what is in them.
    order = sorted(known.fields.values(), key=lambda field: _ORDER.get(field.projection, 2))
    try:
        for field in order:
            if field.name in values:
                pdu = _with(pdu, field.steps, _writer(field, values[field.name], known.pdu))
        return _encoded(machine, message, known.pdu, pdu)
    except (AssociationError, ValueError, OverflowError):
        return None


_ORDER = {"branch": 0, "present": 1}


def _encoded(machine: m.Machine, message: str, type_name: str, pdu: Any) -> bytes:
    """The PDU as its carrier brings it: inside a CHOICE, where there is one."""
    rule = machine.messages.carriers[machine.messages.carrier_of(message)]
    for alternative, name in rule.alternatives:
        if name == message and rule.choice is not None:
            return _ENCODERS[rule.choice]((alternative, pdu))
    return _ENCODERS[type_name](pdu)


# --- plain PDUs --------------------------------------------------------------------------------


def _algorithm(name: str) -> AlgorithmIdentifier:
    if name == OTHER:
        return AlgorithmIdentifier(algorithm=UNKNOWN_OID)
    return AlgorithmIdentifier(
        algorithm=words.ALGORITHM_OIDS[name], parameters=words.ALGORITHM_PARAMETERS.get(name)
    )


def _key(group: str) -> e2e.DiffieHellmanKey:
    numbers = {member.value: number for member, number in words.DH_GROUP_NUMBERS.items()}
    return e2e.DiffieHellmanKey(group=numbers.get(group, UNKNOWN_NUMBER), dhPublicKey=b"\x01")


def _signature() -> e2e.Signature:
    return e2e.Signature(algo=_algorithm("ecdsa-with-SHA256"), sign=_SIGNATURE)


def _token1() -> e2e.ClearToken1:
    return e2e.ClearToken1(
        sigAlg=_algorithm("ecdsa-with-SHA256"),
        pkCert=_CERTIFICATE,
        version=int(e2e.Version.v1),
        assoID="1",
        dhKey=[_key("secp256r1")],
        hmac=_algorithm("hmacWithSHA256"),
        time=format_time_stamp(_TIME),
        encr_mode=("aea", [_algorithm("aes128-GCM")]),
        confParams=0,
    )


def _token2() -> e2e.ClearToken2:
    return e2e.ClearToken2(assoID="1:1", time=format_time_stamp(_TIME), seq=0)


def _token3() -> e2e.ClearToken3:
    return e2e.ClearToken3(
        sigAlg=_algorithm("ecdsa-with-SHA256"),
        version=int(e2e.Version.v1),
        time=format_time_stamp(_TIME),
        pkCert=_CERTIFICATE,
    )


def _authenticator() -> e2e.Authenticator:
    return e2e.Authenticator(algorithm=_algorithm("hmacWithSHA256"), icv=bytes(32))


_PROTOCOL = words.PROTECTED_PROTOCOL_NAMES[words.ProtectedProtocol.iec61850_8_1]
_DATA = bytes.fromhex("a000")

_E2E: Mapping[str, Callable[[], Any]] = {
    "HandshakeReq": lambda: e2e.HandshakeReq(
        pp=_PROTOCOL, tbs=e2e.HandshakeReqTbs(token1=_token1()), sign=_signature()
    ),
    "HandshakeAcc": lambda: e2e.HandshakeAcc(
        pp=_PROTOCOL, tbs=e2e.HandshakeAccTbs(token1=_token1()), sign=_signature()
    ),
    "ApplicationReject": lambda: e2e.ApplicationReject(
        tbs=e2e.ApplicationRejectTbs(token3=_token3(), applData=_DATA), sign=_signature()
    ),
    "HandshakeSecReject": lambda: e2e.HandshakeSecReject(
        tbs=e2e.HandshakeSecRejectTbs(token3=_token3()), sign=_signature()
    ),
    "HandshakeSecAbort": lambda: e2e.HandshakeSecAbort(
        tbs=e2e.HandshakeSecAbortTbs(token3=_token3()), sign=_signature()
    ),
    "DtSecAbort": lambda: e2e.DtSecAbort(
        tbs=e2e.DtSecAbortTbs(token3=_token3()), sign=_signature()
    ),
    "ApplAbort": lambda: e2e.ApplAbort(tbs=e2e.ApplAbortTbs(token3=_token3()), sign=_signature()),
    "ReleaseReq": lambda: e2e.ReleaseReq(
        tbs=e2e.ReleaseReqTbs(token3=_token3()), sign=_signature()
    ),
    "ReleaseRsp": lambda: e2e.ReleaseRsp(
        tbs=e2e.ReleaseRspTbs(token3=_token3()), sign=_signature()
    ),
    "ClearTransfer": lambda: e2e.ClearTransfer(
        tbp=e2e.ClearTransferTbp(token2=_token2(), applData=_DATA), auth=_authenticator()
    ),
    "EncrTransfer": lambda: e2e.EncrTransfer(
        tbp=e2e.EncrTransferTbp(token2=_token2(), applData=bytes(16))
    ),
}
_A_PROFILE = "IEC62351-4-AProfile.MMS-Authentication-value"


def _authentication_value() -> Any:
    return (
        "certificate-based",
        aprofile.MMSAuthenticationValueCertificateBased(
            authentication_Certificate=_CERTIFICATE,
            time=format_a_profile_time(_TIME).decode("ascii"),
            signature=bytes(256),
        ),
    )


_PLAIN: Mapping[str, Callable[[], Any]] = {
    **{f"IEC62351-4-E2E.{name}": make for name, make in _E2E.items()},
    _A_PROFILE: _authentication_value,
}
_ENCODERS: Mapping[str, Callable[[Any], bytes]] = {
    **{f"IEC62351-4-E2E.{name}": getattr(e2e, f"encode_{name}") for name in _E2E},
    "IEC62351-4-E2E.HandshakeRsp": e2e.encode_HandshakeRsp,
    "IEC62351-4-E2E.AssoAbort": e2e.encode_AssoAbort,
    _A_PROFILE: aprofile.encode_MMSAuthenticationValue,
}


# --- values into components --------------------------------------------------------------------


def _with(value: Any, steps: Sequence[Step], write: Callable[[Any], Any]) -> Any:
    """The value with the component at the end of a path written anew."""
    if not steps:
        return write(value)
    step, rest = steps[0], steps[1:]
    if step.is_alternative:
        name, content = value
        # Another alternative was taken: nothing of this one is there.
        return (name, _with(content, rest, write)) if name == step.name else value
    name = step.name.replace("-", "_")
    inner = getattr(value, name)
    if inner is None and rest:
        return value
    return replace(value, **{name: _with(inner, rest, write)})


def _writer(field: Field, value: FieldValue, pdu: str) -> Callable[[Any], Any]:
    """What writes a value of a field into its component."""
    match field.projection:
        case "present":
            return lambda old: (old if old is not None else _filled(field)) if value else None
        case "branch":
            return lambda old: old if old[0] == value else (value, _ALTERNATIVES[str(value)]())
        case "bit":
            bit = int(_BITS[field.argument or ""])
            return lambda old: old | bit if value else old & ~bit
        case "algorithm":
            return lambda old: _algorithm(str(value))
        case "algorithms" | "groups":
            assert isinstance(value, tuple)
            make = _algorithm if field.projection == "algorithms" else _key
            last_is_optional = field.steps[-1].is_optional
            return lambda old: [make(n) for n in value] or (None if last_is_optional else [])
        case "time" if pdu == _A_PROFILE:
            return lambda old: format_a_profile_time(_number(value)).decode("ascii")
        case "time":
            return lambda old: format_time_stamp(_number(value))
        case "size":
            return lambda old: bytes(_number(value))
        case "enumerated":
            # Whether it is there at all is another field's business.
            return lambda old: None if old is None else _number_of(field, str(value))
        case "protected-protocol":
            names = {k.value: text for k, text in words.PROTECTED_PROTOCOL_NAMES.items()}
            return lambda old: names.get(str(value), UNKNOWN_NAME)
        case _:
            return lambda old: value


_ALTERNATIVES: Mapping[str, Callable[[], Any]] = {
    "aea": lambda: [_algorithm("aes128-GCM")],
    "non-aea": lambda: e2e.ClearToken1EncrModeNonAea(icvAlgID=[_algorithm("hmacWithSHA256")]),
}
_BITS = {**e2e.Version.__members__, **e2e.ConfidentialityParms.__members__}

_FILLED: Mapping[str, Callable[[], Any]] = {
    "attCert": lambda: _CERTIFICATE,
    "assoID": lambda: "1:1",
    "rekey": lambda: [_key("secp256r1")],
    "diag": lambda: 0,
    "nonce": lambda: _NONCE,
    "auth": _authenticator,
}


def _filled(field: Field) -> Any:
    return _FILLED[field.steps[-1].name]()


def _number(value: FieldValue) -> int:
    assert isinstance(value, int)
    return value


_DIAGNOSTICS: Mapping[str, Mapping[str, int]] = {
    "HandshakeDiagnostics": {d.value: n for d, n in words.HANDSHAKE_DIAGNOSTICS_NUMBERS.items()},
    "DtDiagnostics": {d.value: n for d, n in words.DT_DIAGNOSTICS_NUMBERS.items()},
}


def _number_of(field: Field, member: str) -> int:
    assert isinstance(field.type, t.Enum)
    return _DIAGNOSTICS[field.type.name].get(member, UNKNOWN_NUMBER)
