"""The TLS profile of 62351-3 for 62351-4, on Python's ``ssl``.

Owns the making of contexts, the honest list of what the TLS library at hand can do, and the
reading of the peer's facts after a handshake. It opens no connection.

What ``ssl`` does not let us do, and what follows from it:

* Static Diffie-Hellman (TLS_DH_RSA_*, TLS_DH_DSS_*) is gone from OpenSSL 3: two mandatory suites
  cannot be negotiated. ``available_suites`` says so; nothing is pretended.
* There is no call that starts a renegotiation. A client follows one that the server starts; a
  server refuses those started by clients. The 24 h rule is met by a new connection, for which
  ``TLSConfig.maximum_session_seconds`` is handed to the runner.
* TLS 1.3 suites cannot be chosen one by one.

Source: 62351-4, 6 and Tables 3, 8, 10; 62351-3, 5.
"""

from __future__ import annotations

import os
import secrets
import ssl
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from iec62351_4.errors import ConfigurationError, TransportError

SECURE_PORT = 3782
"""Source: 62351-4, 6.3."""
CLEAR_PORT = 102
MAX_CERTIFICATE_OCTETS = 8192
MIN_KEY_BITS = {"RSA": 2048, "EC": 256}
MAX_SESSION_SECONDS = 24 * 60 * 60

# Events of 62351-14, Annex B.1.1.
EVENT_HANDSHAKE = "IEC62351-3:1.1"
EVENT_NO_CERTIFICATE = "IEC62351-3:1.6"
EVENT_CERTIFICATE_SIZE = "IEC62351-3:2.1"
EVENT_SHORT_RSA_KEY = "IEC62351-3:2.11"
EVENT_SHORT_KEY = "IEC62351-3:2.13"

# The group ffdhe2048 of RFC 7919, as PKCS #3. The DHE suite of Table 10 needs parameters on the
# server; a well-known group saves making and vetting our own.
FFDHE2048_PEM = b"""\
-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""


@dataclass(frozen=True, slots=True)
class TLSSuite:
    """A cipher suite of one of the standard's tables."""

    name: str
    """IANA name."""
    code_point: int
    """IANA number, 16 bits."""


@dataclass(frozen=True, slots=True)
class SuiteAvailability:
    """Whether the TLS library at hand can negotiate a suite."""

    suite: TLSSuite
    library_name: str | None
    """What OpenSSL calls it; None when it is not available."""
    reason: str
    """Why it is not available; empty when it is."""

    @property
    def is_available(self) -> bool:
        """The library can negotiate the suite."""
        return self.library_name is not None


NATIVE_SUITES = (
    TLSSuite("TLS_RSA_WITH_AES_128_CBC_SHA256", 0x003C),
    TLSSuite("TLS_DH_RSA_WITH_AES_128_GCM_SHA256", 0x00A0),
    TLSSuite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", 0x009E),
    TLSSuite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 0xC02B),
    TLSSuite("TLS_DH_RSA_WITH_AES_256_GCM_SHA384", 0x00A1),
    TLSSuite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 0xC02F),
    TLSSuite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 0xC030),
)
"""Table 10: the first four are mandatory. The default of ``TLSConfig``."""

_DISALLOWED = {0x0005: "RC4", 0x0034: "anonymous", 0x003A: "anonymous"}
"""Source: 62351-4, 6: never offered, whatever a table says."""


def available_suites(table: Iterable[TLSSuite]) -> tuple[SuiteAvailability, ...]:
    """Tell for each suite of ``table``, in order, whether it can be negotiated here."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.set_ciphers("ALL:COMPLEMENTOFALL:!aNULL:!eNULL")
    known = {int(cipher["id"]) & 0xFFFF: str(cipher["name"]) for cipher in context.get_ciphers()}
    result = []
    for suite in table:
        name, reason = known.get(suite.code_point), ""
        if suite.code_point in _DISALLOWED:
            name, reason = None, f"disallowed: {_DISALLOWED[suite.code_point]}"
        elif name is None:
            reason = f"not available in {ssl.OPENSSL_VERSION}"
        result.append(SuiteAvailability(suite, name, reason))
    return tuple(result)


@dataclass(frozen=True, slots=True)
class TLSConfig:
    """What both sides of a TLS connection are configured with.

    Certificates and keys are octets, not file names: whoever owns the key store reads it.
    """

    certificate_chain_pem: bytes
    """Own certificate first, then intermediates towards the trust anchor."""
    private_key_pem: bytes = field(repr=False)
    trust_anchors_pem: bytes
    """One or more CA certificates."""
    private_key_password: bytes | None = field(default=None, repr=False)
    crls_pem: bytes = b""
    """CRLs of every CA in the path; empty: revocation is not checked here. A CRL that cannot be
    fetched must never end a connection (62351-3), so fetching stays outside."""
    suites: tuple[TLSSuite, ...] = NATIVE_SUITES
    """TLS 1.2 suites in order of preference."""
    allows_tls13: bool = True
    """62351-4 refers to TLS 1.2 only; 62351-3:2023 profiles 1.3 too."""
    requires_tls13: bool = False
    maximum_session_seconds: int = MAX_SESSION_SECONDS
    """A connection is renewed at the latest after this time, 1..86400 s."""


@dataclass(frozen=True, slots=True)
class TLSPeer:
    """What is known of the other end after the handshake."""

    version: str
    """``TLSv1.2`` or ``TLSv1.3``."""
    suite: str
    """The library's name of the suite in use."""
    certificate: bytes = field(repr=False)
    """DER of the peer's certificate."""
    is_resumed: bool = False


def client_context(config: TLSConfig) -> ssl.SSLContext:
    """Make the context of a connecting party.

    The peer is identified by its certificate's path and by the application layer, not by a host
    name: substations address by IP address and AP-title.

    Raises:
        ConfigurationError: A certificate, key or CRL is unusable, or no suite is available.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    _configure(context, config)
    return context


def server_context(config: TLSConfig) -> ssl.SSLContext:
    """Make the context of a listening party; a client certificate is demanded.

    Raises:
        ConfigurationError: As ``client_context``.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _configure(context, config)
    with _private_file(FFDHE2048_PEM) as path:
        context.load_dh_params(str(path))
    context.options |= ssl.OP_CIPHER_SERVER_PREFERENCE
    return context


def _configure(context: ssl.SSLContext, config: TLSConfig) -> None:
    if not 0 < config.maximum_session_seconds <= MAX_SESSION_SECONDS:
        raise ConfigurationError("maximum_session_seconds is not within 1..86400")
    if config.requires_tls13 and not config.allows_tls13:
        raise ConfigurationError("TLS 1.3 is both required and not allowed")
    version = ssl.TLSVersion
    context.minimum_version = version.TLSv1_3 if config.requires_tls13 else version.TLSv1_2
    context.maximum_version = version.TLSv1_3 if config.allows_tls13 else version.TLSv1_2
    context.verify_mode = ssl.CERT_REQUIRED
    context.options |= ssl.OP_NO_COMPRESSION
    names = [s.library_name for s in available_suites(config.suites) if s.library_name is not None]
    if not names and not config.requires_tls13:
        raise ConfigurationError("the TLS library has none of the configured suites")
    if names:
        context.set_ciphers(":".join(names))
    _load_trust(context, config)
    _load_identity(context, config)


def _load_trust(context: ssl.SSLContext, config: TLSConfig) -> None:
    try:
        anchors = x509.load_pem_x509_certificates(config.trust_anchors_pem)
        context.load_verify_locations(cadata=config.trust_anchors_pem.decode("ascii"))
    except (ValueError, ssl.SSLError) as error:
        raise ConfigurationError("the trust anchors cannot be read") from error
    # A CA set that OpenSSL read only in part would silently trust fewer anchors than configured.
    if not anchors:
        raise ConfigurationError("there is no trust anchor")
    if config.crls_pem:
        try:
            with _private_file(config.crls_pem) as path:
                context.load_verify_locations(cafile=str(path))
        except ssl.SSLError as error:
            raise ConfigurationError("the CRLs cannot be read") from error
        context.verify_flags |= ssl.VerifyFlags.VERIFY_CRL_CHECK_LEAF


def _load_identity(context: ssl.SSLContext, config: TLSConfig) -> None:
    # Texts of the libraries are not passed on: they may quote what they failed to read.
    try:
        key = serialization.load_pem_private_key(
            config.private_key_pem, config.private_key_password
        )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise ConfigurationError("the private key or its password is wrong") from None
    kind, bits = _key_bits(key.public_key())
    if bits < MIN_KEY_BITS[kind]:
        raise ConfigurationError(f"{kind} key of {bits} bits is too short")
    # ssl reads keys from files only: give it one that is worthless without this password.
    password = secrets.token_bytes(32).hex().encode("ascii")
    wrapped = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.BestAvailableEncryption(password),
    )
    try:
        with _private_file(config.certificate_chain_pem) as chain, _private_file(wrapped) as path:
            context.load_cert_chain(str(chain), str(path), password)
    except ssl.SSLError:
        raise ConfigurationError("certificate chain and private key do not fit") from None


@contextmanager
def _private_file(octets: bytes) -> Iterator[Path]:
    """Hold ``octets`` in a file that only this user can read, while the block runs."""
    descriptor, name = tempfile.mkstemp()  # mode 0600
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(octets)
        yield path
    finally:
        path.unlink(missing_ok=True)


def _key_bits(key: object) -> tuple[str, int]:
    if isinstance(key, rsa.RSAPublicKey):
        return "RSA", key.key_size
    if isinstance(key, ec.EllipticCurvePublicKey):
        return "EC", key.key_size
    raise ConfigurationError("the key is neither RSA nor elliptic curve")


class TLSPeerError(TransportError):
    """The handshake succeeded, but the peer's certificate or key may not be used.

    Attributes:
        event_id: The event of 62351-14 that this is.
    """

    def __init__(self, reason: str, event_id: str) -> None:
        self.event_id = event_id
        super().__init__(f"the TLS peer's {reason}")


def peer_of(connection: ssl.SSLObject | ssl.SSLSocket) -> TLSPeer:
    """Read and check the peer's facts after a finished handshake.

    Source: 62351-3, 5 (certificate size, key length, mutual authentication).

    Raises:
        TLSPeerError: No certificate, one of more than 8192 octets, or a key that is too short.
    """
    certificate = connection.getpeercert(binary_form=True)
    version, cipher = connection.version(), connection.cipher()
    if not certificate or version is None or cipher is None:
        raise TLSPeerError("certificate is missing", EVENT_NO_CERTIFICATE)
    if len(certificate) > MAX_CERTIFICATE_OCTETS:
        raise TLSPeerError("certificate is longer than 8192 octets", EVENT_CERTIFICATE_SIZE)
    try:
        kind, bits = _key_bits(x509.load_der_x509_certificate(certificate).public_key())
    except (ValueError, UnsupportedAlgorithm, ConfigurationError) as error:
        raise TLSPeerError("key cannot be used", EVENT_SHORT_KEY) from error
    if bits < MIN_KEY_BITS[kind]:
        event = EVENT_SHORT_RSA_KEY if kind == "RSA" else EVENT_SHORT_KEY
        raise TLSPeerError(f"{kind} key of {bits} bits is too short", event)
    return TLSPeer(version, cipher[0], certificate, bool(connection.session_reused))


# Verification codes of OpenSSL and reasons of its errors, mapped to events of 62351-14.
_VERIFY_EVENTS = {
    7: "IEC62351-3:2.10",  # certificate signature failure
    9: "IEC62351-3:2.8",  # not yet valid
    10: "IEC62351-3:2.8",  # expired
    11: "IEC62351-3:2.6",  # CRL not yet valid
    12: "IEC62351-3:2.6",  # CRL expired
    3: "IEC62351-3:2.5",  # no CRL
    18: "IEC62351-3:2.3",  # self-signed
    19: "IEC62351-3:2.3",  # self-signed in chain
    20: "IEC62351-3:2.3",  # issuer unknown
    21: "IEC62351-3:2.3",  # first certificate cannot be verified
    23: "IEC62351-3:2.4",  # revoked
}
_REASON_EVENTS = {
    "PEER_DID_NOT_RETURN_A_CERTIFICATE": EVENT_NO_CERTIFICATE,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": "IEC62351-3:1.7",
    "UNSUPPORTED_PROTOCOL": "IEC62351-3:1.4",
    "TLSV1_ALERT_PROTOCOL_VERSION": "IEC62351-3:1.4",
    "NO_SHARED_CIPHER": "IEC62351-3:1.9",
}


def event_of(error: ssl.SSLError) -> str | None:
    """Give the id of the 62351-14 event that a TLS failure stands for, if there is one."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return _VERIFY_EVENTS.get(error.verify_code)
    return _REASON_EVENTS.get(error.reason or "")
