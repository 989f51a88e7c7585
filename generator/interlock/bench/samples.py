"""The three PDUs of the codec benchmark, with the sizes of real ones.

Certificates, keys and signatures are octets of the right length: codecs do not look inside.
"""

from __future__ import annotations

from iec62351_4.codec import acse_1 as acse
from iec62351_4.codec import iec62351_4_e2e as e2e
from iec62351_4.codec import object_identifiers as oid
from iec62351_4.codec.external import External
from iec62351_4.codec.iec62351_4_algorithms import AlgorithmIdentifier
from iec62351_4.codec.iec62351_4_aprofile import (
    MMSAuthenticationValueCertificateBased,
    encode_MMSAuthenticationValue,
)

_NULL = b"\x05\x00"
_TIME = b"20260929141404.123Z"

INITIATE_REQUEST = bytes.fromhex(
    "a826800300fde881010a82010a830105a416800101810305f100820c03ee1c00000402000079ef18"
)
"""The initiate-Request of the captured AARQ (40 octets)."""


def _octets(length: int) -> bytes:
    """Octets without structure, the same on every run."""
    return bytes((7 * n + 13) & 0xFF for n in range(length))


def _rsa_signature() -> AlgorithmIdentifier:
    return AlgorithmIdentifier(algorithm=oid.SHA256_WITH_RSA_ENCRYPTION, parameters=_NULL)


def handshake_request() -> e2e.HandshakeReq:
    """A HandshakeReq with an end-entity and a CA certificate and three groups (2.5 kB)."""
    token1 = e2e.ClearToken1(
        sigAlg=_rsa_signature(),
        pkCert=_octets(872),
        certPath=[_octets(779)],
        version=e2e.Version.v1,
        assoID="17",
        dhKey=[
            e2e.DiffieHellmanKey(group=14, dhPublicKey=_octets(256)),
            e2e.DiffieHellmanKey(group=23, dhPublicKey=_octets(65)),
            e2e.DiffieHellmanKey(group=28, dhPublicKey=_octets(65)),
        ],
        hmac=AlgorithmIdentifier(algorithm=oid.HMAC_WITH_SHA256, parameters=_NULL),
        time=_TIME,
        encr_mode=(
            "aea",
            [
                AlgorithmIdentifier(algorithm=oid.AES256_GCM),
                AlgorithmIdentifier(algorithm=oid.AES128_GCM),
            ],
        ),
        confParams=e2e.ConfidentialityParms.tlsProtected | e2e.ConfidentialityParms.applProtected,
    )
    return e2e.HandshakeReq(
        pp="IEC 61850-8-1",
        tbs=e2e.HandshakeReqTbs(token1=token1, applData=INITIATE_REQUEST),
        sign=e2e.Signature(algo=_rsa_signature(), sign=_octets(256)),
    )


def clear_transfer() -> e2e.ClearTransfer:
    """A ClearTransfer with a read response and a GMAC-sized authenticator (0.3 kB)."""
    value = b"\x89\x81\xa6" + _octets(166)
    response = b"\xa4" + bytes((0x81, len(value) + 3)) + b"\xa1\x81" + bytes((len(value),)) + value
    confirmed = b"\x02\x02\x12\x34" + response
    pdu = b"\xa1\x81" + bytes((len(confirmed),)) + confirmed
    return e2e.ClearTransfer(
        tbp=e2e.ClearTransferTbp(
            token2=e2e.ClearToken2(assoID="17:4", time=_TIME, seq=3), applData=pdu
        ),
        auth=e2e.Authenticator(
            algorithm=AlgorithmIdentifier(algorithm=oid.HMAC_WITH_SHA256, parameters=_NULL),
            icv=_octets(32),
        ),
    )


def associate_request() -> acse.AARQApdu:
    """An AARQ of the compatibility mode, laid out as the captured one (1.3 kB)."""
    authentication = encode_MMSAuthenticationValue(
        (
            "certificate-based",
            MMSAuthenticationValueCertificateBased(
                authentication_Certificate=_octets(872),
                time="20260929141404.",
                signature=_octets(256),
            ),
        )
    )
    return acse.AARQApdu(
        application_context_name=oid.BASIC_AC,
        called_AP_title=b"\x06\x04\x29\x01\x87\x68",
        calling_AP_title=b"\x06\x04\x29\x87\x67\x01",
        calling_AE_qualifier=("ae-qualifier-form2", 12),
        calling_AP_invocation_identifier=10,
        calling_AE_invocation_identifier=10,
        sender_acse_requirements=acse.ACSERequirements.authentication,
        mechanism_name=oid.A_PROFILE_MECHANISM,
        calling_authentication_value=(
            "external",
            External(indirect_reference=5, encoding=("single-ASN1-type", authentication)),
        ),
        user_information=[
            External(
                direct_reference=oid.BASIC_ENCODING,
                indirect_reference=3,
                encoding=("single-ASN1-type", INITIATE_REQUEST),
            )
        ],
    )
