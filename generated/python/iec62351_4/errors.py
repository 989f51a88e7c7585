"""The exceptions that the codecs and handlers raise.

Everything descends from ``AssociationError``. What a peer may see is only the diagnostic or
abort code of the standard; the texts here are for the local log and never hold a key, nonce,
password or plaintext.
"""

from __future__ import annotations


class AssociationError(Exception):
    """Base of everything this package raises on purpose; never raised itself."""


class ConfigurationError(AssociationError):
    """The local configuration cannot be used (missing key, contradictory policy)."""


class LocalProtocolError(AssociationError):
    """Our own caller broke the sequence; the association's state is unchanged.

    Attributes:
        state: Name of the state in which the call came.
        event: Name of the call.
    """

    def __init__(self, state: str, event: str) -> None:
        self.state, self.event = state, event
        super().__init__(f'"{event}" is not possible in state "{state}"')


class RemoteProtocolError(AssociationError):
    """The peer sent something that the standard does not allow."""


class DecodeError(RemoteProtocolError):
    """Octets are not an encoding of the expected type.

    Attributes:
        reason: What is wrong, without the offending octets.
        offset: Where, in octets from the start of the decoded input.
        path: Which element, outermost first, e.g. ``("HandshakeReq", "tbs", "token1")``.
    """

    def __init__(self, reason: str, offset: int, path: tuple[str, ...] = ()) -> None:
        self.reason, self.offset, self.path = reason, offset, path
        super().__init__(reason, offset, path)

    def __str__(self) -> str:
        where = ".".join(self.path)
        return f"{where + ': ' if where else ''}{self.reason} (at offset {self.offset})"


class EncodeError(AssociationError):
    """A value does not satisfy its type's constraints and cannot be encoded.

    Attributes:
        reason: What is wrong.
        path: Which element, outermost first.
    """

    def __init__(self, reason: str, path: tuple[str, ...] = ()) -> None:
        self.reason, self.path = reason, path
        super().__init__(reason, path)

    def __str__(self) -> str:
        where = ".".join(self.path)
        return f"{where + ': ' if where else ''}{self.reason}"


class IntegrityError(RemoteProtocolError):
    """A signature, ICV or authentication tag does not verify.

    One message for every cryptographic failure, so that neither a log nor a peer can be used
    as an oracle.
    """

    def __init__(self) -> None:
        super().__init__("integrity check failed")


class CertificateError(RemoteProtocolError):
    """A certificate or certification path cannot be used.

    Attributes:
        reason: A short identifier, e.g. ``expired``, ``revoked``, ``path-invalid``.
        is_alarm: Whether 62351-9 ranks the fault as an alarm (revoked, forged) or an error.
    """

    def __init__(self, reason: str, detail: str = "", *, is_alarm: bool = False) -> None:
        self.reason, self.detail, self.is_alarm = reason, detail, is_alarm
        super().__init__(f"{reason}{': ' + detail if detail else ''}")


class TransportError(AssociationError):
    """The transport or an upper-layer envelope failed (TPKT, COTP, session, presentation, TLS)."""
