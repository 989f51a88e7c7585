"""Predicates and operations that only amendments to the standard ask for.

A package that was generated without an amendment calls none of them. They are here all the same,
because run-time support is the same for every package.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from iec62351_4.certificates import parse_certificate
from iec62351_4.codec import object_identifiers
from iec62351_4.errors import CertificateError

if TYPE_CHECKING:
    from iec62351_4.handlers.association import SignedMessage
    from iec62351_4.handlers.services import Address, Station


class AmendedServices:
    """The part of ``Services`` that amendments add."""

    station: Station
    expected_peer: Address | None

    # --- request-hash ------------------------------------------------------------------------

    def content_digest(self, content: bytes) -> bytes:
        """SHA-256 over the signed contents of a request. Amendment ``request-hash`` only."""
        return self.station.provider.sha256(content)

    def is_digest_of(self, digest: bytes, content: bytes) -> bool:
        """Whether an answer names this request. Amendment ``request-hash`` only."""
        return digest == self.content_digest(content)

    # --- recipient-in-request ----------------------------------------------------------------

    def expected_peer_name(self) -> str:
        """Whom we call, as ``Address`` prints it. Amendment ``recipient-in-request`` only.

        Empty where it is not known; no server takes that for its name.
        """
        return "" if self.expected_peer is None else str(self.expected_peer)

    def is_own_name(self, name: str) -> bool:
        """Whether a request is meant for us. Amendment ``recipient-in-request`` only."""
        return name == str(self.station.identity.address)

    # --- native-mark -------------------------------------------------------------------------

    def marked_as_native(self, m: SignedMessage) -> bool:
        """Whether a certificate says that its station has native mode.

        Amendment ``native-mark`` only, which also brings the identifier of the extension.
        """
        mark: str | None = getattr(object_identifiers, "ID_NATIVE_MODE", None)
        try:
            extensions = parse_certificate(m.certificate).extensions
        except CertificateError:
            return False
        return any(extension.oid == mark for extension in extensions)
